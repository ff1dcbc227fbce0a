/* All primes of an action, and the keys that a choice of columns must cover. */
#include "compiler/analysis/ternary_internal.h"

/* --- primes -------------------------------------------------------------------------------------
 *
 * A prime of a set has no literal of bit v, when it is a prime of both halves' intersection; or it
 * has one, when it is a prime of that half and does not fit in the other half. */

struct prime_search {
    struct ternary_task *task;
    struct cube_list *out;
    size_t most;
    bool cut_off; /* once there were too many; some may have been left out since */
};

static bool may_go_on(struct prime_search *s)
{
    s->cut_off |= s->out->count > s->most || s->task->sets.full ||
                  ++s->task->sets.steps > s->task->sets.max_steps;
    return !s->cut_off;
}

static struct keyset_node halves(const struct keysets *sets, uint32_t set, uint32_t var)
{
    const struct keyset_node node = sets->nodes[set];
    return node.var == var ? node : (struct keyset_node){var, set, set};
}

static void find_primes(struct prime_search *s, uint32_t may, uint32_t must);

/* Primes of one half become primes with a literal unless they fit in the other half. */
static void primes_of_half(struct prime_search *s, struct keyset_node may, uint32_t must,
                           uint64_t literal)
{
    struct keysets *sets = &s->task->sets;
    size_t first = s->out->count, kept = first;
    uint64_t bit = (uint64_t)1 << may.var;
    find_primes(s, literal ? may.hi : may.lo, must);
    for (size_t i = first; i < s->out->count; i++) {
        struct key_cube cube = s->out->items[i];
        if (!keyset_covers(sets, literal ? may.lo : may.hi, cube))
            s->out->items[kept++] = (struct key_cube){cube.value | literal, cube.mask | bit};
    }
    s->out->count = kept;
}

/* Appends the primes of `may` that have a key in `must`. */
static void find_primes(struct prime_search *s, uint32_t may, uint32_t must)
{
    struct keysets *sets = &s->task->sets;
    if (may == KEYSET_NONE || must == KEYSET_NONE || !may_go_on(s))
        return;
    if (may == KEYSET_ALL) {
        VEC_PUSH(s->task->work, s->out, ((struct key_cube){0, 0}));
        return;
    }
    struct keyset_node may_half = halves(sets, may, sets->nodes[may].var);
    struct keyset_node must_half = must == KEYSET_ALL || sets->nodes[must].var > may_half.var
                                       ? (struct keyset_node){may_half.var, must, must}
                                       : sets->nodes[must];
    if (must_half.var < may_half.var) { /* `may` does not care: neither does a prime */
        find_primes(s, may, keyset_or(sets, must_half.lo, must_half.hi));
        return;
    }
    find_primes(s, keyset_and(sets, may_half.lo, may_half.hi),
                keyset_or(sets, must_half.lo, must_half.hi));
    primes_of_half(s, may_half, must_half.lo, 0);
    primes_of_half(s, may_half, must_half.hi, (uint64_t)1 << may_half.var);
}

bool ternary_primes(struct ternary_task *task, size_t most, struct cube_list *primes)
{
    struct prime_search search = {task, primes, most, false};
    find_primes(&search, task->may, task->must);
    return may_go_on(&search);
}

/* --- rows ---------------------------------------------------------------------------------------
 *
 * A key's columns are those that match it.  Whatever lies in all of them is covered by any choice
 * that covers the key, so one row stands for all of that. */

static struct key_cube columns_of(const struct cube_list *columns, uint64_t key, uint64_t *row)
{
    struct key_cube all = {0, 0};
    for (size_t c = 0; c < columns->count; c++)
        if (cube_has_key(columns->items[c], key)) {
            row[c / 64] |= (uint64_t)1 << (c % 64);
            all.mask |= columns->items[c].mask;
            all.value |= columns->items[c].value;
        }
    return all;
}

bool ternary_rows(struct ternary_task *task, const struct cube_list *columns, uint32_t max_rows,
                  struct cover_matrix *out)
{
    struct keysets *sets = &task->sets;
    VEC_OF(uint64_t) points = {0};
    VEC_OF(uint64_t *) rows = {0};
    uint32_t left = task->must;
    out->ncols = (uint32_t)columns->count;
    out->row_words = out->ncols / 64 + 1;
    while (left != KEYSET_NONE && !sets->full && rows.count < max_rows) {
        uint64_t key = keyset_pick(sets, left);
        uint64_t *row = ARENA_ARRAY(task->work, uint64_t, out->row_words);
        struct key_cube done = columns_of(columns, key, row);
        sets->steps += columns->count;
        VEC_PUSH(task->work, &points, key);
        VEC_PUSH(task->work, &rows, row);
        left = keyset_less(sets, left, keyset_cube(sets, done));
    }
    out->nrows = (uint32_t)rows.count;
    out->points = points.items;
    out->rows = ARENA_ARRAY(task->work, uint64_t, (size_t)out->nrows * out->row_words + 1);
    for (size_t r = 0; r < rows.count; r++)
        for (uint32_t w = 0; w < out->row_words; w++)
            out->rows[r * out->row_words + w] = rows.items[r][w];
    return left == KEYSET_NONE && !sets->full;
}
