"""Tables from the lines of JSON of nn_train and nn_torch.py: medians over the rounds.

The ratio of a model is our rate with t threads over PyTorch's best with 1 .. t threads and any variant (its
second thread may make it slower), by wall time; with 1 thread also by processor time, which other load
disturbs less.
"""
import json
import statistics
import sys


def read(path):
    with open(path) as lines:
        return [json.loads(line) for line in lines]


def median(rows, model, threads, key):
    values = [r[key] for r in rows if r["model"] == model and r["threads"] == threads and key in r]
    return statistics.median(values) if values else None


def main():
    ours, torch = read(sys.argv[1]), read(sys.argv[2])
    models = sorted({r["model"] for r in ours})
    print("\n%-16s %7s %12s %12s %7s %9s" % ("model", "threads", "steps/s", "PyTorch", "ratio", "ratio cpu"))
    for model in models:
        peers = [model, model + "-gather"]
        for threads in (1, 2):
            rate = median(ours, model, threads, "steps_per_s")
            best = [median(torch, p, t, "steps_per_s") for p in peers for t in range(1, threads + 1)]
            best = max((b for b in best if b), default=None)
            cpu = [median(torch, p, 1, "steps_per_cpu_s") for p in peers]
            cpu = max((c for c in cpu if c), default=None)
            print("%-16s %7d %12.2f %12s %7s %9s" % (
                model, threads, rate, "%.2f" % best if best else "-", "%.2f" % (rate / best) if best else "-",
                "%.2f" % (median(ours, model, 1, "steps_per_cpu_s") / cpu) if cpu and threads == 1 else ""))
    print("\n%-16s %6s %9s %6s %10s %11s %11s %9s %9s" % (
        "share of time", "GEMM", "attention", "rest", "GEMM GF/s", "sgemm GF/s", "of sgemm", "memory", "(strict)"))
    for model in models:
        values = [median(ours, model, 1, key) for key in (
            "gemm_share", "attention_share", "rest_share", "gemm_gflops", "sgemm_gflops", "memory_ratio",
            "memory_over_activations")]
        print("%-16s %6.2f %9.2f %6.2f %10.1f %11.1f %11.2f %9.2f %9.2f" % (
            model, *values[:5], values[3] / values[4], *values[5:]))
    print("memory: peak over parameters, gradients, moments, activations and the gradient of the largest one\n"
          "(strict): the same peak, without counting that gradient as needed")


if __name__ == "__main__":
    main()
