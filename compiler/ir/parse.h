/* The parts of ir_parse(); private to compiler/ir.
 *
 * A parser stands at some character of the text.  Every function that can meet bad input answers
 * whether it went well; the first that did not has written the message, and nothing must be read
 * after that.  Strings and arrays go into the IR's arena. */
#ifndef COMPILER_IR_PARSE_H
#define COMPILER_IR_PARSE_H

#include "compiler/ir/build.h"
#include "lang/support/attr.h"

struct parser {
    const char *at, *end;
    uint32_t line;
    char *err;
    size_t errsize;
    struct ir *ir;
    struct ir_pools pools;
    uint32_t depth; /* of the expression in hand */
};

/* Expressions may not nest more deeply: whoever walks over them recurses. */
#define IR_PARSE_DEPTH 8000u

/* ---- parse_text.c: characters, words, lines ------------------------------------------------- */

/* Says what is wrong at this line; always false. */
bool parse_fail(struct parser *p, const char *fmt, ...) LANG_PRINTF(2, 3);

/* At the beginning of a line: whether it is indented by exactly so many spaces, which are read. */
bool parse_line(struct parser *p, unsigned indent);
/* The end of the line, which must be here. */
bool parse_end(struct parser *p) LANG_MUST_CHECK;
/* Whether this is the end of the line. */
bool parse_at_end(struct parser *p);
/* Whether `word` stands here and ends here; then it is read. */
bool parse_accept(struct parser *p, const char *word);
bool parse_expect(struct parser *p, const char *word) LANG_MUST_CHECK;
/* One character, not preceded by space. */
bool parse_accept_char(struct parser *p, char c);
bool parse_expect_char(struct parser *p, char c) LANG_MUST_CHECK;
/* A word up to a space, a bracket, a quote or the end; not empty. */
bool parse_word(struct parser *p, const char **word) LANG_MUST_CHECK;
bool parse_string(struct parser *p, const char **text) LANG_MUST_CHECK;
/* A word or a string. */
bool parse_name(struct parser *p, const char **name) LANG_MUST_CHECK;
/* One of `count` words; its index. */
bool parse_choice(struct parser *p, const char *const *words, uint32_t count, const char *what,
                  uint32_t *index) LANG_MUST_CHECK;
/* A number from 0 to max. */
bool parse_u64(struct parser *p, uint64_t max, uint64_t *value) LANG_MUST_CHECK;
bool parse_u32(struct parser *p, uint32_t *value) LANG_MUST_CHECK;
bool parse_hex(struct parser *p, uint32_t *value) LANG_MUST_CHECK; /* eight digits */
/* The number of the next thing of a kind, which must be `index`. */
bool parse_index(struct parser *p, size_t index) LANG_MUST_CHECK;
/* FILE:LINE:COLUMN */
bool parse_place(struct parser *p, const char **file, uint32_t *line,
                 uint32_t *column) LANG_MUST_CHECK;

/* ---- parse_expr.c --------------------------------------------------------------------------- */

bool parse_tag(struct parser *p, uint32_t *tag) LANG_MUST_CHECK;
bool parse_guard(struct parser *p, struct ir_guard_id *id) LANG_MUST_CHECK;
bool parse_set(struct parser *p, struct ir_set_id *id) LANG_MUST_CHECK;
/* What follows `when OPERAND`, up to the end of the line. */
bool parse_cond(struct parser *p, struct ir_cond *cond) LANG_MUST_CHECK;

/* ---- parse_table.c, parse_rule.c, parse_claim.c, parse_insn.c: what a keyword begins ----------
 */

bool parse_lattice(struct parser *p) LANG_MUST_CHECK;
bool parse_relation(struct parser *p) LANG_MUST_CHECK;
bool parse_decider(struct parser *p) LANG_MUST_CHECK;
bool parse_claim(struct parser *p) LANG_MUST_CHECK;
bool parse_group(struct parser *p) LANG_MUST_CHECK;
bool parse_opclass(struct parser *p) LANG_MUST_CHECK;
bool parse_decode(struct parser *p) LANG_MUST_CHECK;
/* After `match`. */
bool parse_matcher(struct parser *p, struct ir_matcher *matcher) LANG_MUST_CHECK;

/* Room for one more in an array of the IR whose count is its size. */
#define PARSE_ROOM(p, items, count) ((items) = parse_room((p), (items), (count), sizeof *(items)))
void *parse_room(struct parser *p, void *items, uint32_t count, size_t size);

#endif
