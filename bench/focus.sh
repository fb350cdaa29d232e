#!/bin/sh
# Indices over infinitely many scores by quadrature, and exact means over n scores, against NumPy and SciPy (Debian:
# python3-scipy), one thread each, in turn: the least time of each and its ratio to ours. All must find the same values
# to 1e-8.
#
# usage: focus.sh BUILD [ROUNDS]
set -eu
build=${1:?usage: focus.sh BUILD [ROUNDS]}
rounds=${2:-3}
here=$(dirname "$0")
python=${FOCUS_PYTHON:-/usr/bin/python3}
out=$build/bench/focus.times
mkdir -p "$build/bench"
: >"$out"
peer=yes
"$python" -c 'import scipy' 2>/dev/null || peer=no
[ $peer = yes ] || echo "no SciPy for $python (Debian: python3-scipy): our own times alone"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
for round in $(seq "$rounds"); do
    "$build/bench/focus" >>"$out"
    [ $peer = no ] || "$python" "$here/focus_scipy.py" >>"$out"
done
awk '
{
    key = $1 " " $2
    if (!(key in least)) {
        order[++rows] = key
        least[key] = $4
    }
    if ($4 < least[key])
        least[key] = $4
    if (!($1 in sum))
        sum[$1] = $3
    off = $3 / sum[$1] - 1
    if (!(off <= 1e-8 && off >= -1e-8)) {
        print "focus: " $2 " finds " $3 " for " $1 ", not " sum[$1]
        wrong = 1
    }
}
END {
    printf "%-10s %-8s %12s %12s\n", "grid", "method", "seconds", "over ours"
    for (i = 1; i <= rows; i++) {
        split(order[i], part, " ")
        seconds = least[order[i]]
        printf "%-10s %-8s %12.3g %12.4g\n", part[1], part[2], seconds, seconds / least[part[1] " ours"]
    }
    exit wrong
}' "$out"
