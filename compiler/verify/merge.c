/* Do the merge and drop programs do what the tags' declarations say, and stay within the codes? */
#include <inttypes.h>
#include <string.h>

#include "compiler/verify/internal.h"

/* What two parts can be, and where their merge goes. */
struct parts {
    const char *what;
    uint8_t kinds[2], dest;
    uint64_t **allow; /* or NULL: all codes of the kinds */
    uint64_t **yields;
    bool merge, lenient;
};

static bool check_parts(struct vf *v, uint32_t domain, const struct parts *p)
{
    const struct pol_prt_domain *d = &v->t->domains[domain];
    struct arena arena;
    struct scene sc;
    struct effect want, have;
    arena_init(&arena);
    vf_scene_init(&sc, v, &arena, 0);
    vf_effect_init(&want, v, &arena);
    vf_effect_init(&have, v, &arena);
    for (uint32_t i = 0; i < 2; i++) {
        sc.kinds[i] = p->kinds[i];
        sc.allow[i] = p->allow;
    }
    struct compare c = {.sc = &sc,
                        .want = &want,
                        .have = &have,
                        .dest = {p->dest},
                        .yields = {p->yields},
                        .lenient = p->lenient,
                        .first_slot = d->first_slot,
                        .end_slot = d->first_slot + d->nslots,
                        .given = 1};
    c.where = arena_printf(&arena, "domain %s, %s", v->ir->domains[domain].name, p->what);
    vf_want_merge(&sc, &want, domain, p->merge);
    vf_run_ops(&sc, p->merge ? d->merge_op : d->drop_op, p->merge ? d->nmerge : d->ndrop, &have);
    bool ok = vf_compare(&c);
    v->stats->symbols += v->sym.nchildren;
    sym_reset(&v->sym);
    arena_free(&arena);
    return ok;
}

/* --- loads over several granules ----------------------------------------------------------------
 */

static bool grows(const struct vf *v, const struct pol_prt_domain *d, uint64_t **to,
                  uint64_t *const *from)
{
    bool grown = false;
    for (uint32_t f = d->first_field; f < d->first_field + d->nfields; f++)
        for (uint32_t w = 0; vf_dense(v, f) && w < v->fields[f].set_words; w++) {
            grown = grown || (from[f][w] & ~to[f][w]);
            to[f][w] |= from[f][w];
        }
    return grown;
}

/* Merges what loads yield until nothing new comes out. */
static bool check_loads(struct vf *v, uint32_t domain, uint64_t **loaded, uint8_t kind)
{
    const struct pol_prt_domain *d = &v->t->domains[domain];
    uint64_t **more = ARENA_ARRAY(&v->arena, uint64_t *, v->t->n_fields + 1);
    bool some = false;
    for (uint32_t f = d->first_field; f < d->first_field + d->nfields; f++) {
        more[f] = ARENA_ARRAY(&v->arena, uint64_t, v->fields[f].set_words + 1);
        for (uint32_t w = 0; w < v->fields[f].set_words; w++)
            some = some || loaded[f][w];
        /* a global's tags are cleared where no global decides */
        if (vf_dense(v, f) && v->ir->domains[domain].kind == IR_DOMAIN_GLOBAL)
            vf_put(loaded[f], v->t->fields[f].empty);
    }
    struct parts p = {.what = "merging what loads yield",
                      .kinds = {kind, kind},
                      .dest = kind,
                      .allow = loaded,
                      .yields = more,
                      .merge = true};
    do {
        if (some && !check_parts(v, domain, &p))
            return false;
    } while (grows(v, d, loaded, more));
    return true;
}

/* --- all ----------------------------------------------------------------------------------------
 */

static bool check_domain(struct vf *v, uint32_t domain)
{
    bool parcels = pol_isa_parcel(&v->ir->isa) < 4 || v->ir->granule < 4;
    struct parts memory = {.what = "merging memory",
                           .kinds = {POL_KIND_MEM, POL_KIND_MEM},
                           .dest = POL_KIND_MEM,
                           .merge = true};
    struct parts fetch = {.what = "fetching parcels",
                          .kinds = {POL_KIND_CODE | POL_KIND_MEM, POL_KIND_MEM},
                          .dest = POL_KIND_CODE,
                          .lenient = !parcels};
    return check_parts(v, domain, &memory) && check_loads(v, domain, v->loaded_int, POL_KIND_INT) &&
           check_loads(v, domain, v->loaded_fp, POL_KIND_FP) && check_parts(v, domain, &fetch);
}

/* What memory holds can be fetched. */
static bool check_fetch(struct vf *v, uint32_t field)
{
    const struct enc_field *e = &v->fields[field];
    const uint64_t *memory = vf_codes(v, &v->arena, field, POL_KIND_MEM);
    const uint64_t *code = vf_codes(v, &v->arena, field, POL_KIND_CODE);
    for (uint32_t w = 0; w < e->set_words; w++)
        if (memory[w] & ~code[w])
            return vf_fail(v, "field %" PRIu32 ": a set in memory cannot be fetched", field);
    return true;
}

bool vf_merges(struct vf *v)
{
    for (uint32_t f = 0; f < v->t->n_fields; f++)
        if (vf_dense(v, f) && !check_fetch(v, f))
            return false;
    for (uint32_t d = 0; d < v->t->n_domains; d++)
        if (!check_domain(v, d))
            return false;
    return true;
}
