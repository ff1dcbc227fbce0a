/* The table behind the engine interface. */
#include <stdlib.h>
#include <string.h>
#include <pol/table.h>

struct table_engine {
    struct pol_engine base;
    const struct pol_table *table;
    struct pol_eval eval;
    void *eval_memory;
    uint32_t *scratch; /* one word, for results that alias */
};

static struct table_engine *self(struct pol_engine *e)
{
    return (struct table_engine *)e; /* base is its first member */
}

static int engine_encode(struct pol_engine *e, const uint32_t *lit, void *value)
{
    memset(value, 0, e->value_size);
    return pol_table_encode(self(e)->table, e->space, lit, value, NULL);
}

static int engine_decode(struct pol_engine *e, const void *value, uint32_t *lit)
{
    return pol_table_decode(self(e)->table, e->space, value, lit);
}

static void engine_begin(struct pol_engine *e)
{
    pol_eval_begin(&self(e)->eval);
}

static void engine_commit(struct pol_engine *e)
{
    pol_eval_commit(&self(e)->eval);
}

static void engine_evaluate(struct pol_engine *e, const struct pol_inputs *in,
                            void *const out[POL_RESULTS], struct pol_answer *answer)
{
    if (in->in_place)
        pol_eval_answer(&self(e)->eval, in, out, answer);
    else
        pol_eval_aside(&self(e)->eval, in, out, answer);
}

static int engine_merge(struct pol_engine *e, const void *a, const void *b, void *out,
                        uint32_t *tag)
{
    struct table_engine *t = self(e);
    int status = pol_eval_merge(&t->eval, a, b, t->scratch, tag);
    memcpy(out, t->scratch, e->value_size);
    return status;
}

static void engine_drop_missing(struct pol_engine *e, const void *a, const void *b, void *out)
{
    struct table_engine *t = self(e);
    if (pol_eval_drop_missing(&t->eval, a, b, t->scratch))
        memset(t->scratch, 0, e->value_size); /* invalid: every step on it fails closed */
    memcpy(out, t->scratch, e->value_size);
}

static void engine_replace_domain(struct pol_engine *e, uint32_t domain, const void *a,
                                  const void *b, void *out)
{
    const struct pol_prt_domain *d = &self(e)->table->domains[domain];
    size_t at = d->first_slot * sizeof(uint32_t);
    if (out != a)
        memmove(out, a, e->value_size);
    memmove((char *)out + at, (const char *)b + at, d->nslots * sizeof(uint32_t));
}

static void engine_reset(struct pol_engine *e)
{
    struct table_engine *t = self(e);
    for (uint32_t i = 0; i < t->table->n_counters; i++)
        t->eval.counters[i] = 0;
    pol_eval_begin(&t->eval);
}

static void engine_destroy(struct pol_engine *e)
{
    struct table_engine *t = self(e);
    free(t->eval_memory);
    free(t->scratch);
    free(t);
}

static const struct pol_engine_ops table_ops = {
    "table",       engine_encode, engine_decode,       engine_begin,          engine_evaluate,
    engine_commit, engine_merge,  engine_drop_missing, engine_replace_domain, engine_reset,
    engine_destroy};

struct pol_engine *pol_table_engine_new(const struct pol_table *table,
                                        const struct pol_space *space)
{
    struct table_engine *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->base.ops = &table_ops;
    t->base.value_size = ((size_t)table->meta->nslots * sizeof(uint32_t) + 7) / 8 * 8;
    t->base.value_size += t->base.value_size == 0 ? 8 : 0;
    t->base.space = space;
    t->base.ndeciders = table->n_deciders;
    t->base.ndomains = table->n_domains;
    t->base.idle = &t->eval.idle;
    t->base.in_place = table->n_reports == 0; /* who tells of a report wants the operands still */
    t->table = table;
    t->eval_memory = malloc(pol_eval_bytes(table));
    t->scratch = calloc(1, t->base.value_size);
    if (!t->eval_memory || !t->scratch) {
        engine_destroy(&t->base);
        return NULL;
    }
    pol_eval_init(&t->eval, table, t->eval_memory);
    return &t->base;
}
