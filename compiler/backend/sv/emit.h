/* Shared by the files of the SystemVerilog backend; private to this folder.
 *
 * Time: within a module, cycles after its inputs with PIPELINE=1; with PIPELINE=0 all is at once.
 * A name with the suffix _tN is the same value N cycles after the module's inputs. */
#ifndef COMPILER_BACKEND_SV_EMIT_H
#define COMPILER_BACKEND_SV_EMIT_H

#include "compiler/backend/hw/model.h"
#include "compiler/backend/sv/sv.h"
#include "lang/support/attr.h"
#include "lang/support/str.h"

/* The result while it grows. */
struct sv_maker {
    struct sv result; /* first: what sv_emit hands out */
    struct arena arena;
    const struct hw *hw;
    const struct hw_model *model;
    bool reloadable, pipeline;
    VEC_OF(struct sv_file) files;
};

/* A delayed copy that has been declared. */
struct sv_copy {
    const char *name;
    uint32_t from, to;
};

/* One module while it is written. */
struct sv_module {
    struct sv_maker *sv;
    const char *name;
    struct arena *arena;
    struct str_buf ports, body;
    VEC_OF(struct sv_copy) copies;
    VEC_OF(const char *) once;  /* names that sv_first has seen */
    VEC_OF(const char *) spare; /* nets of which some bits may have no use */
    const struct hw_net *net;   /* the network being printed */
    const char **operands;      /* names of its sources, by enum pol_operand and so on */
    const unsigned char *live;
    unsigned char *named; /* per node: its net has been used */
    const char *select;   /* name of its list number at time 0; NULL: lists are not exclusive */
    uint32_t select_bits;
};

/* ---- text.c: modules and expressions -----------------------------------------------------------
 */

struct sv_module *sv_module_new(struct sv_maker *sv, const char *name, const char *purpose);
/* The same with further parameters: "parameter X = 1,\n    ". */
struct sv_module *sv_module_with(struct sv_maker *sv, const char *name, const char *purpose,
                                 const char *parameters);
/* Adds the file NAME.sv. */
void sv_module_end(struct sv_module *m);
void sv_add_file(struct sv_maker *sv, const char *name, struct str_buf *text);
/* `direction`: "input" or "output". */
void sv_port(struct sv_module *m, const char *direction, uint32_t width, const char *fmt, ...)
    LANG_PRINTF(4, 5);
/* The ports of the memories' bus, and their connections, if there is one. */
void sv_load_ports(struct sv_module *m);
const char *sv_load_wires(const struct sv_module *m);
void sv_line(struct sv_module *m, const char *fmt, ...) LANG_PRINTF(2, 3);
const char *sv_text(const struct sv_module *m, const char *fmt, ...) LANG_PRINTF(2, 3);
/* "[7:0] " or "". */
const char *sv_range(const struct sv_module *m, uint32_t width);
/* Declares a net. */
void sv_wire(struct sv_module *m, uint32_t width, const char *name, const char *fmt, ...)
    LANG_PRINTF(4, 5);
/* A literal of that many bits. */
const char *sv_literal(const struct sv_module *m, uint32_t width, uint64_t value);
const char *sv_ones(const struct sv_module *m, uint32_t width);
/* Bits of a net that is `of` bits wide; the whole net is just its name. */
const char *sv_bits(struct sv_module *m, const char *name, uint32_t of, uint32_t low,
                    uint32_t width);
/* A net's value, which is not negative or in two's complement, in `width` bits. */
const char *sv_fit(struct sv_module *m, const char *name, uint32_t of, bool is_signed,
                   uint32_t width);
/* The net `name`, there at time `from`, at time `to`. */
const char *sv_at(struct sv_module *m, const char *name, uint32_t width, uint32_t from,
                  uint32_t to);
/* True the first time that it is asked about a name. */
bool sv_first(struct sv_module *m, const char *name);
/* Some bits of this net may be of no use: says so to tools that warn. */
void sv_spare(struct sv_module *m, const char *name);
/* Are all values that matter the same? */
bool sv_uniform(const char *const *values, uint32_t n);
/* Declares `target`: values[i] where `select` is i; NULL: does not matter. */
void sv_mux(struct sv_module *m, const char *target, uint32_t width, const char *select,
            uint32_t select_bits, const char *const *values, uint32_t n);

/* ---- memory.c ----------------------------------------------------------------------------------
 */

void sv_emit_delay(struct sv_maker *sv);
void sv_emit_memories(struct sv_maker *sv);
/* Declares the array of a memory's words, with its contents and, if there is one, its write port.
 */
void sv_words(struct sv_module *m, const struct hw_rom *rom, const char *name);
/* Declares `target`, the word of a memory at an address, a cycle later. */
void sv_read(struct sv_module *m, uint32_t rom, const char *address, const char *target);

/* ---- net.c -------------------------------------------------------------------------------------
 */

/* Marks all that marked nodes need; nodes come after what they need. */
void sv_close(const struct hw_net *net, unsigned char *live);
/* Marks what lists fail by, write and look up. */
void sv_mark_lists(const struct hw_net *net, unsigned char *live);
/* Slots that live nodes read: by source * nslots + slot. */
unsigned char *sv_slots_used(struct sv_module *m, const struct hw_net *net,
                             const unsigned char *live);
void sv_emit_net(struct sv_module *m);
/* Nets that were declared and then not used are spare. */
void sv_spare_nodes(struct sv_module *m);
/* A node at a time, in `width` bits. */
const char *sv_node(struct sv_module *m, uint32_t node, uint32_t time, uint32_t width);
/* A node as a packed slot. */
const char *sv_packed(struct sv_module *m, uint32_t node, uint32_t slot, uint32_t time);
/* "op1_s3" */
const char *sv_slot_name(const struct sv_module *m, uint32_t source, uint32_t slot);

/* ---- modules -----------------------------------------------------------------------------------
 */

extern const char *const sv_source_names[HW_SOURCES];
extern const char *const sv_result_names[POL_RESULTS];
/* Slots that a module reads, as input ports, and their wires where it is used. */
void sv_slot_ports(struct sv_module *m, const unsigned char *used);
void sv_emit_decode(struct sv_maker *sv);
void sv_emit_ternary(struct sv_maker *sv, const struct hw_unit *u);
void sv_emit_lookup(struct sv_maker *sv, const struct hw_unit *u);
void sv_emit_action(struct sv_maker *sv, uint32_t decider);
void sv_emit_pairs(struct sv_maker *sv);
void sv_emit_step(struct sv_maker *sv);
void sv_emit_table(struct sv_maker *sv);

/* Cycles of the parts. */
uint32_t sv_lookup_latency(const struct hw_unit *u);
uint32_t sv_step_latency(const struct sv_maker *sv);
/* Slots that parts read, by source * nslots + slot; in the maker's arena. */
unsigned char *sv_lookup_slots(struct sv_maker *sv, const struct hw_unit *u);
unsigned char *sv_action_slots(struct sv_maker *sv, uint32_t decider);
/* Do operations of a decider need the counter's value? */
bool sv_action_counter(struct sv_maker *sv, uint32_t decider, uint32_t counter);

#endif
