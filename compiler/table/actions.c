/* Actions, comparisons and merges as straight-line operations. */
#include <string.h>
#include "compiler/table/emit.h"

void plan_rule_ops(struct plan *p, uint32_t decider, uint32_t rule, uint32_t lacks,
                   struct rule_ops *out)
{
    const struct ir_decider *d = &p->ir->deciders[decider];
    const struct ir_rule *r = &d->rules[rule];
    struct emitter e;
    out->written = 0;
    out->done = true;
    out->first_op = section_count(p->out, POL_SEC_OPS);
    out->nops = 0;
    if (!r->allow)
        return;
    emit_init(&e, p, d->is_global ? 0 : d->domain, d->is_global ? p->ir->ndomains : d->domain + 1);
    e.decider = decider;
    e.rule = r;
    for (uint32_t res = 0; res < POL_RESULTS; res++) {
        if (r->result[res].v == IR_NONE || (lacks >> res & 1u))
            continue;
        struct sval v = sval_of(&e, r->result[res]);
        sval_store(&e, &v, res);
        out->written |= 1u << res;
    }
    emit_finish(&e, 0, false, &out->first_op, &out->nops);
}

void plan_atom_ops(struct plan *p, const struct ir_guard *atom, uint32_t *first, uint32_t *n)
{
    struct emitter e;
    uint32_t v;
    emit_init(&e, p, 0, 1);
    if (atom->kind == IR_GUARD_SETEQ) {
        const struct plan_lane *a = &p->lanes[p->first_lane[atom->r.tag] + atom->r.arg];
        const struct plan_lane *b = &p->lanes[p->first_lane[atom->s.tag] + atom->s.arg];
        uint32_t x = p->ir->tags[atom->r.tag].domain, y = p->ir->tags[atom->s.tag].domain;
        if (x != y && (p->ir->domains[x].kind == IR_DOMAIN_COMPONENT ||
                       p->ir->domains[y].kind == IR_DOMAIN_COMPONENT)) /* sema has refused it */
            plan_fail(p, "TagSet arguments of tags with different owners cannot be compared");
        v = emit_op(&e, POL_OPC_EQSLOTS, atom->r.op, a->slot, atom->s.op, b->slot, a->nslots);
    } else if (atom->kind == IR_GUARD_RELATION) {
        v = emit_relation(&e, atom);
    } else {
        bool less = atom->kind == IR_GUARD_LT || atom->kind == IR_GUARD_LE;
        bool swap = atom->kind == IR_GUARD_LE; /* x <= y is the negation of y < x */
        uint32_t x = emit_int(&e, atom->x), y = emit_int(&e, atom->y);
        v = emit_op(&e, less ? POL_OPC_LT : POL_OPC_EQ, swap ? y : x, swap ? x : y, 0, 0, 0);
    }
    emit_finish(&e, v, true, first, n);
}

/* --- granules and parcels -----------------------------------------------------------------------
 */

/* `merge any`: union with conflict; `merge all`: kept where both have it with equal arguments.
 * Values of lattices differ freely: their join, or meet, is kept. */
static void merge_tag(struct emitter *e, struct sval *r, const struct sval *a, const struct sval *b,
                      uint32_t t)
{
    uint32_t both = emit_and(e, sval_has(e, a, t), sval_has(e, b, t));
    uint32_t same = both == V_ZERO ? V_ONE : sval_same_args(e, a, b, t);
    uint32_t differ = emit_andnot(e, both, same);
    if (!e->p->ir->space->tags[t].merge_all) {
        emit_fail(e, differ, POL_CAUSE_CONFLICT, t);
        sval_or_lanes(e, r, a, b, t);
        return;
    }
    struct fval *f = &r->fields[e->p->field_of[t]];
    *f = fval_drop_when(e, *f, t, differ);
    sval_and_lanes(e, r, a, b, t, emit_and(e, both, same));
}

/* A tag of a minus `merge all` tags that b lacks or has otherwise, lattices' values as they merge;
 * others stay. */
static void drop_tag(struct emitter *e, struct sval *r, const struct sval *a, const struct sval *b,
                     uint32_t t)
{
    sval_take_lanes(r, e, a, t);
    if (!e->p->ir->space->tags[t].merge_all)
        return;
    uint32_t both = emit_and(e, sval_has(e, a, t), sval_has(e, b, t));
    uint32_t same = both == V_ZERO ? V_ONE : sval_same_args(e, a, b, t);
    struct fval *f = &r->fields[e->p->field_of[t]];
    *f = fval_drop_when(e, *f, t, emit_andnot(e, both, same));
    sval_and_lanes(e, r, a, b, t, emit_and(e, both, same));
}

void plan_merge_ops(struct plan *p, uint32_t domain, bool merge, uint32_t *first, uint32_t *n)
{
    struct emitter e;
    const struct plan_domain *d = &p->domains[domain];
    emit_init(&e, p, domain, domain + 1);
    struct sval a = sval_operand(&e, 0), b = sval_operand(&e, 1), r = sval_empty(&e);
    for (uint32_t i = d->first_field; i < d->first_field + d->nfields; i++)
        r.fields[i] = merge ? fval_merge(&e, a.fields[i], b.fields[i])
                            : fval_missing(&e, a.fields[i], b.fields[i]);
    for (uint32_t t = d->first_tag; t < d->first_tag + d->ntags; t++)
        if (p->ir->space->tags[t].nargs) {
            if (merge)
                merge_tag(&e, &r, &a, &b, t);
            else
                drop_tag(&e, &r, &a, &b, t);
        }
    sval_join(&e, &r, &a, merge ? &b : NULL, true);
    sval_store(&e, &r, 0);
    emit_finish(&e, 0, false, first, n);
}
