#!/bin/sh
# Attention over quantized keys against dense attention on BLAS (float32, one core), in turn.
set -eu
OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 "${1:?usage: vq.sh BUILD}/bench/vq"
