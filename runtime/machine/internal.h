/* The machine's state.  Private to runtime/machine. */
#ifndef POL_MACHINE_INTERNAL_H
#define POL_MACHINE_INTERNAL_H

#include <pol/machine.h>

#include <string.h>

#include "icache.h"
#include "shadow.h"

enum { MEMO_ENTRIES = 64 };

/* What is known of the last evaluated instruction, until the next one. */
struct pending {
    bool open; /* commit or discard is due */
    bool allow;
    bool fetched;        /* operands have been gathered */
    unsigned char *hart; /* values */
    uint16_t hart_id;
    struct icache_entry *insn; /* in the cache, there until the next instruction */
    struct pol_inputs inputs;
    uint64_t pc;
    uint32_t n; /* granules of the data access */
    struct shadow_page *page[POL_MAX_GRANULES];
    unsigned char *old[POL_MAX_GRANULES];
    unsigned char *mem[POL_MAX_GRANULES]; /* results, the machine's buffers */
    uint64_t address[POL_MAX_GRANULES];
    uint32_t bytes[POL_MAX_GRANULES]; /* of the granule */
    bool partial[POL_MAX_GRANULES];
    unsigned char *env, *rd, *csr; /* results, the machine's buffers */
    void *out[POL_RESULTS];        /* where results are to go */
    bool in_place;                 /* they are there already, not in the buffers */
};

struct pol_machine {
    struct pol_engine *engine;
    const struct pol_image *image;
    size_t value_size, words; /* words: value_size / 8 */
    uint64_t address_mask;
    bool merge_all; /* some tag is `merge all`: later parcels matter */
    struct shadow shadow;
    struct pending pending;
    unsigned char *encoded; /* the image's sets, value_size each */
    bool *has_encoded;
    unsigned char *initial;  /* the values of a new hart */
    unsigned char *trap_env; /* in `encoded`, or NULL */
    unsigned char **harts;   /* by number, NULL: not seen yet */
    uint32_t nharts, hart_limit, harts_seen;
    unsigned char *buffers;        /* one block for all the values below */
    const unsigned char *empty;    /* {} */
    const bool *idle;              /* engine's, or false */
    struct shadow_page *code_page; /* of the latest instruction, or NULL */
    unsigned char *ci, *scratch_env, *scratch_rd, *scratch;
    void *outs[8][POL_RESULTS]; /* what to ask for: bit 0 rd, 1 CSR, 2 one granule of memory */
    unsigned char *memo;        /* drop_missing: MEMO_ENTRIES times first, later, result */
    bool memo_used[MEMO_ENTRIES];
    uint32_t *lit;                       /* a literal for directives */
    uint32_t *deciding, *deciding_other; /* ndeciders entries each */
    struct pol_answer other;             /* of a granule that may not be the one to report */
    const struct pol_debug_info *debug;
    bool keep_deciding;
    pol_machine_hook *hook;
    void *hook_user;
    char error[240];
    struct icache icache;
};

/* Values are multiples of 8 bytes with alignment 8, and mostly short. */
static inline void value_copy(const struct pol_machine *machine, void *to, const void *from)
{
    unsigned char *t = to;
    const unsigned char *f = from;
    size_t n = machine->words;
    for (; n > 1; n -= 2, t += 16, f += 16)
        memmove(t, f, 16);
    if (n)
        memmove(t, f, 8);
}

static inline bool value_equal(const struct pol_machine *machine, const void *a, const void *b)
{
    const uint32_t *p = a, *q = b;
    uint32_t differ = 0;
    for (size_t n = machine->words; n; n--, p += 2, q += 2)
        differ |= (p[0] ^ q[0]) | (p[1] ^ q[1]);
    return !differ;
}

static inline unsigned char *hart_slot(const struct pol_machine *machine, unsigned char *hart,
                                       uint32_t slot)
{
    return hart + slot * machine->value_size;
}

/* Sets the error; returns -1. */
int machine_bad(struct pol_machine *machine, const char *format, ...);
/* The values of a hart, made if it is new; NULL with the error set. */
unsigned char *machine_new_hart(struct pol_machine *machine, uint16_t id);
static inline unsigned char *machine_hart(struct pol_machine *machine, uint16_t id)
{
    unsigned char *hart = id < machine->nharts ? machine->harts[id] : NULL;
    return hart ? hart : machine_new_hart(machine, id);
}

/* gather.c: the operands of an instruction in memory, whatever they cross.  1: gathered; 0:
 * untagged memory at *address; -1: bad. */
int gather_any_code(struct pol_machine *machine, uint64_t *address);
int gather_any_memory(struct pol_machine *machine, uint64_t at, uint64_t *address);
/* machine->ci = first, whose merge-all tags `later` must have too. */
const unsigned char *gather_missing(struct pol_machine *machine, const unsigned char *first,
                                    const unsigned char *later);
/* One granule of the word after the first: what `ci` becomes. */
static inline const unsigned char *
gather_parcel(struct pol_machine *machine, const unsigned char *ci, const unsigned char *later)
{
    return machine->merge_all && !value_equal(machine, ci, later)
               ? gather_missing(machine, ci, later)
               : ci;
}

/* step.c: events from the first as long as each is an instruction that retires, is allowed and
 * needs nothing special; the number of them.  The outcome is the last one's. */
size_t machine_run(struct pol_machine *machine, const struct pol_event *events, size_t n,
                   struct pol_outcome *outcome);

/* events.c: everything that is no instruction. */
int machine_event(struct pol_machine *machine, const struct pol_event *event);
void machine_trap_return(struct pol_machine *machine, unsigned char *hart, bool to_m);

#endif
