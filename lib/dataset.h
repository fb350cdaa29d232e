/* Real data: points in space and words of text, from data/, from Debian packages and from files of the user.
 *
 * What cells share is read once, in setup. A data file of the project or of a package that is missing ends
 * the run with status 2 and a line that says where it was looked for; a user's file that is malformed, with
 * status 64 and a line that names the file, the line and what is accepted.
 */
#ifndef DATASET_H
#define DATASET_H

#include <stddef.h>

#include <gsl/gsl_rng.h>

/* ---- points ---- */

struct dataset {
    size_t n, m; /* points, dimension */
    double *x;   /* [n][m] */
    int *label;  /* [n], or NULL */
};

/* The 8x8 handwritten digits, data/digits.csv: n = 1797, m = 64, pixels 0..16, labels 0..9. */
struct dataset *dataset_digits(void);

/* The points in a user's file: one a line, numbers separated by commas or blanks, as many in every line;
 * lines that begin with '#' are comments. Exits with status 64 when it is anything else, with 2 when it
 * cannot be read. */
struct dataset *dataset_file(const char *path);

/* The same from text. Returns 0, or -1 with *why = a malloc'd "LINE: what is wrong; what is accepted". */
int dataset_parse(const char *text, size_t length, struct dataset *points, char **why);

void dataset_free(struct dataset *points);

/* The path of a file of data/ (free it): in $KEXUE_LAB_DATA when that is set; else in the folder data/ beside
 * or above the executable, the nearest first; else in data/ of the working directory. Exits with status 2
 * when it is nowhere. */
char *dataset_path(const char *name);

/* ---- a list of words, and their spelling as points ---- */

struct dataset_lexicon {
    char *text; /* owns the words */
    size_t words;
    const char **word; /* distinct, of the letters a..z alone, in the file's order */
};

/* The words of a list, one a line; those with other letters than a..z (names, genitives) are left out. path
 * NULL: that of the Debian package wamerican, /usr/share/dict/words. */
struct dataset_lexicon *dataset_lexicon(const char *path);
void dataset_lexicon_free(struct dataset_lexicon *lexicon);

/* n different words drawn from the lexicon, each as the counts of its character trigrams, "#word#" cut into
 * three letters each, hashed to m dimensions (FNV-1a modulo m). Exits with status 64 when there are fewer
 * than n words. Different words may share a point (the same trigrams, or a collision). */
struct dataset *dataset_trigrams(const struct dataset_lexicon *lexicon, size_t n, size_t m, gsl_rng *rng);

/* The trigram counts of one word, added to point[m]. */
void dataset_trigrams_add(const char *word, size_t m, double *point);

/* ---- running text as a sequence of words ---- */

struct dataset_text {
    size_t tokens, words;
    size_t *token; /* [tokens]: the number of the word that stands there */
    char **word;   /* [words]: in the order of first appearance, lower case */
    size_t *count; /* [words]: how often each stands there; sums to `tokens` */
};

/* The words of a file, or of all regular files right in a folder (in the order of their names, symbolic links
 * left out), such as /usr/share/common-licenses. A word is a longest run of ASCII letters and of bytes beyond
 * ASCII; ASCII letters are made lower case. Exits with status 2 when it cannot be read. */
struct dataset_text *dataset_text(const char *path);
void dataset_text_free(struct dataset_text *text);

/* ---- running text as bytes, and as points ---- */

struct dataset_bytes {
    size_t n;
    unsigned char *byte; /* [n] */
};

/* The bytes of a file, or of all regular files right in a folder, one after the other; path NULL:
 * /usr/share/common-licenses, of the Debian package base-files. Exits with status 2 when it cannot be read. */
struct dataset_bytes *dataset_bytes(const char *path);
void dataset_bytes_free(struct dataset_bytes *bytes);

/* Keys as an embedding layer would make them: x[n][m], x_i = context^(-1/2) sum_{lag < context} R_lag[byte_{begin+i-lag}]
 * + position sqrt(2) (sin, cos of i 10000^(-2h/m)), the R_lag standard normal vectors drawn from rng, one a byte value and
 * lag. Each of the two parts has mean square about 1 and position^2 a coordinate. Beyond the end the text begins again. */
void dataset_bytes_features(const struct dataset_bytes *bytes, size_t begin, size_t n, size_t m, size_t context,
                            double position, gsl_rng *rng, double *x);

#endif
