/* The proof over every layout: tables are rewritten by hand from the chain of lookups, so that the
 * proof meets them without the table builder's help, and then spoiled. */
#include "tests/unit/verify_edit.h"

/* --- flat ---------------------------------------------------------------------------------------
 */

static uint32_t mapped(const struct fixture *f, const struct pol_prt_level *l, uint32_t code)
{
    return code && code < l->value ? f->maps.items[l->map + code] : POL_MAP_INVALID;
}

/* The state after the class maps of a chain, for these codes; POL_NONE: one is invalid. */
static uint32_t state_after(struct fixture *f, const struct pol_prt_program *p, uint32_t nmap,
                            const uint32_t *codes)
{
    uint32_t state = p->start;
    for (uint32_t k = 0; k < nmap; k++) {
        const struct pol_prt_level *l = level_of(f, p, k);
        uint32_t class = mapped(f, l, codes[k]);
        if (class == POL_MAP_INVALID)
            return POL_NONE;
        state = f->cells.items[l->base + state * l->width + class];
    }
    return state;
}

static void flatten(struct fixture *f, struct pol_prt_program *p)
{
    uint32_t nmap = 0, size = 1, codes[POL_OPERANDS];
    while (nmap < p->nlevels && level_of(f, p, nmap)->kind == POL_LEVEL_MAP)
        size *= level_of(f, p, nmap++)->mask + 1;
    if (nmap == 0)
        return;
    uint32_t base = (uint32_t)f->cells.count;
    for (uint32_t at = 0; at < size; at++) {
        uint32_t rest = at;
        for (uint32_t k = nmap; k-- > 0; rest /= level_of(f, p, k)->mask + 1)
            codes[k] = rest & level_of(f, p, k)->mask;
        uint32_t state = state_after(f, p, nmap, codes);
        VEC_PUSH(&f->arena, &f->cells, state == POL_NONE ? 0 : state);
    }
    uint32_t stride = size;
    for (uint32_t k = 0; k < nmap; k++) {
        struct pol_prt_level *l = level_of(f, p, k);
        uint32_t map = (uint32_t)f->maps.count;
        stride /= l->mask + 1;
        for (uint32_t c = 0; c <= l->mask; c++)
            VEC_PUSH(&f->arena, &f->maps,
                     mapped(f, l, c) == POL_MAP_INVALID ? POL_MAP_INVALID : c * stride);
        l->map = map;
    }
    p->layout = POL_LAYOUT_FLAT;
    p->nmap = nmap;
    p->dense_base = base;
    p->dense_size = size;
}

/* The first program of this layout that tells codes of `nmap` operands apart. */
static struct pol_prt_program *find_program(struct fixture *f, uint32_t layout, uint32_t nmap)
{
    for (size_t i = 0; i < f->programs.count; i++)
        if (f->programs.items[i].layout == layout && f->programs.items[i].nmap >= nmap)
            return &f->programs.items[i];
    CHECK(false);
    exit(1);
}

static void flat_tables(void)
{
    struct fixture f;
    CASE("a flat table is proven");
    open_dag(&f, policy_text);
    for (size_t i = 0; i < f.programs.count; i++)
        flatten(&f, &f.programs.items[i]);
    is_proven(&f);
    struct pol_prt_program *p = find_program(&f, POL_LAYOUT_FLAT, 2);
    struct pol_prt_level *first = level_of(&f, p, 0), *second = level_of(&f, p, 1);
    CASE("a flat address that is not the codes is refused");
    uint32_t *map = &f.maps.items[second->map];
    CHANGED(&f, map[1], map[2], "does not put the code into the address", "level 1");
    CHANGED(&f, map[1], POL_MAP_INVALID, "is taken for invalid", "level 1");
    CHANGED(&f, map[0], 0, "cannot occur", "level 1");
    CHANGED(&f, first->map, second->map, "", "level 0");
    CHANGED(&f, p->dense_size, p->dense_size / 2, "beyond the table", "");
    CHANGED(&f, p->nmap, 1, "", "");
    CHANGED(&f, p->nmap, 0, "no such layout", "");
    CASE("another cell of a flat table is refused");
    uint32_t refused = 0;
    char err[1024];
    for (uint32_t i = 0; i < p->dense_size; i++) {
        uint32_t *cell = &f.cells.items[p->dense_base + i], old = *cell;
        *cell = old ? 0 : 1;
        refused += !proven(&f, err, sizeof err);
        *cell = old;
    }
    CHECK(refused > 2);
    is_proven(&f);
    close_fixture(&f);
}

/* --- ternary ------------------------------------------------------------------------------------
 */

struct path {
    struct fixture *f;
    struct pol_prt_program *p;
    uint64_t value, mask;
    uint32_t omitted; /* this state is the default */
};

static uint32_t bits_for(uint32_t inputs)
{
    uint32_t bits = 0;
    while (((uint64_t)1 << bits) < inputs)
        bits++;
    return bits;
}

/* One entry for every path to an outcome. */
static void add_paths(struct path *x, uint32_t k, uint32_t state, uint32_t shift)
{
    struct fixture *f = x->f;
    if (k == x->p->nlevels) {
        struct pol_prt_ternary e = {{(uint32_t)x->value, (uint32_t)(x->value >> 32)},
                                    {(uint32_t)x->mask, (uint32_t)(x->mask >> 32)},
                                    state};
        if (state != x->omitted)
            VEC_PUSH(&f->arena, &f->ternary, e);
        return;
    }
    const struct pol_prt_level *l = level_of(f, x->p, k);
    const uint32_t *cells = &f->cells.items[l->base + state * l->width];
    uint32_t bits = bits_for(l->width);
    bool same = true;
    for (uint32_t i = 1; i < l->width; i++)
        same = same && cells[i] == cells[0];
    if (same) {
        add_paths(x, k + 1, cells[0], shift + bits);
        return;
    }
    struct path old = *x;
    for (uint32_t i = 0; i < l->width; i++) {
        x->value = old.value | (uint64_t)i << shift;
        x->mask = old.mask | (((uint64_t)1 << bits) - 1) << shift;
        add_paths(x, k + 1, cells[i], shift + bits);
    }
    *x = old;
}

static void to_tcam(struct fixture *f, struct pol_prt_program *p)
{
    struct path x = {.f = f, .p = p, .omitted = POL_NONE};
    for (uint32_t s = 0; s < p->nactions; s++)
        if (f->t.actions[p->first_action + s].verdict == POL_FAIL_IMPLICIT)
            x.omitted = s;
    uint32_t first = (uint32_t)f->ternary.count, shift = 0;
    add_paths(&x, 0, p->start, 0);
    for (uint32_t k = 0; k < p->nlevels; k++) {
        struct pol_prt_level *l = level_of(f, p, k);
        l->base = shift;
        shift += bits_for(l->width);
    }
    p->layout = POL_LAYOUT_TCAM;
    p->start = x.omitted == POL_NONE ? 0 : x.omitted;
    p->dense_base = first;
    p->dense_size = (uint32_t)f->ternary.count - first;
}

/* The first entry without which the table is refused; most are such. */
static struct pol_prt_ternary *live_entry(struct fixture *f, const struct pol_prt_program *p)
{
    struct pol_prt_ternary *live = NULL;
    uint32_t refused = 0;
    char err[1024];
    for (uint32_t i = 0; i < p->dense_size; i++) {
        struct pol_prt_ternary *e = &f->ternary.items[p->dense_base + i], old = *e;
        e->mask[1] = e->value[1] = 0x80000000u; /* matches never */
        bool ok = proven(f, err, sizeof err);
        *e = old;
        refused += !ok;
        live = !ok && !live ? e : live;
    }
    CHECK(refused * 3 > p->dense_size);
    if (!live)
        exit(1);
    return live;
}

static void spoil_entry(struct fixture *f, struct pol_prt_program *p, struct pol_prt_ternary *e)
{
    CASE("an entry that is missing, or gives something else, is refused");
    CHANGED(f, e->value[1], 0x80000000u, "the rules want", "inputs"); /* matches never */
    CHANGED(f, e->state, p->start, "the rules want", "the table has no rule");
    CHANGED(f, e->state, p->nactions, "no such action", "");
    CHANGED(f, p->start, (p->start + 1) % p->nactions, "the rules want no rule", "");
    CASE("an entry that matches more, or less, is refused");
    for (uint32_t bit = 0; bit < 32; bit++) {
        if (!(e->mask[0] >> bit & 1u))
            continue;
        CHANGED(f, e->value[0], e->value[0] ^ (uint32_t)1 << bit, "inputs", "");
    }
    struct pol_prt_ternary old = *e;
    e->mask[0] = e->value[0] = 0;
    is_refused(f, "inputs", "");
    *e = old;
}

/* The last program's entries end the section, so one can be added. */
static void add_entry(struct fixture *f)
{
    struct pol_prt_program *last = NULL;
    for (size_t i = 0; i < f->programs.count; i++)
        if (f->programs.items[i].dense_size)
            last = &f->programs.items[i];
    if (!last || last->dense_base + last->dense_size != f->ternary.count) {
        CHECK(false);
        exit(1);
    }
    struct pol_prt_ternary copy = *live_entry(f, last);
    VEC_PUSH(&f->arena, &f->ternary, copy);
    last->dense_size++;
    CASE("entries may overlap where they agree");
    is_proven(f);
    CASE("entries that match and disagree are refused");
    struct pol_prt_ternary *e = &f->ternary.items[f->ternary.count - 1];
    CHANGED(f, e->state, e->state ? 0 : 1, "entries of the table that match disagree", "inputs");
}

static void tcam_tables(void)
{
    struct fixture f;
    CASE("a table of ternary entries is proven");
    open_dag(&f, policy_text);
    for (size_t i = 0; i < f.programs.count; i++)
        to_tcam(&f, &f.programs.items[i]);
    is_proven(&f);
    struct pol_prt_program *p = NULL;
    for (size_t i = 0; i < f.programs.count; i++)
        if (!p || f.programs.items[i].dense_size > p->dense_size)
            p = &f.programs.items[i];
    CHECK(p && p->dense_size > 5 && p->nlevels > 3);
    if (!p)
        exit(1);
    spoil_entry(&f, p, live_entry(&f, p));
    CASE("inputs that overlap in the key are refused");
    struct pol_prt_level *l = level_of(&f, p, 1);
    CHANGED(&f, l->base, 0, "overlap", "");
    CHANGED(&f, l->base, 64, "64 bits", "");
    uint32_t base = l->base;
    l->base = 62;
    CHANGED(&f, l->width, 5, "64 bits", "");
    l->base = base;
    CHANGED(&f, l->width, 1, "", "");
    is_proven(&f);
    add_entry(&f);
    close_fixture(&f);
}

/* --- fused programs -----------------------------------------------------------------------------
 */

/* Two components whose conditions are on tags of their own. */
static const char pair_text[] =
    "module tested:\n"
    "import:\n    other\n"
    "metadata:\n    A, B\n"
    "group:\n"
    "    grp add(RS1:a, RS2:b -> RD:r)\n        add\n"
    "    grp store(RS1:a, RS2:v, MEM:m -> MEM:m)\n        sw\n"
    "policy:\n"
    "    one = add(a == [+A], b == [-B] -> r = {A, B})\n"
    "        ^ add(a == [-A] -> r = b)\n"
    "        ^ store(m == [+A] -> fail \"held\")\n"
    "        ^ store(-> m = v)\n"
    "    main = one & two\n"
    "require:\n"
    "    init SOC.A {A, C}\n    init SOC.B {B, D}\n    init SOC.C {A, D}\n"
    "    init ISA.RISCV.Reg.Default {}\n";

/* The chain of a fused program under construction: its last states stand for one of each decider's.
 */
struct fusion {
    VEC_OF(struct pol_prt_level) levels;
    uint32_t nstates; /* last states */
};

/* Appends a decider's chain: from states a of the others so far and b of its own, a * n + b. */
static void append_chain(struct fixture *f, struct fusion *x, const struct pol_prt_program *p)
{
    for (uint32_t k = 0; k < p->nlevels; k++) {
        struct pol_prt_level l = *level_of(f, p, k);
        uint32_t from = l.base, own = l.nstates;
        uint32_t after = k + 1 < p->nlevels ? level_of(f, p, k + 1)->nstates : p->nactions;
        l.base = (uint32_t)f->cells.count;
        l.nstates = x->nstates * own;
        for (uint32_t a = 0; a < x->nstates; a++)
            for (uint32_t i = 0; i < own * l.width; i++) {
                uint32_t cell = a * after + f->cells.items[from + i];
                VEC_PUSH(&f->arena, &f->cells, cell);
            }
        VEC_PUSH(&f->arena, &x->levels, l);
    }
    x->nstates *= p->nactions;
}

static uint32_t fuse_class(struct fixture *f, uint32_t opclass)
{
    struct fusion x = {.nstates = 1};
    struct pol_prt_program fused = {.layout = POL_LAYOUT_DAG};
    uint32_t n = f->t.n_deciders, start = 0;
    for (uint32_t d = 0; d < n; d++) {
        struct pol_prt_program p = f->programs.items[f->t.remap[d * f->t.n_opclasses + opclass]];
        start = start * (p.nlevels ? level_of(f, &p, 0)->nstates : p.nactions) + p.start;
        append_chain(f, &x, &p);
    }
    fused.first_tuple = (uint32_t)f->tuples.count;
    for (uint32_t s = 0; s < x.nstates; s++)
        for (uint32_t d = 0, size = x.nstates; d < n; d++) {
            const struct pol_prt_program *p =
                &f->programs.items[f->t.remap[d * f->t.n_opclasses + opclass]];
            size /= p->nactions;
            VEC_PUSH(&f->arena, &f->tuples, p->first_action + s / size % p->nactions);
        }
    fused.first_level = (uint32_t)f->levels.count;
    fused.nlevels = (uint32_t)x.levels.count;
    fused.start = start;
    fused.nactions = x.nstates;
    for (size_t k = 0; k < x.levels.count; k++)
        VEC_PUSH(&f->arena, &f->levels, x.levels.items[k]);
    VEC_PUSH(&f->arena, &f->programs, fused);
    return (uint32_t)f->programs.count - 1;
}

static void fused_tables(void)
{
    struct fixture f;
    char err[1024];
    uint32_t live = 0, opclass = 0;
    CASE("a program for all deciders is proven");
    open_dag(&f, pair_text);
    CHECK_INT(f.t.n_deciders, 2);
    uint32_t *remap = ARENA_ARRAY(&f.arena, uint32_t, f.t.n_remap);
    memcpy(remap, f.t.remap, f.t.n_remap * sizeof *remap);
    for (uint32_t c = 0; c < f.t.n_opclasses; c++) {
        uint32_t program = fuse_class(&f, c);
        for (uint32_t d = 0; d < f.t.n_deciders; d++)
            remap[d * f.t.n_opclasses + c] = program;
        if (f.programs.items[program].nlevels > f.programs.items[remap[opclass]].nlevels)
            opclass = c;
    }
    f.t.remap = remap;
    is_proven(&f);
    CASE("another tuple is refused");
    struct pol_prt_program *p = &f.programs.items[remap[opclass]];
    for (uint32_t i = 0; i < p->nactions * 2; i++) {
        uint32_t *tuple = &f.tuples.items[p->first_tuple + i], old = *tuple;
        *tuple = f.t.actions[old].verdict == POL_ALLOW ? old + 1 : old - 1;
        live += !proven(&f, err, sizeof err);
        *tuple = old;
    }
    CHECK(live >= 4);
    uint32_t *tuple = &f.tuples.items[p->first_tuple];
    CHANGED(&f, tuple[0], f.t.n_actions, "no such action", "one");
    CHANGED(&f, p->first_tuple, p->first_tuple + 1, "the rules want", "inputs");
    CHANGED(&f, p->first_tuple, (uint32_t)f.tuples.count - 1, "opclass", "");
    CASE("deciders with programs of their own beside it are refused");
    CHANGED(&f, remap[opclass], 0, "REMAP", "fused");
    is_proven(&f);
    close_fixture(&f);
}

int main(void)
{
    fused_tables();
    flat_tables();
    tcam_tables();
    return check_done();
}
