/* Target descriptions: what the hardware that shall hold a table offers.
 *
 * Purpose: `--target NAME|FILE.json` says what there is; the compiler picks the cheapest layout
 * that fits, or says which limit is missed, by how much, and which tags or rules cost most. The
 * JSON form is docs/formats/target.schema.json (JSON Schema 2020-12); all members but `name` are
 * optional, unknown members are errors.  Limits of 0 mean: none.
 * Ownership: a plain value.  Errors: a message for a person in `err`, with file and place. */
#ifndef COMPILER_TARGET_TARGET_H
#define COMPILER_TARGET_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <pol/isa.h>
#include "compiler/table/table.h"

struct target {
    char name[64];
    struct pol_isa isa;
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
    bool pipeline;              /* memories have an output register */
    enum tbl_layout layouts[4]; /* which may be used */
    uint32_t nlayouts;
};

/* `mcu`, `fpga`, `server`, or a file.  0, or -1 with a message. */
int target_load(const char *name_or_path, struct target *out, char *err, size_t errsize);
/* Names of the built-ins, NULL-terminated, and their descriptions as JSON text. */
extern const char *const target_builtin_names[];
const char *target_builtin_json(const char *name);

#endif
