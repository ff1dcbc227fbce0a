/* Views of a policy that do not depend on whether it came from a source or from a table. */
#include "compiler/cli/policy.h"

#include <stdlib.h>
#include <string.h>

/* ---- From the IR ----------------------------------------------------------------------------- */

static void debug_of_ir(struct cli_policy *p, const struct ir *ir)
{
    struct pol_debug_decider *deciders =
        ARENA_ARRAY(&p->arena, struct pol_debug_decider, ir->ndeciders + (size_t)1);
    for (uint32_t d = 0; d < ir->ndeciders; d++) {
        const struct ir_decider *from = &ir->deciders[d];
        struct pol_debug_rule *rules =
            ARENA_ARRAY(&p->arena, struct pol_debug_rule, from->nrules + (size_t)1);
        for (uint32_t r = 0; r < from->nrules; r++)
            rules[r] = (struct pol_debug_rule){.file = from->rules[r].file,
                                               .line = from->rules[r].line,
                                               .column = from->rules[r].column,
                                               .message = from->rules[r].message,
                                               .text = from->rules[r].text};
        deciders[d] = (struct pol_debug_decider){from->name, from->is_global, from->nrules, rules};
    }
    struct pol_debug_response *responses =
        ARENA_ARRAY(&p->arena, struct pol_debug_response, ir->nresponses + (size_t)1);
    for (uint32_t i = 0; i < ir->nresponses; i++)
        responses[i] = (struct pol_debug_response){ir->responses[i].name, ir->responses[i].action,
                                                   ir->responses[i].entity};
    p->debug = (struct pol_debug_info){.policy = ir->name,
                                       .digest = p->digest,
                                       .nresponses = ir->nresponses,
                                       .responses = responses,
                                       .ndeciders = ir->ndeciders,
                                       .deciders = deciders};
}

static void classes_of_ir(struct cli_policy *p, const struct ir *ir)
{
    p->nopclasses = ir->nopclasses;
    p->opclasses = ARENA_ARRAY(&p->arena, struct cli_opclass, ir->nopclasses + (size_t)1);
    for (uint32_t i = 0; i < ir->nopclasses; i++)
        p->opclasses[i] = (struct cli_opclass){ir->opclasses[i].name, ir->opclasses[i].sample,
                                               ir->opclasses[i].groups, ir->opclasses[i].ngroups};
    p->ngroups = ir->ngroups;
    p->groups = ARENA_ARRAY(&p->arena, struct cli_group, ir->ngroups + (size_t)1);
    for (uint32_t i = 0; i < ir->ngroups; i++) {
        p->groups[i].name = ir->groups[i].name;
        memcpy(p->groups[i].operand, ir->groups[i].operand_name, sizeof p->groups[i].operand);
    }
    p->ndecode = ir->ndecode;
    p->decode = ARENA_ARRAY(&p->arena, struct cli_decode, ir->ndecode + (size_t)1);
    for (uint32_t i = 0; i < ir->ndecode; i++)
        p->decode[i] =
            (struct cli_decode){ir->decode[i].mask, ir->decode[i].match, ir->decode[i].opclass};
}

static void tagger_of_ir(struct cli_policy *p, const struct ir *ir)
{
    struct pol_entity *entities =
        ARENA_ARRAY(&p->arena, struct pol_entity, ir->nentities + (size_t)1);
    uint32_t *domains = ARENA_ARRAY(&p->arena, uint32_t, ir->ndomains + (size_t)1);
    size_t ndomains = 0;
    for (uint32_t i = 0; i < ir->nentities; i++)
        entities[i] =
            (struct pol_entity){ir->entities[i].name, (enum pol_entity_kind)ir->entities[i].kind,
                                ir->entities[i].number, ir->entities[i].only, ir->entities[i].tags};
    for (uint32_t i = 0; i < ir->ndomains; i++)
        if (ir->domains[i].trap_env)
            domains[ndomains++] = i;
    p->tagger = (struct pol_tagger){.space = ir->space,
                                    .isa = ir->isa,
                                    .granule = ir->granule,
                                    .digest = p->digest,
                                    .nentities = ir->nentities,
                                    .entities = entities,
                                    .ntrap_domains = ndomains,
                                    .trap_domains = domains};
}
/* Both enums follow the same list. */
_Static_assert((int)POL_ENTITY_ENV == (int)IR_ENT_ENV && (int)POL_ENTITY_CSR == (int)IR_ENT_CSR &&
                   (int)POL_ENTITY_OTHER == (int)IR_ENT_OTHER,
               "kinds of entities");

/* ---- From a table ---------------------------------------------------------------------------- */

static void debug_of_table(struct cli_policy *p, const struct pol_table *t)
{
    struct pol_debug_decider *deciders =
        ARENA_ARRAY(&p->arena, struct pol_debug_decider, t->n_deciders + (size_t)1);
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        const struct pol_prt_decider *from = &t->deciders[d];
        struct pol_debug_rule *rules =
            ARENA_ARRAY(&p->arena, struct pol_debug_rule, from->nrules + (size_t)1);
        for (uint32_t r = 0; r < from->nrules; r++) {
            const struct pol_prt_rule *rule = &t->rules[from->first_rule + r];
            rules[r] = (struct pol_debug_rule){.file = t->strings + rule->file,
                                               .line = rule->line,
                                               .column = rule->column,
                                               .message = t->strings + rule->message,
                                               .text = t->strings + rule->text};
        }
        deciders[d] = (struct pol_debug_decider){t->strings + from->name, from->is_global != 0,
                                                 from->nrules, rules};
    }
    struct pol_debug_response *responses =
        ARENA_ARRAY(&p->arena, struct pol_debug_response, t->n_responses + (size_t)1);
    for (uint32_t i = 0; i < t->n_responses; i++)
        responses[i] = (struct pol_debug_response){t->strings + t->responses[i].name,
                                                   (enum pol_action)t->responses[i].action,
                                                   t->strings + t->responses[i].entity};
    p->debug = (struct pol_debug_info){.policy = t->strings + t->meta->name,
                                       .digest = p->digest,
                                       .nresponses = t->n_responses,
                                       .responses = responses,
                                       .ndeciders = t->n_deciders,
                                       .deciders = deciders};
}

static void classes_of_table(struct cli_policy *p, const struct pol_table *t)
{
    p->nopclasses = t->n_opclasses;
    p->opclasses = ARENA_ARRAY(&p->arena, struct cli_opclass, t->n_opclasses + (size_t)1);
    for (uint32_t i = 0; i < t->n_opclasses; i++)
        p->opclasses[i] = (struct cli_opclass){
            t->strings + t->opclasses[i].name, t->opclasses[i].sample,
            t->class_groups + t->opclasses[i].first_group, t->opclasses[i].ngroups};
    p->ngroups = t->n_groups;
    p->groups = ARENA_ARRAY(&p->arena, struct cli_group, t->n_groups + (size_t)1);
    for (uint32_t i = 0; i < t->n_groups; i++) {
        p->groups[i].name = t->strings + t->groups[i].name;
        for (int op = 0; op < POL_OPERANDS; op++) {
            uint32_t name = t->groups[i].operand_name[op];
            p->groups[i].operand[op] = name ? t->strings + name : NULL;
        }
    }
    p->ndecode = t->n_decode;
    p->decode = ARENA_ARRAY(&p->arena, struct cli_decode, t->n_decode + (size_t)1);
    for (uint32_t i = 0; i < t->n_decode; i++)
        p->decode[i] =
            (struct cli_decode){t->decode[i].mask, t->decode[i].match, t->decode[i].opclass};
}

/* ---- Loading --------------------------------------------------------------------------------- */

static void hex(const uint8_t bytes[32], char text[65])
{
    for (int i = 0; i < 32; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static bool obeys_isa(const struct cli_args *args, const char *theirs, const char *path)
{
    char err[256];
    struct pol_isa table, asked;
    const char *isa = cli_value(args, OPT_ISA);
    if (!isa || pol_isa_parse(theirs, &table, err, sizeof err))
        return true; /* a bad target is told of when it is used */
    if (pol_isa_parse(isa, &asked, err, sizeof err)) {
        cli_error("--isa: %s", err);
        return false;
    }
    if (asked.xlen == table.xlen && asked.exts == table.exts)
        return true;
    cli_error("--isa=%s: the rule table %s is for %s", isa, path, theirs);
    return false;
}

/* The table has the name only; that the target is the same, the digest says. */
static bool obeys_target(const struct cli_args *args, const struct pol_table *table,
                         const char *path)
{
    char err[1024];
    struct target target;
    const char *given = cli_value(args, OPT_TARGET), *theirs = table->strings + table->meta->target;
    if (!given)
        return true;
    if (target_load(given, &target, err, sizeof err)) {
        cli_error("--target: %s", err);
        return false;
    }
    if (cli_is(theirs, target.name))
        return true;
    if (*theirs)
        cli_error("--target=%s: the rule table %s was made for the target %s", given, path, theirs);
    else
        cli_error("--target=%s: the rule table %s was made for no target", given, path);
    return false;
}

bool cli_table_obeys(const struct cli_args *args, const struct pol_table *table, const char *path)
{
    const char *granule = cli_value(args, OPT_GRANULE);
    const char *loaded = cli_value(args, OPT_LOADED_CODE);
    if (!obeys_isa(args, table->strings + table->meta->isa, path))
        return false;
    if (granule && (uint32_t)(granule[0] - '0') != table->meta->granule) {
        cli_error("--granule=%s: the rule table %s has granules of %u bytes", granule, path,
                  (unsigned)table->meta->granule);
        return false;
    }
    if (loaded && cli_is(loaded, "on") != (table->meta->loaded_code != 0)) {
        cli_error("--loaded-code=%s: the rule table %s was made with it %s", loaded, path,
                  table->meta->loaded_code ? "on" : "off");
        return false;
    }
    return obeys_target(args, table, path);
}

/* Options that only a source can obey; the table was made without asking. */
static bool for_sources_only(const struct cli_args *args, const char *path)
{
    static const struct {
        enum cli_option id;
        const char *name;
    } options[] = {{OPT_TARGET, "target"}, {OPT_LAYOUT, "layout"},     {OPT_LANES, "lanes"},
                   {OPT_FUSE, "fuse"},     {OPT_UNIVERSE, "universe"}, {OPT_POLICY, "policy"},
                   {OPT_PARAM, "param"},   {OPT_RELATION, "relation"}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (cli_has(args, options[i].id)) {
            cli_error("--%s is for policies; %s is a rule table already", options[i].name, path);
            return false;
        }
    return true;
}

bool cli_is_table(const char *path)
{
    char start[sizeof POL_PRT_MAGIC] = "";
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(start, 1, sizeof start - 1, f) : 0;
    if (f)
        fclose(f);
    return n == sizeof start - 1 && memcmp(start, POL_PRT_MAGIC, n) == 0;
}

static enum cli_status load_table(struct cli_policy *p, const struct cli_args *args,
                                  const char *path)
{
    char err[512];
    if (!for_sources_only(args, path))
        return CLI_BAD;
    p->own_table = pol_table_load(path, err, sizeof err);
    if (!p->own_table) {
        cli_error("%s", err);
        return CLI_BAD;
    }
    if (!cli_table_obeys(args, p->own_table, path))
        return CLI_BAD;
    p->table = p->own_table;
    p->own_space = pol_table_space(p->table);
    if (!p->own_space)
        pol_fatal_oom();
    p->space = p->own_space;
    const char *isa = p->table->strings + p->table->meta->isa;
    if (pol_isa_parse(isa, &p->isa, err, sizeof err)) {
        cli_error("%s: the target of the table: %s", path, err);
        return CLI_BAD;
    }
    p->granule = p->table->meta->granule;
    p->loaded_code = p->table->meta->loaded_code != 0;
    hex(p->table->digest, p->digest);
    debug_of_table(p, p->table);
    classes_of_table(p, p->table);
    if (pol_tagger_of_table(&p->tagger, p->table, p->space) == 0)
        return CLI_OK;
    cli_error("%s: the entities of the table are not valid", path);
    return CLI_BAD;
}

static enum cli_status load_source(struct cli_policy *p, const struct cli_args *args,
                                   const char *path, enum compile_stage last)
{
    struct compile_options options;
    if (!cli_source_options(&p->source, args, &options))
        return CLI_BAD;
    options.last = last;
    options.library = args->command == CMD_TEST;
    options.claims = args->command == CMD_COMPILE;
    enum cli_status status = cli_source_compile(&p->source, args, path, &options);
    if (status)
        return status;
    p->compiled = p->source.compiled;
    const struct ir *ir = p->compiled->ir;
    if (!ir)
        return CLI_OK; /* a library module */
    p->table = p->compiled->table;
    p->space = ir->space;
    p->isa = ir->isa;
    p->granule = ir->granule;
    p->loaded_code = p->compiled->loaded_code;
    hex(p->table ? p->table->digest : ir->digest, p->digest);
    debug_of_ir(p, ir);
    classes_of_ir(p, ir);
    tagger_of_ir(p, ir);
    return CLI_OK;
}

enum cli_status cli_policy_load(struct cli_policy *p, const struct cli_args *args, const char *path,
                                enum compile_stage last)
{
    memset(p, 0, sizeof *p);
    arena_init(&p->arena);
    cli_source_init(&p->source);
    return cli_is_table(path) ? load_table(p, args, path) : load_source(p, args, path, last);
}

void cli_policy_free(struct cli_policy *p)
{
    if (p->own_table)
        pol_tagger_release(&p->tagger);
    pol_table_free(p->own_table);
    if (p->own_space)
        pol_space_free(p->own_space);
    cli_source_free(&p->source);
    arena_free(&p->arena);
}

uint32_t cli_decode_word(const struct cli_policy *p, uint32_t word)
{
    for (uint32_t i = 0; i < p->ndecode; i++)
        if ((word & p->decode[i].mask) == p->decode[i].match)
            return p->decode[i].opclass;
    return 0;
}
