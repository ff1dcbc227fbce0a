/* A whole policy: sema, lowering, table.  Where a policy compiles, its table and the source
 * interpreter answer random operands alike.
 *
 * Each text is tried as a .pol and as a .dpl file.  Imports are found in $POLICYC_LIBRARY. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/diff.h>
#include <pol/kinds.h>
#include <pol/table.h>

#include "compiler/compile.h"
#include "compiler/interp/interp.h"
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/scratch.h"

enum { TUPLES = 48 };

static void require(bool holds, const char *what, const char *more)
{
    if (holds)
        return;
    fprintf(stderr, "policy: %s: %s\n", what, more);
    abort();
}

static uint64_t rng;

static uint32_t draw(uint32_t limit)
{
    rng = rng * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(rng >> 33) % limit;
}

static uint32_t draw_int(const struct pol_tag_arg *arg)
{
    uint64_t value = draw(3) ? draw(3) : draw(2) ? arg->limit - 1 : draw(1u << 30);
    return (uint32_t)(value % arg->limit);
}

static void fill_flat(const struct pol_space *space, uint32_t *flat)
{
    for (uint32_t t = 0; t < space->ntags; t++) {
        const struct pol_tag_info *tag = &space->tags[t];
        if (tag->has_set_arg || draw(4))
            continue;
        pol_lit_set(flat, t);
        for (uint32_t k = 0; k < tag->nargs; k++)
            flat[tag->args[k].flat_offset] = draw_int(&tag->args[k]);
    }
}

/* A random set of about one tag in `rare`. */
static void fill(const struct pol_space *space, uint32_t *lit, uint32_t rare)
{
    memset(lit, 0, space->words * sizeof *lit);
    for (uint32_t t = 0; t < space->ntags; t++) {
        const struct pol_tag_info *tag = &space->tags[t];
        if (draw(rare))
            continue;
        pol_lit_set(lit, t);
        for (uint32_t k = 0; k < tag->nargs; k++) {
            if (tag->args[k].is_set)
                fill_flat(space, lit + tag->args[k].offset);
            else
                lit[tag->args[k].offset] = draw_int(&tag->args[k]);
        }
    }
}

/* Half of the sets are initial ones: they are representable. */
static void fill_tuple(const struct compiled *c, struct pol_tuple *tuple)
{
    const struct pol_space *space = c->model->space;
    const struct pol_insn *insn = pol_insn_at(draw((uint32_t)pol_insn_count()));
    tuple->word = insn->match | (draw(UINT32_MAX) & ~insn->mask);
    for (uint32_t i = 0; i < POL_TUPLE_SETS; i++) {
        if (draw(2) && c->ir->nentities) {
            const struct ir_entity *entity = &c->ir->entities[draw(c->ir->nentities)];
            memcpy(tuple->set[i], entity->tags, space->words * sizeof *entity->tags);
        } else {
            fill(space, tuple->set[i], 1 + draw(6));
        }
    }
}

/* Whether each set can stand in its operand: the table promises nothing about others, but that they
 * fail closed. */
static bool can_occur(const struct compiled *c, const struct pol_tuple *tuple, uint32_t *word)
{
    int row = pol_isa_decode(&c->model->isa, tuple->word);
    if (row < 0)
        return true;
    struct pol_form form = pol_insn_form(pol_insn_at((size_t)row));
    for (unsigned i = 0; i < POL_TUPLE_SETS; i++) {
        uint32_t kinds = pol_operand_kinds(&form, i);
        if (kinds && (pol_table_encode(c->table, c->model->space, tuple->set[i], word, NULL) ||
                      !(pol_table_kinds(c->table, word) & kinds)))
            return false;
    }
    return true;
}

static void compare(const struct compiled *c)
{
    char err[200] = "", text[8192];
    struct pol_space *space = c->model->space;
    struct pol_engine *engines[2] = {interp_engine_new(c->model),
                                     pol_table_engine_new(c->table, space)};
    require(engines[1] != NULL, "no engine", "table");
    struct pol_diff *diff = pol_diff_new(engines, 2, &c->model->isa, NULL, err, sizeof err);
    struct pol_tuple tuple;
    require(diff && pol_tuple_init(&tuple, space) == 0, "engines cannot be compared", err);
    struct pol_diff_counts counts = {0};
    struct pol_difference difference = {0};
    uint32_t *word = lang_xalloc((c->table->meta->nslots + 2) * sizeof *word);
    for (int i = 0; i < TUPLES; i++) {
        fill_tuple(c, &tuple);
        if (!can_occur(c, &tuple, word))
            continue;
        enum pol_diff_status status = pol_diff_tuple(diff, &tuple, &counts, &difference);
        if (status == POL_DIFF_DIFFER)
            pol_difference_format(diff, &difference, text, sizeof text);
        require(status != POL_DIFF_DIFFER, "table and source differ", text);
        require(status != POL_DIFF_BAD, "the comparison fails", pol_diff_error(diff));
    }
    free(word);
    pol_tuple_free(&tuple);
    pol_difference_free(&difference);
    pol_diff_free(diff);
    engines[0]->ops->destroy(engines[0]);
    engines[1]->ops->destroy(engines[1]);
}

static void compile(const char *path, enum tbl_layout layout)
{
    struct compile_options options;
    compile_options_init(&options);
    options.layout = layout;
    options.library_dir = getenv("POLICYC_LIBRARY");
    struct lang_source_map *map = lang_source_map_new();
    struct diag_sink *sink = diag_sink_new(map);
    struct compiled *c = NULL;
    char err[512] = "";
    enum compile_status status = compile_file(path, &options, map, sink, &c, err, sizeof err);
    require(status != COMPILE_INTERNAL, "the compiler contradicts itself", err);
    require(status != COMPILE_ERRORS || diag_error_count(sink) > 0, "refused without an error", "");
    require(status != COMPILE_OK || diag_error_count(sink) == 0, "accepted with errors", "");
    require(status != COMPILE_LIMIT || *err, "a limit without a message", "");
    if (status == COMPILE_OK && c->table)
        compare(c);
    compile_free(c);
    diag_sink_free(sink);
    lang_source_map_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"m.pol", "m.dpl"};
    for (size_t i = 0; i < 2; i++) {
        char path[SCRATCH_PATH];
        scratch_path(path, names[i]);
        scratch_write(path, data, size);
        rng = size;
        compile(path, (size + i) % 2 ? TBL_DAG : TBL_AUTO);
    }
    return 0;
}
