/* A program that uses the installed library: asks a rule table of the policy rwx about two loads.
 * Usage: consumer TABLE.prt */
#include <stdio.h>
#include <string.h>

#include <pol/diff.h>
#include <pol/image.h>
#include <pol/isa.h>
#include <pol/machine.h>
#include <pol/monitor_abi.h>
#include <pol/report.h>
#include <pol/table.h>
#include <pol/tagger.h>
#include <pol/tagset.h>
#include <pol/trace.h>
#include <pol/trace_text.h>

static int parse(const struct pol_space *space, const char *text, uint32_t *set)
{
    char err[200];
    if (pol_lit_parse(space, text, strlen(text), set, err, sizeof err) == 0)
        return 0;
    fprintf(stderr, "%s: %s\n", text, err);
    return -1;
}

enum { CANNOT_ASK = -1 };

/* The verdict on `lw a0, 0(a1)` of memory with these tags, or CANNOT_ASK. */
static int ask(struct pol_engine *engine, const char *mem)
{
    struct pol_tuple tuple;
    struct pol_evaluation evaluation;
    struct pol_isa isa;
    char err[200];
    if (pol_isa_parse("rv64imafdc_zicsr_zifencei", &isa, err, sizeof err) != 0 ||
        pol_tuple_init(&tuple, engine->space) != 0)
        return CANNOT_ASK;
    int verdict = CANNOT_ASK;
    tuple.word = 0x0005a503;
    if (pol_evaluation_init(&evaluation, engine) == 0) {
        if (parse(engine->space, "{Ex}", tuple.set[POL_OP_CODE]) == 0 &&
            parse(engine->space, mem, tuple.set[POL_OP_MEM]) == 0 &&
            pol_evaluate_tuple(engine, &isa, &tuple, true, &evaluation) == POL_EVAL_OK)
            verdict = (int)evaluation.answer.verdict;
        pol_evaluation_free(&evaluation);
    }
    pol_tuple_free(&tuple);
    return verdict;
}

int main(int argc, char **argv)
{
    char err[400] = "";
    struct pol_table *table = argc == 2 ? pol_table_load(argv[1], err, sizeof err) : NULL;
    if (!table) {
        fprintf(stderr, "no table: %s\n", err);
        return 1;
    }
    struct pol_space *space = pol_table_space(table);
    struct pol_engine *engine = space ? pol_table_engine_new(table, space) : NULL;
    int good = engine ? ask(engine, "{Rd}") : CANNOT_ASK,
        bad = engine ? ask(engine, "{}") : CANNOT_ASK;
    /* No memory is ever writable and not readable: the table fails closed, by no rule. */
    int never = engine ? ask(engine, "{Wr}") : CANNOT_ASK;
    printf("readable: %s, not readable: %s, impossible: %s\n",
           good == POL_ALLOW ? "allowed" : "not allowed",
           bad == POL_FAIL_EXPLICIT ? "fails" : "does not fail",
           never == POL_FAIL_IMPLICIT ? "fails" : "does not fail");
    if (engine)
        engine->ops->destroy(engine);
    pol_space_free(space);
    pol_table_free(table);
    return good == POL_ALLOW && bad == POL_FAIL_EXPLICIT && never == POL_FAIL_IMPLICIT ? 0 : 1;
}
