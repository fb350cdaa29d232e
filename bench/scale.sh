#!/bin/sh
# Exact means of the gradient and annealed optima against NumPy and SciPy (Debian: python3-scipy), one thread each, in
# turn: the least time of each and their ratio. Both must find the same values to 1e-6.
#
# usage: scale.sh BUILD [ROUNDS]
set -eu
build=${1:?usage: scale.sh BUILD [ROUNDS]}
rounds=${2:-3}
here=$(dirname "$0")
python=${SCALE_PYTHON:-/usr/bin/python3}
out=$build/bench/scale.times
mkdir -p "$build/bench"
: >"$out"
peer=yes
"$python" -c 'import scipy' 2>/dev/null || peer=no
[ $peer = yes ] || echo "no SciPy for $python (Debian: python3-scipy): our own times alone"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
for round in $(seq "$rounds"); do
    "$build/bench/scale" >>"$out"
    [ $peer = no ] || "$python" "$here/scale_scipy.py" >>"$out"
done
awk -v name=scale -v base=ours -v allowed=1e-6 -f "$here/least.awk" "$out"
