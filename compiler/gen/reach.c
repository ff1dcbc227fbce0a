/* Operands of opclasses, and which actions of a decider some input may reach. */
#include <pol/kinds.h>

#include "compiler/gen/gen.h"
#include "compiler/gen/view.h"

uint32_t gen_kinds(const struct pol_prt_opclass *c, unsigned set)
{
    struct pol_form form = pol_opclass_form(c);
    return pol_operand_kinds(&form, set);
}

void gen_reachable(const struct pol_table *t, uint32_t decider, uint32_t opclass,
                   void (*found)(void *user, const struct pol_prt_action *action), void *user)
{
    struct arena arena;
    arena_init(&arena);
    struct view *v = view_new(&arena, t, decider, opclass);
    view_reach(v, &arena);
    for (uint32_t s = 0; s < v->p->nactions; s++)
        if (v->reached[s])
            found(user, &t->actions[view_action(v, s)]);
    arena_free(&arena);
}
