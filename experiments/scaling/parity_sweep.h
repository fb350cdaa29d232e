/* What the sweeps over the size of network and of training set share. */
#ifndef PARITY_SWEEP_H
#define PARITY_SWEEP_H

#include "lab.h"
#include "parity.h"

/* The options that both sweeps have as axes: tasks, bits, batch, alpha, rate, steps, width, points; control noise. */
struct parity_options parity_sweep_options(const struct lab_cell *cell);

/* Puts loss (the best) and learnt; for replicate 0 also the losses of the first tasks then, a row each. */
void parity_sweep_put(struct lab_cell *cell, const struct parity_run *run);

/* The main table by size, the table "map" of losses by size and task, and the measurement "slope": the mean over replicates of the slope of log loss on log size
 * over the values of `axis` from `least` on. Size: of axis "data" the samples, of "width" the parameters. */
void parity_sweep_summarize(struct lab *lab, const char *axis, double least);

#endif
