#!/usr/bin/python3
"""Training speed of the models of nn_train.c in PyTorch eager, and dumps to compare results with.

usage: nn_torch.py MODEL THREADS SECONDS    prints a line of JSON
       nn_torch.py dump FOLDER              weights, batches, losses and gradients for nn_compare

MODEL: parity (one-hot input), parity-gather (rows of the weights), transformer128, transformer512
"""
import json
import math
import os
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

BATCH, TASKS, BITS, WIDTH = 2000, 100, 32, 256
LAYERS, MODEL_WIDTH, HEADS, SEQUENCES, SYMBOLS = 4, 128, 4, 16, 64


class Parity(nn.Module):
    """What a user writes (one-hot), or the same with rows of the weight matrix gathered."""

    def __init__(self, gather):
        super().__init__()
        self.gather = gather
        self.one = nn.Linear((0 if gather else TASKS) + BITS, WIDTH)
        self.table = nn.Embedding(TASKS, WIDTH) if gather else None
        self.two = nn.Linear(WIDTH, 1)

    def forward(self, task, bits):
        if self.gather:
            h = self.one(bits) + self.table(task)
        else:
            h = self.one(torch.cat([F.one_hot(task, TASKS).float(), bits], 1))
        return self.two(F.relu(h, inplace=True)).squeeze(1)


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask, heads):
        b, t, w = x.shape
        parts = self.qkv(self.norm1(x)).split(w, 2)
        q, k, v = (part.view(b, t, heads, w // heads).transpose(1, 2) for part in parts)
        a = (q @ k.transpose(2, 3)) * (1 / math.sqrt(w // heads)) + mask
        y = (F.softmax(a, 3) @ v).transpose(1, 2).reshape(b, t, w)
        x = x + self.proj(y)
        return x + self.down(F.gelu(self.up(self.norm2(x)), approximate="tanh"))


class Transformer(nn.Module):
    def __init__(self, context, symbols, width, layers, heads):
        super().__init__()
        self.heads = heads
        self.token, self.position = nn.Embedding(symbols, width), nn.Embedding(context, width)
        self.blocks = nn.ModuleList(Block(width) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, symbols)
        self.register_buffer("mask", torch.full((context, context), -math.inf).triu(1))

    def forward(self, tokens):
        x = self.token(tokens) + self.position.weight
        for block in self.blocks:
            x = block(x, self.mask, self.heads)
        return self.head(self.norm(x))


def parity_steps(gather):
    model = Parity(gather)
    adam = torch.optim.Adam(model.parameters(), lr=3e-3)
    masks = torch.zeros(TASKS, BITS, dtype=torch.bool)
    for row in masks:
        row[torch.randperm(BITS)[:3]] = True

    def step():
        task = (torch.rand(BATCH) ** 2 * TASKS).long()
        bits = torch.randint(0, 2, (BATCH, BITS))
        target = ((bits * masks[task]).sum(1) & 1).float()
        loss = F.binary_cross_entropy_with_logits(model(task, bits.float()), target)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss

    return step, BATCH


def transformer_steps(context):
    model = Transformer(context, SYMBOLS, MODEL_WIDTH, LAYERS, HEADS)
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3)

    def step():
        first, steps = torch.randint(0, SYMBOLS, (SEQUENCES, 1)), torch.randint(1, 4, (SEQUENCES, context))
        text = torch.cat([first, steps], 1).cumsum(1) % SYMBOLS
        logits = model(text[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, SYMBOLS), text[:, 1:].reshape(-1))
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        return loss

    return step, SEQUENCES * context


def measure(name, threads, seconds):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    step, items = parity_steps(name == "parity-gather") if name.startswith("parity") \
        else transformer_steps(int(name[len("transformer"):]))
    for _ in range(3):
        step()
    steps, best = 0, math.inf
    start = last = time.perf_counter()
    cpu = time.process_time()
    while steps < 5 or last - start < seconds:
        loss = step()
        steps += 1
        t = time.perf_counter()
        best, last = min(best, t - last), t
    rate, cpu = steps / (last - start), time.process_time() - cpu
    print(json.dumps({"model": name, "threads": threads, "steps_per_s": round(rate, 3),
                      "best_steps_per_s": round(1 / best, 3), "steps_per_cpu_s": round(steps / cpu, 3),
                      "items_per_s": round(items * rate, 1),
                      "loss": round(loss.item(), 5)}))


class Dump:
    """A file of named float32 arrays: u64 name bytes, name, u64 count, values."""

    def __init__(self, path):
        self.file = open(path, "wb")

    def put(self, name, tensor):
        values = tensor.detach().reshape(-1).float().tolist()
        data = name.encode()
        self.file.write(struct.pack("<Q", len(data)) + data + struct.pack("<Q", len(values)))
        self.file.write(struct.pack("<%df" % len(values), *values))


def dump_model(dump, model, loss):
    """Parameters and gradients under our names; weights transposed to (in, out)."""
    model.zero_grad()
    loss.backward()
    dump.put("loss", loss)
    for name, p in model.named_parameters():
        turn = p.dim() == 2 and not name.startswith(("token", "position", "table"))
        for kind, tensor in (("value", p), ("grad", p.grad)):
            dump.put(kind + "." + name, tensor.t().contiguous() if turn else tensor)


def dump_all(folder):
    torch.manual_seed(7)
    torch.set_num_threads(1)
    os.makedirs(folder, exist_ok=True)
    mlp = nn.Sequential(nn.Linear(17, 33), nn.Tanh(), nn.Linear(33, 29), nn.ReLU(), nn.Linear(29, 11))
    x, label = torch.randn(23, 17), torch.randint(0, 11, (23,))
    dump = Dump(folder + "/mlp")
    dump.put("x", x)
    dump.put("label", label)
    dump_model(dump, mlp, F.cross_entropy(mlp(x), label))

    block, x = Block(48), torch.randn(3, 37, 48)
    weight = torch.randn(3, 37, 48)
    mask = torch.full((37, 37), -math.inf).triu(1)
    dump = Dump(folder + "/block")
    dump.put("x", x)
    dump.put("weight", weight)
    dump_model(dump, block, (block(x, mask, 4) * weight).sum())

    model, text = Transformer(70, 19, 32, 2, 2), torch.randint(0, 19, (4, 71))
    dump = Dump(folder + "/transformer")
    dump.put("input", text[:, :-1])
    dump.put("target", text[:, 1:])
    loss = F.cross_entropy(model(text[:, :-1]).reshape(-1, 19), text[:, 1:].reshape(-1))
    dump_model(dump, model, loss)


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "dump":
        dump_all(sys.argv[2])
    elif len(sys.argv) == 4:
        measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
    else:
        sys.exit("nn_torch.py: " + __doc__)
