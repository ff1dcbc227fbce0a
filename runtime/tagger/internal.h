/* The parts of the tagger; private to runtime/tagger. */
#ifndef RUNTIME_TAGGER_INTERNAL_H
#define RUNTIME_TAGGER_INTERNAL_H

#include <pol/tagger.h>

#include <libelf.h>

struct tag_error {
    char *text;
    size_t size;
};
/* Writes the message; always -1. */
int tag_fail(const struct tag_error *err, const char *format, ...);
int tag_no_memory(const struct tag_error *err);

/* ---- The program (program.c) ------------------------------------------------------------------
 */

struct tag_section {
    const char *name;
    uint64_t address, size, flags;
    const unsigned char *bytes; /* NULL: no contents in the file */
    uint64_t nbytes;            /* at most size */
};
struct tag_symbol {
    const char *name;
    uint64_t address, size;
    unsigned char type;
    bool local;
};
struct tag_segment {
    uint64_t address, size;
};

struct tag_program {
    const char *path;
    int fd;
    Elf *elf;
    size_t nsections; /* loaded ones only, by address */
    struct tag_section *sections;
    size_t nsymbols; /* defined ones only */
    struct tag_symbol *symbols;
    size_t nsegments; /* loaded ones only */
    struct tag_segment *segments;
};

/* 0, or -1 with a message; program_close in either case. */
int program_open(struct tag_program *program, const char *path, const struct pol_isa *isa,
                 const struct tag_error *err);
void program_close(struct tag_program *program);
/* The loaded section that holds an address, NULL: none. */
const struct tag_section *program_section(const struct tag_program *program, uint64_t address);
bool program_is_code(const struct tag_program *program, uint64_t address);

/* ---- The entity map (map.c) -------------------------------------------------------------------
 */

enum tag_entry_kind { TAG_ENTRY_RANGE, TAG_ENTRY_SYMBOL, TAG_ENTRY_NONE };
struct tag_entry {
    char *entity;
    enum tag_entry_kind kind;
    uint64_t start, size;
    char *symbol;
    bool first_word;
    bool optional; /* a symbol that need not exist */
};
struct tag_map {
    const char *path; /* NULL: there is none */
    size_t nentries;
    struct tag_entry *entries;
};

int map_load(struct tag_map *map, const char *path, const struct tag_error *err);
void map_free(struct tag_map *map);

/* ---- What the code gives (derive.c, unwind.c) -------------------------------------------------
 */

enum tag_derived {
    TAG_CALL_TARGET,
    TAG_RETURN_TARGET,
    TAG_BRANCH_TARGET,
    TAG_CALL_INSTR,
    TAG_RETURN_INSTR,
    TAG_BRANCH_INSTR,
    TAG_PROLOGUE,
    TAG_EPILOGUE,
    TAG_DERIVED
};
struct tag_points {
    uint64_t *at; /* ascending, each once, after derive_points */
    size_t n, room;
};
struct tag_points_set {
    struct tag_points kind[TAG_DERIVED];
    bool unwind; /* the program has unwind tables */
};

/* The kind that an entity's name means, -1: none. */
int derived_kind(const char *name);
/* All points of all kinds; 0, or -1 (memory). */
int derive_points(struct tag_points_set *points, const struct tag_program *program,
                  const struct pol_isa *isa);
void points_free(struct tag_points_set *points);
int points_add(struct tag_points *points, uint64_t address);

/* Calls `visit` for each instruction of the loaded code, in order; stops when it says -1. */
struct tag_insn {
    uint64_t pc;
    uint32_t word;   /* expanded */
    unsigned length; /* 2 or 4 */
    const struct pol_insn *insn;
};
typedef int tag_visit(void *user, const struct tag_insn *insn);
int walk_code(const struct tag_program *program, const struct pol_isa *isa, tag_visit *visit,
              void *user);

/* Fills PROLOGUE and EPILOGUE and sets `unwind`; 0, or -1 (memory). */
int unwind_points(struct tag_points_set *points, const struct tag_program *program,
                  const struct pol_isa *isa);

/* ---- Claims (claims.c) ------------------------------------------------------------------------
 */

/* A claim with the entity that made it, to name both when two do not fit together. */
struct tag_claim {
    struct pol_image_claim claim;
    const char *entity;
};
struct tag_claims {
    struct pol_image *image;
    const struct tag_error *err;
    size_t n, room;
    struct tag_claim *list;
};

/* 0, or -1 with a message. */
int claims_add(struct tag_claims *claims, const struct pol_entity *entity, uint64_t start,
               uint64_t length);
/* Gives everything to the image and unites it. */
int claims_unite(struct tag_claims *claims);
void claims_free(struct tag_claims *claims);

/* ---- The machine's state (machine.c) ----------------------------------------------------------
 */

int tag_machine(const struct pol_tagger *tagger, struct pol_image *image,
                const struct tag_error *err);

#endif
