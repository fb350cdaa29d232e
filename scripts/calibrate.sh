#!/bin/sh
# calibrate.sh BUILD SEEDS THREADS PROGRAM...: the z-scores of all statistical claims over fresh seeds. If our error
# bars are right they are standard normal; tools/calibrate tests that.
set -u
build=$1 seeds=$2 threads=$3
shift 3
out=$build/calibrate
rm -rf "$out"
mkdir -p "$out"
lost=0
for i in $(seq "$seeds"); do
    seed=$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')
    for program in "$@"; do
        "$build/$program" --profile quick --seed "$seed" --threads "$threads" --out "$out/run" || exit 2
    done
    "$build/tools/verify" --results "$out/run" --quiet --zscores "$out/zscores.csv" || { lost=$((lost + 1)); echo "seed $seed lost a claim"; }
    rm -rf "$out/run"
    [ -t 2 ] && printf '\r%d of %d seeds' "$i" "$seeds" >&2
done
echo "$seeds seeds, $lost of them lost a claim"
"$build/tools/calibrate" --out "$out/quantiles.csv" "$out/zscores.csv" || exit 1
[ $lost = 0 ]
