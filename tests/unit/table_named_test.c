/* Bit matrices, reports, responses and names of values in tables made by hand: what the loader
 * refuses, and what a matrix gives. */
#include "tests/unit/check.h"
#include "tests/unit/table_make.h"

enum { RULES = 3 };

static uint32_t add_actions(struct made *m, bool slow)
{
    uint32_t first = m->n_actions;
    for (uint32_t rule = 0; rule < RULES; rule++)
        made_allow(m, rule, slow);
    made_fail(m, POL_NONE);
    return first;
}

static void expect(struct made m, const char *text)
{
    char why[256] = "";
    struct pol_table *t = made_load(&m, why, sizeof why);
    if (text && !strstr(why, text))
        printf("# got \"%s\", want \"%s\"\n", why, text);
    CHECK(text ? !t && strstr(why, text) : t != NULL);
    pol_table_free(t);
    made_close(&m);
}

/* A table with one change. */
#define REFUSED(make, change, text)                                                                \
    do {                                                                                           \
        struct made m = make;                                                                      \
        change;                                                                                    \
        expect(m, text);                                                                           \
    } while (0)
#define ACCEPTED(make, change) REFUSED(make, change, NULL)

/* A program that allows by rule 1 where the matrix has (lane 1, lane 2) of the operand, else by
 * rule 0. */
static struct made one_matrix(void)
{
    struct made m = made_open(1, RULES);
    const struct pol_prt_op list[] = {{.op = POL_OPC_SLOT, .a = POL_OP_OP1, .b = 1},
                                      {.op = POL_OPC_SLOT, .a = POL_OP_OP2, .b = 2},
                                      {.op = POL_OPC_MATRIX, .a = 0, .b = 1, .d = 7, .e = 3}};
    const uint32_t zero = 0, words[] = {0x8040201, 0x80402010, 0xFF};
    struct pol_prt_level l = {.kind = POL_LEVEL_EXPR, .nops = 3, .width = 2, .nstates = 1};
    struct pol_prt_program p = {.nlevels = 1, .first_tuple = POL_NONE, .nactions = RULES + 1};
    p.first_action = add_actions(&m, false);
    l.first_op = MADE_ADD(&m, ops, list, 3);
    MADE_ADD(&m, lut, words, 2);
    MADE_NUMBER(&m, cells, 0);
    MADE_NUMBER(&m, cells, 1);
    MADE_ADD(&m, levels, &l, 1);
    MADE_ADD(&m, programs, &p, 1);
    made_remap(&m, &zero);
    return m;
}

/* The operation, the last of the table. */
#define MATRIX_OP m.ops[m.n_ops - 1]

static void refuse_matrices(void)
{
    CASE("bit matrices: all of them inside LUT");
    ACCEPTED(one_matrix(), (void)m);
    ACCEPTED(one_matrix(), MATRIX_OP.e = 2);
    ACCEPTED(one_matrix(), (MATRIX_OP.d = 0, MATRIX_OP.e = 6));
    ACCEPTED(one_matrix(), (MATRIX_OP.d = 0, MATRIX_OP.e = 0, MATRIX_OP.c = 1));
    REFUSED(one_matrix(), MATRIX_OP.c = 1, "matrix out of range");
    REFUSED(one_matrix(), MATRIX_OP.e = 4, "matrix out of range");
    REFUSED(one_matrix(), MATRIX_OP.d = 15, "matrix out of range");
    REFUSED(one_matrix(), MATRIX_OP.d = 5, "matrix out of range");
    REFUSED(one_matrix(), MATRIX_OP.d = UINT32_MAX, "matrix out of range");
    REFUSED(one_matrix(), (MATRIX_OP.d = 0, MATRIX_OP.e = 32), "matrix out of range");
    REFUSED(one_matrix(), MATRIX_OP.b = 2, "matrix out of range");
    REFUSED(one_matrix(), MATRIX_OP.c = UINT32_MAX, "matrix out of range");
}

static void look_up_matrices(void)
{
    struct made m = one_matrix();
    char why[256] = "";
    uint32_t wrong = 0;
    CASE("a matrix has its bits, and no others, at row and column");
    struct pol_table *t = made_load(&m, why, sizeof why);
    void *memory = t ? calloc(1, pol_eval_bytes(t)) : NULL;
    struct pol_eval eval;
    if (!memory)
        abort();
    pol_eval_init(&eval, t, memory);
    for (uint32_t i = 0; i < 256; i++) { /* beyond 8 rows or columns: the low bits */
        uint32_t word[MADE_SLOTS] = {1, i / 16, i % 16, POL_VALID_BIT}, out[MADE_SLOTS];
        const uint32_t *in[POL_OPERANDS] = {word, word, word, word, word, word};
        const uint32_t *old[POL_RESULTS] = {word, word, word, word};
        uint32_t *const results[POL_RESULTS] = {NULL, out, NULL, NULL}, deciding[1];
        struct pol_answer answer = {.deciding = (uint32_t *)deciding};
        pol_eval_step(&eval, 1, in, old, results, &answer);
        wrong += answer.deciding[0] != (i / 16 % 8 == i % 8);
    }
    CHECK_INT(wrong, 0);
    free(memory);
    pol_table_free(t);
    made_close(&m);
}

static void refuse_reports(void)
{
    const struct pol_prt_response more[] = {{.action = POL_ACTION_REPORT},
                                            {.action = POL_ACTION_HALT}};
    const uint32_t rules[] = {0, 1};
#define WITH(change)                                                                               \
    (MADE_ADD(&m, responses, more, 2), MADE_ADD(&m, reports, rules, 2), m.actions[2].nreports = 2, \
     change)
    CASE("reports: rules of the decider before the one that decides, ascending");
    ACCEPTED(one_matrix(), WITH((void)m));
    ACCEPTED(one_matrix(), WITH((m.actions[2].first_report = 1, m.actions[2].nreports = 1)));
    REFUSED(one_matrix(), WITH(m.actions[2].nreports = 3), "reports out of range");
    REFUSED(one_matrix(), WITH(m.actions[2].first_report = UINT32_MAX), "reports out of range");
    REFUSED(one_matrix(), WITH(m.reports[1] = 0), "do not ascend");
    REFUSED(one_matrix(), WITH(m.reports[1] = m.actions[2].rule), "rule out of range");
    REFUSED(one_matrix(), WITH(m.reports[1] = UINT32_MAX), "rule out of range");
    CASE("responses and names of values");
    REFUSED(one_matrix(), m.meta[0].response = 1, "response out of range");
    REFUSED(one_matrix(), m.responses[0].action = 4, "RESPONSES");
    REFUSED(one_matrix(), m.responses[0].name = m.n_strings, "RESPONSES");
    REFUSED(one_matrix(), m.responses[0].entity = m.n_strings, "RESPONSES");
    REFUSED(one_matrix(), m.args[0].values = 0, "names of values out of range");
    REFUSED(one_matrix(), MADE_NUMBER(&m, values, m.n_strings), "VALUES");
    ACCEPTED(one_matrix(), (m.args[0].max = 0, m.args[0].values = MADE_NUMBER(&m, values, 1)));
#undef WITH
}

int main(void)
{
    refuse_matrices();
    look_up_matrices();
    refuse_reports();
    return check_done();
}
