/* Terms, and how they are printed. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "compiler/backend/smt2/emit.h"

void smt2_put(const struct smt2 *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(s->out, format, args);
    va_end(args);
}

smt2_term smt2_text(const struct smt2 *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(s->arena, format, args);
    va_end(args);
    return text;
}

void smt2_comment(const struct smt2 *s, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        fputc(c < 0x20 || c > 0x7e ? '?' : c, s->out);
    }
}

bool smt2_once(const struct smt2 *s, const char *name)
{
    if (intern_find(s->done, name).v)
        return false;
    intern_str(s->done, name);
    return true;
}

smt2_term smt2_bind(const struct smt2 *s, const char *name, const char *sort, smt2_term term)
{
    if (*term != '(')
        return term;
    smt2_put(s, "(define-fun %s () %s %s)\n", name, sort, term);
    return name;
}

/* ---- Constants ----------------------------------------------------------------------------- */

bool smt2_is(smt2_term term, const char *text)
{
    return strcmp(term, text) == 0;
}

smt2_term smt2_bool(bool value)
{
    return value ? "true" : "false";
}

smt2_term smt2_slot(const struct smt2 *s, uint32_t value)
{
    return smt2_text(s, "#x%08" PRIx32, value);
}

smt2_term smt2_number(const struct smt2 *s, int64_t value)
{
    return smt2_text(s, "#x%016" PRIx64, (uint64_t)value);
}

smt2_term smt2_fault(const struct smt2 *s, enum pol_cause cause, uint32_t tag)
{
    return smt2_text(s, "#x%02x%08" PRIx32, (unsigned)cause, tag);
}

uint32_t smt2_bits(uint64_t value)
{
    uint32_t bits = 0;
    while (bits < 64 && value >> bits)
        bits++;
    return bits;
}

/* ---- Boolean terms ------------------------------------------------------------------------- */

smt2_term smt2_not(const struct smt2 *s, smt2_term a)
{
    if (smt2_is(a, "true") || smt2_is(a, "false"))
        return smt2_bool(smt2_is(a, "false"));
    return smt2_text(s, "(not %s)", a);
}

smt2_term smt2_and(const struct smt2 *s, smt2_term a, smt2_term b)
{
    if (smt2_is(a, "false") || smt2_is(b, "true") || smt2_is(a, b))
        return a;
    if (smt2_is(b, "false") || smt2_is(a, "true"))
        return b;
    return smt2_text(s, "(and %s %s)", a, b);
}

smt2_term smt2_or(const struct smt2 *s, smt2_term a, smt2_term b)
{
    if (smt2_is(a, "true") || smt2_is(b, "false") || smt2_is(a, b))
        return a;
    if (smt2_is(b, "true") || smt2_is(a, "false"))
        return b;
    return smt2_text(s, "(or %s %s)", a, b);
}

smt2_term smt2_implies(const struct smt2 *s, smt2_term a, smt2_term b)
{
    if (smt2_is(a, "true") || smt2_is(b, "true"))
        return b;
    if (smt2_is(a, "false"))
        return "true";
    return smt2_text(s, "(=> %s %s)", a, b);
}

smt2_term smt2_same(const struct smt2 *s, smt2_term a, smt2_term b)
{
    if (smt2_is(a, b))
        return "true";
    if (smt2_is(a, "true"))
        return b;
    if (smt2_is(b, "true"))
        return a;
    if (smt2_is(a, "false"))
        return smt2_not(s, b);
    if (smt2_is(b, "false"))
        return smt2_not(s, a);
    return smt2_text(s, "(= %s %s)", a, b);
}

smt2_term smt2_ite(const struct smt2 *s, smt2_term when, smt2_term a, smt2_term b)
{
    if (smt2_is(when, "true") || smt2_is(a, b))
        return a;
    if (smt2_is(when, "false"))
        return b;
    return smt2_text(s, "(ite %s %s %s)", when, a, b);
}

void smt2_all_add(const struct smt2 *s, struct smt2_all *all, smt2_term term)
{
    if (!smt2_is(term, "true"))
        VEC_PUSH(s->arena, all, term);
}

smt2_term smt2_all_term(const struct smt2 *s, const struct smt2_all *all)
{
    size_t size = 8;
    if (all->count <= 1)
        return all->count ? all->items[0] : "true";
    for (size_t i = 0; i < all->count; i++)
        size += strlen(all->items[i]) + 5;
    char *text = arena_alloc(s->arena, size), *at = text;
    at += sprintf(at, "(and");
    for (size_t i = 0; i < all->count; i++)
        at += sprintf(at, "\n    %s", all->items[i]);
    strcpy(at, ")");
    return text;
}

/* ---- Choices ------------------------------------------------------------------------------- */

static bool same_value(const struct smt2_choice *c, size_t i, size_t j)
{
    if (c->terms)
        return c->terms[i] == c->terms[j] || strcmp(c->terms[i], c->terms[j]) == 0;
    return c->numbers[i] == c->numbers[j];
}

static bool same_halves(const struct smt2_choice *c, size_t first, size_t half, size_t end)
{
    for (size_t i = first; i + half < end && i < first + half; i++)
        if (!same_value(c, i, i + half))
            return false;
    return true;
}

struct tree {
    const struct smt2 *s;
    const struct smt2_choice *choice;
    const char *index;
    bool truth;
};

static void leaf(const struct tree *t, size_t i)
{
    const struct smt2_choice *c = t->choice;
    if (c->terms)
        smt2_put(t->s, "%s", c->terms[i]);
    else if (t->truth)
        smt2_put(t->s, c->numbers[i] ? "true" : "false");
    else
        smt2_put(t->s, "#x%08" PRIx32, c->numbers[i]);
}

/* Values from `first` on, told apart by the bits below `bits`. */
static void tree(const struct tree *t, size_t first, uint32_t bits)
{
    size_t end = t->choice->count;
    if (bits == 0) {
        leaf(t, first);
        return;
    }
    size_t half = (size_t)1 << (bits - 1);
    size_t stop = end - first > 2 * half ? first + 2 * half : end;
    if (first + half >= end || same_halves(t->choice, first, half, stop)) {
        tree(t, first, bits - 1);
        return;
    }
    smt2_put(t->s, "(ite %s%" PRIu32 " ", t->index, bits - 1);
    tree(t, first + half, bits - 1);
    smt2_put(t->s, " ");
    tree(t, first, bits - 1);
    smt2_put(t->s, ")");
}

void smt2_choose(const struct smt2 *s, const struct smt2_choice *choice, const char *index)
{
    struct tree t = {s, choice, index, false};
    tree(&t, 0, smt2_bits(choice->count - 1));
}

void smt2_function(const struct smt2 *s, const char *name, bool truth, const uint32_t *values,
                   size_t count)
{
    struct smt2_choice choice = {values, NULL, count};
    struct tree t = {s, &choice, "b", truth};
    uint32_t bits = smt2_bits(count - 1);
    smt2_put(s, "(define-fun %s ((i %s)) %s ", name, SMT2_SLOT, truth ? SMT2_BOOL : SMT2_SLOT);
    if (bits)
        smt2_put(s, "(let (");
    for (uint32_t b = 0; b < bits; b++)
        smt2_put(s, "(b%u (= ((_ extract %u %u) i) #b1))%s", b, b, b, b + 1 < bits ? " " : ") ");
    tree(&t, 0, bits);
    smt2_put(s, bits ? "))\n" : ")\n");
}
