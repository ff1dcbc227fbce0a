/* The tagger: which tags a program starts with.
 *
 * Purpose: makes the tag image (image.h) of an ELF program for a policy: what each entity that the
 * policy initialises stands for in this program, on this board.  Entities are what
 * docs/language.md, 4.14, lists; an entity map (docs/formats/entities.md) says where the others
 * are.
 *
 * Memory: claims of entities unite, as pol_image_unite() says.  Levels, from the least specific:
 * SOC ranges, sections, what the map names, what is derived from the code.  Points tag the first
 * parcel of an instruction (of data: the first granule), ranges all.  Pages that hold loaded code
 * get fine granules if the target has compressed instructions.
 *
 * Derived from the code are
 *     CallTarget     functions of the symbol table, targets of direct calls
 *     ReturnTarget   what follows a call
 *     BranchTarget   targets of branches and direct jumps
 *     CallInstr, ReturnInstr, BranchInstr
 *     Prologue, Epilogue   stores and loads of saved registers, by .eh_frame or .debug_frame, and
 * in gcc's routines __riscv_save_N and __riscv_restore_N
 *
 * Errors: NULL and a message for a person, which names the entity.  Program and map are hostile
 * input. Ownership: everything given is borrowed; of it the image keeps only the space. */
#ifndef POL_TAGGER_H
#define POL_TAGGER_H

#include <pol/image.h>
#include <pol/table.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of entities by name, in the order of the rule table's ENTITIES. */
enum pol_entity_kind {
    POL_ENTITY_ENV,
    POL_ENTITY_TRAP_ENV,
    POL_ENTITY_INT_REG,     /* number */
    POL_ENTITY_FP_REG,      /* number */
    POL_ENTITY_REG_DEFAULT, /* both files */
    POL_ENTITY_CSR,         /* number, -1: every other one */
    POL_ENTITY_SECTION,     /* elf.Section.* */
    POL_ENTITY_RANGE,       /* SOC.* */
    POL_ENTITY_DERIVED,     /* derived.*, llvm.* */
    POL_ENTITY_OTHER        /* `default`, and what the map says */
};

struct pol_entity {
    const char *name;
    enum pol_entity_kind kind;
    int number;
    bool only;            /* replaces what less specific kinds give */
    const uint32_t *tags; /* a literal of the space */
};

/* What the tagger knows of a policy. */
struct pol_tagger {
    const struct pol_space *space;
    struct pol_isa isa;
    uint32_t granule;
    const char *digest; /* hexadecimal, or "" */
    size_t nentities;
    const struct pol_entity *entities;
    size_t ntrap_domains;
    const uint32_t *trap_domains; /* ascending */
};

/* The machine's own state: PC tag, registers, CSRs; no memory is tagged. */
struct pol_image *pol_tag_machine(const struct pol_tagger *tagger, char *err, size_t errsize);

/* The whole image of a program.  `map` NULL: there is none. */
struct pol_image *pol_tag_program(const struct pol_tagger *tagger, const char *elf, const char *map,
                                  char *err, size_t errsize);

/* A tagger for a rule table: 0, or -1 when memory is short, or target or entities are not valid.
 * Borrows table and space. */
int pol_tagger_of_table(struct pol_tagger *tagger, const struct pol_table *table,
                        const struct pol_space *space);
/* Frees what pol_tagger_of_table allocated. */
void pol_tagger_release(struct pol_tagger *tagger);

#ifdef __cplusplus
}
#endif
#endif
