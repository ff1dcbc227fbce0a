/* The context pass: between lexer and parser.
 *
 * The grammar has no line ends and few terminators, and Pol's new words are names elsewhere.  With
 * all tokens at hand a little look-around decides what they are; the parser then needs no feedback
 * to the lexer.  The pass also
 * - marks the brackets around a rule's body, closing it where `^`, `&` or a new declaration shows
 *   that `)` was forgotten, so that the parser resumes exactly behind a broken rule;
 * - marks the names that declare policies, parameters and responses, the titles of tests and
 * claims, and operand specs that name CSRs. */
#include "lang/token.h"

#include "lang/gen/parser.h"

enum where {
    AT_HEADER,
    AT_PLAIN, /* a section without contextual words */
    AT_IMPORT,
    AT_TYPE,
    AT_METADATA,
    AT_GROUP,
    AT_POLICY,
    AT_REQUIRE,
    AT_DEFINITIONS, /* NAME = .. */
    AT_TEST,
    AT_PROVE,
};

/* Brackets may nest more deeply than trees: many leave no node, and the formatter adds some. */
enum { MOST_BRACKETS = 4 * AST_MAX_DEPTH };

struct bracket {
    int kind; /* '(', '[', '{' or TOK_RULE_OPEN */
    struct lang_span span;
};

struct context {
    struct lang_parser *p;
    const struct lang_token *in; /* ends with kind 0 */
    size_t in_count, at;
    struct lang_tokens out;
    enum where where;
    VEC_OF(struct bracket) open;
    size_t rule_depth; /* brackets open outside the current rule, plus 1; 0: not in a rule */
    bool after_arrow;  /* in a rule: its `->` is behind us */
    bool in_members;   /* in a group: its header is behind us */
};

/* --- looking and emitting ------------------------------------------------------------------ */

static const struct lang_token *peek(const struct context *c, size_t ahead)
{
    size_t index = c->at + ahead;
    return &c->in[index < c->in_count ? index : c->in_count - 1];
}

static int kind_at(const struct context *c, size_t ahead)
{
    return peek(c, ahead)->kind;
}

bool lang_is_word(const struct lang_parser *p, const struct lang_token *t, const char *word)
{
    return t->kind == TOK_NAME && str_eq(intern_text(p->names, t->name), word);
}

static bool is_word(const struct context *c, size_t ahead, const char *word)
{
    return lang_is_word(c->p, peek(c, ahead), word);
}

/* The kind emitted `back` tokens ago (1: the last). */
static int emitted(const struct context *c, size_t back)
{
    return back <= c->out.count ? c->out.items[c->out.count - back].kind : 0;
}

static void emit(struct context *c, struct lang_token token, int kind)
{
    token.kind = kind;
    VEC_PUSH(c->p->arena, &c->out, token);
}

/* Emits the current token as `kind` and moves on. */
static void take_as(struct context *c, int kind)
{
    emit(c, *peek(c, 0), kind);
    c->at++;
}

static void take(struct context *c)
{
    take_as(c, kind_at(c, 0));
}

/* A token that is not in the text, right behind the last one. */
static void emit_missing(struct context *c, int kind)
{
    struct lang_token token = {0};
    if (c->out.count)
        token.span = c->out.items[c->out.count - 1].span;
    token.span.start = token.span.end;
    emit(c, token, kind);
}

/* --- brackets ------------------------------------------------------------------------------ */

void lang_too_deep(struct lang_parser *p, struct lang_span span)
{
    if (!p->too_deep)
        diag_error(p->sink, DIAG_TOO_DEEP, span, "this is nested too deeply");
    p->too_deep = true;
}

static bool push(struct context *c, int kind)
{
    struct lang_span span = peek(c, 0)->span;
    if (c->open.count >= MOST_BRACKETS) {
        lang_too_deep(c->p, span);
        return false;
    }
    struct bracket bracket = {kind, span};
    VEC_PUSH(c->p->arena, &c->open, bracket);
    return true;
}

static bool closes(int closer, int opener)
{
    switch (opener) {
    case '(':
    case TOK_RULE_OPEN:
        return closer == ')';
    case '[':
        return closer == ']';
    default:
        return closer == '}';
    }
}

/* Closes the innermost bracket that `closer` fits and all inside it; returns its kind, or 0. */
static int pop(struct context *c, int closer)
{
    size_t bottom = c->rule_depth ? c->rule_depth - 1 : 0;
    for (size_t i = c->open.count; i-- > bottom;) {
        if (!closes(closer, c->open.items[i].kind))
            continue;
        c->open.count = i;
        return c->open.items[i].kind;
    }
    return 0;
}

static bool is_opener(int kind)
{
    return kind == '(' || kind == '[' || kind == '{';
}

static bool is_closer(int kind)
{
    return kind == ')' || kind == ']' || kind == '}';
}

/* Takes the current token where it has no special meaning. */
static bool take_plain(struct context *c)
{
    int kind = kind_at(c, 0);
    if (is_opener(kind) && !push(c, kind))
        return false;
    if (is_closer(kind))
        pop(c, kind);
    take(c);
    return true;
}

static void report_unclosed(struct context *c, const struct bracket *bracket)
{
    struct diag *d =
        diag_error(c->p->sink, DIAG_UNBALANCED, bracket->span, "this `(` is not closed");
    diag_label(d, peek(c, 0)->span, "`)` expected before this");
}

/* Ends the current rule without its `)`. */
static void end_rule(struct context *c)
{
    c->open.count = c->rule_depth - 1;
    c->rule_depth = 0;
    emit_missing(c, TOK_RULE_CLOSE);
}

static void close_rule(struct context *c)
{
    report_unclosed(c, &c->open.items[c->rule_depth - 1]);
    end_rule(c);
}

/* Closes what a policy before the current token left open. */
static void close_all(struct context *c)
{
    if (c->where == AT_POLICY) {
        if (c->rule_depth)
            close_rule(c);
        for (; c->open.count; c->open.count--) {
            if (c->open.items[c->open.count - 1].kind != '(')
                continue;
            report_unclosed(c, &c->open.items[c->open.count - 1]);
            emit_missing(c, ')');
        }
    }
    c->open.count = 0;
    c->rule_depth = 0;
}

/* --- sections ------------------------------------------------------------------------------ */

struct section_word {
    const char *text;
    int kind;
    enum where where;
    bool reserved;
};

static const struct section_word section_words[] = {
    {"import", TOK_IMPORT, AT_IMPORT, true},
    {"type", TOK_TYPE, AT_TYPE, true},
    {"metadata", TOK_METADATA, AT_METADATA, true},
    {"group", TOK_GROUP, AT_GROUP, true},
    {"policy", TOK_POLICY, AT_POLICY, true},
    {"require", TOK_REQUIRE, AT_REQUIRE, true},
    {"owns", TOK_OWNS, AT_PLAIN, false},
    {"param", TOK_PARAM, AT_DEFINITIONS, false},
    {"response", TOK_RESPONSE, AT_DEFINITIONS, false},
    {"test", TOK_TEST, AT_TEST, false},
    {"prove", TOK_PROVE, AT_PROVE, false},
};

static bool colon_follows(const struct context *c)
{
    return kind_at(c, 1) == ':' ||
           (is_word(c, 0, "prove") && is_word(c, 1, "all") && kind_at(c, 2) == ':');
}

bool lang_starts_line(const struct lang_parser *p, const struct lang_token *t)
{
    size_t len;
    const char *text = lang_source_text(p->map, p->file, &len);
    for (uint32_t i = t->span.start; i-- > 0 && text[i] != '\n';) {
        if (text[i] != ' ' && text[i] != '\t')
            return false;
    }
    return true;
}

/* The section that starts at the current token, or NULL. */
static const struct section_word *section_here(const struct context *c)
{
    for (size_t i = 0; i < sizeof section_words / sizeof *section_words; i++) {
        const struct section_word *word = &section_words[i];
        bool here = word->reserved ? kind_at(c, 0) == word->kind : is_word(c, 0, word->text);
        bool begins = colon_follows(c) ? emitted(c, 1) != TOK_MODULE
                                       : word->reserved && lang_starts_line(c->p, peek(c, 0));
        if (here && begins)
            return word;
    }
    return NULL;
}

static bool at_end(const struct context *c)
{
    return kind_at(c, 0) == 0 || section_here(c);
}

/* A reserved section word that starts no section: in the middle of a line, without `:`. */
static bool misplaced_here(const struct context *c)
{
    for (size_t i = 0; i < sizeof section_words / sizeof *section_words; i++) {
        if (section_words[i].reserved && kind_at(c, 0) == section_words[i].kind)
            return !section_here(c);
    }
    return false;
}

/* The `:` behind the last word may have been forgotten. */
static void require_colon(struct context *c)
{
    if (kind_at(c, 0) == ':')
        return;
    diag_error(c->p->sink, DIAG_SYNTAX, c->out.items[c->out.count - 1].span,
               "expected `:` after this word");
    emit_missing(c, ':');
}

static void begin_section(struct context *c, const struct section_word *word)
{
    close_all(c);
    take_as(c, word->kind);
    c->where = word->where;
    if (word->kind == TOK_PROVE && is_word(c, 0, "all"))
        take_as(c, TOK_ALL);
    require_colon(c);
}

/* module NAME: */
static bool header_step(struct context *c)
{
    bool named = kind_at(c, 0) == TOK_NAME && emitted(c, 1) == TOK_MODULE;
    if (!take_plain(c))
        return false;
    if (named)
        require_colon(c);
    return true;
}

static bool import_step(struct context *c)
{
    bool alias = c->p->dialect == LANG_POL && is_word(c, 0, "as") && emitted(c, 1) == TOK_NAME &&
                 emitted(c, 2) != TOK_AS && c->open.count == 0;
    if (!alias || kind_at(c, 1) != TOK_NAME)
        return take_plain(c);
    take_as(c, TOK_AS);
    take(c);
    return true;
}

static bool relation_here(const struct context *c)
{
    return is_word(c, 0, "relation") && kind_at(c, 1) == TOK_NAME && kind_at(c, 2) == '(' &&
           emitted(c, 1) != TOK_DATA && c->open.count == 0;
}

static bool type_step(struct context *c)
{
    bool body = emitted(c, 1) == '=' && kind_at(c, 1) == '{';
    if (kind_at(c, 0) == TOK_DATA)
        c->open.count = 0;
    if (relation_here(c))
        take_as(c, TOK_RELATION);
    else if (body && is_word(c, 0, "enum"))
        take_as(c, TOK_ENUM);
    else if (body && is_word(c, 0, "lattice"))
        take_as(c, TOK_LATTICE);
    else
        return take_plain(c);
    return true;
}

static bool metadata_step(struct context *c)
{
    bool mode = is_word(c, 1, "any") || is_word(c, 1, "all");
    if (!mode || !is_word(c, 0, "merge") || emitted(c, 1) != TOK_NAME)
        return take_plain(c);
    bool all = is_word(c, 2, "prove") && is_word(c, 3, "all");
    bool section = kind_at(c, all ? 4 : 3) == ':';
    if (kind_at(c, 2) == TOK_NAME && !section) /* more types: `merge` is one, too */
        return take_plain(c);
    take_as(c, TOK_MERGE);
    take(c);
    return true;
}

static bool group_step(struct context *c)
{
    int kind = kind_at(c, 0);
    if (kind == TOK_GRP) {
        c->open.count = 0;
        c->in_members = false;
    }
    bool spec = kind == TOK_NAME && c->in_members && (emitted(c, 1) == ',' || kind_at(c, 1) == ',');
    if (spec) {
        take_as(c, TOK_CSRNAME);
        return true;
    }
    bool ok = take_plain(c);
    if (kind == ')' && c->open.count == 0)
        c->in_members = true;
    return ok;
}

static bool require_step(struct context *c)
{
    if (is_word(c, 0, "only") && emitted(c, 1) == TOK_NAME && emitted(c, 2) == TOK_INIT) {
        take_as(c, TOK_ONLY);
        return true;
    }
    return take_plain(c);
}

/* NAME = .. in `param:` and `response:`, where nothing else has a `=`. */
static bool definition_step(struct context *c)
{
    if (kind_at(c, 0) != TOK_NAME || kind_at(c, 1) != '=')
        return take_plain(c);
    take_as(c, TOK_DEFNAME);
    return true;
}

/* --- tests and claims ---------------------------------------------------------------------- */

static bool title_here(const struct context *c)
{
    return kind_at(c, 0) == TOK_STRING && kind_at(c, 1) == ':' &&
           peek(c, 0)->value != LANG_UNTERMINATED;
}

/* Outside brackets two names never follow each other in a condition, whose last one may be `may`.
 */
static bool may_here(const struct context *c)
{
    return is_word(c, 0, "may") && kind_at(c, 1) == TOK_NAME && !is_word(c, 1, "may") &&
           kind_at(c, 2) == TOK_NAME && kind_at(c, 3) != ':' && c->open.count == 0;
}

static int claim_word(const struct context *c)
{
    bool first = emitted(c, 1) == ':' && emitted(c, 2) == TOK_TITLE && kind_at(c, 1) != '(';
    if (first && is_word(c, 0, "never"))
        return TOK_NEVER;
    if (first && is_word(c, 0, "only"))
        return TOK_ONLY;
    if (may_here(c))
        return TOK_MAY;
    if (is_word(c, 0, "via") && emitted(c, 3) == TOK_MAY)
        return TOK_VIA;
    return 0;
}

static bool test_step(struct context *c)
{
    int word = c->where == AT_PROVE ? claim_word(c) : 0;
    if (title_here(c)) {
        c->open.count = 0; /* whatever is still open, this is the next one */
        take_as(c, TOK_TITLE);
    } else if (word) {
        take_as(c, word);
    } else if (kind_at(c, 0) == '|') {
        take_as(c, TOK_BAR);
    } else {
        return take_plain(c);
    }
    return true;
}

/* --- policies ------------------------------------------------------------------------------ */

/* Is the current token surely outside the rule that is still open? */
static bool leaves_rule(const struct context *c)
{
    switch (kind_at(c, 0)) {
    case '^':
    case '&':
    case TOK_GLOBAL:
        return true;
    case '|':
        return c->after_arrow;
    case TOK_NAME: /* NAME = NAME ( starts a policy and nothing else */
        return kind_at(c, 1) == '=' && kind_at(c, 2) == TOK_NAME && kind_at(c, 3) == '(';
    default:
        return false;
    }
}

static void close_in_rule(struct context *c)
{
    if (pop(c, kind_at(c, 0)) == TOK_RULE_OPEN) {
        c->rule_depth = 0;
        take_as(c, TOK_RULE_CLOSE);
    } else {
        take(c);
    }
}

static bool rule_step(struct context *c)
{
    int kind = kind_at(c, 0);
    if (leaves_rule(c)) {
        close_rule(c);
        return true;
    }
    if (is_closer(kind)) {
        close_in_rule(c);
        return true;
    }
    if (kind == TOK_ARROW && c->open.count == c->rule_depth)
        c->after_arrow = true;
    if (kind == TOK_STRING && peek(c, 0)->value == LANG_UNTERMINATED) {
        take(c);
        end_rule(c);
        return true;
    }
    if (kind == '|')
        take_as(c, TOK_BAR);
    else if (emitted(c, 1) == TOK_ALLOW && is_word(c, 0, "keep"))
        take_as(c, TOK_KEEP);
    else if (emitted(c, 1) == TOK_STRING && is_word(c, 0, "respond"))
        take_as(c, TOK_RESPOND);
    else
        return take_plain(c);
    return true;
}

static bool begin_rule(struct context *c)
{
    take(c);
    if (!push(c, TOK_RULE_OPEN))
        return false;
    c->rule_depth = c->open.count;
    c->after_arrow = false;
    take_as(c, TOK_RULE_OPEN);
    return true;
}

static bool expects_operand(const struct context *c)
{
    switch (emitted(c, 1)) {
    case '=':
    case '^':
    case '&':
    case '(':
    case TOK_EXCL:
        return true;
    default:
        return false;
    }
}

static bool total_here(const struct context *c)
{
    return is_word(c, 0, "total") && kind_at(c, 1) == TOK_NAME && kind_at(c, 2) == '=' &&
           !expects_operand(c);
}

static bool is_operator(int kind)
{
    return kind == '^' || kind == '&' || kind == '|';
}

/* Is the current token one after which parsing a policy can go on? */
static bool resumes(const struct context *c, int before)
{
    bool update = before == TOK_ARROW || before == ',' || before == TOK_WITH;
    bool defines = kind_at(c, 0) == TOK_NAME && kind_at(c, 1) == '=' && !update;
    bool rule = kind_at(c, 0) == TOK_NAME && kind_at(c, 1) == '(';
    return at_end(c) || is_operator(kind_at(c, 0)) || kind_at(c, 0) == TOK_GLOBAL || defines ||
           rule;
}

/* A bracket that closes nothing has probably ended a rule too early: drops what is left of it. */
static void stray_closer(struct context *c)
{
    int before = kind_at(c, 0);
    diag_error(c->p->sink, DIAG_UNBALANCED, peek(c, 0)->span, "this `%c` closes nothing",
               (char)before);
    for (c->at++; !resumes(c, before); c->at++)
        before = kind_at(c, 0);
}

static bool policy_step(struct context *c)
{
    int kind = kind_at(c, 0);
    if (c->rule_depth)
        return rule_step(c);
    if (kind == TOK_NAME && kind_at(c, 1) == '(')
        return begin_rule(c);
    bool defines = kind == TOK_NAME && kind_at(c, 1) == '=', total = total_here(c);
    if (defines || total || kind == TOK_GLOBAL)
        close_all(c);
    if (defines)
        take_as(c, TOK_DEFNAME);
    else if (total)
        take_as(c, TOK_TOTAL);
    else if (kind == '|')
        take_as(c, TOK_EXCL);
    else if (is_closer(kind) && c->open.count == 0)
        stray_closer(c);
    else
        return take_plain(c);
    return true;
}

/* --- the pass ------------------------------------------------------------------------------ */

static bool step(struct context *c)
{
    const struct section_word *word = section_here(c);
    if (word) {
        begin_section(c, word);
        return true;
    }
    if (misplaced_here(c)) {
        take_as(c, TOK_RESERVED);
        return true;
    }
    switch (c->where) {
    case AT_IMPORT:
        return import_step(c);
    case AT_TYPE:
        return type_step(c);
    case AT_METADATA:
        return metadata_step(c);
    case AT_GROUP:
        return group_step(c);
    case AT_POLICY:
        return policy_step(c);
    case AT_REQUIRE:
        return require_step(c);
    case AT_DEFINITIONS:
        return definition_step(c);
    case AT_TEST:
    case AT_PROVE:
        return test_step(c);
    case AT_HEADER:
        return header_step(c);
    case AT_PLAIN:
        break;
    }
    return take_plain(c);
}

bool lang_contextualise(struct lang_parser *p)
{
    struct context c = {.p = p, .in = p->tokens.items, .in_count = p->tokens.count};
    while (kind_at(&c, 0) != 0) {
        if (!step(&c))
            return false;
    }
    close_all(&c);
    take(&c);
    p->tokens = c.out;
    return true;
}
