/* From the entities of a policy to the tag image of a program. */
#include <pol/tagger.h>

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct job {
    const struct pol_tagger *tagger;
    struct tag_error err;
    struct tag_program program;
    struct tag_map map;
    struct tag_points_set points;
    bool derived; /* points are there */
    struct pol_image *image;
    struct tag_claims claims;
    bool has_default;
};

/* ---- Sections -------------------------------------------------------------------------------- */

static uint64_t flag_of(const char *name)
{
    static const struct {
        const char *name;
        uint64_t flag;
    } flags[] = {
        {"elf.Section.SHF_ALLOC", SHF_ALLOC}, {"elf.Section.SHF_WRITE", SHF_WRITE},
        {"elf.Section.SHF_MERGE", SHF_MERGE}, {"elf.Section.SHF_STRINGS", SHF_STRINGS},
        {"elf.Section.SHF_TLS", SHF_TLS},     {"elf.Section.SHF_EXECINSTR", SHF_EXECINSTR},
    };
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (!strcmp(name, flags[i].name))
            return flags[i].flag;
    return 0;
}

static int place_sections(struct job *job, const struct pol_entity *entity)
{
    uint64_t flag = flag_of(entity->name);
    for (size_t i = 0; flag && i < job->program.nsections; i++) {
        const struct tag_section *section = &job->program.sections[i];
        if ((section->flags & flag) &&
            claims_add(&job->claims, entity, section->address, section->size))
            return -1;
    }
    return 0;
}

/* ---- Points and symbols ---------------------------------------------------------------------- */

/* The first parcel of an instruction, the first granule of data. */
static int place_point(struct job *job, const struct pol_entity *entity, uint64_t address)
{
    bool code = program_is_code(&job->program, address);
    uint64_t length = code ? pol_isa_parcel(&job->tagger->isa) : 1;
    return claims_add(&job->claims, entity, address, length);
}

static const struct tag_symbol *better(const struct tag_symbol *best,
                                       const struct tag_symbol *symbol)
{
    if (!best || (best->local && !symbol->local))
        return symbol;
    if (best->local == symbol->local && !best->size && symbol->size)
        return symbol; /* an alias of the same address may have the size */
    return best;
}

/* The symbol of that name; a global one hides local ones.  NULL with *several false: none. */
static const struct tag_symbol *find_symbol(const struct job *job, const char *name, bool *several)
{
    const struct tag_symbol *best = NULL;
    *several = false;
    for (size_t i = 0; i < job->program.nsymbols; i++)
        if (!strcmp(job->program.symbols[i].name, name))
            best = better(best, &job->program.symbols[i]);
    for (size_t i = 0; best && i < job->program.nsymbols; i++) {
        const struct tag_symbol *other = &job->program.symbols[i];
        if (!strcmp(other->name, name) && other->local == best->local &&
            other->address != best->address)
            *several = true;
    }
    return best;
}

static int place_symbol(struct job *job, const struct pol_entity *entity,
                        const struct tag_entry *entry)
{
    bool several;
    const struct tag_symbol *symbol = find_symbol(job, entry->symbol, &several);
    if (!symbol && entry->optional)
        return 0;
    if (!symbol)
        return tag_fail(&job->err, "%s gives the entity `%s` the symbol %s, which %s lacks",
                        job->map.path, entity->name, entry->symbol, job->program.path);
    if (several)
        return tag_fail(&job->err, "entity `%s`: %s has several symbols %s", entity->name,
                        job->program.path, entry->symbol);
    if (entry->first_word)
        return place_point(job, entity, symbol->address);
    if (!symbol->size)
        return tag_fail(&job->err, "entity `%s`: the symbol %s of %s has no size", entity->name,
                        entry->symbol, job->program.path);
    return claims_add(&job->claims, entity, symbol->address, symbol->size);
}

/* ---- What the map says ----------------------------------------------------------------------- */

/* Places an entity as all its entries in the map say; *found if there is one. */
static int place_mapped(struct job *job, const struct pol_entity *entity, bool *found)
{
    *found = false;
    for (size_t i = 0; i < job->map.nentries; i++) {
        const struct tag_entry *entry = &job->map.entries[i];
        int status = 0;
        if (strcmp(entry->entity, entity->name))
            continue;
        *found = true;
        if (entry->kind == TAG_ENTRY_RANGE)
            status = claims_add(&job->claims, entity, entry->start, entry->size);
        else if (entry->kind == TAG_ENTRY_SYMBOL)
            status = place_symbol(job, entity, entry);
        if (status)
            return -1;
    }
    return 0;
}

static bool is_none(const struct job *job, const char *name)
{
    for (size_t i = 0; i < job->map.nentries; i++)
        if (job->map.entries[i].kind == TAG_ENTRY_NONE && !strcmp(job->map.entries[i].entity, name))
            return true;
    return false;
}

static int missing(const struct job *job, const struct pol_entity *entity)
{
    if (job->map.path)
        return tag_fail(&job->err,
                        "the policy requires the entity `%s`, which the entity map %s lacks",
                        entity->name, job->map.path);
    return tag_fail(&job->err, "the policy requires the entity `%s`; an entity map must place it",
                    entity->name);
}

/* ---- Derived entities ------------------------------------------------------------------------ */

static int place_derived(struct job *job, const struct pol_entity *entity, int kind, bool mapped)
{
    if (!job->derived && derive_points(&job->points, &job->program, &job->tagger->isa))
        return tag_no_memory(&job->err);
    job->derived = true;
    const struct tag_points *points = &job->points.kind[kind];
    bool by_tables = kind == TAG_PROLOGUE || kind == TAG_EPILOGUE;
    if (by_tables && !job->points.unwind && !mapped)
        return tag_fail(&job->err,
                        "the policy requires the entity `%s`, which unwind tables give, and %s has "
                        "none (an entity map may say that it is empty)",
                        entity->name, job->program.path);
    for (size_t i = 0; i < points->n; i++)
        if (place_point(job, entity, points->at[i]))
            return -1;
    return 0;
}

/* ---- All of memory --------------------------------------------------------------------------- */

static int place_entity(struct job *job, const struct pol_entity *entity)
{
    bool mapped;
    if (entity->kind < POL_ENTITY_SECTION)
        return 0; /* the machine's */
    if (!strcmp(entity->name, "default")) {
        job->image->default_set = pol_image_intern(job->image, entity->tags);
        return job->image->default_set == POL_NO_SET ? tag_no_memory(&job->err) : 0;
    }
    if (place_mapped(job, entity, &mapped))
        return -1;
    int kind = entity->kind == POL_ENTITY_DERIVED ? derived_kind(entity->name) : -1;
    if (kind >= 0 && !is_none(job, entity->name))
        return place_derived(job, entity, kind, mapped);
    if (entity->kind == POL_ENTITY_SECTION && flag_of(entity->name))
        return place_sections(job, entity);
    return mapped ? 0 : missing(job, entity);
}

/* Code is fetched by parcels. */
static int refine_pages(struct job *job)
{
    if (pol_isa_parcel(&job->tagger->isa) >= job->image->granule)
        return 0;
    for (size_t i = 0; i < job->program.nsections; i++) {
        const struct tag_section *section = &job->program.sections[i];
        if ((section->flags & SHF_EXECINSTR) &&
            pol_image_add_fine(job->image, section->address, section->size))
            return tag_fail(&job->err, "%s: the code section %s is too large", job->program.path,
                            section->name);
    }
    return 0;
}

/* The first byte of [start, start + size) that no range covers; false: all are covered. */
static bool first_hole(const struct pol_image *image, uint64_t start, uint64_t size, uint64_t *hole)
{
    uint64_t last = start + (size - 1);
    for (size_t i = 0; i < image->nranges; i++) {
        const struct pol_image_range *range = &image->ranges[i];
        uint64_t range_last = range->start + (range->length - 1);
        if (range_last < start)
            continue;
        if (range->start > start)
            break;
        if (range_last >= last)
            return false;
        start = range_last + 1;
    }
    *hole = start;
    return true;
}

static int check_sections(const struct job *job)
{
    uint64_t hole;
    for (size_t i = 0; i < job->program.nsections; i++) {
        const struct tag_section *s = &job->program.sections[i];
        if (first_hole(job->image, s->address, s->size, &hole))
            return tag_fail(&job->err,
                            "no entity of the policy covers section %s of %s at 0x%" PRIx64
                            " (the entity `default` would)",
                            s->name, job->program.path, hole);
    }
    return 0;
}

/* What is loaded must be tagged.  Bytes of a segment that belong to no section are padding, unless
 * the program has no sections at all. */
static int check_covered(const struct job *job)
{
    uint64_t hole;
    if (job->image->default_set != POL_NO_SET)
        return 0;
    if (job->program.nsections)
        return check_sections(job);
    for (size_t i = 0; i < job->program.nsegments; i++) {
        const struct tag_segment *s = &job->program.segments[i];
        if (first_hole(job->image, s->address, s->size, &hole))
            return tag_fail(&job->err,
                            "no entity of the policy covers the loaded segment of %s at 0x%" PRIx64
                            " (the entity `default` would)",
                            job->program.path, hole);
    }
    return 0;
}

static int make_image(struct job *job)
{
    const struct pol_tagger *tagger = job->tagger;
    job->image = pol_image_new(tagger->space, &tagger->isa, tagger->granule);
    if (!job->image)
        return tag_no_memory(&job->err);
    if (tagger->digest && strlen(tagger->digest) < sizeof job->image->digest)
        memcpy(job->image->digest, tagger->digest, strlen(tagger->digest) + 1);
    return tag_machine(tagger, job->image, &job->err);
}

static int tag_memory(struct job *job, const char *elf, const char *map)
{
    if (map_load(&job->map, map, &job->err) ||
        program_open(&job->program, elf, &job->tagger->isa, &job->err) || refine_pages(job))
        return -1;
    for (size_t i = 0; i < job->tagger->nentities; i++)
        if (place_entity(job, &job->tagger->entities[i]))
            return -1;
    return claims_unite(&job->claims) || check_covered(job) ? -1 : 0;
}

struct pol_image *pol_tag_program(const struct pol_tagger *tagger, const char *elf, const char *map,
                                  char *err, size_t errsize)
{
    struct job job = {.tagger = tagger, .err = {err, errsize}};
    job.program.fd = -1;
    int status = make_image(&job);
    job.claims = (struct tag_claims){.image = job.image, .err = &job.err};
    if (!status)
        status = tag_memory(&job, elf, map);
    if (status) {
        pol_image_free(job.image);
        job.image = NULL;
    }
    claims_free(&job.claims);
    points_free(&job.points);
    map_free(&job.map);
    program_close(&job.program);
    return job.image;
}

struct pol_image *pol_tag_machine(const struct pol_tagger *tagger, char *err, size_t errsize)
{
    struct job job = {.tagger = tagger, .err = {err, errsize}};
    int status = make_image(&job);
    if (!status && pol_image_unite(job.image, err, errsize))
        status = -1;
    if (status) {
        pol_image_free(job.image);
        job.image = NULL;
    }
    return job.image;
}
