/* Directional derivatives on the tape, and the gradient penalty made of them. */
#include <math.h>
#include <string.h>

#include "nn_internal.h"

struct nn_tensor *nn_directional(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x,
                                 struct nn_tensor *v) {
    if (x->persistent || y->persistent || x->index > y->index || v->size != x->size) {
        nn_refuse("nn_directional", "x and y must be on the tape, x before y, v of the size of x");
    }
    size_t first = x->index, count = y->index - first + 1;
    struct nn_tensor **tangent = nn_memory(tape, count, sizeof(struct nn_tensor *));
    /* only what leads to y: others may be operations without a tangent */
    bool *leads = nn_memory(tape, count, sizeof *leads);
    memset(leads, 0, count * sizeof *leads);
    leads[count - 1] = true;
    for (size_t i = count; i-- > 0;) {
        struct nn_tensor *n = tape->node[first + i];
        for (int j = 0; leads[i] && j < n->inputs; j++) {
            if (n->input[j] && !n->input[j]->persistent && n->input[j]->index >= first) {
                leads[n->input[j]->index - first] = true;
            }
        }
    }
    tangent[0] = nn_reshape(tape, v, x->shape);
    for (size_t i = 1; i < count; i++) {
        struct nn_tensor *n = tape->node[first + i];
        struct nn_tensor *in[5] = {NULL};
        bool moves = false;
        for (int j = 0; leads[i] && j < n->inputs; j++) {
            if (n->input[j] && !n->input[j]->persistent && n->input[j]->index >= first) {
                in[j] = tangent[n->input[j]->index - first];
                moves |= in[j] != NULL;
            }
        }
        if (moves && !n->tangent) {
            nn_refuse("nn_directional", "an operation between x and y has no forward mode");
        }
        tangent[i] = moves ? n->tangent(tape, n, in) : NULL;
    }
    if (tangent[count - 1]) {
        return tangent[count - 1];
    }
    struct nn_tensor *zero = nn_constant(tape, y->shape);
    memset(zero->value, 0, zero->size * sizeof *zero->value);
    return zero;
}

struct nn_tensor *nn_gradient_penalty(struct nn_tape *tape, struct nn_tensor *y, struct nn_tensor *x,
                                      double center) {
    size_t rows = y->size;
    if (x->size % rows) {
        nn_refuse("nn_gradient_penalty", "y must have one number for each row of x");
    }
    size_t d = x->size / rows;
    struct nn_tensor *v = nn_gradient(tape, y, x);
    struct nn_tensor *penalty = nn_constant(tape, nn_shape1(1));
    double sum = 0;
    for (size_t r = 0; r < rows; r++) {
        float *g = v->value + r * d;
        double square = 0;
        for (size_t i = 0; i < d; i++) {
            square += (double)g[i] * (double)g[i];
        }
        double norm = sqrt(square), excess = norm - center;
        sum += excess * excess;
        /* at norm 0 the penalty is smooth for center 0 (v = 2 g / rows = 0), else 0 is one subgradient */
        float factor = norm > 0 ? (float)(2 * excess / (norm * (double)rows)) : 0.0f;
        for (size_t i = 0; i < d; i++) {
            g[i] *= factor;
        }
    }
    penalty->value[0] = (float)(sum / (double)rows);
    struct nn_tensor *along = nn_sum(tape, nn_directional(tape, y, x, v));
    return nn_straight_through(tape, along, penalty);
}
