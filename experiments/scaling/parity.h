/* Multitask sparse parity: K subtasks, each the parity of its own 3 of n bits, drawn with Zipf frequencies, learnt by one
 * perceptron with a hidden layer. Source: Michaud et al., arXiv 2303.13506, section 3; kexue.fm/archives/9607.
 *
 * Input: one-hot code of the task, then n random bits; label: parity of the bits of the task's subset. Hidden layer of
 * ReLUs, one logit (a softmax of two classes), cross entropy in bits (a coin flip is 1 bit), Adam, initial weights
 * U(+-1/sqrt(fan_in)). The one-hot block is never made: its product with the weights is a row of a table.
 */
#ifndef PARITY_H
#define PARITY_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

enum { PARITY_TASKS_MAX = 512 };

struct parity_options {
    size_t tasks, bits, subset, width, batch;
    double alpha;          /* p_t ~ t^-(alpha+1) */
    double rate;           /* of Adam */
    long steps;
    size_t data;           /* size of the training set, gone through again and again in shuffled order; 0: fresh samples */
    size_t points;         /* samples a task of an evaluation */
    double spacing;        /* ratio of the steps of two evaluations */
    int uniform;           /* all tasks equally frequent */
    int noise;             /* labels XOR a random bit: nothing can be learnt */
    int early_stop;        /* ends when the loss has not improved for twice the steps of its best evaluation */
};

struct parity_run {
    size_t tasks, evaluations;
    double *p;         /* [tasks] frequencies */
    double *step;      /* [evaluations] */
    double *loss;      /* [evaluations], in bits: sum_t p_t loss_t */
    double *task_loss; /* [evaluations][tasks] */
    double *time;      /* [tasks]: the first evaluated step with a loss below 0.1 bit; NaN: not learnt */
    double *start;     /* [tasks]: the first with a loss below 0.9 bit; NaN: none */
    size_t leading;    /* the first tasks that were all learnt */
    size_t learnt;
    double best;       /* least loss of all evaluations */
    size_t best_at;    /* the evaluation that found it */
};

/* Trains with the stream `rng` (subsets, weights, samples); the run is to be freed. `seed` keys the shuffling. */
struct parity_run *parity_train(const struct parity_options *options, gsl_rng *rng);
void parity_run_free(struct parity_run *run);

/* The least-squares slope of log loss on log step over steps low .. high; predicted: of parity_predict instead. */
double parity_slope(const struct parity_run *run, double low, double high, int predicted);

/* The loss at `step` that theory predicts without any fit to the loss: every task follows the mean curve of the first
 * few tasks in step/T_t, with T_t = T_1 (p_1/p_t)^exponent. */
double parity_predict(const struct parity_run *run, double exponent, double step);

/* The exponent c of T_t ~ p_t^-c over the leading run of learnt tasks (leaving out later ones, which are seen only when
 * they are early, would bias it); NaN with fewer than three of them or equal frequencies. */
double parity_time_exponent(const struct parity_run *run);

/* How many numbers the perceptron has: (tasks + bits + 2) width + 1. */
size_t parity_parameters(const struct parity_options *options);

#endif
