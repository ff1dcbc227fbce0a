/* Small random policies, and every step that they can take, for tests that check exact analyses by
 * counting: nothing here knows the IR's rules, only the source interpreter and the reachable
 * shapes.
 *
 * A subject is a policy compiled up to its IR.  Inputs are all sets of its tags with all arguments,
 * so types and tags are few. */
#ifndef TESTS_BRUTE_H
#define TESTS_BRUTE_H
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/compile.h"
#include "compiler/logic/scene.h"
#include "compiler/prove/rerun.h"
#include "lang/support/str.h"
#include "tests/unit/check.h"

/* ---- Chance ---------------------------------------------------------------------------------- */

static uint64_t brute_state;

static inline uint32_t chance(uint32_t n)
{
    brute_state = brute_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(brute_state >> 33) % n;
}

static inline void brute_seed(uint64_t seed)
{
    brute_state = seed * 0x9E3779B97F4A7C15u + 1;
    for (int i = 0; i < 8; i++)
        chance(2);
}

static inline uint32_t brute_count(uint32_t quick, uint32_t check, uint32_t longer)
{
    const char *tier = getenv("TIER");
    if (!tier || strcmp(tier, "quick") == 0)
        return quick;
    return strcmp(tier, "check") == 0 ? check : longer;
}

/* ---- Text ------------------------------------------------------------------------------------ */

enum { BRUTE_TAGS = 3, BRUTE_GROUPS = 7 };

/* A tag: its name and how an argument of it looks; 'n' Int (2), 'l' the lattice lo < hi. */
struct brute_tag {
    const char *name;
    char arg;  /* 0: none */
    bool all;  /* merge all */
    int owner; /* 0: module g, 1: module h */
};
struct brute_shape {
    struct brute_tag tags[BRUTE_TAGS];
    int ntags;
    bool two; /* two components, in modules g and h */
    bool global;
};

static const struct {
    const char *name, *text, *inputs, *results; /* names in the order of the operands */
} brute_groups[BRUTE_GROUPS] = {
    {"ldg", "    grp ldg(RS1:a, MEM:m -> RD:r)\n        lb ld\n", "am", "r"},
    {"stg", "    grp stg(RS1:a, RS2:v, MEM:m -> MEM:m)\n        sb sd\n", "avm", "m"},
    {"add", "    grp add(RS1:x, RS2:y -> RD:r)\n        add mul\n", "xy", "r"},
    {"csr", "    grp csr(RS1:x, CSR:c -> RD:r, CSR:c)\n        csrrw csrrs\n", "xc", "rc"},
    {"bra", "    grp bra(RS1:x, RS2:y ->)\n        beq\n", "xy", ""},
    {"jmp", "    grp jmp(RS1:x -> RD:r)\n        jalr\n", "x", "r"},
    {"ret", "    grp ret(RS1:x ->)\n        jalr x0, x1, *\n", "x", ""},
};

static inline struct brute_shape brute_shape(void)
{
    static const char args[6][BRUTE_TAGS + 1] = {"..", ".n", ".l", "n", "l.", ".."};
    struct brute_shape s = {.two = chance(3) == 0, .global = chance(5) == 0};
    const char *kinds = args[chance(6)];
    static const char *const names[] = {"A", "B", "C"};
    s.ntags = (int)strlen(kinds);
    if (s.ntags < 2)
        s.two = false;
    for (int t = 0; t < s.ntags; t++)
        s.tags[t] = (struct brute_tag){names[t], kinds[t] == '.' ? 0 : kinds[t], chance(3) == 0,
                                       s.two && t == s.ntags - 1};
    return s;
}

static inline void brute_value(struct str_buf *out, const struct brute_tag *tag)
{
    if (tag->arg == 'n')
        str_printf(out, "%u", chance(2));
    else
        str_add(out, chance(2) ? "lo" : "hi");
}

/* A tag with constant arguments. */
static inline void brute_constant(struct str_buf *out, const struct brute_tag *tag)
{
    str_printf(out, tag->arg ? "(%s " : "%s", tag->name);
    if (tag->arg) {
        brute_value(out, tag);
        str_add_char(out, ')');
    }
}

/* Variables p, q bound so far in a rule or claim, by kind of argument. */
struct brute_vars {
    char kind[2];
};

static inline void brute_requirement(struct str_buf *out, const struct brute_tag *tag,
                                     struct brute_vars *vars)
{
    uint32_t v = chance(2);
    if (!tag->arg || chance(3) == 0) {
        str_printf(out, "+%s", tag->name);
    } else if (chance(2) && (!vars->kind[v] || vars->kind[v] == tag->arg)) {
        str_printf(out, "+(%s %c)", tag->name, "pq"[v]);
        vars->kind[v] = tag->arg;
    } else {
        str_add_char(out, '+');
        brute_constant(out, tag);
    }
}

/* A pattern; owner -1: about any tag, else `{..}` names only that module's. */
static inline void brute_pattern(struct str_buf *out, const struct brute_shape *s, int owner,
                                 struct brute_vars *vars)
{
    const struct brute_tag *tag = &s->tags[chance((uint32_t)s->ntags)];
    switch (chance(6)) {
    case 0:
        str_add(out, "{}");
        return;
    case 1:
        if (owner < 0 || tag->owner == owner) {
            str_add_char(out, '{');
            brute_constant(out, tag);
            str_add_char(out, '}');
            return;
        }
        str_printf(out, "[-%s]", tag->name);
        return;
    case 2:
    case 3:
        str_printf(out, "[-%s]", tag->name);
        return;
    default:
        str_add_char(out, '[');
        brute_requirement(out, tag, vars);
        str_add_char(out, ']');
    }
}

static inline void brute_guard(struct str_buf *out, const struct brute_vars *vars)
{
    static const char *const compare[] = {"==", "!=", "<=", "<"};
    if (vars->kind[0] && vars->kind[0] == vars->kind[1] && chance(2))
        str_printf(out, " | p %s q", compare[chance(4)]);
    else if (vars->kind[0] && chance(3) == 0)
        str_printf(out, vars->kind[0] == 'n' ? " | p %s 1" : " | p %s hi", compare[chance(4)]);
}

/* `a == [..], m == {..} | guard`: patterns on some of the named operands. */
static inline void brute_inputs(struct str_buf *out, const struct brute_shape *s, int owner,
                                const char *const *names, uint32_t n, uint32_t often,
                                struct brute_vars *vars)
{
    bool any = false;
    for (uint32_t i = 0; i < n; i++) {
        if (chance(10) >= often)
            continue;
        str_printf(out, "%s%s == ", any ? ", " : "", names[i]);
        brute_pattern(out, s, owner, vars);
        any = true;
    }
    brute_guard(out, vars);
}

/* Names of a group's operands with env and code; returns how many. */
static inline uint32_t brute_names(uint32_t group, const char *names[8], char text[8][2])
{
    uint32_t n = 0;
    for (const char *c = brute_groups[group].inputs; *c; c++, n++) {
        text[n][0] = *c;
        text[n][1] = 0;
        names[n] = text[n];
    }
    names[n++] = "code";
    names[n++] = "env";
    return n;
}

static inline void brute_set(struct str_buf *out, const struct brute_shape *s, int owner,
                             uint32_t group)
{
    const struct brute_tag *tag = &s->tags[chance((uint32_t)s->ntags)];
    const char *inputs = brute_groups[group].inputs;
    char a = inputs[chance((uint32_t)strlen(inputs))], b = inputs[chance((uint32_t)strlen(inputs))];
    bool own = owner < 0 || tag->owner == owner;
    switch (chance(7)) {
    case 0:
        str_add(out, "{}");
        return;
    case 1:
        str_printf(out, "%c \\/ %c", a, b);
        return;
    case 2:
        str_printf(out, "%c /\\ %c", a, b);
        return;
    case 3:
        if (own) {
            str_printf(out, "%c[-%s]", a, tag->name);
            return;
        }
        str_printf(out, "%c", a);
        return;
    case 4:
        str_printf(out, own ? "%c[+" : "%c", a);
        if (own) {
            brute_constant(out, tag);
            str_add_char(out, ']');
        }
        return;
    default:
        str_printf(out, "%c", a);
    }
}

static inline void brute_results(struct str_buf *out, const struct brute_shape *s, int owner,
                                 uint32_t group)
{
    const char *results = brute_groups[group].results;
    const char *between = "";
    if (*results && chance(6) == 0) {
        str_add(out, "allow keep");
        return;
    }
    for (const char *r = results; *r; r++) {
        str_printf(out, "%s%c = ", between, *r);
        brute_set(out, s, owner, group);
        between = ", ";
    }
    if (chance(4) == 0) {
        str_printf(out, "%senv = ", between);
        brute_set(out, s, owner, group);
    } else if (!*results) {
        str_add(out, "allow");
    }
}

static inline void brute_rule(struct str_buf *out, const struct brute_shape *s, int owner)
{
    uint32_t group = chance(BRUTE_GROUPS);
    const char *names[8];
    char text[8][2];
    struct brute_vars vars = {{0}};
    uint32_t n = brute_names(group, names, text);
    str_printf(out, "%s(", brute_groups[group].name);
    brute_inputs(out, s, owner, names, n, 3, &vars);
    str_add(out, " -> ");
    if (chance(4) == 0)
        str_printf(out, "fail \"no %u\"", chance(3));
    else
        brute_results(out, s, owner, group);
    str_add(out, ")");
}

static inline void brute_policy(struct str_buf *out, const struct brute_shape *s, int owner,
                                const char *name, uint32_t nrules)
{
    str_printf(out, "    %s =\n", name);
    for (uint32_t i = 0; i < nrules; i++) {
        str_printf(out, "        %s ", i ? "^" : " ");
        brute_rule(out, s, owner);
        str_add_char(out, '\n');
    }
}

static inline void brute_types(struct str_buf *out, const struct brute_shape *s, int owner)
{
    str_add(out, "metadata:\n");
    for (int t = 0, n = 0; t < s->ntags; t++) {
        const struct brute_tag *tag = &s->tags[t];
        if (owner >= 0 && tag->owner != owner)
            continue;
        str_printf(out, "%s    %s%s%s", n++ ? ",\n" : "", tag->name,
                   tag->arg == 'n'   ? " N"
                   : tag->arg == 'l' ? " L"
                                     : "",
                   tag->all ? " merge all" : "");
    }
    str_add_char(out, '\n');
}

static inline void brute_init(struct str_buf *out, const struct brute_shape *s, int owner)
{
    static const char *const entities[] = {"ISA.RISCV.Env", "ISA.RISCV.Reg.Default",
                                           "SOC.Memory.Ram", "ISA.RISCV.CSR.Default",
                                           "elf.Section.SHF_EXECINSTR"};
    str_add(out, "require:\n");
    for (uint32_t e = 0; e < 5; e++)
        for (int t = 0; t < s->ntags; t++)
            if ((owner < 0 || s->tags[t].owner == owner) && chance(2)) {
                str_printf(out, "    init %s {", entities[e]);
                brute_constant(out, &s->tags[t]);
                str_add(out, "}\n");
                break;
            }
}

static inline void brute_head(struct str_buf *out, const char *module, const char *imports)
{
    str_printf(out, "module %s:\nimport:\n    %s\n", module, imports);
}

/* The module with types and groups. */
static inline void brute_base(struct str_buf *out)
{
    str_add(
        out,
        "module base:\ntype:\n    data N = Int (2)\n    data L = lattice { lo < hi }\ngroup:\n");
    for (int g = 0; g < BRUTE_GROUPS; g++)
        str_add(out, brute_groups[g].text);
}

/* ---- Compiling ------------------------------------------------------------------------------- */

struct brute_dir {
    char path[64];
};

static inline void brute_dir_make(struct brute_dir *dir)
{
    strcpy(dir->path, "/tmp/polbruteXXXXXX");
    if (!mkdtemp(dir->path))
        abort();
}

static inline void brute_write(const struct brute_dir *dir, const char *name,
                               const struct str_buf *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir->path, name);
    FILE *out = fopen(path, "w");
    if (!out || fputs(str_text(text), out) < 0 || fclose(out))
        abort();
}

static inline void brute_dir_remove(const struct brute_dir *dir)
{
    static const char *const names[] = {"base.pol", "g.pol", "h.pol", "m.pol"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", dir->path, names[i]);
        unlink(path);
    }
    rmdir(dir->path);
}

struct subject {
    struct lang_source_map *map;
    struct diag_sink *sink;
    struct compiled *compiled; /* NULL: it has errors */
    struct rerun rerun;
    struct arena arena;
    struct reach *reach;
    uint32_t nsets;
    uint32_t **sets; /* all sets of the tags, fewest tags first is not promised */
};

static inline uint32_t *brute_literal(const struct subject *s, uint32_t index)
{
    const struct pol_space *space = s->compiled->ir->space;
    uint32_t *lit = lang_xalloc(space->words * sizeof *lit);
    for (uint32_t t = 0; t < space->ntags; t++) {
        uint32_t limit = 1;
        for (uint32_t k = 0; k < space->tags[t].nargs; k++)
            limit *= (uint32_t)space->tags[t].args[k].limit;
        uint32_t here = index % (limit + 1);
        index /= limit + 1;
        if (!here--)
            continue;
        pol_lit_set(lit, t);
        if (space->tags[t].nargs)
            lit[space->tags[t].args[0].offset] = here;
    }
    return lit;
}

static inline void brute_sets(struct subject *s)
{
    const struct pol_space *space = s->compiled->ir->space;
    s->nsets = 1;
    for (uint32_t t = 0; t < space->ntags; t++)
        s->nsets *= 1 + (space->tags[t].nargs ? (uint32_t)space->tags[t].args[0].limit : 1);
    s->sets = ARENA_ARRAY(&s->arena, uint32_t *, s->nsets);
    for (uint32_t i = 0; i < s->nsets; i++) {
        uint32_t *lit = brute_literal(s, i);
        s->sets[i] = ARENA_ARRAY(&s->arena, uint32_t, space->words);
        memcpy(s->sets[i], lit, space->words * sizeof *lit);
        free(lit);
    }
}

static inline void subject_open(struct subject *s, const struct brute_dir *dir)
{
    char path[256], err[512];
    struct compile_options options;
    memset(s, 0, sizeof *s);
    snprintf(path, sizeof path, "%s/m.pol", dir->path);
    compile_options_init(&options);
    options.last = COMPILE_IR;
    s->map = lang_source_map_new();
    s->sink = diag_sink_new(s->map);
    if (compile_file(path, &options, s->map, s->sink, &s->compiled, err, sizeof err) ||
        !s->compiled->ir)
        return;
    arena_init(&s->arena);
    rerun_open(&s->rerun, s->compiled->model);
    s->reach = reach_new(&s->arena, s->compiled->ir, false);
    brute_sets(s);
}

static inline void subject_close(struct subject *s)
{
    if (s->compiled && s->compiled->ir) {
        rerun_close(&s->rerun);
        arena_free(&s->arena);
    }
    compile_free(s->compiled);
    diag_sink_free(s->sink);
    lang_source_map_free(s->map);
}

/* ---- Inputs ---------------------------------------------------------------------------------- */

static inline bool brute_reachable(const struct subject *s, uint32_t set, uint32_t kinds)
{
    for (uint32_t d = 0; d < s->reach->ndomains; d++) {
        const struct reach_domain *domain = &s->reach->domains[d];
        bool found = domain->all;
        for (uint32_t i = 0; !found && i < domain->nshapes; i++) {
            bool same = (domain->kinds[i] & kinds) != 0;
            for (uint32_t t = 0; same && t < domain->ntags; t++)
                same = (domain->bits[i * domain->words + t / 32] >> (t % 32) & 1u) ==
                       pol_lit_has(s->sets[set], domain->first_tag + t);
            found = same;
        }
        if (!found)
            return false;
    }
    return true;
}

/* All combinations of the sets that the slots of a form can hold. */
struct inputs {
    uint32_t n[SCENE_SLOTS];
    uint32_t *choices[SCENE_SLOTS]; /* indices of sets */
    uint32_t at[SCENE_SLOTS];
    uint32_t set[SCENE_SLOTS]; /* the combination in hand */
};

static inline void inputs_open(struct inputs *in, const struct subject *s,
                               const struct pol_form *form, bool all)
{
    uint32_t kinds[SCENE_SLOTS];
    scene_kinds(form, kinds);
    memset(in, 0, sizeof *in);
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++) {
        in->choices[slot] = lang_xalloc(s->nsets * sizeof(uint32_t));
        for (uint32_t i = 0; i < s->nsets; i++)
            if (kinds[slot] ? all || brute_reachable(s, i, kinds[slot]) : i == 0)
                in->choices[slot][in->n[slot]++] = i;
        in->set[slot] = in->choices[slot][0];
    }
}

static inline bool inputs_next(struct inputs *in)
{
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++) {
        in->at[slot] = (in->at[slot] + 1) % in->n[slot];
        in->set[slot] = in->choices[slot][in->at[slot]];
        if (in->at[slot])
            return true;
    }
    return false;
}

static inline void inputs_close(struct inputs *in)
{
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++)
        free(in->choices[slot]);
}

static inline uint32_t brute_tags_in(const struct subject *s, const uint32_t set[SCENE_SLOTS])
{
    uint32_t n = 0;
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++)
        for (uint32_t t = 0; t < s->compiled->ir->space->ntags; t++)
            n += pol_lit_has(s->sets[set[slot]], t);
    return n;
}

/* The step, by the interpreter; results are in s->rerun.evaluation. */
static inline enum pol_verdict brute_step(struct subject *s, uint32_t word,
                                          const uint32_t set[SCENE_SLOTS])
{
    uint32_t *sets[SCENE_SLOTS];
    for (uint32_t slot = 0; slot < SCENE_SLOTS; slot++)
        sets[slot] = s->sets[set[slot]];
    rerun_step(&s->rerun, word, sets);
    return s->rerun.evaluation.answer.verdict;
}

#endif
