/* The validator: many small checks, each of one kind of record.  After it, every index that the
 * evaluator, the codec and the printers follow stays inside its section, whatever the file. */
#include <pol/table.h>
#include <pol/isa.h>

#define REQUIRE(cond, text)                                                                        \
    do {                                                                                           \
        if (!(cond))                                                                               \
            return (text);                                                                         \
    } while (0)

/* [first, first + n) lies within `size`. */
static bool within(uint64_t first, uint64_t n, uint64_t size)
{
    return first <= size && n <= size - first;
}

static bool is_string(const struct pol_table *t, uint32_t offset)
{
    return offset < t->n_strings;
}

static const char *validate_meta(const struct pol_table *t)
{
    REQUIRE(t->n_meta == 1, "META must have one record");
    REQUIRE(t->n_strings > 0 && t->strings[0] == 0 && t->strings[t->n_strings - 1] == 0,
            "STRINGS must start and end with a NUL");
    const struct pol_prt_meta *m = t->meta;
    REQUIRE(is_string(t, m->name) && is_string(t, m->stem) && is_string(t, m->isa) &&
                is_string(t, m->target),
            "META: string out of range");
    REQUIRE(m->granule == 1 || m->granule == 2 || m->granule == 4 || m->granule == 8,
            "META: granule must be 1, 2, 4 or 8");
    REQUIRE(m->nslots == t->n_slots && m->nslots <= 1u << 20, "META: slots do not match");
    REQUIRE(m->nglobals <= t->n_deciders, "META: more globals than deciders");
    REQUIRE(m->max_values <= 1u << 24, "META: too many scratch values");
    struct pol_isa isa;
    char err[64];
    REQUIRE(pol_isa_parse(t->strings + m->isa, &isa, err, sizeof err) == 0, "META: unknown ISA");
    return NULL;
}

static const char *validate_tags(const struct pol_table *t)
{
    uint32_t next = 0;
    REQUIRE(t->n_tags <= 1u << 20, "TAGS: too many");
    for (uint32_t i = 0; i < t->n_tags; i++) {
        const struct pol_prt_tag *g = &t->tags[i];
        REQUIRE(is_string(t, g->name) && is_string(t, g->module), "TAGS: string out of range");
        REQUIRE(g->domain < t->n_domains && g->merge_all <= 1, "TAGS: bad domain or merge kind");
        REQUIRE(g->first_arg == next && g->nargs <= POL_MAX_ARGS &&
                    within(g->first_arg, g->nargs, t->n_args),
                "TAGS: arguments out of range");
        next += g->nargs;
    }
    REQUIRE(next == t->n_args, "ARGS: records that no tag has");
    for (uint32_t i = 0; i < t->n_args; i++) {
        const struct pol_prt_arg *a = &t->args[i];
        REQUIRE(a->is_set <= 1 && within(a->slot, a->nslots, t->n_slots),
                "ARGS: lane out of range");
        REQUIRE(a->values == POL_NONE ||
                    (!a->is_set && within(a->values, (uint64_t)a->max + 1, t->n_values)),
                "ARGS: names of values out of range");
    }
    return NULL;
}

/* Entries may share their text, which readers copy: bounded in all. */
static const char *validate_values(const struct pol_table *t)
{
    enum { BYTES_MAX = 1 << 26 };
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < t->n_values; i++) {
        REQUIRE(is_string(t, t->values[i]), "VALUES: string out of range");
        for (const char *c = t->strings + t->values[i]; *c && bytes < BYTES_MAX; c++)
            bytes++;
        REQUIRE(++bytes < BYTES_MAX, "VALUES: names are too long");
    }
    return NULL;
}

static const char *validate_field(const struct pol_table *t, const struct pol_prt_field *f)
{
    REQUIRE(f->domain < t->n_domains && f->kind <= POL_FIELD_BITS && f->slot < t->n_slots,
            "FIELDS: domain, kind or slot out of range");
    REQUIRE(within(f->first_tag, f->ntags, t->n_field_tags), "FIELDS: tags out of range");
    REQUIRE(f->shape_words == (f->ntags + 31) / 32, "FIELDS: wrong shape size");
    if (f->kind == POL_FIELD_BITS) {
        REQUIRE(f->ntags <= POL_BITS_PER_SLOT && f->ncodes == 0 && f->empty == POL_VALID_BIT,
                "FIELDS: bad bit field");
        return NULL;
    }
    REQUIRE(f->ncodes >= 2 && f->ncodes <= 1u << 16, "FIELDS: bad number of codes");
    REQUIRE(f->empty >= 1 && f->empty < f->ncodes, "FIELDS: no code for {}");
    REQUIRE(within(f->first_shape, (uint64_t)f->ncodes * (f->shape_words + 1), t->n_shapes),
            "FIELDS: shapes out of range");
    return NULL;
}

static const char *validate_fields(const struct pol_table *t)
{
    for (uint32_t i = 0; i < t->n_fields; i++) {
        const char *wrong = validate_field(t, &t->fields[i]);
        REQUIRE(!wrong, wrong);
    }
    for (uint32_t i = 0; i < t->n_field_tags; i++)
        REQUIRE(t->field_tags[i] < t->n_tags, "FIELD_TAGS: tag out of range");
    for (uint32_t i = 0; i < t->n_slots; i++) {
        const struct pol_prt_slot *s = &t->slots[i];
        bool lane = s->kind == POL_SLOT_LANE || s->kind == POL_SLOT_NESTED_LANE;
        bool nested = s->kind == POL_SLOT_NESTED_FIELD || s->kind == POL_SLOT_NESTED_LANE;
        REQUIRE(s->kind <= POL_SLOT_NESTED_LANE && s->index < (lane ? t->n_args : t->n_fields),
                "SLOTS: bad kind or index");
        REQUIRE(!lane || !t->args[s->index].is_set, "SLOTS: lane of a TagSet argument");
        REQUIRE(!nested || (s->set_arg < t->n_args && t->args[s->set_arg].is_set),
                "SLOTS: nested slot of no TagSet argument");
    }
    return NULL;
}

/* Is value x of the list that op number i stands in defined before it?  Operations from FAIL on
 * define none. */
static bool gives(const struct pol_prt_op *op, uint32_t i, uint32_t x)
{
    return x < i && (op - i)[x].op < POL_OPC_FAIL;
}

static const char *validate_op(const struct pol_table *t, const struct pol_prt_op *op, uint32_t i,
                               uint32_t operands, uint32_t results)
{
    uint32_t n = t->n_slots;
    switch (op->op) {
    case POL_OPC_SLOT:
        REQUIRE(op->a < operands && op->b < n, "OPS: slot out of range");
        return NULL;
    case POL_OPC_CONST:
        return NULL;
    case POL_OPC_MAP1:
        REQUIRE(gives(op, i, op->a) && (op->c & (op->c + 1)) == 0 &&
                    within(op->b, (uint64_t)op->c + 1, t->n_lut),
                "OPS: map1 out of range");
        return NULL;
    case POL_OPC_MAP2:
        REQUIRE(gives(op, i, op->a) && gives(op, i, op->b) && (op->d & (op->d + 1)) == 0 &&
                    op->e < 17 && op->d <= 0xFFFF &&
                    within(op->c, ((uint64_t)op->d + 1) << op->e, t->n_lut),
                "OPS: map2 out of range");
        return NULL;
    case POL_OPC_MATRIX:
        REQUIRE(gives(op, i, op->a) && gives(op, i, op->b) && (op->d & (op->d + 1)) == 0 &&
                    op->e < 17 && op->d < POL_PRT_MAX_MATRIX &&
                    within(op->c, ((((uint64_t)op->d + 1) << op->e) + 31) / 32, t->n_lut),
                "OPS: matrix out of range");
        return NULL;
    case POL_OPC_AND:
    case POL_OPC_OR:
    case POL_OPC_ANDNOT:
    case POL_OPC_ADD:
    case POL_OPC_SUB:
    case POL_OPC_MUL:
    case POL_OPC_DIV:
    case POL_OPC_MOD:
    case POL_OPC_EQ:
    case POL_OPC_LT:
        REQUIRE(gives(op, i, op->a) && gives(op, i, op->b), "OPS: value out of range");
        return NULL;
    case POL_OPC_BIT:
        REQUIRE(gives(op, i, op->a) && op->b < 64, "OPS: bit out of range");
        return NULL;
    case POL_OPC_SELECT:
        REQUIRE(gives(op, i, op->a) && gives(op, i, op->b) && gives(op, i, op->c),
                "OPS: value out of range");
        return NULL;
    case POL_OPC_EQSLOTS:
        REQUIRE(op->a < operands && op->c < operands && within(op->b, op->e, n) &&
                    within(op->d, op->e, n),
                "OPS: slots out of range");
        return NULL;
    case POL_OPC_NEW:
    case POL_OPC_SPENT:
        REQUIRE(op->a < t->n_counters && op->b < 1u << 16, "OPS: counter out of range");
        return NULL;
    case POL_OPC_FAIL:
        REQUIRE(gives(op, i, op->a) && op->b >= POL_CAUSE_INVALID && op->b != POL_CAUSE_RULE &&
                    op->b <= POL_CAUSE_NESTED && (op->c < t->n_tags || op->c == POL_NO_TAG),
                "OPS: bad failure");
        return NULL;
    case POL_OPC_STOREC:
        REQUIRE(op->d >= 2, "OPS: store to a field without codes");
        REQUIRE(op->a < results && op->b < n && gives(op, i, op->c), "OPS: store out of range");
        return NULL;
    case POL_OPC_STORE:
    case POL_OPC_STOREB:
        REQUIRE(op->a < results && op->b < n && gives(op, i, op->c), "OPS: store out of range");
        return NULL;
    case POL_OPC_COPY:
        REQUIRE(op->a < results && op->c < operands && within(op->b, op->d, n),
                "OPS: copy out of range");
        return NULL;
    case POL_OPC_PUT:
        REQUIRE(op->a < results && op->b < n, "OPS: store out of range");
        return NULL;
    default:
        return "OPS: unknown operation";
    }
}

static const char *validate_ops(const struct pol_table *t, uint32_t first, uint32_t n,
                                uint32_t operands, uint32_t results)
{
    REQUIRE(within(first, n, t->n_ops) && n <= t->meta->max_values, "OPS: list out of range");
    for (uint32_t i = 0; i < n; i++) {
        const char *wrong = validate_op(t, &t->ops[first + i], i, operands, results);
        REQUIRE(!wrong, wrong);
    }
    return NULL;
}

static const char *validate_domains(const struct pol_table *t)
{
    for (uint32_t i = 0; i < t->n_domains; i++) {
        const struct pol_prt_domain *d = &t->domains[i];
        REQUIRE(d->kind <= POL_DOMAIN_STATIC && is_string(t, d->name), "DOMAINS: bad kind or name");
        REQUIRE(d->decider < t->n_deciders || d->decider == POL_NONE, "DOMAINS: bad decider");
        REQUIRE(within(d->first_field, d->nfields, t->n_fields) &&
                    within(d->first_slot, d->nslots, t->n_slots),
                "DOMAINS: fields or slots out of range");
        const char *wrong = validate_ops(t, d->merge_op, d->nmerge, 2, 1);
        wrong = wrong ? wrong : validate_ops(t, d->drop_op, d->ndrop, 2, 1);
        REQUIRE(!wrong, wrong);
    }
    return NULL;
}

static const char *validate_opclasses(const struct pol_table *t)
{
    REQUIRE(t->n_opclasses > 0, "OPCLASSES: none");
    for (uint32_t i = 0; i < t->n_opclasses; i++) {
        const struct pol_prt_opclass *c = &t->opclasses[i];
        REQUIRE(is_string(t, c->name) && is_string(t, c->insn_name), "OPCLASSES: bad name");
        REQUIRE(c->op1 < 4 && c->op2 < 4 && c->op3 < 4 && c->mem < 4 && c->rd < 4 && c->csr < 2 &&
                    c->size <= 16,
                "OPCLASSES: bad operand form");
        REQUIRE(within(c->first_group, c->ngroups, t->n_class_groups), "OPCLASSES: bad groups");
    }
    for (uint32_t i = 0; i < t->n_class_groups; i++)
        REQUIRE(t->class_groups[i] < t->n_groups, "CLASS_GROUPS: group out of range");
    for (uint32_t i = 0; i < t->n_groups; i++) {
        const struct pol_prt_group *g = &t->groups[i];
        bool ok = is_string(t, g->name);
        for (int k = 0; k < 6; k++)
            ok = ok && is_string(t, g->operand_name[k]);
        for (int k = 0; k < 4; k++)
            ok = ok && is_string(t, g->result_name[k]);
        REQUIRE(ok, "GROUPS: string out of range");
    }
    for (uint32_t i = 0; i < t->n_decode; i++)
        REQUIRE(t->decode[i].opclass < t->n_opclasses &&
                    (t->decode[i].match & ~t->decode[i].mask) == 0,
                "DECODE: bad entry");
    return NULL;
}

/* Entries of MAPS that a level has. */
static uint64_t map_size(const struct pol_prt_level *l)
{
    return l->kind == POL_LEVEL_MAP     ? (uint64_t)l->mask + 1
           : l->kind == POL_LEVEL_VALUE ? 2 * (uint64_t)l->value + 1
                                        : 0;
}

static const char *validate_level_input(const struct pol_table *t, const struct pol_prt_level *l)
{
    REQUIRE(l->kind <= POL_LEVEL_VALUE, "LEVELS: unknown kind");
    if (l->kind == POL_LEVEL_EXPR) {
        REQUIRE(l->nops > 0, "LEVELS: empty expression");
        return validate_ops(t, l->first_op, l->nops, POL_OPERANDS, 0);
    }
    REQUIRE(l->operand < POL_OPERANDS && l->slot < t->n_slots, "LEVELS: operand out of range");
    if (l->kind == POL_LEVEL_VALUE) {
        uint32_t kind = t->slots[l->slot].kind;
        REQUIRE(kind == POL_SLOT_LANE || kind == POL_SLOT_NESTED_LANE,
                "LEVELS: class of no argument");
        REQUIRE(l->value >= 1 && within(l->map, map_size(l), t->n_maps),
                "LEVELS: bounds out of range");
    }
    if (l->kind == POL_LEVEL_MAP)
        REQUIRE((l->mask & (l->mask + 1)) == 0 && l->value >= 2 &&
                    within(l->map, map_size(l), t->n_maps),
                "LEVELS: class map out of range");
    return NULL;
}

/* All of them, whether a program uses them or not: the evaluator's form is made of all. */
static const char *validate_levels(const struct pol_table *t)
{
    for (uint32_t i = 0; i < t->n_levels; i++) {
        const char *wrong = validate_level_input(t, &t->levels[i]);
        REQUIRE(!wrong, wrong);
    }
    return NULL;
}

static bool cells_below(const struct pol_table *t, uint32_t base, uint64_t n, uint32_t limit)
{
    for (uint64_t i = 0; i < n; i++)
        if (t->cells[base + i] >= limit)
            return false;
    return true;
}

/* States that the level after `level` of program p accepts. */
static uint32_t states_after(const struct pol_table *t, const struct pol_prt_program *p,
                             uint32_t level)
{
    return level + 1 < p->nlevels ? t->levels[p->first_level + level + 1].nstates : p->nactions;
}

/* The largest input that a level can give. */
static const char *largest_input(const struct pol_table *t, const struct pol_prt_level *l,
                                 uint32_t *largest)
{
    const uint32_t *map = t->maps + l->map;
    *largest = 0;
    switch (l->kind) {
    case POL_LEVEL_MAP:
        for (uint32_t i = 0; i <= l->mask; i++) {
            REQUIRE(map[i] <= POL_MAP_INVALID, "MAPS: neither a class nor invalid");
            *largest = map[i] != POL_MAP_INVALID && map[i] > *largest ? map[i] : *largest;
        }
        return NULL;
    case POL_LEVEL_VALUE:
        for (uint32_t i = 1; i < l->value; i++)
            REQUIRE(map[i - 1] < map[i], "MAPS: bounds do not ascend");
        for (uint32_t i = 0; i <= l->value; i++)
            *largest = map[l->value + i] > *largest ? map[l->value + i] : *largest;
        REQUIRE(*largest < POL_MAP_INVALID, "MAPS: a class of arguments is too large");
        return NULL;
    default:
        *largest = 1;
        return NULL;
    }
}

static const char *validate_width(const struct pol_table *t, const struct pol_prt_level *l)
{
    uint32_t largest;
    const char *wrong = largest_input(t, l, &largest);
    REQUIRE(!wrong, wrong);
    REQUIRE(l->width > largest, "LEVELS: class beyond the table's width");
    return NULL;
}

static const char *validate_chain_level(const struct pol_table *t, const struct pol_prt_program *p,
                                        uint32_t k)
{
    const struct pol_prt_level *l = &t->levels[p->first_level + k];
    const char *wrong = validate_width(t, l);
    REQUIRE(!wrong, wrong);
    REQUIRE(l->nstates > 0 && (uint64_t)l->nstates * l->width <= UINT32_MAX &&
                within(l->base, (uint64_t)l->nstates * l->width, t->n_cells),
            "LEVELS: cells out of range");
    REQUIRE(cells_below(t, l->base, (uint64_t)l->nstates * l->width, states_after(t, p, k)),
            "CELLS: state out of range");
    return NULL;
}

/* Levels [first, nlevels) as a chain. */
static const char *validate_chain(const struct pol_table *t, const struct pol_prt_program *p,
                                  uint32_t first)
{
    for (uint32_t k = first; k < p->nlevels; k++) {
        const char *wrong = validate_chain_level(t, p, k);
        REQUIRE(!wrong, wrong);
    }
    return NULL;
}

static const char *validate_dag(const struct pol_table *t, const struct pol_prt_program *p)
{
    REQUIRE(p->nmap == 0, "PROGRAMS: a chain that sums");
    REQUIRE(p->start < (p->nlevels ? t->levels[p->first_level].nstates : p->nactions),
            "PROGRAMS: start state out of range");
    return validate_chain(t, p, 0);
}

static const char *validate_dense(const struct pol_table *t, const struct pol_prt_program *p)
{
    uint64_t top = 0;
    REQUIRE(p->nmap >= 1 && p->nmap <= p->nlevels, "PROGRAMS: dense without levels");
    for (uint32_t k = 0; k < p->nmap; k++) {
        const struct pol_prt_level *l = &t->levels[p->first_level + k];
        REQUIRE(l->kind == POL_LEVEL_MAP, "PROGRAMS: dense level is no class map");
        uint32_t largest;
        const char *wrong = largest_input(t, l, &largest);
        REQUIRE(!wrong, wrong);
        top += largest;
    }
    REQUIRE(top < POL_MAP_INVALID && top < p->dense_size &&
                within(p->dense_base, p->dense_size, t->n_cells),
            "PROGRAMS: dense index out of range");
    REQUIRE(cells_below(t, p->dense_base, p->dense_size, states_after(t, p, p->nmap - 1)),
            "CELLS: state out of range");
    return validate_chain(t, p, p->nmap);
}

/* Bits that hold 0 .. value. */
static uint32_t bits_for(uint32_t value)
{
    uint32_t n = 0;
    while (n < 32 && value >> n)
        n++;
    return n;
}

/* Codes side by side: each map is the code itself, shifted, or invalid. */
static const char *validate_flat(const struct pol_table *t, const struct pol_prt_program *p)
{
    const char *wrong = validate_dense(t, p);
    uint32_t shift = 0;
    REQUIRE(!wrong, wrong);
    for (uint32_t k = p->nmap; k-- > 0;) {
        const struct pol_prt_level *l = &t->levels[p->first_level + k];
        for (uint32_t code = 0; code <= l->mask; code++)
            REQUIRE(t->maps[l->map + code] == POL_MAP_INVALID ||
                        t->maps[l->map + code] == (uint64_t)code << shift,
                    "MAPS: a flat program's codes are not side by side");
        shift += bits_for(l->mask);
        REQUIRE(shift <= 31, "PROGRAMS: flat address too long");
    }
    return NULL;
}

/* Takes the bits of a level's input from those that are free; false when they are not. */
static bool take_key_bits(const struct pol_prt_level *l, uint64_t *taken)
{
    uint32_t n = bits_for(l->width - 1);
    if (l->base >= 64 || n > 64 - l->base)
        return false;
    uint64_t bits = ((UINT64_C(1) << n) - 1) << l->base;
    bool free = !(*taken & bits);
    *taken |= bits;
    return free;
}

static uint64_t entry_value(const struct pol_prt_ternary *e)
{
    return (uint64_t)e->value[1] << 32 | e->value[0];
}

static uint64_t entry_mask(const struct pol_prt_ternary *e)
{
    return (uint64_t)e->mask[1] << 32 | e->mask[0];
}

/* Whatever matches gives one state, so that their order does not matter. */
static bool entries_agree(const struct pol_prt_ternary *e, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < i; k++) {
            uint64_t both = entry_mask(&e[i]) & entry_mask(&e[k]);
            bool meet = !((entry_value(&e[i]) ^ entry_value(&e[k])) & both);
            if (meet && e[i].state != e[k].state)
                return false;
        }
    return true;
}

static const char *validate_tcam(const struct pol_table *t, const struct pol_prt_program *p)
{
    uint64_t taken = 0, key = 0;
    REQUIRE(p->nmap == 0 && p->start < p->nactions, "PROGRAMS: start state out of range");
    REQUIRE(within(p->dense_base, p->dense_size, t->n_ternary), "PROGRAMS: entries out of range");
    for (uint32_t k = 0; k < p->nlevels; k++) {
        const struct pol_prt_level *l = &t->levels[p->first_level + k];
        const char *wrong = validate_width(t, l);
        REQUIRE(!wrong, wrong);
        REQUIRE(take_key_bits(l, &taken), "LEVELS: inputs do not fit side by side");
    }
    while (taken & ~key)
        key = key << 1 | 1;
    const struct pol_prt_ternary *entries = t->ternary + p->dense_base;
    for (uint32_t i = 0; i < p->dense_size; i++)
        REQUIRE(entries[i].state < p->nactions && !(entry_mask(&entries[i]) & ~key) &&
                    !(entry_value(&entries[i]) & ~entry_mask(&entries[i])),
                "TERNARY: bad entry");
    REQUIRE(entries_agree(entries, p->dense_size), "TERNARY: entries that match disagree");
    return NULL;
}

static const char *validate_layout(const struct pol_table *t, const struct pol_prt_program *p)
{
    switch (p->layout) {
    case POL_LAYOUT_DAG:
        return validate_dag(t, p);
    case POL_LAYOUT_DENSE:
        return validate_dense(t, p);
    case POL_LAYOUT_FLAT:
        return validate_flat(t, p);
    case POL_LAYOUT_TCAM:
        return validate_tcam(t, p);
    default:
        return "PROGRAMS: unknown layout";
    }
}

/* validate_work() did levels, actions and tuples. */
static const char *validate_program(const struct pol_table *t, const struct pol_prt_program *p)
{
    REQUIRE(p->nactions > 0, "PROGRAMS: no action");
    return validate_layout(t, p);
}

/* A fused program decides for all deciders of an opclass. */
static const char *validate_remap(const struct pol_table *t)
{
    REQUIRE(t->n_remap == (uint64_t)t->n_deciders * t->n_opclasses, "REMAP: wrong size");
    for (uint32_t i = 0; i < t->n_remap; i++) {
        REQUIRE(t->remap[i] < t->n_programs, "REMAP: program out of range");
        uint32_t first = t->remap[i % t->n_opclasses];
        bool fused = t->programs[t->remap[i]].first_tuple != POL_NONE ||
                     t->programs[first].first_tuple != POL_NONE;
        REQUIRE(!fused || t->remap[i] == first, "REMAP: a program of all is not used by all");
    }
    return NULL;
}

static const char *validate_programs(const struct pol_table *t)
{
    const char *bad_remap = validate_remap(t);
    REQUIRE(!bad_remap, bad_remap);
    for (uint32_t i = 0; i < t->n_programs; i++) {
        const char *wrong = validate_program(t, &t->programs[i]);
        REQUIRE(!wrong, wrong);
    }
    for (uint32_t i = 0; i < t->n_actions; i++) {
        const struct pol_prt_action *a = &t->actions[i];
        REQUIRE(a->verdict <= POL_FAIL_EXPLICIT && a->written < 1u << POL_RESULTS,
                "ACTIONS: bad verdict");
        REQUIRE((a->rule == POL_NONE) == (a->verdict == POL_FAIL_IMPLICIT),
                "ACTIONS: rule does not fit the verdict");
        REQUIRE(a->verdict == POL_ALLOW || (a->nops == 0 && a->written == 0),
                "ACTIONS: a failing one with results");
        REQUIRE(within(a->first_report, a->nreports, t->n_reports),
                "ACTIONS: reports out of range");
        for (uint32_t k = 1; k < a->nreports; k++)
            REQUIRE(t->reports[a->first_report + k - 1] < t->reports[a->first_report + k],
                    "REPORTS: rules do not ascend");
        const char *wrong = validate_ops(t, a->first_op, a->nops, POL_OPERANDS, POL_RESULTS);
        REQUIRE(!wrong, wrong);
    }
    return NULL;
}

/* The action of a decider in a program's last state; bounded by validate_work(). */
static uint32_t action_at(const struct pol_table *t, const struct pol_prt_program *p,
                          uint32_t state, uint32_t decider)
{
    if (p->first_tuple == POL_NONE)
        return p->first_action + state;
    return t->tuples[p->first_tuple + (size_t)state * t->n_deciders + decider];
}

/* The rules that an action reports are the decider's and come before the one that decides. */
static const char *validate_last_report(const struct pol_table *t, uint32_t decider,
                                        const struct pol_prt_action *a)
{
    uint32_t limit = a->rule == POL_NONE ? t->deciders[decider].nrules : a->rule;
    REQUIRE(a->nreports == 0 || t->reports[a->first_report + a->nreports - 1] < limit,
            "REPORTS: rule out of range");
    return NULL;
}

/* Rules named by a decider's actions exist. */
static const char *validate_actions_of(const struct pol_table *t, uint32_t decider)
{
    for (uint32_t c = 0; c < t->n_opclasses; c++) {
        const struct pol_prt_program *p = &t->programs[t->remap[decider * t->n_opclasses + c]];
        for (uint32_t k = 0; k < p->nactions; k++) {
            const struct pol_prt_action *a = &t->actions[action_at(t, p, k, decider)];
            REQUIRE(a->rule == POL_NONE || a->rule < t->deciders[decider].nrules,
                    "ACTIONS: rule out of range");
            const char *wrong = validate_last_report(t, decider, a);
            REQUIRE(!wrong, wrong);
        }
    }
    return NULL;
}

static const char *validate_deciders(const struct pol_table *t)
{
    for (uint32_t i = 0; i < t->n_deciders; i++) {
        const struct pol_prt_decider *d = &t->deciders[i];
        REQUIRE(is_string(t, d->name) && d->is_global == (i < t->meta->nglobals) &&
                    d->domain < t->n_domains && within(d->first_rule, d->nrules, t->n_rules),
                "DECIDERS: out of range");
        const char *wrong = validate_actions_of(t, i);
        REQUIRE(!wrong, wrong);
    }
    for (uint32_t i = 0; i < t->n_rules; i++) {
        const struct pol_prt_rule *r = &t->rules[i];
        REQUIRE(is_string(t, r->file) && is_string(t, r->policy) && is_string(t, r->message) &&
                    is_string(t, r->text) && r->allow <= 1,
                "RULES: string out of range");
        REQUIRE(r->response < t->n_responses, "RULES: unknown response");
    }
    for (uint32_t i = 0; i < t->n_counters; i++)
        REQUIRE(is_string(t, t->counters[i].name) && t->counters[i].decider < t->n_deciders &&
                    t->counters[i].exhaust <= 1,
                "COUNTERS: out of range");
    return NULL;
}

static const char *validate_responses(const struct pol_table *t)
{
    REQUIRE(t->meta->response < t->n_responses, "META: response out of range");
    for (uint32_t i = 0; i < t->n_responses; i++)
        REQUIRE(is_string(t, t->responses[i].name) && is_string(t, t->responses[i].entity) &&
                    t->responses[i].action <= POL_ACTION_HALT,
                "RESPONSES: out of range");
    return NULL;
}

static const char *validate_entities(const struct pol_table *t)
{
    for (uint32_t i = 0; i < t->n_entities; i++)
        REQUIRE(is_string(t, t->entities[i].name) && t->entities[i].literal <= t->n_literals,
                "ENTITIES: out of range");
    return NULL;
}

/* Records may be shared, so a small file could ask for very much work.  Counts what the other
 * checks and the evaluator's form will look at; real tables stay far below the limit. */
enum { WORK_MAX = 1 << 30 };

static uint64_t level_work(const struct pol_prt_program *p, const struct pol_prt_level *l)
{
    return 1 + map_size(l) + (l->kind == POL_LEVEL_EXPR ? l->nops : 0) +
           (p->layout == POL_LAYOUT_TCAM ? 0 : (uint64_t)l->nstates * l->width);
}

/* Ternary entries are compared with each other. */
static uint64_t program_work(const struct pol_table *t, const struct pol_prt_program *p)
{
    uint64_t work = p->dense_size;
    if (p->layout == POL_LAYOUT_TCAM)
        work += (uint64_t)p->dense_size * p->dense_size / 2;
    for (uint32_t k = 0; k < p->nlevels && work <= WORK_MAX; k++)
        work += level_work(p, &t->levels[p->first_level + k]);
    return work;
}

static uint64_t work_of(const struct pol_prt_action *a)
{
    return (uint64_t)a->nops + a->nreports;
}

/* The actions of a program, their operations, which the evaluator's form has by program, and
 * reports. */
static uint64_t action_work(const struct pol_table *t, const struct pol_prt_program *p)
{
    uint64_t work = 0;
    bool fused = p->first_tuple != POL_NONE;
    uint64_t n = fused ? (uint64_t)p->nactions * t->n_deciders : p->nactions;
    for (uint64_t k = 0; k < n && work <= POL_PRT_MAX_OPS; k++)
        work +=
            1 + work_of(&t->actions[fused ? t->tuples[p->first_tuple + k] : p->first_action + k]);
    return work;
}

/* Where a program's records lie. */
static const char *validate_extent(const struct pol_table *t, const struct pol_prt_program *p)
{
    REQUIRE(within(p->first_level, p->nlevels, t->n_levels), "PROGRAMS: levels out of range");
    if (p->first_tuple == POL_NONE) {
        REQUIRE(within(p->first_action, p->nactions, t->n_actions),
                "PROGRAMS: actions out of range");
        return NULL;
    }
    REQUIRE(p->first_action == 0, "PROGRAMS: fused with actions of its own");
    REQUIRE(within(p->first_tuple, (uint64_t)p->nactions * t->n_deciders, t->n_tuples),
            "PROGRAMS: tuples out of range");
    return NULL;
}

static const char *validate_work(const struct pol_table *t)
{
    uint64_t work = 0, ops = 0;
    for (uint32_t i = 0; i < t->n_tuples; i++)
        REQUIRE(t->tuples[i] < t->n_actions, "TUPLES: action out of range");
    for (uint32_t i = 0; i < t->n_programs && work <= WORK_MAX && ops <= POL_PRT_MAX_OPS; i++) {
        const struct pol_prt_program *p = &t->programs[i];
        const char *wrong = validate_extent(t, p);
        REQUIRE(!wrong, wrong);
        work += program_work(t, p);
        ops += action_work(t, p);
    }
    for (uint32_t i = 0; i < t->n_remap && work <= WORK_MAX; i++)
        work += t->remap[i] < t->n_programs ? t->programs[t->remap[i]].nactions : 0;
    REQUIRE(ops <= POL_PRT_MAX_OPS, "its actions ask for too much work");
    ops = 0;
    for (uint32_t i = 0; i < t->n_actions; i++)
        ops += work_of(&t->actions[i]);
    for (uint32_t i = 0; i < t->n_levels; i++)
        ops += t->levels[i].kind == POL_LEVEL_EXPR ? t->levels[i].nops : 0;
    for (uint32_t i = 0; i < t->n_domains; i++)
        ops += (uint64_t)t->domains[i].nmerge + t->domains[i].ndrop;
    REQUIRE(work <= WORK_MAX && ops <= POL_PRT_MAX_OPS, "its records ask for too much work");
    return NULL;
}

const char *pol_table_validate(const struct pol_table *t)
{
    static const char *(*const checks[])(const struct pol_table *) = {
        validate_meta,     validate_work,      validate_tags,      validate_values,
        validate_fields,   validate_domains,   validate_opclasses, validate_levels,
        validate_programs, validate_responses, validate_deciders,  validate_entities};
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        const char *wrong = checks[i](t);
        if (wrong)
            return wrong;
    }
    return NULL;
}
