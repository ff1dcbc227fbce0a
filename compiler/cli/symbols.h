/* Symbols and source lines of an ELF program, for reports. */
#ifndef COMPILER_CLI_SYMBOLS_H
#define COMPILER_CLI_SYMBOLS_H

#include <stdint.h>

struct symbols;

/* NULL after a message. */
struct symbols *symbols_open(const char *path);
void symbols_close(struct symbols *symbols); /* NULL is fine */

/* The symbol at or before an address (as pol_report_context.symbol wants it), NULL: none. */
const char *symbols_name(void *symbols, uint64_t pc, uint64_t *offset);
/* The source line of an address: the file's name, NULL: not known. */
const char *symbols_source(struct symbols *symbols, uint64_t pc, int *line);

#endif
