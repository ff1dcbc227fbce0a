/* Reproductions: the tagged state that one event needs, and a trace that sets it again. */
#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Capturing ------------------------------------------------------------------------------- */

static bool same_place(const struct pol_place *a, const struct pol_place *b)
{
    return a->target == b->target && a->number == b->number && a->address == b->address &&
           a->length == b->length;
}

static bool has_place(const struct pol_difference *difference, const struct pol_place *place)
{
    for (uint32_t i = 0; i < difference->ncells; i++)
        if (same_place(&difference->cells[i].place, place))
            return true;
    return false;
}

static int add_cell(struct pol_difference *difference, const struct pol_machine *machine,
                    uint16_t hart, const struct pol_place *place)
{
    size_t words = pol_machine_image(machine)->space->words;
    if (!place->target || has_place(difference, place))
        return 0;
    if (difference->ncells == difference->cells_room) {
        uint32_t room = difference->cells_room + 16;
        struct pol_diff_cell *cells = realloc(difference->cells, room * sizeof *cells);
        if (!cells)
            return -1;
        difference->cells = cells;
        difference->cells_room = room;
    }
    uint32_t *lit = calloc(words, sizeof *lit);
    if (!lit)
        return -1;
    pol_machine_read(machine, hart, place, lit);
    difference->cells[difference->ncells++] = (struct pol_diff_cell){*place, lit};
    return 0;
}

static int add_instruction_cells(struct pol_difference *difference,
                                 const struct pol_machine *machine, uint16_t hart)
{
    struct pol_place place;
    int failed = 0;
    for (uint32_t i = 0; i < pol_machine_code_granules(machine); i++) {
        pol_machine_code_place(machine, i, &place);
        failed |= add_cell(difference, machine, hart, &place);
    }
    for (unsigned op = POL_OP_OP1; op <= POL_OP_OP3; op++) {
        pol_machine_operand_place(machine, (enum pol_operand)op, 0, &place);
        failed |= add_cell(difference, machine, hart, &place);
    }
    for (unsigned res = POL_RES_RD; res <= POL_RES_CSR; res++) {
        pol_machine_result_place(machine, (enum pol_result)res, 0, &place);
        failed |= add_cell(difference, machine, hart, &place);
    }
    for (uint32_t g = 0; g < POL_MAX_GRANULES; g++) {
        pol_machine_operand_place(machine, POL_OP_MEM, g, &place);
        failed |= add_cell(difference, machine, hart, &place);
    }
    return failed;
}

/* A return from a trap also depends on the PC tag that the trap saved. */
static int add_saved(struct pol_difference *difference, const struct pol_machine *machine,
                     const struct pol_event *event)
{
    const struct pol_image *image = pol_machine_image(machine);
    int row = pol_isa_decode(&image->isa, event->word);
    if (row < 0 || !(pol_insn_at((size_t)row)->flags & POL_INSN_TRAP_RETURN))
        return 0;
    bool machine_mode = pol_insn_at((size_t)row)->name[0] == 'm';
    difference->saved = calloc(image->space->words, sizeof *difference->saved);
    if (!difference->saved)
        return -1;
    difference->saved_mode = machine_mode ? POL_MODE_M : POL_MODE_S;
    pol_machine_saved_env(machine, event->hart, (enum pol_trap_mode)difference->saved_mode,
                          difference->saved);
    return 0;
}

int repro_capture(struct pol_difference *difference, const struct pol_machine *machine,
                  const struct pol_event *event)
{
    const struct pol_place env = {.target = POL_TAG_ENV};
    pol_difference_free(difference); /* of an earlier event */
    if (add_cell(difference, machine, event->hart, &env))
        return -1;
    if (event->kind != POL_EVENT_INSN)
        return 0;
    return add_instruction_cells(difference, machine, event->hart) ||
                   add_saved(difference, machine, event)
               ? -1
               : 0;
}

/* ---- Building the events --------------------------------------------------------------------- */

void repro_free(struct repro_events *events)
{
    for (size_t i = 0; i < events->ntexts; i++)
        free(events->texts[i]);
    free(events->texts);
    free(events->events);
    memset(events, 0, sizeof *events);
}

static const char *keep_text(struct repro_events *out, char *text)
{
    if (text)
        out->texts[out->ntexts++] = text;
    return text;
}

static char *set_text(const struct pol_space *space, const uint32_t *lit)
{
    size_t size = pol_lit_format(space, lit, NULL, 0) + 1;
    char *text = malloc(size);
    if (text)
        pol_lit_format(space, lit, text, size);
    return text;
}

static const char *csr_text(struct repro_events *out, uint32_t number)
{
    char *text = pol_csr_name(number) ? NULL : malloc(8);
    if (text)
        snprintf(text, 8, "0x%x", number & 0xfffu);
    return text ? keep_text(out, text) : pol_csr_name(number);
}

static int put_tag(const struct pol_diff *diff, struct repro_events *out, uint16_t hart,
                   const struct pol_place *place, const uint32_t *lit)
{
    struct pol_event event = {.kind = POL_EVENT_TAG, .hart = hart, .target = place->target};
    event.text = keep_text(out, set_text(diff->space, lit));
    if (!event.text)
        return -1;
    if (place->target == POL_TAG_MEM) {
        event.start = place->address;
        event.length = place->length;
    } else if (place->target == POL_TAG_CSR) {
        event.name = csr_text(out, place->number);
        if (!event.name)
            return -1;
    } else {
        event.word = place->number;
    }
    out->events[out->n++] = event;
    return 0;
}

/* The saved PC tag: set it, take an interrupt, and set the PC tag that the event starts from. */
static int put_saved(const struct pol_diff *diff, const struct pol_difference *difference,
                     struct repro_events *out)
{
    const struct pol_place env = {.target = POL_TAG_ENV};
    struct pol_event irq = {.kind = POL_EVENT_IRQ,
                            .hart = difference->event.hart,
                            .cause = 7,
                            .mode = difference->saved_mode};
    if (!difference->saved)
        return 0;
    if (put_tag(diff, out, difference->event.hart, &env, difference->saved))
        return -1;
    out->events[out->n++] = irq;
    return 0;
}

/* A trap by itself has no instruction before it: as an interrupt it does the same to tags.  A
 * trapped instruction needs its trap. */
static void put_event(const struct pol_difference *difference, struct repro_events *out)
{
    struct pol_event event = difference->event;
    if (event.kind == POL_EVENT_TRAP)
        event.kind = POL_EVENT_IRQ;
    out->events[out->n++] = event;
    if (event.kind == POL_EVENT_INSN && event.flags & POL_INSN_TRAPPED)
        out->events[out->n++] = (struct pol_event){
            .kind = POL_EVENT_TRAP, .hart = event.hart, .cause = 2, .mode = POL_MODE_M};
}

int repro_build(const struct pol_diff *diff, const struct pol_difference *difference,
                struct repro_events *out)
{
    size_t cells = difference->ncells;
    int failed = 0;
    memset(out, 0, sizeof *out);
    out->events = calloc(cells + 4, sizeof *out->events);
    out->texts = calloc(2 * cells + 2, sizeof(char *));
    if (!out->events || !out->texts)
        failed = -1;
    if (!failed)
        failed = put_saved(diff, difference, out);
    for (size_t i = 0; i < cells && !failed; i++)
        failed = put_tag(diff, out, difference->event.hart, &difference->cells[i].place,
                         difference->cells[i].lit);
    if (!failed)
        put_event(difference, out);
    else
        repro_free(out);
    return failed;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void fill_header(const struct pol_image *image, struct pol_trace_header *header)
{
    memset(header, 0, sizeof *header);
    pol_isa_format(&image->isa, header->isa, sizeof header->isa);
    memcpy(header->policy, image->digest, sizeof image->digest);
    header->granule = image->granule;
}

int pol_difference_write_trace(const struct pol_diff *diff, const struct pol_image *image,
                               const struct pol_difference *difference, const char *path, char *err,
                               size_t errsize)
{
    struct pol_trace_header header;
    struct pol_trace_error error = {.message = "this difference has no trace"};
    struct repro_events repro;
    bool tuple = difference->is_tuple || difference->aspect == POL_DIFF_NONE ||
                 difference->event.kind == POL_EVENT_EXT || difference->event.kind == POL_EVENT_TAG;
    if (tuple || repro_build(diff, difference, &repro)) {
        snprintf(err, errsize, "%s", tuple ? error.message : "out of memory");
        return -1;
    }
    fill_header(image, &header);
    struct pol_trace_writer *writer = pol_trace_create(path, POL_TRACE_TEXT, &header, &error);
    bool written = writer;
    for (size_t i = 0; i < repro.n && written; i++) {
        written = pol_trace_write(writer, repro.events + i);
        if (!written)
            error = *pol_trace_writer_error(writer);
    }
    if (writer)
        written = pol_trace_finish(writer, written ? &error : NULL) && written;
    repro_free(&repro);
    if (!written)
        snprintf(err, errsize, "%s: %s", path, error.message);
    return written ? 0 : -1;
}
