/* The TCAM layout. */
#include "compiler/table/levels.h"

bool tcam_program(const struct program_source *src, struct pol_prt_program *prog,
                  struct states *last)
{
    (void)prog;
    (void)last;
    plan_fail(src->p, "not there yet");
    return false;
}
