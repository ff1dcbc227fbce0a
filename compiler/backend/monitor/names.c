#include <string.h>

#include "compiler/backend/monitor/emit.h"
#include "lang/support/intern.h"
#include "lang/support/str.h"

static const char *const reserved[] = {
    "auto",   "break",  "case",   "char",      "const",    "continue",  "default",  "do",
    "double", "else",   "enum",   "extern",    "float",    "for",       "goto",     "if",
    "inline", "int",    "long",   "register",  "restrict", "return",    "short",    "signed",
    "sizeof", "static", "struct", "switch",    "typedef",  "union",     "unsigned", "void",
    "while",  "bool",   "true",   "false",     "volatile", "asm",       "typeof",   "has",
    "arg",    "bits",   "lowest", "same_set",  "clear",    "project",   "replace",  "forget",
    "stop",   "refuse", "gives",  "add",       "drop",     "number",    "fresh",    "unite",
    "part",   "e",      "d",      "intersect", "insn",     "store_set", "load_set", "main",
    "env",    "code",   "report"};

static bool is_reserved(const char *name)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (str_eq(name, reserved[i]))
            return true;
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_name_char(char c)
{
    return is_digit(c) || is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Every character that C does not know in names becomes `_`. */
static char *mangle(struct arena *arena, const char *text)
{
    char *name = is_digit(text[0]) || text[0] == '_' || !text[0] ? arena_printf(arena, "p%s", text)
                                                                 : arena_strdup(arena, text);
    for (char *p = name; *p; p++)
        if (!is_name_char(*p))
            *p = '_';
    return name;
}

/* `name`, or `name_2` and so on: none that `seen` knows. */
static const char *distinct(struct arena *arena, struct interner *seen, const char *name)
{
    const char *candidate = name;
    for (unsigned n = 2; intern_find(seen, candidate).v; n++)
        candidate = arena_printf(arena, "%s_%u", name, n);
    intern_str(seen, candidate);
    return candidate;
}

/* ---- Names of the whole file --------------------------------------------------------------- */

static void name_tags(struct monitor *m)
{
    const struct pol_space *space = m->ir->space;
    struct interner *seen = intern_new();
    m->tags = ARENA_ARRAY(&m->arena, const char *, (size_t)space->ntags + 1);
    for (uint32_t t = 0; t < space->ntags; t++) {
        const char *text =
            arena_printf(&m->arena, "%s_%s", space->tags[t].module, space->tags[t].name);
        m->tags[t] = distinct(&m->arena, seen, mangle(&m->arena, text));
    }
    intern_free(seen);
}

/* The name after the module, unless two groups share it. */
static void name_groups(struct monitor *m)
{
    struct interner *shorts = intern_new(), *twice = intern_new(), *seen = intern_new();
    m->groups = ARENA_ARRAY(&m->arena, const char *, (size_t)m->ir->ngroups + 1);
    for (uint32_t g = 0; g < m->ir->ngroups; g++) {
        const char *dot = strrchr(m->ir->groups[g].name, '.');
        m->groups[g] = mangle(&m->arena, dot ? dot + 1 : m->ir->groups[g].name);
        if (intern_find(shorts, m->groups[g]).v)
            intern_str(twice, m->groups[g]);
        intern_str(shorts, m->groups[g]);
    }
    for (uint32_t g = 0; g < m->ir->ngroups; g++) {
        bool again = intern_find(twice, m->groups[g]).v != 0;
        const char *name = again ? mangle(&m->arena, m->ir->groups[g].name) : m->groups[g];
        m->groups[g] = distinct(&m->arena, seen, name);
    }
    intern_free(shorts);
    intern_free(twice);
    intern_free(seen);
}

static void name_deciders(struct monitor *m)
{
    struct interner *seen = intern_new();
    m->deciders = ARENA_ARRAY(&m->arena, const char *, (size_t)m->ir->ndeciders + 1);
    for (uint32_t d = 0; d < m->ir->ndeciders; d++)
        m->deciders[d] = distinct(&m->arena, seen, mangle(&m->arena, m->ir->deciders[d].name));
    intern_free(seen);
}

/* Names after their modules, so that none is one of C or of this file. */
static const char *qualified(struct monitor *m, struct interner *seen, const char *name)
{
    return distinct(&m->arena, seen, mangle(&m->arena, name));
}

static void name_tables(struct monitor *m)
{
    const struct ir *ir = m->ir;
    struct interner *lattices = intern_new(), *relations = intern_new(), *responses = intern_new();
    m->lattices = ARENA_ARRAY(&m->arena, const char *, (size_t)ir->nlattices + 1);
    m->relations = ARENA_ARRAY(&m->arena, const char *, (size_t)ir->nrelations + 1);
    m->responses = ARENA_ARRAY(&m->arena, const char *, (size_t)ir->nresponses + 1);
    for (uint32_t i = 0; i < ir->nlattices; i++)
        m->lattices[i] = qualified(m, lattices, ir->lattices[i].name);
    for (uint32_t i = 0; i < ir->nrelations; i++)
        m->relations[i] =
            arena_printf(&m->arena, "holds_%s", qualified(m, relations, ir->relations[i].name));
    m->responses[0] = "default";
    intern_str(responses, "default");
    for (uint32_t i = 1; i < ir->nresponses; i++)
        m->responses[i] = qualified(m, responses, ir->responses[i].name);
    intern_free(lattices);
    intern_free(relations);
    intern_free(responses);
}

static void name_counters(struct monitor *m)
{
    struct interner *seen = intern_new();
    m->counters = ARENA_ARRAY(&m->arena, const char *, (size_t)m->ir->ncounters + 1);
    for (uint32_t c = 0; c < m->ir->ncounters; c++)
        m->counters[c] = distinct(&m->arena, seen, mangle(&m->arena, m->ir->counters[c].name));
    intern_free(seen);
}

void monitor_names(struct monitor *m)
{
    m->id = mangle(&m->arena, m->ir->stem);
    if (is_reserved(m->id))
        m->id = arena_printf(&m->arena, "%s_policy", m->id);
    name_tags(m);
    name_groups(m);
    name_deciders(m);
    name_counters(m);
    name_tables(m);
}

/* ---- Names of operands --------------------------------------------------------------------- */

/* Names that could hide, or be replaced by, something of the emitted file. */
static bool is_clash(const char *name)
{
    static const char *const prefixes[] = {"TAG_",  "ARG_",  "COUNTER_", "new_",     "is_",
                                           "pol_",  "part",  "fresh",    "sum_",     "test_",
                                           "join_", "meet_", "holds_",   "RESPONSE_"};
    size_t len = strlen(name), lower = 0;
    for (size_t i = 0; i < len; i++)
        lower += is_lower(name[i]);
    if (lower == 0)
        return true; /* like a macro */
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (str_starts(name, prefixes[i]))
            return true;
    return is_reserved(name) || (len >= 2 && str_eq(name + len - 2, "_t"));
}

void monitor_operand_names(struct monitor *m, const struct ir_rule *rule,
                           const char *names[POL_OPERANDS])
{
    static const char *const plain[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};
    const struct ir_group *group = rule->group.v == IR_NONE ? NULL : &m->ir->groups[rule->group.v];
    struct interner *seen = intern_new();
    names[POL_OP_ENV] = distinct(&m->arena, seen, "env");
    names[POL_OP_CODE] = distinct(&m->arena, seen, "code");
    for (int op = POL_OP_OP1; op < POL_OPERANDS; op++) {
        const char *given = group ? group->operand_name[op] : NULL;
        const char *name = mangle(&m->arena, given ? given : plain[op]);
        if (is_clash(name))
            name = arena_printf(&m->arena, "%s_", name);
        names[op] = distinct(&m->arena, seen, name);
    }
    intern_free(seen);
}

/* ---- Texts --------------------------------------------------------------------------------- */

/* Neither the end nor the beginning of a comment, nor a trigraph, may come out. */
void monitor_comment(FILE *out, const char *text)
{
    char last = '\0';
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        bool pair =
            (last == '*' && c == '/') || (last == '/' && c == '*') || (last == '?' && c == '?');
        if (pair)
            fputc(' ', out);
        fputc(c < 0x20 || c > 0x7e ? '?' : c, out);
        last = (char)c;
    }
}

/* C11 promises 4095 characters in a literal, and strict compilers insist; messages are cut there.
 */
#define MAX_LITERAL 4000

void monitor_string(FILE *out, const char *text)
{
    fputc('"', out);
    for (size_t i = 0; text[i] && i < MAX_LITERAL; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\' || c == '?')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            fprintf(out, "\\%03o", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}
