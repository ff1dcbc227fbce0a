/* Long numbers as they stand in vectors for a test bench: bits are added at the lower end, so that
 * what is added first is highest, as in a concatenation. */
#ifndef TESTS_RTL_BITS_H
#define TESTS_RTL_BITS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct bits {
    unsigned char *bit; /* 0 or 1, highest first */
    size_t n, room;
};

static inline void bits_add(struct bits *b, uint64_t value, uint32_t width)
{
    if (b->n + width > b->room) {
        b->room = (b->n + width) * 2;
        b->bit = realloc(b->bit, b->room);
        if (!b->bit)
            abort();
    }
    for (uint32_t i = width; i-- > 0;)
        b->bit[b->n++] = i < 64 && (value >> i & 1);
}

static inline void bits_ones(struct bits *b, uint32_t width)
{
    for (; width > 32; width -= 32)
        bits_add(b, UINT32_MAX, 32);
    bits_add(b, UINT32_MAX, width);
}

static inline void bits_add_all(struct bits *b, const struct bits *other)
{
    for (size_t i = 0; i < other->n; i++)
        bits_add(b, other->bit[i], 1);
}

static inline void bits_print(const struct bits *b, FILE *out)
{
    size_t lead = (4 - b->n % 4) % 4;
    unsigned digit = 0;
    for (size_t i = 0; i < b->n; i++) {
        digit = digit << 1 | b->bit[i];
        if ((i + lead) % 4 == 3) {
            fputc("0123456789abcdef"[digit], out);
            digit = 0;
        }
    }
    fputc('\n', out);
}

#endif
