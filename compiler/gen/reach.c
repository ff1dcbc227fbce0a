/* Which actions of a program some input may reach: a walk over its states, level by level.  Levels
 * are taken one by one, so that an action counted here may need comparisons that exclude each
 * other. */
#include <string.h>

#include "compiler/gen/gen.h"

static uint32_t file_kinds(uint32_t file)
{
    switch (file) {
    case POL_FILE_INT:
        return POL_KIND_INT | POL_KIND_X0;
    case POL_FILE_FP:
        return POL_KIND_FP;
    case POL_FILE_CSR:
        return POL_KIND_CSR;
    default:
        return 0;
    }
}

uint32_t gen_kinds(const struct pol_prt_opclass *c, unsigned set)
{
    switch (set) {
    case POL_OP_ENV:
        return POL_KIND_ENV;
    case POL_OP_CODE:
        return POL_KIND_CODE;
    case POL_OP_OP1:
        return file_kinds(c->op1);
    case POL_OP_OP2:
        return file_kinds(c->op2);
    case POL_OP_OP3:
        return file_kinds(c->op3);
    case POL_OP_MEM:
        return c->mem ? POL_KIND_MEM : 0;
    default:
        return file_kinds(c->rd);
    }
}

struct walk {
    const struct pol_table *t;
    const struct pol_prt_opclass *opclass;
    struct arena arena;
};

static const struct pol_prt_field *field_of_slot(const struct pol_table *t, uint32_t slot)
{
    const struct pol_prt_slot *s = &t->slots[slot];
    return s->kind == POL_SLOT_FIELD ? &t->fields[s->index] : NULL;
}

static bool can_hold(const struct walk *w, const struct pol_prt_level *l,
                     const struct pol_prt_field *f, uint32_t code)
{
    uint32_t kinds = gen_kinds(w->opclass, l->operand);
    return kinds ? (gen_shape_kinds(w->t, f, code) & kinds) != 0 : code == f->empty;
}

/* The inputs of a level: their number, and the list. */
static uint32_t level_inputs(struct walk *w, const struct pol_prt_level *l, uint32_t **list)
{
    const struct pol_prt_field *f = l->kind == POL_LEVEL_MAP ? field_of_slot(w->t, l->slot) : NULL;
    uint32_t n = 0;
    if (!f || f->kind != POL_FIELD_DENSE) {
        *list = ARENA_ARRAY(&w->arena, uint32_t, 2);
        (*list)[1] = 1;
        return 2;
    }
    *list = ARENA_ARRAY(&w->arena, uint32_t, f->ncodes + (size_t)1);
    for (uint32_t code = 1; code < f->ncodes; code++)
        if (can_hold(w, l, f, code))
            (*list)[n++] = w->t->maps[l->map + (code & l->mask)];
    return n;
}

struct states {
    unsigned char *in; /* by state */
    uint32_t n;
};

static struct states states_new(struct walk *w, uint32_t n)
{
    return (struct states){ARENA_ARRAY(&w->arena, unsigned char, n + (size_t)1), n};
}

static void states_add(struct states *s, uint32_t state)
{
    if (state < s->n)
        s->in[state] = 1;
}

static struct states next_states(struct walk *w, const struct pol_prt_level *l,
                                 const struct states *from, uint32_t count)
{
    struct states to = states_new(w, count);
    uint32_t *inputs, n = level_inputs(w, l, &inputs);
    for (uint32_t s = 0; s < from->n; s++)
        for (uint32_t i = 0; from->in[s] && i < n; i++)
            states_add(&to, w->t->cells[l->base + s * l->width + inputs[i]]);
    return to;
}

/* States behind level i. */
static uint32_t state_count(const struct pol_table *t, const struct pol_prt_program *p, uint32_t i)
{
    return i < p->nlevels ? t->levels[p->first_level + i].nstates : p->nactions;
}

/* The sums of classes of a dense program's maps are cells of its table. */
static struct states dense_states(struct walk *w, const struct pol_prt_program *p)
{
    struct states sums = states_new(w, p->dense_size);
    states_add(&sums, 0);
    for (uint32_t i = 0; i < p->nmap; i++) {
        struct states more = states_new(w, p->dense_size);
        uint32_t *inputs, n = level_inputs(w, &w->t->levels[p->first_level + i], &inputs);
        for (uint32_t s = 0; s < sums.n; s++)
            for (uint32_t k = 0; sums.in[s] && k < n; k++)
                states_add(&more, s + inputs[k]);
        sums = more;
    }
    struct states to = states_new(w, state_count(w->t, p, p->nmap));
    for (uint32_t s = 0; s < sums.n; s++)
        if (sums.in[s])
            states_add(&to, w->t->cells[p->dense_base + s]);
    return to;
}

void gen_reachable(const struct pol_table *t, const struct pol_prt_program *p,
                   const struct pol_prt_opclass *opclass,
                   void (*found)(void *user, const struct pol_prt_action *action), void *user)
{
    struct walk w = {.t = t, .opclass = opclass};
    struct states states;
    uint32_t i = 0;
    arena_init(&w.arena);
    if (p->layout == POL_LAYOUT_DENSE) {
        states = dense_states(&w, p);
        i = p->nmap;
    } else {
        states = states_new(&w, state_count(t, p, 0));
        states_add(&states, p->start);
    }
    for (; i < p->nlevels; i++)
        states = next_states(&w, &t->levels[p->first_level + i], &states, state_count(t, p, i + 1));
    for (uint32_t s = 0; s < states.n; s++)
        if (states.in[s])
            found(user, &t->actions[p->first_action + s]);
    arena_free(&w.arena);
}
