/* Rule tables at run time: loading, validating, looking up.
 *
 * pol_table_load* check a hostile file completely (magic, version, bounds, every index, checksum)
 * before a table exists; after that the evaluator needs no check that depends on the file.
 *
 * The evaluator (pol_eval_*) is freestanding C11: no allocation, no I/O, no recursion; the number
 * of lookups of a step depends on the instruction and never on its tags, but that a step which is
 * not simply allowed is decided again in full.
 *
 * Threads: a loaded table is read-only and may be shared; a struct pol_eval belongs to one thread.
 */
#ifndef POL_TABLE_H
#define POL_TABLE_H

#include <pol/engine.h>
#include <pol/table_format.h>

#ifdef __cplusplus
extern "C" {
#endif

struct pol_plan;

struct pol_table {
#define X(kind, member, type)                                                                      \
    const type *member;                                                                            \
    uint32_t n_##member;
    POL_PRT_SECTIONS(X)
#undef X
    uint32_t major, minor;
    uint8_t digest[32];
    const uint32_t *empty;       /* the word of {}: nslots slots */
    const struct pol_plan *plan; /* the evaluator's form of it; made by loading */
};

/* A word and its opclass. */
struct pol_decoded {
    uint32_t word, opclass;
};

/* Everything a step needs besides the table.  Sized by the table: see pol_eval_bytes. */
struct pol_eval {
    const struct pol_table *table;
    int64_t *values;             /* scratch, max_values */
    uint32_t *sink;              /* a word for results that nobody wants */
    uint32_t *results;           /* two words for each result */
    uint64_t *counters;          /* n_counters: next fresh value */
    uint32_t *used;              /* n_counters: uses in the pending step */
    bool idle;                   /* they are all 0 */
    struct pol_decoded *decoded; /* a cache by word */
};

/* Bytes that pol_eval_init carves up behind the struct; 8-byte aligned memory from the caller. */
size_t pol_eval_bytes(const struct pol_table *table);
void pol_eval_init(struct pol_eval *eval, const struct pol_table *table, void *memory);
void pol_eval_begin(struct pol_eval *eval);
void pol_eval_commit(struct pol_eval *eval);

/* Opclass of an expanded instruction word; 0: undecodable. */
uint32_t pol_eval_decode(const struct pol_table *table, uint32_t word);

/* One granule's step.  in[], old[], out[]: words of nslots slots,
 * rounded up to a whole pair.  out[r] (or NULL) receives the whole new
 * word of result r, if the instruction has that result and the answer is allow. */
void pol_eval_step(struct pol_eval *eval, uint32_t opclass, const uint32_t *const in[POL_OPERANDS],
                   const uint32_t *const old[POL_RESULTS], uint32_t *const out[POL_RESULTS],
                   struct pol_answer *answer);

/* The same for an engine; a word's note is its opclass.  pol_eval_answer wants old[r] in each
 * out[r], and writes there only when the answer is allow. */
void pol_eval_answer(struct pol_eval *eval, const struct pol_inputs *in,
                     void *const out[POL_RESULTS], struct pol_answer *answer);
void pol_eval_aside(struct pol_eval *eval, const struct pol_inputs *in,
                    void *const out[POL_RESULTS], struct pol_answer *answer);

/* out = merge of a and b; 0, or -1 with *tag in conflict.  out may not alias a or b. */
int pol_eval_merge(struct pol_eval *eval, const uint32_t *a, const uint32_t *b, uint32_t *out,
                   uint32_t *tag);
/* out = a minus each merge-all tag that b lacks; no aliasing.  0, or -1 on an invalid word. */
int pol_eval_drop_missing(struct pol_eval *eval, const uint32_t *a, const uint32_t *b,
                          uint32_t *out);

/* Loading.  Both return NULL with a message in err.  load_bytes copies what it needs. */
struct pol_table *pol_table_load(const char *path, char *err, size_t errsize);
struct pol_table *pol_table_load_bytes(const void *bytes, size_t size, char *err, size_t errsize);
void pol_table_free(struct pol_table *table);
/* What the header's crc32 must be; size >= sizeof(struct pol_prt_header). */
uint32_t pol_table_checksum(const void *bytes, size_t size);
/* Part of loading; public for tools that build tables in memory. NULL, or what is wrong. */
const char *pol_table_validate(const struct pol_table *table);

/* The table's tag space (names, arguments), owned by the caller. */
struct pol_space *pol_table_space(const struct pol_table *table);

/* literal -> word, word -> literal.  0, or -1 when not representable (then *field, if not NULL, is
 * the field that has no code for it). */
int pol_table_encode(const struct pol_table *table, const struct pol_space *space,
                     const uint32_t *literal, uint32_t *word, uint32_t *field);
int pol_table_decode(const struct pol_table *table, const struct pol_space *space,
                     const uint32_t *word, uint32_t *literal);
/* Kinds (POL_KIND_*) in which every code of the word can occur; bit fields occur everywhere. */
uint32_t pol_table_kinds(const struct pol_table *table, const uint32_t *word);

/* The table as an engine named "table".  Borrows table and space.  NULL when memory is short. */
struct pol_engine *pol_table_engine_new(const struct pol_table *table,
                                        const struct pol_space *space);

#ifdef __cplusplus
}
#endif
#endif
