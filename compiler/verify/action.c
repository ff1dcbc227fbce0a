/* Does every action that is reached do what its rule says? */
#include <inttypes.h>
#include <string.h>

#include "compiler/verify/internal.h"

/* --- what an action reads -----------------------------------------------------------------------
 */

static uint32_t int_reads(const struct ir *ir, struct ir_int_id id)
{
    const struct ir_int *x = &ir->ints[id.v];
    if (x->kind == IR_INT_ARG)
        return 1u << x->ref.op;
    return x->kind < IR_INT_ADD ? 0 : int_reads(ir, x->a) | int_reads(ir, x->b);
}

static uint32_t set_reads(const struct ir *ir, struct ir_set_id id)
{
    const struct ir_set *x = &ir->sets[id.v];
    uint32_t reads = x->kind == IR_SET_OPERAND ? 1u << x->op
                     : x->kind == IR_SET_ARG   ? 1u << x->ref.op
                                               : 0;
    if (x->kind >= IR_SET_MODIFY)
        reads |= set_reads(ir, x->a);
    if (x->kind > IR_SET_MODIFY)
        reads |= set_reads(ir, x->b);
    for (uint32_t i = 0; x->kind == IR_SET_MODIFY && i < x->nmods; i++) {
        const struct ir_mod *m = &x->mods[i];
        const struct pol_tag_info *tag = &ir->space->tags[m->tag];
        for (uint32_t k = 0; !m->remove && k < tag->nargs; k++)
            reads |= tag->args[k].is_set ? set_reads(ir, m->args[k].set)
                                         : int_reads(ir, m->args[k].number);
    }
    return reads;
}

static uint32_t ops_read(const struct pol_table *t, const struct pol_prt_action *a)
{
    uint32_t reads = 0;
    for (uint32_t i = a->first_op; i < a->first_op + a->nops; i++) {
        const struct pol_prt_op *op = &t->ops[i];
        if (op->op == POL_OPC_SLOT || op->op == POL_OPC_EQSLOTS)
            reads |= 1u << op->a;
        if (op->op == POL_OPC_COPY || op->op == POL_OPC_EQSLOTS)
            reads |= 1u << op->c;
    }
    return reads;
}

/* Marks the TagSet arguments that an expression reads as sets. */
static void open_arguments(struct scene *sc, struct ir_set_id id)
{
    const struct vf *v = sc->v;
    const struct ir_set *x = &v->ir->sets[id.v];
    if (x->kind == IR_SET_ARG) {
        uint8_t **opened = &sc->opened[x->ref.op];
        if (!*opened)
            *opened = ARENA_ARRAY(sc->arena, uint8_t, v->t->n_args + 1);
        (*opened)[v->t->tags[x->ref.tag].first_arg + x->ref.arg] = 1;
    }
    if (x->kind >= IR_SET_MODIFY)
        open_arguments(sc, x->a);
    if (x->kind > IR_SET_MODIFY)
        open_arguments(sc, x->b);
    for (uint32_t i = 0; x->kind == IR_SET_MODIFY && i < x->nmods; i++) {
        const struct ir_mod *m = &x->mods[i];
        const struct pol_tag_info *tag = &v->ir->space->tags[m->tag];
        for (uint32_t k = 0; !m->remove && k < tag->nargs; k++)
            if (tag->args[k].is_set)
                open_arguments(sc, m->args[k].set);
    }
}

/* --- one action ---------------------------------------------------------------------------------
 */

static uint64_t **code_sets(struct vf *v)
{
    uint64_t **sets = ARENA_ARRAY(&v->arena, uint64_t *, v->t->n_fields + 1);
    for (uint32_t f = 0; f < v->t->n_fields; f++)
        sets[f] = ARENA_ARRAY(&v->arena, uint64_t, v->fields[f].set_words + 1);
    return sets;
}

/* A load that leaves RD alone: what stood there merges with what other granules give. */
static void yields_old(struct vf *v, uint32_t decider, uint32_t kind, uint64_t **yields)
{
    for (uint32_t f = 0; f < v->t->n_fields; f++) {
        if (!vf_dense(v, f) || !vf_owns(v, decider, v->t->fields[f].domain))
            continue;
        const uint64_t *codes = vf_codes(v, &v->arena, f, kind);
        for (uint32_t w = 0; w < v->fields[f].set_words; w++)
            yields[f][w] |= codes[w];
    }
}

static bool run_both(struct vf *v, const struct reached *r, struct arena *arena)
{
    const struct ir_decider *d = &v->ir->deciders[r->decider];
    const struct ir_rule *rule = &d->rules[r->rule];
    const struct pol_prt_action *a = &v->t->actions[r->action];
    struct scene sc;
    struct effect want, have;
    vf_scene_init(&sc, v, arena, r->decider);
    vf_effect_init(&want, v, arena);
    vf_effect_init(&have, v, arena);
    struct compare c = {.sc = &sc, .want = &want, .have = &have};
    for (uint32_t op = 0; op < POL_OPERANDS; op++) {
        sc.cond[op] = &rule->cond[op];
        sc.kinds[op] = r->form.kinds[op];
    }
    c.where = arena_printf(arena, "%s, rule %" PRIu32 " (%s:%" PRIu32 ":%" PRIu32 ")", d->name,
                           r->rule, rule->file, rule->line, rule->column);
    memcpy(c.dest, r->form.dest, sizeof c.dest);
    const struct pol_prt_domain *first = &v->t->domains[d->is_global ? 0 : d->domain];
    const struct pol_prt_domain *last =
        &v->t->domains[d->is_global ? v->t->n_domains - 1 : d->domain];
    c.first_slot = first->first_slot;
    c.end_slot = last->first_slot + last->nslots;
    for (uint32_t res = 0; res < POL_RESULTS; res++)
        if (rule->result[res].v != IR_NONE)
            open_arguments(&sc, rule->result[res]);
    for (uint32_t res = 0; res < POL_RESULTS; res++)
        if (c.dest[res] && rule->result[res].v != IR_NONE) {
            vf_want_result(&sc, &want, rule->result[res], res);
            c.given |= 1u << res;
        } else if (c.dest[res] && (a->written >> res & 1u)) {
            return vf_fail(v, "%s: %s is marked as written", c.where, vf_result_name(res));
        }
    if ((a->written & c.given) != c.given)
        return vf_fail(v, "%s: a result is not marked as written", c.where);
    uint64_t **loaded = r->form.merges == POL_KIND_INT  ? v->loaded_int
                        : r->form.merges == POL_KIND_FP ? v->loaded_fp
                                                        : NULL;
    if (loaded && (c.given >> POL_RES_RD & 1u))
        c.yields[POL_RES_RD] = loaded;
    else if (loaded)
        yields_old(v, r->decider, r->form.merges, loaded);
    vf_run_ops(&sc, a->first_op, a->nops, &have);
    return vf_compare(&c);
}

/* The form, less what the action does not depend on. */
static struct reached reduced(const struct vf *v, const struct reached *r)
{
    const struct ir_rule *rule = &v->ir->deciders[r->decider].rules[r->rule];
    struct reached k = *r;
    uint32_t reads = ops_read(v->t, &v->t->actions[r->action]);
    for (uint32_t res = 0; res < POL_RESULTS; res++)
        if (rule->result[res].v != IR_NONE)
            reads |= set_reads(v->ir, rule->result[res]);
    for (uint32_t op = 0; op < POL_OPERANDS; op++)
        if (!(reads >> op & 1u))
            k.form.kinds[op] = 0;
    return k;
}

/* What is the same for all actions with these operations. */
struct action_key {
    struct reached r;
    uint32_t first_op, nops, written;
};

bool vf_actions(struct vf *v)
{
    struct vf_keys *done = vf_keys_new(&v->arena);
    v->loaded_int = code_sets(v);
    v->loaded_fp = code_sets(v);
    for (size_t i = 0; i < v->reached.count; i++) {
        const struct pol_prt_action *a = &v->t->actions[v->reached.items[i].action];
        struct action_key key;
        bool added;
        memset(&key, 0, sizeof key);
        struct reached r = reduced(v, &v->reached.items[i]);
        memcpy(&key.r, &r, sizeof r);
        key.r.action = 0;
        key.first_op = a->first_op;
        key.nops = a->nops;
        key.written = a->written;
        (void)vf_keys_add(done, &key, sizeof key, &added);
        if (!added)
            continue;
        struct arena arena;
        arena_init(&arena);
        bool ok = run_both(v, &r, &arena);
        arena_free(&arena);
        v->stats->actions++;
        v->stats->symbols += v->sym.nchildren;
        sym_reset(&v->sym);
        if (!ok)
            return false;
    }
    return true;
}
