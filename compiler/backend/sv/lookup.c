/* pol_lookup_NAME: from operands to the row of the action memory. */
#include "compiler/backend/sv/emit.h"

struct lookup {
    struct sv_module *m;
    const struct hw_unit *u;
    uint32_t prog_bits, inputs_at; /* inputs_at: time of all inputs */
    const char **values;           /* scratch: one per program */
};

/* ---- Times ----------------------------------------------------------------------------------- */

static uint32_t inputs_time(const struct hw_unit *u)
{
    uint32_t time = u->net.depth;
    for (uint32_t i = 0; i < u->npositions; i++)
        if (u->positions[i].classes != POL_NONE && time == 0)
            time = 1;
    return time;
}

uint32_t sv_lookup_latency(const struct hw_unit *u)
{
    uint32_t cells = 0;
    for (uint32_t i = 0; i < u->npositions; i++)
        cells += u->positions[i].cells != POL_NONE;
    return inputs_time(u) + (u->ternary && cells == 0 ? 1 : cells);
}

/* ---- What is used ---------------------------------------------------------------------------- */

static unsigned char *live_nodes(struct sv_maker *sv, const struct hw_unit *u)
{
    unsigned char *live = ARENA_ARRAY(&sv->arena, unsigned char, u->net.nodes.count + 1);
    for (uint32_t p = 0; p < u->nprograms; p++)
        for (uint32_t i = 0; i < u->npositions; i++) {
            const struct hw_input *in = &u->programs[p].inputs[i];
            if (in->kind == HW_IN_NODE)
                live[in->node] = 1;
            if (in->bad != POL_NONE)
                live[in->bad] = 1;
        }
    sv_mark_lists(&u->net, live);
    sv_close(&u->net, live);
    return live;
}

unsigned char *sv_lookup_slots(struct sv_maker *sv, const struct hw_unit *u)
{
    uint32_t nslots = sv->hw->table->n_slots;
    struct sv_module m = {.sv = sv, .arena = &sv->arena};
    unsigned char *used = sv_slots_used(&m, &u->net, live_nodes(sv, u));
    for (uint32_t p = 0; p < u->nprograms; p++)
        for (uint32_t i = 0; i < u->npositions; i++) {
            const struct hw_input *in = &u->programs[p].inputs[i];
            if (in->kind == HW_IN_MAP || in->kind == HW_IN_SHIFT)
                used[in->source * nslots + in->slot] = 1;
        }
    return used;
}

/* ---- Programs -------------------------------------------------------------------------------- */

static const char *program_at(struct lookup *l, uint32_t time)
{
    return sv_at(l->m, "prog", l->prog_bits, 0, time);
}

static void emit_program(struct lookup *l, uint32_t opclass_bits)
{
    uint32_t n = l->m->sv->hw->table->n_opclasses;
    const char **values = ARENA_ARRAY(l->m->arena, const char *, n);
    for (uint32_t c = 1; c < n; c++)
        values[c] = sv_literal(l->m, l->prog_bits, l->u->program_of[c]);
    sv_mux(l->m, "prog", l->prog_bits, "opclass", opclass_bits, values, n);
}

/* A choice by program of what the callback says. */
typedef const char *choice(struct lookup *l, const struct hw_program *p, uint32_t position);

static void choose(struct lookup *l, const char *target, uint32_t width, uint32_t time,
                   uint32_t position, choice *what)
{
    for (uint32_t p = 0; p < l->u->nprograms; p++)
        l->values[p] = what(l, &l->u->programs[p], position);
    bool same = sv_uniform(l->values, l->u->nprograms);
    sv_mux(l->m, target, width, same ? NULL : program_at(l, time), l->prog_bits, l->values,
           l->u->nprograms);
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static uint32_t slot_width(const struct lookup *l, const struct hw_input *in)
{
    return l->m->sv->hw->slots[in->slot].width;
}

static const char *class_address(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    const struct hw_input *in = &p->inputs[position];
    const struct hw_rom *rom = &l->m->sv->hw->roms[l->u->positions[position].classes];
    uint32_t bits = hw_bits(rom->depth - 1);
    if (in->kind != HW_IN_MAP && in->kind != HW_IN_SHIFT)
        return NULL;
    if (in->code_bits == 0)
        return sv_literal(l->m, bits, in->base);
    const char *code = sv_bits(l->m, sv_slot_name(l->m, in->source, in->slot), slot_width(l, in), 0,
                               in->code_bits);
    return in->code_bits == bits
               ? code
               : sv_text(l->m, "{%s, %s}",
                         sv_literal(l->m, bits - in->code_bits, in->base >> in->code_bits), code);
}

/* Codes that are larger than the class map. */
static const char *too_large(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    const struct hw_input *in = &p->inputs[position];
    bool map = in->kind == HW_IN_MAP || in->kind == HW_IN_SHIFT;
    if (!map || slot_width(l, in) == in->code_bits)
        return "1'b0";
    uint32_t over = slot_width(l, in) - in->code_bits;
    const char *high = sv_bits(l->m, sv_slot_name(l->m, in->source, in->slot), slot_width(l, in),
                               in->code_bits, over);
    return over == 1 ? high : sv_text(l->m, "|%s", high);
}

static const char *word_name(const struct lookup *l, uint32_t position)
{
    return sv_text(l->m, "class_%u", position);
}

static const char *valid_code(struct lookup *l, const struct hw_input *in, uint32_t position)
{
    const struct hw_position *pos = &l->u->positions[position];
    const char *word = sv_at(l->m, word_name(l, position), pos->class_bits + 1, 1, l->inputs_at);
    const char *bad = sv_bits(l->m, word, pos->class_bits + 1, pos->class_bits, 1);
    uint32_t width = slot_width(l, in);
    const char *slot =
        sv_at(l->m, sv_slot_name(l->m, in->source, in->slot), width, 0, l->inputs_at);
    const char *code = sv_bits(l->m, slot, width, 0, in->code_bits);
    uint32_t total = in->code_bits + in->shift;
    const char *name = sv_text(l->m, "code_%u_%u_%u_%u_%u", position, in->source, in->slot,
                               in->code_bits, in->shift);
    if (!sv_first(l->m, name)) /* declared for another program */
        return sv_fit(l->m, name, total, false, pos->input_bits);
    const char *gated = sv_text(l->m, "{%u{~%s}} & %s", in->code_bits, bad, code);
    const char *held = sv_text(l->m, "%s_in", name);
    sv_wire(l->m, in->code_bits, held, "%s", gated);
    if (in->shift)
        sv_wire(l->m, total, name, "{%s, %u'd0}", held, in->shift);
    else
        sv_wire(l->m, total, name, "%s", held);
    return sv_fit(l->m, name, total, false, pos->input_bits);
}

static const char *input_value(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    const struct hw_input *in = &p->inputs[position];
    const struct hw_position *pos = &l->u->positions[position];
    if (in->kind == HW_IN_NODE)
        return sv_node(l->m, in->node, l->inputs_at, pos->input_bits);
    if (in->kind == HW_IN_SHIFT && in->code_bits)
        return valid_code(l, in, position);
    if (in->kind != HW_IN_MAP)
        return NULL;
    if (pos->class_bits == 0)
        return sv_literal(l->m, pos->input_bits, 0);
    const char *word = sv_at(l->m, word_name(l, position), pos->class_bits + 1, 1, l->inputs_at);
    return pos->class_bits <= pos->input_bits
               ? sv_fit(l->m, sv_bits(l->m, word, pos->class_bits + 1, 0, pos->class_bits),
                        pos->class_bits, false, pos->input_bits)
               : sv_bits(l->m, word, pos->class_bits + 1, 0, pos->input_bits);
}

static const char *input_bad(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    const struct hw_input *in = &p->inputs[position];
    const struct hw_position *pos = &l->u->positions[position];
    if (in->kind == HW_IN_MAP || in->kind == HW_IN_SHIFT) {
        const char *word =
            sv_at(l->m, word_name(l, position), pos->class_bits + 1, 1, l->inputs_at);
        return sv_text(l->m, "%s | %s",
                       sv_bits(l->m, word, pos->class_bits + 1, pos->class_bits, 1),
                       sv_at(l->m, sv_text(l->m, "large_%u", position), 1, 0, l->inputs_at));
    }
    return in->bad == POL_NONE ? "1'b0" : sv_node(l->m, in->bad, l->inputs_at, 1);
}

static void emit_inputs(struct lookup *l)
{
    struct sv_module *m = l->m;
    for (uint32_t i = 0; i < l->u->npositions; i++) {
        const struct hw_position *pos = &l->u->positions[i];
        sv_line(m, "    // position %u", i);
        if (pos->classes != POL_NONE) {
            const struct hw_rom *rom = &m->sv->hw->roms[pos->classes];
            const char *address = sv_text(m, "class_address_%u", i);
            choose(l, address, hw_bits(rom->depth - 1), 0, i, class_address);
            choose(l, sv_text(m, "large_%u", i), 1, 0, i, too_large);
            sv_read(m, pos->classes, address, word_name(l, i));
            sv_spare(m, word_name(l, i));
            sv_spare(m, sv_text(m, "large_%u", i));
        }
        choose(l, sv_text(m, "input_%u", i), pos->input_bits, l->inputs_at, i, input_value);
        choose(l, sv_text(m, "bad_%u", i), 1, l->inputs_at, i, input_bad);
        sv_spare(m, sv_text(m, "input_%u", i));
    }
}

/* ---- Lookups --------------------------------------------------------------------------------- */

static const char *starts(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    (void)l;
    return p->first == position ? "1'b1" : p->first < position ? "1'b0" : NULL;
}

static const char *start_row(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    uint32_t bits =
        position < l->u->npositions ? l->u->positions[position].row_bits : l->u->row_bits;
    return p->first == position ? sv_literal(l->m, bits, p->start) : NULL;
}

static const char *looks(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    (void)l;
    return position < p->first ? NULL : p->inputs[position].look ? "1'b1" : "1'b0";
}

/* The row that a position starts with: from the one before, or the program's first. */
static void emit_row(struct lookup *l, uint32_t position, const char *before, uint32_t bits,
                     uint32_t time, bool some_start)
{
    struct sv_module *m = l->m;
    const char *row = sv_text(m, "row_%u", position);
    if (!some_start) {
        sv_wire(m, bits, row, "%s", before);
        return;
    }
    const char *start = sv_text(m, "start_%u", position);
    const char *is_start = sv_text(m, "starts_%u", position);
    choose(l, start, bits, time, position, start_row);
    choose(l, is_start, 1, time, position, starts);
    sv_wire(m, bits, row, "%s ? %s : %s", is_start, start, before);
}

/* One position; returns the row after it, in `bits` bits, and advances the time. */
static const char *emit_position(struct lookup *l, uint32_t position, uint32_t *time, uint32_t bits)
{
    struct sv_module *m = l->m;
    const struct hw_position *pos = &l->u->positions[position];
    const char *address = sv_text(m, "address_%u", position);
    const char *input =
        sv_at(m, sv_text(m, "input_%u", position), pos->input_bits, l->inputs_at, *time);
    uint32_t width = pos->address_bits;
    sv_wire(m, width, address, "%s + %s",
            sv_fit(m, sv_text(m, "row_%u", position), pos->row_bits, false, width),
            sv_fit(m, input, pos->input_bits, false, width));
    if (pos->cells == POL_NONE)
        return sv_fit(m, address, width, false, bits);
    const struct hw_rom *rom = &m->sv->hw->roms[pos->cells];
    const char *word = sv_text(m, "cells_%u", position);
    sv_read(m, pos->cells, sv_bits(m, address, width, 0, hw_bits(rom->depth - 1)), word);
    const char *found = sv_fit(m, word, rom->width, false, bits);
    ++*time;
    if (!pos->passes)
        return found;
    const char *is_look = sv_text(m, "looks_%u", position);
    const char *sum = sv_at(m, address, width, *time - 1, *time);
    choose(l, is_look, 1, *time, position, looks);
    return sv_text(m, "%s ? %s : %s", is_look, found, sv_fit(m, sum, width, false, bits));
}

/* ---- Ternary --------------------------------------------------------------------------------- */

static const char *key_of(struct lookup *l, const struct hw_program *p, uint32_t position)
{
    struct str_buf text;
    uint32_t filled = l->u->ternary->key_bits, time = position;
    if (!p->ternary)
        return NULL;
    str_init(&text);
    for (uint32_t k = 0; k < l->u->npositions; k++) { /* highest first */
        uint32_t best = POL_NONE;
        for (uint32_t i = 0; i < l->u->npositions; i++)
            if (p->inputs[i].kind != HW_IN_NONE && p->shifts[i] < filled &&
                (best == POL_NONE || p->shifts[i] > p->shifts[best]))
                best = i;
        if (best == POL_NONE)
            break;
        const struct hw_position *pos = &l->u->positions[best];
        const char *input =
            sv_at(l->m, sv_text(l->m, "input_%u", best), pos->input_bits, l->inputs_at, time);
        uint32_t room = filled - p->shifts[best];
        str_printf(&text, "%s%s", text.len ? ", " : "",
                   sv_fit(l->m, input, pos->input_bits, false, room));
        filled = p->shifts[best];
    }
    if (filled)
        str_printf(&text, "%s%u'd0", text.len ? ", " : "", filled);
    const char *key = sv_text(l->m, "{%s}", str_text(&text));
    str_free(&text);
    return key;
}

static void emit_match(struct lookup *l, uint32_t end)
{
    struct sv_module *m = l->m;
    const struct hw_ternary *ternary = l->u->ternary;
    uint32_t time = end - 1;
    choose(l, "key", ternary->key_bits, time, time, key_of);
    sv_line(m, "    logic matched;\n    logic %smatched_row;", sv_range(m, ternary->row_bits));
    sv_line(m,
            "    pol_tcam_%s #(.PIPELINE(PIPELINE)) match (.clk(clk)%s, .prog(%s), .key(key), "
            ".matched(matched), .row(matched_row));",
            l->u->name, sv_load_wires(m), program_at(l, time));
}

static void emit_hits(struct sv_module *m, const struct hw_unit *u)
{
    const struct hw_ternary *ternary = u->ternary;
    uint32_t width = m->sv->hw->roms[ternary->row].width;
    uint32_t row = ternary->row_bits, n = ternary->nentries;
    sv_line(m, "    logic any;\n    logic %sfound;", sv_range(m, row));
    sv_line(m, "    logic [%u:0] hits;\n    logic [%u:0] rows;", n - 1, n * row - 1);
    sv_line(m, "    genvar i;\n    generate\n        for (i = 0; i < %u; i = i + 1) begin : entry",
            n);
    sv_line(m, "            logic %sword;", sv_range(m, width));
    sv_line(m, "            assign word = row_of[i];");
    sv_line(m, "            assign hits[i] = (key & mask[i]) == value[i]%s;",
            width > row ? sv_text(m, " && prog == word[%u:%u]", width - 1, row) : "");
    sv_line(m, "            assign rows[i*%u +: %u] = word[%u:0];", row, row, row - 1);
    sv_line(m, "        end\n    endgenerate\n    assign any = |hits;");
    sv_line(m, "    always_comb begin\n        found = %s;", sv_literal(m, row, 0));
    sv_line(m, "        for (int k = 0; k < %u; k = k + 1)", n);
    sv_line(m, "            found = found | ({%u{hits[k]}} & rows[k*%u +: %u]);\n    end", row, row,
            row);
}

void sv_emit_ternary(struct sv_maker *sv, const struct hw_unit *u)
{
    if (!u->ternary)
        return;
    uint32_t prog_bits = hw_bits((u->nprograms - 1) | 1);
    struct sv_module *m = sv_module_new(sv, arena_printf(&sv->arena, "pol_tcam_%s", u->name),
                                        "Ternary entries; all that match agree.");
    sv_load_ports(m);
    sv_port(m, "input", prog_bits, "prog");
    sv_port(m, "input", u->ternary->key_bits, "key");
    sv_port(m, "output", 1, "matched");
    sv_port(m, "output", u->ternary->row_bits, "row");
    sv_spare(m, "prog");
    sv_words(m, &sv->hw->roms[u->ternary->value], "value");
    sv_words(m, &sv->hw->roms[u->ternary->mask], "mask");
    sv_words(m, &sv->hw->roms[u->ternary->row], "row_of");
    emit_hits(m, u);
    sv_line(m, "    assign matched = %s;", sv_at(m, "any", 1, 0, 1));
    sv_line(m, "    assign row = %s;", sv_at(m, "found", u->ternary->row_bits, 0, 1));
    sv_module_end(m);
}

/* ---- The module ------------------------------------------------------------------------------ */

static void emit_lookups(struct lookup *l)
{
    const struct hw_unit *u = l->u;
    uint32_t time = l->inputs_at, end = sv_lookup_latency(u);
    const char *row = NULL;
    for (uint32_t i = 0; i < u->npositions; i++) {
        uint32_t bits = i + 1 < u->npositions ? u->positions[i + 1].row_bits : u->row_bits;
        if (!u->positions[i].looks && !u->positions[i].passes)
            continue; /* only ternary programs have an input here */
        if (!row)
            row = sv_literal(l->m, u->positions[i].row_bits, 0);
        emit_row(l, i, row, u->positions[i].row_bits, time, u->positions[i].starts);
        row = emit_position(l, i, &time, bits);
    }
    if (!row)
        row = sv_literal(l->m, u->row_bits, 0);
    emit_row(l, u->npositions, row, u->row_bits, end, u->starts);
    if (u->ternary) {
        emit_match(l, end);
        sv_line(l->m, "    assign row = matched ? %s : row_%u;",
                sv_fit(l->m, "matched_row", u->ternary->row_bits, false, u->row_bits),
                u->npositions);
    } else {
        sv_line(l->m, "    assign row = row_%u;", u->npositions);
    }
    struct str_buf bad;
    str_init(&bad);
    for (uint32_t i = 0; i < u->npositions; i++)
        str_printf(&bad, "%sbad_%u", i ? " | " : "", i);
    sv_wire(l->m, 1, "any_bad", "%s", u->npositions ? str_text(&bad) : "1'b0");
    str_free(&bad);
    sv_line(l->m, "    assign bad = %s;", sv_at(l->m, "any_bad", 1, l->inputs_at, end));
}

void sv_emit_lookup(struct sv_maker *sv, const struct hw_unit *u)
{
    const struct pol_table *t = sv->hw->table;
    struct sv_module *m = sv_module_new(sv, arena_printf(&sv->arena, "pol_lookup_%s", u->name),
                                        "From the tags of the operands to the row of an action.");
    struct lookup l = {m, u, hw_bits((u->nprograms - 1) | 1), inputs_time(u), NULL};
    uint32_t opclass_bits = hw_bits((t->n_opclasses - 1) | 1);
    l.values = ARENA_ARRAY(m->arena, const char *, (size_t)u->nprograms + 1);
    sv_load_ports(m);
    sv_port(m, "input", opclass_bits, "opclass");
    sv_slot_ports(m, sv_lookup_slots(sv, u));
    sv_port(m, "output", u->row_bits, "row");
    sv_port(m, "output", 1, "bad");
    sv_spare(m, "opclass");
    emit_program(&l, opclass_bits);
    sv_spare(m, "prog");
    m->net = &u->net;
    m->live = live_nodes(sv, u);
    sv_emit_net(m);
    emit_inputs(&l);
    emit_lookups(&l);
    sv_module_end(m);
}
