#!/bin/sh
# check.sh BUILD TESTS PROGRAMS: everything CI asks. Every step prints lines that begin with ok, FAILED or skip; the
# last line counts them.
set -u
build=$1 tests=$2 programs=$3
log=$build/check.log
: >"$log"
step() {
    name=$1
    shift
    start=$(date +%s)
    echo "== $name"
    "$@" >"$build/step.log" 2>&1
    status=$?
    [ $status = 0 ] || echo "FAILED $name: exit status $status" >>"$build/step.log"
    grep -E '^(ok|FAILED|skip)' "$build/step.log" >>"$log"
    if [ $status = 0 ]; then grep -E '^(ok|skip)|^[0-9]+ claims' "$build/step.log" || tail -1 "$build/step.log"; else cat "$build/step.log"; fi
    echo "   $(($(date +%s) - start)) s"
}
quick() {
    make -s quick SEED=1 || return 1
    echo "ok     quick profile, seed 1"
}
committed() {
    "$build/tools/verify" --results results || return 1
    echo "ok     the committed results hold"
}
step "unit tests" scripts/tests.sh $tests
step "quick profile of every experiment, judged" quick
step "the committed results, judged" committed
step "controls" scripts/controls.sh "$build" "$(nproc)"
step "determinism" tests/determinism.sh "$build" $programs
step "faults" tests/faults.sh "$build" $programs
step "fuzz corpora" tests/corpora.sh "$build"
step "report" tests/report.sh "$build"
passed=$(grep -c '^ok' "$log")
failed=$(grep -c '^FAILED' "$log")
skipped=$(grep -c '^skip' "$log")
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
