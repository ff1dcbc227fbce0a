/* From the instructions that a test is about to opclasses, and back to text. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/cube.h"
#include "compiler/trial/trial.h"

/* A word of x10 to x13, where it can be chosen. */
#define PREFERRED (10u << 7 | 11u << 15 | 12u << 20 | 13u << 27)

static bool known(const struct trial_cases *cases, uint32_t opclass)
{
    for (size_t i = 0; i < cases->count; i++)
        if (cases->items[i].opclass == opclass)
            return true;
    return false;
}

/* A word of the instruction that the decode entry is the first to take. */
static enum cube_search find_word(const struct ir *ir, const struct cube *decode, uint32_t entry,
                                  const struct model_inst *inst, uint32_t *word)
{
    struct cube in = {inst->mask, inst->match};
    if (!ir->decode[entry].opclass || !cube_meets(in, decode[entry]))
        return CUBE_COVERED;
    return cube_find(cube_both(in, decode[entry]), decode, entry, PREFERRED, word);
}

static int compare_cases(const void *a, const void *b)
{
    const struct trial_case *x = a, *y = b;
    return x->opclass < y->opclass ? -1 : x->opclass > y->opclass;
}

bool trial_cases_of(const struct ir *ir, const struct model_subject *subject, struct arena *arena,
                    struct trial_cases *out)
{
    struct cube *decode = ARENA_ARRAY(arena, struct cube, ir->ndecode + (size_t)1);
    memset(out, 0, sizeof *out);
    for (uint32_t e = 0; e < ir->ndecode; e++)
        decode[e] = (struct cube){ir->decode[e].mask, ir->decode[e].match};
    for (uint32_t i = 0; i < subject->ninsts; i++)
        for (uint32_t e = 0; e < ir->ndecode; e++) {
            uint32_t word;
            if (known(out, ir->decode[e].opclass))
                continue;
            enum cube_search found = find_word(ir, decode, e, &subject->insts[i], &word);
            if (found == CUBE_GAVE_UP)
                return false;
            if (found != CUBE_FOUND)
                continue;
            struct trial_case one = {word, ir->decode[e].opclass};
            VEC_PUSH(arena, out, one);
        }
    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare_cases);
    return true;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static bool is_empty(const struct pol_space *space, const uint32_t *lit)
{
    for (uint32_t i = 0; i < space->words; i++)
        if (lit[i])
            return false;
    return true;
}

static void add_set(struct str_buf *out, const struct pol_space *space, const uint32_t *lit)
{
    size_t need = pol_lit_format(space, lit, NULL, 0) + 1;
    char *text = lang_xalloc(need);
    pol_lit_format(space, lit, text, need);
    str_add(out, text);
    free(text);
}

void trial_line(const struct ir *ir, const struct pol_tuple *tuple, uint32_t opclass,
                struct str_buf *out)
{
    static const char *const names[POL_TUPLE_SETS] = {"env", "code", "op1", "op2",
                                                      "op3", "mem",  "rd"};
    const char *name = ir->opclasses[opclass].name;
    if (opclass && !strchr(name, '#') && pol_insn_find(&ir->isa, name) >= 0)
        str_add(out, name);
    else
        str_printf(out, "0x%08" PRIx32, tuple->word);
    for (unsigned i = 0; i < POL_TUPLE_SETS; i++) {
        if (is_empty(ir->space, tuple->set[i]))
            continue;
        str_printf(out, " %s=", names[i]);
        add_set(out, ir->space, tuple->set[i]);
    }
}
