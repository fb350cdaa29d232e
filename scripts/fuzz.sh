#!/bin/sh
# fuzz.sh BUILD SECONDS NAME...: libFuzzer with ASan and UBSan on each parser, from the corpora of tests/corpora.
# New inputs stay below BUILD/fuzz; a crash is kept there and fails.
set -u
build=$1 seconds=$2
shift 2
command -v clang-14 >/dev/null || { echo "skip   fuzz: install clang-14 and libclang-rt-14-dev"; exit 0; }
mkdir -p "$build/fuzz"
for name in "$@"; do
    work=$build/fuzz/$name.work
    mkdir -p "$work"
    modules=$(ls experiments/*/*.c | xargs grep -L '^int main')
    clang-14 -std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
        -fopenmp=libgomp -w -Ilib -Itools -Iexperiments -I/usr/lib/gcc/x86_64-linux-gnu/12/include \
        "tests/fuzz/fuzz_$name.c" lib/base.c lib/axis.c lib/ledger.c lib/csv.c lib/dataset.c $(grep -q nabc "tests/fuzz/fuzz_$name.c" && ls experiments/nabc/nabc*.c) \
        -linih -lgmp -lgsl -lopenblas -lm -o "$build/fuzz/$name" || exit 2
    if "$build/fuzz/$name" -max_total_time="$seconds" -max_len=4096 -artifact_prefix="$build/fuzz/$name-" \
        "$work" "tests/corpora/$name" >"$build/fuzz/$name.log" 2>&1; then
        echo "ok     fuzz $name: $(sed -n 's/^Done \([0-9]*\) runs.*/\1/p' "$build/fuzz/$name.log") runs"
    else
        tail -20 "$build/fuzz/$name.log"
        echo "FAILED fuzz $name"
        exit 1
    fi
done
