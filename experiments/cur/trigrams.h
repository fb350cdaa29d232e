/* A cheap retriever: the cosine of character trigrams weighted by count * log(N/df), df over the N items. */
#ifndef CUR_TRIGRAMS_H
#define CUR_TRIGRAMS_H

#include "score.h"

struct trigrams;
struct trigrams *trigrams_new(const struct score_strings *items);
void trigrams_free(struct trigrams *t);
/* similarity[items] of one query; trigrams no item has are dropped. */
void trigrams_query(const struct trigrams *t, const unsigned char *query, size_t length, double *similarity);

#endif
