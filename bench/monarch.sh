#!/bin/sh
# monarch.sh BUILD: products, solutions and projections of Monarch matrices against dense BLAS, LAPACK and FFTW.
set -eu
"${1:?usage: monarch.sh BUILD}/bench/monarch"
