/* Groups, opclasses and the decode list of the text form. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "compiler/ir/parse.h"
#include "compiler/ir/text.h"

/* ---- Groups -------------------------------------------------------------------------------- */

/* M/K */
static bool parse_cube(struct parser *p, uint32_t *mask, uint32_t *match)
{
    return parse_hex(p, match) && parse_expect_char(p, '/') && parse_hex(p, mask);
}

/* The row of the target of that name.  Rows of one name differ in their words. */
static int find_row(const struct parser *p, const char *name, const struct ir_matcher *m)
{
    for (size_t row = 0; row < pol_insn_count(); row++) {
        const struct pol_insn *insn = pol_insn_at(row);
        if (strcmp(insn->name, name) == 0 && pol_isa_has(&p->ir->isa, insn) &&
            (m->mask & insn->mask) == insn->mask && (m->match & insn->mask) == insn->match)
            return (int)row;
    }
    return -1;
}

bool parse_matcher(struct parser *p, struct ir_matcher *matcher)
{
    const char *name;
    if (!parse_cube(p, &matcher->mask, &matcher->match) || !parse_word(p, &name))
        return false;
    matcher->insn = find_row(p, name, matcher);
    if (matcher->insn < 0)
        return parse_fail(p, "no instruction `%s` of the target has such words", name);
    return parse_end(p);
}

static bool parse_group_result(struct parser *p, struct ir_group *group)
{
    uint32_t result;
    if (!parse_choice(p, ir_text_results, POL_RESULTS, "a result", &result) ||
        !parse_name(p, &group->result_name[result]))
        return false;
    group->listed |= (uint8_t)(1u << result);
    return parse_end(p);
}

static bool parse_group_line(struct parser *p, struct ir_group *group)
{
    uint32_t op;
    if (parse_accept(p, "operand"))
        return parse_choice(p, ir_text_places, POL_OPERANDS, "an operand", &op) &&
               parse_name(p, &group->operand_name[op]) && parse_end(p);
    if (parse_accept(p, "result"))
        return parse_group_result(p, group);
    if (!parse_expect(p, "match"))
        return false;
    PARSE_ROOM(p, group->matchers, group->nmatchers);
    return parse_matcher(p, &group->matchers[group->nmatchers++]);
}

bool parse_group(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_group group = {0};
    if (!parse_index(p, ir->ngroups) || !parse_name(p, &group.name) || !parse_end(p))
        return false;
    while (parse_line(p, 2))
        if (!parse_group_line(p, &group))
            return false;
    PARSE_ROOM(p, ir->groups, ir->ngroups);
    ir->groups[ir->ngroups++] = group;
    return true;
}

/* ---- Opclasses ----------------------------------------------------------------------------- */

/* The form follows from the instruction; that it is written down is for the reader. */
static bool expect_form(struct parser *p, const struct pol_form *form)
{
    char access[32];
    snprintf(access, sizeof access, "%s:%u", ir_text_uses[form->mem], form->size);
    return parse_expect(p, "form") && parse_expect(p, ir_text_files[form->op1]) &&
           parse_expect(p, ir_text_files[form->op2]) && parse_expect(p, ir_text_files[form->op3]) &&
           parse_expect(p, "mem") && parse_expect(p, access) && parse_expect(p, "rd") &&
           parse_expect(p, ir_text_files[form->rd]) && parse_expect(p, "csr") &&
           parse_expect(p, form->csr ? "1" : "0");
}

static bool parse_members(struct parser *p, struct ir_opclass *class)
{
    if (!parse_expect(p, "groups"))
        return false;
    while (!parse_at_end(p)) {
        PARSE_ROOM(p, class->groups, class->ngroups);
        if (!parse_u32(p, &class->groups[class->ngroups++]))
            return false;
    }
    return true;
}

static bool parse_class(struct parser *p, struct ir_opclass *class)
{
    if (!parse_expect(p, "sample") || !parse_hex(p, &class->sample))
        return false;
    class->insn = pol_isa_decode(&p->ir->isa, class->sample);
    if (class->insn < 0)
        return parse_fail(p, "the sample is no instruction of the target");
    class->form = pol_insn_form(pol_insn_at((size_t) class->insn));
    return expect_form(p, &class->form) && parse_members(p, class);
}

bool parse_opclass(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_opclass class = {.insn = -1};
    if (!parse_index(p, ir->nopclasses) || !parse_name(p, &class.name) ||
        (ir->nopclasses > 0 && !parse_class(p, &class)) || !parse_end(p))
        return false;
    PARSE_ROOM(p, ir->opclasses, ir->nopclasses);
    ir->opclasses[ir->nopclasses++] = class;
    return true;
}

bool parse_decode(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_decode entry;
    if (!parse_cube(p, &entry.mask, &entry.match) || !parse_u32(p, &entry.opclass) || !parse_end(p))
        return false;
    PARSE_ROOM(p, ir->decode, ir->ndecode);
    ir->decode[ir->ndecode++] = entry;
    return true;
}
