/* The policy as a pure function of operand literals. */
#include <pol/machine.h>

#include <stdlib.h>
#include <string.h>

int pol_tuple_init(struct pol_tuple *tuple, const struct pol_space *space)
{
    uint32_t *words = calloc((size_t)POL_TUPLE_SETS * space->words, sizeof *words);
    memset(tuple, 0, sizeof *tuple);
    if (!words)
        return -1;
    for (size_t i = 0; i < POL_TUPLE_SETS; i++)
        tuple->set[i] = words + i * space->words;
    return 0;
}

void pol_tuple_free(struct pol_tuple *tuple)
{
    free(tuple->set[0]); /* one block */
    memset(tuple, 0, sizeof *tuple);
}

void pol_tuple_copy(struct pol_tuple *to, const struct pol_tuple *from,
                    const struct pol_space *space)
{
    to->word = from->word;
    for (size_t i = 0; i < POL_TUPLE_SETS; i++)
        memcpy(to->set[i], from->set[i], space->words * sizeof *to->set[i]);
}

int pol_evaluation_init(struct pol_evaluation *evaluation, const struct pol_engine *engine)
{
    size_t words = engine->space->words;
    memset(evaluation, 0, sizeof *evaluation);
    uint32_t *results = calloc(POL_RESULTS * words, sizeof *results);
    evaluation->answer.deciding =
        calloc(engine->ndeciders + (size_t)1, sizeof *evaluation->answer.deciding);
    if (!results || !evaluation->answer.deciding) {
        free(results);
        free(evaluation->answer.deciding);
        memset(evaluation, 0, sizeof *evaluation);
        return -1;
    }
    for (size_t i = 0; i < POL_RESULTS; i++)
        evaluation->result[i] = results + i * words;
    return 0;
}

void pol_evaluation_free(struct pol_evaluation *evaluation)
{
    free(evaluation->result[0]); /* one block */
    free(evaluation->answer.deciding);
    memset(evaluation, 0, sizeof *evaluation);
}

/* ---- Evaluating ------------------------------------------------------------------------------ */

/* Values of the operands, the old destination, {}, then of the results. */
enum { VALUE_EMPTY = POL_TUPLE_SETS, VALUE_RESULT, VALUES = VALUE_RESULT + POL_RESULTS };

struct tuple_values {
    unsigned char *block;
    size_t size;
};

static unsigned char *value_at(const struct tuple_values *values, unsigned index)
{
    return values->block + index * values->size;
}

static bool tuple_has(const struct pol_form *form, unsigned set)
{
    switch (set) {
    case POL_OP_OP1:
        return form->op1 != POL_FILE_NONE;
    case POL_OP_OP2:
        return form->op2 != POL_FILE_NONE;
    case POL_OP_OP3:
        return form->op3 != POL_FILE_NONE;
    case POL_OP_MEM:
        return form->mem != POL_MEM_NONE;
    case POL_TUPLE_RD:
        return form->rd != POL_FILE_NONE;
    default:
        return true;
    }
}

static enum pol_eval_status encode_tuple(struct pol_engine *engine, const struct pol_tuple *tuple,
                                         const struct tuple_values *values, const uint32_t *empty,
                                         struct pol_evaluation *evaluation)
{
    for (unsigned i = 0; i < POL_TUPLE_SETS; i++) {
        const uint32_t *lit = tuple_has(&evaluation->form, i) ? tuple->set[i] : empty;
        evaluation->bad = i;
        if (engine->ops->encode(engine, lit, value_at(values, i)))
            return POL_EVAL_UNENCODABLE;
    }
    return engine->ops->encode(engine, empty, value_at(values, VALUE_EMPTY)) ? POL_EVAL_UNENCODABLE
                                                                             : POL_EVAL_OK;
}

static void ask(struct pol_engine *engine, uint32_t word, const struct tuple_values *values,
                struct pol_evaluation *evaluation)
{
    struct pol_inputs inputs = {.word = word};
    bool csr = evaluation->form.op2 == POL_FILE_CSR;
    void *out[POL_RESULTS];
    for (unsigned i = 0; i < POL_OPERANDS; i++)
        inputs.in[i] = value_at(values, i);
    inputs.old[POL_RES_ENV] = inputs.in[POL_OP_ENV];
    inputs.old[POL_RES_RD] = value_at(values, POL_TUPLE_RD);
    inputs.old[POL_RES_CSR] = csr ? inputs.in[POL_OP_OP2] : value_at(values, VALUE_EMPTY);
    inputs.old[POL_RES_MEM] = inputs.in[POL_OP_MEM];
    for (unsigned i = 0; i < POL_RESULTS; i++) { /* results that it lacks stay as they are */
        out[i] = value_at(values, VALUE_RESULT + i);
        memcpy(out[i], inputs.old[i], engine->value_size);
    }
    engine->ops->begin(engine);
    engine->ops->evaluate(engine, &inputs, out, &evaluation->answer);
}

static enum pol_eval_status decode_results(struct pol_engine *engine,
                                           const struct tuple_values *values,
                                           struct pol_evaluation *evaluation)
{
    if (evaluation->answer.verdict != POL_ALLOW)
        return POL_EVAL_OK;
    for (unsigned i = 0; i < POL_RESULTS; i++)
        if (engine->ops->decode(engine, value_at(values, VALUE_RESULT + i), evaluation->result[i]))
            return POL_EVAL_INVALID;
    return POL_EVAL_OK;
}

enum pol_eval_status pol_evaluate_tuple(struct pol_engine *engine, const struct pol_isa *isa,
                                        const struct pol_tuple *tuple, bool commit,
                                        struct pol_evaluation *evaluation)
{
    int row = pol_isa_decode(isa, tuple->word);
    struct tuple_values values = {calloc(VALUES, engine->value_size), engine->value_size};
    uint32_t *empty = calloc(engine->space->words, sizeof *empty);
    enum pol_eval_status status = POL_EVAL_MEMORY;
    memset(&evaluation->form, 0, sizeof evaluation->form);
    if (row >= 0)
        evaluation->form = pol_insn_form(pol_insn_at((size_t)row));
    if (values.block && empty)
        status = encode_tuple(engine, tuple, &values, empty, evaluation);
    if (status == POL_EVAL_OK) {
        ask(engine, tuple->word, &values, evaluation);
        status = decode_results(engine, &values, evaluation);
    }
    if (status == POL_EVAL_OK && commit && evaluation->answer.verdict == POL_ALLOW)
        engine->ops->commit(engine);
    free(values.block);
    free(empty);
    return status;
}
