/* Random modules over the whole grammar, with blanks, empty lines and comments at random places.
 * They parse without errors, though their names mean nothing.  The same seed gives the same text.
 */
#ifndef TESTS_UNIT_LANG_RANDOM_H
#define TESTS_UNIT_LANG_RANDOM_H

#include <stdint.h>

#include "lang/ast.h"

struct lang_random {
    struct str_buf *out;
    uint64_t state;
    enum lang_dialect dialect;
    unsigned depth;    /* of the expression */
    unsigned comments; /* so far */
    unsigned density;  /* of comments: one gap in so many has one */
};

static inline uint64_t lang_random_next(struct lang_random *r)
{
    r->state ^= r->state << 13;
    r->state ^= r->state >> 7;
    r->state ^= r->state << 17;
    return r->state >> 11;
}

static inline unsigned lang_random_below(struct lang_random *r, unsigned n)
{
    return (unsigned)(lang_random_next(r) % n);
}

/* One chance in n. */
static inline bool lang_random_one_in(struct lang_random *r, unsigned n)
{
    return lang_random_below(r, n) == 0;
}

static inline void lang_random_comment(struct lang_random *r)
{
    unsigned n = ++r->comments;
    switch (lang_random_below(r, 7)) {
    case 0:
        str_printf(r->out, "/* c%u */", n);
        return;
    case 1:
        str_printf(r->out, "/* c%u /* nested */ \"**/", n);
        return;
    case 2:
        str_printf(r->out, "/* c%u\n%*s* two\n\n  three */", n, (int)lang_random_below(r, 9), "");
        return;
    case 3:
        str_printf(r->out, "//c%u\r\n", n);
        return;
    case 4:
        str_printf(r->out, "// pol: allow c%u\n", n);
        return;
    default:
        str_printf(r->out, "// c%u \xc3\xa4%s\n", n, lang_random_one_in(r, 2) ? "" : "  ");
        return;
    }
}

static inline void lang_random_gap(struct lang_random *r)
{
    static const char *const blanks[] = {" ",  " ",  " ",      " ",    "  ",
                                         "\t", "\n", "\n    ", "\n\n", "\n\n\n  "};
    unsigned blank_count = sizeof blanks / sizeof *blanks;
    str_add(r->out, blanks[lang_random_below(r, blank_count)]);
    while (lang_random_one_in(r, r->density)) {
        lang_random_comment(r);
        str_add(r->out, lang_random_one_in(r, 3) ? "" : blanks[lang_random_below(r, blank_count)]);
    }
}

static inline void lang_random_token(struct lang_random *r, const char *text)
{
    lang_random_gap(r);
    str_add(r->out, text);
}

static inline void lang_random_name(struct lang_random *r)
{
    static const char *const names[] = {"a",
                                        "b",
                                        "Tag",
                                        "Pointer",
                                        "total",
                                        "merge",
                                        "only",
                                        "keep",
                                        "respond",
                                        "as",
                                        "never",
                                        "may",
                                        "via",
                                        "enum",
                                        "owns",
                                        "lattice",
                                        "param",
                                        "test",
                                        "long",
                                        "prove",
                                        "drop",
                                        "add",
                                        "all",
                                        "any",
                                        "relation",
                                        "explicit",
                                        "aVeryLongNameThatTakesRoomOnTheLine",
                                        "anotherOneThatIsEvenLongerThanTheFirstOneWas"};
    lang_random_token(r, names[lang_random_below(r, sizeof names / sizeof *names)]);
}

/* A name in a place where no contextual word must be taken for one. */
static inline void lang_random_safe_name(struct lang_random *r)
{
    static const char *const names[] = {"x", "y", "Abc", "llvm_CFI", "call-target", "q1"};
    lang_random_token(r, names[lang_random_below(r, sizeof names / sizeof *names)]);
}

static inline void lang_random_string(struct lang_random *r)
{
    static const char *const texts[] = {"\"\"", "\"read violation\"", "\"a // b /* c\"",
                                        "\"  blanks  \"", "\"\xc3\xa4 \xe4\""};
    static const char *const pol[] = {"\"q \\\" b \\\\ n \\n\"", "\"x\\n\\ny\""};
    static const char *const dpl[] = {"\"back\\slash\"", "\"two \n\n  lines\""};
    unsigned which = lang_random_below(r, 7);
    lang_random_token(r, which < 5                ? texts[which]
                         : r->dialect == LANG_POL ? pol[which - 5]
                                                  : dpl[which - 5]);
}

static inline void lang_random_int(struct lang_random *r)
{
    static const char *const values[] = {"0", "1", "0x1F", "4294967296", "0XabC", "007"};
    lang_random_token(r, values[lang_random_below(r, 6)]);
}

/* `item` between min and max times, separated by `separator` if there is one. */
static inline void lang_random_list(struct lang_random *r, unsigned min, unsigned max,
                                    const char *separator, void (*item)(struct lang_random *r))
{
    unsigned count = min + lang_random_below(r, max - min + 1);
    for (unsigned i = 0; i < count; i++) {
        if (i && separator)
            lang_random_token(r, separator);
        item(r);
    }
}

/* --- expressions --------------------------------------------------------------------------- */

static inline void lang_random_field(struct lang_random *r)
{
    static const char *const ops[] = {"+", "-", "*", "/", "%", "\\/", "/\\"};
    unsigned kind = lang_random_below(r, r->depth < 4 ? 8 : 4);
    r->depth++;
    if (kind == 0)
        lang_random_token(r, "_");
    else if (kind == 1)
        lang_random_token(r, "new");
    else if (kind == 2)
        lang_random_int(r);
    else if (kind < 5)
        lang_random_name(r);
    else if (kind == 5) {
        lang_random_token(r, "(");
        lang_random_field(r);
        lang_random_token(r, ")");
    } else {
        lang_random_token(r, "(");
        lang_random_field(r);
        lang_random_token(r, ops[lang_random_below(r, 7)]);
        lang_random_field(r);
        lang_random_token(r, ")");
    }
    r->depth--;
}

/* Operators without parentheres, where they may be. */
static inline void lang_random_sum(struct lang_random *r)
{
    static const char *const ops[] = {"+", "-", "*", "/", "%", "\\/", "/\\"};
    lang_random_field(r);
    while (lang_random_one_in(r, 3)) {
        lang_random_token(r, ops[lang_random_below(r, 7)]);
        lang_random_field(r);
    }
}

static inline void lang_random_tag(struct lang_random *r)
{
    bool parens = lang_random_one_in(r, 3);
    if (parens)
        lang_random_token(r, "(");
    lang_random_safe_name(r);
    lang_random_list(r, 0, 2, NULL, lang_random_field);
    if (parens)
        lang_random_token(r, ")");
}

static inline void lang_random_req(struct lang_random *r)
{
    static const char *const signs[] = {"+", "-"};
    unsigned sign = lang_random_below(r, 3);
    if (sign < 2)
        lang_random_token(r, signs[sign]);
    lang_random_tag(r);
}

static inline void lang_random_set(struct lang_random *r)
{
    lang_random_token(r, "{");
    lang_random_list(r, 0, lang_random_one_in(r, 6) ? 12 : 3, ",", lang_random_tag);
    lang_random_token(r, "}");
}

static inline void lang_random_reqs(struct lang_random *r)
{
    lang_random_token(r, "[");
    lang_random_list(r, 0, lang_random_one_in(r, 6) ? 12 : 3, ",", lang_random_req);
    lang_random_token(r, "]");
}

static inline void lang_random_operand(struct lang_random *r)
{
    lang_random_name(r);
    lang_random_token(r, "==");
    while (lang_random_one_in(r, 5)) {
        lang_random_safe_name(r);
        lang_random_token(r, "@");
    }
    switch (lang_random_below(r, 3)) {
    case 0:
        lang_random_token(r, "_");
        return;
    case 1:
        lang_random_set(r);
        return;
    default:
        lang_random_reqs(r);
        return;
    }
}

static inline void lang_random_guard(struct lang_random *r);

static inline void lang_random_unary(struct lang_random *r)
{
    static const char *const cmps[] = {"==", "!=", "<", "<=", ">", ">="};
    unsigned kind = lang_random_below(r, r->depth < 4 ? 7 : 5);
    if (kind == 0) {
        lang_random_token(r, lang_random_one_in(r, 2) ? "True" : "False");
    } else if (kind == 1) {
        lang_random_safe_name(r);
        lang_random_token(r, "(");
        lang_random_list(r, 1, 3, ",", lang_random_sum);
        lang_random_token(r, ")");
    } else if (kind < 5) {
        lang_random_sum(r);
        lang_random_token(r, cmps[lang_random_below(r, 6)]);
        lang_random_sum(r);
    } else if (kind == 5) {
        lang_random_token(r, "!");
        lang_random_token(r, "(");
        lang_random_guard(r);
        lang_random_token(r, ")");
    } else {
        lang_random_token(r, "(");
        lang_random_guard(r);
        lang_random_token(r, ")");
    }
}

static inline void lang_random_guard(struct lang_random *r)
{
    r->depth++;
    lang_random_unary(r);
    while (lang_random_one_in(r, 3)) {
        lang_random_token(r, lang_random_one_in(r, 2) ? "&&" : "||");
        lang_random_unary(r);
    }
    r->depth--;
}

static inline void lang_random_texp(struct lang_random *r)
{
    unsigned kind = lang_random_below(r, r->depth < 4 ? 3 : 2);
    r->depth++;
    if (kind == 0) {
        lang_random_set(r);
    } else if (kind == 1) {
        lang_random_safe_name(r);
    } else {
        lang_random_token(r, "(");
        lang_random_texp(r);
        lang_random_token(r, ")");
    }
    while (lang_random_one_in(r, 3)) {
        if (lang_random_one_in(r, 2)) {
            lang_random_reqs(r);
            continue;
        }
        lang_random_token(r, lang_random_one_in(r, 2) ? "\\/" : "/\\");
        if (lang_random_one_in(r, 2))
            lang_random_safe_name(r);
        else
            lang_random_set(r);
    }
    r->depth--;
}

static inline void lang_random_update(struct lang_random *r)
{
    lang_random_safe_name(r);
    lang_random_token(r, "=");
    lang_random_texp(r);
}

static inline void lang_random_result(struct lang_random *r)
{
    switch (lang_random_below(r, 6)) {
    case 0:
        lang_random_token(r, "fail");
        lang_random_string(r);
        if (lang_random_one_in(r, 3)) {
            lang_random_token(r, "respond");
            lang_random_name(r);
        }
        return;
    case 1:
        lang_random_token(r, "allow");
        return;
    case 2:
        lang_random_token(r, "allow");
        lang_random_token(r, "keep");
        return;
    case 3:
        lang_random_token(r, "allow");
        lang_random_token(r, "with");
        lang_random_list(r, 0, 3, ",", lang_random_update);
        return;
    default:
        lang_random_list(r, 0, 3, ",", lang_random_update);
        return;
    }
}

static inline void lang_random_conditions(struct lang_random *r, unsigned min)
{
    lang_random_list(r, min, 4, ",", lang_random_operand);
    if (lang_random_one_in(r, 3)) {
        lang_random_token(r, "|");
        lang_random_guard(r);
    }
}

static inline void lang_random_rule(struct lang_random *r)
{
    lang_random_safe_name(r);
    lang_random_token(r, "(");
    lang_random_conditions(r, 0);
    lang_random_token(r, "->");
    lang_random_result(r);
    lang_random_token(r, ")");
}

/* One chain has one kind of operators: in a *.pol mixing them is an error. */
static inline void lang_random_pexp(struct lang_random *r)
{
    bool all = lang_random_one_in(r, 3);
    unsigned count = 1 + lang_random_below(r, r->depth ? 3 : 6);
    r->depth++;
    for (unsigned i = 0; i < count; i++) {
        unsigned kind = lang_random_below(r, r->depth < 4 ? 8 : 6);
        if (i)
            lang_random_token(r, all ? "&" : lang_random_one_in(r, 4) ? "|" : "^");
        if (kind < 3) {
            lang_random_rule(r);
        } else if (kind < 5) {
            lang_random_safe_name(r);
        } else if (kind == 5) {
            lang_random_token(r, "__NO_CHECKS");
        } else {
            lang_random_token(r, "(");
            lang_random_pexp(r);
            lang_random_token(r, ")");
        }
    }
    r->depth--;
}

/* --- declarations -------------------------------------------------------------------------- */

static inline void lang_random_setting(struct lang_random *r)
{
    lang_random_safe_name(r);
    lang_random_token(r, "=");
    lang_random_int(r);
}

static inline void lang_random_import(struct lang_random *r)
{
    lang_random_safe_name(r);
    if (r->dialect == LANG_DPL || lang_random_one_in(r, 2))
        return;
    lang_random_token(r, "as");
    lang_random_safe_name(r);
    if (lang_random_one_in(r, 2))
        return;
    lang_random_token(r, "(");
    lang_random_list(r, 1, 4, ",", lang_random_setting);
    lang_random_token(r, ")");
}

static inline void lang_random_edge(struct lang_random *r)
{
    lang_random_safe_name(r);
    lang_random_token(r, "<");
    lang_random_safe_name(r);
}

static inline void lang_random_value(struct lang_random *r)
{
    if (lang_random_one_in(r, 2))
        lang_random_int(r);
    else
        lang_random_safe_name(r);
}

static inline void lang_random_tuple(struct lang_random *r)
{
    lang_random_token(r, "(");
    lang_random_list(r, 1, 3, ",", lang_random_value);
    lang_random_token(r, ")");
}

static inline void lang_random_relation(struct lang_random *r)
{
    lang_random_token(r, "relation");
    lang_random_safe_name(r);
    lang_random_token(r, "(");
    lang_random_list(r, 1, 3, ",", lang_random_safe_name);
    lang_random_token(r, ")");
    lang_random_token(r, "=");
    lang_random_token(r, "{");
    lang_random_list(r, 0, 9, ",", lang_random_tuple);
    lang_random_token(r, "}");
}

static inline void lang_random_integers(struct lang_random *r)
{
    lang_random_token(r, "Int");
    if (lang_random_one_in(r, 2)) {
        lang_random_token(r, "(");
        lang_random_value(r);
        lang_random_token(r, ")");
    }
    unsigned overflow = lang_random_below(r, 3);
    if (overflow)
        lang_random_token(r, overflow == 1 ? "wrap" : "exhaust");
}

static inline void lang_random_type(struct lang_random *r)
{
    unsigned kind = lang_random_below(r, 5);
    if (kind == 0) {
        lang_random_relation(r);
        return;
    }
    lang_random_token(r, "data");
    lang_random_safe_name(r);
    lang_random_token(r, "=");
    if (kind == 1) {
        lang_random_integers(r);
        return;
    }
    if (kind == 2) {
        lang_random_token(r, "TagSet");
        return;
    }
    lang_random_token(r, kind == 3 ? "enum" : "lattice");
    lang_random_token(r, "{");
    lang_random_list(r, 1, 12, ",", kind == 3 ? lang_random_safe_name : lang_random_edge);
    lang_random_token(r, "}");
}

static inline void lang_random_tagdecl(struct lang_random *r)
{
    unsigned merge = lang_random_below(r, 3);
    lang_random_safe_name(r);
    lang_random_list(r, 0, 2, NULL, lang_random_safe_name);
    if (merge) {
        lang_random_token(r, "merge");
        lang_random_token(r, merge == 1 ? "any" : "all");
    }
}

static inline void lang_random_param(struct lang_random *r)
{
    static const char *const slots[] = {"RD", "RS1", "RS2", "RS3", "CSR", "MEM"};
    lang_random_token(r, slots[lang_random_below(r, 6)]);
    lang_random_token(r, ":");
    lang_random_safe_name(r);
}

static inline void lang_random_opspec(struct lang_random *r)
{
    static const char *const specs[] = {"*", "7", "- 5", "-0x10", "x0", "x31"};
    lang_random_token(r, specs[lang_random_below(r, 6)]);
}

static inline void lang_random_inst(struct lang_random *r)
{
    static const char *const names[] = {"lw", "sw", "lr.w", "add", "fcvt.lu.d"};
    lang_random_token(r, names[lang_random_below(r, 5)]);
    if (lang_random_one_in(r, 4))
        lang_random_list(r, 1, 3, ",", lang_random_opspec);
}

static inline void lang_random_group(struct lang_random *r)
{
    lang_random_token(r, "grp");
    lang_random_safe_name(r);
    lang_random_token(r, "(");
    lang_random_list(r, 0, 4, ",", lang_random_param);
    lang_random_token(r, "->");
    lang_random_list(r, 0, 2, ",", lang_random_param);
    lang_random_token(r, ")");
    lang_random_list(r, 1, lang_random_one_in(r, 3) ? 40 : 4, NULL, lang_random_inst);
}

static inline void lang_random_policy(struct lang_random *r)
{
    if (lang_random_one_in(r, 6))
        lang_random_token(r, "global");
    if (lang_random_one_in(r, 6))
        lang_random_token(r, "total");
    lang_random_safe_name(r);
    lang_random_token(r, "=");
    lang_random_pexp(r);
}

static inline void lang_random_init(struct lang_random *r)
{
    static const char *const entities[] = {"ISA.RISCV.Env", "heap.New", "default",
                                           "elf.Section.AVeryLongNameThatStandsOutOfTheColumn"};
    lang_random_token(r, "init");
    lang_random_token(r, entities[lang_random_below(r, 4)]);
    if (lang_random_one_in(r, 4))
        lang_random_token(r, "only");
    lang_random_set(r);
}

static inline void lang_random_response(struct lang_random *r)
{
    static const char *const actions[] = {"terminate", "failsafe", "halt", "report"};
    lang_random_safe_name(r);
    lang_random_token(r, "=");
    lang_random_token(r, actions[lang_random_below(r, 4)]);
    if (lang_random_one_in(r, 3))
        lang_random_token(r, "entities.lockdown");
}

static inline void lang_random_expect(struct lang_random *r)
{
    switch (lang_random_below(r, 7)) {
    case 0:
        lang_random_token(r, "fail");
        return;
    case 1:
        lang_random_token(r, "fail");
        lang_random_token(r, lang_random_one_in(r, 2) ? "explicit" : "implicit");
        return;
    case 2:
        lang_random_token(r, "fail");
        lang_random_string(r);
        return;
    case 3:
        lang_random_token(r, "allow");
        return;
    case 4:
        lang_random_token(r, "allow");
        lang_random_token(r, "with");
        lang_random_list(r, 1, 3, ",", lang_random_update);
        return;
    case 5:
        lang_random_list(r, 1, 3, ",", lang_random_update);
        return;
    default:
        lang_random_list(r, 1, 3, ",", lang_random_operand);
        return;
    }
}

static inline void lang_random_title(struct lang_random *r)
{
    lang_random_string(r);
    lang_random_token(r, ":");
}

static inline void lang_random_test(struct lang_random *r)
{
    lang_random_title(r);
    lang_random_name(r);
    lang_random_token(r, "(");
    lang_random_list(r, 0, 4, ",", lang_random_operand);
    lang_random_token(r, ")");
    lang_random_token(r, "->");
    lang_random_expect(r);
}

static inline void lang_random_claim(struct lang_random *r)
{
    static const char *const changes[] = {"drop", "add", "lower", "raise"};
    static const char *const flows[] = {"value", "address", "control"};
    unsigned kind = lang_random_below(r, 3);
    lang_random_title(r);
    if (kind == 0) {
        lang_random_name(r);
        lang_random_token(r, "(");
        lang_random_conditions(r, 0);
        lang_random_token(r, ")");
        lang_random_token(r, "->");
        lang_random_expect(r);
        return;
    }
    lang_random_token(r, kind == 1 ? "never" : "only");
    lang_random_conditions(r, 1);
    if (kind == 1)
        return;
    lang_random_token(r, "may");
    lang_random_token(r, changes[lang_random_below(r, 4)]);
    lang_random_safe_name(r);
    if (lang_random_one_in(r, 2)) {
        lang_random_token(r, "via");
        lang_random_token(r, flows[lang_random_below(r, 3)]);
    }
}

static inline void lang_random_section(struct lang_random *r)
{
    static const struct {
        const char *head;
        void (*item)(struct lang_random *r);
        const char *separator;
        unsigned most;
    } sections[] = {
        {"import", lang_random_import, NULL, 4},     {"owns", lang_random_safe_name, NULL, 4},
        {"param", lang_random_setting, NULL, 4},     {"type", lang_random_type, NULL, 4},
        {"metadata", lang_random_tagdecl, ",", 6},   {"group", lang_random_group, NULL, 4},
        {"policy", lang_random_policy, NULL, 4},     {"require", lang_random_init, NULL, 6},
        {"response", lang_random_response, NULL, 4}, {"test", lang_random_test, NULL, 5},
        {"prove", lang_random_claim, NULL, 5},       {"prove all", lang_random_claim, NULL, 5},
    };
    unsigned i = lang_random_below(r, sizeof sections / sizeof *sections);
    lang_random_gap(r);
    str_add_char(r->out, '\n');
    str_add(r->out, sections[i].head);
    lang_random_token(r, ":");
    lang_random_list(r, 0, sections[i].most, sections[i].separator, sections[i].item);
}

static inline void lang_random_module(struct str_buf *out, uint64_t seed, enum lang_dialect dialect)
{
    struct lang_random r = {
        .out = out, .state = seed * 0x9e3779b97f4a7c15u + 1, .dialect = dialect};
    r.density = seed % 3 == 0 ? 4 : seed % 3 == 1 ? 30 : 100000;
    for (int i = 0; i < 10; i++)
        (void)lang_random_next(&r);
    lang_random_token(&r, "module");
    lang_random_safe_name(&r);
    lang_random_token(&r, ":");
    lang_random_list(&r, 0, 8, NULL, lang_random_section);
    lang_random_gap(&r);
}

#endif
