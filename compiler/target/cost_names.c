#include "compiler/target/cost_names.h"

const char *const cost_operands[POL_OPERANDS] = {
    [POL_OP_ENV] = "env", [POL_OP_CODE] = "code", [POL_OP_OP1] = "op1",
    [POL_OP_OP2] = "op2", [POL_OP_OP3] = "op3",   [POL_OP_MEM] = "mem"};

const char *const cost_layouts[COST_LAYOUTS] = {[POL_LAYOUT_DAG] = "dag",
                                                [POL_LAYOUT_DENSE] = "dense",
                                                [POL_LAYOUT_FLAT] = "flat",
                                                [POL_LAYOUT_TCAM] = "tcam"};

const char *const cost_domain_kinds[3] = {[POL_DOMAIN_COMPONENT] = "component",
                                          [POL_DOMAIN_GLOBAL] = "global",
                                          [POL_DOMAIN_STATIC] = "static"};

const char *const cost_kinds[COST_ROM_KINDS] = {[HW_ROM_CLASS] = "class",
                                                [HW_ROM_CELLS] = "cells",
                                                [HW_ROM_TERNARY] = "ternary",
                                                [HW_ROM_ACTION] = "action",
                                                [HW_ROM_LUT] = "lut"};

const char *const cost_kind_texts[COST_ROM_KINDS] = {[HW_ROM_CLASS] = "class maps",
                                                     [HW_ROM_CELLS] = "cells",
                                                     [HW_ROM_TERNARY] = "ternary entries (TCAM)",
                                                     [HW_ROM_ACTION] = "actions",
                                                     [HW_ROM_LUT] = "maps of codes in results"};
