/* Source files and places in them.
 *
 * A span is a half-open range of byte offsets in one file; lines and columns are computed when a
 * diagnostic needs them.  Lines and columns count from 1, columns in bytes.  File ids count from 1
 * in the order of addition; a span with file 0 has no place ("the whole program").
 *
 * The source map owns file names and texts.  CPP line markers in a text change the file name and
 * the line numbers that lang_place_at() reports, not the offsets. */
#ifndef LANG_SUPPORT_SPAN_H
#define LANG_SUPPORT_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lang/support/attr.h"

struct lang_file_id {
    uint32_t v;
};

struct lang_span {
    uint32_t file; /* lang_file_id.v */
    uint32_t start, end;
};

#define LANG_NO_SPAN ((struct lang_span){0, 0, 0})

static inline struct lang_span lang_span_make(struct lang_file_id file, uint32_t start,
                                              uint32_t end)
{
    return (struct lang_span){file.v, start, end};
}

/* From the start of `a` to the end of `b`; either may be without a place. */
struct lang_span lang_span_join(struct lang_span a, struct lang_span b);

struct lang_source_map;

struct lang_source_map *lang_source_map_new(void);
void lang_source_map_free(struct lang_source_map *map); /* NULL is fine */

/* Adds a text (copied).  The id is 0 when it is longer than LANG_MAX_SOURCE. */
#define LANG_MAX_SOURCE ((size_t)1 << 30)
struct lang_file_id lang_source_add(struct lang_source_map *map, const char *name, const char *text,
                                    size_t len);
/* Reads a file.  Returns 0 and sets *id, or an errno value (EFBIG: too long; EISDIR). */
int lang_source_load(struct lang_source_map *map, const char *path,
                     struct lang_file_id *id) LANG_MUST_CHECK;

uint32_t lang_source_count(const struct lang_source_map *map);
const char *lang_source_name(const struct lang_source_map *map, struct lang_file_id id);
/* The text is followed by a NUL that is not part of *len. */
const char *lang_source_text(const struct lang_source_map *map, struct lang_file_id id,
                             size_t *len);

/* Says that the line after the one with `offset` is line `line` of `name` (copied; NULL: same
 * name).  Markers must come in the order of their offsets; a repetition is ignored. */
void lang_source_marker(struct lang_source_map *map, struct lang_file_id id, uint32_t offset,
                        uint32_t line, const char *name, size_t name_len);

bool lang_source_has_markers(const struct lang_source_map *map, struct lang_file_id id);

struct lang_place {
    const char *file;      /* name to show, from the nearest line marker */
    uint32_t line, column; /* to show */
    uint32_t line_start;   /* offset of the physical line */
    uint32_t line_len;     /* bytes, without the line end */
};
/* `offset` may be the length of the text.  The map must know the file. */
struct lang_place lang_place_at(const struct lang_source_map *map, struct lang_file_id id,
                                uint32_t offset);

#endif
