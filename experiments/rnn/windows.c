/* Does cutting the sequence into windows tame Newton?
 *
 * Source: beyond kexue.fm/archives/9783. The sequence is cut into windows of --window steps, solved one after
 * the other, each by Newton from 0. `iterations` is the mean over windows: the work over that of one pass.
 * `rounds` is the time on as many processors as one likes, over T: each iteration of a window is a scan of
 * depth 2 log2 window; and `two` the least time of two processors over the loop's, each taking half of the
 * steps of every iteration and nothing else counted: iterations / 2. Finding: short windows need few
 * iterations even in chaos, but two at least, so that two processors gain nothing; and the scans of short
 * windows are so short that at g = 1.5 not even unbounded processors beat the loop, at any window.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rnn.h"
#include "rnn_draws.h"

static void cell(struct lab_cell *cell)
{
    size_t d = (size_t)lab_integer(cell, "d"), steps = (size_t)lab_integer(cell, "T");
    size_t window = (size_t)lab_integer(cell, "window"), windows = 0;
    gsl_rng *rng = rnn_draws_stream(cell, "d %zu replicate %s", d, lab_word(cell, "replicate"));
    struct rnn *rnn =
        rnn_problem("circular", d, steps, lab_real(cell, "g"), lab_real(cell, "s"), 0, NULL, NULL, rng);
    double *path = base_alloc((steps + 1) * d, sizeof *path), work = 0, iterations = 0, rounds = 0, most = 0;
    rnn_path(rnn, path);
    lab_put(cell, "exponent", rnn_lyapunov(rnn, path, 0, rng));
    gsl_rng_free(rng);
    struct rnn_options options = {.method = lab_control(cell, "no_sech") ? RNN_FIXED : RNN_NEWTON};
    for (size_t begin = 0; begin < steps; begin += window, windows++) {
        struct rnn part = *rnn;
        part.steps = begin + window < steps ? window : steps - begin;
        part.u = rnn->u + begin * d;
        part.start = path + begin * d;
        struct rnn_run run =
            rnn_solve(&part, &options, path + begin * d, lab_real(cell, "tol"), (long)part.steps, NULL);
        work += (double)run.iterations * (double)part.steps;
        iterations += (double)run.iterations;
        most = fmax(most, (double)run.iterations);
        rounds += (double)run.iterations * fmax(1, 2 * ceil(log2((double)part.steps)) - 1);
    }
    lab_put(cell, "iterations", iterations / (double)windows);
    lab_put(cell, "most", most);
    lab_put(cell, "work", work / (double)steps);
    lab_put(cell, "rounds", rounds / (double)steps);
    lab_put(cell, "two", work / (double)steps / 2);
    free(path);
    rnn_free(rnn);
}

static void summarize(struct lab *lab)
{
    static const char *const asked[][2] = {{"1.5", "8"}, {"1.5", "32"}, {"1.5", "512"}, {"0.8", "512"}};
    for (size_t k = 0; k < 4; k++) {
        char *where = base_format("d=16 T=512 s=0.1 tol=1e-8 g=%s window=%s", asked[k][0], asked[k][1]);
        long g = lab_find(lab, where);
        free(where);
        if (g < 0)
            continue;
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "rounds"), "rounds_%s_%s", asked[k][0], asked[k][1]);
        lab_measure_mean(lab, lab_mean(lab, (size_t)g, "two"), "two_%s_%s", asked[k][0], asked[k][1]);
    }
}

static char *check(const struct lab_cell *cell)
{
    double steps = (double)lab_integer(cell, "T");
    return rnn_too_much(1, (double)lab_integer(cell, "d"), steps,
                        fmin(steps, (double)lab_integer(cell, "window")), 0);
}

static const struct lab_spec spec = {
    .name = "rnn/windows",
    .about = "Does cutting the sequence into windows tame Newton?",
    .axes = {{"d", "16", NULL, "[1,1024]", "dimension", AXIS_INTEGER},
             {"T", "512", NULL, "[1,1000000]", "steps", AXIS_INTEGER},
             {"g", "0.8,1.5,2", "0.8,1.5", "[0,1e6]", "gain", AXIS_REAL},
             {"s", "0.1", NULL, "[0,1e6]", "deviation of the inputs", AXIS_REAL},
             {"window", "1,2,4,8,16,32,64,128,256,512", "8,32,512", "[1,1000000]", "steps of a window",
              AXIS_INTEGER},
             {"tol", "1e-8", NULL, "[0,1e6]", "error that counts as converged", AXIS_REAL},
             {"replicate", "0:39", "0:29", "[0,1000000]", "draws", AXIS_INTEGER}},
    .columns = "iterations,most,work,rounds,two,exponent",
    .fold = "replicate",
    .controls = "no_sech",
    .check = check,
    .setup = rnn_draws_setup,
    .teardown = rnn_draws_teardown,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
