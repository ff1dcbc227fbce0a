/* Entity maps, for a program of this tree. */
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/scratch.h"
#include "tests/fuzz/lib/tag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char elf[256], map[SCRATCH_PATH];
    tag_tree_path(elf, "stdlib-policies/programs/attack-clean.elf");
    scratch_path(map, "map.json");
    scratch_write(map, data, size);
    tag_and_check(elf, map);
    return 0;
}
