/* The TCAM layout: the inputs of all levels side by side are one key, and ternary entries that
 * match it give the last state.
 *
 * From the diagram to sets of keys, bottom-up: per node, for each outcome that can follow, the rest
 * of the keys that lead there.  The minimiser (analysis/ternary.h) makes entries of them.  Keys
 * that cannot occur are don't-cares: codes that cannot stand in their operand, and inputs that a
 * level does not have.  The outcome "no rule, no report" has no entries: it is what is left. */
#include "compiler/analysis/ternary.h"
#include "compiler/table/emit.h"
#include "compiler/table/levels.h"

#define TCAM_MAX_LEADS (1u << 24) /* outcomes of nodes while sets of keys are made */
/* Of a whole table.  A reader compares a program's entries with each other, and refuses what takes
 * too long. */
#define TCAM_MAX_ENTRIES (1u << 15)

/* The outcomes that follow, ascending, each with the keys that lead to it. */
struct lead {
    uint32_t outcome, keys;
};
struct leads {
    uint32_t n;
    struct lead *items;
};

/* One level: the bits [base, base + bits) of the key; input -> class, or DD_NO_CLASS. */
struct key_part {
    uint32_t var, base, bits;
    const uint32_t *class_of;
    uint32_t ninputs;
    struct pol_prt_level level;
};

struct tcam {
    const struct program_source *src;
    struct keysets sets;
    struct key_part *parts;
    uint32_t nparts, width;
    uint32_t *part_of; /* per variable: its part */
    const struct leads **of_node;
    uint64_t nleads;
};

/* --- the key ------------------------------------------------------------------------------------
 */

static uint32_t bits_for(uint32_t inputs)
{
    uint32_t bits = 0;
    while (bits < 32 && (uint64_t)1 << bits < inputs)
        bits++;
    return bits;
}

/* A map's input is the code itself, so that nothing is looked up before the key is known. */
static void code_input(const struct program_source *src, struct key_part *part)
{
    const struct look *look = src->looks[part->var];
    const struct plan_field *f = &src->p->fields[look->field];
    const uint32_t *class_of = src->dd->class_of[part->var];
    uint32_t size = pow2_above(f->ncodes);
    uint32_t *map = ARENA_ARRAY(src->work, uint32_t, size);
    for (uint32_t code = 0; code < size; code++)
        map[code] = code < f->ncodes && class_of[code] != DD_NO_CLASS ? code : POL_MAP_INVALID;
    part->class_of = class_of;
    part->ninputs = f->ncodes;
    part->level = (struct pol_prt_level){.kind = POL_LEVEL_MAP,
                                         .operand = look->operand,
                                         .slot = f->slot,
                                         .mask = size - 1,
                                         .value = f->ncodes,
                                         .map = plan_lut(src->p, POL_SEC_MAPS, map, size),
                                         .width = f->ncodes};
}

/* Every input is its own class. */
static void class_input(const struct program_source *src, struct key_part *part)
{
    uint32_t n = src->dd->nclasses[part->var];
    uint32_t *same = ARENA_ARRAY(src->work, uint32_t, n);
    for (uint32_t i = 0; i < n; i++)
        same[i] = i;
    part->class_of = same;
    part->ninputs = n;
    level_input(src, part->var, 1, &part->level);
}

/* Lays the levels side by side; the key's width may exceed 64 bits. */
static void make_key(struct tcam *t)
{
    const struct program_source *src = t->src;
    const struct dd *dd = src->dd;
    t->parts = ARENA_ARRAY(src->work, struct key_part, dd->nvars + 1);
    t->part_of = ARENA_ARRAY(src->work, uint32_t, dd->nvars + 1);
    for (uint32_t var = 0; var < dd->nvars; var++) {
        struct key_part *part = &t->parts[t->nparts];
        if (!source_shows(src, var))
            continue;
        part->var = var;
        if (dd->vars[var].kind == DD_MAP)
            code_input(src, part);
        else
            class_input(src, part);
        part->base = part->level.base = t->width;
        part->bits = bits_for(part->ninputs);
        part->level.nstates = 1;
        t->part_of[var] = t->nparts++;
        t->width += part->bits;
    }
}

/* --- keys that cannot occur ---------------------------------------------------------------------
 */

/* The set of keys with an input that the level does not have; `low` are its bits so far. */
static uint32_t missing_inputs(struct tcam *t, const struct key_part *part, uint32_t bit,
                               uint32_t low)
{
    if (bit == part->bits)
        return low < part->ninputs && part->class_of[low] != DD_NO_CLASS ? KEYSET_NONE : KEYSET_ALL;
    uint32_t lo = missing_inputs(t, part, bit + 1, low);
    uint32_t hi = missing_inputs(t, part, bit + 1, low | (uint32_t)1 << bit);
    return keyset_node(&t->sets, part->base + bit, lo, hi);
}

static uint32_t cannot_occur(struct tcam *t)
{
    uint32_t never = KEYSET_NONE;
    for (uint32_t i = t->nparts; i-- > 0;)
        never = keyset_or(&t->sets, never, missing_inputs(t, &t->parts[i], 0, 0));
    return never;
}

/* --- keys of each outcome -----------------------------------------------------------------------
 */

static struct leads *new_leads(struct tcam *t, uint32_t room)
{
    struct leads *leads = ARENA_NEW(t->src->work, struct leads);
    leads->items = ARENA_ARRAY(t->src->work, struct lead, room + 1);
    t->nleads += room;
    return leads;
}

static bool too_large(const struct tcam *t)
{
    return t->sets.full || t->nleads > TCAM_MAX_LEADS;
}

static const struct leads *of_terminal(struct tcam *t, uint32_t outcome)
{
    struct leads *leads = new_leads(t, 1);
    leads->items[leads->n++] = (struct lead){outcome, KEYSET_ALL};
    return leads;
}

/* By one bit of the key.  NULL stands for what cannot occur: then the other one always follows. */
static const struct leads *join_leads(struct tcam *t, uint32_t bit, const struct leads *lo,
                                      const struct leads *hi)
{
    if (lo == hi || !hi || !lo || too_large(t))
        return lo ? lo : hi;
    struct leads *both = new_leads(t, lo->n + hi->n);
    for (uint32_t i = 0, k = 0; i < lo->n || k < hi->n;) {
        uint32_t low = i < lo->n ? lo->items[i].outcome : UINT32_MAX;
        uint32_t high = k < hi->n ? hi->items[k].outcome : UINT32_MAX;
        uint32_t outcome = low < high ? low : high;
        uint32_t zero = low == outcome ? lo->items[i++].keys : KEYSET_NONE;
        uint32_t one = high == outcome ? hi->items[k++].keys : KEYSET_NONE;
        both->items[both->n++] = (struct lead){outcome, keyset_node(&t->sets, bit, zero, one)};
    }
    return both;
}

/* Of a node whose input has these low bits. */
static const struct leads *of_inputs(struct tcam *t, const struct key_part *part,
                                     const struct leads *const *of_class, uint32_t bit,
                                     uint32_t low)
{
    if (bit == part->bits)
        return low < part->ninputs && part->class_of[low] != DD_NO_CLASS
                   ? of_class[part->class_of[low]]
                   : NULL;
    const struct leads *lo = of_inputs(t, part, of_class, bit + 1, low);
    const struct leads *hi = of_inputs(t, part, of_class, bit + 1, low | (uint32_t)1 << bit);
    return join_leads(t, part->base + bit, lo, hi);
}

/* Nodes ascend by variable, so that children come first from behind. */
static const struct leads *of_diagram(struct tcam *t)
{
    const struct dd *dd = t->src->dd;
    const struct leads **of_outcome =
        ARENA_ARRAY(t->src->work, const struct leads *, dd->noutcomes + 1);
    t->of_node = ARENA_ARRAY(t->src->work, const struct leads *, dd->nnodes + 1);
    for (uint32_t i = 0; i < dd->noutcomes; i++)
        of_outcome[i] = of_terminal(t, i);
    if (dd->root >= DD_TERMINAL)
        return of_outcome[dd->root - DD_TERMINAL];
    for (uint32_t node = dd->nnodes; node-- > 0 && !too_large(t);) {
        uint32_t var = dd->nodes[node].var, n = dd->nclasses[var];
        const struct leads **of_class = ARENA_ARRAY(t->src->work, const struct leads *, n + 1);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t child = source_next(t->src, node, var, i);
            of_class[i] =
                child >= DD_TERMINAL ? of_outcome[child - DD_TERMINAL] : t->of_node[child];
        }
        t->of_node[node] = of_inputs(t, &t->parts[t->part_of[var]], of_class, 0, 0);
        t->nleads += t->parts[t->part_of[var]].ninputs;
    }
    return t->of_node[dd->root];
}

/* --- emission -----------------------------------------------------------------------------------
 */

static void emit_entry(struct tcam *t, struct key_cube cube, uint32_t state)
{
    struct pol_prt_ternary entry = {{(uint32_t)cube.value, (uint32_t)(cube.value >> 32)},
                                    {(uint32_t)cube.mask, (uint32_t)(cube.mask >> 32)},
                                    state};
    section_push(t->src->p->out, POL_SEC_TERNARY, &entry);
}

static void add_state(struct states *last, uint32_t outcome)
{
    last->ids[last->n++] = DD_TERMINAL + outcome;
}

/* Outcomes that only impossible keys lead to are no states. */
static void emit_entries(struct tcam *t, const struct ternary_cover *cover,
                         const uint32_t *outcomes, uint32_t n, struct states *last)
{
    for (uint32_t a = 0; a < n; a++) {
        const struct ternary_action *action = &cover->actions[a];
        for (uint32_t i = 0; i < action->nentries; i++)
            emit_entry(t, cover->entries[action->first_entry + i], last->n);
        if (action->nentries)
            add_state(last, outcomes[a]);
    }
}

static bool too_many_entries(const struct tcam *t)
{
    plan_fail(
        t->src->p,
        "tcam layout: with the rules of %s, whose keys have %u bits, the table needs more than "
        "%u entries; use another layout",
        t->src->who, t->width, TCAM_MAX_ENTRIES);
    return false;
}

static bool too_much_work(const struct tcam *t)
{
    plan_fail(t->src->p,
              "tcam layout: the rules of %s, with keys of %u bits, need more than %llu steps or %u "
              "nodes to minimise; use another layout",
              t->src->who, t->width, (unsigned long long)TERNARY_MAX_STEPS, TERNARY_MAX_NODES);
    return false;
}

/* Chooses the outcomes that need entries; the other one becomes the first state. */
static uint32_t choose_outcomes(const struct tcam *t, const struct leads *leads, uint32_t *outcomes,
                                uint32_t *on, struct states *last)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < leads->n; i++) {
        uint32_t outcome = leads->items[i].outcome;
        if (t->src->dd->outcomes[outcome] == DD_NO_RULE && t->src->dd->told[outcome].n == 0) {
            add_state(last, leads->items[i].outcome);
            continue;
        }
        outcomes[n] = leads->items[i].outcome;
        on[n++] = leads->items[i].keys;
    }
    return n;
}

static bool cover_outcomes(struct tcam *t, struct states *last)
{
    uint32_t left = TCAM_MAX_ENTRIES - section_count(t->src->p->out, POL_SEC_TERNARY);
    keysets_init(&t->sets, t->src->work, t->width, TERNARY_MAX_NODES, TERNARY_MAX_STEPS);
    const struct leads *leads = of_diagram(t);
    struct ternary_problem problem = {.sets = &t->sets, .apart = true, .max_entries = left + 1};
    problem.dontcare = cannot_occur(t);
    if (too_large(t))
        return too_much_work(t);
    uint32_t *on = ARENA_ARRAY(t->src->work, uint32_t, leads->n + 1);
    uint32_t *outcomes = ARENA_ARRAY(t->src->work, uint32_t, leads->n + 1);
    problem.nactions = choose_outcomes(t, leads, outcomes, on, last);
    problem.on = on;
    const struct ternary_cover *cover = ternary_minimise(t->src->work, &problem);
    if (cover->status == TERNARY_ENTRIES || cover->nentries > left)
        return too_many_entries(t);
    if (cover->status != TERNARY_OK)
        return too_much_work(t);
    emit_entries(t, cover, outcomes, problem.nactions, last);
    if (last->n == 0) /* no key can occur at all */
        add_state(last, leads->items[0].outcome);
    return true;
}

bool tcam_program(const struct program_source *src, struct pol_prt_program *prog,
                  struct states *last)
{
    struct tcam t = {.src = src};
    *last = (struct states){ARENA_ARRAY(src->work, uint32_t, src->dd->noutcomes + 1), 0};
    make_key(&t);
    if (src->p->error)
        return false;
    if (t.width > 64) {
        plan_fail(src->p,
                  "tcam layout: the rules of %s need keys of %u bits, at most 64 are possible; use "
                  "another layout",
                  src->who, t.width);
        return false;
    }
    prog->layout = POL_LAYOUT_TCAM;
    prog->nmap = prog->start = 0; /* state 0 is "no rule", or is not needed */
    prog->first_level = section_count(src->p->out, POL_SEC_LEVELS);
    prog->nlevels = t.nparts;
    for (uint32_t i = 0; i < t.nparts; i++)
        section_push(src->p->out, POL_SEC_LEVELS, &t.parts[i].level);
    prog->dense_base = section_count(src->p->out, POL_SEC_TERNARY);
    if (t.nparts == 0)
        add_state(last, src->dd->root - DD_TERMINAL); /* nothing to look at, nothing to match */
    else if (!cover_outcomes(&t, last))
        return false;
    prog->dense_size = section_count(src->p->out, POL_SEC_TERNARY) - prog->dense_base;
    return true;
}
