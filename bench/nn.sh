#!/bin/sh
# Training speed against PyTorch eager: ratios of runs taken in turn, 1 and 2 threads. PyTorch (python3-torch) is an
# optional peer: without it our own figures are printed alone.
#
# usage: nn.sh BUILD [ROUNDS [SECONDS]]
# On a busy machine OMP_WAIT_POLICY=passive keeps threads that wait for each other from stealing time.
set -eu
build=${1:?usage: nn.sh BUILD [ROUNDS [SECONDS]]}
rounds=${2:-3}
seconds=${3:-4}
here=$(dirname "$0")
python=${NN_PYTHON:-/usr/bin/python3}
out=$build/bench/nn
mkdir -p "$out"
: >"$out/ours.jsonl"
: >"$out/torch.jsonl"

peer=yes
"$python" -c 'import torch' 2>/dev/null || peer=no
if [ $peer = yes ]; then
    "$python" "$here/nn_torch.py" dump "$out/dumps"
    "$build/bench/nn_compare" "$out/dumps"
else
    echo "no PyTorch for $python (Debian: python3-torch): our own figures alone"
fi

# PyTorch's best: its large temporaries stay with the process instead of being mapped anew in every operation
torch() {
    MALLOC_MMAP_THRESHOLD_=4294967296 MALLOC_TRIM_THRESHOLD_=8589934592 MALLOC_TOP_PAD_=268435456 \
        "$python" "$here/nn_torch.py" "$@"
}

for round in $(seq "$rounds"); do
    for threads in 1 2; do
        for model in parity transformer128 transformer512; do
            "$build/bench/nn_train" $model $threads "$seconds" >>"$out/ours.jsonl"
            [ $peer = yes ] || continue
            torch $model $threads "$seconds" >>"$out/torch.jsonl"
            if [ $model = parity ]; then
                torch parity-gather $threads "$seconds" >>"$out/torch.jsonl"
            fi
        done
    done
done
"$python" "$here/nn_table.py" "$out/ours.jsonl" "$out/torch.jsonl"
