#include "forms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "base.h"

const char *const forms_name[FORMS_ORDERS] = {"backward", "forward", "random",
                                              "tree",     "delta",   "delta_backward"};

/* ---- steps; the double ones of the two accumulators are those of lib/attention ---- */

static double rounded(double x, int single)
{
    return single ? (double)(float)x : x;
}

static void push(struct attention_state *state, size_t d, double score, const double *v, int single)
{
    if (!single) {
        attention_state_push(state, d, score, v);
        return;
    }
    double m = fmax(state->m, score);
    double fade = rounded(exp(rounded(state->m - m, 1)), 1), weight = rounded(exp(rounded(score - m, 1)), 1);
    state->m = m;
    state->z = rounded(rounded(fade * state->z, 1) + weight, 1);
    for (size_t x = 0; x < d; x++)
        state->y[x] = rounded(rounded(fade * state->y[x], 1) + rounded(weight * v[x], 1), 1);
}

static void merge(struct attention_state *state, const struct attention_state *other, size_t d, int single,
                  enum forms_flaw flaw)
{
    double m = fmax(state->m, other->m);
    if (!single && flaw != FORMS_NO_RESCALE) {
        attention_state_merge(state, other, d);
        return;
    }
    double mine = rounded(exp(rounded(state->m - m, single)), single);
    double its = rounded(exp(rounded(other->m - m, single)), single);
    if (flaw == FORMS_NO_RESCALE)
        mine = its = 1;
    state->m = m;
    state->z = rounded(rounded(mine * state->z, single) + rounded(its * other->z, single), single);
    for (size_t x = 0; x < d; x++)
        state->y[x] =
            rounded(rounded(mine * state->y[x], single) + rounded(its * other->y[x], single), single);
}

/* state->y holds o. */
static void delta(struct attention_state *state, size_t d, double score, const double *v, int single,
                  enum forms_flaw flaw)
{
    double m = fmax(state->m, score);
    double fade = rounded(exp(rounded(state->m - m, single)), single);
    double weight = rounded(exp(rounded(score - m, single)), single);
    state->m = m;
    state->z = rounded(rounded(fade * state->z, single) + weight, single);
    double a = rounded(weight / state->z, single);
    for (size_t x = 0; x < d; x++) {
        double change = flaw == FORMS_NO_FADE ? v[x] : rounded(v[x] - state->y[x], single);
        state->y[x] = rounded(state->y[x] + rounded(a * change, single), single);
    }
}

/* ---- scans ---- */

/* Keys begin .. end - 1 into `state`; room holds d numbers a level. */
static void tree(const struct forms_row *row, size_t begin, size_t end, int single, enum forms_flaw flaw,
                 struct attention_state *state, double *room)
{
    attention_state_clear(state, row->d);
    if (end - begin == 1) {
        push(state, row->d, row->score[begin], row->value + begin * row->d, single);
        return;
    }
    struct attention_state right = {.y = room};
    size_t middle = begin + (end - begin) / 2;
    tree(row, begin, middle, single, flaw, state, room + row->d);
    tree(row, middle, end, single, flaw, &right, room + row->d);
    merge(state, &right, row->d, single, flaw);
}

void forms_output(const struct forms_row *row, enum forms_order form, int single, const size_t *order,
                  enum forms_flaw flaw, double *o)
{
    size_t n = row->n, d = row->d;
    struct attention_state state = {.y = o};
    attention_state_clear(&state, d);
    if (form == FORMS_TREE) {
        double *room = base_alloc(66 * d, sizeof *room);
        tree(row, 0, n, single, flaw, &state, room);
        free(room);
    } else {
        int is_delta = form == FORMS_DELTA || form == FORMS_DELTA_BACKWARD;
        int back = form == FORMS_BACKWARD || form == FORMS_DELTA_BACKWARD;
        size_t last = flaw == FORMS_DROPS_OLDEST && n > 1 ? n - 1 : n;
        for (size_t t = 0; t < last; t++) {
            size_t j = form == FORMS_RANDOM ? order[t] : back ? n - 1 - t : t;
            if (is_delta)
                delta(&state, d, row->score[j], row->value + j * d, single, flaw);
            else
                push(&state, d, row->score[j], row->value + j * d, single);
        }
        if (is_delta)
            return;
    }
    attention_state_output(&state, d, o);
    for (size_t x = 0; x < d; x++)
        o[x] = rounded(o[x], single);
}

/* ---- the law of rounding ---- */

/* The variance of an error uniform over the unit in the last place of a float. */
static double rounding_variance(double x)
{
    int exponent;
    if (x == 0)
        return 0;
    frexp(x, &exponent); /* |x| in [2^(exponent-1), 2^exponent) */
    double unit = ldexp(1, exponent - 24);
    return unit * unit / 12;
}

void forms_expected_squares(const struct forms_row *row, double *accumulators, double *delta_form)
{
    size_t d = row->d;
    double m = -INFINITY, z = 0, error_z = 0;
    double *y = base_alloc(3 * d, sizeof *y), *error_y = y + d, *error_o = error_y + d;
    for (size_t j = 0; j < row->n; j++) {
        double top = fmax(m, row->score[j]), fade = exp(m - top), weight = exp(row->score[j] - top);
        double old_z = fade * z;
        m = top;
        z = old_z + weight;
        error_z = fade * fade * error_z + rounding_variance(z);
        for (size_t x = 0; x < d; x++) {
            double old = old_z > 0 ? fade * y[x] / old_z : 0,
                   change = weight / z * (row->value[j * d + x] - old);
            y[x] = fade * y[x] + weight * row->value[j * d + x];
            error_y[x] = fade * fade * error_y[x] + rounding_variance(y[x]);
            /* an error of o fades as o does; one of z changes the next step */
            error_o[x] = old_z / z * (old_z / z) * error_o[x] + change * change * error_z / (z * z) +
                         rounding_variance(y[x] / z);
        }
    }
    *accumulators = *delta_form = 0;
    for (size_t x = 0; x < d; x++) {
        double o = y[x] / z;
        *accumulators += ((error_y[x] + o * o * error_z) / (z * z) + rounding_variance(o)) / (double)d;
        *delta_form += error_o[x] / (double)d;
    }
    free(y);
}
