/* The covering problem: fewest columns such that each row has one.
 *
 * Branch and bound over sets of bits.  Before each branching the problem is reduced: a row that
 * only one column covers takes that column, rows that include another row and columns that another
 * column includes are left out.  Rows that share no column bound the solution from below, and so do
 * prices of rows. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/analysis/ternary_internal.h"

/* Dominance compares pairs; larger problems go without. */
#define SELECT_MAX_PAIRS 4000000ull
#define PRICE_ONE (1u << 28)

struct selection {
    const struct cover_matrix *matrix;
    uint32_t col_words;
    uint64_t *columns; /* bit r of column c */
    uint32_t *best, nbest;
    uint32_t *stack, depth; /* columns chosen so far */
    uint64_t *steps;
    bool out_of_steps;
};

/* What is left of the problem at one node of the search. */
struct rest {
    uint64_t *rows, *cols; /* bits: still there */
};

static uint32_t count_bits(uint64_t word)
{
    uint32_t count = 0;
    for (; word; word &= word - 1)
        count++;
    return count;
}

static uint32_t lowest_bit(uint64_t word)
{
    uint32_t bit = 0;
    while (!(word >> bit & 1))
        bit++;
    return bit;
}

static bool get_bit(const uint64_t *bits, uint32_t i)
{
    return bits[i / 64] >> (i % 64) & 1;
}

static void set_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] |= (uint64_t)1 << (i % 64);
}

static void clear_bit(uint64_t *bits, uint32_t i)
{
    bits[i / 64] &= ~((uint64_t)1 << (i % 64));
}

/* The next bit of a set at or after `from`; `end` when there is none. */
static uint32_t next_bit(const uint64_t *bits, uint32_t from, uint32_t end)
{
    while (from < end) {
        uint64_t word = bits[from / 64] >> (from % 64);
        if (word) {
            from += lowest_bit(word);
            return from < end ? from : end;
        }
        from = (from / 64 + 1) * 64;
    }
    return end;
}

#define EACH_BIT(i, bits, end)                                                                     \
    for (uint32_t i = next_bit((bits), 0, (end)); i < (end); i = next_bit((bits), i + 1, (end)))

/* Bits that two sets have in common, at most `most` counted. */
static uint32_t common(const uint64_t *left, const uint64_t *right, uint32_t words, uint32_t most)
{
    uint32_t count = 0;
    for (uint32_t w = 0; w < words && count < most; w++)
        count += count_bits(left[w] & right[w]);
    return count;
}

/* left & within is a subset of right. */
static bool within(const uint64_t *left, const uint64_t *right, const uint64_t *among,
                   uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        if (left[w] & among[w] & ~right[w])
            return false;
    return true;
}

static const uint64_t *row_of(const struct selection *s, uint32_t row)
{
    return s->matrix->rows + (size_t)row * s->matrix->row_words;
}

static const uint64_t *column_of(const struct selection *s, uint32_t col)
{
    return s->columns + (size_t)col * s->col_words;
}

static void spend(struct selection *s, uint64_t steps)
{
    s->out_of_steps |= *s->steps < steps;
    *s->steps -= s->out_of_steps ? *s->steps : steps;
}

static void take_column(struct selection *s, struct rest *rest, uint32_t col)
{
    const uint64_t *covered = column_of(s, col);
    s->stack[s->depth++] = col;
    for (uint32_t w = 0; w < s->col_words; w++)
        rest->rows[w] &= ~covered[w];
    clear_bit(rest->cols, col);
}

/* --- reduction --------------------------------------------------------------------------------
 */

/* Takes the columns that are the only one of a row.  False: a row has none. */
static bool take_needed(struct selection *s, struct rest *rest, bool *changed)
{
    uint32_t words = s->matrix->row_words;
    EACH_BIT(row, rest->rows, s->matrix->nrows)
    {
        uint32_t count = common(row_of(s, row), rest->cols, words, 2);
        spend(s, words);
        if (count == 0)
            return false;
        if (count > 1)
            continue;
        for (uint32_t w = 0; w < words; w++)
            if (row_of(s, row)[w] & rest->cols[w]) {
                take_column(s, rest, w * 64 + lowest_bit(row_of(s, row)[w] & rest->cols[w]));
                break;
            }
        *changed = true;
    }
    return true;
}

/* Leaves out rows that are covered with another one.  Of equal rows the first stays. */
static void drop_rows(struct selection *s, struct rest *rest, bool *changed)
{
    uint32_t words = s->matrix->row_words, nrows = s->matrix->nrows;
    EACH_BIT(row, rest->rows, nrows)
    EACH_BIT(other, rest->rows, nrows)
    {
        if (other == row || !get_bit(rest->rows, row))
            continue;
        spend(s, words);
        if (!within(row_of(s, row), row_of(s, other), rest->cols, words))
            continue;
        if (other > row || !within(row_of(s, other), row_of(s, row), rest->cols, words)) {
            clear_bit(rest->rows, other);
            *changed = true;
        }
    }
}

/* Leaves out columns whose rows another column covers too. */
static void drop_columns(struct selection *s, struct rest *rest, bool *changed)
{
    uint32_t words = s->col_words, ncols = s->matrix->ncols;
    EACH_BIT(col, rest->cols, ncols)
    EACH_BIT(other, rest->cols, ncols)
    {
        if (other == col || !get_bit(rest->cols, col))
            continue;
        spend(s, words);
        if (!within(column_of(s, other), column_of(s, col), rest->rows, words))
            continue;
        if (other > col || !within(column_of(s, col), column_of(s, other), rest->rows, words)) {
            clear_bit(rest->cols, other);
            *changed = true;
        }
    }
}

static uint64_t size_of(const uint64_t *bits, uint32_t words)
{
    uint64_t count = 0;
    for (uint32_t w = 0; w < words; w++)
        count += count_bits(bits[w]);
    return count;
}

static bool reduce(struct selection *s, struct rest *rest)
{
    bool changed = true;
    while (changed && !s->out_of_steps) {
        changed = false;
        if (!take_needed(s, rest, &changed))
            return false;
        uint64_t nrows = size_of(rest->rows, s->col_words);
        uint64_t ncols = size_of(rest->cols, s->matrix->row_words);
        if (nrows * nrows <= SELECT_MAX_PAIRS)
            drop_rows(s, rest, &changed);
        if (ncols * ncols <= SELECT_MAX_PAIRS)
            drop_columns(s, rest, &changed);
    }
    return true;
}

/* --- bounds -----------------------------------------------------------------------------------
 */

/* The row with the fewest columns among those that share none with `used`; nrows: none. */
static uint32_t shortest_row(struct selection *s, const struct rest *rest, const uint64_t *used)
{
    uint32_t words = s->matrix->row_words, best = s->matrix->nrows, least = UINT32_MAX;
    EACH_BIT(row, rest->rows, s->matrix->nrows)
    {
        spend(s, words);
        if (used && common(row_of(s, row), used, words, 1))
            continue;
        uint32_t count = common(row_of(s, row), rest->cols, words, least);
        if (count < least) {
            least = count;
            best = row;
        }
    }
    return best;
}

/* Rows that share no column, chosen greedily: each needs one of its own. */
static uint32_t needed_at_least(struct selection *s, const struct rest *rest, uint64_t *used,
                                uint32_t enough)
{
    uint32_t count = 0, row;
    uint32_t words = s->matrix->row_words;
    memset(used, 0, words * sizeof *used);
    while (count < enough && (row = shortest_row(s, rest, used)) < s->matrix->nrows) {
        for (uint32_t w = 0; w < words; w++)
            used[w] |= row_of(s, row)[w] & rest->cols[w];
        count++;
    }
    return count;
}

/* A price for each row such that no column's rows cost more than one: then all prices together are
 * a bound too.  At first a row costs its share of the largest column that it is in; then each row
 * takes what its columns have left.  Prices are whole parts of PRICE_ONE, rounded down. */
static uint32_t priced_at_least(struct selection *s, const struct rest *rest)
{
    uint32_t nrows = s->matrix->nrows, ncols = s->matrix->ncols;
    uint32_t *size = lang_xalloc(2 * (size_t)ncols * sizeof *size + 1), *spent = size + ncols;
    uint64_t sum = 0;
    EACH_BIT(col, rest->cols, ncols)
    size[col] = common(column_of(s, col), rest->rows, s->col_words, UINT32_MAX);
    spend(s, (uint64_t)ncols * s->col_words);
    for (uint32_t round = 0; round < 2; round++)
        EACH_BIT(row, rest->rows, nrows)
        {
            uint32_t price = PRICE_ONE;
            EACH_BIT(col, row_of(s, row), ncols)
            if (get_bit(rest->cols, col)) {
                uint32_t most = round ? PRICE_ONE - spent[col] : PRICE_ONE / size[col];
                price = most < price ? most : price;
            }
            EACH_BIT(col, row_of(s, row), ncols)
            spent[col] += get_bit(rest->cols, col) ? price : 0;
            sum += price;
            spend(s, 2 * (uint64_t)s->matrix->row_words);
        }
    free(size);
    return (uint32_t)((sum + PRICE_ONE - 1) / PRICE_ONE);
}

/* The column of a row that covers most of what is left; ncols: none. */
static uint32_t widest_column(struct selection *s, const struct rest *rest, const uint64_t *among)
{
    uint32_t best = s->matrix->ncols, most = 0;
    EACH_BIT(col, among, s->matrix->ncols)
    {
        if (!get_bit(rest->cols, col))
            continue;
        uint32_t count = common(column_of(s, col), rest->rows, s->col_words, UINT32_MAX);
        spend(s, s->col_words);
        if (count > most) {
            most = count;
            best = col;
        }
    }
    return best;
}

/* --- search -----------------------------------------------------------------------------------
 */

static bool is_empty(const uint64_t *bits, uint32_t words)
{
    return size_of(bits, words) == 0;
}

static void keep_best(struct selection *s)
{
    if (s->depth < s->nbest) {
        s->nbest = s->depth;
        memcpy(s->best, s->stack, s->depth * sizeof *s->stack);
    }
}

/* One block for a node of the search: rows, columns, and scratch of a row's size. */
static struct rest new_rest(const struct selection *s, const struct rest *from)
{
    uint32_t rows = s->col_words, cols = s->matrix->row_words;
    struct rest rest;
    rest.rows = lang_xalloc(sizeof(uint64_t) * ((size_t)rows + 2 * (size_t)cols + 1));
    rest.cols = rest.rows + rows;
    memcpy(rest.rows, from->rows, rows * sizeof *rest.rows);
    memcpy(rest.cols, from->cols, cols * sizeof *rest.cols);
    return rest;
}

static void search(struct selection *s, const struct rest *from);

/* Tries each column of the shortest row; what was tried is not tried again beside it. */
static void branch(struct selection *s, struct rest *rest, const uint64_t *among)
{
    for (;;) {
        uint32_t col = widest_column(s, rest, among);
        uint32_t depth = s->depth;
        if (col == s->matrix->ncols || s->out_of_steps)
            return;
        struct rest below = new_rest(s, rest);
        take_column(s, &below, col);
        search(s, &below);
        free(below.rows);
        s->depth = depth;
        clear_bit(rest->cols, col);
    }
}

static void search(struct selection *s, const struct rest *from)
{
    struct rest rest = new_rest(s, from);
    uint64_t *used = rest.cols + s->matrix->row_words;
    bool possible = s->depth < s->nbest && reduce(s, &rest);
    if (possible && is_empty(rest.rows, s->col_words))
        keep_best(s);
    else if (possible && s->depth + 1 < s->nbest) {
        uint32_t enough = s->nbest - s->depth;
        if (needed_at_least(s, &rest, used, enough) < enough &&
            priced_at_least(s, &rest) < enough && !s->out_of_steps)
            branch(s, &rest, row_of(s, shortest_row(s, &rest, NULL)));
    }
    free(rest.rows);
}

/* A first solution: the widest column again and again, then those left out that others cover for.
 */
static void greedy(struct selection *s, const struct rest *from)
{
    struct rest rest = new_rest(s, from);
    uint32_t *times = lang_xalloc(sizeof *times * ((size_t)s->matrix->nrows + 1));
    uint32_t kept = 0;
    while (!is_empty(rest.rows, s->col_words)) {
        uint32_t col = widest_column(s, &rest, from->cols);
        assert(col < s->matrix->ncols); /* every row has a column */
        take_column(s, &rest, col);
    }
    for (uint32_t i = 0; i < s->depth; i++)
        EACH_BIT(row, column_of(s, s->stack[i]), s->matrix->nrows)
    times[row]++;
    for (uint32_t i = 0; i < s->depth; i++) {
        bool needed = false;
        EACH_BIT(row, column_of(s, s->stack[i]), s->matrix->nrows)
        needed |= times[row] == 1;
        if (needed)
            s->stack[kept++] = s->stack[i];
        else
            EACH_BIT(row, column_of(s, s->stack[i]), s->matrix->nrows)
        times[row]--;
    }
    s->depth = kept;
    keep_best(s);
    s->depth = 0;
    free(times);
    free(rest.rows);
}

static void make_columns(struct selection *s, struct rest *all)
{
    const struct cover_matrix *m = s->matrix;
    s->col_words = m->nrows / 64 + 1;
    s->columns = lang_xalloc(sizeof(uint64_t) * ((size_t)m->ncols * s->col_words + 1));
    all->rows = lang_xalloc(sizeof(uint64_t) * s->col_words);
    all->cols = lang_xalloc(sizeof(uint64_t) * (m->row_words + 1));
    for (uint32_t row = 0; row < m->nrows; row++) {
        set_bit(all->rows, row);
        EACH_BIT(col, row_of(s, row), m->ncols)
        set_bit(s->columns + (size_t)col * s->col_words, row);
    }
    for (uint32_t col = 0; col < m->ncols; col++)
        set_bit(all->cols, col);
}

bool ternary_select(const struct cover_matrix *matrix, uint32_t below, uint32_t *chosen,
                    uint32_t *nchosen, uint64_t *steps)
{
    struct rest all;
    struct selection s = {.matrix = matrix, .best = chosen, .steps = steps};
    if (matrix->nrows == 0) {
        *nchosen = 0;
        return true;
    }
    s.nbest = *nchosen && *nchosen < below ? *nchosen : below;
    s.stack = lang_xalloc(sizeof *s.stack * ((size_t)matrix->ncols + 1));
    make_columns(&s, &all);
    greedy(&s, &all);
    search(&s, &all);
    if (s.nbest < below)
        *nchosen = s.nbest;
    free(s.columns);
    free(s.stack);
    free(all.rows);
    free(all.cols);
    return !s.out_of_steps;
}
