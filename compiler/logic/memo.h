/* Internal to compiler/logic: what was made for a pair of numbers.  Ownership: the arena. */
#ifndef COMPILER_LOGIC_MEMO_H
#define COMPILER_LOGIC_MEMO_H

#include "compiler/logic/scene.h"

struct memo_entry {
    bool used;
    uint32_t a, b;
    sat_lit lit;
    const struct arg *args;
};
struct memo {
    struct arena *arena;
    struct memo_entry *table;
    size_t size, count;
};
/* The entry for (a, b), zeroed when it is new; valid until the next call. */
struct memo_entry *memo_at(struct memo *memo, uint32_t a, uint32_t b);

#endif
