/* Are the linear forms of attention over quantized keys the quadratic one, and where do they break?
 *
 * Source: kexue.fm/archives/9844. With K^ = Delta C (one-hot rows), f(Q C^T Delta^T) = f(Q C^T) Delta^T for
 * any element-wise f, which gives an encoder of c weights a query, a recurrence a token and a recurrence a
 * block; with a bias that reaches back w <= l two blocks are scored explicitly. Every form is held against
 * attention_dense on K^. `load` is the error in units of 16 eps sqrt(n) max|v|: rounding of one weighted mean
 * of n values.
 * Finding: all exact. The article's sentence that defines U as the sum before block I loses a block, and
 * its printed zero condition of the bias is the opposite of what its formulas need.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attention.h"
#include "kmeans.h"
#include "lab.h"
#include "linalg.h"
#include "rng.h"
#include "vq.h"

enum { EVERY_LENGTH = 64, RANK_KEYS = 260 }; /* up to these n: all block lengths, singular values */

struct problem {
    struct vq p;
    double *q, *k, *v, *centers, *o, *dense, *weights;
    size_t *code;
    size_t n;
};

/* The test bias, and the two others that the claims speak of. */
struct window {
    size_t from, to;
    int unit;
};

static double bias(size_t i, size_t j, const void *context)
{
    const struct window *w = context;
    double r = (double)(i - j);
    if (i - j < w->from || i - j > w->to)
        return 0;
    return w->unit ? 1 : cos(0.5 * r) / (1 + 0.2 * r);
}

static void problem_make(struct problem *b, struct lab_cell *c)
{
    size_t n = (size_t)lab_integer(c, "n"), dk = (size_t)lab_integer(c, "dk"),
           dv = (size_t)lab_integer(c, "dv");
    size_t codes = (size_t)lab_integer(c, "c");
    double qscale = lab_real(c, "qscale");
    *b = (struct problem){.n = n,
                          .q = base_alloc(n * dk, sizeof(double)),
                          .k = base_alloc(n * dk, sizeof(double)),
                          .v = base_alloc(n * dv, sizeof(double)),
                          .centers = base_alloc(codes * dk, sizeof(double)),
                          .o = base_alloc(n * dv, sizeof(double)),
                          .dense = base_alloc(n * dv, sizeof(double)),
                          .weights = base_alloc(n * n, sizeof(double)),
                          .code = base_alloc(n, sizeof(size_t))};
    if (lab_is(c, "input", "gauss")) {
        gsl_rng *rng = lab_rng(c);
        rng_normals(rng, b->q, n * dk);
        rng_normals(rng, b->k, n * dk);
        rng_normals(rng, b->v, n * dv);
        rng_normals(rng, b->centers, codes * dk);
        for (size_t i = 0; i < n * dk; i++)
            b->q[i] *= qscale;
    } else {
        attention_waves(n, dk, dv, qscale, b->q, b->k, b->v);
        for (size_t s = 0; s < codes; s++)
            for (size_t a = 0; a < dk; a++)
                b->centers[s * dk + a] = cos(1.3 * (double)(s + 1) * (double)(a + 1) + 0.2);
    }
    b->p = (struct vq){.queries = n,
                       .keys = n,
                       .dk = dk,
                       .dv = dv,
                       .c = codes,
                       .q = b->q,
                       .centers = b->centers,
                       .v = b->v,
                       .code = b->code};
}

static void problem_free(struct problem *b)
{
    free(b->q);
    free(b->k);
    free(b->v);
    free(b->centers);
    free(b->o);
    free(b->dense);
    free(b->weights);
    free(b->code);
}

/* max |o - dense|, or infinity when one is not a number */
static double distance(const struct problem *b)
{
    double most = 0;
    for (size_t i = 0; i < b->n * b->p.dv; i++) {
        double away = fabs(b->o[i] - b->dense[i]);
        most = away <= most ? most : isnan(away) ? INFINITY : away;
    }
    return most;
}

static double largest(const double *x, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(x[i]));
    return most;
}

/* How far o is from the reference. */
static void put(struct lab_cell *c, const struct problem *b, const char *variant)
{
    lab_put(c, variant, distance(b));
}

static void put_sums(struct lab_cell *c, const struct problem *b, const char *variant)
{
    double sum = 0, squares = 0;
    char name[32];
    for (size_t i = 0; i < b->n * b->p.dv; i++) {
        sum += b->o[i];
        squares += b->o[i] * b->o[i];
    }
    snprintf(name, sizeof name, "%s_sum", variant);
    lab_put(c, name, sum);
    snprintf(name, sizeof name, "%s_squares", variant);
    lab_put(c, name, squares);
    snprintf(name, sizeof name, "%s_last", variant);
    lab_put(c, name, b->o[(b->n - 1) * b->p.dv]);
}

static double function(int which, double x)
{
    return which == 0 ? exp(x) : which == 1 ? tanh(x) : which == 2 ? x * x : fmax(x, 0);
}

/* |f(X Delta^T) - f(X) Delta^T| at its largest, X = Q C^T, for four f. two_hot: Delta has two halves a row.
 */
static double pick_out(const struct problem *b, int two_hot)
{
    size_t n = b->n, codes = b->p.c;
    double *x = base_alloc(n * codes, sizeof *x), *fx = base_alloc(n * codes, sizeof *fx), most = 0;
    double *delta = base_alloc(n * codes, sizeof *delta), *left = b->weights,
           *right = base_alloc(n * n, sizeof *right);
    for (size_t j = 0; j < n; j++) {
        delta[j * codes + b->code[j]] += two_hot ? 0.5 : 1;
        delta[j * codes + (b->code[j] + 1) % codes] += two_hot ? 0.5 : 0;
    }
    linalg_gemm('N', 'T', n, codes, b->p.dk, 1, b->q, b->centers, 0, x);
    linalg_gemm('N', 'T', n, n, codes, 1, x, delta, 0, left);
    for (int f = 0; f < 4; f++) {
        for (size_t i = 0; i < n * codes; i++)
            fx[i] = function(f, x[i]);
        linalg_gemm('N', 'T', n, n, codes, 1, fx, delta, 0, right);
        for (size_t i = 0; i < n * n; i++)
            most = fmax(most, fabs(function(f, left[i]) - right[i]));
    }
    free(x);
    free(fx);
    free(delta);
    free(right);
    return most;
}

static size_t numerical_rank(size_t m, size_t n, const double *a)
{
    size_t least = m < n ? m : n, rank = 0;
    double *s = base_alloc(least + 1, sizeof *s);
    linalg_svd(m, n, a, s, NULL, NULL);
    while (rank < least && s[rank] > (double)(m > n ? m : n) * DBL_EPSILON * s[0])
        rank++;
    free(s);
    return rank;
}

/* Twice as many keys, half of each on the next code: what the linear form computes for rows of Delta with two
 * halves, against the mean of the two centers as the key. */
static double encoder_two_hot(struct problem *b)
{
    struct vq twice = b->p;
    size_t n = b->n, dk = b->p.dk, dv = b->p.dv, *code = base_alloc(2 * n, sizeof *code);
    double *v = base_alloc(2 * n * dv, sizeof *v), *keys = base_alloc(n * dk, sizeof *keys);
    for (size_t j = 0; j < 2 * n; j++) {
        code[j] = j < n ? b->code[j] : (b->code[j - n] + 1) % b->p.c;
        memcpy(v + j * dv, b->v + (j % n) * dv, dv * sizeof *v);
        for (size_t a = 0; a < dk; a++)
            keys[(j % n) * dk + a] += 0.5 * b->centers[code[j] * dk + a];
    }
    twice.keys = 2 * n;
    twice.code = code;
    twice.v = v;
    vq_encoder(&twice, b->o);
    struct attention dense = {
        .queries = n, .keys = n, .dk = dk, .dv = dv, .q = b->q, .k = keys, .v = b->v, .scale = 1};
    attention_dense(&dense, b->dense, NULL);
    free(code);
    free(v);
    free(keys);
    return distance(b);
}

static void bidirectional(struct lab_cell *c, struct problem *b)
{
    int two_hot = lab_control(c, "two_hot");
    lab_put(c, "pick_out", pick_out(b, two_hot));
    if (vq_dense(&b->p, 0, b->dense, b->weights))
        lab_fail(c, "a score is not finite");
    if (two_hot) {
        lab_put(c, "encoder", encoder_two_hot(b));
    } else {
        vq_encoder(&b->p, b->o);
        put(c, b, "encoder");
    }
    put_sums(c, b, "encoder");
    if (b->n > RANK_KEYS)
        return;
    size_t rank = numerical_rank(b->n, b->n, b->weights);
    struct attention plain = {.queries = b->n,
                              .keys = b->n,
                              .dk = b->p.dk,
                              .dv = b->p.dv,
                              .q = b->q,
                              .k = b->k,
                              .v = b->v,
                              .scale = 1};
    attention_dense(&plain, b->dense, b->weights);
    size_t unquantized = numerical_rank(b->n, b->n, b->weights);
    /* controls: the rank of the other matrix */
    lab_put(c, "rank", (double)(lab_control(c, "no_codes") ? unquantized : rank));
    lab_put(c, "unquantized_rank", (double)(lab_control(c, "no_codes") ? rank : unquantized));
}

/* The causal matrix: the largest difference of the weights of two past keys with one code. */
static double unlike_weights(const struct problem *b)
{
    double most = 0;
    size_t *last = base_alloc(b->p.c, sizeof *last); /* the key before with this code, plus 1 */
    for (size_t i = 0; i < b->n; i++) {
        memset(last, 0, b->p.c * sizeof *last);
        for (size_t j = 0; j <= i; j++) {
            size_t before = last[b->code[j]];
            if (before)
                most = fmax(most, fabs(b->weights[i * b->n + j] - b->weights[i * b->n + before - 1]));
            last[b->code[j]] = j + 1;
        }
    }
    free(last);
    return most;
}

/* Its diagonal and determinant, and the rank of what lies below and left of the middle. */
static void causal_matrix(struct lab_cell *c, const struct problem *b)
{
    size_t n = b->n, half = n / 2;
    double diagonal = INFINITY, log_determinant = 0;
    for (size_t i = 0; i < n; i++) {
        diagonal = fmin(diagonal, b->weights[i * n + i]);
        log_determinant += log(b->weights[i * n + i]);
    }
    lab_put(c, "diagonal", diagonal);
    lab_put(c, "log_determinant", log_determinant);
    if (!half || n > RANK_KEYS)
        return;
    double *corner = base_alloc((n - half) * half, sizeof *corner);
    for (size_t i = half; i < n; i++)
        memcpy(corner + (i - half) * half, b->weights + i * n, half * sizeof *corner);
    lab_put(c, "corner_rank", (double)numerical_rank(n - half, half, corner));
    lab_put(c, "corner_used", (double)vq_used(half, b->p.c, b->code));
    free(corner);
}

static void causal(struct lab_cell *c, struct problem *b)
{
    size_t l = (size_t)lab_integer(c, "l"), w = (size_t)lab_integer(c, "w");
    enum vq_fault fault = lab_control(c, "counts_late")  ? VQ_COUNTS_LATE
                          : lab_control(c, "cache_late") ? VQ_CACHE_LATE
                                                         : VQ_RIGHT;
    if (vq_dense(&b->p, 1, b->dense, b->weights))
        lab_fail(c, "a score is not finite");
    causal_matrix(c, b);
    if (!lab_control(c, "with_bias"))
        lab_put(c, "unlike", unlike_weights(b));
    size_t token = vq_token(&b->p, b->o);
    if (fault != VQ_RIGHT) /* the token recurrence is the block form of length 1 */
        vq_block(&b->p, 1, 1, fault, b->o);
    put(c, b, "token");
    size_t block = vq_block(&b->p, l, 1, fault, b->o);
    put(c, b, "block");
    put_sums(c, b, "block");
    if (b->n <= EVERY_LENGTH) {
        double most = 0;
        for (size_t length = 1; length <= b->n; length++) {
            vq_block(&b->p, length, 1, fault, b->o);
            most = fmax(most, distance(b));
        }
        lab_put(c, "every_length", most);
    }
    int mended = lab_control(c, "mended");
    vq_block(&b->p, l, 1, mended ? VQ_RIGHT : VQ_CACHE_LATE, b->o);
    put(c, b, "literal_cache");

    /* a bias that reaches back w; one that reaches one too far; the article's condition, beyond l alone */
    struct window windows[3] = {{0, lab_control(c, "bias_beyond") ? w + 2 * l : w, 0},
                                {0, mended ? l : l + 1, 0},
                                {mended ? 0 : l + 1, mended ? l : 2 * l, 1}};
    static const char *const names[3] = {"bias", "bias_one_more", "bias_article"};
    size_t with_bias = 0;
    for (int i = 0; i < 3; i++) {
        if (i == 0 && w > l)
            continue; /* not what the form is for: bias_one_more shows that */
        b->p.bias = bias;
        b->p.context = &windows[i];
        vq_dense(&b->p, 1, b->dense, b->weights);
        if (i == 0)
            lab_put(c, lab_control(c, "with_bias") ? "unlike" : "unlike_bias", unlike_weights(b));
        with_bias = vq_block(&b->p, l, 2, fault, b->o);
        put(c, b, names[i]);
        if (i == 0)
            put_sums(c, b, names[i]);
    }
    double dense = (double)b->n * (double)(b->p.dk + b->p.dv);
    int grows = lab_control(c, "dense_state");
    lab_put(c, "token_state", grows ? dense : (double)token);
    lab_put(c, "block_state", grows ? dense : (double)block);
    lab_put(c, "bias_state", grows ? dense : (double)with_bias);
    lab_put(c, "dense_state", dense);
}

static void cell(struct lab_cell *c)
{
    struct problem b;
    problem_make(&b, c);
    double distortion = kmeans_assign(b.n, b.p.c, b.p.dk, b.k, b.centers, b.code, NULL), codes = 0;
    for (size_t j = 0; j < b.n; j++)
        codes += (double)b.code[j];
    lab_put(c, "distortion", distortion);
    lab_put(c, "codes", codes);
    lab_put(c, "used", (double)vq_used(b.n, b.p.c, b.code));
    lab_put(c, "unit", 16 * DBL_EPSILON * sqrt((double)b.n) * largest(b.v, b.n * b.p.dv));
    if (lab_is(c, "causal", "no"))
        bidirectional(c, &b);
    else
        causal(c, &b);
    problem_free(&b);
}

static char *check(const struct lab_cell *c)
{
    double n = lab_real(c, "n"), width = lab_real(c, "c") + lab_real(c, "dk") + lab_real(c, "dv");
    return vq_too_much("n", n, 50 * n * n * width, 8 * (2 * n * n + 3 * n * width));
}

/* ---- summary ---- */

static const char *const variants[] = {"pick_out", "encoder",       "token",
                                       "block",    "every_length",  "literal_cache",
                                       "bias",     "bias_one_more", "bias_article"};
enum { VARIANTS = sizeof variants / sizeof *variants };

/* The state's size by the formula, for `rows` explicit rows. */
static double state_formula(const struct lab_cell *c, double rows)
{
    double dv = lab_real(c, "dv");
    return lab_real(c, "c") * (dv + 1) + rows * (lab_real(c, "dk") + dv + 1);
}

static void write_table(struct lab *lab)
{
    struct lab_table *table =
        lab_table(lab, NULL, "input,variant,n,dk,dv,c,l,w,qscale,error:4,load:4,state,used,rank");
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        for (int k = 0; k < VARIANTS; k++) {
            double error = lab_value(lab, i, variants[k]);
            if (isnan(error))
                continue;
            const char *state = !strcmp(variants[k], "token") ? "token_state"
                                : !strncmp(variants[k], "b", 1) && strcmp(variants[k], "block")
                                    ? "bias_state"
                                    : "block_state";
            double numbers = k < 2 ? NAN : lab_value(lab, i, state),
                   rank = k == 1 ? lab_value(lab, i, "rank") : NAN;
            char text[5][40];
            base_real_text(text[0], error, 4);
            base_real_text(text[1], error / lab_value(lab, i, "unit"), 4);
            base_real_text(text[2], numbers, 12);
            base_real_text(text[3], lab_value(lab, i, "used"), 12);
            base_real_text(text[4], rank, 12);
            lab_table_text_row(
                table,
                (const char *const[]){lab_word(c, "input"), variants[k], lab_word(c, "n"), lab_word(c, "dk"),
                                      lab_word(c, "dv"), lab_word(c, "c"), lab_word(c, "l"), lab_word(c, "w"),
                                      lab_word(c, "qscale"), text[0], text[1], isnan(numbers) ? "" : text[2],
                                      text[3], isnan(rank) ? "" : text[4]});
        }
    }
}

/* The numbers of one closed-form case, to compare other programs with. */
static void measure_reference(struct lab *lab)
{
    long none = lab_find(lab, "input=closed-form n=48 dk=4 dv=3 c=8 l=8 w=8 qscale=1 causal=no");
    long causal = lab_find(lab, "input=closed-form n=48 dk=4 dv=3 c=8 l=8 w=8 qscale=1 causal=yes");
    if (none < 0 || causal < 0)
        return;
    static const char *const first[] = {"codes",           "used", "distortion", "encoder_sum",
                                        "encoder_squares", "rank"};
    static const char *const then[] = {"block_sum",     "block_squares", "block_last",
                                       "bias_sum",      "bias_squares",  "bias_last",
                                       "literal_cache", "bias_one_more", "bias_article"};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        lab_measure(lab, lab_value(lab, (size_t)none, first[i]), 0, 0, "reference_%s", first[i]);
    for (size_t i = 0; i < sizeof then / sizeof *then; i++)
        lab_measure(lab, lab_value(lab, (size_t)causal, then[i]), 0, 0, "reference_%s", then[i]);
}

/* The largest or least of a running value; NaN is passed over. */
static void up(double *most, double x)
{
    *most = isnan(x) || x <= *most ? *most : x;
}

static void summarize(struct lab *lab)
{
    double load[VARIANTS], least[VARIANTS], state = 0, over = -INFINITY, under = 0, full = 0, corner = 0,
                                            unlike = 0;
    double like = INFINITY, diagonal = INFINITY, determinant = 0;
    for (int k = 0; k < VARIANTS; k++) {
        load[k] = 0;
        least[k] = INFINITY;
    }
    for (size_t i = 0; i < lab_groups(lab); i++) {
        const struct lab_cell *c = lab_group(lab, i);
        double n = lab_real(c, "n"), l = lab_real(c, "l"), codes = lab_real(c, "c"),
               used = lab_value(lab, i, "used");
        int gauss = lab_is(c, "input", "gauss");
        for (int k = 0; k < VARIANTS; k++) {
            double error = lab_value(lab, i, variants[k]);
            if (isnan(error))
                continue;
            up(&load[k], k ? error / lab_value(lab, i, "unit") : error);
            /* a wrong form can only show where there are more than two blocks and more than one code */
            if (n >= 4 * l && n >= 3 * l + 2 && codes > 1)
                least[k] = fmin(least[k], error);
        }
        if (lab_is(c, "causal", "yes")) {
            up(&state, fabs(lab_value(lab, i, "token_state") - state_formula(c, 0)));
            up(&state, fabs(lab_value(lab, i, "block_state") - state_formula(c, l)));
            up(&state, fabs(lab_value(lab, i, "bias_state") - state_formula(c, 2 * l)));
            up(&unlike, lab_value(lab, i, "unlike"));
            if (lab_real(c, "w") >= 1 && n > 2 * codes && !isnan(lab_value(lab, i, "unlike_bias")))
                like = fmin(like, lab_value(lab, i, "unlike_bias"));
            diagonal = fmin(diagonal, lab_value(lab, i, "diagonal"));
            determinant = fmin(determinant, lab_value(lab, i, "log_determinant"));
            if (gauss && !isnan(lab_value(lab, i, "corner_rank")) && n > 2 * codes)
                up(&corner, fabs(lab_value(lab, i, "corner_rank") - lab_value(lab, i, "corner_used")));
        } else if (!isnan(lab_value(lab, i, "rank"))) {
            up(&over, lab_value(lab, i, "rank") - used);
            if (gauss && n > codes)
                up(&under, used - lab_value(lab, i, "rank"));
            if (gauss && n <= 48)
                up(&full, n - lab_value(lab, i, "unquantized_rank"));
        }
    }
    lab_measure(lab, load[0], 0, 0, "pick_out");
    for (int k = 1; k < 5; k++)
        lab_measure(lab, load[k], 0, 0, "%s_load", variants[k]);
    lab_measure(lab, load[6], 0, 0, "bias_load");
    lab_measure(lab, least[5], 0, 0, "literal_cache_least");
    lab_measure(lab, least[7], 0, 0, "bias_one_more_least");
    lab_measure(lab, least[8], 0, 0, "bias_article_least");
    lab_measure(lab, state, 0, 0, "state_difference");
    lab_measure(lab, over, 0, 0, "rank_over_used");
    lab_measure(lab, under, 0, 0, "rank_below_used");
    lab_measure(lab, full, 0, 0, "unquantized_rank_missing");
    lab_measure(lab, corner, 0, 0, "corner_rank_difference");
    lab_measure(lab, diagonal, 0, 0, "diagonal_least");
    lab_measure(lab, unlike, 0, 0, "same_code_difference");
    if (isfinite(like))
        lab_measure(lab, like, 0, 0, "same_code_difference_bias");
    /* the article's example: c d_v against n_h d_k^2 with d_v = 2 n_h d_k; and with RetNet's own values of
     * width 2 d_k */
    double c = 512, dk = 256, heads = 3, dv = 2 * heads * dk;
    int head_keys = lab_run_control(lab, "dense_state"); /* forgets that RetNet's state is a matrix */
    lab_measure(lab, c * dv / (heads * dk * (head_keys ? 1 : dk)), 0, 0, "retnet_ratio");
    lab_measure(lab, c * dv / (2 * heads * dk * (head_keys ? 1 : dk)), 0, 0, "retnet_ratio_wide");
    measure_reference(lab);
    write_table(lab);
}

static const struct lab_spec spec = {
    .name = "vq/identity",
    .about = "The linear forms of attention over quantized keys against the quadratic one",
    .axes = {{"input", "gauss,closed-form", NULL, "gauss|closed-form",
              "Law of queries, keys, values and centers", AXIS_WORD},
             {"n", "1,48,129,200,513", "1,48,129", "[1,1e6]", "Tokens", AXIS_INTEGER},
             {"dk", "4", NULL, "[1,1e5]", "Width of queries and keys", AXIS_INTEGER},
             {"dv", "3", NULL, "[1,1e5]", "Width of values", AXIS_INTEGER},
             {"c", "1,8,32", NULL, "[1,1e6]", "Codes", AXIS_INTEGER},
             {"l", "1,8,50", NULL, "[1,1e6]", "Tokens in a block", AXIS_INTEGER},
             {"w", "0,1,8", NULL, "[0,1e6]", "How far back the bias reaches (exact for w <= l)",
              AXIS_INTEGER},
             {"qscale", "1", NULL, "[0,1e3]", "Amplitude of the queries", AXIS_REAL},
             {"causal", "no,yes", NULL, "no|yes", "Causal mask", AXIS_WORD}},
    .columns =
        "pick_out,encoder,token,block,every_length,literal_cache,bias,bias_one_more,bias_article,unit,"
        "encoder_sum:15,encoder_squares:15,encoder_last:15,block_sum:15,block_squares:15,block_last:15,bias_"
        "sum:15,"
        "bias_squares:15,bias_last:15,distortion:15,codes,used,rank,unquantized_rank,corner_rank,corner_used,"
        "diagonal,log_determinant,unlike,unlike_bias,token_state,block_state,bias_state,dense_state",
    .controls = "two_hot|no_codes|cache_late|counts_late|mended|bias_beyond|with_bias|dense_state",
    .check = check,
    .cell = cell,
    .summarize = summarize,
};

int main(int argc, char **argv)
{
    return lab_main(&spec, argc, argv);
}
