/* Entities: what `init` names and the tags that it gives. */
#include <ctype.h>
#include <string.h>
#include "compiler/sema/internal.h"

#define REG_PREFIX "ISA.RISCV.Reg."
#define CSR_PREFIX "ISA.RISCV.CSR."

struct entities {
    struct sema *s;
    VEC_OF(struct model_entity) list;
    struct sema_map by_name;   /* interned name -> index */
    struct sema_map by_number; /* (kind, number) -> index, for what the ISA names */
    struct lang_span *given;   /* by tag id: where the current entity got it */
};

/* --- kinds --------------------------------------------------------------------------------- */

#define SHORT_NAME 32

/* Register and CSR names are found in any case. */
static const char *lower(const char *text, char out[SHORT_NAME])
{
    size_t n = 0;
    for (; text[n] && n + 1 < SHORT_NAME; n++)
        out[n] = (char)tolower((unsigned char)text[n]);
    out[n] = '\0';
    return text[n] ? "" : out;
}

static bool register_of(const char *text, struct model_entity *e)
{
    char buf[SHORT_NAME];
    enum pol_file file = POL_FILE_NONE;
    const char *name = lower(text, buf);
    if (str_eq(text, "Default")) {
        e->kind = MODEL_ENT_REG_DEFAULT;
        return true;
    }
    if (str_eq(text, "Env")) {
        e->kind = MODEL_ENT_ENV;
        return true;
    }
    if (str_eq(name, "rzero"))
        name = "zero";
    e->number = pol_reg_find(name, &file);
    e->kind = file == POL_FILE_FP ? MODEL_ENT_FP_REG : MODEL_ENT_INT_REG;
    return e->number >= 0;
}

static bool csr_of(const char *text, struct model_entity *e)
{
    char buf[SHORT_NAME];
    e->kind = MODEL_ENT_CSR;
    if (str_eq(text, "Default"))
        return true;
    e->number = pol_csr_find(lower(text, buf));
    return e->number >= 0;
}

/* False: an ISA entity that does not exist. */
static bool classify(const char *name, struct model_entity *e)
{
    e->kind = MODEL_ENT_OTHER;
    e->number = -1;
    if (str_starts(name, "elf.Section."))
        e->kind = MODEL_ENT_SECTION;
    else if (str_starts(name, "SOC."))
        e->kind = MODEL_ENT_RANGE;
    else if (str_starts(name, "llvm.") || str_starts(name, "derived."))
        e->kind = MODEL_ENT_DERIVED;
    else if (str_eq(name, "ISA.RISCV.Env"))
        e->kind = MODEL_ENT_ENV;
    else if (str_eq(name, "ISA.RISCV.Trap.Env"))
        e->kind = MODEL_ENT_TRAP_ENV;
    else if (str_starts(name, REG_PREFIX))
        return register_of(name + strlen(REG_PREFIX), e);
    else if (str_starts(name, CSR_PREFIX))
        return csr_of(name + strlen(CSR_PREFIX), e);
    else
        return !str_starts(name, "ISA.");
    return true;
}

static const char *nearest_entity(struct sema *s, const char *name)
{
    struct str_near near;
    str_near_init(&near, name);
    str_near_offer(&near, "ISA.RISCV.Env");
    str_near_offer(&near, "ISA.RISCV.Trap.Env");
    str_near_offer(&near, REG_PREFIX "Default");
    str_near_offer(&near, REG_PREFIX "Env");
    str_near_offer(&near, CSR_PREFIX "Default");
    for (unsigned i = 0; i < 64; i++)
        str_near_offer(&near, arena_printf(&s->tmp, REG_PREFIX "%s",
                                           pol_reg_name(i < 32 ? POL_FILE_INT : POL_FILE_FP, i,
                                                        POL_REGS_NUMERIC)));
    for (unsigned i = 0; i < 4096; i++)
        if (pol_csr_name(i))
            str_near_offer(&near, arena_printf(&s->tmp, CSR_PREFIX "%s", pol_csr_name(i)));
    return near.best;
}

static void report_unknown(struct sema *s, uint32_t module, const struct ast_name *name)
{
    struct diag *d = diag_report(s->sink, sema_strict(s, module), DIAG_UNKNOWN_ENTITY, name->span,
                                 "the ISA has no entity `%s`", name->text);
    const char *best = diag_limit_reached(s->sink) ? NULL : nearest_entity(s, name->text);
    if (best)
        diag_hint(d, "did you mean `%s`?", best);
}

/* --- uniting ------------------------------------------------------------------------------- */

static bool of_isa(const struct model_entity *e)
{
    return e->kind <= MODEL_ENT_CSR;
}

static struct model_entity *entity_of(struct entities *all, uint32_t module,
                                      const struct ast_name *name)
{
    struct sema *s = all->s;
    uint32_t index = sema_map_get(&all->by_name, name->id.v);
    if (index != SEMA_NONE)
        return &all->list.items[index];
    struct model_entity e = {.name = sema_text(s, name->text), .loc = sema_loc(s, name->span)};
    if (!classify(name->text, &e)) {
        e.kind = MODEL_ENT_OTHER;
        e.number = -1;
        report_unknown(s, module, name);
    }
    uint64_t key = (uint64_t)e.kind << 32 | (uint32_t)(e.number + 1);
    index = of_isa(&e) ? sema_map_get(&all->by_number, key) : SEMA_NONE;
    if (index == SEMA_NONE) {
        index = (uint32_t)all->list.count;
        e.tags = ARENA_ARRAY(s->out, uint32_t, s->model->space->words);
        VEC_PUSH(s->out, &all->list, e);
        if (of_isa(&e))
            sema_map_put(&s->tmp, &all->by_number, key, index);
    }
    sema_map_put(&s->tmp, &all->by_name, name->id.v, index);
    return &all->list.items[index];
}

/* --- tags ---------------------------------------------------------------------------------- */

struct constants {
    bool ok;
    uint64_t values[POL_MAX_ARGS];
};

static void check_count(struct sema *s, uint32_t module, const struct ast_tag *ast,
                        const struct sema_tag *t, struct constants *c)
{
    size_t n = ast->args.count;
    bool missing = n < t->nargs;
    if (n == t->nargs)
        return;
    struct diag *d = diag_report(s->sink, missing ? sema_strict(s, module) : DIAG_ERROR,
                                 missing ? DIAG_MISSING_ARGUMENT : DIAG_WRONG_ARITY, ast->span,
                                 "tag `%s` has %u argument%s, not %zu", ast->name.text, t->nargs,
                                 t->nargs == 1 ? "" : "s", n);
    diag_label(d, t->decl->span, "declared here");
    c->ok &= missing;
}

static struct constants constants_of(struct sema *s, uint32_t module, const struct ast_tag *ast,
                                     uint32_t tag)
{
    const struct sema_tag *t = &s->tags[tag];
    struct constants c = {.ok = true};
    check_count(s, module, ast, t, &c);
    for (uint32_t i = 0; i < t->nargs && i < ast->args.count; i++)
        c.ok &=
            sema_constant(s, module, ast->args.items[i], t->arg_types[i], "`init`", &c.values[i]);
    return c;
}

/* True: the entity had it with other arguments. */
static bool put(const struct sema *s, struct model_entity *e, uint32_t id,
                const struct constants *c)
{
    const struct pol_tag_info *info = &s->model->space->tags[id];
    bool had = pol_lit_has(e->tags, id), differs = false;
    pol_lit_set(e->tags, id);
    for (uint32_t i = 0; i < info->nargs; i++) {
        if (info->args[i].is_set)
            continue;
        uint32_t *word = &e->tags[info->args[i].offset];
        differs |= had && *word != (uint32_t)c->values[i];
        *word = (uint32_t)c->values[i];
    }
    return differs;
}

static void add_tag(struct entities *all, uint32_t module, const struct ast_init *init,
                    const struct ast_tag *ast, struct model_entity *e)
{
    struct sema *s = all->s;
    uint32_t tag = sema_find(s, SEMA_TAG, module, &ast->name);
    if (!sema_found(tag))
        return;
    struct constants c = constants_of(s, module, ast, tag);
    uint32_t id = s->tags[tag].id;
    if (!c.ok || id == SEMA_NONE || !e)
        return;
    if (put(s, e, id, &c)) {
        struct diag *d = diag_error(s->sink, DIAG_INIT_CONFLICT, ast->span,
                                    "`%s` gets tag `%s` with different arguments",
                                    init->entity.text, ast->name.text);
        diag_label(d, e->loc.span, "first named here");
    }
}

/* The components of a module that names ISA.RISCV.Trap.Env, whatever tags it gives, even none. */
static void opt_in_to_traps(struct sema *s, uint32_t module)
{
    for (uint32_t i = 0; i < s->model->ndeciders; i++)
        if (s->deciders.items[i].module == module)
            s->model->deciders[i].trap_env = true;
}

static void add_init(struct entities *all, uint32_t module, const struct ast_init *init)
{
    struct model_entity *e = entity_of(all, module, &init->entity);
    e->only |= init->only;
    if (e->kind == MODEL_ENT_TRAP_ENV)
        opt_in_to_traps(all->s, module);
    for (size_t i = 0; i < init->tags.count; i++)
        add_tag(all, module, init, init->tags.items[i], e);
}

void sema_entities(struct sema *s)
{
    struct entities all = {.s = s};
    for (uint32_t m = 0; m < s->modules.count; m++) {
        const struct ast_init_list *inits = &s->modules.items[m].ast->inits;
        for (size_t i = 0; i < inits->count; i++)
            add_init(&all, m, inits->items[i]);
    }
    s->model->entities = all.list.items;
    s->model->nentities = (uint32_t)all.list.count;
}
