/* Does the loss of early-stopped training fall with the size of the training set like D^-(alpha/(alpha+1))?
 *
 * Source: Michaud et al., arXiv 2303.13506 (figure 2); kexue.fm/archives/9607, the data law. A training set of D samples
 * is gone through again and again; the least loss on fresh samples counts. Below D p_1 ~ tau nothing is learnt and the
 * loss stays at 1 bit: that plateau is part of the theory. Each replicate gives one slope over the sizes beyond it.
 */
#include "parity_sweep.h"

enum { PLATEAU_END = 4000 };

static void cell(struct lab_cell *c)
{
    struct parity_options o = parity_sweep_options(c);
    o.spacing = 1.15;
    o.data = (size_t)lab_integer(c, "data");
    o.early_stop = 1;
    struct parity_run *run = parity_train(&o, lab_rng(c));
    parity_sweep_put(c, run);
    parity_run_free(run);
}

static void summarize(struct lab *lab)
{
    parity_sweep_summarize(lab, "data", PLATEAU_END);
}

static const struct lab_spec spec = {
    .name = "scaling/parity_data",
    .about = "Does the loss of early-stopped training fall with data like D^-(alpha/(alpha+1))?",
    .axes =
        {
            {"tasks", "100", "20", "[2,512]", "Tasks K", AXIS_INTEGER},
            {"bits", "20", "16", "[5,64]", "Random bits n", AXIS_INTEGER},
            {"batch", "1000", "500", "[1,1e6]", "Samples a step", AXIS_INTEGER},
            {"rate", "3e-3", "5e-3", "(0,1]", "Learning rate of Adam", AXIS_REAL},
            {"steps", "6000", "1500", "[20,1e7]", "Steps at the most", AXIS_INTEGER},
            {"width", "200", "128", "[1,65536]", "Hidden units", AXIS_INTEGER},
            {"points", "400", NULL, "[1,1e6]", "Fresh samples a task of an evaluation", AXIS_INTEGER},
            {"alpha", "0.6", NULL, "(0,5]", "Frequencies fall like t^-(alpha+1)", AXIS_REAL},
            {"data", "1000,2000,4000,8000,16000,32000,64000,128000", "4000,11000,32000", "[1,1e8]", "Samples of the training set",
             AXIS_INTEGER},
            {"replicate", "0:3", "0:5", "[0,inf)", "Training", AXIS_INTEGER},
        },
    .columns = "loss,learnt,rank,task_loss",
    .fold = "replicate",
    .controls = "noise",
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
