#include "live.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool live_bad(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("replay: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return false;
}

/* ---- Rules by name --------------------------------------------------------------------------- */

static struct pol_debug_rule *rules_of(const struct pol_table *table, uint32_t decider)
{
    const struct pol_prt_decider *from = &table->deciders[decider];
    struct pol_debug_rule *rules = calloc(from->nrules + (size_t)1, sizeof *rules);
    for (uint32_t r = 0; rules && r < from->nrules; r++) {
        const struct pol_prt_rule *rule = &table->rules[from->first_rule + r];
        rules[r] = (struct pol_debug_rule){.file = table->strings + rule->file,
                                           .line = rule->line,
                                           .column = rule->column,
                                           .message = table->strings + rule->message,
                                           .text = table->strings + rule->text};
    }
    return rules;
}

static bool name_rules(struct live *live)
{
    const struct pol_table *table = live->table;
    live->deciders = calloc(table->n_deciders + (size_t)1, sizeof *live->deciders);
    for (uint32_t d = 0; live->deciders && d < table->n_deciders; d++)
        live->deciders[d] = (struct pol_debug_decider){
            table->strings + table->deciders[d].name, table->deciders[d].is_global != 0,
            table->deciders[d].nrules, rules_of(table, d)};
    live->debug = (struct pol_debug_info){.policy = table->strings + table->meta->name,
                                          .ndeciders = table->n_deciders,
                                          .deciders = live->deciders};
    return live->deciders;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool open_machine(struct live *live, const char *table, const char *image)
{
    char err[400] = "out of memory";
    live->table = pol_table_load(table, err, sizeof err);
    if (!live->table)
        return live_bad("%s: %s", table, err);
    live->space = pol_table_space(live->table);
    live->engine = live->space ? pol_table_engine_new(live->table, live->space) : NULL;
    if (!live->engine || !name_rules(live))
        return live_bad("out of memory");
    if (pol_isa_parse(live->table->strings + live->table->meta->isa, &live->isa, err, sizeof err))
        return live_bad("%s: %s", table, err);
    live->image = pol_image_load(image, live->space, err, sizeof err);
    if (!live->image)
        return live_bad("%s", err);
    live->machine = pol_machine_new(live->engine, live->image, err, sizeof err);
    return live->machine || live_bad("%s: %s", image, err);
}

static bool open_core(struct live *live, const char *record)
{
    live->layout = layout_new(live->table);
    live->core = core_open();
    if (!live->layout || !live->core)
        return live_bad("out of memory");
    if (core_bits(live->core) != live->layout->bits)
        return live_bad("the core was built for tag words of %u bits, the table has %u",
                        core_bits(live->core), live->layout->bits);
    if (live->image->default_set != POL_NO_SET)
        return live_bad("the tag image tags all memory: the core keeps %u segments only",
                        core_segments(live->core));
    live->lit = calloc(live->space->words, sizeof *live->lit);
    live->other = calloc(live->space->words, sizeof *live->other);
    live->slots = calloc(live->layout->nslots + (size_t)2, sizeof *live->slots);
    live->packed = calloc(live->layout->words, sizeof *live->packed);
    if (!live->lit || !live->other || !live->slots || !live->packed)
        return live_bad("out of memory");
    if (record && !core_record(live->core, record))
        return live_bad("%s cannot be written", record);
    return segments_make(live) && load_image(live);
}

bool live_open(struct live *live, const char *table, const char *image, const char *record)
{
    memset(live, 0, sizeof *live);
    return open_machine(live, table, image) && open_core(live, record);
}

void live_close(struct live *live)
{
    for (uint32_t d = 0; live->deciders && d < live->debug.ndeciders; d++)
        free((void *)(uintptr_t)live->deciders[d].rules);
    free(live->deciders);
    if (live->core)
        core_close(live->core);
    names_free(live->names);
    pol_machine_free(live->machine);
    pol_image_free(live->image);
    if (live->engine)
        live->engine->ops->destroy(live->engine);
    pol_space_free(live->space);
    layout_free(live->layout);
    pol_table_free(live->table);
    free(live->lit);
    free(live->other);
    free(live->slots);
    free(live->packed);
}

/* ---- Words ----------------------------------------------------------------------------------- */

bool live_encode(struct live *live, const uint32_t *lit)
{
    char text[200];
    if (pol_table_encode(live->table, live->space, lit, live->slots, NULL)) {
        pol_lit_format(live->space, lit, text, sizeof text);
        return live_bad("the table has no word for %s", text);
    }
    layout_pack(live->layout, live->slots, live->packed);
    return true;
}

bool live_decode(struct live *live, const uint32_t *packed, uint32_t *lit)
{
    layout_unpack(live->layout, packed, live->slots);
    return !pol_table_decode(live->table, live->space, live->slots, lit);
}
