/* The rule table as bytes: foo.prt.
 *
 * Purpose: puts the sections of a struct tbl into the file format of pol/table_format.h, described
 * in prose by docs/formats/prt.md.  The bytes depend on the sections alone: same table, same bytes.
 *
 * Ownership: the result is malloc'ed, the caller frees it.  Errors: none but short memory, which
 * ends the process (lang/support/arena.h). */
#ifndef COMPILER_BACKEND_PRT_PRT_H
#define COMPILER_BACKEND_PRT_PRT_H

#include "compiler/table/table.h"

/* The bytes of the file, *size of them. */
unsigned char *prt_bytes(const struct tbl *tbl, size_t *size);

#endif
