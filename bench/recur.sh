#!/bin/sh
# The recomputing network: the plain cell against its vectorized and blocked forms, and against cached attention over BLAS;
# one thread.
set -eu
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
exec "${1:?usage: recur.sh BUILD}/bench/recur"
