/* How operators and operand kinds are written. */
#include <stdlib.h>

#include "lang/ast.h"

const char *ast_slot_name(enum ast_slot slot)
{
    static const char *const names[] = {"RD", "RS1", "RS2", "RS3", "CSR", "MEM"};
    return names[slot];
}

const char *ast_cmp_name(enum ast_cmp cmp)
{
    static const char *const names[] = {"==", "!=", "<", "<=", ">", ">="};
    return names[cmp];
}

const char *ast_arith_name(enum ast_arith op)
{
    static const char *const names[] = {"+", "-", "*", "/", "%", "\\/", "/\\"};
    return names[op];
}

const char *ast_change_name(enum ast_change change)
{
    static const char *const names[] = {"drop", "add", "lower", "raise"};
    return names[change];
}

const char *ast_section_name(enum ast_section_kind kind)
{
    static const char *const names[] = {"import",   "owns",   "type",    "metadata",
                                        "group",    "policy", "require", "param",
                                        "response", "test",   "prove"};
    return names[kind];
}

const char *ast_pop_name(enum ast_pop op)
{
    static const char *const names[] = {"", "^", "|", "&"};
    return names[op];
}
