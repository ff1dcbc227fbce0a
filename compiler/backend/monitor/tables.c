/* Lattices, relations and responses of the policy, as named functions and tables. */
#include <inttypes.h>

#include "compiler/backend/monitor/emit.h"

/* ---- Lattices ------------------------------------------------------------------------------ */

void monitor_tag_lattices(struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    for (uint32_t t = 0; t < space->ntags; t++)
        for (uint32_t a = 0; a < space->tags[t].nargs; a++) {
            uint32_t lattice = m->ir->tags[t].lattice[a];
            if (lattice == IR_NONE)
                continue;
            m->has_lattices = true;
            m->lattice_used[lattice] = LATTICE_JOIN | LATTICE_MEET;
        }
}

/* The names of a lattice's values, as some tag has them; NULL if none does. */
static char **value_names(const struct ir *ir, uint32_t lattice)
{
    for (uint32_t t = 0; t < ir->space->ntags; t++)
        for (uint32_t a = 0; a < ir->space->tags[t].nargs; a++)
            if (ir->tags[t].lattice[a] == lattice && ir->space->tags[t].args[a].values)
                return ir->space->tags[t].args[a].values;
    return NULL;
}

/* One row of a table of values: what becomes of value a with each other one. */
static void emit_row(const struct monitor *m, const uint32_t *row, uint32_t size, uint32_t a,
                     char **names)
{
    fputs("        {", m->out);
    for (uint32_t b = 0; b < size; b++)
        fprintf(m->out, "%" PRIu32 "%s", row[b],
                b + 1 == size  ? ""
                : b % 16 == 15 ? ",\n         "
                               : ", ");
    fputs("}, /* ", m->out);
    if (names)
        monitor_comment(m->out, names[a]);
    else
        fprintf(m->out, "%" PRIu32, a);
    fputs(" */\n", m->out);
}

static void emit_bound(const struct monitor *m, uint32_t index, const char *name,
                       const char *comment, const uint32_t *table)
{
    const struct ir_lattice *lattice = &m->ir->lattices[index];
    char **names = value_names(m->ir, index);
    fprintf(m->out, "/* %s in lattice ", comment);
    monitor_comment(m->out, lattice->name);
    fprintf(m->out,
            ". */\nstatic int64_t %s_%s(int64_t a, int64_t b)\n{\n"
            "    static const uint16_t of[%" PRIu32 "][%" PRIu32 "] = {\n",
            name, m->lattices[index], lattice->size, lattice->size);
    for (uint32_t a = 0; a < lattice->size; a++)
        emit_row(m, table + (size_t)a * lattice->size, lattice->size, a, names);
    fputs("    };\n    return of[a][b];\n}\n\n", m->out);
}

static void emit_lattice(const struct monitor *m, uint32_t index)
{
    if (m->lattice_used[index] & LATTICE_JOIN)
        emit_bound(m, index, "join", "The least value that is at least both",
                   m->ir->lattices[index].join);
    if (m->lattice_used[index] & LATTICE_MEET)
        emit_bound(m, index, "meet", "The greatest value that is at most both",
                   m->ir->lattices[index].meet);
}

/* ---- Relations ----------------------------------------------------------------------------- */

static uint64_t relation_bits(const struct ir_relation *relation)
{
    uint64_t bits = 1;
    for (uint32_t i = 0; i < relation->nargs; i++)
        bits *= relation->limit[i];
    return bits;
}

static void emit_words(const struct monitor *m, const struct ir_relation *relation)
{
    uint64_t words = (relation_bits(relation) + 31) / 32;
    fprintf(m->out, "    static const uint32_t bits_of[%" PRIu64 "] = {", words);
    for (uint64_t w = 0; w < words; w++)
        fprintf(m->out, "%s0x%08" PRIx32 "u,", w % 8 ? " " : "\n        ", relation->bits[w]);
    fputs("\n    };\n", m->out);
}

/* The number of a tuple: ((a * limit of b + b) * limit of c + c) .. */
static void emit_tuple_number(const struct monitor *m, const struct ir_relation *relation)
{
    fputs("    uint64_t at = (uint64_t)v0;\n", m->out);
    for (uint32_t i = 1; i < relation->nargs; i++)
        fprintf(m->out, "    at = at * %" PRIu32 "u + (uint64_t)v%" PRIu32 ";\n",
                relation->limit[i], i);
}

static void emit_relation(const struct monitor *m, uint32_t index)
{
    const struct ir_relation *relation = &m->ir->relations[index];
    if (!m->relation_used[index])
        return;
    fputs("/* Relation ", m->out);
    monitor_comment(m->out, relation->name);
    fputs(": a bit for each tuple, in order. */\n", m->out);
    fprintf(m->out, "static bool %s(", m->relations[index]);
    for (uint32_t i = 0; i < relation->nargs; i++)
        fprintf(m->out, "%sint64_t v%" PRIu32, i ? ", " : "", i);
    fputs(")\n{\n", m->out);
    emit_words(m, relation);
    emit_tuple_number(m, relation);
    fputs("    return (bits_of[at / 32] >> (at % 32)) & 1u;\n}\n\n", m->out);
}

void monitor_functions(const struct monitor *m)
{
    for (uint32_t i = 0; i < m->ir->nlattices; i++)
        emit_lattice(m, i);
    for (uint32_t i = 0; i < m->ir->nrelations; i++)
        emit_relation(m, i);
}

/* ---- Arguments of tags that two sets have ---------------------------------------------------- */

static bool is_bound(const struct monitor *m, uint32_t tag)
{
    for (uint32_t a = 0; a < m->ir->space->tags[tag].nargs; a++)
        if (m->ir->tags[tag].lattice[a] != IR_NONE)
            return true;
    return false;
}

/* Arguments that are of no lattice must be equal. */
static void emit_equal(const struct monitor *m, uint32_t tag)
{
    const struct pol_tag_info *info = &m->ir->space->tags[tag];
    for (uint32_t a = 0; a < info->nargs; a++) {
        if (m->ir->tags[tag].lattice[a] != IR_NONE)
            continue;
        if (info->args[a].is_set)
            fprintf(m->out,
                    "        for (uint32_t i = 0; i < FLAT_WORDS; i++)\n"
                    "            if (to->arg[ARG_%s_%" PRIu32 " + i] != from->arg[ARG_%s_%" PRIu32
                    " + i])\n"
                    "                return false;\n",
                    m->tags[tag], a, m->tags[tag], a);
        else
            fprintf(m->out,
                    "        if (to->arg[ARG_%s_%" PRIu32 "] != from->arg[ARG_%s_%" PRIu32 "])\n"
                    "            return false;\n",
                    m->tags[tag], a, m->tags[tag], a);
    }
}

static void emit_case(const struct monitor *m, const char *name, uint32_t tag)
{
    fprintf(m->out, "    case TAG_%s:\n", m->tags[tag]);
    emit_equal(m, tag);
    for (uint32_t a = 0; a < m->ir->space->tags[tag].nargs; a++) {
        uint32_t lattice = m->ir->tags[tag].lattice[a];
        if (lattice == IR_NONE)
            continue;
        fprintf(m->out,
                "        to->arg[ARG_%s_%" PRIu32 "] = (uint32_t)%s_%s(to->arg[ARG_%s_%" PRIu32
                "], from->arg[ARG_%s_%" PRIu32 "]);\n",
                m->tags[tag], a, name, m->lattices[lattice], m->tags[tag], a, m->tags[tag], a);
    }
    fputs("        return true;\n", m->out);
}

void monitor_bound_args(const struct monitor *m, const char *name)
{
    fprintf(
        m->out,
        "/* The %ss of a tag's lattice arguments, in `to`; false if another argument differs. */\n"
        "static bool %s_args(struct %s_tags *to, const struct %s_tags *from, uint32_t tag)\n"
        "{\n    switch (tag) {\n",
        name, name, m->id, m->id);
    for (uint32_t t = 0; t < m->ir->space->ntags; t++)
        if (is_bound(m, t))
            emit_case(m, name, t);
    fputs("    default:\n        return same_args(to, from, tag);\n    }\n}\n\n", m->out);
}

/* ---- Responses ----------------------------------------------------------------------------- */

static const char *const actions[] = {"REPORT", "TERMINATE", "FAILSAFE", "HALT"};

static void emit_response_comment(const struct monitor *m, const struct ir_response *response)
{
    static const char *const texts[] = {[POL_ACTION_REPORT] =
                                            "recorded, and the rules below decide",
                                        [POL_ACTION_TERMINATE] = "the offending thread is stopped",
                                        [POL_ACTION_FAILSAFE] = "control is passed on",
                                        [POL_ACTION_HALT] = "the whole system stops"};
    fprintf(m->out, " /* %s", texts[response->action]);
    if (response->entity[0]) {
        fputs(": ", m->out);
        monitor_comment(m->out, response->entity);
    }
    fputs(" */\n", m->out);
}

void monitor_response_macros(const struct monitor *m)
{
    fputs("/* Responses: what failures ask for.  The first is that of implicit and built-in "
          "failures. */\n",
          m->out);
    for (uint32_t i = 0; i < m->ir->nresponses; i++) {
        fprintf(m->out, "#define RESPONSE_%s %" PRIu32 "u", m->responses[i], i);
        emit_response_comment(m, &m->ir->responses[i]);
    }
    fputs("\n/* Their actions, the mildest first: of a step's failures the most severe one acts. "
          "*/\n",
          m->out);
    for (unsigned i = 0; i < 4; i++)
        fprintf(m->out, "#define ACTION_%s %uu\n", actions[i], i);
    fprintf(m->out,
            "struct %s_response {\n    const char *name;\n    uint32_t action;\n"
            "    const char *entity; /* that goes on; \"\" for none */\n};\n"
            "extern const struct %s_response %s_responses[%" PRIu32 "];\n\n",
            m->id, m->id, m->id, m->ir->nresponses);
}

void monitor_response_table(const struct monitor *m)
{
    fprintf(m->out, "const struct %s_response %s_responses[%" PRIu32 "] = {\n", m->id, m->id,
            m->ir->nresponses);
    for (uint32_t i = 0; i < m->ir->nresponses; i++) {
        const struct ir_response *response = &m->ir->responses[i];
        fputs("    {", m->out);
        monitor_string(m->out, response->name);
        fprintf(m->out, ", ACTION_%s, ", actions[response->action]);
        monitor_string(m->out, response->entity);
        fputs("},\n", m->out);
    }
    fputs("};\n\n", m->out);
}
