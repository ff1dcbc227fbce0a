/* A direct-mapped cache of decoded instruction words: what the machine needs of one, ready to use.
 *
 * Shapes: operands and destinations are byte offsets into the values of a hart (see enum
 * hart_slot), so that a step gathers them without looking at the form again.  Private to
 * runtime/machine. */
#ifndef POL_MACHINE_ICACHE_H
#define POL_MACHINE_ICACHE_H

#include <pol/engine.h>
#include <pol/isa.h>

/* The values of a hart, in this order.  SINK takes what x0 and unwritten CSRs drop; EMPTY is {}. */
enum hart_slot {
    SLOT_ENV,
    SLOT_X,
    SLOT_F = SLOT_X + 32,
    SLOT_SAVED_M = SLOT_F + 32,
    SLOT_SAVED_S,
    SLOT_SINK,
    SLOT_EMPTY,
    SLOT_CSR,
    SLOTS = SLOT_CSR + 4096
};

enum icache_status { ICACHE_FREE, ICACHE_UNDECODABLE, ICACHE_OK };

struct icache_entry {
    const struct pol_insn *insn;
    uint32_t raw, word;     /* as fetched; expanded */
    uint32_t note;          /* the engine's */
    uint32_t op1, op2, op3; /* offsets; EMPTY where there is none */
    uint32_t rd, csr;       /* offsets of the old sets of results */
    uint32_t rd_to, csr_to; /* where commit writes them; SINK if nowhere */
    uint8_t status;         /* enum icache_status */
    uint8_t length;         /* of the fetched instruction, in bytes */
    uint8_t size;           /* of the data access */
    uint8_t mem;            /* enum pol_mem_use */
    bool has_rd, has_csr;   /* the form writes it */
    bool may_fail;          /* a store-conditional */
    bool trap_return;
    bool writes_mem;
    bool plain;      /* decodes, and is neither store-conditional nor return from a trap */
    bool in_place;   /* the engine can write results to their places: the CSR, if any, is written */
    bool to_sink;    /* it has a destination register, which is not written */
    uint8_t results; /* that it has, as bits; without ENV's the index into the machine's `outs` */
};

enum { ICACHE_BITS = 10 };

struct icache {
    struct pol_isa isa;
    uint32_t value_size;
    bool in_place; /* the engine's */
    struct icache_entry entries[1 << ICACHE_BITS];
};

void icache_init(struct icache *cache, const struct pol_isa *isa, uint32_t value_size);
void icache_fill(const struct icache *cache, struct icache_entry *entry, uint32_t raw);

static inline struct icache_entry *icache_get(struct icache *cache, uint32_t raw)
{
    struct icache_entry *entry = cache->entries + ((raw * 0x9e3779b1u) >> (32 - ICACHE_BITS));
    if (entry->raw != raw || entry->status == ICACHE_FREE)
        icache_fill(cache, entry, raw);
    return entry;
}

#endif
