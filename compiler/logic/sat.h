/* The one solver of all exact analyses: literals and gates over CaDiCaL.
 *
 * Purpose: questions are built as circuits and asked under assumptions.  Gates fold constants and
 * are stored once, so equal circuits are one literal.
 * Shapes: a literal is a variable's number, negative for its negation; SAT_TRUE and SAT_FALSE are
 * the constants.  Every gate is defined for all inputs: only sat_clause() and sat_must() restrict
 * what the inputs can be.
 * Ownership: everything belongs to the solver, its arena too; sat_free drops all.
 * Errors: a question that takes more conflicts than the limit is answered UNKNOWN, never guessed.
 */
#ifndef COMPILER_LOGIC_SAT_H
#define COMPILER_LOGIC_SAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "lang/support/arena.h"

typedef int sat_lit;
#define SAT_TRUE 1
#define SAT_FALSE (-1)
#define SAT_NONE 0 /* no literal */

enum sat_answer { SAT_NO, SAT_YES, SAT_UNKNOWN };

struct sat;
#define SAT_CONFLICTS 400000 /* limit of one question, unless told otherwise */
struct sat *sat_new(void);
void sat_free(struct sat *sat); /* NULL is fine */
struct arena *sat_arena(struct sat *sat);
void sat_limit(struct sat *sat, int conflicts);

sat_lit sat_var(struct sat *sat);
sat_lit sat_and(struct sat *sat, sat_lit a, sat_lit b);
sat_lit sat_or(struct sat *sat, sat_lit a, sat_lit b);
sat_lit sat_xor(struct sat *sat, sat_lit a, sat_lit b);
sat_lit sat_ite(struct sat *sat, sat_lit cond, sat_lit a, sat_lit b);
static inline sat_lit sat_iff(struct sat *sat, sat_lit a, sat_lit b)
{
    return -sat_xor(sat, a, b);
}
/* Of n literals; of none: true, false. */
sat_lit sat_all(struct sat *sat, const sat_lit *lits, size_t n);
sat_lit sat_any(struct sat *sat, const sat_lit *lits, size_t n);

/* Restrict the inputs, for good. */
void sat_clause(struct sat *sat, const sat_lit *lits, size_t n);
void sat_must(struct sat *sat, sat_lit lit);

/* Is there an input for which all of the assumptions hold? */
enum sat_answer sat_solve(struct sat *sat, const sat_lit *assumptions, size_t n);
enum sat_answer sat_ask(struct sat *sat, sat_lit question);
/* After YES, until the next question: the literal's value in the model.  Literals that were made
 * since are not in it. */
bool sat_value(struct sat *sat, sat_lit lit);
/* After NO, until the next question or gate: is the assumption one of those that exclude each
 * other? */
bool sat_blamed(struct sat *sat, sat_lit assumption);

struct sat_stats {
    uint64_t variables, clauses, questions;
};
struct sat_stats sat_statistics(const struct sat *sat);

#endif
