/* ELF files: sections, symbols, unwind tables. */
#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/scratch.h"
#include "tests/fuzz/lib/tag.h"

static const char map[] =
    "{\"format\": \"pol-entities\", \"version\": 1, \"entities\": ["
    "{\"entity\": \"SOC.Memory.Ram\", \"kind\": \"range\", \"start\": \"0x80000000\","
    " \"size\": \"0x100000\"},"
    "{\"entity\": \"SOC.IO.Devices\", \"kind\": \"none\"},"
    "{\"entity\": \"heap.New\", \"kind\": \"symbol\", \"symbol\": \"pol_heap_new\","
    " \"optional\": true}]}";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char elf[SCRATCH_PATH], entities[SCRATCH_PATH];
    scratch_path(elf, "program.elf");
    scratch_path(entities, "map.json");
    scratch_write(elf, data, size);
    scratch_write(entities, map, sizeof map - 1);
    tag_and_check(elf, entities);
    return 0;
}
