#!/bin/sh
# faults.sh BUILD PROGRAM...: kill -9 and resume, full disks, unwritable folders, damaged journals, two runs at once,
# bad command lines, bad ledgers: the right exit status, one clear line, nothing half-written.
set -u
build=$(cd "$1" && pwd)
shift
scratch=$(mktemp -d)
trap 'umount "$scratch/full" 2>/dev/null; rm -rf "$scratch"' EXIT
failed=0
toy="$build/tests/toy_walk"
ok() { echo "ok     $*"; }
bad() { echo "FAILED $*"; failed=1; }
lines() { wc -l <"$1" | tr -d ' '; }

# refused STATUS WHAT COMMAND...: that exit status, exactly one line on stderr, nothing on stdout, no file below out/
refused() {
    want=$1 what=$2
    shift 2
    rm -rf "$scratch/out"
    "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
    status=$?
    if [ $status = "$want" ] && [ "$(lines "$scratch/stderr")" = 1 ] && [ ! -s "$scratch/stdout" ] &&
        [ ! -e "$scratch/out" ]; then
        return 0
    fi
    bad "$what: exit $status, $(lines "$scratch/stderr") lines: $(head -c 200 "$scratch/stderr")"
    return 1
}

# ---- kill -9 at 20 random moments, then resume ----
$toy --threads 2 --out "$scratch/whole" || bad "toy run"
kills=0
for i in $(seq 20); do
    dir=$scratch/killed
    rm -rf "$dir"
    $toy --threads 2 --out "$dir" &
    pid=$!
    sleep "0.$(printf '%03d' $(($(od -An -N2 -tu2 /dev/urandom) % 600)))"
    kill -9 $pid 2>/dev/null && kills=$((kills + 1))
    wait $pid 2>/dev/null
    [ -e "$dir/toy/walk.csv" ] && [ ! -e "$dir/toy/walk.measured.csv" ] && bad "kill $i left half the files"
    $toy --threads 1 --out "$dir" || bad "resume after kill $i"
    find "$dir" -name '*.tmp.*' -delete # what a kill within a write leaves is never read
    diff -r "$scratch/whole" "$dir" >/dev/null || bad "kill $i: other bytes after the resume"
done
ok "killed $kills times of 20, resumed to the same bytes"

# ---- a cell alone gives the numbers it gave in a sweep ----
$toy --n 64 --scale 1 --replicate 6,7 --shard 2/2 --out "$scratch/a"
$toy --n 16,64 --scale 1 --replicate 7 --shard 2/2 --out "$scratch/b"
fields() { sed 1d "$1" | cut -f1 | cut -d' ' -f3-; }
[ -n "$(fields "$scratch/a/toy/walk.journal.2-of-2")" ] &&
    [ "$(fields "$scratch/a/toy/walk.journal.2-of-2")" = "$(fields "$scratch/b/toy/walk.journal.2-of-2")" ] &&
    ok "one cell alone gives the numbers of the sweep" || bad "a cell depends on its sweep"

# ---- damaged journals ----
rm -rf "$scratch/killed"
$toy --shard 1/1 --threads 1 --out "$scratch/killed" & pid=$!
sleep 0.3
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
journal=$scratch/killed/toy/walk.journal
if [ -e "$journal" ]; then
    truncate -s -7 "$journal"
    printf 'garbage' >>"$journal"
    $toy --out "$scratch/killed" 2>"$scratch/stderr" && diff -r "$scratch/whole" "$scratch/killed" >/dev/null &&
        grep -q damaged "$scratch/stderr" && ok "a journal cut short and overwritten: the sound part is used" ||
        bad "damaged journal"
fi
mkdir -p "$scratch/other/toy"
echo "not a journal" >"$scratch/other/toy/walk.journal"
$toy --out "$scratch/other" 2>"$scratch/stderr" && [ -e "$scratch/other/toy/walk.journal.other" ] &&
    cmp -s "$scratch/other/toy/walk.csv" "$scratch/whole/toy/walk.csv" && ok "a foreign journal is set aside" ||
    bad "foreign journal"

# ---- two runs at once on one folder ----
rm -rf "$scratch/both"
$toy --threads 1 --out "$scratch/both" & pid=$!
sleep 0.2
$toy --threads 1 --out "$scratch/both" 2>"$scratch/stderr"
[ $? = 2 ] && grep -q "in use" "$scratch/stderr" && ok "a second run on the same folder is refused" || bad "two runs at once"
wait $pid

# ---- full disk, unwritable folder ----
mkdir -p "$scratch/full"
if mount -t tmpfs -o size=8k tmpfs "$scratch/full" 2>/dev/null; then
    $toy --out "$scratch/full" 2>"$scratch/stderr"
    [ $? = 2 ] && [ "$(lines "$scratch/stderr")" = 1 ] && ok "full disk: $(cat "$scratch/stderr")" || bad "full disk"
    umount "$scratch/full"
    mount -t tmpfs -o size=64k tmpfs "$scratch/full"
    $toy --n 16 --scale 1 --replicate 0:9 --out "$scratch/full" # results that fit
    cp -r "$scratch/full/toy" "$scratch/before"
    dd if=/dev/zero of="$scratch/full/ballast" bs=1k count=60 2>/dev/null
    $toy --n 16 --scale 1 --replicate 0:199 --out "$scratch/full" 2>"$scratch/stderr"
    status=$?
    rm -f "$scratch"/full/toy/*.journal
    [ $status = 2 ] && diff -r "$scratch/before" "$scratch/full/toy" >/dev/null &&
        ok "full disk over old results: exit 2, the old ones intact" || bad "full disk over old results: exit $status"
    umount "$scratch/full"
else
    echo "skip   full disk: no tmpfs can be mounted here"
fi
$toy --n 16 >/dev/full 2>"$scratch/stderr"
[ $? = 2 ] && ok "standard output full: exit 2" || bad "standard output full"
refused 2 "unwritable folder" $toy --out /dev/null/x && ok "unwritable folder: exit 2"

# ---- bad command lines, every program ----
refusals=0
for program in "$@"; do
    run=$build/$program
    axis=$("$run" --help | sed -n 's/^ *--\([a-z0-9_-]*\)=LIST.*/\1/p' | head -1)
    for args in --nosuch "--seed abc" "--seed -1" "--seed 99999999999999999999" "--threads -1" "--threads 0" \
        "--profile huge" "--shard 3/2" "--shard 0/2" "--shard x" "--control nosuch" stray ${axis:+--$axis} \
        ${axis:+"--$axis 1,,2"} "--out"; do
        # shellcheck disable=SC2086
        case $args in --out | --$axis) refused 64 "$program $args" "$run" $args && refusals=$((refusals + 1)) ;;
        *) refused 64 "$program $args" "$run" $args --out "$scratch/out" && refusals=$((refusals + 1)) ;; esac
    done
done
refused 64 "--out ''" $toy --out ""
refused 64 "cells that do not go together" $toy --n 20000 --out "$scratch/out"
refused 64 "too many cells" $toy --n 1:5000 --replicate 0:99999 --out "$scratch/out"
[ $failed = 0 ] && ok "$refusals bad command lines of $# programs refused with 64 and one line"

# ---- bad ledgers ----
mkdir -p "$scratch/experiments/f" "$scratch/results/f"
i=0
while IFS= read -r text; do
    i=$((i + 1))
    printf '%b' "title = t\narchives = 1\n$text" >"$scratch/experiments/f/claims.ini"
    (cd "$scratch" && refused 64 "bad ledger $i" "$build/tools/verify" --experiments experiments --results results) || failed=1
done <<'END'
[a]\nclaim = x\nsource = y\nmeasure = p.m\nexpect = 1\njudge = nosuch\nno_control = z\n
[a]\nclaim = x\nsource = y\nmeasure = p.m\nexpect = one\njudge = exact\nno_control = z\n
[a]\nclaim = x\nsource = y\nmeasure = p.m\nexpect = 1\njudge = abs 0.1\nno_control = z\n
[a]\nclaim = x\nsource = y\nmeasure = p.m\nexpect = 1 2\njudge = exact\nno_control = z\n
[a]\nclaim = x\nsource = y\nmeasure = p.m\nexpect = 1\njudge = exact\n
[a]\nclaim = x\nsource = y\nmeasure = p.m\nexpect = 1\njudge = sigma\nno_control = z\n
[a]\nclaim = x\nsource = y\nmeasure = p.m\nexpect = 1\njudge = exact\nno_control = z\nnosuch = 1\n
[a]\nnonsense
END
[ $failed = 0 ] && ok "$i bad ledgers refused with 64"
exit $failed
