/* The frame of an emitted monitor: header, tables, and the composition around the rules. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/backend/monitor/emit.h"

/* ---- Header -------------------------------------------------------------------------------- */

static void emit_title(const struct monitor *m, const char *suffix)
{
    char isa[POL_ISA_TEXT];
    pol_isa_format(&m->ir->isa, isa, sizeof isa);
    fputs("/* ", m->out);
    monitor_comment(m->out, m->ir->stem);
    fprintf(m->out, "%s: the reference monitor of policy ", suffix);
    monitor_comment(m->out, m->ir->name);
    fprintf(m->out, " for %s.\n * Made by policyc from sources with digest ", isa);
    for (size_t i = 0; i < sizeof m->ir->digest; i++)
        fprintf(m->out, "%02x", m->ir->digest[i]);
    fputs(".\n", m->out);
}

static void emit_tag_macros(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    fputs("/* Tags, and where their arguments stand in `arg`. */\n", m->out);
    for (uint32_t t = 0; t < space->ntags; t++) {
        fprintf(m->out, "#define TAG_%s %" PRIu32 "u\n", m->tags[t], t);
        for (uint32_t a = 0; a < space->tags[t].nargs; a++)
            fprintf(m->out, "#define ARG_%s_%" PRIu32 " %" PRIu32 "u\n", m->tags[t], a,
                    space->tags[t].args[a].offset - space->has_words);
    }
    fputc('\n', m->out);
}

static void emit_structs(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    uint32_t counters = m->ir->ncounters ? m->ir->ncounters : 1;
    fprintf(m->out,
            "/* A tag set: tag t is bit t %% 32 of has[t / 32].  Arguments of absent tags are 0.\n"
            " * Equal sets are equal in all words. */\n"
            "struct %s_tags {\n    uint32_t has[%" PRIu32 "];\n",
            m->id, space->has_words);
    if (m->has_args)
        fprintf(m->out, "    uint32_t arg[%" PRIu32 "];\n", space->words - space->has_words);
    fprintf(m->out,
            "};\n\n"
            "/* Counters of fresh values: the next one, and how many the current step uses. */\n"
            "struct %s_state {\n    uint64_t next[%" PRIu32 "], used[%" PRIu32 "];\n};\n\n",
            m->id, counters, counters);
}

static void emit_header(struct monitor *m, FILE *h)
{
    m->out = h;
    emit_title(m, "_monitor.h");
    fprintf(h,
            " */\n"
            "#ifndef MONITOR_%s_H\n#define MONITOR_%s_H\n\n"
            "#include <stdbool.h>\n#include <stdint.h>\n\n%s\n",
            m->id, m->id, monitor_abi_text);
    emit_tag_macros(m);
    monitor_response_macros(m);
    emit_structs(m);
    monitor_template(m, monitor_functions_text);
}

/* ---- Tables -------------------------------------------------------------------------------- */

typedef bool tag_test(const struct monitor *m, uint32_t tag, uint32_t domain);

static bool in_domain(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    return m->ir->tags[tag].domain == domain;
}

static bool of_globals(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->domains[m->ir->tags[tag].domain].kind == IR_DOMAIN_GLOBAL;
}

static bool any_tag(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)m, (void)tag, (void)domain;
    return true;
}

static bool merges_all(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->space->tags[tag].merge_all;
}

static bool takes_args(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->space->tags[tag].nargs > 0;
}

static bool takes_sets(const struct monitor *m, uint32_t tag, uint32_t domain)
{
    (void)domain;
    return m->ir->space->tags[tag].has_set_arg;
}

/* The words of a mask, `{..}`. */
static void emit_mask(const struct monitor *m, tag_test *test, uint32_t domain)
{
    const struct pol_space *space = m->ir->space;
    fputc('{', m->out);
    for (uint32_t w = 0; w < space->has_words; w++) {
        uint32_t word = 0;
        for (uint32_t t = w * 32; t < space->ntags && t < (w + 1) * 32; t++)
            if (test(m, t, domain))
                word |= (uint32_t)1 << (t % 32);
        fprintf(m->out, "%s0x%" PRIx32 "u", w ? ", " : "", word);
    }
    fputc('}', m->out);
}

static void emit_named_mask(const struct monitor *m, const char *comment, const char *name,
                            tag_test *test)
{
    fprintf(m->out, "/* %s */\nstatic const uint32_t %s[HAS_WORDS] = ", comment, name);
    emit_mask(m, test, 0);
    fputs(";\n", m->out);
}

static void emit_domains(const struct monitor *m)
{
    uint32_t count = m->ir->ndomains ? m->ir->ndomains : 1;
    fprintf(m->out,
            "/* Who may write which tags, by domain. */\n"
            "static const uint32_t domain_tags[%" PRIu32 "][HAS_WORDS] = {\n",
            count);
    for (uint32_t d = 0; d < count; d++) {
        fputs("    ", m->out);
        emit_mask(m, in_domain, d);
        fputs(", /* ", m->out);
        monitor_comment(m->out, d < m->ir->ndomains ? m->ir->domains[d].name : "none");
        fputs(" */\n", m->out);
    }
    fputs("};\n", m->out);
}

static void emit_counters(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    if (ir->ncounters == 0)
        return;
    for (uint32_t c = 0; c < ir->ncounters; c++)
        fprintf(m->out, "#define COUNTER_%s %" PRIu32 "u\n", m->counters[c], c);
    fprintf(m->out,
            "/* Fresh values are 0 .. limit-1; then they start again, or are exhausted. */\n"
            "static const struct {\n    uint64_t limit;\n    bool exhaust;\n"
            "} counters[%" PRIu32 "] = {\n",
            ir->ncounters);
    for (uint32_t c = 0; c < ir->ncounters; c++)
        fprintf(m->out, "    {UINT64_C(%" PRIu64 "), %s},\n", ir->counters[c].limit,
                ir->counters[c].exhaust ? "true" : "false");
    fputs("};\n", m->out);
}

static void emit_sizes(const struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    fprintf(m->out, "#define TAGS %" PRIu32 "u\n#define HAS_WORDS %" PRIu32 "u\n", space->ntags,
            space->has_words);
    if (m->has_args)
        fprintf(m->out, "#define ARG_WORDS %" PRIu32 "u\n", space->words - space->has_words);
    if (m->has_sets)
        fprintf(m->out, "#define FLAT_WORDS %" PRIu32 "u\n", space->flat_words);
}

static void emit_tables(const struct monitor *m)
{
    emit_sizes(m);
    emit_domains(m);
    if (m->ir->nglobals) {
        emit_named_mask(m, "Global policies write all tags.", "all_tags", any_tag);
        emit_named_mask(m, "The global policies' own tags.", "global_tags", of_globals);
    }
    emit_named_mask(m, "Tags declared `merge all`.", "merge_all", merges_all);
    if (m->has_args)
        emit_named_mask(m, "Tags that have arguments.", "with_args", takes_args);
    if (m->helper[HELP_STORE_SET])
        emit_named_mask(m, "Tags that have TagSet arguments.", "with_sets", takes_sets);
    emit_counters(m);
    fputc('\n', m->out);
}

/* ---- Composition --------------------------------------------------------------------------- */

static void emit_decider_table(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    fputs("static const struct {\n"
          "    bool (*decide)(struct eval *e, struct decision *d);\n"
          "    const uint32_t *own;\n"
          "} deciders[DECIDERS] = {\n",
          m->out);
    for (uint32_t d = 0; d < ir->ndeciders; d++)
        if (ir->deciders[d].is_global)
            fprintf(m->out, "    {decide_%s, all_tags},\n", m->deciders[d]);
        else
            fprintf(m->out, "    {decide_%s, domain_tags[%" PRIu32 "]},\n", m->deciders[d],
                    ir->deciders[d].domain);
    fputs("};\n\n", m->out);
}

static void emit_evaluate(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    bool components = ir->ndeciders > ir->nglobals;
    const char *indent = ir->nglobals ? "        " : "    ";
    monitor_template(m, monitor_evaluate_text);
    if (ir->ndeciders)
        fputs("    struct decision d;\n", m->out);
    if (ir->nglobals)
        fputs("    if (!run_globals(&e, &d, &next, answer)) {\n"
              "        forget_globals(&e, &next);\n",
              m->out);
    if (components)
        fprintf(m->out, "%srun_components(&e, &d, &next, answer);\n", indent);
    else
        fprintf(m->out,
                "%sadd_failure(answer, NONE, NONE, CAUSE_NO_COMPONENT, NONE, \"\",\n"
                "%s            RESPONSE_default);\n",
                indent, indent);
    fputs(ir->nglobals ? "    }\n" : "", m->out);
    monitor_template(m, monitor_finish_text);
}

static void emit_composition(const struct monitor *m)
{
    const struct ir *ir = m->ir;
    fprintf(m->out, "#define GLOBALS %" PRIu32 "u\n#define DECIDERS %" PRIu32 "u\n\n", ir->nglobals,
            ir->ndeciders);
    if (ir->ndeciders)
        emit_decider_table(m);
    monitor_template(m, monitor_composition_text);
    if (ir->ndeciders)
        monitor_template(m, monitor_run_text);
    if (ir->nglobals)
        monitor_template(m, monitor_globals_text);
    if (ir->ndeciders > ir->nglobals)
        monitor_template(m, monitor_components_text);
    emit_evaluate(m);
}

static void emit_state_functions(const struct monitor *m)
{
    uint32_t count = m->ir->ncounters ? m->ir->ncounters : 1;
    fprintf(m->out,
            "/* ---- Fresh values "
            "-------------------------------------------------------------------------- */\n\n"
            "void %s_reset(struct %s_state *state)\n{\n"
            "    for (uint32_t i = 0; i < %" PRIu32 "; i++)\n"
            "        state->next[i] = state->used[i] = 0;\n}\n\n"
            "void %s_begin(struct %s_state *state)\n{\n"
            "    for (uint32_t i = 0; i < %" PRIu32 "; i++)\n"
            "        state->used[i] = 0;\n}\n\n"
            "void %s_commit(struct %s_state *state)\n{\n",
            m->id, m->id, count, m->id, m->id, count, m->id, m->id);
    if (m->ir->ncounters)
        fprintf(m->out,
                "    for (uint32_t i = 0; i < %" PRIu32 "; i++) {\n"
                "        state->next[i] += state->used[i];\n"
                "        if (!counters[i].exhaust)\n"
                "            state->next[i] %%= counters[i].limit;\n"
                "    }\n",
                count);
    fprintf(m->out, "    %s_begin(state);\n}\n\n", m->id);
}

static void emit_abi(const struct monitor *m)
{
    fprintf(m->out, "#define DOMAINS %" PRIu32 "u\n\n", m->ir->ndomains);
    monitor_template(m, monitor_abi_functions_text);
    for (size_t i = 0; i < sizeof m->ir->digest; i++)
        fprintf(m->out, "%s0x%02x", i == 0 ? "" : i % 16 ? ", " : ",\n     ", m->ir->digest[i]);
    fputs("},\n"
          "    abi_reset,\n    abi_begin,\n    abi_evaluate,\n    abi_commit,\n"
          "    abi_merge,\n    abi_drop_missing,\n    abi_replace_domain,\n};\n#endif\n",
          m->out);
}

/* ---- The file ------------------------------------------------------------------------------ */

/* What every monitor uses, whatever its rules. */
static void require_basics(struct monitor *m)
{
    m->helper[HELP_REPLACE] = true;
    m->helper[HELP_FORGET] = m->ir->nglobals > 0;
    m->helper[HELP_JOIN_ARGS] = m->helper[HELP_MEET_ARGS] = m->has_lattices;
    if (m->has_args) {
        m->helper[HELP_SAME_ARGS] = true;
        m->helper[HELP_COPY_ARGS] = true;
        m->helper[HELP_ZERO_ARGS] = true;
        m->helper[HELP_LOWEST] = true;
    }
}

/* The rules come first, because they determine what has to stand before them. */
static char *rules_text(struct monitor *m)
{
    char *text = NULL;
    size_t size = 0;
    m->out = open_memstream(&text, &size);
    if (!m->out)
        pol_fatal_oom();
    for (uint32_t d = 0; d < m->ir->ndeciders; d++)
        monitor_decider(m, d);
    if (fclose(m->out) != 0)
        pol_fatal_oom();
    return text;
}

static void emit_code(struct monitor *m, FILE *c)
{
    char *rules = rules_text(m);
    m->out = c;
    emit_title(m, "_monitor.c");
    fputs(" *\n"
          " * Every rule is one block below, under its own text, in the order in which rules are "
          "tried:\n"
          " * the first that matches decides.  Rules of one group in a row share the test for the "
          "group.\n"
          " */\n",
          c);
    fprintf(c, "#include \"%s_monitor.h\"\n\n", m->ir->stem);
    emit_tables(m);
    monitor_response_table(m);
    monitor_template(m, monitor_types_text);
    monitor_functions(m);
    monitor_support(m);
    monitor_decode(m);
    fputs(rules, c);
    free(rules);
    emit_composition(m);
    emit_state_functions(m);
    monitor_template(m, monitor_merge_text);
    emit_abi(m);
}

static void examine_space(struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    for (uint32_t t = 0; t < space->ntags; t++)
        for (uint32_t a = 0; a < space->tags[t].nargs; a++) {
            m->has_args = true;
            if (space->tags[t].args[a].is_set)
                m->has_sets = true;
            else if (space->tags[t].args[a].flat_offset != POL_NO_OFFSET)
                m->has_flat = true;
        }
}

int monitor_emit(const struct ir *ir, FILE *c, FILE *h)
{
    struct monitor m = {.ir = ir};
    arena_init(&m.arena);
    m.group_used = ARENA_ARRAY(&m.arena, bool, (size_t)ir->ngroups + 1);
    m.lattice_used = ARENA_ARRAY(&m.arena, unsigned char, (size_t)ir->nlattices + 1);
    m.relation_used = ARENA_ARRAY(&m.arena, bool, (size_t)ir->nrelations + 1);
    examine_space(&m);
    monitor_tag_lattices(&m);
    monitor_names(&m);
    monitor_find_spills(&m);
    require_basics(&m);
    emit_code(&m, c);
    emit_header(&m, h);
    arena_free(&m.arena);
    return fflush(c) != 0 || fflush(h) != 0 || ferror(c) || ferror(h) ? -1 : 0;
}
