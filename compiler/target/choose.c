/* Candidates, one after the other; only the best so far is kept. */
#include "compiler/target/choose.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/backend/prt/prt.h"

/* ---- Candidates -------------------------------------------------------------------------------
 */

enum { CANDIDATES = TARGET_LAYOUTS + 1 };

static uint32_t candidates(const struct target *target, enum tbl_layout forced,
                           enum tbl_layout out[CANDIDATES])
{
    uint32_t n = 0;
    if (forced != TBL_AUTO) {
        out[n++] = forced;
        return n;
    }
    for (uint32_t i = 0; i < target->nlayouts; i++)
        out[n++] = target->layouts[i];
    if (target_allows(target, TBL_DENSE) && target_allows(target, TBL_DAG))
        out[n++] = TBL_AUTO;
    return n;
}

static const char *candidate_name(enum tbl_layout layout)
{
    return layout == TBL_AUTO ? "dense or dag, program by program" : target_layout_name(layout);
}

/* ---- Reports ----------------------------------------------------------------------------------
 */

/* Why the candidates so far do not fit; those for the same reasons share a paragraph. */
struct refusals {
    struct str_buf layouts[CANDIDATES], reasons[CANDIDATES];
    uint32_t n;
};

static void refuse(struct refusals *r, enum tbl_layout layout, const struct str_buf *reason)
{
    for (uint32_t i = 0; i < r->n; i++)
        if (strcmp(str_text(&r->reasons[i]), str_text(reason)) == 0) {
            str_printf(&r->layouts[i], "; %s", candidate_name(layout));
            return;
        }
    str_init(&r->layouts[r->n]);
    str_init(&r->reasons[r->n]);
    str_add(&r->layouts[r->n], candidate_name(layout));
    str_add(&r->reasons[r->n++], str_text(reason));
}

/* Lines behind an indentation. */
static void add_indented(struct str_buf *out, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        str_add(out, "\n    ");
        str_add_len(out, text, len);
        text += len + (text[len] == '\n');
    }
}

static void explain(const struct refusals *r, const struct target *target, struct str_buf *why)
{
    str_printf(why, "the table does not fit the target %s", target->name);
    for (uint32_t i = 0; i < r->n; i++) {
        str_printf(why, "\n  layout %s:", str_text(&r->layouts[i]));
        add_indented(why, str_text(&r->reasons[i]));
    }
}

static void free_refusals(struct refusals *r)
{
    for (uint32_t i = 0; i < r->n; i++) {
        str_free(&r->layouts[i]);
        str_free(&r->reasons[i]);
    }
}

/* ---- Building ---------------------------------------------------------------------------------
 */

void chosen_free(struct chosen *chosen)
{
    pol_table_free(chosen->table);
    free(chosen->prt);
    tbl_free(chosen->tbl);
    *chosen = (struct chosen){0};
}

/* False: *out is empty, and `why` says what is wrong: a budget of the table unless `broken`. */
static bool build(struct ir *ir, const struct tbl_options *options, struct chosen *out,
                  struct str_buf *why, bool *broken)
{
    char err[256];
    const char *over = NULL;
    *out = (struct chosen){.layout = options->layout};
    out->tbl = tbl_build(ir, options, &over);
    *broken = false;
    if (!out->tbl) {
        str_add(why, over ? over : "the table cannot be built");
        return false;
    }
    out->prt = prt_bytes(out->tbl, &out->prt_size);
    out->table = pol_table_load_bytes(out->prt, out->prt_size, err, sizeof err);
    if (out->table)
        return true;
    *broken = true;
    str_printf(why, "the emitted table is refused: %s", err);
    chosen_free(out);
    return false;
}

struct price {
    uint64_t bits;
    uint32_t lookups;
};

static bool cheaper(struct price a, struct price b)
{
    return a.bits != b.bits ? a.bits < b.bits : a.lookups < b.lookups;
}

/* Whether it fits; `why` says why not. */
static bool weigh(const struct target *target, const struct chosen *table, struct price *price,
                  struct str_buf *why)
{
    struct hw *hw = hw_new(table->table);
    struct cost *cost = cost_new(table->table, hw);
    bool fits = target_misfit(target, cost, why) == 0;
    *price = (struct price){cost->bits, cost->lookups};
    cost_free(cost);
    hw_free(hw);
    return fits;
}

/* ---- The choice -------------------------------------------------------------------------------
 */

struct contest {
    const struct target *target;
    struct chosen *best; /* its table is NULL before the first that fits */
    struct price price;
    struct refusals refusals;
};

/* False: the table is broken, and `why` says how. */
static bool enter(struct contest *k, struct ir *ir, const struct tbl_options *options,
                  struct str_buf *why)
{
    struct chosen table;
    struct price price;
    struct str_buf reason;
    bool broken;
    str_init(&reason);
    if (!build(ir, options, &table, &reason, &broken)) {
        if (broken)
            str_add(why, str_text(&reason));
        refuse(&k->refusals, options->layout, &reason);
        str_free(&reason);
        return !broken;
    }
    bool fits = weigh(k->target, &table, &price, &reason);
    if (!fits)
        refuse(&k->refusals, options->layout, &reason);
    if (fits && (!k->best->table || cheaper(price, k->price))) {
        chosen_free(k->best);
        *k->best = table;
        k->price = price;
    } else {
        chosen_free(&table);
    }
    str_free(&reason);
    return true;
}

enum choice choose_table(struct ir *ir, const struct target *target,
                         const struct tbl_options *options, struct chosen *out, struct str_buf *why)
{
    enum tbl_layout layouts[CANDIDATES];
    uint32_t n = candidates(target, options->layout, layouts);
    struct contest contest = {.target = target, .best = out};
    bool sound = true;
    *out = (struct chosen){0};
    for (uint32_t i = 0; i < n && sound; i++) {
        struct tbl_options one = *options;
        one.layout = layouts[i];
        sound = enter(&contest, ir, &one, why);
    }
    if (!sound)
        chosen_free(out);
    else if (!out->table)
        explain(&contest.refusals, target, why);
    free_refusals(&contest.refusals);
    return !sound ? CHOSEN_INTERNAL : out->table ? CHOSEN : CHOSEN_MISFIT;
}
