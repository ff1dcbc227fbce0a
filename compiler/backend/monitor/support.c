/* The texts of the functions that emitted rules call. */
#include <string.h>

#include "compiler/backend/monitor/emit.h"

/* A helper calls only those before it: always, where the space has arguments, where it has integers
 * that a TagSet argument can hold, where it has arguments of lattices. */
struct text {
    const char *code;
    uint32_t needs, arg_needs, flat_needs, lattice_needs;
};

#define BIT(name) ((uint32_t)1 << HELP_##name)

static const struct text texts[HELPERS] = {
    [HELP_BITS] = {.code = "/* How many bits of a word are 1. */\n"
                           "static uint32_t bits(uint32_t word)\n"
                           "{\n"
                           "    word -= (word >> 1) & 0x55555555u;\n"
                           "    word = (word & 0x33333333u) + ((word >> 2) & 0x33333333u);\n"
                           "    word = (word + (word >> 4)) & 0x0f0f0f0fu;\n"
                           "    return (word * 0x01010101u) >> 24;\n"
                           "}\n\n"},
    [HELP_LOWEST] = {.code = "/* The number of the lowest bit that is 1. */\n"
                             "static uint32_t lowest(uint32_t word)\n"
                             "{\n"
                             "    return bits((word & (0u - word)) - 1u);\n"
                             "}\n\n",
                     .needs = BIT(BITS)},
    [HELP_HAS] = {.code = "static bool has(const struct @_tags *set, uint32_t tag)\n"
                          "{\n"
                          "    return (set->has[tag / 32] >> (tag % 32)) & 1u;\n"
                          "}\n\n"},
    [HELP_ARG] = {.code = "/* An integer argument. */\n"
                          "static int64_t arg(const struct @_tags *set, uint32_t at)\n"
                          "{\n"
                          "    return (int64_t)set->arg[at];\n"
                          "}\n\n"},
    [HELP_SAME_SET] = {.code = "/* Whether two TagSet arguments are equal. */\n"
                               "static bool same_set(const struct @_tags *a, uint32_t at_a,\n"
                               "                     const struct @_tags *b, uint32_t at_b)\n"
                               "{\n"
                               "    for (uint32_t i = 0; i < FLAT_WORDS; i++)\n"
                               "        if (a->arg[at_a + i] != b->arg[at_b + i])\n"
                               "            return false;\n"
                               "    return true;\n"
                               "}\n\n"},
    [HELP_COUNT_OWN] =
        {.code = "/* How many of the tags in `own` a set has. */\n"
                 "static uint32_t count_own(const struct @_tags *set, const uint32_t *own)\n"
                 "{\n"
                 "    uint32_t count = 0;\n"
                 "    for (uint32_t w = 0; w < HAS_WORDS; w++)\n"
                 "        count += bits(set->has[w] & own[w]);\n"
                 "    return count;\n"
                 "}\n\n",
         .needs = BIT(BITS)},
    [HELP_COPY_ARGS] = {.code =
                            "static void copy_args(struct @_tags *to, const struct @_tags *from, "
                            "uint32_t tag)\n"
                            "{\n"
                            "    for (uint32_t i = 0; i < tag_args[tag].words; i++)\n"
                            "        to->arg[tag_args[tag].first + i] = "
                            "from->arg[tag_args[tag].first + i];\n"
                            "}\n\n",
                        .needs = BIT(ARGS_TABLE)},
    [HELP_ZERO_ARGS] = {.code = "/* Arguments of absent tags are 0. */\n"
                                "static void zero_args(struct @_tags *set, uint32_t tag)\n"
                                "{\n"
                                "    for (uint32_t i = 0; i < tag_args[tag].words; i++)\n"
                                "        set->arg[tag_args[tag].first + i] = 0;\n"
                                "}\n\n",
                        .needs = BIT(ARGS_TABLE)},
    [HELP_SAME_ARGS] = {.code =
                            "static bool same_args(const struct @_tags *a, const struct @_tags *b, "
                            "uint32_t tag)\n"
                            "{\n"
                            "    for (uint32_t i = 0; i < tag_args[tag].words; i++)\n"
                            "        if (a->arg[tag_args[tag].first + i] != "
                            "b->arg[tag_args[tag].first + i])\n"
                            "            return false;\n"
                            "    return true;\n"
                            "}\n\n",
                        .needs = BIT(ARGS_TABLE)},
    [HELP_JOIN_ARGS] = {.needs = BIT(SAME_ARGS)}, /* tables.c has the texts of these */
    [HELP_MEET_ARGS] = {.needs = BIT(SAME_ARGS)},
    [HELP_CLEAR] = {.code = "/* set = {} */\n"
                            "static void clear(struct @_tags *set)\n"
                            "{\n"
                            "    for (uint32_t w = 0; w < HAS_WORDS; w++)\n"
                            "        set->has[w] = 0;\n"
                            "%a     for (uint32_t i = 0; i < ARG_WORDS; i++)\n"
                            "%a         set->arg[i] = 0;\n"
                            "}\n\n"},
    [HELP_PROJECT] = {.code = "/* to = the tags of `from` that are in `own`. */\n"
                              "static void project(struct @_tags *to, const struct @_tags *from, "
                              "const uint32_t *own)\n"
                              "{\n"
                              "%a     clear(to);\n"
                              "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
                              "        to->has[w] = from->has[w] & own[w];\n"
                              "%a         for (uint32_t rest = to->has[w] & with_args[w]; rest; "
                              "rest &= rest - 1)\n"
                              "%a             copy_args(to, from, w * 32 + lowest(rest));\n"
                              "    }\n"
                              "}\n\n",
                      .arg_needs = BIT(CLEAR) | BIT(COPY_ARGS) | BIT(LOWEST)},
    [HELP_REPLACE] = {.code =
                          "/* In `to`, the tags in `own` become those of `from`. */\n"
                          "static void replace(struct @_tags *to, const struct @_tags *from, "
                          "const uint32_t *own)\n"
                          "{\n"
                          "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
                          "        to->has[w] = (to->has[w] & ~own[w]) | (from->has[w] & own[w]);\n"
                          "%a         for (uint32_t rest = own[w] & with_args[w]; rest; "
                          "rest &= rest - 1)\n"
                          "%a             copy_args(to, from, w * 32 + lowest(rest));\n"
                          "    }\n"
                          "}\n\n",
                      .arg_needs = BIT(COPY_ARGS) | BIT(LOWEST)},
    [HELP_FORGET] = {.code = "/* Removes the tags in `own`. */\n"
                             "static void forget(struct @_tags *set, const uint32_t *own)\n"
                             "{\n"
                             "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
                             "        set->has[w] &= ~own[w];\n"
                             "%a         for (uint32_t rest = own[w] & with_args[w]; rest; "
                             "rest &= rest - 1)\n"
                             "%a             zero_args(set, w * 32 + lowest(rest));\n"
                             "    }\n"
                             "}\n\n",
                     .arg_needs = BIT(ZERO_ARGS) | BIT(LOWEST)},
    [HELP_STOP] =
        {.code = "/* A built-in failure: of the first one, what it was and about which tag. */\n"
                 "static bool stop(struct decision *d, uint32_t cause, uint32_t tag)\n"
                 "{\n"
                 "    d->cause = cause;\n"
                 "    d->tag = tag;\n"
                 "    return false;\n"
                 "}\n\n"},
    [HELP_REFUSE] =
        {.code = "/* A rule that says fail. */\n"
                 "static bool refuse(struct decision *d, uint32_t rule, const char *message)\n"
                 "{\n"
                 "    d->rule = rule;\n"
                 "    d->cause = CAUSE_RULE;\n"
                 "    d->message = message;\n"
                 "    return true;\n"
                 "}\n\n"},
    [HELP_REPORT] = {.code =
                         "/* A rule that asks for a report and lets the rules below decide. */\n"
                         "static void report(const struct eval *e, uint32_t rule)\n"
                         "{\n"
                         "    if (e->answer->nreports < 16) {\n"
                         "        e->answer->reports[e->answer->nreports].decider = e->decider;\n"
                         "        e->answer->reports[e->answer->nreports].rule = rule;\n"
                         "    }\n"
                         "    e->answer->nreports++;\n"
                         "}\n\n"},
    [HELP_GIVES] = {.code = "/* The rule gives a result: the set to make. */\n"
                            "static struct @_tags *gives(struct decision *d, uint32_t result)\n"
                            "{\n"
                            "    d->given |= 1u << result;\n"
                            "    return &d->set[result];\n"
                            "}\n\n"},
    [HELP_ADD] = {.code = "/* Adds a tag; if it has arguments, each is set next. */\n"
                          "static void add(struct @_tags *set, uint32_t tag)\n"
                          "{\n"
                          "    set->has[tag / 32] |= (uint32_t)1 << (tag % 32);\n"
                          "}\n\n"},
    [HELP_DROP] = {.code = "static void drop(struct @_tags *set, uint32_t tag)\n"
                           "{\n"
                           "    set->has[tag / 32] &= ~((uint32_t)1 << (tag % 32));\n"
                           "%a     zero_args(set, tag);\n"
                           "}\n\n",
                   .arg_needs = BIT(ZERO_ARGS)},
    [HELP_NUMBER] = {.code =
                         "/* Stores an integer argument, which must be less than `limit`. */\n"
                         "static bool number(struct decision *d, struct @_tags *set, uint32_t tag, "
                         "uint32_t at,\n"
                         "                   uint64_t limit, int64_t value)\n"
                         "{\n"
                         "    if (value < 0 || (uint64_t)value >= limit)\n"
                         "        return stop(d, CAUSE_RANGE, tag);\n"
                         "    set->arg[at] = (uint32_t)value;\n"
                         "    return true;\n"
                         "}\n\n",
                     .needs = BIT(STOP)},
    [HELP_FRESH] = {.code =
                        "/* `new`: the index-th fresh value of this step. */\n"
                        "static bool fresh(struct eval *e, struct decision *d, uint32_t counter, "
                        "uint32_t index,\n"
                        "                  int64_t *value)\n"
                        "{\n"
                        "    uint64_t next = e->state->next[counter] + index;\n"
                        "    if (counters[counter].exhaust && next >= counters[counter].limit)\n"
                        "        return stop(d, CAUSE_EXHAUSTED, NONE);\n"
                        "    if (e->state->used[counter] <= index)\n"
                        "        e->state->used[counter] = (uint64_t)index + 1;\n"
                        "    *value = (int64_t)(next % counters[counter].limit);\n"
                        "    return true;\n"
                        "}\n\n",
                    .needs = BIT(STOP)},
    [HELP_UNITE] =
        {"/* Adds the tags of `from`.  One that both have must have equal arguments; those of\n"
         " * lattices join. */\n"
         "static bool unite(struct decision *d, struct @_tags *to, "
         "const struct @_tags *from)\n"
         "{\n"
         "%A     (void)d; /* without arguments nothing can differ */\n"
         "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
         "%a         uint32_t come = from->has[w] & with_args[w];\n"
         "%a         for (uint32_t rest = come & to->has[w]; rest; rest &= rest - 1)\n"
         "%n             if (!same_args(to, from, w * 32 + lowest(rest)))\n"
         "%l             if (!join_args(to, from, w * 32 + lowest(rest)))\n"
         "%a                 return stop(d, CAUSE_CONFLICT, w * 32 + lowest(rest));\n"
         "%a         for (uint32_t rest = come & ~to->has[w]; rest; rest &= rest - 1)\n"
         "%a             copy_args(to, from, w * 32 + lowest(rest));\n"
         "        to->has[w] |= from->has[w];\n"
         "    }\n"
         "    return true;\n"
         "}\n\n",
         .arg_needs = BIT(STOP) | BIT(SAME_ARGS) | BIT(COPY_ARGS) | BIT(LOWEST),
         .lattice_needs = BIT(JOIN_ARGS)},
    [HELP_INTERSECT] = {.code =
                            "/* Keeps the tags that `from` has with equal arguments; those of "
                            "lattices meet. */\n"
                            "static void intersect(struct @_tags *to, const struct @_tags *from)\n"
                            "{\n"
                            "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
                            "        uint32_t keep = to->has[w] & from->has[w];\n"
                            "%a         for (uint32_t rest = to->has[w] & with_args[w]; rest; "
                            "rest &= rest - 1) {\n"
                            "%a             uint32_t bit = rest & (0u - rest);\n"
                            "%a             uint32_t tag = w * 32 + lowest(rest);\n"
                            "%n             if ((keep & bit) && same_args(to, from, tag))\n"
                            "%l             if ((keep & bit) && meet_args(to, from, tag))\n"
                            "%a                 continue;\n"
                            "%a             keep &= ~bit;\n"
                            "%a             zero_args(to, tag);\n"
                            "%a         }\n"
                            "        to->has[w] = keep;\n"
                            "    }\n"
                            "}\n\n",
                        .arg_needs = BIT(SAME_ARGS) | BIT(ZERO_ARGS) | BIT(LOWEST),
                        .lattice_needs = BIT(MEET_ARGS)},
    [HELP_STORE_SET] =
        {"/* Stores a set as a TagSet argument; it may have no such tags itself. */\n"
         "static bool store_set(struct decision *d, struct @_tags *set, "
         "uint32_t at,\n"
         "                      const struct @_tags *inner)\n"
         "{\n"
         "    for (uint32_t w = 0; w < HAS_WORDS; w++) {\n"
         "        uint32_t nested = inner->has[w] & with_sets[w];\n"
         "        if (nested)\n"
         "            return stop(d, CAUSE_NESTED, w * 32 + lowest(nested));\n"
         "        set->arg[at + w] = inner->has[w];\n"
         "    }\n"
         "%f     for (uint32_t i = 0; i < FLAT_ARGS; i++)\n"
         "%f         set->arg[at + flat_args[i].flat] =\n"
         "%f             has(inner, flat_args[i].tag) ? inner->arg[flat_args[i].full] : 0;\n"
         "    return true;\n"
         "}\n\n",
         .needs = BIT(STOP) | BIT(LOWEST), .flat_needs = BIT(FLAT_TABLE) | BIT(HAS)},
    [HELP_LOAD_SET] =
        {.code = "/* to = what the TagSet argument at `at` holds of the tags in `own`. */\n"
                 "static void load_set(struct @_tags *to, const struct @_tags *from, "
                 "uint32_t at,\n"
                 "                     const uint32_t *own)\n"
                 "{\n"
                 "    clear(to);\n"
                 "    for (uint32_t w = 0; w < HAS_WORDS; w++)\n"
                 "        to->has[w] = from->arg[at + w] & own[w];\n"
                 "%f     for (uint32_t i = 0; i < FLAT_ARGS; i++)\n"
                 "%f         if (has(to, flat_args[i].tag))\n"
                 "%f             to->arg[flat_args[i].full] = "
                 "from->arg[at + flat_args[i].flat];\n"
                 "}\n\n",
         .needs = BIT(CLEAR),
         .flat_needs = BIT(FLAT_TABLE) | BIT(HAS)},
};

/* ---- Templates ----------------------------------------------------------------------------- */

static bool line_applies(const struct monitor *m, char condition)
{
    switch (condition) {
    case 'a':
        return m->has_args;
    case 'A':
        return !m->has_args;
    case 'l':
        return m->has_lattices;
    case 'n':
        return m->has_args && !m->has_lattices;
    case 'd':
        return m->ir->ndeciders > 0;
    default:
        return m->has_flat;
    }
}

void monitor_template(const struct monitor *m, const char *text)
{
    while (*text) {
        const char *end = strchr(text, '\n');
        end = end ? end + 1 : text + strlen(text);
        bool applies = true;
        if (text[0] == '%') {
            applies = line_applies(m, text[1]);
            text += 3;
        }
        for (; text < end; text++)
            if (applies && *text == '@')
                fputs(m->id, m->out);
            else if (applies)
                fputc(*text, m->out);
    }
}

/* ---- Tables -------------------------------------------------------------------------------- */

static uint32_t args_words(const struct pol_space *space, uint32_t tag)
{
    uint32_t words = 0;
    for (uint32_t a = 0; a < space->tags[tag].nargs; a++)
        words += space->tags[tag].args[a].is_set ? space->flat_words : 1;
    return words;
}

static void emit_args_table(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    fputs("/* Where the arguments of each tag stand. */\n"
          "static const struct {\n    uint32_t first, words;\n} tag_args[TAGS] = {\n",
          m->out);
    for (uint32_t t = 0; t < space->ntags; t++) {
        const struct pol_tag_info *info = &space->tags[t];
        fprintf(m->out, "    {%lu, %lu}, /* ",
                (unsigned long)(info->nargs ? info->args[0].offset - space->has_words : 0),
                (unsigned long)args_words(space, t));
        fprintf(m->out, "%s */\n", m->tags[t]);
    }
    fputs("};\n\n", m->out);
}

static void emit_flat_table(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    unsigned long count = 0;
    fputs("/* Arguments inside TagSet arguments: tag, place in a set, place in the argument. */\n"
          "static const struct {\n    uint32_t tag, full, flat;\n} flat_args[] = {\n",
          m->out);
    for (uint32_t t = 0; t < space->ntags; t++)
        for (uint32_t a = 0; a < space->tags[t].nargs; a++) {
            const struct pol_tag_arg *arg = &space->tags[t].args[a];
            if (arg->flat_offset == POL_NO_OFFSET)
                continue;
            count++;
            fprintf(m->out, "    {TAG_%s, ARG_%s_%lu, %lu},\n", m->tags[t], m->tags[t],
                    (unsigned long)a, (unsigned long)arg->flat_offset);
        }
    fprintf(m->out, "};\n#define FLAT_ARGS %luu\n\n", count);
}

/* ---- Emission ------------------------------------------------------------------------------ */

static void require(struct monitor *m, const struct text *text)
{
    uint32_t needs = text->needs | (m->has_args ? text->arg_needs : 0) |
                     (m->has_flat ? text->flat_needs : 0) |
                     (m->has_lattices ? text->lattice_needs : 0);
    for (int h = 0; h < HELPERS; h++)
        if (needs & ((uint32_t)1 << h))
            m->helper[h] = true;
}

void monitor_support(struct monitor *m)
{
    for (int h = HELPERS - 1; h >= 0; h--)
        if (m->helper[h])
            require(m, &texts[h]);
    for (int h = 0; h < HELPERS; h++) {
        if (!m->helper[h])
            continue;
        if (h == HELP_ARGS_TABLE)
            emit_args_table(m);
        else if (h == HELP_FLAT_TABLE)
            emit_flat_table(m);
        else if (h == HELP_JOIN_ARGS || h == HELP_MEET_ARGS)
            monitor_bound_args(m, h == HELP_JOIN_ARGS ? "join" : "meet");
        else
            monitor_template(m, texts[h].code);
    }
}
