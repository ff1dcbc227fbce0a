/* Lines of operands: from text to tuples (pol/machine.h). */
#ifndef COMPILER_CLI_OPERANDS_H
#define COMPILER_CLI_OPERANDS_H

#include <pol/machine.h>

#include "compiler/cli/policy.h"

/* A case of the line's first word: an instruction word and the opclass it stands for. */
struct operand_case {
    uint32_t word, opclass;
};

struct operand_tuples {
    struct pol_tuple tuple;     /* its word is one of the cases' */
    struct operand_case *cases; /* at least one */
    size_t count, room;
    uint32_t *loaded; /* the literal of loaded-code's tags, NULL: it has none or is not composed */
};

/* Ready for lines of this policy; short memory ends the process. */
void operands_init(struct operand_tuples *tuples, const struct cli_policy *policy);
void operands_free(struct operand_tuples *tuples);

/* Reads a line.  1: *tuples holds it; 0: nothing on it; -1 with a message in `err`. */
int operands_read(struct operand_tuples *tuples, const struct cli_policy *policy, const char *text,
                  size_t length, char *err, size_t errsize);

/* Name of a set of a tuple: env, code, op1, op2, op3, mem, rd. */
const char *operands_name(unsigned set);
/* Whether an instruction of that form has the set. */
bool operands_has(const struct pol_form *form, unsigned set);

/* Whether a literal is {}. */
bool operands_empty(const uint32_t *lit, const struct pol_space *space);

#endif
