/* The passes of the proof. */
#include "compiler/verify/verify.h"

#include <string.h>

#include "compiler/verify/internal.h"

bool verify_table(const struct ir *ir, const struct pol_table *table, struct verify_stats *stats,
                  char *err, size_t errsize)
{
    struct verify_stats unused = {.programs = 0};
    struct vf v = {.ir = ir, .t = table, .err = err, .errsize = errsize};
    v.stats = stats ? stats : &unused;
    if (errsize)
        err[0] = '\0';
    arena_init(&v.arena);
    sym_init(&v.sym, VERIFY_MAX_SYMBOLS);
    bool ok = vf_facts(&v) && vf_relate_init(&v) && vf_encoding(&v) && vf_initial(&v) &&
              vf_decode(&v) && vf_decide(&v) && vf_actions(&v) && vf_merges(&v);
    sym_free(&v.sym);
    arena_free(&v.arena);
    return ok && !v.failed;
}
