/* The targets that come with the compiler; docs/targets.md says why each figure is what it is. */
#include <string.h>

#include "compiler/target/target.h"

const char *const target_builtin_names[] = {"mcu", "fpga", "server", NULL};

static const char *const texts[] = {
    /* iCE40 UP5K: 30 block RAMs of 4,096 bits; tags in the 16-bit wide single-port RAM. */
    "{\n"
    "    \"name\": \"mcu\",\n"
    "    \"isa\": \"rv32imac_zicsr_zifencei\",\n"
    "    \"granule\": 4,\n"
    "    \"tag_bits\": 16,\n"
    "    \"lanes\": 1,\n"
    "    \"ram_bits\": 122880,\n"
    "    \"ram_ports\": 30,\n"
    "    \"reloadable\": true,\n"
    "    \"lookups\": 12,\n"
    "    \"share_lanes\": true,\n"
    "    \"pipeline\": true,\n"
    "    \"layouts\": [\"dense\", \"dag\", \"flat\"]\n"
    "}\n",
    /* ECP5-25: 56 block RAMs of 18,432 bits, half of them for the table; one is 36 bits wide. */
    "{\n"
    "    \"name\": \"fpga\",\n"
    "    \"isa\": \"rv64imafdc_zicsr_zifencei\",\n"
    "    \"granule\": 8,\n"
    "    \"tag_bits\": 36,\n"
    "    \"lanes\": 2,\n"
    "    \"ram_bits\": 516096,\n"
    "    \"ram_ports\": 56,\n"
    "    \"reloadable\": true,\n"
    "    \"lookups\": 12,\n"
    "    \"share_lanes\": true,\n"
    "    \"pipeline\": true,\n"
    "    \"layouts\": [\"dense\", \"dag\", \"flat\"]\n"
    "}\n",
    /* An application core: SRAM of the size of a second-level TLB, a TCAM, 128 bits of tags. */
    "{\n"
    "    \"name\": \"server\",\n"
    "    \"isa\": \"rv64imafdc_zicsr_zifencei\",\n"
    "    \"granule\": 8,\n"
    "    \"tag_bits\": 128,\n"
    "    \"lanes\": 8,\n"
    "    \"ram_bits\": 4194304,\n"
    "    \"reloadable\": true,\n"
    "    \"tcam_entries\": 1024,\n"
    "    \"tcam_bits\": 64,\n"
    "    \"lookups\": 16,\n"
    "    \"share_lanes\": false,\n"
    "    \"pipeline\": true,\n"
    "    \"layouts\": [\"flat\", \"dense\", \"dag\", \"tcam\"]\n"
    "}\n"};

const char *target_builtin_json(const char *name)
{
    for (size_t i = 0; target_builtin_names[i]; i++)
        if (strcmp(name, target_builtin_names[i]) == 0)
            return texts[i];
    return NULL;
}
