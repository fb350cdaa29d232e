#include "rng.h"

#include <gsl/gsl_randist.h>

#include <Random123/philox.h>

#include "base.h"

struct philox_state {
    philox4x32_key_t key;     /* the seed */
    philox4x32_ctr_t counter; /* words 0, 1: block number; words 2, 3: stream */
    philox4x32_ctr_t block;   /* the last four words drawn */
    unsigned used;            /* how many of them are spent */
};

static void philox_start(struct philox_state *s, uint64_t seed, uint64_t stream)
{
    s->key.v[0] = (uint32_t)seed;
    s->key.v[1] = (uint32_t)(seed >> 32);
    s->counter.v[0] = s->counter.v[1] = 0;
    s->counter.v[2] = (uint32_t)stream;
    s->counter.v[3] = (uint32_t)(stream >> 32);
    s->used = 4;
}

static void philox_set(void *state, unsigned long seed)
{
    philox_start(state, seed, 0);
}

static unsigned long philox_get(void *state)
{
    struct philox_state *s = state;
    if (s->used == 4) {
        s->block = philox4x32(s->counter, s->key);
        if (++s->counter.v[0] == 0)
            s->counter.v[1]++;
        s->used = 0;
    }
    return s->block.v[s->used++];
}

static double philox_get_double(void *state)
{
    return (double)philox_get(state) / 4294967296.0;
}

static const gsl_rng_type philox_type = {
    "philox4x32-10", 0xffffffffu, 0, sizeof(struct philox_state), philox_set, philox_get, philox_get_double,
};

const gsl_rng_type *const rng_philox = &philox_type;

gsl_rng *rng_stream(uint64_t seed, const char *name)
{
    gsl_rng *rng = gsl_rng_alloc(rng_philox);
    if (!rng)
        base_die(BASE_RUN_FAILED, "out of memory");
    rng_stream_set(rng, seed, base_hash_text(base_hash_start(), name));
    return rng;
}

void rng_stream_set(gsl_rng *rng, uint64_t seed, uint64_t stream)
{
    philox_start(rng->state, seed, stream);
}

uint64_t rng_bits64(gsl_rng *rng)
{
    uint64_t high = gsl_rng_get(rng);
    return high << 32 | gsl_rng_get(rng);
}

double rng_normal(gsl_rng *rng)
{
    return gsl_ran_gaussian_ziggurat(rng, 1.0);
}

void rng_normals(gsl_rng *rng, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = rng_normal(rng);
}
