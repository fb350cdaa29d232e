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
awk -v name=focus -v base=ours -v allowed=1e-8 -f "$here/least.awk" "$out"
