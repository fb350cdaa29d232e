#!/bin/sh
# controls.sh BUILD THREADS: runs every program with each of its controls, in the quick profile, and demands that the
# claims of that control fail by their values. A control all of whose claims need the full profile runs in full.
# THREADS runs go side by side, one thread each.
set -u
build=$1 threads=$2
out=$build/controls
[ "${3:-}" = one ] || rm -rf "$out"
mkdir -p "$out"
[ "${3:-}" = one ] || "$build/tools/verify" --list-controls >"$out/list" || exit 2

one() { # PROGRAM CONTROL [full]
    name=$(echo "$1" | tr / -).$2
    log=$out/$name.log
    if "$build/$1" --profile "${3:-quick}" --control "$2" --threads 1 --out "$out/$name" >"$log" 2>&1 &&
        "$build/tools/verify" --results "$out/$name" --program "$1" --control "$2" >>"$log" 2>&1; then
        n=$(sed -n 's/^controls: \([0-9]*\) claims.*/\1/p' "$log" | tail -1)
        echo "ok     $1 --control $2: ${n:-0} claims fail as they should"
    else
        cat "$log"
        echo "FAILED $1 --control $2"
    fi
}
export build out
if [ "${3:-}" = one ]; then
    shift 3
    one "$@"
    exit
fi
xargs -P "$threads" -L 1 "$0" "$build" "$threads" one <"$out/list" >"$out/summary"
cat "$out/summary"
rejected=$(sed -n 's/^ok .*: \([0-9]*\) claims fail.*/\1/p' "$out/summary" | awk '{ n += $1 } END { print n + 0 }')
failed=$(grep -c '^FAILED' "$out/summary")
echo "controls: $rejected claims rejected by their controls, $failed controls failed to do so"
[ "$failed" = 0 ]
