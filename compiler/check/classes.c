/* Instructions that are alike for a decider. */
#include <stdlib.h>
#include <string.h>
#include <pol/kinds.h>

#include "compiler/check/internal.h"

/* What tells opclasses apart, as words. */
struct key {
    uint32_t opclass, n;
    uint32_t *words;
};

/* ---- Which results words can write ----------------------------------------------------------- */

/* A field of the word that is 0 in all words of the entry. */
static bool always_zero(const struct ir_decode *d, unsigned shift)
{
    uint32_t field = UINT32_C(31) << shift;
    return (d->mask & field) == field && (d->match & field) == 0;
}

static uint8_t entry_writes(const struct ir *ir, const struct ir_decode *d)
{
    int row = pol_isa_decode(&ir->isa, ir->opclasses[d->opclass].sample);
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    struct pol_form form = pol_insn_form(insn);
    uint8_t out = 1u << POL_RES_ENV;
    if (form.rd == POL_FILE_FP || (form.rd && !always_zero(d, 7)))
        out |= 1u << POL_RES_RD;
    if (form.csr && (insn->csr == POL_CSR_SWAP || !always_zero(d, 15)))
        out |= 1u << POL_RES_CSR;
    if (form.mem & POL_MEM_WRITE)
        out |= 1u << POL_RES_MEM;
    return out;
}

/* Per opclass, over all its words. */
static uint8_t *find_writable(const struct check *c, struct arena *arena)
{
    uint8_t *out = ARENA_ARRAY(arena, uint8_t, c->ir->nopclasses + (size_t)1);
    for (uint32_t i = 0; i < c->ir->ndecode; i++)
        if (c->ir->decode[i].opclass)
            out[c->ir->decode[i].opclass] |= entry_writes(c->ir, &c->ir->decode[i]);
    return out;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* Groups that rules of the decider are about. */
static bool *used_groups(const struct check *c, struct arena *arena)
{
    const struct ir_decider *d = check_decider(c);
    bool *used = ARENA_ARRAY(arena, bool, c->ir->ngroups + (size_t)1);
    for (uint32_t r = 0; r < d->nrules; r++)
        if (d->rules[r].group.v != IR_NONE)
            used[d->rules[r].group.v] = true;
    return used;
}

static void slot_kinds(const struct ir_opclass *op, uint32_t kinds[SCENE_SLOTS])
{
    scene_kinds(&op->form, kinds);
    if (kinds[SCENE_OLD_RD] & POL_KIND_INT) /* x0 is never written */
        kinds[SCENE_OLD_RD] &= ~(uint32_t)POL_KIND_X0;
}

static void make_key(const struct check *c, struct arena *arena, const bool *used,
                     const uint8_t *writable, uint32_t opclass, struct key *key)
{
    const struct ir_opclass *op = &c->ir->opclasses[opclass];
    key->opclass = opclass;
    key->words = ARENA_ARRAY(arena, uint32_t, op->ngroups + SCENE_SLOTS + (size_t)1);
    slot_kinds(op, key->words);
    key->words[SCENE_SLOTS] = writable[opclass];
    key->n = SCENE_SLOTS + 1;
    for (uint32_t i = 0; i < op->ngroups; i++)
        if (used[op->groups[i]])
            key->words[key->n++] = op->groups[i];
}

static int compare_words(const struct key *a, const struct key *b)
{
    if (a->n != b->n)
        return a->n < b->n ? -1 : 1;
    for (uint32_t i = 0; i < a->n; i++)
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

static int by_words(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    int order = compare_words(a, b);
    return order ? order : (a->opclass > b->opclass) - (a->opclass < b->opclass);
}

static int by_first(const void *x, const void *y)
{
    const struct class *a = x, *b = y;
    return (a->opclasses[0] > b->opclasses[0]) - (a->opclasses[0] < b->opclasses[0]);
}

static void gather(struct check *c, const struct key *keys, uint32_t n)
{
    for (uint32_t i = 0; i < n;) {
        uint32_t end = i;
        while (end < n && compare_words(&keys[i], &keys[end]) == 0)
            end++;
        struct class *k = &c->classes[c->nclasses++];
        *k = (struct class){.n = end - i, .writable = (uint8_t)keys[i].words[SCENE_SLOTS]};
        memcpy(k->kinds, keys[i].words, sizeof k->kinds);
        k->opclasses = ARENA_ARRAY(&c->work, uint32_t, end - i);
        for (uint32_t m = i; m < end; m++)
            k->opclasses[m - i] = keys[m].opclass;
        i = end;
    }
}

void check_find_classes(struct check *c)
{
    uint32_t n = c->ir->nopclasses;
    struct key *keys = ARENA_ARRAY(&c->work, struct key, n + (size_t)1);
    const bool *used = used_groups(c, &c->work);
    const uint8_t *writable = find_writable(c, &c->work);
    for (uint32_t i = 1; i < n; i++)
        make_key(c, &c->work, used, writable, i, &keys[i - 1]);
    qsort(keys, n - 1, sizeof *keys, by_words);
    c->classes = ARENA_ARRAY(&c->work, struct class, n + (size_t)1);
    c->nclasses = 0;
    gather(c, keys, n - 1);
    qsort(c->classes, c->nclasses, sizeof *c->classes, by_first);
}

void check_free_classes(struct check *c)
{
    for (uint32_t i = 0; i < c->nclasses; i++)
        sat_free(c->classes[i].sat);
    c->nclasses = 0;
}

struct step *check_step(struct check *c, struct class *k)
{
    const struct ir_opclass *op = &c->ir->opclasses[k->opclasses[0]];
    if (k->step)
        return k->step;
    k->sat = sat_new();
    if (c->options->conflicts)
        sat_limit(k->sat, c->options->conflicts);
    k->scene = scene_new(k->sat, &c->universe, k->kinds);
    k->step = step_new(k->scene, c->logic, &op->form, op->groups, op->ngroups, NULL);
    return k->step;
}

bool check_belongs(const struct check *c, const struct class *k, const struct ir_rule *rule)
{
    const struct ir_opclass *op = &c->ir->opclasses[k->opclasses[0]];
    uint32_t lo = 0, hi = op->ngroups;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (op->groups[mid] < rule->group.v)
            lo = mid + 1;
        else
            hi = mid;
    }
    return rule->group.v == IR_NONE || (lo < op->ngroups && op->groups[lo] == rule->group.v);
}
