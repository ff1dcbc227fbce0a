/* Expressions and conditions of the text form. */
#include <inttypes.h>

#include "compiler/ir/print.h"
#include "compiler/ir/text.h"

void ir_put_tag(const struct ir *ir, FILE *out, uint32_t tag)
{
    const struct pol_tag_info *info = &ir->space->tags[tag];
    fprintf(out, "%s.%s", info->module, info->name);
}

static void put_ref(const struct ir *ir, FILE *out, struct ir_ref ref)
{
    fprintf(out, "%s.(", ir_text_places[ref.op]);
    ir_put_tag(ir, out, ref.tag);
    fprintf(out, ").%" PRIu32, ref.arg);
}

void ir_put_int(const struct ir *ir, FILE *out, struct ir_int_id id)
{
    const struct ir_int *node = &ir->ints[id.v];
    switch (node->kind) {
    case IR_INT_CONST:
        fprintf(out, "%" PRId64, node->value);
        return;
    case IR_INT_ARG:
        put_ref(ir, out, node->ref);
        return;
    case IR_INT_NEW:
        fprintf(out, "(new %" PRIu32 " %" PRIu32 ")", node->counter, node->new_index);
        return;
    default:
        break;
    }
    fprintf(out, "(%s ", ir_text_int_ops[node->kind - IR_INT_ADD]);
    if (node->kind == IR_INT_JOIN || node->kind == IR_INT_MEET)
        fprintf(out, "%" PRIu32 " ", node->lattice);
    ir_put_int(ir, out, node->a);
    fputc(' ', out);
    ir_put_int(ir, out, node->b);
    fputc(')', out);
}

static void put_relation_guard(const struct ir *ir, FILE *out, const struct ir_guard *node)
{
    fprintf(out, "%" PRIu32, node->relation);
    for (uint32_t i = 0; i < ir->relations[node->relation].nargs; i++) {
        fputc(' ', out);
        ir_put_int(ir, out, node->args[i]);
    }
}

static void put_operands(const struct ir *ir, FILE *out, const struct ir_guard *node)
{
    switch (node->kind) {
    case IR_GUARD_SETEQ:
        put_ref(ir, out, node->r);
        fputc(' ', out);
        put_ref(ir, out, node->s);
        return;
    case IR_GUARD_RELATION:
        put_relation_guard(ir, out, node);
        return;
    case IR_GUARD_NOT:
        ir_put_guard(ir, out, node->a);
        return;
    case IR_GUARD_AND:
    case IR_GUARD_OR:
        ir_put_guard(ir, out, node->a);
        fputc(' ', out);
        ir_put_guard(ir, out, node->b);
        return;
    default:
        ir_put_int(ir, out, node->x);
        fputc(' ', out);
        ir_put_int(ir, out, node->y);
    }
}

void ir_put_guard(const struct ir *ir, FILE *out, struct ir_guard_id id)
{
    const struct ir_guard *node = &ir->guards[id.v];
    if (node->kind == IR_GUARD_TRUE || node->kind == IR_GUARD_FALSE) {
        fputs(ir_text_guards[node->kind], out);
        return;
    }
    fprintf(out, "(%s ", ir_text_guards[node->kind]);
    put_operands(ir, out, node);
    fputc(')', out);
}

static void put_mod(const struct ir *ir, FILE *out, const struct ir_mod *mod)
{
    const struct pol_tag_info *info = &ir->space->tags[mod->tag];
    fputs(mod->remove ? " -" : " +", out);
    ir_put_tag(ir, out, mod->tag);
    if (mod->remove || info->nargs == 0)
        return;
    for (uint32_t a = 0; a < info->nargs; a++) {
        fputc(a == 0 ? '(' : ' ', out);
        if (info->args[a].is_set)
            ir_put_set(ir, out, mod->args[a].set);
        else
            ir_put_int(ir, out, mod->args[a].number);
    }
    fputc(')', out);
}

void ir_put_set(const struct ir *ir, FILE *out, struct ir_set_id id)
{
    const struct ir_set *node = &ir->sets[id.v];
    switch (node->kind) {
    case IR_SET_OPERAND:
        fputs(ir_text_places[node->op], out);
        return;
    case IR_SET_ARG:
        put_ref(ir, out, node->ref);
        return;
    case IR_SET_EMPTY:
        fputs("{}", out);
        return;
    case IR_SET_MODIFY:
        fputs("(modify ", out);
        ir_put_set(ir, out, node->a);
        for (uint32_t m = 0; m < node->nmods; m++)
            put_mod(ir, out, &node->mods[m]);
        break;
    case IR_SET_UNION:
    case IR_SET_INTER:
        fputs(node->kind == IR_SET_UNION ? "(union " : "(inter ", out);
        ir_put_set(ir, out, node->a);
        fputc(' ', out);
        ir_put_set(ir, out, node->b);
        break;
    }
    fputc(')', out);
}

static void put_tags(const struct ir *ir, FILE *out, char sign, const uint32_t *tags, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        fprintf(out, " %c", sign);
        ir_put_tag(ir, out, tags[i]);
    }
}

bool ir_cond_is_empty(const struct ir_cond *cond)
{
    return !cond->nrequired && !cond->nforbidden && !cond->exact && !cond->never;
}

void ir_put_cond(const struct ir *ir, FILE *out, const struct ir_cond *cond)
{
    put_tags(ir, out, '+', cond->required, cond->nrequired);
    put_tags(ir, out, '-', cond->forbidden, cond->nforbidden);
    fputs(cond->exact ? " exact" : "", out);
    fputs(cond->never ? " never" : "", out);
}
