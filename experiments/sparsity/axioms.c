/* Which measures of sparsity meet which of the six criteria?
 *
 * Source: kexue.fm/archives/9595, sections 3 to 6 (criteria of Hurley and Rickard, arXiv:0811.4706): D1 a
 * transfer from the rich to the poor, D2 scaling, D3 a rising tide, D4 cloning, P1 one entry growing rich, P2
 * added zeros. Every criterion is tried on many vectors of several kinds, among them those that theory builds
 * to break D1. A criterion is violated (3) when one trial reverses it, and that trial is kept: a certificate
 * that proves the failure by itself. (S*_{q,p} with p < 1 fails on long vectors only: beyond 4096 entries see
 * region.c.) It ties (2) when no trial reverses it and some leave the value where it should move. Otherwise
 * it holds (1), which the trials alone do not prove; proofs for S*_{q,p} are on the family's page.
 * Finding: S*_{1,2}, log n - H_k and Gini meet all six; S*_{q,p} with q > 1 or p < 1 fails D1.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab.h"
#include "sparsity.h"

enum { VECTOR_MAX = 4096 };

static const char *const criterion_name[SPARSITY_CRITERIA] = {"D1", "D2", "D3", "D4", "P1", "P2"};

struct scratch {
    struct sparsity_measure measure;
    struct sparsity_certificate theory; /* a violation of D1, when has_theory */
    int has_theory;
    double *given; /* the user's vector, or NULL: random ones */
    size_t given_count;
    double *x, *work;
};

static double pick(gsl_rng *rng, const double *values, unsigned long count)
{
    return values[gsl_rng_uniform_int(rng, count)];
}

/* A rich and a poor entry, so different that a transfer is seen in double precision. */
static void random_pair(gsl_rng *rng, struct sparsity_trial *t)
{
    size_t top = 0, low = 0;
    for (size_t i = 0; i < t->n; i++) {
        top = t->x[i] > t->x[top] ? i : top;
        low = t->x[i] < t->x[low] ? i : low;
    }
    t->from = top, t->to = low;
    for (int tries = 0; tries < 20; tries++) {
        size_t i = gsl_rng_uniform_int(rng, t->n), j = gsl_rng_uniform_int(rng, t->n);
        if (t->x[i] >= 0.1 * t->x[top] && t->x[i] - t->x[j] >= 0.05 * t->x[top]) {
            t->from = i, t->to = j;
            return;
        }
    }
}

/* An entry beside which another is positive. */
static size_t random_rich(gsl_rng *rng, const double *x, size_t n)
{
    for (;;) {
        size_t i = gsl_rng_uniform_int(rng, n);
        for (size_t j = 0; j < n; j++)
            if (j != i && x[j] > 0)
                return i;
    }
}

/* The vector that theory builds against D1, written out; 0 when it is too long. */
static size_t theory_vector(const struct scratch *s, double *x)
{
    const struct sparsity_certificate *c = &s->theory;
    double n = c->count[0] + c->count[1] + c->count[2];
    if (n > VECTOR_MAX)
        return 0;
    size_t at = 0;
    for (size_t k = 0; k < 3; k++)
        for (double i = 0; i < c->count[k]; i++)
            x[at++] = sparsity_rounded(c->x[k]);
    return at;
}

static struct sparsity_trial make_trial(struct scratch *s, enum sparsity_criterion criterion, size_t number,
                                        gsl_rng *rng)
{
    static const double parts[] = {0.1, 0.25, 0.4}, factors[] = {0.001, 0.1, 3, 1000},
                        tides[] = {0.01, 0.1, 1, 10};
    struct sparsity_trial t = {.x = s->x};
    if (criterion == SPARSITY_D1 && number % SPARSITY_KINDS == 0 && s->has_theory && !s->given &&
        (t.n = theory_vector(s, s->x)) > 0) {
        t.from = s->theory.from, t.to = s->theory.to;
        t.amount = sparsity_rounded(s->theory.amount);
        return t;
    }
    if (s->given) {
        memcpy(s->x, s->given, s->given_count * sizeof *s->x);
        t.n = s->given_count;
    } else {
        t.n = sparsity_vector_draw(rng, number % SPARSITY_KINDS, s->x);
    }
    double top = 0;
    for (size_t i = 0; i < t.n; i++)
        top = fmax(top, t.x[i]);
    switch (criterion) {
    case SPARSITY_D1:
        random_pair(rng, &t);
        t.amount = sparsity_rounded(pick(rng, parts, 3) * (t.x[t.from] - t.x[t.to]));
        break;
    case SPARSITY_D2:
        t.amount = pick(rng, factors, 4);
        break;
    case SPARSITY_D3:
        t.amount = sparsity_rounded(pick(rng, tides, 4) * top);
        break;
    case SPARSITY_D4:
        t.amount = (double)(2 + gsl_rng_uniform_int(rng, 2));
        break;
    case SPARSITY_P1:
        t.from = random_rich(rng, t.x, t.n);
        break;
    default:
        break;
    }
    return t;
}

/* One row of the table: a criterion, with the shortest certificate of its verdict. */
static void judge_criterion(struct lab_cell *cell, struct scratch *s, enum sparsity_criterion criterion)
{
    long seen[4] = {0}, trials = lab_integer(cell, "trials");
    enum sparsity_verdict worst = 0;
    struct sparsity_outcome kept = {0};
    struct sparsity_trial trial = {0};
    char *text = NULL;
    for (long number = 0; number < trials; number++) {
        struct sparsity_trial t = make_trial(s, criterion, (size_t)number, lab_rng(cell));
        struct sparsity_outcome o = sparsity_judge(&s->measure, criterion, &t, s->work);
        seen[o.verdict]++;
        if (o.verdict > worst || (o.verdict == worst && worst > SPARSITY_HOLDS && t.n < trial.n)) {
            worst = o.verdict, kept = o, trial = t;
            free(text);
            text = sparsity_vector_text(t.x, t.n);
        }
    }
    lab_put_text(cell, "criterion", criterion_name[criterion]);
    lab_put(cell, "verdict", worst);
    lab_put(cell, "held", (double)seen[SPARSITY_HOLDS]);
    lab_put(cell, "tied", (double)seen[SPARSITY_TIES]);
    lab_put(cell, "violated", (double)seen[SPARSITY_VIOLATED]);
    if (worst > SPARSITY_HOLDS) {
        lab_put_text(cell, "certificate", text);
        if (criterion == SPARSITY_D1 || criterion == SPARSITY_P1)
            lab_put(cell, "from", (double)trial.from + 1);
        if (criterion == SPARSITY_D1)
            lab_put(cell, "to", (double)trial.to + 1);
        if (criterion == SPARSITY_P1)
            lab_put(cell, "size", kept.size);
        if (criterion != SPARSITY_P2)
            lab_put(cell, "amount", criterion == SPARSITY_P1 ? kept.growth : trial.amount);
        lab_put(cell, "before", kept.before);
        lab_put(cell, "after", kept.after);
    }
    lab_next_row(cell);
    free(text);
}

static void cell(struct lab_cell *cell)
{
    struct scratch s = {0};
    struct sparsity_vector given = {0};
    const char *name = lab_word(cell, "measure");
    if (lab_control(cell, "no_half") && !strcmp(name, "gini"))
        name = "gini_whole";
    sparsity_measure_parse(name, &s.measure);
    s.has_theory = s.measure.q > 0 && !sparsity_certificate(s.measure.q, s.measure.p, &s.theory);
    if (lab_control(cell, "turned"))
        s.measure.sign = -1;
    if (!lab_is(cell, "vector", "random")) {
        free(sparsity_vector_parse(lab_word(cell, "vector"), &given));
        for (size_t i = 0; i < given.n; i++)
            given.x[i] = fabs(given.x[i]);
        s.given = given.x, s.given_count = given.n;
    }
    size_t room = given.n > VECTOR_MAX ? given.n : VECTOR_MAX;
    s.x = base_alloc(room, sizeof *s.x);
    s.work = base_alloc(6 * room + 2, sizeof *s.work);
    for (enum sparsity_criterion c = 0; c < SPARSITY_CRITERIA; c++)
        judge_criterion(cell, &s, c);
    free(s.x);
    free(s.work);
    sparsity_vector_free(&given);
}

/* The verdicts of a measure as a number, a digit each in the order D1 D2 D3 D4 P1 P2. */
static void summarize(struct lab *lab)
{
    struct lab_table *matrix = lab_table(lab, "matrix", "row,column,verdict,measure");
    for (size_t g = 0; g < lab_groups(lab); g++) {
        size_t count;
        const double *verdict = lab_column(lab, g, "verdict", &count);
        const char *measure = lab_word(lab_group(lab, g), "measure");
        char code[SPARSITY_CRITERIA + 1] = "";
        for (size_t c = 0; c < SPARSITY_CRITERIA; c++) {
            code[c] = (char)('0' + (int)verdict[c]);
            char row[32], column[32], digit[2] = {code[c], '\0'};
            lab_table_text_row(matrix,
                               (const char *[]){base_real_text(row, (double)g, 8),
                                                base_real_text(column, (double)c, 8), digit, measure});
        }
        if (lab_groups(lab) == lab_axis_values(lab, "measure")->count) /* one vector, one number of trials */
            lab_measure_text(lab, code, "code.%s", measure);
    }
}

static char *check(const struct lab_cell *cell)
{
    struct sparsity_measure measure;
    if (sparsity_measure_parse(lab_word(cell, "measure"), &measure))
        return base_format(
            "--measure: '%.40s' is not accepted; give l0, l1, l1_l2, lp_P, log, kappa4, hoyer, max, lse, "
            "s1_P, sqp_Q_P (0 < Q < P), renyi_K, deficit_K, gini or gini_whole",
            lab_word(cell, "measure"));
    if (lab_is(cell, "vector", "random"))
        return NULL;
    struct sparsity_vector vector;
    char *reason = sparsity_vector_parse(lab_word(cell, "vector"), &vector);
    if (!reason) {
        size_t positive = 0;
        for (size_t i = 0; i < vector.n; i++) {
            vector.x[i] = fabs(vector.x[i]);
            positive += vector.x[i] > 0;
        }
        if (positive < 2 || sparsity_is_constant(vector.x, vector.n))
            reason = base_copy("give two entries beside 0 at least, and not all of one size");
        sparsity_vector_free(&vector);
    }
    char *why = reason
                    ? base_format("--vector: '%.60s' is not accepted; %s", lab_word(cell, "vector"), reason)
                    : NULL;
    free(reason);
    return why;
}

static const struct lab_spec spec = {
    .name = "sparsity/axioms",
    .about = "Which measures of sparsity meet which of the six criteria? (1 holds, 2 ties, 3 violated)",
    .axes = {{"measure",
              "l0,l1,lp_0.5,l1_l2,log,kappa4,hoyer,max,lse,s1_2,s1_4,renyi_1,deficit_1,deficit_2,sqp_1_2,"
              "sqp_1_4,sqp_0.5_1,sqp_0.5_2,sqp_2_4,sqp_1.5_2,sqp_0.25_0.5,gini",
              NULL, NULL, "measures, larger = sparser; P, Q, K are numbers or inf", AXIS_WORD},
             {"trials", "3000", "500", "[8,1000000]", "trials of each criterion", AXIS_INTEGER},
             {"vector", "random", NULL, NULL, "the vector to try, such as 4:3:2:1:0x5", AXIS_WORD}},
    .columns = "criterion,verdict,held,tied,violated,certificate,from,to,size,amount,before:13,after:13",
    .controls = "turned|no_half",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
