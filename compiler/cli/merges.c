/* Merges, drops and domain transfers, engine against engine. */
#include "compiler/cli/merges.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"

/* What one engine made of a pair: literals, or a conflict. */
struct outcome {
    bool conflict;
    uint32_t tag;
    uint32_t *merged, *dropped, *replaced;
};

struct merger {
    const struct pol_space *space;
    uint32_t *a, *b;
    struct outcome mine, first; /* of the engine in hand, of the first one */
    unsigned char *values;      /* a, b, out: of the engine in hand */
    size_t room;
};

static uint32_t *literal(const struct pol_space *space)
{
    return lang_xalloc(space->words * sizeof(uint32_t));
}

static void outcome_init(struct outcome *o, const struct pol_space *space)
{
    o->merged = literal(space);
    o->dropped = literal(space);
    o->replaced = literal(space);
}

static void outcome_free(struct outcome *o)
{
    free(o->merged);
    free(o->dropped);
    free(o->replaced);
}

/* Each call's result as a literal; false: a value does not decode, which is a difference too. */
static bool run(struct merger *m, struct pol_engine *e, uint32_t domain, struct outcome *o)
{
    unsigned char *a = m->values, *b = a + e->value_size, *out = b + e->value_size;
    bool ok = true;
    o->tag = POL_NO_TAG;
    o->conflict = e->ops->merge(e, a, b, out, &o->tag) != 0;
    if (o->conflict)
        memset(o->merged, 0, m->space->words * sizeof *o->merged);
    else
        ok = e->ops->decode(e, out, o->merged) == 0;
    e->ops->drop_missing(e, a, b, out);
    ok = e->ops->decode(e, out, o->dropped) == 0 && ok;
    e->ops->replace_domain(e, domain, a, b, out);
    return e->ops->decode(e, out, o->replaced) == 0 && ok;
}

static bool encode(struct merger *m, struct pol_engine *e)
{
    if (m->room < 3 * e->value_size) {
        m->room = 3 * e->value_size;
        free(m->values);
        m->values = lang_xalloc(m->room);
    }
    return e->ops->encode(e, m->a, m->values) == 0 &&
           e->ops->encode(e, m->b, m->values + e->value_size) == 0;
}

static bool same_set(const struct merger *m, const uint32_t *x, const uint32_t *y)
{
    return memcmp(x, y, m->space->words * sizeof *x) == 0;
}

/* What differs, NULL: nothing. */
static const char *compare(const struct merger *m)
{
    if (m->mine.conflict != m->first.conflict || (m->mine.conflict && m->mine.tag != m->first.tag))
        return "whether and where arguments conflict when they merge";
    if (!same_set(m, m->mine.merged, m->first.merged))
        return "the merge";
    if (!same_set(m, m->mine.dropped, m->first.dropped))
        return "what a later parcel leaves";
    return same_set(m, m->mine.replaced, m->first.replaced) ? NULL : "the transfer on a trap";
}

static void describe(const struct merger *m, const char *what, const char *one, const char *other,
                     char *text, size_t size)
{
    char a[300], b[300];
    pol_lit_format(m->space, m->a, a, sizeof a);
    pol_lit_format(m->space, m->b, b, sizeof b);
    snprintf(text, size, "%s and %s differ in %s of %s and %s\n", one, other, what, a, b);
}

/* 1: all agree; 0: a difference; -1: some engine cannot represent the sets. */
static int compare_pair(struct merger *m, struct pol_engine *const engines[], uint32_t n,
                        uint32_t domain, char *text, size_t size)
{
    for (uint32_t i = 0; i < n; i++) {
        struct outcome *o = i ? &m->mine : &m->first;
        const char *what = "ability to go on";
        if (!encode(m, engines[i]))
            return -1;
        if (run(m, engines[i], domain, o))
            what = i ? compare(m) : NULL;
        if (what) {
            describe(m, what, engines[0]->ops->name, engines[i]->ops->name, text, size);
            return 0;
        }
    }
    return 1;
}

bool merges_agree(struct pol_engine *const engines[], uint32_t n, struct gen_tuples *tuples,
                  struct merge_counts *counts, char *text, size_t size)
{
    struct merger m = {.space = engines[0]->space};
    uint64_t state = 0;
    int status = 1;
    m.a = literal(m.space);
    m.b = literal(m.space);
    outcome_init(&m.mine, m.space);
    outcome_init(&m.first, m.space);
    *counts = (struct merge_counts){0};
    while (status && gen_pairs_next(tuples, &state, m.a, m.b)) {
        uint32_t ndomains = engines[0]->ndomains;
        uint32_t domain = ndomains ? (uint32_t)(state % ndomains) : 0;
        status = compare_pair(&m, engines, n, domain, text, size);
        counts->skipped += status < 0;
        counts->pairs += status > 0;
        counts->conflicts += status > 0 && m.first.conflict;
    }
    outcome_free(&m.mine);
    outcome_free(&m.first);
    free(m.a);
    free(m.b);
    free(m.values);
    return status != 0;
}
