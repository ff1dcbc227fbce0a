/* Does every word decode to the opclass of its groups?
 *
 * Cells of words are cubes (mask, match); a cell is split bit by bit until the decode entries and
 * the groups' matchers that concern it contain it or miss it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/cube.h"
#include "compiler/verify/internal.h"

struct matcher {
    struct cube cube;
    uint32_t group;
};

/* What may still concern a cell. */
struct lists {
    uint32_t *entries; /* indices of DECODE, ascending */
    uint32_t nentries;
    struct matcher *matchers; /* by group */
    uint32_t nmatchers;
};

static struct cube entry_cube(const struct vf *v, uint32_t entry)
{
    return (struct cube){v->t->decode[entry].mask, v->t->decode[entry].match};
}

static struct cube row_cube(size_t row)
{
    const struct pol_insn *insn = pol_insn_at(row);
    return (struct cube){insn->mask, insn->match};
}

static uint32_t lowest(uint32_t bits)
{
    return bits & (~bits + 1);
}

/* --- one cell -----------------------------------------------------------------------------------
 */

static bool wrong_word(struct vf *v, uint32_t word, uint32_t opclass, const char *why)
{
    char text[64];
    pol_insn_format(&v->ir->isa, word, POL_REGS_NUMERIC, text, sizeof text);
    return vf_fail(v, "DECODE: word %08" PRIx32 " (%s) is opclass %s: %s", word, text,
                   v->ir->opclasses[opclass].name, why);
}

/* The cell lies in one entry and in each of its matchers: are those the opclass's groups? */
static bool check_cell(struct vf *v, struct cube cell, const struct pol_form *form,
                       uint32_t opclass, const struct lists *l)
{
    const struct ir_opclass *want = &v->ir->opclasses[opclass];
    uint32_t n = 0;
    if (opclass == 0)
        return wrong_word(v, cell.match, opclass, "it is an instruction of the target");
    if (memcmp(form, &want->form, sizeof *form) != 0)
        return wrong_word(v, cell.match, opclass, "its operand form is another");
    for (uint32_t i = 0; i < l->nmatchers; i++) {
        if (i > 0 && l->matchers[i].group == l->matchers[i - 1].group)
            continue;
        if (n == want->ngroups || want->groups[n] != l->matchers[i].group)
            return wrong_word(v, cell.match, opclass, "it is in a group that the opclass lacks");
        n++;
    }
    return n == want->ngroups ||
           wrong_word(v, cell.match, opclass, "it is not in all groups of the opclass");
}

static struct lists narrow(struct vf *v, struct arena *arena, const struct lists *l,
                           struct cube cell)
{
    struct lists r = {ARENA_ARRAY(arena, uint32_t, l->nentries + 1), 0,
                      ARENA_ARRAY(arena, struct matcher, l->nmatchers + 1), 0};
    for (uint32_t i = 0; i < l->nentries; i++)
        if (cube_meets(cell, entry_cube(v, l->entries[i]))) {
            r.entries[r.nentries++] = l->entries[i];
            if (cube_within(cell, entry_cube(v, l->entries[i])))
                break; /* later ones are never asked */
        }
    for (uint32_t i = 0; i < l->nmatchers; i++)
        if (cube_meets(cell, l->matchers[i].cube))
            r.matchers[r.nmatchers++] = l->matchers[i];
    return r;
}

/* A bit that some entry or matcher looks at and the cell leaves open; 0: none. */
static uint32_t open_bit(const struct vf *v, struct cube cell, const struct lists *l)
{
    uint32_t open = l->nentries ? entry_cube(v, l->entries[0]).mask & ~cell.mask : 0;
    for (uint32_t i = 0; !open && i < l->nmatchers; i++)
        open = l->matchers[i].cube.mask & ~cell.mask;
    return lowest(open);
}

static bool check_words(struct vf *v, struct cube cell, const struct pol_form *form,
                        const struct lists *outer)
{
    struct arena arena;
    if (++v->stats->cubes > VERIFY_MAX_CUBES)
        return vf_fail(v, "DECODE: more than %u cells to look at", VERIFY_MAX_CUBES);
    arena_init(&arena);
    struct lists l = narrow(v, &arena, outer, cell);
    uint32_t bit = open_bit(v, cell, &l);
    bool ok;
    if (bit)
        ok = check_words(v, (struct cube){cell.mask | bit, cell.match}, form, &l) &&
             check_words(v, (struct cube){cell.mask | bit, cell.match | bit}, form, &l);
    else
        ok = check_cell(v, cell, form, l.nentries ? v->t->decode[l.entries[0]].opclass : 0, &l);
    arena_free(&arena);
    return ok;
}

/* --- rows ---------------------------------------------------------------------------------------
 */

/* The words of a row that no earlier row has. */
static bool check_rest(struct vf *v, size_t row, struct cube cell, const struct pol_form *form,
                       const struct lists *l)
{
    for (size_t r = 0; r < row; r++) {
        if (!pol_isa_has(&v->ir->isa, pol_insn_at(r)) || !cube_meets(cell, row_cube(r)))
            continue;
        if (cube_within(cell, row_cube(r)))
            return true;
        uint32_t bit = lowest(row_cube(r).mask & ~cell.mask);
        return check_rest(v, row, (struct cube){cell.mask | bit, cell.match}, form, l) &&
               check_rest(v, row, (struct cube){cell.mask | bit, cell.match | bit}, form, l);
    }
    return check_words(v, cell, form, l);
}

static bool check_row(struct vf *v, size_t row, const struct lists *all)
{
    struct pol_form form = pol_insn_form(pol_insn_at(row));
    struct arena arena;
    arena_init(&arena);
    struct lists l = narrow(v, &arena, all, row_cube(row));
    bool ok = check_rest(v, row, row_cube(row), &form, &l);
    arena_free(&arena);
    return ok;
}

/* A word of the cell that is no instruction and meets this entry first. */
static bool check_hole(struct vf *v, struct cube cell, uint32_t entry)
{
    if (++v->stats->cubes > VERIFY_MAX_CUBES)
        return vf_fail(v, "DECODE: more than %u cells to look at", VERIFY_MAX_CUBES);
    uint32_t open = 0;
    for (size_t row = 0; row < pol_insn_count(); row++) {
        if (!pol_isa_has(&v->ir->isa, pol_insn_at(row)) || !cube_meets(cell, row_cube(row)))
            continue;
        if (cube_within(cell, row_cube(row)))
            return true;
        open |= row_cube(row).mask & ~cell.mask;
    }
    for (uint32_t i = 0; i < entry; i++) {
        if (!cube_meets(cell, entry_cube(v, i)))
            continue;
        if (cube_within(cell, entry_cube(v, i)))
            return true;
        open |= entry_cube(v, i).mask & ~cell.mask;
    }
    uint32_t bit = lowest(open);
    if (!bit)
        return wrong_word(v, cell.match, v->t->decode[entry].opclass, "it is no instruction");
    return check_hole(v, (struct cube){cell.mask | bit, cell.match}, entry) &&
           check_hole(v, (struct cube){cell.mask | bit, cell.match | bit}, entry);
}

/* --- all words ----------------------------------------------------------------------------------
 */

static struct lists everything(struct vf *v)
{
    VEC_OF(struct matcher) matchers = {0};
    for (uint32_t g = 0; g < v->ir->ngroups; g++)
        for (uint32_t m = 0; m < v->ir->groups[g].nmatchers; m++) {
            const struct ir_matcher *from = &v->ir->groups[g].matchers[m];
            struct matcher to = {{from->mask, from->match}, g};
            VEC_PUSH(&v->arena, &matchers, to);
        }
    struct lists l = {ARENA_ARRAY(&v->arena, uint32_t, v->t->n_decode + 1), v->t->n_decode,
                      matchers.items, (uint32_t)matchers.count};
    for (uint32_t i = 0; i < l.nentries; i++)
        l.entries[i] = i;
    return l;
}

bool vf_decode(struct vf *v)
{
    struct lists all = everything(v);
    for (size_t row = 0; row < pol_insn_count(); row++)
        if (pol_isa_has(&v->ir->isa, pol_insn_at(row)) && !check_row(v, row, &all))
            return false;
    for (uint32_t i = 0; i < v->t->n_decode; i++)
        if (v->t->decode[i].opclass && !check_hole(v, entry_cube(v, i), i))
            return false;
    return true;
}
