/* What the targets `elf` and `entities` share. */
#include "tests/fuzz/lib/tag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <pol/tagger.h>

#include "tests/fuzz/lib/scratch.h"

enum { TAGS = 4 };

static void require(int holds, const char *what, const char *more)
{
    if (holds)
        return;
    fprintf(stderr, "tag: %s: %s\n", what, more);
    abort();
}

static struct pol_space *make_space(void)
{
    static const char *const names[TAGS] = {"Rd", "Wr", "Ex", "Owner"};
    struct pol_space *space = pol_space_new(TAGS);
    for (uint32_t t = 0; space && t < TAGS; t++) {
        space->tags[t].name = strdup(names[t]);
        space->tags[t].module = strdup("m");
        space->tags[t].merge_all = t < 3;
    }
    if (space) {
        space->tags[3].nargs = 1;
        space->tags[3].args[0].limit = 1000;
    }
    require(space && pol_space_finish(space) == 0, "no space", "");
    return space;
}

/* An entity of each kind.  Two give Owner different arguments where they meet. */
static const struct {
    const char *name, *tags;
    enum pol_entity_kind kind;
    int number;
    bool only;
} entities[] = {
    {"ISA.RISCV.Env", "{Ex}", POL_ENTITY_ENV, 0, false},
    {"ISA.RISCV.Trap.Env", "{}", POL_ENTITY_TRAP_ENV, 0, false},
    {"ISA.RISCV.Reg.x2", "{Owner 3}", POL_ENTITY_INT_REG, 2, false},
    {"ISA.RISCV.CSR.Default", "{Rd}", POL_ENTITY_CSR, -1, false},
    {"elf.Section.SHF_ALLOC", "{Rd}", POL_ENTITY_SECTION, 0, true},
    {"elf.Section.SHF_WRITE", "{Rd, Wr}", POL_ENTITY_SECTION, 0, true},
    {"elf.Section.SHF_EXECINSTR", "{Rd, Ex}", POL_ENTITY_SECTION, 0, true},
    {"SOC.Memory.Ram", "{Rd, Wr}", POL_ENTITY_RANGE, 0, false},
    {"SOC.IO.Devices", "{Wr, Owner 2}", POL_ENTITY_RANGE, 0, false},
    {"derived.CallTarget", "{Owner 1}", POL_ENTITY_DERIVED, 0, false},
    {"derived.ReturnTarget", "{Ex}", POL_ENTITY_DERIVED, 0, false},
    {"derived.BranchInstr", "{Ex}", POL_ENTITY_DERIVED, 0, false},
    {"derived.Prologue", "{Wr}", POL_ENTITY_DERIVED, 0, false},
    {"derived.Epilogue", "{Rd}", POL_ENTITY_DERIVED, 0, false},
    {"heap.New", "{Wr}", POL_ENTITY_OTHER, 0, false},
    {"default", "{}", POL_ENTITY_OTHER, 0, false},
};
enum { ENTITIES = sizeof entities / sizeof *entities };

static void check_image(struct pol_image *image, const struct pol_space *space)
{
    char err[300] = "", path[SCRATCH_PATH];
    scratch_path(path, "saved.json");
    require(pol_image_check(image) == NULL, "not valid", "the image");
    require(pol_image_save(image, path, err, sizeof err) == 0, "cannot be saved", err);
    struct pol_image *again = pol_image_load(path, space, err, sizeof err);
    require(again != NULL, "a saved image does not load", err);
    pol_image_free(again);
}

void tag_and_check(const char *elf, const char *map)
{
    struct pol_space *space = make_space();
    struct pol_entity list[ENTITIES];
    uint32_t *lits = calloc((size_t)ENTITIES * space->words, sizeof *lits);
    char err[400] = "";
    static const uint32_t domains[] = {0};
    require(lits != NULL, "no memory", "");
    for (int i = 0; i < ENTITIES; i++) {
        uint32_t *lit = lits + (size_t)i * space->words;
        const char *tags = entities[i].tags;
        require(!pol_lit_parse(space, tags, strlen(tags), lit, err, sizeof err), "tags", err);
        list[i] = (struct pol_entity){entities[i].name, entities[i].kind, entities[i].number,
                                      entities[i].only, lit};
    }
    struct pol_tagger tagger = {.space = space,
                                .granule = 8,
                                .digest = "",
                                .nentities = ENTITIES,
                                .entities = list,
                                .ntrap_domains = 1,
                                .trap_domains = domains};
    require(pol_isa_parse("rv64imac", &tagger.isa, err, sizeof err) == 0, "isa", err);
    struct pol_image *image = pol_tag_program(&tagger, elf, map, err, sizeof err);
    require(image || *err, "refused", "without a message");
    if (image)
        check_image(image, space);
    pol_image_free(image);
    free(lits);
    pol_space_free(space);
}

void tag_tree_path(char path[256], const char *name)
{
    const char *root = getenv("POL_FUZZ_ROOT");
    snprintf(path, 256, "%s/%s", root ? root : ".", name);
}
