/* Rule tables made by hand, section by section, and a naive reading of them.
 *
 * `made_open` gives a table of one tag with two arguments: slot 0 is a dense field of MADE_CODES
 * codes, slots 1 and 2 are lanes up to MADE_LARGEST, slot 3 is a bit field.  Every word decodes to
 * opclass 1, which has all operands and results.  Programs, levels and their contents are the
 * test's. */
#ifndef TESTS_TABLE_MAKE_H
#define TESTS_TABLE_MAKE_H

#include <stdlib.h>
#include <string.h>
#include <pol/isa.h>
#include <pol/table.h>

enum { MADE_CODES = 6, MADE_LARGEST = 99, MADE_SLOTS = 4 };

/* Each section, growing. */
struct made {
#define X(kind, member, type)                                                                      \
    type *member;                                                                                  \
    uint32_t n_##member;
    POL_PRT_SECTIONS(X)
#undef X
};

/* Appends n records; the index of the first. */
#define MADE_ADD(m, member, records, n)                                                            \
    ((m)->member = made_grow((m)->member, (m)->n_##member, (records), (n), sizeof *(m)->member),   \
     made_count(&(m)->n_##member, (n)))
/* The same for one number. */
#define MADE_NUMBER(m, member, number) MADE_ADD(m, member, &(const uint32_t){number}, 1)

/* Room for this many records, a power of two. */
static inline size_t made_room(size_t count)
{
    size_t room = 8;
    while (room < count)
        room *= 2;
    return room;
}

/* `items` with n more behind the first `count`. */
static inline void *made_grow(void *items, uint32_t count, const void *records, uint32_t n,
                              size_t size)
{
    size_t room = made_room((size_t)count + n);
    if (!items || room > made_room(count))
        items = realloc(items, room * size);
    if (!items)
        abort();
    if (n)
        memcpy((char *)items + count * size, records, n * size);
    return items;
}

/* Counts n more; what the count was. */
static inline uint32_t made_count(uint32_t *count, uint32_t n)
{
    *count += n;
    return *count - n;
}

static inline void made_close(struct made *m)
{
#define X(kind, member, type) free(m->member);
    POL_PRT_SECTIONS(X)
#undef X
}

/* The file; *size its bytes. */
static inline unsigned char *made_pack(const struct made *m, size_t *size)
{
    enum { SECTIONS = POL_SEC_COUNT - 1 };
    struct pol_prt_section list[SECTIONS] = {{0}};
    struct pol_prt_header h = {.magic = {0}, .major = POL_PRT_MAJOR, .minor = POL_PRT_MINOR};
    uint32_t at = 0;
    uint64_t end = sizeof h + sizeof list;
#define X(kind_, member, type)                                                                     \
    list[at++] =                                                                                   \
        (struct pol_prt_section){POL_SEC_##kind_, sizeof(type), (end + 7) / 8 * 8, m->n_##member}; \
    end = (end + 7) / 8 * 8 + sizeof(type) * (uint64_t)m->n_##member;
    POL_PRT_SECTIONS(X)
#undef X
    unsigned char *bytes = calloc(1, end);
    if (!bytes)
        abort();
    at = 0;
#define X(kind, member, type)                                                                      \
    if (m->n_##member)                                                                             \
        memcpy(bytes + list[at].offset, m->member, sizeof(type) * m->n_##member);                  \
    at++;
    POL_PRT_SECTIONS(X)
#undef X
    memcpy(h.magic, POL_PRT_MAGIC, sizeof h.magic);
    h.header_size = sizeof h;
    h.file_size = end;
    h.nsections = SECTIONS;
    memcpy(bytes + sizeof h, list, sizeof list);
    memcpy(bytes, &h, sizeof h);
    h.crc32 = pol_table_checksum(bytes, end);
    memcpy(bytes, &h, sizeof h);
    *size = end;
    return bytes;
}

/* NULL with the reason in `why`. */
static inline struct pol_table *made_load(const struct made *m, char *why, size_t whysize)
{
    size_t size;
    unsigned char *bytes = made_pack(m, &size);
    struct pol_table *t = pol_table_load_bytes(bytes, size, why, whysize);
    free(bytes);
    return t;
}

/* ---- The common part ------------------------------------------------------------------------- */

static const char made_strings[] = "\0rv64i\0t\0rule";
enum { MADE_ISA = 1, MADE_NAME = 7 };

static inline void made_words(struct made *m)
{
    const struct pol_prt_field fields[] = {{.kind = POL_FIELD_DENSE,
                                            .slot = 0,
                                            .ntags = 1,
                                            .ncodes = MADE_CODES,
                                            .shape_words = 1,
                                            .empty = 1},
                                           {.kind = POL_FIELD_BITS,
                                            .slot = 3,
                                            .first_tag = 1,
                                            .ntags = 1,
                                            .shape_words = 1,
                                            .empty = POL_VALID_BIT}};
    const struct pol_prt_slot slots[MADE_SLOTS] = {{.kind = POL_SLOT_FIELD, .index = 0},
                                                   {.kind = POL_SLOT_LANE, .index = 0},
                                                   {.kind = POL_SLOT_LANE, .index = 1},
                                                   {.kind = POL_SLOT_FIELD, .index = 1}};
    const struct pol_prt_arg args[] = {
        {.max = MADE_LARGEST, .values = POL_NONE, .slot = 1, .nslots = 1},
        {.max = MADE_LARGEST, .values = POL_NONE, .slot = 2, .nslots = 1}};
    const struct pol_prt_response response = {.action = POL_ACTION_TERMINATE};
    MADE_ADD(m, responses, &response, 1);
    const struct pol_prt_tag tags[] = {{.name = MADE_NAME, .nargs = 2},
                                       {.name = 9, .first_arg = 2}};
    const struct pol_prt_domain domain = {.decider = 0, .nfields = 2, .nslots = MADE_SLOTS};
    const uint32_t field_tags[] = {0, 1};
    MADE_ADD(m, fields, fields, 2);
    MADE_ADD(m, slots, slots, MADE_SLOTS);
    MADE_ADD(m, args, args, 2);
    MADE_ADD(m, tags, tags, 2);
    MADE_ADD(m, domains, &domain, 1);
    MADE_ADD(m, field_tags, field_tags, 2);
    for (uint32_t code = 0; code < MADE_CODES; code++) {
        const uint32_t shape[] = {code > 1, code ? 0xFFu : 0};
        MADE_ADD(m, shapes, shape, 2);
    }
}

/* A table of `deciders` components with `rules` rules each. */
static inline struct made made_open(uint32_t deciders, uint32_t rules)
{
    struct made m = {0};
    const struct pol_prt_meta meta = {
        .isa = MADE_ISA, .granule = 8, .nslots = MADE_SLOTS, .max_values = 8};
    const struct pol_prt_opclass opclasses[] = {{.name = 0},
                                                {.op1 = POL_FILE_INT,
                                                 .op2 = POL_FILE_INT,
                                                 .op3 = POL_FILE_INT,
                                                 .mem = 3,
                                                 .rd = POL_FILE_INT,
                                                 .csr = 1,
                                                 .size = 8}};
    const struct pol_prt_decode decode = {.opclass = 1};
    MADE_ADD(&m, meta, &meta, 1);
    MADE_ADD(&m, strings, made_strings, sizeof made_strings);
    made_words(&m);
    MADE_ADD(&m, opclasses, opclasses, 2);
    MADE_ADD(&m, decode, &decode, 1);
    for (uint32_t d = 0; d < deciders; d++) {
        const struct pol_prt_decider decider = {.first_rule = d * rules, .nrules = rules};
        MADE_ADD(&m, deciders, &decider, 1);
        for (uint32_t r = 0; r < rules; r++) {
            const struct pol_prt_rule rule = {.text = MADE_NAME, .allow = 1};
            MADE_ADD(&m, rules, &rule, 1);
        }
    }
    return m;
}

/* Decider d has programs programs[d] for all opclasses. */
static inline void made_remap(struct made *m, const uint32_t *programs)
{
    for (uint32_t d = 0; d < m->n_deciders; d++)
        for (uint32_t c = 0; c < m->n_opclasses; c++)
            MADE_NUMBER(m, remap, programs[d]);
}

/* Allows by a rule and puts the rule's number into lane 1 of RD.  `slow`: by arithmetic, which the
 * short way of the evaluator cannot do. */
static inline uint32_t made_allow(struct made *m, uint32_t rule, bool slow)
{
    const struct pol_prt_op quick = {.op = POL_OPC_PUT, .a = POL_RES_RD, .b = 1, .c = rule};
    const struct pol_prt_op list[] = {{.op = POL_OPC_CONST, .a = rule},
                                      {.op = POL_OPC_CONST, .a = 0},
                                      {.op = POL_OPC_ADD, .a = 0, .b = 1},
                                      {.op = POL_OPC_STORE, .a = POL_RES_RD, .b = 1, .c = 2}};
    struct pol_prt_action a = {.verdict = POL_ALLOW, .rule = rule, .written = 1u << POL_RES_RD};
    a.nops = slow ? 4 : 1;
    a.first_op = slow ? MADE_ADD(m, ops, list, 4) : MADE_ADD(m, ops, &quick, 1);
    return MADE_ADD(m, actions, &a, 1);
}

static inline uint32_t made_fail(struct made *m, uint32_t rule)
{
    struct pol_prt_action a = {.verdict = rule == POL_NONE ? POL_FAIL_IMPLICIT : POL_FAIL_EXPLICIT,
                               .rule = rule};
    return MADE_ADD(m, actions, &a, 1);
}

/* ---- The naive reading ----------------------------------------------------------------------- */

struct naive_answer {
    bool invalid;
    uint32_t action;
};

static inline uint32_t naive_input(const struct made *m, const struct pol_prt_level *l,
                                   const uint32_t *const *in, bool *invalid)
{
    if (l->kind == POL_LEVEL_EXPR) { /* the tests' only one: operand a's slot b < operand c's d */
        const struct pol_prt_op *op = m->ops + l->first_op;
        return in[op[0].a][op[0].b] < in[op[1].a][op[1].b];
    }
    uint32_t x = in[l->operand][l->slot], k = 0;
    if (l->kind == POL_LEVEL_TEST) {
        *invalid |= !(x & POL_VALID_BIT);
        return (x & l->mask) == l->value;
    }
    if (l->kind == POL_LEVEL_VALUE) {
        for (uint32_t i = 0; i < l->value; i++)
            k += m->maps[l->map + i] <= x;
        return m->maps[l->map + l->value + k];
    }
    if (x == 0 || x >= l->value || x > l->mask || m->maps[l->map + x] == POL_MAP_INVALID) {
        *invalid = true;
        return 0;
    }
    return m->maps[l->map + x];
}

static inline uint32_t naive_ternary(const struct made *m, const struct pol_prt_program *p,
                                     uint64_t key)
{
    for (uint32_t i = 0; i < p->dense_size; i++) {
        const struct pol_prt_ternary *e = &m->ternary[p->dense_base + i];
        uint64_t mask = (uint64_t)e->mask[1] << 32 | e->mask[0];
        uint64_t value = (uint64_t)e->value[1] << 32 | e->value[0];
        if ((key & mask) == value)
            return e->state;
    }
    return p->start;
}

static inline struct naive_answer naive_decide(const struct made *m, uint32_t decider,
                                               uint32_t opclass, const uint32_t *const *in)
{
    struct naive_answer answer = {false, 0};
    const struct pol_prt_program *p = &m->programs[m->remap[decider * m->n_opclasses + opclass]];
    uint32_t state = p->start, sum = 0;
    uint64_t key = 0;
    for (uint32_t i = 0; i < p->nlevels; i++) {
        const struct pol_prt_level *l = &m->levels[p->first_level + i];
        uint32_t input = naive_input(m, l, in, &answer.invalid);
        if (p->layout == POL_LAYOUT_TCAM)
            key |= (uint64_t)input << l->base;
        else if (i < p->nmap)
            sum += input;
        else
            state = m->cells[l->base + state * l->width + input];
        if (p->nmap && i + 1 == p->nmap)
            state = m->cells[p->dense_base + sum];
    }
    if (p->layout == POL_LAYOUT_TCAM)
        state = naive_ternary(m, p, key);
    answer.action = p->first_tuple == POL_NONE
                        ? p->first_action + state
                        : m->tuples[p->first_tuple + state * m->n_deciders + decider];
    return answer;
}

#endif
