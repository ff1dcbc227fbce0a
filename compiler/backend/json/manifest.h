/* The manifest: what a policy consists of, as JSON for other tools.
 *
 * docs/formats/manifest.md describes every member.  Keys are sorted and arrays follow the IR, so
 * the same policy always gives the same bytes.
 */
#ifndef COMPILER_BACKEND_JSON_MANIFEST_H
#define COMPILER_BACKEND_JSON_MANIFEST_H

#include <jansson.h>
#include <stdio.h>

#include "compiler/ir/ir.h"
#include "lang/support/attr.h"

/* Writes the manifest.  `table` becomes the member "table" (borrowed; NULL: null).  0, or -1 when
 * writing failed. */
int manifest_emit(const struct ir *ir, json_t *table, FILE *out) LANG_MUST_CHECK;

#endif
