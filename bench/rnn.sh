#!/bin/sh
# Parallel iterations of a recurrent network against the plain loop, one thread: ratios measured in one run.
set -eu
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
"${1:?usage: rnn.sh BUILD}/bench/rnn"
