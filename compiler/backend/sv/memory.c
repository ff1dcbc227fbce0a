/* Memories and registers. */
#include "compiler/backend/sv/emit.h"

#include <inttypes.h>

static const char delay_text[] =
    "// A value some cycles later; with PIPELINE 0 at once.\n"
    "module pol_delay #(\n"
    "    parameter WIDTH = 1,\n"
    "    parameter CYCLES = 1,\n"
    "    parameter PIPELINE = 0\n"
    ") (\n"
    "    input  logic clk,\n"
    "    input  logic [WIDTH-1:0] in,\n"
    "    output logic [WIDTH-1:0] out\n"
    ");\n"
    "    generate\n"
    "        if (PIPELINE == 0 || CYCLES == 0) begin : direct\n"
    "            logic unused;\n"
    "            assign unused = clk;\n"
    "            assign out = in;\n"
    "        end else if (CYCLES == 1) begin : one\n"
    "            logic [WIDTH-1:0] held;\n"
    "            always_ff @(posedge clk) held <= in;\n"
    "            assign out = held;\n"
    "        end else begin : several\n"
    "            logic [WIDTH*CYCLES-1:0] held;\n"
    "            always_ff @(posedge clk) held <= {held[WIDTH*(CYCLES-1)-1:0], in};\n"
    "            assign out = held[WIDTH*CYCLES-1 -: WIDTH];\n"
    "        end\n"
    "    endgenerate\n"
    "endmodule\n";

void sv_emit_delay(struct sv_maker *sv)
{
    struct str_buf text;
    str_init(&text);
    str_add(&text, delay_text);
    sv_add_file(sv, "pol_delay.sv", &text);
}

static uint32_t address_bits(const struct hw_rom *rom)
{
    return hw_bits(rom->depth - 1);
}

/* Some tools need time that grows with the square of the length of a block. */
enum { WORDS_OF_A_BLOCK = 64 };

static void write_contents(struct sv_module *m, const struct hw_rom *rom, const char *name)
{
    sv_line(m, "    logic %s%s [0:%u];", sv_range(m, rom->width), name, rom->depth - 1);
    sv_line(m, "`ifdef POL_ROM_FILES\n    initial $readmemh(\"%s.mem\", %s);\n`else", rom->name,
            name);
    for (uint32_t i = 0; i < rom->depth; i++) {
        if (i % WORDS_OF_A_BLOCK == 0)
            sv_line(m, "%s    initial begin", i ? "    end\n" : "");
        sv_line(m, "        %s[%u] = %u'h%" PRIx64 ";", name, i, rom->width, rom->data[i]);
    }
    sv_line(m, "    end\n`endif");
}

/* The write port, one address space for all memories. */
static void write_load(struct sv_module *m, const struct hw_rom *rom, const char *name)
{
    uint32_t low = address_bits(rom), all = m->sv->hw->load_bits;
    const char *here = sv_text(m, "load_%s", name);
    if (low < all)
        sv_wire(m, 1, here, "load_we && %s == %s", sv_bits(m, "load_address", all, low, all - low),
                sv_literal(m, all - low, rom->load_base >> low));
    else
        sv_wire(m, 1, here, "load_we");
    sv_line(m, "    always_ff @(posedge clk)\n        if (%s) %s[%s] <= %s;", here, name,
            sv_bits(m, "load_address", all, 0, low), sv_bits(m, "load_data", 64, 0, rom->width));
}

void sv_words(struct sv_module *m, const struct hw_rom *rom, const char *name)
{
    write_contents(m, rom, name);
    if (m->sv->reloadable)
        write_load(m, rom, name);
}

static void emit_memory(struct sv_maker *sv, const struct hw_rom *rom)
{
    static const char *const purposes[] = {[HW_ROM_CLASS] = "Classes of codes.",
                                           [HW_ROM_CELLS] = "One lookup: rows of the next memory.",
                                           [HW_ROM_TERNARY] = "Entries of a ternary memory.",
                                           [HW_ROM_ACTION] = "What actions say.",
                                           [HW_ROM_LUT] = "Maps of codes."};
    struct sv_module *m =
        sv_module_new(sv, arena_printf(&sv->arena, "pol_rom_%s", rom->name), purposes[rom->kind]);
    sv_load_ports(m);
    sv_port(m, "input", address_bits(rom), "address");
    sv_port(m, "output", rom->width, "data");
    sv_words(m, rom, "words");
    sv_line(m, "    generate\n        if (PIPELINE == 0) begin : direct");
    sv_line(m, "            assign data = words[address];");
    sv_line(m, "        end else begin : registered");
    sv_line(m, "            logic %sheld;", sv_range(m, rom->width));
    sv_line(m, "            always_ff @(posedge clk) held <= words[address];");
    sv_line(m, "            assign data = held;\n        end\n    endgenerate");
    sv_module_end(m);
}

void sv_emit_memories(struct sv_maker *sv)
{
    for (uint32_t i = 0; i < sv->hw->nroms; i++)
        if (sv->hw->roms[i].kind != HW_ROM_TERNARY)
            emit_memory(sv, &sv->hw->roms[i]);
}

void sv_read(struct sv_module *m, uint32_t number, const char *address, const char *target)
{
    const struct hw_rom *rom = &m->sv->hw->roms[number];
    sv_line(m, "    logic %s%s;", sv_range(m, rom->width), target);
    sv_line(m,
            "    pol_rom_%s #(.PIPELINE(PIPELINE)) read_%s (.clk(clk)%s, .address(%s), .data(%s));",
            rom->name, target, sv_load_wires(m), address, target);
}
