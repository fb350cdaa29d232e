/* Does the loss of trained networks fall with the number of parameters like N^-alpha?
 *
 * Source: Michaud et al., arXiv 2303.13506 (figure 2); kexue.fm/archives/9607, the parameter law. Networks of growing
 * width are trained on fresh samples of multitask parity until little changes. A quantum costs about eight hidden units
 * here, so a hundred tasks leave a window of a dozen quanta: the finite sum over n, not the bare exponent, is the
 * prediction. Each replicate gives one slope over all widths.
 */
#include "parity_sweep.h"

static void cell(struct lab_cell *c)
{
    struct parity_options o = parity_sweep_options(c);
    o.spacing = 1.3;
    struct parity_run *run = parity_train(&o, lab_rng(c));
    parity_sweep_put(c, run);
    parity_run_free(run);
}

static void summarize(struct lab *lab)
{
    parity_sweep_summarize(lab, "width", 0);
}

static const struct lab_spec spec = {
    .name = "scaling/parity_width",
    .about = "Does the loss of trained networks fall with their parameters like N^-alpha?",
    .axes =
        {
            {"tasks", "100", "20", "[2,512]", "Tasks K", AXIS_INTEGER},
            {"bits", "20", "16", "[5,64]", "Random bits n", AXIS_INTEGER},
            {"batch", "1000", "500", "[1,1e6]", "Samples a step", AXIS_INTEGER},
            {"rate", "1e-2", NULL, "(0,1]", "Learning rate of Adam", AXIS_REAL},
            {"steps", "12000", "2000", "[20,1e7]", "Steps", AXIS_INTEGER},
            {"points", "400", NULL, "[1,1e6]", "Fresh samples a task of an evaluation", AXIS_INTEGER},
            {"alpha", "0.6", NULL, "(0,5]", "Frequencies fall like t^-(alpha+1)", AXIS_REAL},
            {"width", "4,6,8,12,16,24,32,48,64,96", "4,16,64", "[1,65536]", "Hidden units", AXIS_INTEGER},
            {"replicate", "0:3", "0:7", "[0,inf)", "Training", AXIS_INTEGER},
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
