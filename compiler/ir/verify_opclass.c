/* Invariants of opclasses and of the decode list. */
#include <inttypes.h>
#include <string.h>

#include "compiler/ir/cube.h"
#include "compiler/ir/verify.h"

static struct cube entry_cube(const struct ir_decode *entry)
{
    return (struct cube){entry->mask, entry->match};
}

static struct cube row_cube(const struct pol_insn *insn)
{
    return (struct cube){insn->mask, insn->match};
}

static uint32_t decode(const struct ir *ir, uint32_t word)
{
    for (uint32_t i = 0; i < ir->ndecode; i++)
        if (cube_has(entry_cube(&ir->decode[i]), word))
            return ir->decode[i].opclass;
    return 0;
}

static bool in_group(const struct ir_group *group, uint32_t word)
{
    for (uint32_t m = 0; m < group->nmatchers; m++)
        if ((word & group->matchers[m].mask) == group->matchers[m].match)
            return true;
    return false;
}

static bool has_group(const struct ir_opclass *class, uint32_t group)
{
    for (uint32_t i = 0; i < class->ngroups; i++)
        if (class->groups[i] == group)
            return true;
    return false;
}

/* The groups that a word is in are exactly those of its opclass. */
static const char *check_membership(const struct ir *ir, uint32_t word, uint32_t class_id)
{
    const struct ir_opclass *class = &ir->opclasses[class_id];
    for (uint32_t g = 0; g < ir->ngroups; g++)
        if (in_group(&ir->groups[g], word) != has_group(class, g))
            return ir_broken(ir, "opclass %s: word %08" PRIx32 " and group %s disagree",
                             class->name, word, ir->groups[g].name);
    return NULL;
}

static const char *check_class(const struct ir *ir, uint32_t id)
{
    const struct ir_opclass *class = &ir->opclasses[id];
    const struct pol_insn *insn = class->insn < 0 ? NULL : pol_insn_at((size_t) class->insn);
    if (!class->name || !insn || !pol_isa_has(&ir->isa, insn))
        return ir_broken(ir, "opclass %" PRIu32 ": no name or no instruction", id);
    struct pol_form form = pol_insn_form(insn);
    if (memcmp(&form, &class->form, sizeof form) != 0)
        return ir_broken(ir, "opclass %s: wrong operand form", class->name);
    for (uint32_t i = 0; i < class->ngroups; i++)
        if (class->groups[i] >= ir->ngroups || (i > 0 && class->groups[i] <= class->groups[i - 1]))
            return ir_broken(ir, "opclass %s: groups are not known and ascending", class->name);
    if (pol_isa_decode(&ir->isa, class->sample) != class->insn)
        return ir_broken(ir, "opclass %s: sample is another instruction", class->name);
    if (decode(ir, class->sample) != id)
        return ir_broken(ir, "opclass %s: sample has another opclass", class->name);
    return NULL;
}

static const char *check_entry(const struct ir *ir, uint32_t index, const struct cube *cubes)
{
    const struct ir_decode *entry = &ir->decode[index];
    if (entry->match & ~entry->mask)
        return ir_broken(ir, "decode %" PRIu32 ": match outside mask", index);
    if (entry->opclass >= ir->nopclasses)
        return ir_broken(ir, "decode %" PRIu32 ": no such opclass", index);
    uint32_t word;
    if (cube_find(cubes[index], cubes, index, entry->match, &word) != CUBE_FOUND)
        return ir_broken(ir, "decode %" PRIu32 ": never reached", index);
    int row = pol_isa_decode(&ir->isa, word);
    if (entry->opclass == 0)
        return row < 0 ? NULL : ir_broken(ir, "decode %" PRIu32 ": hole in an instruction", index);
    if (row < 0 || !cube_within(cubes[index], row_cube(pol_insn_at((size_t)row))))
        return ir_broken(ir, "decode %" PRIu32 ": not within one instruction", index);
    struct pol_form form = pol_insn_form(pol_insn_at((size_t)row));
    if (memcmp(&form, &ir->opclasses[entry->opclass].form, sizeof form) != 0)
        return ir_broken(ir, "decode %" PRIu32 ": operand form of another opclass", index);
    return check_membership(ir, word, entry->opclass);
}

/* Every word of every instruction of the target meets an entry. */
static const char *check_cover(const struct ir *ir, const struct cube *cubes)
{
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        uint32_t word;
        if (pol_isa_has(&ir->isa, insn) &&
            cube_find(row_cube(insn), cubes, ir->ndecode, insn->match, &word) != CUBE_COVERED)
            return ir_broken(ir, "decode: %s is not covered", insn->name);
    }
    return NULL;
}

const char *ir_verify_opclasses(const struct ir *ir)
{
    if (ir->nopclasses == 0)
        return "no opclass 0";
    struct cube *cubes = ARENA_ARRAY(ir->arena, struct cube, (size_t)ir->ndecode + 1);
    for (uint32_t i = 0; i < ir->ndecode; i++)
        cubes[i] = entry_cube(&ir->decode[i]);
    for (uint32_t id = 1; id < ir->nopclasses; id++)
        TRY(check_class(ir, id));
    for (uint32_t i = 0; i < ir->ndecode; i++)
        TRY(check_entry(ir, i, cubes));
    return check_cover(ir, cubes);
}
