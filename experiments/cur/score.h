/* Strings, and scores of pairs of strings that are no inner products: what an expensive joint scorer is in
 * small.
 *
 * Every score has a plain dynamic program (score_pair), the oracle, and a kernel that scores a batch of
 * queries against an item at once, one query a vector lane: the item's characters are then the same for all
 * lanes.
 */
#ifndef CUR_SCORE_H
#define CUR_SCORE_H

#include <stddef.h>
#include <stdint.h>

/* ---- strings ---- */

enum { SCORE_LENGTH_MAX = 4096 }; /* longer lines are refused */

struct score_strings {
    size_t count;
    const unsigned char **at; /* bytes, not terminated */
    size_t *length;
    char *text; /* what they point into; NULL when others own it */
};

/* "uni": the character names of Unicode in the file of the Debian package perl-modules-5.36, in its order,
 * with repetitions; "dpkg": the short descriptions of /var/lib/dpkg/status, 20 to 100 ASCII characters,
 * without repetitions; else a file of one string a line (empty lines left out). Exits with status 2 when it
 * cannot be read, with 64 when a user's file holds no string or too long a one. */
struct score_strings *score_strings_read(const char *source);
/* String i of the result is number (offset + i stride) mod all->count; it points into `all`. */
struct score_strings *score_strings_walk(const struct score_strings *all, size_t count, size_t stride,
                                         size_t offset);
void score_strings_free(struct score_strings *strings);

/* ---- scores ---- */

enum score_kind {
    SCORE_LCS, /* length of the longest common subsequence; similarity 2 LCS/(|x| + |y|) (ROUGE-L's F) */
    SCORE_SW,  /* Smith and Waterman's local alignment, match 2, mismatch -1, gap -1; over 2 min(|x|, |y|) */
    SCORE_ED   /* Levenshtein's distance; similarity 1 - ED/max(|x|, |y|) */
};

/* From "lcs", "sw", "ed". */
enum score_kind score_kind_of(const char *word);

/* The plain dynamic programs, O(nx ny). */
long score_pair(enum score_kind kind, const unsigned char *x, size_t nx, const unsigned char *y, size_t ny);

/* The similarity from the raw score, within [0, 1]; 0 when a string is empty. */
double score_similarity(enum score_kind kind, long raw, size_t nx, size_t ny);

/* raw[queries][items] by the vectorized kernels: LCS by Hyyro's recurrence (2004) V' = (V + (V & M)) | (V &
 * ~M), ED by Myers (1999) in Hyyro's blocks, 64 characters a word and as many words as the query needs; SW by
 * the dynamic program in 16-bit lanes, queries of like length together. */
void score_matrix(enum score_kind kind, const struct score_strings *queries,
                  const struct score_strings *items, int *raw);

#endif
