#!/bin/sh
# The exact posterior over the digits (2048 rows x_t, 1797 points of 64 pixels) against its two matrix
# products alone and against NumPy (Debian: python3-numpy), one thread each, in turn: the least time of each
# and its ratio to ours. All must find the same mean trace to 1e-9 of the data's variance, ours in float32 to
# 1e-6. And the exact W_2 of one half of the digits from the other, by assignment, against SciPy
# (python3-scipy).
#
# usage: dvar.sh BUILD [ROUNDS]
set -eu
build=${1:?usage: dvar.sh BUILD [ROUNDS]}
rounds=${2:-3}
here=$(dirname "$0")
python=${DVAR_PYTHON:-/usr/bin/python3}
folder=$build/bench/dvar.data
out=$build/bench/dvar.times
mkdir -p "$folder"
: >"$out"
peer=yes
"$python" -c 'import numpy' 2>/dev/null || peer=no
[ $peer = yes ] || echo "no NumPy for $python (Debian: python3-numpy): our own times alone"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
for round in $(seq "$rounds"); do
    "$build/bench/dvar" "$folder" >>"$out"
    [ $peer = no ] || "$python" "$here/dvar_numpy.py" "$folder" >>"$out"
done
awk -v name=dvar -v base=ours -v allowed=1e-9 -v unit=18.8 -v rough=float32 -v roughly=1e-6 -f "$here/least.awk" "$out"
