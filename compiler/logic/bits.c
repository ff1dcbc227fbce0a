/* Two's complement circuits. */
#include "compiler/logic/bits.h"

#include <assert.h>
#include <string.h>

static sat_lit *new_bits(struct sat *s, uint32_t width)
{
    return ARENA_ARRAY(sat_arena(s), sat_lit, width);
}

/* Bit i, sign-extended. */
static sat_lit bit_of(struct bits a, uint32_t i)
{
    return a.bit[i < a.width ? i : a.width - 1];
}

/* Without sign bits that say nothing new. */
static struct bits trim(struct bits a)
{
    while (a.width > 1 && a.bit[a.width - 1] == a.bit[a.width - 2])
        a.width--;
    return a;
}

static uint32_t wider(struct bits a, struct bits b)
{
    return a.width > b.width ? a.width : b.width;
}

static uint32_t at_most(uint32_t width)
{
    return width < BITS_MAX ? width : BITS_MAX;
}

struct bits bits_const(struct sat *s, int64_t value)
{
    sat_lit *bit = new_bits(s, 65);
    for (uint32_t i = 0; i < 65; i++)
        bit[i] = (uint64_t)value >> (i < 63 ? i : 63) & 1u ? SAT_TRUE : SAT_FALSE;
    return trim((struct bits){65, bit});
}

struct bits bits_below(struct sat *s, uint64_t limit)
{
    uint32_t width = 0;
    while (width < 63 && (limit - 1) >> width)
        width++;
    sat_lit *bit = new_bits(s, width + 1);
    for (uint32_t i = 0; i < width; i++)
        bit[i] = sat_var(s);
    bit[width] = SAT_FALSE;
    struct bits out = {width + 1, bit};
    sat_must(s, bits_lt(s, out, bits_const(s, (int64_t)limit)));
    return trim(out);
}

bool bits_is_const(struct bits a, int64_t *value)
{
    uint64_t v = 0;
    if (a.width > 64)
        return false;
    for (uint32_t i = 0; i < 64; i++) {
        sat_lit b = bit_of(a, i);
        if (b != SAT_TRUE && b != SAT_FALSE)
            return false;
        v |= (uint64_t)(b == SAT_TRUE) << i;
    }
    *value = (int64_t)v;
    return true;
}

int64_t bits_value(struct sat *s, struct bits a)
{
    uint64_t v = 0;
    for (uint32_t i = 0; i < 64; i++)
        v |= (uint64_t)sat_value(s, bit_of(a, i)) << i;
    return (int64_t)v;
}

/* ---- Sums ------------------------------------------------------------------------------------ */

static sat_lit majority(struct sat *s, sat_lit a, sat_lit b, sat_lit c)
{
    return sat_ite(s, sat_xor(s, a, b), c, a);
}

/* a + b + carry, where b is negated first if `minus`. */
static struct bits sum(struct sat *s, struct bits a, struct bits b, bool minus)
{
    uint32_t width = at_most(wider(a, b) + 1);
    sat_lit *bit = new_bits(s, width), carry = minus ? SAT_TRUE : SAT_FALSE;
    for (uint32_t i = 0; i < width; i++) {
        sat_lit x = bit_of(a, i), y = minus ? -bit_of(b, i) : bit_of(b, i);
        bit[i] = sat_xor(s, sat_xor(s, x, y), carry);
        carry = majority(s, x, y, carry);
    }
    return trim((struct bits){width, bit});
}

struct bits bits_add(struct sat *s, struct bits a, struct bits b)
{
    return sum(s, a, b, false);
}

struct bits bits_sub(struct sat *s, struct bits a, struct bits b)
{
    return sum(s, a, b, true);
}

struct bits bits_ite(struct sat *s, sat_lit cond, struct bits a, struct bits b)
{
    uint32_t width = wider(a, b);
    sat_lit *bit = new_bits(s, width);
    for (uint32_t i = 0; i < width; i++)
        bit[i] = sat_ite(s, cond, bit_of(a, i), bit_of(b, i));
    return trim((struct bits){width, bit});
}

static struct bits negated(struct sat *s, struct bits a)
{
    return bits_sub(s, bits_const(s, 0), a);
}

/* a * 2^n. */
static struct bits shifted(struct sat *s, struct bits a, uint32_t n)
{
    uint32_t width = at_most(a.width + n);
    sat_lit *bit = new_bits(s, width);
    for (uint32_t i = 0; i < width; i++)
        bit[i] = i < n ? SAT_FALSE : bit_of(a, i - n);
    return (struct bits){width, bit};
}

/* Where lit holds a, else 0. */
static struct bits masked(struct sat *s, sat_lit lit, struct bits a)
{
    return bits_ite(s, lit, a, bits_const(s, 0));
}

struct bits bits_mul(struct sat *s, struct bits a, struct bits b)
{
    int64_t value;
    if (bits_is_const(a, &value)) {
        struct bits t = a;
        a = b;
        b = t;
    }
    struct bits out = bits_const(s, 0);
    for (uint32_t i = 0; i + 1 < b.width; i++)
        out = bits_add(s, out, masked(s, b.bit[i], shifted(s, a, i)));
    return bits_sub(s, out, masked(s, b.bit[b.width - 1], shifted(s, a, b.width - 1)));
}

/* ---- Comparisons ----------------------------------------------------------------------------- */

sat_lit bits_eq(struct sat *s, struct bits a, struct bits b)
{
    uint32_t width = wider(a, b);
    sat_lit *same = new_bits(s, width);
    for (uint32_t i = 0; i < width; i++)
        same[i] = sat_iff(s, bit_of(a, i), bit_of(b, i));
    return sat_all(s, same, width);
}

sat_lit bits_lt(struct sat *s, struct bits a, struct bits b)
{
    uint32_t width = wider(a, b);
    sat_lit less = SAT_FALSE;
    for (uint32_t i = 0; i + 1 < width; i++)
        less = sat_ite(s, sat_xor(s, bit_of(a, i), bit_of(b, i)), bit_of(b, i), less);
    /* the sign counts the other way round */
    sat_lit x = bit_of(a, width - 1), y = bit_of(b, width - 1);
    return sat_ite(s, sat_xor(s, x, y), x, less);
}

sat_lit bits_le(struct sat *s, struct bits a, struct bits b)
{
    return -bits_lt(s, b, a);
}

/* ---- Quotients ------------------------------------------------------------------------------- */

/* Schoolbook division of a number >= 0, one bit of the quotient at a time. */
static void divide(struct sat *s, struct bits a, struct bits divisor, struct bits *quotient,
                   struct bits *rest)
{
    sat_lit *bit = new_bits(s, a.width);
    struct bits r = bits_const(s, 0);
    for (uint32_t i = a.width; i-- > 0;) {
        sat_lit *next = new_bits(s, r.width + 1);
        next[0] = a.bit[i];
        memcpy(next + 1, r.bit, r.width * sizeof *next);
        r = (struct bits){r.width + 1, next};
        bit[i] = bits_le(s, divisor, r);
        r = bits_ite(s, bit[i], bits_sub(s, r, divisor), r);
    }
    *quotient = trim((struct bits){a.width, bit});
    *rest = r;
}

static void divide_signed(struct sat *s, struct bits a, int64_t divisor, struct bits *quotient,
                          struct bits *rest)
{
    assert(divisor > 0);
    sat_lit minus = a.bit[a.width - 1];
    divide(s, bits_ite(s, minus, negated(s, a), a), bits_const(s, divisor), quotient, rest);
    *quotient = bits_ite(s, minus, negated(s, *quotient), *quotient);
    *rest = bits_ite(s, minus, negated(s, *rest), *rest);
}

struct bits bits_div(struct sat *s, struct bits a, int64_t divisor)
{
    struct bits quotient, rest;
    divide_signed(s, a, divisor, &quotient, &rest);
    return quotient;
}

struct bits bits_mod(struct sat *s, struct bits a, int64_t divisor)
{
    struct bits quotient, rest;
    divide_signed(s, a, divisor, &quotient, &rest);
    return rest;
}

/* ---- Counting -------------------------------------------------------------------------------- */

struct bits bits_count(struct sat *s, const sat_lit *lits, size_t n)
{
    if (n == 0)
        return bits_const(s, 0);
    if (n == 1) {
        sat_lit *bit = new_bits(s, 2);
        bit[0] = lits[0];
        bit[1] = SAT_FALSE;
        return (struct bits){2, bit};
    }
    return bits_add(s, bits_count(s, lits, n / 2), bits_count(s, lits + n / 2, n - n / 2));
}
