/* Lines of operands.  The first word stands for one case or, if it is a group, for several. */
#include "compiler/cli/operands.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <pol/kinds.h>

/* Both engine.h and trace_text.h have a type of this name. */
#define pol_operand pol_operand_text
#include <pol/trace_text.h>
#undef pol_operand

#include "lang/support/arena.h"
#include "lang/support/str.h"

static const char *const set_names[POL_TUPLE_SETS] = {"env", "code", "op1", "op2",
                                                      "op3", "mem",  "rd"};

const char *operands_name(unsigned set)
{
    return set_names[set];
}

bool operands_has(const struct pol_form *form, unsigned set)
{
    return pol_operand_kinds(form, set) != 0;
}

bool operands_empty(const uint32_t *lit, const struct pol_space *space)
{
    for (uint32_t i = 0; i < space->words; i++)
        if (lit[i])
            return false;
    return true;
}

/* ---- Set-up ---------------------------------------------------------------------------------- */

static bool is_loaded_tag(const struct pol_tag_info *tag)
{
    return strcmp(tag->module, "loaded-code") == 0 && tag->nargs == 0;
}

void operands_init(struct operand_tuples *tuples, const struct cli_policy *policy)
{
    const struct pol_space *space = policy->space;
    memset(tuples, 0, sizeof *tuples);
    if (pol_tuple_init(&tuples->tuple, space))
        pol_fatal_oom();
    for (uint32_t t = 0; policy->loaded_code && t < space->ntags; t++) {
        if (!is_loaded_tag(&space->tags[t]))
            continue;
        if (!tuples->loaded)
            tuples->loaded = lang_xalloc(space->words * sizeof *tuples->loaded);
        pol_lit_set(tuples->loaded, t);
    }
}

void operands_free(struct operand_tuples *tuples)
{
    pol_tuple_free(&tuples->tuple);
    free(tuples->cases);
    free(tuples->loaded);
}

/* ---- The first word -------------------------------------------------------------------------- */

struct reading {
    struct operand_tuples *tuples;
    const struct cli_policy *policy;
    const struct cli_group *group; /* NULL: the first word is none */
    char *err;
    size_t errsize;
};

static int refuse(const struct reading *r, const char *fmt, ...) LANG_PRINTF(2, 3);
static int refuse(const struct reading *r, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(r->err, r->errsize, fmt, args);
    va_end(args);
    return -1;
}

static void add_case(struct operand_tuples *tuples, uint32_t word, uint32_t opclass)
{
    for (size_t i = 0; i < tuples->count; i++)
        if (tuples->cases[i].opclass == opclass)
            return;
    if (tuples->count == tuples->room) {
        tuples->room = tuples->room * 2 + 16;
        tuples->cases = lang_xrealloc(tuples->cases, tuples->room * sizeof *tuples->cases);
    }
    tuples->cases[tuples->count++] = (struct operand_case){word, opclass};
}

static int read_word(struct reading *r, uint32_t word)
{
    uint32_t expanded = word;
    if ((word & 3u) != 3u && pol_isa_expand(&r->policy->isa, (uint16_t)word, &expanded))
        expanded = word; /* no instruction: that is an answer too */
    add_case(r->tuples, expanded, cli_decode_word(r->policy, expanded));
    return 1;
}

/* A word of a decode entry that no earlier entry takes: the entry's own bits, and the rest as in
 * each of a few fillings.  False if none is found. */
static bool word_of_entry(const struct cli_policy *p, const struct cli_decode *entry,
                          uint32_t *word)
{
    static const uint32_t fillings[] = {
        10u << 7 | 11u << 15 | 12u << 20 | 13u << 27, /* x10, x11, x12, x13 */
        0x340u << 20 | 11u << 15 | 10u << 7,          /* mscratch */
        14u << 7 | 15u << 15 | 16u << 20 | 17u << 27, UINT32_MAX, 5u << 7 | 5u << 15 | 5u << 20, 0,
    };
    for (size_t i = 0; i < sizeof fillings / sizeof *fillings; i++) {
        *word = entry->match | (fillings[i] & ~entry->mask);
        if (cli_decode_word(p, *word) == entry->opclass)
            return true;
    }
    return false;
}

/* A mnemonic means its plain case: the least specific decode entry, which comes last. */
static int read_mnemonic(struct reading *r, int row)
{
    const struct pol_insn *insn = pol_insn_at((size_t)row);
    const struct cli_policy *p = r->policy;
    for (uint32_t i = p->ndecode; i-- > 0;) {
        const struct cli_decode *entry = &p->decode[i];
        uint32_t word;
        if ((entry->mask & insn->mask) != insn->mask ||
            (entry->match & insn->mask) != insn->match || !entry->opclass ||
            !word_of_entry(p, entry, &word))
            continue;
        add_case(r->tuples, word, entry->opclass);
        return 1;
    }
    return refuse(r, "no instruction of the target is %s", insn->name);
}

static bool in_group(const struct cli_opclass *opclass, uint32_t group)
{
    for (uint32_t i = 0; i < opclass->ngroups; i++)
        if (opclass->groups[i] == group)
            return true;
    return false;
}

/* Full name, or what follows the module's name. */
static bool names_group(const char *full, const char *name)
{
    size_t a = strlen(full), b = strlen(name);
    return strcmp(full, name) == 0 ||
           (a > b && full[a - b - 1] == '.' && strcmp(full + a - b, name) == 0);
}

static long find_group(const struct reading *r, const char *name)
{
    long found = -1;
    for (uint32_t g = 0; g < r->policy->ngroups; g++) {
        if (!names_group(r->policy->groups[g].name, name))
            continue;
        if (found >= 0)
            return -2;
        found = g;
    }
    return found;
}

static int read_group(struct reading *r, uint32_t group)
{
    const struct cli_policy *p = r->policy;
    r->group = &p->groups[group];
    for (uint32_t i = 1; i < p->nopclasses; i++)
        if (in_group(&p->opclasses[i], group))
            add_case(r->tuples, p->opclasses[i].sample, i);
    return r->tuples->count ? 1 : refuse(r, "the group %s has no instruction", r->group->name);
}

static int unknown_head(const struct reading *r, const char *name)
{
    struct str_near near;
    enum pol_name_status status = pol_insn_name_status(&r->policy->isa, name);
    if (status == POL_NAME_KNOWN_ABSENT)
        return refuse(r, "%s is no instruction of the target", name);
    str_near_init(&near, name);
    for (uint32_t g = 0; g < r->policy->ngroups; g++) {
        const char *dot = strrchr(r->policy->groups[g].name, '.');
        str_near_offer(&near, dot ? dot + 1 : r->policy->groups[g].name);
    }
    const char *best = near.best ? near.best : pol_insn_suggest(name);
    return refuse(r, "%s is neither an instruction nor a group that a rule uses%s%s%s", name,
                  best ? "; did you mean " : "", best ? best : "", best ? "?" : "");
}

static int read_head(struct reading *r, const struct pol_operand_line *line)
{
    char name[256];
    r->tuples->count = 0;
    if (line->is_word)
        return read_word(r, line->word);
    if (line->head.length >= sizeof name)
        return refuse(r, "no instruction has so long a name");
    memcpy(name, line->head.at, line->head.length);
    name[line->head.length] = 0;
    int row = pol_insn_find(&r->policy->isa, name);
    if (row >= 0)
        return read_mnemonic(r, row);
    long group = find_group(r, name);
    if (group == -2)
        return refuse(r, "several modules have a group %s; put the module's name before it", name);
    return group >= 0 ? read_group(r, (uint32_t)group) : unknown_head(r, name);
}

/* ---- The operands ---------------------------------------------------------------------------- */

static bool slice_is(struct pol_slice slice, const char *text)
{
    return text && strlen(text) == slice.length && memcmp(text, slice.at, slice.length) == 0;
}

/* The tuple's set that a name means; the group's names come first.  -1: none. */
static int find_set(const struct reading *r, struct pol_slice name)
{
    for (int op = 0; r->group && op < POL_OPERANDS; op++)
        if (slice_is(name, r->group->operand[op]))
            return op;
    for (int set = 0; set < POL_TUPLE_SETS; set++)
        if (slice_is(name, set_names[set]))
            return set;
    return slice_is(name, "csr") ? POL_OP_OP2 : -1;
}

static bool any_case_has(const struct reading *r, int set, bool csr)
{
    for (size_t i = 0; i < r->tuples->count; i++) {
        int row = pol_isa_decode(&r->policy->isa, r->tuples->cases[i].word);
        if (row < 0)
            return true; /* undecodable: every operand is ignored */
        struct pol_form form = pol_insn_form(pol_insn_at((size_t)row));
        if (operands_has(&form, (unsigned)set) && (!csr || form.op2 == POL_FILE_CSR))
            return true;
    }
    return false;
}

static int read_operand(struct reading *r, struct pol_slice name, struct pol_slice tags,
                        unsigned *given)
{
    char why[256];
    int set = find_set(r, name);
    int name_len = (int)name.length;
    const struct pol_space *space = r->policy->space;
    if (set < 0)
        return refuse(r, "there is no operand %.*s", name_len, name.at);
    if (*given >> set & 1u)
        return refuse(r, "%.*s is the operand %s, which is given already", name_len, name.at,
                      set_names[set]);
    *given |= 1u << set;
    uint32_t *lit = r->tuples->tuple.set[set];
    if (pol_lit_parse(space, tags.at, tags.length, lit, why, sizeof why))
        return refuse(r, "%.*s: %s", name_len, name.at, why);
    bool csr = slice_is(name, "csr") && set == POL_OP_OP2;
    if (!operands_empty(lit, space) && !any_case_has(r, set, csr))
        return refuse(r, "the instruction has no %.*s", name_len, name.at);
    return 0;
}

/* DPL knows no loaded-code: its lines mean instructions that were loaded. */
static void supply_loaded(struct operand_tuples *tuples, uint32_t words)
{
    uint32_t *code = tuples->tuple.set[POL_OP_CODE];
    for (uint32_t i = 0; tuples->loaded && i < words; i++)
        code[i] |= tuples->loaded[i];
}

int operands_read(struct operand_tuples *tuples, const struct cli_policy *policy, const char *text,
                  size_t length, char *err, size_t errsize)
{
    struct pol_operand_line line;
    struct pol_text_error wrong;
    struct reading r = {tuples, policy, NULL, err, errsize};
    unsigned given = 0;
    int status = pol_operand_parse(text, length, &line, &wrong);
    if (status < 0)
        return refuse(&r, "column %zu: %s", wrong.offset + 1, wrong.message);
    if (status == 0)
        return 0;
    for (int i = 0; i < POL_TUPLE_SETS; i++)
        memset(tuples->tuple.set[i], 0, policy->space->words * sizeof(uint32_t));
    if (read_head(&r, &line) < 0)
        return -1;
    for (size_t i = 0; i < line.count; i++)
        if (read_operand(&r, line.operands[i].name, line.operands[i].tags, &given))
            return -1;
    supply_loaded(tuples, policy->space->words);
    tuples->tuple.word = tuples->cases[0].word;
    return 1;
}
