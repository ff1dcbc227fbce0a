#include "compiler/ir/text.h"

const char *const ir_text_places[IR_PLACES] = {"env", "code",    "op1",    "op2",     "op3",
                                               "mem", "new-env", "new-rd", "new-csr", "new-mem"};
const char *const ir_text_results[POL_RESULTS] = {"env", "rd", "csr", "mem"};
const char *const ir_text_domains[3] = {"component", "global", "static"};
const char *const ir_text_actions[4] = {"report", "terminate", "failsafe", "halt"};
const char *const ir_text_entities[10] = {"env", "trap-env", "int-reg", "fp-reg",  "reg-default",
                                          "csr", "section",  "range",   "derived", "other"};
const char *const ir_text_files[4] = {"none", "int", "fp", "csr"};
const char *const ir_text_uses[4] = {"none", "read", "write", "readwrite"};
const char *const ir_text_int_ops[IR_TEXT_INT_OPS] = {"add", "sub",  "mul", "div",
                                                      "mod", "join", "meet"};
const char *const ir_text_guards[IR_TEXT_GUARDS] = {
    "true", "false", "not", "and", "or", "eq", "ne", "lt", "le", "seteq", "relation"};
const char *const ir_text_claims[3] = {"step", "never", "only"};
const char *const ir_text_verdicts[3] = {"any", "implicit", "explicit"};
const char *const ir_text_changes[4] = {"drop", "add", "lower", "raise"};
const char *const ir_text_flows[3] = {"value", "address", "control"};
