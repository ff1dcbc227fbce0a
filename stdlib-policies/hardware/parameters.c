/* parameters TABLE.prt: the parameters of tag_core that follow from a rule table, as NAME=VALUE. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <pol/isa.h>

#include "layout.h"

static void print_mask(const struct layout *layout, const uint32_t *mask)
{
    uint32_t top = layout->words - 1;
    printf("TRAP_MASK=%" PRIu32 "'h%0*" PRIx32, layout->bits,
           (int)((layout->bits - 1) % 32 / 4 + 1), mask[top]);
    for (uint32_t i = top; i-- > 0;)
        printf("%08" PRIx32, mask[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    char err[400] = "usage: parameters TABLE.prt";
    struct pol_table *table = argc == 2 ? pol_table_load(argv[1], err, sizeof err) : NULL;
    struct pol_isa isa;
    if (!table || pol_isa_parse(table->strings + table->meta->isa, &isa, err, sizeof err)) {
        fprintf(stderr, "%s\n", err);
        pol_table_free(table);
        return 2;
    }
    struct layout *layout = layout_new(table);
    uint32_t *mask = layout ? calloc(layout->words, sizeof *mask) : NULL;
    if (!mask)
        abort();
    uint32_t granule = table->meta->granule, parcel = pol_isa_parcel(&isa);
    printf("W=%" PRIu32 "\nDOMAINS=%" PRIu32 "\nDECIDER=%" PRIu32 "\nRULE=%" PRIu32 "\nTAG=%" PRIu32
           "\nBYTES=%" PRIu32 "\nFINE_BYTES=%" PRIu32 "\n",
           layout->bits, table->n_domains ? table->n_domains : 1, layout->decider_bits,
           layout->rule_bits, layout->tag_bits, granule, granule < parcel ? granule : parcel);
    layout_trap_mask(layout, mask);
    print_mask(layout, mask);
    free(mask);
    layout_free(layout);
    pol_table_free(table);
    return 0;
}
