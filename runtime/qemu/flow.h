/* Where control can go after a RISC-V instruction, from its word alone: enough to notice that it
 * went elsewhere. The recorder stands on its own, so it does not ask runtime/isa. */
#ifndef POL_QEMU_FLOW_H
#define POL_QEMU_FLOW_H

#include <stdbool.h>
#include <stdint.h>

enum flow_kind {
    FLOW_NEXT,   /* to the next instruction */
    FLOW_BRANCH, /* there or to `target` */
    FLOW_JUMP,   /* to `target` */
    FLOW_ANY,    /* anywhere: through a register or a return from a trap */
    FLOW_TRAP    /* into a trap, always: ecall, ebreak, words that are illegal everywhere */
};

struct flow {
    enum flow_kind kind;
    uint64_t target;
    uint64_t cause; /* of FLOW_TRAP in machine mode */
};

struct flow flow_of(uint64_t pc, uint32_t word);

/* Does it access memory?  (If so and no access was seen, it did not retire or it is a failed sc.)
 */
bool flow_accesses_memory(uint32_t word);
bool flow_is_store_conditional(uint32_t word);

#endif
