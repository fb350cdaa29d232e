#!/bin/sh
# The end of `make reproduce`: time per experiment from the run records, and where things are.
set -eu
build=$1
echo
echo "experiment                             wall s   peak MiB"
find "$build/run" -name '*.json' 2>/dev/null | sort | while read -r f; do
    { tr '\n' ' ' <"$f" && echo; } | sed -n 's/.*"experiment": "\([^"]*\)".*"wall_s": \([0-9.]*\).*"peak_mib": \([0-9.]*\).*/\1 \2 \3/p'
done | awk '{ printf "%-36s %8.1f %10.0f\n", $1, $2, $3; t += $2 } END { printf "%-36s %8.1f\n", "all", t }'
echo
echo "figures: results/*/*.svg   judged claims: results/claims.csv   report: report/index.html"
