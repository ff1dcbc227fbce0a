/* The least witness of a question: concrete tag sets for which it holds.
 *
 * The order of witnesses, from what counts most:
 *   1. counters of `new` at 0 before others (what `policyc eval` starts with);
 *   2. the number of tags in all slots together, those inside TagSet arguments included;
 *   3. the opclass, in the order of the IR (who searches several asks them in this order);
 *   4. slot by slot, env code op1 op2 op3 mem and the old RD: fewer tags first; of equally many,
 *      the set that has the first tag, in order of declaration, in which both differ;
 *   5. contents of TagSet arguments, in order of slot, tag and argument: likewise;
 *   6. numbers in the same order, a tag's before those of the contents that follow: the smaller;
 *   7. counters: the smaller.
 * Tags and arguments that no question on the scene looked at are absent and 0.
 *
 * Ownership: the caller's arena. */
#ifndef COMPILER_LOGIC_WITNESS_H
#define COMPILER_LOGIC_WITNESS_H

#include "compiler/logic/scene.h"

struct witness {
    bool late; /* some counter is not at 0 */
    uint32_t ntags;
    uint32_t *set[SCENE_SLOTS]; /* literals of the universe's space */
    uint64_t *counters;         /* by place in the scene, as scene_counter was first asked */
    uint32_t *counter_ids;
    uint32_t ncounters;
};

/* NO: the question never holds, or (best not NULL) not with a witness that comes before `best` by
 * points 1 and 2. */
enum sat_answer witness_find(struct scene *scene, sat_lit question, const struct witness *best,
                             struct arena *arena, struct witness *out) LANG_MUST_CHECK;

/* The first word of a line for `policyc eval`: the mnemonic where that stands for the opclass, else
 * the instruction word in hexadecimal. */
char *witness_head(struct arena *arena, const struct ir *ir, uint32_t opclass);
/* The witness as such a line: `lw code={Ex} mem={}`.  Slots that hold {} are left out, save mem. */
char *witness_line(struct arena *arena, const struct pol_space *space, const char *head,
                   const struct pol_form *form, const struct witness *witness);

#endif
