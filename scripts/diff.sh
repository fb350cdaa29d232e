#!/bin/sh
# diff.sh BUILD: the working results/ against the committed ones, in units of the stated errors.
set -eu
build=$1
rm -rf "$build/committed"
mkdir -p "$build/committed"
git archive HEAD results | tar -x -C "$build/committed"
files=$( (cd results && find . -name '*.csv'; cd "../$build/committed/results" && find . -name '*.csv') | sed 's#^\./##' | grep -v '^claims.csv$' | sort -u)
exec "$build/tools/diff" "$build/committed/results" results $files
