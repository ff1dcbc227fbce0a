/* Reads the text form of the IR; docs/formats/ir.md describes it. */
#include "compiler/ir/parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/text.h"

/* What the space is made of when the last tag has been read. */
struct list {
    const char **names;
    uint32_t count;
    char **made; /* the space's copy */
};

struct tag {
    const char *module, *name;
    bool merge_all;
    uint32_t nargs;
    struct tag_arg {
        bool is_set;
        uint64_t limit;
        uint32_t list; /* IR_NONE: no names */
    } args[POL_MAX_ARGS];
};

struct tags {
    struct list *lists;
    uint32_t nlists;
    struct tag *tags;
    uint32_t ntags;
};

/* ---- Header -------------------------------------------------------------------------------- */

static bool parse_isa(struct parser *p)
{
    const char *word;
    char err[200];
    if (!parse_expect(p, "isa") || !parse_word(p, &word))
        return false;
    if (pol_isa_parse(word, &p->ir->isa, err, sizeof err) != 0)
        return parse_fail(p, "%s", err);
    return parse_end(p);
}

static bool parse_digest(struct parser *p)
{
    if (!parse_expect(p, "digest"))
        return false;
    for (size_t i = 0; i < sizeof p->ir->digest; i += 4) {
        uint32_t word;
        if (!parse_hex(p, &word))
            return false;
        for (size_t k = 0; k < 4; k++)
            p->ir->digest[i + k] = (uint8_t)(word >> (24 - 8 * k));
    }
    return parse_end(p);
}

static bool parse_header(struct parser *p)
{
    uint32_t version;
    if (!parse_expect(p, "ir") || !parse_u32(p, &version))
        return false;
    if (version != IR_TEXT_VERSION)
        return parse_fail(p, "version %" PRIu32 ", this is version %d", version, IR_TEXT_VERSION);
    return parse_end(p) && parse_expect(p, "name") && parse_string(p, &p->ir->name) &&
           parse_end(p) && parse_expect(p, "stem") && parse_string(p, &p->ir->stem) &&
           parse_end(p) && parse_isa(p) && parse_expect(p, "granule") &&
           parse_u32(p, &p->ir->granule) && parse_end(p) && parse_digest(p);
}

/* ---- Tags ---------------------------------------------------------------------------------- */

static bool parse_values(struct parser *p, struct tags *t)
{
    struct list list = {0};
    if (!parse_index(p, t->nlists))
        return false;
    while (!parse_at_end(p)) {
        PARSE_ROOM(p, list.names, list.count);
        if (!parse_name(p, &list.names[list.count++]))
            return false;
    }
    PARSE_ROOM(p, t->lists, t->nlists);
    t->lists[t->nlists++] = list;
    return parse_end(p);
}

/* What stands exactly here, in the middle of a word. */
static bool accept_part(struct parser *p, const char *part)
{
    size_t length = strlen(part);
    if ((size_t)(p->end - p->at) < length || memcmp(p->at, part, length) != 0)
        return false;
    p->at += length;
    return true;
}

/* The rest of `int:N`, `int:N:values:V`, `int:N:lattice:L`, or with both. */
static bool parse_int_arg(struct parser *p, const struct tags *t, struct tag_arg *arg,
                          uint32_t *lattice)
{
    if (!parse_expect_char(p, ':') || !parse_u64(p, (uint64_t)1 << 32, &arg->limit))
        return false;
    if (arg->limit == 0)
        return parse_fail(p, "an argument without values");
    if (accept_part(p, ":values:")) {
        if (!parse_u32(p, &arg->list))
            return false;
        if (arg->list >= t->nlists || t->lists[arg->list].count != arg->limit)
            return parse_fail(p, "no such list of %" PRIu64 " values", arg->limit);
    }
    return !accept_part(p, ":lattice:") || parse_u32(p, lattice);
}

static bool parse_arg(struct parser *p, const struct tags *t, struct tag *tag, struct ir_tag *facts)
{
    if (tag->nargs == POL_MAX_ARGS)
        return parse_fail(p, "a tag of too many arguments");
    struct tag_arg *arg = &tag->args[tag->nargs];
    *arg = (struct tag_arg){.list = IR_NONE};
    arg->is_set = parse_accept(p, "set");
    if (!arg->is_set && !accept_part(p, "int"))
        return parse_fail(p, "expected `set` or `int:N`");
    if (!arg->is_set && !parse_int_arg(p, t, arg, &facts->lattice[tag->nargs]))
        return false;
    tag->nargs++;
    return true;
}

/* MODULE.NAME: the name is what stands behind the last dot, unless `short NAME` follows. */
static bool split_name(struct parser *p, struct tag *tag)
{
    const char *name, *brief = NULL;
    if (!parse_word(p, &name) || (parse_accept(p, "short") && !parse_word(p, &brief)))
        return false;
    size_t length = strlen(name), tail = brief ? strlen(brief) + 1 : 0;
    const char *dot = brief ? (tail <= length ? name + length - tail : NULL) : strrchr(name, '.');
    if (!dot || *dot != '.' || (brief && strcmp(dot + 1, brief) != 0))
        return parse_fail(p, "not a qualified name: `%s`", name);
    tag->module = arena_strndup(p->ir->arena, name, (size_t)(dot - name));
    tag->name = dot + 1;
    return true;
}

static bool parse_tag_line(struct parser *p, struct tags *t)
{
    struct tag tag = {0};
    struct ir_tag facts;
    for (uint32_t a = 0; a < POL_MAX_ARGS; a++)
        facts.lattice[a] = IR_NONE;
    if (!parse_index(p, t->ntags) || !split_name(p, &tag) || !parse_expect(p, "domain") ||
        !parse_u32(p, &facts.domain) || !parse_expect(p, "merge"))
        return false;
    tag.merge_all = parse_accept(p, "all");
    if (!tag.merge_all && !parse_expect(p, "any"))
        return false;
    while (!parse_at_end(p))
        if (!parse_arg(p, t, &tag, &facts))
            return false;
    PARSE_ROOM(p, t->tags, t->ntags);
    PARSE_ROOM(p, p->ir->tags, t->ntags);
    t->tags[t->ntags] = tag;
    p->ir->tags[t->ntags++] = facts;
    return parse_end(p);
}

static char **list_values(struct pol_space *space, struct list *list)
{
    if (!list->made)
        list->made = pol_space_values(space, (const char *const *)list->names, list->count);
    if (!list->made)
        pol_fatal_oom();
    return list->made;
}

static void fill_tag(struct pol_space *space, struct tags *t, uint32_t index)
{
    const struct tag *tag = &t->tags[index];
    struct pol_tag_info *info = &space->tags[index];
    info->name = lang_xstrdup(tag->name);
    info->module = lang_xstrdup(tag->module);
    info->merge_all = tag->merge_all;
    info->nargs = tag->nargs;
    for (uint32_t a = 0; a < tag->nargs; a++) {
        const struct tag_arg *arg = &tag->args[a];
        info->args[a].is_set = arg->is_set;
        info->args[a].limit = arg->limit;
        if (arg->list != IR_NONE)
            info->args[a].values = list_values(space, &t->lists[arg->list]);
    }
}

static bool make_space(struct parser *p, struct tags *t)
{
    p->ir->space = pol_space_new(t->ntags);
    if (!p->ir->space)
        pol_fatal_oom();
    for (uint32_t i = 0; i < t->ntags; i++)
        fill_tag(p->ir->space, t, i);
    return pol_space_finish(p->ir->space) == 0 || parse_fail(p, "the tags are too large");
}

/* ---- Domains, responses, counters, entities ------------------------------------------------ */

static bool parse_domain(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_domain domain = {.decider = IR_NONE};
    uint32_t kind;
    if (!parse_index(p, ir->ndomains) ||
        !parse_choice(p, ir_text_domains, 3, "a kind of domain", &kind) ||
        !parse_name(p, &domain.name) ||
        (parse_accept(p, "decider") && !parse_u32(p, &domain.decider)))
        return false;
    domain.kind = (enum ir_domain_kind)kind;
    domain.trap_env = parse_accept(p, "trap-env");
    PARSE_ROOM(p, ir->domains, ir->ndomains);
    ir->domains[ir->ndomains++] = domain;
    return parse_end(p);
}

static bool parse_response(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_response response = {.entity = ""};
    uint32_t action;
    if (!parse_index(p, ir->nresponses) || !parse_name(p, &response.name) ||
        !parse_choice(p, ir_text_actions, 4, "an action", &action) ||
        (!parse_at_end(p) && !parse_name(p, &response.entity)))
        return false;
    response.action = (enum pol_action)action;
    PARSE_ROOM(p, ir->responses, ir->nresponses);
    ir->responses[ir->nresponses++] = response;
    return parse_end(p);
}

static bool parse_counter(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_counter counter = {0};
    if (!parse_index(p, ir->ncounters) || !parse_name(p, &counter.name) ||
        !parse_expect(p, "decider") || !parse_u32(p, &counter.decider) ||
        !parse_expect(p, "limit") || !parse_u64(p, (uint64_t)1 << 32, &counter.limit))
        return false;
    counter.exhaust = parse_accept(p, "exhaust");
    if (!counter.exhaust && !parse_expect(p, "wrap"))
        return false;
    PARSE_ROOM(p, ir->counters, ir->ncounters);
    ir->counters[ir->ncounters++] = counter;
    return parse_end(p);
}

/* A number of a register or CSR, or -1. */
static bool parse_entity_number(struct parser *p, int *number)
{
    uint64_t value;
    *number = -1;
    if (parse_accept(p, "-1"))
        return true;
    if (!parse_u64(p, INT32_MAX, &value))
        return false;
    *number = (int)value;
    return true;
}

static bool parse_literal(struct parser *p, struct ir_entity *entity)
{
    char err[400];
    const char *end = p->at;
    while (end < p->end && *end != '\n')
        end++;
    entity->tags = ARENA_ARRAY(p->ir->arena, uint32_t, p->ir->space->words);
    if (pol_lit_parse(p->ir->space, p->at, (size_t)(end - p->at), entity->tags, err, sizeof err))
        return parse_fail(p, "%s", err);
    p->at = end;
    return parse_end(p);
}

static bool parse_entity(struct parser *p)
{
    struct ir *ir = p->ir;
    struct ir_entity entity = {0};
    uint32_t kind;
    if (!parse_name(p, &entity.name) ||
        !parse_choice(p, ir_text_entities, 10, "a kind of entity", &kind) ||
        !parse_entity_number(p, &entity.number))
        return false;
    entity.kind = (enum ir_entity_kind)kind;
    entity.only = parse_accept(p, "only");
    if (parse_at_end(p))
        return parse_fail(p, "expected a tag set");
    if (!parse_literal(p, &entity))
        return false;
    PARSE_ROOM(p, ir->entities, ir->nentities);
    ir->entities[ir->nentities++] = entity;
    return true;
}

/* ---- The whole ----------------------------------------------------------------------------- */

/* Kinds of lines, in their order; those before the domains need no tag space. */
static const struct section {
    const char *keyword;
    bool (*parse)(struct parser *p);
} sections[] = {
    {"values", NULL},           {"lattice", parse_lattice},   {"tag", NULL},
    {"domain", parse_domain},   {"response", parse_response}, {"relation", parse_relation},
    {"counter", parse_counter}, {"group", parse_group},       {"decider", parse_decider},
    {"claim", parse_claim},     {"entity", parse_entity},     {"opclass", parse_opclass},
    {"decode", parse_decode},
};
enum { VALUES, LATTICE, TAG, SECTIONS = sizeof sections / sizeof sections[0] };

/* The section that a line belongs to: this one or a later one. */
static size_t next_section(struct parser *p, size_t section)
{
    while (section < SECTIONS && !parse_accept(p, sections[section].keyword))
        section++;
    return section;
}

static bool parse_section(struct parser *p, size_t section, struct tags *tags)
{
    if (section == VALUES)
        return parse_values(p, tags);
    if (section == TAG)
        return parse_tag_line(p, tags);
    if (section > TAG && !p->ir->space && !make_space(p, tags))
        return false;
    return sections[section].parse(p);
}

static bool parse_lines(struct parser *p)
{
    struct tags tags = {0};
    size_t section = VALUES;
    while (parse_line(p, 0)) {
        section = next_section(p, section);
        if (section == SECTIONS)
            return parse_fail(p, "a line that has no place here");
        if (!parse_section(p, section, &tags))
            return false;
    }
    if (p->at < p->end)
        return parse_fail(p, "wrong indentation");
    return p->ir->space || make_space(p, &tags);
}

static bool parse_all(struct parser *p)
{
    p->ir->nresponses = 0;
    if (!parse_header(p) || !parse_lines(p))
        return false;
    ir_pools_finish(&p->pools, p->ir);
    const char *broken = ir_verify(p->ir);
    return !broken || parse_fail(p, "%s", broken);
}

struct ir *ir_parse(const char *text, size_t size, char *err, size_t errsize)
{
    struct ir *ir = ir_new();
    struct parser p = {
        .at = text, .end = text + size, .line = 1, .err = err, .errsize = errsize, .ir = ir};
    ir_pools_init(&p.pools, ir);
    if (parse_all(&p))
        return ir;
    ir_free(ir);
    return NULL;
}
