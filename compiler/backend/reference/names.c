/* Identifiers.  All carry a prefix in the emitted code, so that none can be a keyword. */
#include "compiler/backend/reference/emit.h"

#include <string.h>

#include "lang/support/intern.h"

static bool is_name_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Every character that SystemVerilog does not know in names becomes `_`. */
static char *mangle(struct arena *arena, const char *text)
{
    char *name = arena_strdup(arena, text);
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

typedef const char *text_of(const struct reference *r, uint32_t index);

static const char *tag_text(const struct reference *r, uint32_t tag)
{
    const struct pol_tag_info *info = &r->ir->space->tags[tag];
    return arena_printf(r->arena, "%s_%s", info->module, info->name);
}

/* The name after the module. */
static const char *group_text(const struct reference *r, uint32_t group)
{
    const char *name = r->ir->groups[group].name, *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

static const char *decider_text(const struct reference *r, uint32_t decider)
{
    return r->ir->deciders[decider].name;
}

static const char *counter_text(const struct reference *r, uint32_t counter)
{
    return r->ir->counters[counter].name;
}

static const char *lattice_text(const struct reference *r, uint32_t lattice)
{
    return r->ir->lattices[lattice].name;
}

static const char *relation_text(const struct reference *r, uint32_t relation)
{
    return r->ir->relations[relation].name;
}

/* Rows of other targets have none. */
static const char *row_text(const struct reference *r, uint32_t row)
{
    const struct pol_insn *insn = pol_insn_at(row);
    return pol_isa_has(&r->ir->isa, insn) ? insn->name : "";
}

static const char **name_all(struct reference *r, uint32_t count, text_of *text)
{
    const char **names = ARENA_ARRAY(r->arena, const char *, (size_t)count + 1);
    struct interner *seen = intern_new();
    for (uint32_t i = 0; i < count; i++) {
        char *name = mangle(r->arena, text(r, i));
        names[i] = *name ? distinct(r->arena, seen, name) : name;
    }
    intern_free(seen);
    return names;
}

void reference_names(struct reference *r)
{
    r->tags = name_all(r, r->ir->space->ntags, tag_text);
    r->groups = name_all(r, r->ir->ngroups, group_text);
    r->deciders = name_all(r, r->ir->ndeciders, decider_text);
    r->counters = name_all(r, r->ir->ncounters, counter_text);
    r->lattices = name_all(r, r->ir->nlattices, lattice_text);
    r->relations = name_all(r, r->ir->nrelations, relation_text);
    r->rows = name_all(r, (uint32_t)pol_insn_count(), row_text);
}
