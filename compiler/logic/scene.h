/* A scene: the tag sets that an instruction meets, as variables of a solver.
 *
 * Purpose: what steps (step.h) read.  Several steps, of one or of two IRs, can share a scene.
 * A *slot* is an operand (enum pol_operand), or SCENE_OLD_RD: what the destination register held.
 * What CSR and MEM held are the operands op2 and mem.  A slot holds {} where the instruction has no
 * such operand.
 *
 * Which sets: with a `reach`, a slot holds exactly the sets whose shape can occur in its kinds of
 * places, domain by domain (compiler/table/reach.h); without one, every set.  Arguments have all
 * values of their types; TagSet arguments hold the sets that can occur in such arguments.
 *
 * Variables are made on demand.  Those of a domain whose shapes are listed are the number of the
 * shape, and the presence of a tag is a function of it.
 * Ownership: the scene is in the solver's arena; universe and reach are borrowed. */
#ifndef COMPILER_LOGIC_SCENE_H
#define COMPILER_LOGIC_SCENE_H

#include "compiler/ir/ir.h"
#include "compiler/logic/bits.h"
#include "compiler/table/reach.h"

#define SCENE_OLD_RD POL_OPERANDS
#define SCENE_SLOTS (POL_OPERANDS + 1)

/* The tags, whoever's they are. */
struct universe {
    const struct pol_space *space;
    const uint32_t *domain; /* per tag */
    uint32_t ndomains;
    const bool *component;     /* per domain: TagSet arguments of its tags hold only its own tags;
                                  else all tags */
    const struct reach *reach; /* NULL: every set; else of the same tags and domains */
};
/* Those of an IR; reach may be NULL. */
struct universe universe_of_ir(struct arena *arena, const struct ir *ir, const struct reach *reach);

/* The kinds of places (POL_KIND_*) of each slot for instructions of a form. */
void scene_kinds(const struct pol_form *form, uint32_t kinds[SCENE_SLOTS]);

/* Contents of a TagSet argument: has[i], nargs[i] and args[i] are those of tags[i]. */
struct nested {
    uint32_t n;
    const uint32_t *tags; /* ids of the scene, ascending; steps have further ones (step.h) */
    const uint32_t *nargs;
    const sat_lit *has;
    const struct arg *const *args; /* of tags without arguments NULL */
};
/* An argument: a number, or a set. */
struct arg {
    struct bits number;
    const struct nested *set; /* NULL: a number */
};

struct scene;
struct scene *scene_new(struct sat *sat, const struct universe *universe,
                        const uint32_t kinds[SCENE_SLOTS]);
struct sat *scene_sat(struct scene *scene);
const struct universe *scene_universe(const struct scene *scene);

/* Is the tag in the slot's set? */
sat_lit scene_has(struct scene *scene, uint32_t slot, uint32_t tag);
/* Its arguments, as many as the tag has; where it is absent, they say nothing. */
const struct arg *scene_args(struct scene *scene, uint32_t slot, uint32_t tag);
/* Are exactly `tags` (ascending) those of the domain in the slot's set?  IR_NONE: of all domains.
 */
sat_lit scene_exact(struct scene *scene, uint32_t slot, uint32_t domain, const uint32_t *tags,
                    uint32_t ntags);

/* The state of a counter behind `new` before the step: below its limit, or (exhaust) at most the
 * limit.  Steps that give the same id share it. */
struct bits scene_counter(struct scene *scene, uint32_t id, uint64_t limit, bool exhaust);

/* Can the slot's set occur in these kinds of places, says another reach?  map: that one's tags ->
 * the scene's, SCENE_NO_TAG where the scene has none; NULL: the same.  Tags of the scene that the
 * map does not name are not looked at. */
#define SCENE_NO_TAG UINT32_MAX
sat_lit scene_reachable(struct scene *scene, uint32_t slot, uint32_t kinds,
                        const struct reach *reach, const uint32_t *map);

/* --- arguments of one tag -------------------------------------------------------------------- */

sat_lit args_equal(struct sat *sat, uint32_t nargs, const struct arg *a, const struct arg *b);
sat_lit arg_equal(struct sat *sat, struct arg a, struct arg b);
sat_lit nested_equal(struct sat *sat, const struct nested *a, const struct nested *b);
/* The entry of a tag, -1: it is in no such set. */
long nested_find(const struct nested *set, uint32_t tag);
/* TagSet arguments of a and b list the same tags. */
const struct arg *args_ite(struct sat *sat, uint32_t nargs, sat_lit cond, const struct arg *a,
                           const struct arg *b);
struct arg arg_ite(struct sat *sat, sat_lit cond, struct arg a, struct arg b);

#endif
