/* The state that the ISA names: PC tag, registers, CSRs. */
#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct filler {
    const struct pol_tagger *tagger;
    struct pol_image *image;
    const struct tag_error *err;
    /* Who gave a cell its set; NULL: nobody yet. */
    const struct pol_entity *x[32], *f[32], *csr[POL_CSRS];
    uint32_t *scratch;
};

/* One cell gets an entity's set; different names may mean one cell. */
static int give(struct filler *f, uint32_t *cell, const struct pol_entity **owner,
                const struct pol_entity *entity)
{
    const struct pol_space *space = f->tagger->space;
    uint32_t tag;
    memcpy(f->scratch, entity->tags, space->words * sizeof *f->scratch);
    if (*owner &&
        pol_image_union(space, pol_image_set(f->image, *cell), entity->tags, f->scratch, &tag))
        return tag_fail(f->err, "the entities `%s` and `%s` give the tag %s different arguments",
                        (*owner)->name, entity->name, space->tags[tag].name);
    *owner = entity;
    *cell = pol_image_intern(f->image, f->scratch);
    return *cell == POL_NO_SET ? tag_no_memory(f->err) : 0;
}

static int fill_trap(struct filler *f, const struct pol_entity *entity)
{
    const struct pol_tagger *tagger = f->tagger;
    f->image->trap_env = pol_image_intern(f->image, entity->tags);
    if (f->image->trap_env == POL_NO_SET)
        return tag_no_memory(f->err);
    for (size_t i = 0; i < tagger->ntrap_domains; i++)
        if (pol_image_add_trap_domain(f->image, tagger->trap_domains[i]))
            return tag_no_memory(f->err);
    return 0;
}

static int fill_specific(struct filler *f, const struct pol_entity *entity)
{
    const struct pol_entity *nobody = NULL;
    unsigned number = (unsigned)entity->number;
    switch (entity->kind) {
    case POL_ENTITY_ENV:
        return give(f, &f->image->env, &nobody, entity);
    case POL_ENTITY_TRAP_ENV:
        return fill_trap(f, entity);
    case POL_ENTITY_INT_REG:
        return give(f, &f->image->x[number % 32], &f->x[number % 32], entity);
    case POL_ENTITY_FP_REG:
        return give(f, &f->image->f[number % 32], &f->f[number % 32], entity);
    case POL_ENTITY_CSR:
        if (entity->number < 0)
            return 0;
        number = pol_csr_cell(number % POL_CSRS);
        return give(f, &f->image->csr[number], &f->csr[number], entity);
    default:
        return 0;
    }
}

/* What no specific entity named. */
static int fill_default(struct filler *f, const struct pol_entity *entity)
{
    uint32_t set = pol_image_intern(f->image, entity->tags);
    if (set == POL_NO_SET)
        return tag_no_memory(f->err);
    if (entity->kind == POL_ENTITY_CSR && entity->number < 0)
        f->image->csr_default = set;
    if (entity->kind != POL_ENTITY_REG_DEFAULT)
        return 0;
    for (unsigned i = 0; i < 32; i++) {
        if (!f->x[i])
            f->image->x[i] = set;
        if (!f->f[i])
            f->image->f[i] = set;
    }
    return 0;
}

int tag_machine(const struct pol_tagger *tagger, struct pol_image *image,
                const struct tag_error *err)
{
    struct filler *f = calloc(1, sizeof *f);
    uint32_t *scratch = calloc(tagger->space->words, sizeof *scratch);
    int status = f && scratch ? 0 : tag_no_memory(err);
    if (!status) {
        f->tagger = tagger;
        f->image = image;
        f->err = err;
        f->scratch = scratch;
    }
    for (size_t i = 0; !status && i < tagger->nentities; i++)
        status = fill_specific(f, &tagger->entities[i]);
    for (size_t i = 0; !status && i < tagger->nentities; i++)
        status = fill_default(f, &tagger->entities[i]);
    free(scratch);
    free(f);
    return status;
}
