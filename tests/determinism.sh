#!/bin/sh
# determinism.sh BUILD PROGRAM...: the same bytes with 1 thread, with 2, and from 3 shards merged; quick profile. Two
# programs side by side.
set -u
build=$1
shift
if [ "$1" != one ]; then
    list=$(mktemp)
    printf '%s\n' "$@" | xargs -P 2 -n 1 "$0" "$build" one >"$list"
    cat "$list"
    failed=$(grep -c '^FAILED' "$list")
    rm -f "$list"
    exit "$([ "$failed" = 0 ] && echo 0 || echo 1)"
fi
program=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
run="$build/$program --profile quick --seed 77"
ok=1
$run --threads 1 --out "$scratch/one" || ok=0
$run --threads 2 --out "$scratch/two" || ok=0
for i in 2 3 1; do $run --threads 1 --shard $i/3 --out "$scratch/three" || ok=0; done
$run --threads 2 --out "$scratch/three" || ok=0
diff -r "$scratch/one" "$scratch/two" >&2 && diff -r "$scratch/one" "$scratch/three" >&2 || ok=0
if [ $ok = 1 ]; then echo "ok     $program: same bytes with 1 and 2 threads and 3 shards"; else
    echo "FAILED $program: bytes depend on threads or shards"
fi
