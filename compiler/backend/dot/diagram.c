/* Decision diagrams of a table: whatever the layout, from its lookups to reduced diagrams. */
#include <inttypes.h>
#include <string.h>

#include "compiler/backend/dot/emit.h"
#include "lang/support/intern.h"
#include "lang/support/str.h"

/* A lookup with what follows each input that can occur, or a last one with its action. */
struct step {
    uint32_t level; /* LEVELS, POL_NONE: the last */
    uint32_t action;
    uint32_t n;
    const uint32_t *inputs, *targets; /* steps */
};

/* The diagram of one program for one decider. */
struct diagram {
    const struct pol_table *t;
    struct arena arena;
    const struct pol_prt_program *p;
    uint32_t decider;
    VEC_OF(struct step) steps; /* what follows a step comes before it */
    struct interner *keys;
    VEC_OF(uint32_t) by_key;
};

static uint32_t *find_key(struct diagram *d, const char *key)
{
    struct intern_id id = intern_str(d->keys, key);
    while (d->by_key.count <= id.v)
        VEC_PUSH(&d->arena, &d->by_key, POL_NONE);
    return &d->by_key.items[id.v];
}

/* The action as people see it: equal rules are one. */
static uint32_t last_step(struct diagram *d, uint32_t state)
{
    const struct pol_table *t = d->t;
    uint32_t action =
        d->p->first_tuple == POL_NONE
            ? d->p->first_action + state
            : t->tuples[d->p->first_tuple + (size_t)state * t->n_deciders + d->decider];
    const struct pol_prt_action *a = &t->actions[action];
    uint32_t *known =
        find_key(d, arena_printf(&d->arena, "last %" PRIu32 " %" PRIu32, a->rule, a->verdict));
    if (*known == POL_NONE) {
        struct step step = {.level = POL_NONE, .action = action};
        VEC_PUSH(&d->arena, &d->steps, step);
        *known = (uint32_t)d->steps.count - 1;
    }
    return *known;
}

/* A step that looks; one that does not matter is what follows it, and equal ones are one. */
static uint32_t look_step(struct diagram *d, struct step step)
{
    struct str_buf key;
    bool same = true;
    str_init(&key);
    str_printf(&key, "look %" PRIu32, step.level);
    for (uint32_t i = 0; i < step.n; i++) {
        same = same && step.targets[i] == step.targets[0];
        str_printf(&key, " %" PRIu32, step.targets[i]);
    }
    uint32_t found = step.n ? step.targets[0] : POL_NONE;
    if (!same) {
        uint32_t *known = find_key(d, str_text(&key));
        if (*known == POL_NONE) {
            VEC_PUSH(&d->arena, &d->steps, step);
            *known = (uint32_t)d->steps.count - 1;
        }
        found = *known;
    }
    str_free(&key);
    return found;
}

/* Where a walk stands: a state or a sum, or the ternary entries that can still match. */
struct stand {
    uint32_t level; /* within the program */
    uint32_t state;
    const uint32_t *entries;
    uint32_t nentries;
};

static uint32_t walk(struct diagram *d, const struct stand *at);

static struct stand chain_next(const struct diagram *d, const struct stand *at, uint32_t input)
{
    const struct pol_prt_program *p = d->p;
    const struct pol_prt_level *l = &d->t->levels[p->first_level + at->level];
    struct stand next = {.level = at->level + 1};
    if (at->level >= p->nmap)
        next.state = d->t->cells[l->base + (size_t)at->state * l->width + input];
    else if (at->level + 1 < p->nmap)
        next.state = at->state + input;
    else
        next.state = d->t->cells[p->dense_base + at->state + input];
    return next;
}

static struct stand ternary_next(struct diagram *d, const struct stand *at, uint32_t input)
{
    const struct pol_prt_level *l = &d->t->levels[d->p->first_level + at->level];
    uint32_t *left = ARENA_ARRAY(&d->arena, uint32_t, (size_t)at->nentries + 1), n = 0;
    uint32_t bits = 0;
    while (bits < 32 && (l->width - 1) >> bits)
        bits++;
    uint64_t field = (((uint64_t)1 << bits) - 1) << l->base, key = (uint64_t)input << l->base;
    for (uint32_t i = 0; i < at->nentries; i++) {
        const struct pol_prt_ternary *e = &d->t->ternary[at->entries[i]];
        uint64_t mask = (uint64_t)e->mask[0] | (uint64_t)e->mask[1] << 32;
        uint64_t value = (uint64_t)e->value[0] | (uint64_t)e->value[1] << 32;
        if ((key & mask & field) == (value & field))
            left[n++] = at->entries[i];
    }
    return (struct stand){at->level + 1, 0, left, n};
}

static const char *stand_key(struct diagram *d, const struct stand *at)
{
    struct str_buf key;
    str_init(&key);
    str_printf(&key, "at %" PRIu32 " %" PRIu32, at->level, at->state);
    for (uint32_t i = 0; i < at->nentries; i++)
        str_printf(&key, " %" PRIu32, at->entries[i]);
    char *text = arena_strdup(&d->arena, str_text(&key));
    str_free(&key);
    return text;
}

static uint32_t walk_end(struct diagram *d, const struct stand *at)
{
    if (d->p->layout != POL_LAYOUT_TCAM)
        return last_step(d, at->state);
    return last_step(d, at->nentries ? d->t->ternary[at->entries[at->nentries - 1]].state
                                     : d->p->start);
}

static uint32_t walk(struct diagram *d, const struct stand *at)
{
    if (at->level == d->p->nlevels)
        return walk_end(d, at);
    const char *key = stand_key(d, at);
    uint32_t known = *find_key(d, key);
    if (known != POL_NONE)
        return known;
    uint32_t index = d->p->first_level + at->level, *inputs;
    struct step step = {.level = index, .action = POL_NONE};
    step.n = label_possible(d->t, &d->t->levels[index], &d->arena, &inputs);
    uint32_t *targets = ARENA_ARRAY(&d->arena, uint32_t, (size_t)step.n + 1);
    for (uint32_t i = 0; i < step.n; i++) {
        struct stand next = d->p->layout == POL_LAYOUT_TCAM ? ternary_next(d, at, inputs[i])
                                                            : chain_next(d, at, inputs[i]);
        targets[i] = walk(d, &next);
    }
    step.inputs = inputs;
    step.targets = targets;
    uint32_t made = look_step(d, step);
    *find_key(d, key) = made;
    return made;
}

static uint32_t walk_all(struct diagram *d)
{
    struct stand start = {.state = d->p->nmap ? 0 : d->p->start};
    if (d->p->layout == POL_LAYOUT_TCAM) {
        uint32_t *all = ARENA_ARRAY(&d->arena, uint32_t, (size_t)d->p->dense_size + 1);
        for (uint32_t i = 0; i < d->p->dense_size; i++)
            all[i] = d->p->dense_base + i;
        start.entries = all;
        start.nentries = d->p->dense_size;
    }
    return walk(d, &start);
}

/* ---- Programs that are drawn --------------------------------------------------------------- */

enum { NAMES_SHOWN = 8 };

static const char *text_at(const struct pol_table *t, uint32_t offset)
{
    return t->strings + offset;
}

static bool wanted_opclass(const struct pol_table *t, uint32_t opclass, const char *of)
{
    const struct pol_prt_opclass *c = &t->opclasses[opclass];
    if (!of || strcmp(text_at(t, c->name), of) == 0 || strcmp(text_at(t, c->insn_name), of) == 0)
        return true;
    for (uint32_t i = 0; i < c->ngroups; i++)
        if (graph_is_name(text_at(t, t->groups[t->class_groups[c->first_group + i]].name), of))
            return true;
    return false;
}

static uint32_t program_of(const struct pol_table *t, uint32_t decider, uint32_t opclass)
{
    return t->remap[(size_t)decider * t->n_opclasses + opclass];
}

/* "rwx.rwxPol\nlw, lh, 7 more" of the opclasses that run the program. */
static const char *start_label(struct arena *arena, const struct pol_table *t, uint32_t decider,
                               uint32_t program, const char *of)
{
    struct str_buf text;
    uint32_t shown = 0, more = 0;
    str_init(&text);
    str_printf(&text, "%s\n", text_at(t, t->deciders[decider].name));
    for (uint32_t c = 1; c < t->n_opclasses; c++) {
        if (program_of(t, decider, c) != program || !wanted_opclass(t, c, of))
            continue;
        if (shown == NAMES_SHOWN) {
            more++;
            continue;
        }
        str_printf(&text, "%s%s", shown ? (shown % 4 ? ", " : ",\n") : "",
                   text_at(t, t->opclasses[c].name));
        shown++;
    }
    if (more)
        str_printf(&text, ",\n%" PRIu32 " more", more);
    char *label = arena_strdup(arena, str_text(&text));
    str_free(&text);
    return label;
}

/* "rwx.pol:31:9\nfail "write violation"" */
static uint32_t rule_node(struct graph *g, const struct diagram *d, uint32_t action)
{
    const struct pol_table *t = d->t;
    const struct pol_prt_action *a = &t->actions[action];
    if (a->rule == POL_NO_RULE)
        return graph_node(g, GRAPH_FAIL, "no rule");
    const struct pol_prt_rule *rule = &t->rules[t->deciders[d->decider].first_rule + a->rule];
    const char *place = arena_printf(&g->arena, "%s:%" PRIu32 ":%" PRIu32, text_at(t, rule->file),
                                     rule->line, rule->column);
    if (rule->allow)
        return graph_node(g, GRAPH_ALLOW, arena_printf(&g->arena, "%s\nallow", place));
    return graph_node(g, GRAPH_FAIL,
                      arena_printf(&g->arena, "%s\nfail \"%s\"", place, text_at(t, rule->message)));
}

static uint32_t step_node(struct graph *g, const struct diagram *d, uint32_t index)
{
    const struct step *s = &d->steps.items[index];
    if (s->level == POL_NONE)
        return rule_node(g, d, s->action);
    return graph_node(g, GRAPH_LOOKUP, label_level(&g->arena, d->t, &d->t->levels[s->level]));
}

/* Steps that the root leads to; what follows a step has a smaller number. */
static bool *reached(struct diagram *d, uint32_t root)
{
    bool *seen = ARENA_ARRAY(&d->arena, bool, d->steps.count + 1);
    seen[root] = true;
    for (uint32_t i = root + 1; i-- > 0;)
        for (uint32_t k = 0; seen[i] && k < d->steps.items[i].n; k++)
            seen[d->steps.items[i].targets[k]] = true;
    return seen;
}

/* The edges of a step: one for each step that follows. */
static void draw_edges(struct graph *g, struct diagram *d, uint32_t index, const uint32_t *nodes)
{
    const struct step *s = &d->steps.items[index];
    const struct pol_prt_level *l = &d->t->levels[s->level];
    uint32_t *inputs = ARENA_ARRAY(&d->arena, uint32_t, (size_t)s->n + 1);
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t n = 0;
        bool first = true;
        for (uint32_t k = 0; k < s->n; k++) {
            if (s->targets[k] != s->targets[i])
                continue;
            first = first && k >= i;
            inputs[n++] = s->inputs[k];
        }
        if (first)
            graph_edge(g, nodes[index], nodes[s->targets[i]],
                       label_inputs(&g->arena, d->t, l, inputs, n));
    }
}

static void draw(struct graph *g, struct diagram *d, uint32_t root, const char *start)
{
    bool *seen = reached(d, root);
    uint32_t *nodes = ARENA_ARRAY(&d->arena, uint32_t, d->steps.count + 1);
    uint32_t from = graph_node(g, GRAPH_START, start);
    for (uint32_t i = root + 1; i-- > 0;)
        if (seen[i])
            nodes[i] = step_node(g, d, i);
    graph_edge(g, from, nodes[root], "");
    for (uint32_t i = root + 1; i-- > 0;)
        if (seen[i] && d->steps.items[i].level != POL_NONE)
            draw_edges(g, d, i, nodes);
}

static uint64_t add_paths(uint64_t a, uint64_t b)
{
    return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/* One edge for all paths to a rule.  `rules` has the nodes by rule of the decider, last: no rule.
 */
static void draw_folded(struct graph *g, struct diagram *d, uint32_t root, const char *start,
                        uint32_t *rules)
{
    uint64_t *paths = ARENA_ARRAY(&d->arena, uint64_t, d->steps.count + 1);
    uint32_t from = graph_node(g, GRAPH_START, start), none = d->t->deciders[d->decider].nrules;
    paths[root] = 1;
    for (uint32_t i = root + 1; i-- > 0;)
        for (uint32_t k = 0; paths[i] && k < d->steps.items[i].n; k++) {
            uint64_t *to = &paths[d->steps.items[i].targets[k]];
            *to = add_paths(*to, paths[i]);
        }
    for (uint32_t i = 0; i <= root; i++) {
        const struct step *s = &d->steps.items[i];
        if (!paths[i] || s->level != POL_NONE)
            continue;
        uint32_t rule = d->t->actions[s->action].rule;
        uint32_t *node = &rules[rule == POL_NO_RULE ? none : rule];
        if (*node == POL_NONE)
            *node = rule_node(g, d, s->action);
        graph_edge(
            g, from, *node,
            arena_printf(&g->arena, "%" PRIu64 " path%s", paths[i], paths[i] == 1 ? "" : "s"));
    }
}

/* ---- All ----------------------------------------------------------------------------------- */

struct drawing {
    const struct pol_table *t;
    const struct graph_options *options;
    struct graph *g;
    bool folded;
    uint32_t *rules;
};

static void draw_program(struct drawing *w, uint32_t decider, uint32_t program)
{
    struct diagram d = {.t = w->t, .p = &w->t->programs[program], .decider = decider};
    arena_init(&d.arena);
    d.keys = intern_new();
    uint32_t root = walk_all(&d);
    const char *start = start_label(&w->g->arena, w->t, decider, program, w->options->of);
    if (root == POL_NONE)
        graph_node(w->g, GRAPH_START, start);
    else if (w->folded)
        draw_folded(w->g, &d, root, start, w->rules);
    else
        draw(w->g, &d, root, start);
    intern_free(d.keys);
    arena_free(&d.arena);
}

/* Whether the opclass is the first that is wanted and runs the program. */
static bool is_first(const struct drawing *w, uint32_t decider, uint32_t opclass)
{
    for (uint32_t c = 1; c < opclass; c++)
        if (program_of(w->t, decider, c) == program_of(w->t, decider, opclass) &&
            wanted_opclass(w->t, c, w->options->of))
            return false;
    return true;
}

static bool wanted_decider(const struct drawing *w, uint32_t d)
{
    const char *name = text_at(w->t, w->t->deciders[d].name);
    return !w->options->component || graph_is_name(name, w->options->component);
}

static struct graph *draw_all(const struct pol_table *t, const struct graph_options *options,
                              bool folded)
{
    struct drawing w = {t, options, graph_new(text_at(t, t->meta->name)), folded, NULL};
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        uint32_t nrules = t->deciders[d].nrules;
        w.rules = ARENA_ARRAY(&w.g->arena, uint32_t, (size_t)nrules + 1);
        for (uint32_t r = 0; r <= nrules; r++)
            w.rules[r] = POL_NONE;
        for (uint32_t c = 1; wanted_decider(&w, d) && c < t->n_opclasses; c++)
            if (wanted_opclass(t, c, options->of) && is_first(&w, d, c))
                draw_program(&w, d, program_of(t, d, c));
    }
    return w.g;
}

struct graph *graph_diagram(const struct pol_table *table, const struct graph_options *options,
                            char *err, size_t errsize)
{
    struct graph *g = draw_all(table, options, options->fold == GRAPH_FOLD_ALWAYS);
    if (g->nodes.count == 0) {
        graph_free(g);
        snprintf(err, errsize, "no instruction and policy of that name");
        return NULL;
    }
    if (options->fold != GRAPH_FOLD_AUTO || g->nodes.count <= GRAPH_FOLD_NODES)
        return g;
    graph_free(g);
    return draw_all(table, options, true);
}
