/* Target descriptions: what the hardware that shall hold a table offers.
 *
 * Purpose: `--target NAME|FILE.json` says what there is; the compiler picks the cheapest layout
 * that fits, or says which limit is missed, by how much, and which tags or rules cost most. The
 * JSON form is docs/formats/target.schema.json (JSON Schema 2020-12); its members are those of
 * struct target. All but `name` are optional, unknown members are errors.  Limits of 0 mean: none.
 * Ownership: a plain value.  Errors: a message for a person in `err`, with file and place. */
#ifndef COMPILER_TARGET_TARGET_H
#define COMPILER_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <pol/isa.h>
#include "compiler/table/table.h"

enum { TARGET_LAYOUTS = 4 };

struct target {
    char name[64];
    struct pol_isa isa; /* valid if has_isa */
    bool has_isa;
    uint32_t granule;      /* bytes, 0: XLEN/8 */
    uint32_t tag_bits;     /* of a tag word */
    uint32_t lanes;        /* lanes of a tag word */
    uint64_t ram_bits;     /* for the table's memories */
    uint32_t ram_ports;    /* memories read at the same time */
    bool reloadable;       /* the memories are RAM: tables can be reloaded in the field */
    uint32_t tcam_entries; /* 0: there is no TCAM (not: no limit) */
    uint32_t tcam_bits;    /* of a key */
    uint32_t lookups;      /* memory reads one after the other in an instruction */
    bool share_lanes;
    bool pipeline; /* memories have an output register */
    /* Which may be used; never TBL_AUTO, no tcam without entries.  Not given: all that can be. */
    enum tbl_layout layouts[TARGET_LAYOUTS];
    uint32_t nlayouts;
};

/* `mcu`, `fpga`, `server`, or a file.  0, or -1 with a message. */
int target_load(const char *name_or_path, struct target *out, char *err, size_t errsize);
/* A description in memory; `where` stands for the file in messages. */
int target_parse(const char *text, size_t len, const char *where, struct target *out, char *err,
                 size_t errsize);
/* All members, those that were not given too, in a fixed order on one line: equal targets have
 * equal texts, whatever their files look like.  The caller frees it. */
char *target_text(const struct target *target);

/* Names of the built-ins, NULL-terminated, and their descriptions as JSON text. */
extern const char *const target_builtin_names[];
const char *target_builtin_json(const char *name); /* NULL: there is no such built-in */

/* `dense`, `dag` and so on, as in --layout. */
const char *target_layout_name(enum tbl_layout layout);
bool target_allows(const struct target *target, enum tbl_layout layout);

#endif
