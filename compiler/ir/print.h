/* The parts of ir_print(); private to compiler/ir. */
#ifndef COMPILER_IR_PRINT_H
#define COMPILER_IR_PRINT_H

#include "compiler/ir/ir.h"

/* "text", with quotes, backslashes and control characters escaped. */
void ir_put_string(FILE *out, const char *text);
/* A name: as it stands if a reader can tell where it ends, else as a string. */
void ir_put_name(FILE *out, const char *name);
/* FILE:LINE:COLUMN */
void ir_put_place(FILE *out, const char *file, uint32_t line, uint32_t column);
void ir_put_matchers(FILE *out, const struct ir_matcher *matchers, uint32_t count);

void ir_put_tag(const struct ir *ir, FILE *out, uint32_t tag);
void ir_put_int(const struct ir *ir, FILE *out, struct ir_int_id id);
void ir_put_guard(const struct ir *ir, FILE *out, struct ir_guard_id id);
void ir_put_set(const struct ir *ir, FILE *out, struct ir_set_id id);
/* " +T -U exact never", nothing for a condition that always holds. */
void ir_put_cond(const struct ir *ir, FILE *out, const struct ir_cond *cond);
bool ir_cond_is_empty(const struct ir_cond *cond);

void ir_put_lattice(const struct ir *ir, FILE *out, uint32_t index);
void ir_put_relation(const struct ir *ir, FILE *out, uint32_t index);
void ir_put_claim(const struct ir *ir, FILE *out, uint32_t index);

#endif
