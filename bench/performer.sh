#!/bin/sh
# performer.sh BUILD: linear attention by random features and by codes against dense attention on BLAS.
set -eu
"${1:?usage: performer.sh BUILD}/bench/performer"
