#!/bin/sh
# tests.sh TEST...: runs the unit tests side by side; the log of one that fails, and a line for each.
set -u
failed=0
for t in "$@"; do
    log=$t.log
    (
        "$t" >"$log" 2>&1
        echo $? >"$log.status"
    ) &
    # two at a time
    [ $(($(jobs -p | wc -l) % 2)) = 0 ] && wait
done
wait
for t in "$@"; do
    log=$t.log
    passed=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -1)
    skipped=$(grep -c '^\[  SKIPPED \]' "$log")
    if [ "$(cat "$log.status")" = 0 ]; then
        echo "ok     $(basename "$t"): ${passed:-0} passed, $skipped skipped"
    else
        failed=1
        cat "$log"
        echo "FAILED $(basename "$t")"
    fi
done
exit $failed
