/* Layouts: chains of lookups, and one lookup for all class maps; see levels.h. */
#include <string.h>
#include "compiler/table/emit.h"
#include "compiler/table/levels.h"

void numbering_init(struct numbering *n, const struct program_source *src)
{
    size_t most = (size_t)src->dd->nnodes + src->dd->noutcomes + 1;
    n->dd = src->dd;
    n->number = ARENA_ARRAY(src->work, uint32_t, most);
    n->states.ids = ARENA_ARRAY(src->work, uint32_t, most);
    n->states.n = 0;
}

uint32_t number_of(struct numbering *n, uint32_t id)
{
    uint32_t at = id < DD_TERMINAL ? id : n->dd->nnodes + (id - DD_TERMINAL);
    if (!n->number[at]) {
        n->states.ids[n->states.n++] = id;
        n->number[at] = n->states.n;
    }
    return n->number[at] - 1;
}

bool cells_left(const struct program_source *src, uint64_t cells)
{
    if (section_count(src->p->out, POL_SEC_CELLS) + cells <= TBL_MAX_CELLS)
        return true;
    plan_fail(src->p, "the rules of %s need more than %u table cells", src->who, TBL_MAX_CELLS);
    return false;
}

/* --- inputs -------------------------------------------------------------------------------------
 */

/* MAP: code -> class * stride. */
static uint32_t class_value(const struct program_source *src, uint32_t var, uint32_t code,
                            uint32_t stride)
{
    uint32_t class = src->dd->class_of[var][code];
    return class == DD_NO_CLASS ? POL_MAP_INVALID : class * stride;
}

/* The map of a level: class or, for `codes`, code, times stride. */
static void map_input(const struct program_source *src, uint32_t var, uint32_t stride, bool codes,
                      struct pol_prt_level *l)
{
    const struct plan_field *f = &src->p->fields[src->looks[var]->field];
    uint32_t size = pow2_above(f->ncodes);
    uint32_t *map = ARENA_ARRAY(src->work, uint32_t, size);
    for (uint32_t code = 0; code < size; code++) {
        map[code] = code < f->ncodes ? class_value(src, var, code, stride) : POL_MAP_INVALID;
        if (codes && map[code] != POL_MAP_INVALID)
            map[code] = code * stride;
    }
    l->kind = POL_LEVEL_MAP;
    l->slot = f->slot;
    l->mask = size - 1;
    l->value = f->ncodes;
    l->map = plan_lut(src->p, POL_SEC_MAPS, map, size);
}

/* Bounds that no class needs are left out. */
static void value_input(const struct program_source *src, uint32_t var, struct pol_prt_level *l)
{
    const struct look *look = src->looks[var];
    const uint32_t *class_of = src->dd->class_of[var];
    uint32_t *map = ARENA_ARRAY(src->work, uint32_t, 2 * (size_t)look->nbounds + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < look->nbounds; i++)
        if (class_of[i + 1] != class_of[i])
            map[n++] = look->bounds[i];
    uint32_t at = n;
    map[at++] = class_of[0];
    for (uint32_t i = 0; i < look->nbounds; i++)
        if (class_of[i + 1] != class_of[i])
            map[at++] = class_of[i + 1];
    l->kind = POL_LEVEL_VALUE;
    l->slot = look->slot;
    l->value = n;
    l->map = plan_lut(src->p, POL_SEC_MAPS, map, at);
}

/* Equal expressions are one list of operations. */
static void atom_input(const struct program_source *src, struct look *look, struct pol_prt_level *l)
{
    if (!look->nops)
        plan_atom_ops(src->p, &src->p->ir->guards[look->atom], &look->first_op, &look->nops);
    l->kind = POL_LEVEL_EXPR;
    l->first_op = look->first_op;
    l->nops = look->nops;
}

void level_input(const struct program_source *src, uint32_t var, uint32_t stride,
                 struct pol_prt_level *l)
{
    struct look *look = src->looks[var];
    l->width = src->dd->nclasses[var];
    l->operand = look->operand;
    switch (look->kind) {
    case DD_MAP:
        map_input(src, var, stride, false, l);
        break;
    case DD_VALUE:
        value_input(src, var, l);
        break;
    case DD_ATOM:
        atom_input(src, look, l);
        break;
    case DD_TEST:
        l->kind = POL_LEVEL_TEST;
        l->slot = src->p->fields[look->field].slot;
        l->mask = look->mask;
        l->value = look->value;
        break;
    }
}

/* --- chain --------------------------------------------------------------------------------------
 */

/* CELLS of one level; `states` becomes the states after it. */
static bool level_cells(const struct program_source *src, uint32_t var, struct states *states,
                        struct pol_prt_level *l)
{
    struct numbering num;
    l->nstates = states->n;
    l->base = section_count(src->p->out, POL_SEC_CELLS);
    if (!cells_left(src, (uint64_t)l->width * states->n))
        return false;
    numbering_init(&num, src);
    for (uint32_t s = 0; s < states->n; s++)
        for (uint32_t i = 0; i < l->width; i++) {
            uint32_t cell = number_of(&num, source_next(src, states->ids[s], var, i));
            section_push(src->p->out, POL_SEC_CELLS, &cell);
        }
    *states = num.states;
    return true;
}

/* Levels that are not summed into one lookup. */
static bool chain_levels(const struct program_source *src, bool maps, struct states *states)
{
    for (uint32_t v = 0; v < src->dd->nvars; v++) {
        struct pol_prt_level l = {0};
        if (!source_shows(src, v) || (!maps && src->dd->vars[v].kind == DD_MAP))
            continue;
        level_input(src, v, 1, &l);
        if (src->p->error || !level_cells(src, v, states, &l))
            return false;
        section_push(src->p->out, POL_SEC_LEVELS, &l);
    }
    return true;
}

/* --- one lookup ---------------------------------------------------------------------------------
 */

/* The MAP variables that are looked up at once, and their address: either classes, each times the
 * product of the numbers of classes after it, or codes, each with whole bits. */
struct address {
    const struct program_source *src;
    bool codes;
    uint32_t *vars, n;
    uint64_t cells; /* saturates */
};

static bool in_address(const struct program_source *src, uint32_t var)
{
    return src->dd->vars[var].kind == DD_MAP && source_shows(src, var);
}

/* Values of one part of the address. */
static uint32_t part_size(const struct address *a, uint32_t var)
{
    const struct program_source *src = a->src;
    return a->codes ? pow2_above(src->p->fields[src->looks[var]->field].ncodes)
                    : src->dd->nclasses[var];
}

static void make_address(const struct program_source *src, bool codes, struct address *a)
{
    *a = (struct address){.src = src, .codes = codes, .cells = 1};
    a->vars = ARENA_ARRAY(src->work, uint32_t, src->dd->nvars + 1);
    for (uint32_t v = 0; v < src->dd->nvars; v++) {
        if (!in_address(src, v))
            continue;
        a->vars[a->n++] = v;
        a->cells = a->cells > UINT64_MAX / 2 / part_size(a, v) ? UINT64_MAX / 2
                                                               : a->cells * part_size(a, v);
    }
}

static void address_too_big(const struct address *a)
{
    static const char *const names[POL_OPERANDS] = {[POL_OP_ENV] = "PC",
                                                    [POL_OP_CODE] = "code",
                                                    [POL_OP_OP1] = "first operand",
                                                    [POL_OP_OP2] = "second operand",
                                                    [POL_OP_OP3] = "third operand",
                                                    [POL_OP_MEM] = "memory"};
    struct plan *p = a->src->p;
    const char *parts = "";
    for (uint32_t i = 0; i < a->n; i++) {
        const struct look *l = a->src->looks[a->vars[i]];
        parts = arena_printf(a->src->work, "%s%s%s: %u %s", parts, i ? ", " : "", names[l->operand],
                             part_size(a, a->vars[i]), a->codes ? "codes" : "classes");
    }
    plan_fail(p, "%s layout: the rules of %s need %s%llu cells (%s), at most %u are possible",
              a->codes ? "flat" : "dense", a->src->who,
              a->cells == UINT64_MAX / 2 ? "more than " : "", (unsigned long long)a->cells, parts,
              TBL_FORCE_DENSE);
}

/* The node or terminal at an address; UINT32_MAX: no operands have it. */
static uint32_t at_address(const struct address *a, uint32_t index)
{
    const struct program_source *src = a->src;
    uint32_t id = src->dd->root, stride = (uint32_t)a->cells;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t var = a->vars[i], size = part_size(a, var);
        stride /= size;
        uint32_t input = index / stride % size;
        if (a->codes)
            input = input < src->dd->vars[var].ncodes ? src->dd->class_of[var][input] : DD_NO_CLASS;
        if (input == DD_NO_CLASS)
            return UINT32_MAX;
        id = source_next(src, id, var, input);
    }
    return id;
}

/* The last part of the address is the fastest. */
static bool address_cells(const struct address *a, struct pol_prt_program *prog,
                          struct states *states)
{
    struct plan *p = a->src->p;
    struct numbering num;
    if (!cells_left(a->src, a->cells))
        return false;
    numbering_init(&num, a->src);
    prog->dense_base = section_count(p->out, POL_SEC_CELLS);
    prog->dense_size = (uint32_t)a->cells;
    for (uint32_t index = 0; index < prog->dense_size; index++) {
        uint32_t id = at_address(a, index);
        uint32_t cell = id == UINT32_MAX ? 0 : number_of(&num, id);
        section_push(p->out, POL_SEC_CELLS, &cell);
    }
    *states = num.states;
    return true;
}

static bool address_levels(const struct address *a, struct pol_prt_program *prog,
                           struct states *states)
{
    uint32_t stride = (uint32_t)a->cells;
    prog->layout = a->codes ? POL_LAYOUT_FLAT : POL_LAYOUT_DENSE;
    prog->nmap = a->n;
    for (uint32_t i = 0; i < a->n; i++) {
        uint32_t var = a->vars[i];
        struct pol_prt_level l = {
            .operand = a->src->looks[var]->operand, .width = part_size(a, var), .nstates = 1};
        stride /= part_size(a, var);
        map_input(a->src, var, stride, a->codes, &l);
        section_push(a->src->p->out, POL_SEC_LEVELS, &l);
    }
    return address_cells(a, prog, states);
}

/* Is there one lookup for all MAPs?  Fails the plan where it was asked for and is too big. */
static bool wants_address(const struct address *a)
{
    enum tbl_layout layout = a->src->p->options->layout;
    if (a->n == 0 || layout == TBL_DAG)
        return false;
    if (layout == TBL_AUTO)
        return a->cells <= TBL_MAX_DENSE;
    if (a->cells > TBL_FORCE_DENSE)
        address_too_big(a);
    return a->cells <= TBL_FORCE_DENSE;
}

bool layout_program(const struct program_source *src, struct pol_prt_program *prog,
                    struct states *last)
{
    struct address a;
    bool ok = true;
    *last = (struct states){ARENA_ARRAY(src->work, uint32_t, 1), 1};
    last->ids[0] = src->dd->root;
    if (src->p->options->layout == TBL_TCAM)
        return tcam_program(src, prog, last);
    make_address(src, src->p->options->layout == TBL_FLAT, &a);
    prog->layout = POL_LAYOUT_DAG;
    prog->first_level = section_count(src->p->out, POL_SEC_LEVELS);
    if (wants_address(&a))
        ok = address_levels(&a, prog, last);
    ok = ok && !src->p->error && chain_levels(src, prog->layout == POL_LAYOUT_DAG, last);
    prog->nlevels = section_count(src->p->out, POL_SEC_LEVELS) - prog->first_level;
    return ok;
}
