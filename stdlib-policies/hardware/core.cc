// tag_core compiled by Verilator, behind core.h.
#include "core.h"

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <new>

#include "Vtag_core.h"
#include "Vtag_core___024root.h"
#include "verilated.h"
#include "verilated_vcd_c.h"

// What the core was built with (run.sh).
static_assert(GRANULES == 1 || GRANULES == 2 || GRANULES == 4, "core.cc names the banks");

namespace
{
enum { WORDS = (TAG_BITS + 31) / 32, TICK = 10 };

// A port of any width as 32-bit words, and back.
void take(uint32_t *to, QData from)
{
    for (int i = 0; i < WORDS && i < 2; i++)
        to[i] = static_cast<uint32_t>(from >> 32 * i);
}
template <std::size_t N> void take(uint32_t *to, const VlWide<N> &from)
{
    for (std::size_t i = 0; i < N; i++)
        to[i] = from[i];
}
template <typename Port> void put(Port &to, const uint32_t *from)
{
    uint64_t value = from[0];
    if (WORDS > 1)
        value |= static_cast<uint64_t>(from[1 % WORDS]) << 32;
    to = static_cast<Port>(value);
}
template <std::size_t N> void put(VlWide<N> &to, const uint32_t *from)
{
    for (std::size_t i = 0; i < N; i++)
        to[i] = from[i];
}
} // namespace

struct core {
    VerilatedContext context;
    Vtag_core top{&context};
    std::unique_ptr<VerilatedVcdC> vcd;
    bool vcd_on = false;
    uint64_t cycles = 0, time = 0;
    FILE *record = nullptr;

    ~core()
    {
        if (vcd)
            vcd->close();
        if (record)
            fclose(record);
        top.final();
    }

    void step(bool clk)
    {
        top.clk = clk;
        top.eval();
        if (vcd && vcd_on)
            vcd->dump(time);
        time += TICK / 2;
    }
};

static void write_record(struct core *core)
{
    const Vtag_core &top = core->top;
    uint32_t tag[WORDS];
    take(tag, top.load_tag);
    fprintf(core->record, "%x %x %x %x ", top.rst_n, top.load_valid, top.load_kind,
            top.load_number);
    for (int i = WORDS; i-- > 0;)
        fprintf(core->record, "%08" PRIx32, tag[i]);
    fprintf(core->record, " %" PRIx64 " %" PRIx64 " %x %x", top.load_start, top.load_end,
            top.load_first, top.load_fine);
    fprintf(core->record, " %x %" PRIx64 " %x %x %x %" PRIx64 " %x %x %x %x %x", top.insn_valid,
            top.insn_pc, top.insn, top.insn_is_c, top.insn_has_addr, top.insn_addr, top.insn_sc_ok,
            top.insn_trapped, top.trap, top.trap_to_s, top.resume);
    fprintf(core->record, " %x %x %x %x %x %x %x %x %x %x\n", top.done, top.ready, top.violation,
            top.untagged, top.fail_kind, top.cause, top.decider, top.rule, top.tag, top.response);
}

void core_clock(struct core *core)
{
    core->step(false);
    if (core->record)
        write_record(core);
    core->step(true);
    core->cycles++;
}

static void reset(struct core *core)
{
    core->top.rst_n = 0;
    core_clock(core);
    core->top.rst_n = 1;
    core->cycles = 0;
}

struct core *core_open(void)
{
    struct core *core = new (std::nothrow) struct core;
    if (core)
        reset(core);
    return core;
}

void core_close(struct core *core)
{
    delete core;
}

uint32_t core_words(const struct core *)
{
    return WORDS;
}

uint32_t core_bits(const struct core *)
{
    return TAG_BITS;
}

uint32_t core_granules(const struct core *)
{
    return GRANULES;
}

uint32_t core_depth(const struct core *)
{
    return DEPTH;
}

uint32_t core_segments(const struct core *)
{
    return SEGMENTS;
}

uint64_t core_cycles(const struct core *core)
{
    return core->cycles;
}

void core_load(struct core *core, enum core_kind kind, uint32_t number, const uint32_t *tag)
{
    Vtag_core &top = core->top;
    top.load_valid = 1;
    top.load_kind = kind;
    top.load_number = number;
    put(top.load_tag, tag);
    core_clock(core);
    top.load_valid = 0;
}

void core_load_segment(struct core *core, uint32_t number, const struct core_segment *segment)
{
    Vtag_core &top = core->top;
    top.load_valid = 1;
    top.load_kind = CORE_SEGMENT;
    top.load_number = number;
    top.load_start = segment->start;
    top.load_end = segment->end;
    top.load_first = segment->first;
    top.load_fine = segment->fine;
    core_clock(core);
    top.load_valid = 0;
}

void core_trap(struct core *core, bool to_s)
{
    core->top.trap = 1;
    core->top.trap_to_s = to_s;
    core_clock(core);
    core->top.trap = 0;
}

void core_show(struct core *core, const struct core_insn *insn)
{
    Vtag_core &top = core->top;
    top.insn_valid = insn != nullptr;
    if (!insn)
        return;
    top.insn_pc = insn->pc;
    top.insn = insn->word;
    top.insn_is_c = insn->is_c;
    top.insn_has_addr = insn->has_address;
    top.insn_addr = insn->address;
    top.insn_sc_ok = insn->sc_ok;
    top.insn_trapped = insn->trapped;
}

void core_resume(struct core *core, bool resume)
{
    core->top.resume = resume;
}

void core_look(struct core *core, struct core_outputs *outputs)
{
    Vtag_core &top = core->top;
    top.clk = 0;
    top.eval();
    *outputs = {top.done != 0, top.violation != 0, top.ready != 0, top.untagged != 0, top.fail_kind,
                top.cause,     top.decider,        top.rule,       top.tag,           top.response};
}

#define BANK(number) root->tag_core__DOT__store__DOT__bank__BRA__##number##__KET____DOT__words

static void read_memory(const Vtag_core___024root *root, uint32_t index, uint32_t *tag)
{
    switch (index % GRANULES) {
    case 0:
        take(tag, BANK(0)[index / GRANULES]);
        break;
#if GRANULES > 1
    case 1:
        take(tag, BANK(1)[index / GRANULES]);
        break;
#endif
#if GRANULES > 2
    case 2:
        take(tag, BANK(2)[index / GRANULES]);
        break;
    case 3:
        take(tag, BANK(3)[index / GRANULES]);
        break;
#endif
    default:
        break;
    }
}

void core_read(const struct core *core, enum core_kind kind, uint32_t number, uint32_t *tag)
{
    const Vtag_core___024root *root = core->top.rootp;
    switch (kind) {
    case CORE_PC:
        return take(tag, root->tag_core__DOT__pc_tag);
    case CORE_X:
        return take(tag, root->tag_core__DOT__x_tags[number]);
    case CORE_F:
        return take(tag, root->tag_core__DOT__f_tags[number]);
    case CORE_CSR:
        return take(tag, root->tag_core__DOT__csr_tags[number]);
    case CORE_SAVED_M:
        return take(tag, root->tag_core__DOT__saved_m_tag);
    case CORE_SAVED_S:
        return take(tag, root->tag_core__DOT__saved_s_tag);
    case CORE_MEMORY:
        return read_memory(root, number, tag);
    default:
        return;
    }
}

bool core_vcd(struct core *core, const char *path)
{
    core->context.traceEverOn(true);
    core->vcd = std::make_unique<VerilatedVcdC>();
    core->top.trace(core->vcd.get(), 1);
    core->vcd->open(path);
    return core->vcd->isOpen();
}

void core_vcd_on(struct core *core, bool on)
{
    core->vcd_on = on;
}

bool core_record(struct core *core, const char *path)
{
    core->record = fopen(path, "w");
    if (core->record)
        reset(core);
    return core->record != nullptr;
}

double sc_time_stamp()
{
    return 0;
}
