/* What the tagger needs of a rule table. */
#include <pol/tagger.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *digest_text(const uint8_t digest[32])
{
    char *text = malloc(65);
    for (int i = 0; text && i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

static size_t trap_domains(const struct pol_table *table, uint32_t *domains)
{
    size_t n = 0;
    for (uint32_t i = 0; i < table->n_domains; i++)
        if (table->domains[i].trap_env)
            domains[n++] = i;
    return n;
}

/* The loader leaves the contents of literals to those who use them. */
static bool has_literals(const struct pol_table *table, const struct pol_space *space)
{
    for (uint32_t i = 0; i < table->n_entities; i++)
        if (table->entities[i].literal > table->n_literals ||
            space->words > table->n_literals - table->entities[i].literal)
            return false;
    return true;
}

int pol_tagger_of_table(struct pol_tagger *tagger, const struct pol_table *table,
                        const struct pol_space *space)
{
    struct pol_entity *entities = calloc(table->n_entities + (size_t)1, sizeof *entities);
    uint32_t *domains = calloc(table->n_domains + (size_t)1, sizeof *domains);
    char err[128];
    memset(tagger, 0, sizeof *tagger);
    tagger->space = space;
    tagger->granule = table->meta->granule;
    tagger->digest = digest_text(table->digest);
    tagger->entities = entities;
    tagger->trap_domains = domains;
    if (!entities || !domains || !tagger->digest || !has_literals(table, space) ||
        pol_isa_parse(table->strings + table->meta->isa, &tagger->isa, err, sizeof err)) {
        pol_tagger_release(tagger);
        return -1;
    }
    for (uint32_t i = 0; i < table->n_entities; i++) {
        const struct pol_prt_entity *e = &table->entities[i];
        entities[i] = (struct pol_entity){table->strings + e->name, (enum pol_entity_kind)e->kind,
                                          (int)(int32_t)e->number, e->only != 0,
                                          table->literals + e->literal};
    }
    tagger->nentities = table->n_entities;
    tagger->ntrap_domains = trap_domains(table, domains);
    return 0;
}

void pol_tagger_release(struct pol_tagger *tagger)
{
    free((void *)(uintptr_t)tagger->entities);
    free((void *)(uintptr_t)tagger->trap_domains);
    free((void *)(uintptr_t)tagger->digest);
    memset(tagger, 0, sizeof *tagger);
}
