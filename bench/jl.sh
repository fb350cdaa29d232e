#!/bin/sh
# Random projections with all distortions of pairs: ours against the same products by BLAS alone (measured in turn), and
# against NumPy (Debian: python3-numpy) and scikit-learn where they are, one thread each, in turn; the least time of each.
#
# usage: jl.sh BUILD [ROUNDS]
set -eu
build=${1:?usage: jl.sh BUILD [ROUNDS]}
rounds=${2:-3}
here=$(dirname "$0")
python=${JL_PYTHON:-/usr/bin/python3}
out=$build/bench/jl.times
mkdir -p "$build/bench"
: >"$out"
peer=yes
"$python" -c 'import numpy' 2>/dev/null || peer=no
[ $peer = yes ] || echo "no NumPy for $python (Debian: python3-numpy): our own times alone"
[ $peer = no ] || "$python" -c 'import sklearn' 2>/dev/null ||
    echo "no scikit-learn for $python (Debian: python3-sklearn): not compared"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
for round in $(seq "$rounds"); do
    "$build/bench/jl" >>"$out"
    [ $peer = no ] || "$python" "$here/jl_numpy.py" >>"$out"
done
awk '
$1 == "#" {
    if (!($2 in blas) || $4 < blas[$2])
        blas[$2] = $4
    next
}
{
    key = $1 " " $2
    if (!(key in least)) {
        order[++rows] = key
        least[key] = $4
    }
    if ($4 < least[key])
        least[key] = $4
    if ($3 < 0.8 || $3 > 1.25) {
        print "jl: " $2 " has squared distortions of " $3 " times 2/d for " $1
        wrong = 1
    }
}
END {
    printf "%-18s %-8s %12s %12s %14s\n", "n x m -> d", "method", "seconds", "over ours", "ours over BLAS"
    for (i = 1; i <= rows; i++) {
        split(order[i], part, " ")
        seconds = least[order[i]]
        printf "%-18s %-8s %12.3g %12.4g %14s\n", part[1], part[2], seconds, seconds / least[part[1] " ours"],
            part[2] == "ours" ? sprintf("%.3g", blas[part[1]]) : ""
    }
    exit wrong
}' "$out"
