/* Opclasses: which words a composition can tell apart.
 *
 * For each instruction, the matchers of the groups that refine it are closed under intersection.
 * Listed with the most specific first, the first cube that has a word is then the intersection of
 * all that have it, so the groups that contain the cube are exactly the word's groups.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/cube.h"
#include "compiler/lower/lower.h"
#include "lang/support/str.h"

struct member {
    struct cube cube;
    uint32_t group;
};

struct splitter {
    struct ir *ir;
    struct diag_sink *sink;
    struct arena scratch;
    VEC_OF(struct ir_opclass) classes;
    VEC_OF(struct ir_decode) decode;
    uint32_t *buckets; /* class ids by hash of groups and form, 0 free */
    size_t nbuckets;
    uint32_t *groups; /* work space: groups of the cube in hand */
};

/* The cubes of one instruction: distinct, the instruction itself first. */
struct closure {
    struct cube *cubes;
    size_t count, capacity;
    uint32_t *buckets; /* index + 1 by hash, 0 free; four times the capacity */
};

static int popcount(uint32_t word)
{
    int n = 0;
    for (; word; word &= word - 1)
        n++;
    return n;
}

static uint32_t mix(uint32_t hash, uint32_t value)
{
    hash = (hash ^ value) * 0x9e3779b1u;
    return hash ^ (hash >> 15);
}

/* ---- Closure of cubes under intersection --------------------------------------------------- */

/* Adds a cube if it is new; false when there is no room. */
static bool closure_add(struct closure *c, struct cube cube)
{
    size_t nbuckets = c->capacity * 4;
    size_t slot = mix(mix(0, cube.mask), cube.match) % nbuckets;
    for (; c->buckets[slot]; slot = (slot + 1) % nbuckets) {
        const struct cube *old = &c->cubes[c->buckets[slot] - 1];
        if (old->mask == cube.mask && old->match == cube.match)
            return true;
    }
    if (c->count == c->capacity)
        return false;
    c->cubes[c->count++] = cube;
    c->buckets[slot] = (uint32_t)c->count;
    return true;
}

/* Adds a matcher and its intersections with what is there. */
static bool closure_refine(struct closure *c, struct cube cube)
{
    size_t before = c->count;
    for (size_t i = 0; i < before; i++)
        if (cube_meets(c->cubes[i], cube) && !closure_add(c, cube_both(c->cubes[i], cube)))
            return false;
    return true;
}

static bool refined(struct cube row, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (members[i].cube.mask != row.mask)
            return true;
    return false;
}

static bool close_cubes(struct splitter *s, struct cube row, const struct member *members,
                        size_t count, struct closure *c)
{
    c->capacity = refined(row, members, count) ? LOWER_MAX_REFINEMENTS : 1;
    c->count = 0;
    c->cubes = ARENA_ARRAY(&s->scratch, struct cube, c->capacity);
    c->buckets = ARENA_ARRAY(&s->scratch, uint32_t, c->capacity * 4);
    if (!closure_add(c, row))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!closure_refine(c, members[i].cube))
            return false;
    return true;
}

static int by_specificity(const void *left, const void *right)
{
    const struct cube *a = left, *b = right;
    int bits = popcount(b->mask) - popcount(a->mask);
    if (bits != 0)
        return bits;
    if (a->mask != b->mask)
        return a->mask < b->mask ? -1 : 1;
    return a->match < b->match ? -1 : a->match > b->match;
}

/* ---- Classes ------------------------------------------------------------------------------- */

static uint32_t class_hash(const uint32_t *groups, uint32_t count, const struct pol_form *form)
{
    const unsigned char *bytes = (const unsigned char *)form;
    uint32_t hash = count;
    for (size_t i = 0; i < sizeof *form; i++)
        hash = mix(hash, bytes[i]);
    for (uint32_t i = 0; i < count; i++)
        hash = mix(hash, groups[i]);
    return hash;
}

static bool same_class(const struct ir_opclass *class, const uint32_t *groups, uint32_t count,
                       const struct pol_form *form)
{
    return class->ngroups == count && memcmp(&class->form, form, sizeof *form) == 0 &&
           memcmp(class->groups, groups, count * sizeof *groups) == 0;
}

static void rehash(struct splitter *s)
{
    s->nbuckets = s->nbuckets ? s->nbuckets * 2 : 1024;
    s->buckets = ARENA_ARRAY(&s->scratch, uint32_t, s->nbuckets);
    for (uint32_t id = 1; id < s->classes.count; id++) {
        const struct ir_opclass *class = &s->classes.items[id];
        size_t slot = class_hash(class->groups, class->ngroups, &class->form) % s->nbuckets;
        while (s->buckets[slot])
            slot = (slot + 1) % s->nbuckets;
        s->buckets[slot] = id;
    }
}

/* The id of the class, or the free slot to put it in. */
static uint32_t find_class(const struct splitter *s, uint32_t count, const struct pol_form *form,
                           size_t *slot)
{
    *slot = class_hash(s->groups, count, form) % s->nbuckets;
    for (; s->buckets[*slot]; *slot = (*slot + 1) % s->nbuckets)
        if (same_class(&s->classes.items[s->buckets[*slot]], s->groups, count, form))
            return s->buckets[*slot];
    return 0;
}

static uint32_t add_class(struct splitter *s, int row, uint32_t ngroups, uint32_t sample,
                          uint32_t *numbered)
{
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    struct ir_opclass class = {
        .insn = row, .sample = sample, .form = pol_insn_form(insn), .ngroups = ngroups};
    size_t slot;
    if (s->classes.count * 2 > s->nbuckets)
        rehash(s);
    uint32_t id = find_class(s, ngroups, &class.form, &slot);
    if (id)
        return id;
    uint32_t number = ++*numbered;
    class.name = number == 1 ? arena_strdup(s->ir->arena, insn->name)
                             : arena_printf(s->ir->arena, "%s#%" PRIu32, insn->name, number);
    class.groups = ARENA_ARRAY(s->ir->arena, uint32_t, ngroups ? ngroups : 1);
    memcpy(class.groups, s->groups, ngroups * sizeof *class.groups);
    id = (uint32_t)s->classes.count;
    VEC_PUSH(s->ir->arena, &s->classes, class);
    s->buckets[slot] = id;
    return id;
}

/* ---- One instruction ----------------------------------------------------------------------- */

/* How a person would write an example of the instruction: no x0, a writable CSR, fence iorw, iorw
 * and the dynamic rounding mode. */
static uint32_t preferred_word(const struct pol_insn *insn)
{
    uint32_t word = 0;
    for (unsigned i = 0; i < insn->opnd_count; i++)
        switch ((enum pol_opnd)insn->opnds[i]) {
        case POL_OPND_RD:
            word |= 10u << 7;
            break;
        case POL_OPND_RS1:
        case POL_OPND_UIMM:
            word |= 11u << 15;
            break;
        case POL_OPND_RS2:
            word |= 12u << 20;
            break;
        case POL_OPND_RS3:
            word |= 13u << 27;
            break;
        case POL_OPND_CSR:
            word |= 0x340u << 20;
            break;
        case POL_OPND_PRED:
            word |= 15u << 24;
            break;
        case POL_OPND_SUCC:
            word |= 15u << 20;
            break;
        default:
            break;
        }
    if (insn->flags & POL_INSN_ROUND)
        word |= 7u << 12;
    return (word & ~insn->mask) | insn->match;
}

/* All matchers of the groups for this instruction, ascending by group. */
static struct member *row_members(struct splitter *s, int row, size_t *count)
{
    VEC_OF(struct member) list = {0};
    for (uint32_t g = 0; g < s->ir->ngroups; g++)
        for (uint32_t m = 0; m < s->ir->groups[g].nmatchers; m++) {
            const struct ir_matcher *matcher = &s->ir->groups[g].matchers[m];
            struct member member = {{matcher->mask, matcher->match}, g};
            if (matcher->insn == row)
                VEC_PUSH(&s->scratch, &list, member);
        }
    *count = list.count;
    return list.items;
}

/* Leaves the groups that contain the cube in s->groups. */
static uint32_t groups_of(struct splitter *s, struct cube cube, const struct member *members,
                          size_t count)
{
    uint32_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (cube_within(cube, members[i].cube) && (n == 0 || s->groups[n - 1] != members[i].group))
            s->groups[n++] = members[i].group;
    return n;
}

static bool too_many(struct splitter *s, const struct pol_insn *insn, const struct member *members,
                     size_t count)
{
    struct str_buf names;
    str_init(&names);
    uint32_t shown = 0, last = IR_NONE;
    for (size_t i = 0; i < count && shown < 4; i++)
        if (members[i].group != last && members[i].cube.mask != insn->mask) {
            last = members[i].group;
            str_printf(&names, "%s`%s`", shown++ ? ", " : "", s->ir->groups[last].name);
        }
    struct diag *d = diag_error(s->sink, DIAG_NOT_SUPPORTED, LANG_NO_SPAN,
                                "operand specifications split `%s` into more than %d cases",
                                insn->name, LOWER_MAX_REFINEMENTS);
    diag_hint(d, "the groups with specifications for it are %s%s", str_text(&names),
              shown == 4 ? " and perhaps more" : "");
    str_free(&names);
    return false;
}

/* Gives each reachable cube its class, the least specific first so that it gets the plain name,
 * and appends the decode entries, the most specific first. */
static bool emit_row(struct splitter *s, int row, const struct closure *c,
                     const struct member *members, size_t count)
{
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    uint32_t *classes = ARENA_ARRAY(&s->scratch, uint32_t, c->count);
    uint32_t numbered = 0;
    for (size_t i = c->count; i-- > 0;) {
        uint32_t sample;
        enum cube_search found = cube_find(c->cubes[i], c->cubes, i, preferred_word(insn), &sample);
        if (found == CUBE_GAVE_UP)
            return too_many(s, insn, members, count);
        if (found == CUBE_COVERED)
            continue; /* more specific cubes leave it no word */
        uint32_t ngroups = groups_of(s, c->cubes[i], members, count);
        classes[i] = add_class(s, row, ngroups, sample, &numbered);
    }
    for (size_t i = 0; i < c->count; i++) {
        struct ir_decode entry = {c->cubes[i].mask, c->cubes[i].match, classes[i]};
        if (classes[i])
            VEC_PUSH(s->ir->arena, &s->decode, entry);
    }
    return true;
}

static bool split_row(struct splitter *s, int row)
{
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    size_t count;
    struct member *members = row_members(s, row, &count);
    struct closure closure;
    if (!close_cubes(s, (struct cube){insn->mask, insn->match}, members, count, &closure))
        return too_many(s, insn, members, count);
    qsort(closure.cubes, closure.count, sizeof *closure.cubes, by_specificity);
    return emit_row(s, row, &closure, members, count);
}

bool lower_opclasses(struct ir *ir, struct diag_sink *sink)
{
    struct splitter s = {.ir = ir, .sink = sink};
    arena_init(&s.scratch);
    s.groups = ARENA_ARRAY(&s.scratch, uint32_t, (size_t)ir->ngroups + 1);
    struct ir_opclass undecodable = {.name = "undecodable", .insn = -1};
    VEC_PUSH(ir->arena, &s.classes, undecodable);
    rehash(&s);
    bool ok = true;
    for (int row = 0; ok && row < (int)pol_insn_count(); row++)
        if (pol_isa_has(&ir->isa, pol_insn_at((size_t)row)))
            ok = split_row(&s, row);
    ir->opclasses = s.classes.items;
    ir->nopclasses = (uint32_t)s.classes.count;
    ir->decode = s.decode.items;
    ir->ndecode = (uint32_t)s.decode.count;
    arena_free(&s.scratch);
    return ok;
}
