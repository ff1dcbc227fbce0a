#include "compiler/backend/sv/emit.h"

#include <stdlib.h>

static void emit_list(struct sv_maker *sv)
{
    struct str_buf text;
    str_init(&text);
    for (size_t i = 0; i < sv->files.count; i++)
        str_printf(&text, "%s\n", sv->files.items[i].name);
    sv_add_file(sv, "files.f", &text);
}

struct sv *sv_emit(const struct hw *hw, const struct sv_options *options)
{
    struct sv_maker *sv = lang_xalloc(sizeof *sv);
    arena_init(&sv->arena);
    sv->hw = hw;
    sv->model = hw->model;
    sv->reloadable = options && options->reloadable;
    sv->pipeline = options && options->pipeline;
    sv_emit_delay(sv);
    sv_emit_memories(sv);
    sv_emit_decode(sv);
    for (uint32_t i = 0; i < sv->model->nunits; i++) {
        sv_emit_ternary(sv, &sv->model->units[i]);
        sv_emit_lookup(sv, &sv->model->units[i]);
    }
    for (uint32_t d = 0; d < hw->table->n_deciders; d++)
        sv_emit_action(sv, d);
    sv_emit_pairs(sv);
    sv_emit_step(sv);
    sv_emit_table(sv);
    emit_list(sv);
    sv->result.files = sv->files.items;
    sv->result.nfiles = (uint32_t)sv->files.count;
    return &sv->result;
}

void sv_free(struct sv *result)
{
    struct sv_maker *sv = (struct sv_maker *)result; /* the result is its first member */
    if (!sv)
        return;
    arena_free(&sv->arena);
    free(sv);
}
