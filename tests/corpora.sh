#!/bin/sh
# corpora.sh BUILD: the committed inputs of the fuzzers once through their parsers, with gcc and its sanitizers.
set -u
build=$1
failed=0
mkdir -p "$build/fuzz"
cat >"$build/fuzz/replay.c" <<'END'
#include <stdint.h>
#include <stdlib.h>
#include "base.h"
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t length;
        char *text = base_read_file(argv[i], &length);
        if (!text)
            return 2;
        LLVMFuzzerTestOneInput((const uint8_t *)text, length);
        free(text);
    }
    return 0;
}
END
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c | sed 's/fuzz_//')
    modules=
    grep -q nabc "$source" && modules=$(ls experiments/nabc/nabc*.c)
    cc -std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fopenmp -Ilib -Itools \
        -Iexperiments "$build/fuzz/replay.c" "$source" lib/base.c lib/axis.c lib/ledger.c lib/csv.c lib/dataset.c $modules \
        -linih -lgmp -lgsl -lopenblas -lm -o "$build/fuzz/replay_$name" &&
        "$build/fuzz/replay_$name" tests/corpora/"$name"/* &&
        echo "ok     corpus $name: $(ls tests/corpora/"$name" | wc -l) inputs" || { echo "FAILED corpus $name"; failed=1; }
done
exit $failed
