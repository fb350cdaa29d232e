#!/bin/sh
# cur.sh BUILD: the scores' kernels against the plain programs, a query by CUR against scoring everything.
set -eu
"${1:?usage: cur.sh BUILD}/bench/cur"
