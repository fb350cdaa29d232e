#!/bin/sh
# determinism.sh BUILD PROGRAM...: the same bytes from a whole run with 2 threads and from 3 shards with 1 thread, merged;
# quick profile. Two programs side by side.
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
$run --threads 2 --out "$scratch/whole" || ok=0
for i in 2 3 1; do $run --threads 1 --shard $i/3 --out "$scratch/shards" || ok=0; done
$run --threads 1 --out "$scratch/shards" || ok=0
diff -r "$scratch/whole" "$scratch/shards" >&2 || ok=0
if [ $ok = 1 ]; then echo "ok     $program: same bytes whole with 2 threads and in 3 shards with 1"; else
    echo "FAILED $program: bytes depend on threads or shards"
fi
