/* The kernels of sparse_attend.c, once for REAL = float and once for double. */

/* y += a x */
NN_CLONES __attribute__((optimize("O3"))) static void NAME(add)(REAL *restrict y, REAL a,
                                                                const REAL *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* y = a y + b x */
NN_CLONES __attribute__((optimize("O3"))) static void NAME(blend)(REAL *restrict y, REAL a, REAL b,
                                                                  const REAL *restrict x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = a * y[i] + b * x[i];
}

/* y = a y */
NN_CLONES __attribute__((optimize("O3"))) static void NAME(scale)(REAL *y, REAL a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] *= a;
}

/* 0 when all are finite, else NaN. */
NN_CLONES __attribute__((optimize("O3"))) static REAL NAME(blemish)(const REAL *x, size_t n)
{
    REAL lane[16] = {0}, total = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        for (size_t l = 0; l < 16; l++)
            lane[l] += x[i + l] * 0;
    for (; i < n; i++)
        lane[0] += x[i] * 0;
    for (size_t l = 0; l < 16; l++)
        total += lane[l];
    return total;
}

/* Keys, values and queries of a part in contiguous rows. */
struct NAME(rows) {
    const REAL *q, *k, *v;
};

/* Rows r of scores against keys first .. first + width - 1, from raw products to weights e^(s - m); those not
 * seen become 0. m[r] and z[r] are left; m = -inf for a row that sees none. */
static void NAME(weigh)(const struct part *p, size_t begin, size_t rows, size_t first, size_t width, REAL *s,
                        REAL *m, REAL *z)
{
    for (size_t r = 0; r < rows; r++) {
        struct range seen[2];
        ranges(p, begin + r, seen);
        REAL *row = s + r * width, top = (REAL)-INFINITY;
        size_t done = 0;
        z[r] = 0;
        for (int h = 0; h < 2; h++) { /* clipped to the tile */
            seen[h].begin = seen[h].begin > first ? least(seen[h].begin - first, width) : 0;
            seen[h].end = seen[h].end > first ? least(seen[h].end - first, width) : 0;
            if (seen[h].begin < seen[h].end) {
                REAL high = LARGEST(row + seen[h].begin, seen[h].end - seen[h].begin);
                top = high > top ? high : top;
            }
        }
        for (int h = 0; h < 2; h++) {
            if (seen[h].begin >= seen[h].end)
                continue;
            memset(row + done, 0, (seen[h].begin - done) * sizeof *row);
            z[r] += SUM_EXP(row + seen[h].begin, seen[h].end - seen[h].begin, top);
            done = seen[h].end;
        }
        memset(row + done, 0, (width - done) * sizeof *row);
        m[r] = top;
    }
}

/* Products of rows r with the keys they see (all of the tile for GEMM). */
static void NAME(products)(const struct part *p, const struct NAME(rows) * x, size_t dk, REAL scale,
                           enum sparse_engine engine, size_t begin, size_t rows, size_t first, size_t width,
                           REAL *s)
{
    if (engine == SPARSE_GEMM) {
        GEMM(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)width, (int)dk, scale, x->q, (int)dk,
             x->k + first * dk, (int)dk, 0, s, (int)width);
        return;
    }
    for (size_t r = 0; r < rows; r++) {
        struct range seen[2];
        ranges(p, begin + r, seen);
        for (int h = 0; h < 2; h++)
            for (size_t j = seen[h].begin > first ? seen[h].begin : first;
                 j < least(seen[h].end, first + width); j++)
                s[r * width + j - first] = scale * NAME(dot)(x->q + r * dk, x->k + j * dk, dk);
    }
}

/* y[r] = sum of weights times values. */
static void NAME(values)(const struct part *p, const struct NAME(rows) * x, size_t dv,
                         enum sparse_engine engine, size_t begin, size_t rows, size_t first, size_t width,
                         const REAL *s, REAL *y)
{
    if (engine == SPARSE_GEMM) {
        GEMM(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)rows, (int)dv, (int)width, 1, s, (int)width,
             x->v + first * dv, (int)dv, 0, y, (int)dv);
        return;
    }
    memset(y, 0, rows * dv * sizeof *y);
    for (size_t r = 0; r < rows; r++) {
        struct range seen[2];
        ranges(p, begin + r, seen);
        for (int h = 0; h < 2; h++)
            for (size_t j = seen[h].begin > first ? seen[h].begin : first;
                 j < least(seen[h].end, first + width); j++)
                NAME(add)(y + r * dv, s[r * width + j - first], x->v + j * dv, dv);
    }
}

/* (m, z, o) of one query, merged with a further piece. */
static void NAME(merge)(REAL *m, REAL *z, REAL *o, REAL its_m, REAL its_z, const REAL *its_y, size_t dv)
{
    if (its_m == (REAL)-INFINITY && its_z == 0)
        return; /* saw nothing */
    if (*z == 0) {
        *m = its_m;
        *z = its_z;
        memcpy(o, its_y, dv * sizeof *o);
        return;
    }
    REAL top = *m > its_m ? *m : its_m;
    REAL mine = NAME(weight)(*m - top), its = NAME(weight)(its_m - top);
    *m = top;
    *z = mine * *z + its * its_z;
    NAME(blend)(o, mine, its, its_y, dv);
}

static void NAME(part_run)(const struct NAME(sparse) * a, const struct part *p, enum sparse_engine engine,
                           REAL *o, REAL *m, REAL *z, REAL *room)
{
    size_t dk = a->dk, dv = a->dv;
    REAL *q = room, *y = q + BLOCK * dk, *s = y + BLOCK * dv;
    REAL *k = s + least(BLOCK, a->n) * least(TILE, a->n), *v = k + p->keys * dk;
    struct NAME(rows) x = {NULL, a->k, a->v};
    if (gathered(p)) {
        for (size_t j = 0; j < p->keys; j++) {
            memcpy(k + j * dk, a->k + position(p, j) * dk, dk * sizeof *k);
            memcpy(v + j * dv, a->v + position(p, j) * dv, dv * sizeof *v);
        }
        x.k = k;
        x.v = v;
    }
    size_t block = block_of(p);
    for (size_t begin = 0; begin < p->queries; begin += block) {
        size_t rows = least(block, p->queries - begin), low = p->keys, high = 0;
        for (size_t r = 0; r < rows; r++) { /* the hull of what the block sees */
            struct range seen[2];
            ranges(p, begin + r, seen);
            for (int h = 0; h < 2; h++)
                if (seen[h].begin < seen[h].end) {
                    low = least(low, seen[h].begin);
                    high = seen[h].end > high ? seen[h].end : high;
                }
        }
        x.q = a->q + begin * dk;
        if (p->step != 1) {
            for (size_t r = 0; r < rows; r++)
                memcpy(q + r * dk, a->q + (p->first + (begin + r) * p->step) * dk, dk * sizeof *q);
            x.q = q;
        }
        for (size_t first = low; first < high; first += TILE) {
            size_t width = least(TILE, high - first);
            REAL its_m[BLOCK], its_z[BLOCK];
            NAME(products)(p, &x, dk, a->scale, engine, begin, rows, first, width, s);
            NAME(weigh)(p, begin, rows, first, width, s, its_m, its_z);
            NAME(values)(p, &x, dv, engine, begin, rows, first, width, s, y);
            for (size_t r = 0; r < rows; r++) {
                size_t i = p->first + (begin + r) * p->step;
                NAME(merge)(m + i, z + i, o + i * dv, its_m[r], its_z[r], y + r * dv, dv);
            }
        }
    }
}

int NAME(sparse_attend)(const struct NAME(sparse) * a, const struct sparse_set *set,
                        enum sparse_engine engine, enum sparse_fault fault, REAL *o, REAL *room)
{
    size_t n = a->n;
    REAL *m = room, *z = m + n;
    if (NAME(blemish)(a->q, n * a->dk) + NAME(blemish)(a->k, n * a->dk) + NAME(blemish)(a->v, n * a->dv) != 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        m[i] = (REAL)-INFINITY;
        z[i] = 0;
    }
    struct part p;
    size_t count = parts(set, n, fault, 0, &p);
    for (size_t index = 0; index < count; index++) {
        parts(set, n, fault, index, &p);
        NAME(part_run)(a, &p, engine, o, m, z, z + n);
    }
    for (size_t i = 0; i < n; i++) {
        if (!(z[i] > 0) || !isfinite(z[i]) || !isfinite(m[i]))
            return -1;
        NAME(scale)(o + i * a->dv, 1 / z[i], a->dv);
    }
    return 0;
}
