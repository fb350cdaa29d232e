/* C = op(A) op(B) + beta C in float32: CBLAS, and a kernel of our own for processors with AVX-512.
 *
 * The products of small networks are thin: scores of attention are (64, 32) x (32, 128), layers (512, 128) x
 * (128, 384). On them a kernel that packs B alone and takes A as it lies beats a general BLAS, whose packing
 * costs as much as the product. The scheme is that of Goto and van de Geijn (2008): panels of B of PANEL
 * columns and DEPTH rows stay in the first cache, tiles of ROWS x PANEL of C in registers. Elsewhere, and for
 * products with vectors, CBLAS.
 */
#include <limits.h>
#include <string.h>

#include <cblas.h>

#include "nn_math.h"

static int blas_int(size_t n) {
    if (n > INT_MAX) {
        nn_refuse("nn_gemm", "a dimension beyond 2^31 - 1");
    }
    return (int)n;
}

/* ---- one dimension is 1 ---- */

static NN_CLONES void outer_kernel(size_t m, size_t n, const float *a, size_t sa, const float *b, size_t sb,
                                   float beta, float *c, size_t ldc) {
    for (size_t i = 0; i < m; i++) {
        float ai = a[i * sa];
        float *row = c + i * ldc;
        if (sb == 1 && beta == 0.0f) {
            for (size_t j = 0; j < n; j++) {
                row[j] = ai * b[j];
            }
        } else {
            for (size_t j = 0; j < n; j++) {
                row[j] = (beta == 0.0f ? 0.0f : row[j]) + ai * b[j * sb];
            }
        }
    }
}

/* C (m x 1): A by rows are dot products, A transposed is a sum of rows. */
static NN_CLONES void vector_kernel(char ta, size_t m, size_t k, const float *a, size_t lda, const float *b,
                                    size_t sb, float beta, float *c, size_t ldc) {
    for (size_t i = 0; i < m && (ta == 'N' || beta == 0.0f); i++) {
        float sum = 0;
        if (ta == 'N' && sb == 1) {
            sum = nn_row_dot(a + i * lda, b, k);
        } else if (ta == 'N') {
            for (size_t p = 0; p < k; p++) {
                sum += a[i * lda + p] * b[p * sb];
            }
        }
        c[i * ldc] = beta == 0.0f ? sum : c[i * ldc] + sum;
    }
    for (size_t p = 0; ta != 'N' && p < k; p++) {
        float bp = b[p * sb];
        if (ldc == 1) {
            for (size_t i = 0; i < m; i++) {
                c[i] += a[p * lda + i] * bp;
            }
        } else {
            for (size_t i = 0; i < m; i++) {
                c[i * ldc] += a[p * lda + i] * bp;
            }
        }
    }
}

/* ---- AVX-512 ---- */

#ifdef __x86_64__

#define WIDE __attribute__((target("avx512f")))
#define WIDE_INLINE static inline __attribute__((always_inline, target("avx512f")))

enum { LANES = 16, PANEL = 32, ROWS = 12, DEPTH = 256, COLUMNS = 256, HEIGHT = 120 };

typedef float lanes __attribute__((vector_size(64)));
typedef float lanes_anywhere __attribute__((vector_size(64), aligned(4)));
typedef int32_t lane_index __attribute__((vector_size(64)));

WIDE_INLINE lanes load(const float *x) {
    return *(const lanes_anywhere *)x;
}

WIDE_INLINE void store(float *x, lanes v) {
    *(lanes_anywhere *)x = v;
}

/* 16 x 16 numbers transposed: exchange of off-diagonal blocks of 1, 2, 4 and 8. */
WIDE_INLINE void transpose_square(const float *from, size_t ld, float *to, size_t to_ld) {
    static const lane_index low[4] = {{0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30},
                                      {0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29},
                                      {0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27},
                                      {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23}};
    static const lane_index high[4] = {{1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31},
                                       {2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31},
                                       {4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31},
                                       {8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31}};
    lanes r[LANES];
#pragma GCC unroll 16
    for (size_t i = 0; i < LANES; i++) {
        r[i] = load(from + i * ld);
    }
#pragma GCC unroll 4
    for (size_t s = 0; s < 4; s++) {
#pragma GCC unroll 16
        for (size_t i = 0; i < LANES; i++) {
            size_t step = (size_t)1 << s;
            if (!(i & step)) {
                lanes a = r[i], b = r[i + step];
                r[i] = __builtin_shuffle(a, b, low[s]);
                r[i + step] = __builtin_shuffle(a, b, high[s]);
            }
        }
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < LANES; i++) {
        store(to + i * to_ld, r[i]);
    }
}

/* to (k, PANEL): columns of op(B), the missing ones 0 */
WIDE_INLINE void pack_panel(char tb, size_t n, size_t k, const float *b, size_t ldb, float *to) {
    if (tb == 'N') {
        for (size_t p = 0; p < k; p++) {
            if (n == PANEL) {
                store(to + p * PANEL, load(b + p * ldb));
                store(to + p * PANEL + LANES, load(b + p * ldb + LANES));
            } else {
                for (size_t j = 0; j < PANEL; j++) {
                    to[p * PANEL + j] = j < n ? b[p * ldb + j] : 0.0f;
                }
            }
        }
        return;
    }
    for (size_t j = 0; j < PANEL; j += LANES) {
        size_t p = 0;
        for (; j + LANES <= n && p + LANES <= k; p += LANES) {
            transpose_square(b + j * ldb + p, ldb, to + p * PANEL + j, PANEL);
        }
        for (; p < k; p++) {
            for (size_t l = j; l < j + LANES; l++) {
                to[p * PANEL + l] = l < n ? b[l * ldb + p] : 0.0f;
            }
        }
    }
}

/* to: strips of `rows` columns of A^T as stored, ROWS apart: (strip, k, ROWS). Where there is more of A
 * (`stored` columns) whole strips are copied, whatever `rows`: a copy of constant length is fast. */
WIDE_INLINE void pack_strips(size_t m, size_t stored, size_t k, const float *a, size_t lda, size_t rows,
                             float *to) {
    for (size_t i = 0; i < m; i += rows, to += ROWS * k) {
        if (i + ROWS <= stored) {
            for (size_t p = 0; p < k; p++) {
                memcpy(to + p * ROWS, a + p * lda + i, ROWS * sizeof *to);
            }
        } else {
            for (size_t p = 0; p < k; p++) {
                for (size_t l = 0; l < nn_min(rows, m - i); l++) {
                    to[p * ROWS + l] = a[p * lda + i + l];
                }
            }
        }
    }
}

/* C (rows, n) = A B + beta C for one tile: rows <= ROWS and `wide` are constants where this is inlined;
 * element (i, p) of A is a[i sa + p sp]. */
WIDE_INLINE void tile(const size_t rows, const bool wide, size_t n, size_t k, const float *a, size_t sa,
                      size_t sp, const float *panel, float beta, float *c, size_t ldc) {
    lanes left[ROWS] = {{0}}, right[ROWS] = {{0}};
    for (size_t p = 0; p < k; p++) {
        lanes b0 = load(panel + p * PANEL), b1 = wide ? load(panel + p * PANEL + LANES) : b0;
#pragma GCC unroll 12
        for (size_t i = 0; i < rows; i++) {
            float x = a[i * sa + p * sp];
            left[i] += x * b0;
            if (wide) {
                right[i] += x * b1;
            }
        }
    }
    size_t full = wide ? PANEL : LANES;
#pragma GCC unroll 12
    for (size_t i = 0; i < rows; i++) {
        float *row = c + i * ldc;
        if (n == full) {
            if (beta != 0.0f) {
                left[i] += load(row);
                right[i] += wide ? load(row + LANES) : right[i];
            }
            store(row, left[i]);
            if (wide) {
                store(row + LANES, right[i]);
            }
        } else {
            float part[PANEL];
            store(part, left[i]);
            store(part + LANES, right[i]);
            for (size_t j = 0; j < n; j++) {
                row[j] = beta != 0.0f ? row[j] + part[j] : part[j];
            }
        }
    }
}

WIDE_INLINE void tiles_of(const size_t rows, size_t n, size_t k, const float *a, size_t sa, size_t sp,
                          const float *panel, float beta, float *c, size_t ldc) {
    if (n > LANES) {
        tile(rows, true, n, k, a, sa, sp, panel, beta, c, ldc);
    } else {
        tile(rows, false, n, k, a, sa, sp, panel, beta, c, ldc);
    }
}

static WIDE __attribute__((noinline)) void any_tile(size_t rows, size_t n, size_t k, const float *a,
                                                    size_t sa, size_t sp, const float *panel, float beta,
                                                    float *c, size_t ldc) {
    switch (rows) {
    case 1: tiles_of(1, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 2: tiles_of(2, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 3: tiles_of(3, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 4: tiles_of(4, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 5: tiles_of(5, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 6: tiles_of(6, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 7: tiles_of(7, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 8: tiles_of(8, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 9: tiles_of(9, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 10: tiles_of(10, n, k, a, sa, sp, panel, beta, c, ldc); break;
    case 11: tiles_of(11, n, k, a, sa, sp, panel, beta, c, ldc); break;
    default: tiles_of(12, n, k, a, sa, sp, panel, beta, c, ldc); break;
    }
}

/* beta 0 or 1 */
static WIDE void wide_gemm(char ta, char tb, size_t m, size_t n, size_t k, const float *a, size_t lda,
                           const float *b, size_t ldb, float beta, float *c, size_t ldc) {
    float packed_b[COLUMNS * DEPTH] __attribute__((aligned(64)));
    float packed_a[HEIGHT * DEPTH] __attribute__((aligned(64)));
    for (size_t j0 = 0; j0 < n; j0 += COLUMNS) {
        size_t columns = nn_min(COLUMNS, n - j0);
        for (size_t p0 = 0; p0 < k; p0 += DEPTH) {
            size_t depth = nn_min(DEPTH, k - p0);
            float add = p0 ? 1.0f : beta;
            for (size_t j = 0; j < columns; j += PANEL) {
                size_t at = j0 + j;
                pack_panel(tb, nn_min(PANEL, columns - j), depth,
                           tb == 'N' ? b + p0 * ldb + at : b + at * ldb + p0, ldb, packed_b + j * depth);
            }
            for (size_t i0 = 0; i0 < m; i0 += HEIGHT) {
                size_t height = nn_min(HEIGHT, m - i0), strips = (height + ROWS - 1) / ROWS;
                size_t rows = (height + strips - 1) / strips; /* tiles of nearly one height */
                if (ta != 'N') {
                    pack_strips(height, m - i0, depth, a + p0 * lda + i0, lda, rows, packed_a);
                }
                for (size_t j = 0; j < columns; j += PANEL) {
                    for (size_t i = 0; i < height; i += rows) {
                        const float *from =
                            ta == 'N' ? a + (i0 + i) * lda + p0 : packed_a + i / rows * ROWS * depth;
                        any_tile(nn_min(rows, height - i), nn_min(PANEL, columns - j), depth, from,
                                 ta == 'N' ? lda : 1, ta == 'N' ? 1 : ROWS, packed_b + j * depth, add,
                                 c + (i0 + i) * ldc + j0 + j, ldc);
                    }
                }
            }
        }
    }
}

#endif

/* ---- the gateway ---- */

void nn_gemm_piece(char ta, char tb, size_t m, size_t n, size_t k, const float *a, size_t lda, const float *b,
                   size_t ldb, float beta, float *c, size_t ldc) {
    if (k == 1) {
        outer_kernel(m, n, a, ta == 'N' ? lda : 1, b, tb == 'N' ? 1 : ldb, beta, c, ldc);
        return;
    }
    if (n == 1) {
        vector_kernel(ta, m, k, a, lda, b, tb == 'N' ? ldb : 1, beta, c, ldc);
        return;
    }
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx512f")) {
        wide_gemm(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc);
        return;
    }
#endif
    cblas_sgemm(CblasRowMajor, ta == 'N' ? CblasNoTrans : CblasTrans, tb == 'N' ? CblasNoTrans : CblasTrans,
                blas_int(m), blas_int(n), blas_int(k), 1.0f, a, blas_int(lda), b, blas_int(ldb), beta, c,
                blas_int(ldc));
}
