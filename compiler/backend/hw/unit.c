/* Units: programs as positions, and the memories of the lookups. */
#include <stdlib.h>
#include "compiler/backend/hw/model.h"

struct unit_maker {
    struct hw *hw;
    struct hw_model *model;
    struct hw_roms *roms;
    struct hw_unit *unit;
    uint32_t first, n;                                       /* members: deciders */
    struct hw_regions *classes;                              /* per position */
    struct hw_regions *cells;                                /* per position */
    struct hw_regions rows;                                  /* of actions: a word per member */
    uint64_t *row_max, *address_max, *input_max, *class_max; /* per position */
};

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static const struct pol_prt_program *program_at(const struct unit_maker *m, uint32_t program)
{
    return &m->hw->table->programs[m->unit->programs[program].id];
}

/* ---- Programs -------------------------------------------------------------------------------- */

/* The programs in use, in the order of opclasses; the undecodable opclass has the first. */
static void find_programs(struct unit_maker *m)
{
    const struct pol_table *t = m->hw->table;
    struct hw_unit *u = m->unit;
    uint32_t *number = ARENA_ARRAY(&m->hw->arena, uint32_t, (size_t)t->n_programs + 1);
    u->programs = ARENA_ARRAY(&m->hw->arena, struct hw_program, (size_t)t->n_opclasses + 1);
    u->program_of = ARENA_ARRAY(&m->hw->arena, uint32_t, (size_t)t->n_opclasses + 1);
    for (uint32_t c = t->n_opclasses > 1; c < t->n_opclasses; c++) {
        uint32_t id = t->remap[(size_t)m->first * t->n_opclasses + c];
        if (!number[id]) {
            u->programs[u->nprograms++].id = id;
            number[id] = u->nprograms;
        }
        u->program_of[c] = number[id] - 1;
        if (t->programs[id].nlevels > u->npositions)
            u->npositions = t->programs[id].nlevels;
    }
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

/* The shift by which every valid code gives its class; -1: there is none. */
static int shift_of(const struct hw *hw, const struct pol_prt_level *l, uint32_t size)
{
    int shift = -1;
    for (uint32_t code = 1; code < size && code < l->value; code++) {
        uint64_t class = hw->table->maps[l->map + code];
        if (class == POL_MAP_INVALID)
            continue;
        if (shift < 0)
            for (shift = 0; (uint64_t)code << shift < class; shift++)
                ;
        if ((uint64_t)code << shift != class)
            return -1;
    }
    return shift;
}

static bool is_code(const struct hw *hw, uint32_t slot)
{
    const struct pol_prt_slot *s = &hw->table->slots[slot];
    bool field = s->kind == POL_SLOT_FIELD || s->kind == POL_SLOT_NESTED_FIELD;
    return !field || hw->table->fields[s->index].kind == POL_FIELD_DENSE;
}

/* Words of the class memory: the class, and 2^31 where the code is invalid. */
static void map_input(struct unit_maker *m, uint32_t position, const struct pol_prt_level *l,
                      struct hw_input *in)
{
    const struct hw *hw = m->hw;
    uint32_t width = hw->slots[l->slot].width, bits = hw_bits(l->mask);
    if (!is_code(hw, l->slot)) { /* bits are no codes: nothing is valid */
        in->bad = hw_net_const(&m->unit->net, 1);
        return;
    }
    in->source = l->operand;
    in->slot = l->slot;
    in->code_bits = bits < width ? bits : width;
    uint32_t size = (uint32_t)1 << in->code_bits;
    uint64_t *words = ARENA_ARRAY(&m->hw->arena, uint64_t, size);
    int shift = shift_of(hw, l, size);
    for (uint32_t code = 0; code < size; code++) {
        uint32_t class = hw->table->maps[l->map + code];
        bool valid = code > 0 && code < l->value && !(class & POL_MAP_INVALID);
        words[code] = valid ? (shift < 0 ? class : 0) : POL_MAP_INVALID;
        in->max = valid && class > in->max ? class : in->max;
        if (valid && shift < 0)
            m->class_max[position] = larger(m->class_max[position], class);
    }
    in->kind = shift < 0 ? HW_IN_MAP : HW_IN_SHIFT;
    in->shift = shift < 0 ? 0 : (uint32_t)shift;
    in->base = hw_region(&m->classes[position], words, size);
}

static void test_input(struct unit_maker *m, const struct pol_prt_level *l, struct hw_input *in)
{
    struct hw_net *net = &m->unit->net;
    uint32_t x = hw_net_slot(net, l->operand, l->slot);
    uint32_t masked = hw_net_op(net, HW_AND, x, hw_net_const(net, l->mask), POL_NONE);
    in->node = hw_net_op(net, HW_EQ, masked, hw_net_const(net, l->value), POL_NONE);
    in->bad = hw_net_not(net, hw_net_bit(net, x, 31));
}

/* An expression that fails has no meaning; then the operands are invalid. */
static void expression_input(struct unit_maker *m, const struct pol_prt_level *l,
                             struct hw_input *in)
{
    struct hw_net *net = &m->unit->net;
    uint32_t number = hw_net_list(net, l->first_op, l->nops);
    struct hw_list list = net->lists.items[number];
    in->node = list.value == POL_NONE ? hw_net_const(net, 0) : hw_net_bit(net, list.value, 0);
    for (uint32_t i = 0; i < list.nfails; i++) {
        uint32_t fails = hw_net_not(net, hw_net_not(net, list.fails[i].node));
        in->bad = in->bad == POL_NONE ? fails : hw_net_op(net, HW_OR, in->bad, fails, POL_NONE);
    }
}

static void make_input(struct unit_maker *m, uint32_t position, const struct pol_prt_level *l,
                       struct hw_input *in)
{
    in->bad = POL_NONE;
    if (l->kind == POL_LEVEL_MAP) {
        map_input(m, position, l, in);
        return;
    }
    in->kind = HW_IN_NODE;
    if (l->kind == POL_LEVEL_TEST)
        test_input(m, l, in);
    else if (l->kind == POL_LEVEL_EXPR)
        expression_input(m, l, in);
    else
        in->node = hw_net_class(&m->unit->net, hw_net_slot(&m->unit->net, l->operand, l->slot),
                                l->value, l->map);
    in->max = (uint32_t)m->unit->net.nodes.items[in->node].hi;
}

static void make_inputs(struct unit_maker *m, uint32_t program)
{
    struct hw_unit *u = m->unit;
    const struct pol_prt_program *prt = program_at(m, program);
    struct hw_program *p = &u->programs[program];
    p->ternary = prt->layout == POL_LAYOUT_TCAM;
    p->first = u->npositions - prt->nlevels;
    p->inputs = ARENA_ARRAY(&m->hw->arena, struct hw_input, (size_t)u->npositions + 1);
    p->shifts = ARENA_ARRAY(&m->hw->arena, uint32_t, (size_t)u->npositions + 1);
    for (uint32_t k = 0; k < u->npositions; k++)
        p->inputs[k].bad = POL_NONE;
    for (uint32_t k = 0; k < prt->nlevels; k++) {
        const struct pol_prt_level *l = &m->hw->table->levels[prt->first_level + k];
        uint32_t at = p->first + k;
        make_input(m, at, l, &p->inputs[at]);
        p->inputs[at].look = !p->ternary && (prt->nmap == 0 || k + 1 >= prt->nmap);
        p->shifts[at] = p->ternary ? l->base : 0;
        m->input_max[at] = larger(m->input_max[at], p->inputs[at].max);
    }
    if (p->ternary)
        p->first = u->npositions;
}

/* ---- Lookups --------------------------------------------------------------------------------- */

/* The row of the action memories for a program's last state. */
static uint64_t row_of(struct unit_maker *m, uint32_t program, uint32_t state)
{
    uint64_t *words = ARENA_ARRAY(&m->hw->arena, uint64_t, (size_t)m->n + 1);
    for (uint32_t i = 0; i < m->n; i++) {
        uint32_t a = hw_action_of(m->hw, m->first + i, program_at(m, program), state);
        words[i] = hw_action_word(m->model, m->hw, m->first + i, a);
    }
    return hw_region(&m->rows, words, m->n);
}

/* Where the states after a level are found: rows of the next one, or of actions. */
struct next {
    uint64_t base, width;
    const uint64_t *rows; /* by state; NULL: base + state * width */
};

static const uint64_t *all_rows(struct unit_maker *m, uint32_t program)
{
    uint32_t n = program_at(m, program)->nactions;
    uint64_t *rows = ARENA_ARRAY(&m->hw->arena, uint64_t, (size_t)n + 1);
    for (uint32_t s = 0; s < n; s++)
        rows[s] = row_of(m, program, s);
    return rows;
}

static uint64_t address_of(const struct next *next, uint32_t state)
{
    return next->rows ? next->rows[state] : next->base + state * next->width;
}

/* The lookup of one level; *next becomes where its own states are found.  *largest: of its cells.
 */
static void make_cells(struct unit_maker *m, const struct pol_prt_program *prt, uint32_t level,
                       uint32_t position, struct next *next, uint64_t *largest)
{
    const struct pol_prt_level *l = &m->hw->table->levels[prt->first_level + level];
    bool dense = level < prt->nmap;
    uint32_t from = dense ? prt->dense_base : l->base;
    uint32_t n = dense ? prt->dense_size : l->nstates * l->width;
    uint64_t *words = ARENA_ARRAY(&m->hw->arena, uint64_t, (size_t)n + 1);
    *largest = 0;
    for (uint32_t i = 0; i < n; i++) {
        words[i] = address_of(next, m->hw->table->cells[from + i]);
        *largest = larger(*largest, words[i]);
    }
    uint32_t region = hw_region(&m->cells[position], words, n);
    next->base = m->cells[position].items.items[region].base;
    next->width = dense ? 0 : l->width;
    next->rows = NULL;
}

/* What may come along a program's positions. */
static void note_widths(struct unit_maker *m, const struct hw_program *p, const uint64_t *largest)
{
    uint64_t row = p->start;
    for (uint32_t i = p->first; i < m->unit->npositions; i++) {
        m->row_max[i] = larger(m->row_max[i], row);
        row += p->inputs[i].max;
        m->address_max[i] = larger(m->address_max[i], row);
        row = p->inputs[i].look ? largest[i] : row;
    }
    m->row_max[m->unit->npositions] = larger(m->row_max[m->unit->npositions], row);
}

static void make_lookups(struct unit_maker *m, uint32_t program)
{
    const struct pol_prt_program *prt = program_at(m, program);
    struct hw_program *p = &m->unit->programs[program];
    uint64_t *largest = ARENA_ARRAY(&m->hw->arena, uint64_t, (size_t)m->unit->npositions + 1);
    struct next next = {0, 0, all_rows(m, program)};
    for (uint32_t level = p->ternary ? 0 : prt->nlevels; level-- > 0;)
        if (p->inputs[p->first + level].look)
            make_cells(m, prt, level, p->first + level, &next, &largest[p->first + level]);
    p->start = (uint32_t)address_of(&next, prt->nmap && !next.rows ? 0 : prt->start);
    note_widths(m, p, largest);
}

static void make_ternary(struct unit_maker *m)
{
    const struct pol_table *t = m->hw->table;
    struct hw_ternary *ternary = ARENA_NEW(&m->hw->arena, struct hw_ternary);
    VEC_OF(uint64_t) value = {0}, mask = {0}, row = {0};
    uint32_t row_bits = hw_bits(m->rows.items.count | 1), key_bits = 1;
    for (uint32_t i = 0; i < m->unit->nprograms; i++) {
        const struct pol_prt_program *prt = program_at(m, i);
        const struct hw_program *p = &m->unit->programs[i];
        for (uint32_t k = 0; p->ternary && k < m->unit->npositions; k++) {
            uint32_t bits = p->shifts[k] + hw_bits(p->inputs[k].max);
            key_bits = bits > key_bits ? bits : key_bits;
        }
        for (uint32_t k = 0; p->ternary && k < prt->dense_size; k++) {
            const struct pol_prt_ternary *e = &t->ternary[prt->dense_base + k];
            VEC_PUSH(&m->hw->arena, &value, (uint64_t)e->value[1] << 32 | e->value[0]);
            VEC_PUSH(&m->hw->arena, &mask, (uint64_t)e->mask[1] << 32 | e->mask[0]);
            VEC_PUSH(&m->hw->arena, &row, (uint64_t)i << row_bits | row_of(m, i, e->state));
            uint32_t bits = hw_bits(e->mask[0] | (uint64_t)e->mask[1] << 32);
            key_bits = bits > key_bits ? bits : key_bits;
        }
    }
    if (value.count == 0)
        return;
    ternary->nentries = (uint32_t)value.count;
    ternary->key_bits = key_bits;
    ternary->row_bits = row_bits;
    const char *name = m->unit->name;
    struct arena *arena = &m->hw->arena;
    ternary->value = hw_rom_of_words(m->roms, arena_printf(arena, "%s_value", name), HW_ROM_TERNARY,
                                     m->unit->decider, key_bits, value.items, ternary->nentries);
    ternary->mask = hw_rom_of_words(m->roms, arena_printf(arena, "%s_mask", name), HW_ROM_TERNARY,
                                    m->unit->decider, key_bits, mask.items, ternary->nentries);
    uint32_t width = row_bits + hw_bits(m->unit->nprograms - 1);
    ternary->row = hw_rom_of_words(m->roms, arena_printf(arena, "%s_entry", name), HW_ROM_TERNARY,
                                   m->unit->decider, width, row.items, ternary->nentries);
    m->unit->ternary = ternary;
}

/* ---- Memories -------------------------------------------------------------------------------- */

/* Regions have their places now: inputs get base addresses, words their invalid bit. */
static void make_classes(struct unit_maker *m, uint32_t position)
{
    struct hw_position *pos = &m->unit->positions[position];
    struct hw_regions *regions = &m->classes[position];
    pos->classes = POL_NONE;
    pos->class_bits = hw_bits(m->class_max[position]);
    if (!regions->items.count)
        return;
    hw_regions_align(regions);
    for (uint32_t i = 0; i < m->unit->nprograms; i++) {
        struct hw_input *in = &m->unit->programs[i].inputs[position];
        if (in->kind == HW_IN_MAP || in->kind == HW_IN_SHIFT)
            in->base = regions->items.items[in->base].base;
    }
    uint64_t *words = ARENA_ARRAY(&m->hw->arena, uint64_t, regions->depth);
    for (size_t i = 0; i < regions->items.count; i++)
        for (uint32_t k = 0; k < regions->items.items[i].n; k++) {
            uint64_t word = regions->items.items[i].words[k];
            words[regions->items.items[i].base + k] =
                word == POL_MAP_INVALID ? (uint64_t)1 << pos->class_bits : word;
        }
    pos->classes =
        hw_rom_of_words(m->roms, arena_printf(&m->hw->arena, "%s_class%u", m->unit->name, position),
                        HW_ROM_CLASS, m->unit->decider, pos->class_bits + 1, words, regions->depth);
}

static void finish_position(struct unit_maker *m, uint32_t position)
{
    struct hw_position *pos = &m->unit->positions[position];
    make_classes(m, position);
    pos->cells = POL_NONE;
    pos->input_bits = hw_bits(m->input_max[position] | 1);
    pos->row_bits = hw_bits(m->row_max[position] | 1);
    pos->address_bits = hw_bits(m->address_max[position] | 1);
    for (uint32_t i = 0; i < m->unit->nprograms; i++) {
        const struct hw_program *p = &m->unit->programs[i];
        pos->starts |= p->first == position;
        pos->looks |= p->inputs[position].look;
        pos->passes |= position >= p->first && !p->inputs[position].look;
    }
    if (!pos->looks)
        return;
    uint32_t width = hw_bits(m->row_max[position + 1] | 1);
    pos->cells = hw_rom_of_regions(
        m->roms, arena_printf(&m->hw->arena, "%s_cells%u", m->unit->name, position), HW_ROM_CELLS,
        m->unit->decider, width, &m->cells[position]);
    uint32_t bits = hw_bits(m->roms->items.items[pos->cells].depth - 1);
    pos->address_bits = bits > pos->address_bits ? bits : pos->address_bits;
}

static void make_actions(struct unit_maker *m)
{
    uint32_t n = (uint32_t)m->rows.items.count;
    uint64_t *words = ARENA_ARRAY(&m->hw->arena, uint64_t, (size_t)n + 1);
    for (uint32_t i = 0; i < m->n; i++) {
        struct hw_decider *d = &m->model->deciders[m->first + i];
        for (uint32_t row = 0; row < n; row++)
            words[row] = m->rows.items.items[row].words[i];
        d->action = hw_rom_of_words(m->roms, arena_printf(&m->hw->arena, "%s_action", d->name),
                                    HW_ROM_ACTION, m->first + i, hw_action_bits(d), words, n);
    }
}

static void finish_unit(struct unit_maker *m)
{
    struct hw_unit *u = m->unit;
    u->positions = ARENA_ARRAY(&m->hw->arena, struct hw_position, (size_t)u->npositions + 1);
    for (uint32_t i = 0; i < u->npositions; i++)
        finish_position(m, i);
    for (uint32_t i = 0; i < u->nprograms; i++)
        u->starts |= u->programs[i].first == u->npositions;
    make_ternary(m);
    u->row_bits = hw_bits(m->rows.items.count - 1);
    u->row_bits = u->row_bits ? u->row_bits : 1;
    make_actions(m);
    hw_net_finish(&u->net, m->roms, arena_printf(&m->hw->arena, "%s_test", u->name), u->decider);
}

static void make_unit(struct hw *hw, struct hw_model *model, struct hw_roms *roms, uint32_t first,
                      uint32_t n)
{
    struct hw_unit *u = &model->units[model->nunits];
    struct unit_maker m = {hw, model, roms, u, first, n, NULL, NULL, {0}, NULL, NULL, NULL, NULL};
    u->decider = n == 1 ? first : POL_NONE;
    u->name = n == 1 ? model->deciders[first].name : "all";
    for (uint32_t i = 0; i < n; i++)
        model->deciders[first + i].unit = model->nunits;
    model->nunits++;
    hw_net_init(&u->net, hw, &hw->arena, false);
    find_programs(&m);
    size_t room = (size_t)u->npositions + 1;
    m.classes = ARENA_ARRAY(&hw->arena, struct hw_regions, room);
    m.cells = ARENA_ARRAY(&hw->arena, struct hw_regions, room);
    for (size_t i = 0; i < room; i++)
        m.classes[i].arena = m.cells[i].arena = &hw->arena;
    m.rows.arena = &hw->arena;
    m.row_max = ARENA_ARRAY(&hw->arena, uint64_t, room);
    m.address_max = ARENA_ARRAY(&hw->arena, uint64_t, room);
    m.input_max = ARENA_ARRAY(&hw->arena, uint64_t, room);
    m.class_max = ARENA_ARRAY(&hw->arena, uint64_t, room);
    for (uint32_t i = 0; i < u->nprograms; i++)
        make_inputs(&m, i);
    for (uint32_t i = 0; i < u->nprograms; i++)
        make_lookups(&m, i);
    finish_unit(&m);
}

/* Do all deciders share one program, whatever the instruction? */
static bool is_fused(const struct pol_table *t)
{
    for (uint32_t c = 1; c < t->n_opclasses; c++)
        for (uint32_t d = 0; d < t->n_deciders; d++) {
            uint32_t id = t->remap[(size_t)d * t->n_opclasses + c];
            if (t->programs[id].first_tuple == POL_NONE || id != t->remap[c])
                return false;
        }
    return t->n_deciders > 1;
}

void hw_make_units(struct hw *hw, struct hw_model *model, struct hw_roms *roms)
{
    uint32_t n = hw->table->n_deciders;
    model->units = ARENA_ARRAY(&hw->arena, struct hw_unit, (size_t)n + 1);
    if (is_fused(hw->table)) {
        make_unit(hw, model, roms, 0, n);
        return;
    }
    for (uint32_t d = 0; d < n; d++)
        make_unit(hw, model, roms, d, 1);
}
