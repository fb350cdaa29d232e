#!/bin/sh
# controls.sh BUILD THREADS: runs every program with each of its controls, in the quick profile, and demands that the
# claims of that control fail by their values. A control all of whose claims need the full profile runs in full.
set -u
build=$1 threads=$2
out=$build/controls
failed=0 rejected=0
list=$("$build/tools/verify" --list-controls) || exit 2
IFS='
'
for line in $list; do
    IFS=' '
    set -- $line
    program=$1 control=$2 profile=${3:-quick}
    dir=$out/$(echo "$program" | tr / -).$control
    log=$dir.log
    mkdir -p "$dir"
    if "$build/$program" --profile "$profile" --control "$control" --threads "$threads" --out "$dir" >"$log" 2>&1 &&
        "$build/tools/verify" --results "$dir" --program "$program" --control "$control" >>"$log" 2>&1; then
        n=$(sed -n 's/^controls: \([0-9]*\) claims.*/\1/p' "$log" | tail -1)
        rejected=$((rejected + ${n:-0}))
        echo "ok     $program --control $control: ${n:-0} claims fail as they should"
    else
        failed=$((failed + 1))
        cat "$log"
        echo "FAILED $program --control $control"
    fi
done
echo "controls: $rejected claims rejected by their controls, $failed controls failed to do so"
[ $failed = 0 ]
