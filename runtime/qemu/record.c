/* A QEMU plugin that records a bare-metal RISC-V program as a trace in the binary form.
 *
 *   qemu-system-riscv64 -machine virt -bios none -kernel prog.elf -nographic -accel
 * tcg,thread=single -plugin
 * librecord.so,out=prog.trace,isa=rv64imafdc_zicsr_zifencei,start=0x80000000,stop=0x100000
 *
 *   out=FILE      the trace (required)           start=PC   first instruction to record (default:
 * any) isa=STRING    for the header (required)      stop=ADDR  the access to this address is the
 * last recorded granule=N     for the header (default 8)     limit=N    stop after N instructions
 *   vector=PC     the trap handler, to notice interrupts after indirect jumps
 *
 * The interface tells that an instruction begins and, afterwards, what it accessed.  Whether it
 * retired shows when the next one begins, so each is written one instruction late: control that
 * left the way the word allows means retired; otherwise there was a trap (nothing was accessed
 * though the word says so, or the word always traps) or an interrupt.  docs/formats/trace.md lists
 * what cannot be seen this way.  One hart, machine mode. */
#include "flow.h"
#include "plugin.h"

#include "pol/trace.h"

#include <stdlib.h>
#include <string.h>

/* An instruction at an address: what callbacks are registered with.  They live until the emulator
 * exits, since translated blocks hold them. */
struct site {
    uint64_t pc;
    uint32_t word;
};

struct recorder {
    struct pol_trace_writer *writer;
    uint64_t start, stop, vector, limit, written;
    bool has_start, has_stop, has_vector, has_limit;
    bool active;             /* between start and stop */
    bool failed;             /* a message has been printed */
    const struct site *site; /* the instruction that began last, or NULL */
    bool accessed, stored;   /* what it did so far */
    uint64_t addr;
    struct site **sites; /* hash table by PC and word, a power of two long, at most half full */
    size_t site_count, site_slots;
};

/* The interface's translation callback has no user pointer, so there is one recorder for the
 * process. */
static struct recorder recorder;

int qemu_plugin_version = QEMU_PLUGIN_INTERFACE;

static void complain(struct recorder *record, const char *what, const char *why)
{
    if (!record->failed)
        fprintf(stderr, "record: %s: %s\n", what, why);
    record->failed = true;
    record->active = false;
}

/* --- sites */

static size_t site_slot(const struct recorder *record, uint64_t pc, uint32_t word)
{
    uint64_t hash = (pc ^ (uint64_t)word << 32) * 0x9e3779b97f4a7c15u;
    size_t at = (size_t)(hash >> 32) & (record->site_slots - 1);
    while (record->sites[at] && (record->sites[at]->pc != pc || record->sites[at]->word != word))
        at = (at + 1) & (record->site_slots - 1);
    return at;
}

static bool grow_sites(struct recorder *record)
{
    struct recorder larger = *record;
    larger.site_slots = record->site_slots ? 2 * record->site_slots : 4096;
    larger.sites = calloc(larger.site_slots, sizeof *larger.sites);
    if (!larger.sites)
        return false;
    for (size_t i = 0; i < record->site_slots; i++)
        if (record->sites[i])
            larger.sites[site_slot(&larger, record->sites[i]->pc, record->sites[i]->word)] =
                record->sites[i];
    free(record->sites);
    *record = larger;
    return true;
}

/* The site of an instruction, or NULL without memory. */
static struct site *find_site(struct recorder *record, uint64_t pc, uint32_t word)
{
    if (2 * record->site_count >= record->site_slots && !grow_sites(record))
        return NULL;
    size_t at = site_slot(record, pc, word);
    if (record->sites[at])
        return record->sites[at];
    struct site *site = malloc(sizeof *site);
    if (!site)
        return NULL;
    *site = (struct site){pc, word};
    record->sites[at] = site;
    record->site_count++;
    return site;
}

static void free_sites(struct recorder *record)
{
    for (size_t i = 0; i < record->site_slots; i++)
        free(record->sites[i]);
    free(record->sites);
    record->sites = NULL;
    record->site_count = record->site_slots = 0;
}

/* --- events */

static void put(struct recorder *record, const struct pol_event *event)
{
    if (!record->failed && !pol_trace_write(record->writer, event))
        complain(record, "cannot write", pol_trace_writer_error(record->writer)->message);
}

/* What was between an instruction and the one after it. */
struct between {
    bool trapped, interrupted;
    uint64_t cause;
};

/* Did control come from the instruction to `next` the way its word allows? */
static bool is_ordinary(const struct recorder *record, const struct flow *flow, uint64_t next)
{
    uint64_t after = record->site->pc + pol_insn_length(record->site->word);
    if (flow->kind == FLOW_ANY)
        return !record->has_vector || next != record->vector;
    if (flow->kind == FLOW_TRAP)
        return false;
    return (next == after && flow->kind != FLOW_JUMP) ||
           (next == flow->target && flow->kind != FLOW_NEXT);
}

static struct between judge(const struct recorder *record, uint64_t next)
{
    struct flow flow = flow_of(record->site->pc, record->site->word);
    struct between between = {.cause = POL_CAUSE_UNKNOWN};
    if (is_ordinary(record, &flow, next))
        return between;
    if (flow.kind == FLOW_TRAP)
        between.cause = flow.cause;
    between.trapped =
        flow.kind == FLOW_TRAP || (flow_accesses_memory(record->site->word) && !record->accessed);
    between.interrupted = !between.trapped;
    return between;
}

static unsigned insn_flags(const struct recorder *record, const struct between *between)
{
    unsigned flags = record->accessed ? POL_INSN_MEM : 0;
    if (between->trapped)
        return flags | POL_INSN_TRAPPED;
    if (flow_is_store_conditional(record->site->word))
        flags |= record->stored ? POL_INSN_SC_OK : POL_INSN_SC_FAIL;
    return flags;
}

/* Write the instruction that began last, and what came after it. */
static void settle(struct recorder *record, struct between between)
{
    const struct site *site = record->site;
    struct pol_event event = {.pc = site->pc, .word = site->word, .kind = POL_EVENT_INSN};
    event.flags = (uint8_t)insn_flags(record, &between);
    event.addr = record->accessed ? record->addr : 0;
    record->site = NULL;
    put(record, &event);
    record->written++;
    if (!between.trapped && !between.interrupted)
        return;
    struct pol_event trap = {.cause = between.cause, .mode = POL_MODE_M};
    trap.kind = between.trapped ? POL_EVENT_TRAP : POL_EVENT_IRQ;
    put(record, &trap);
}

/* --- callbacks */

static void on_insn(unsigned vcpu, void *user)
{
    struct recorder *record = &recorder;
    const struct site *site = user;
    (void)vcpu;
    if (record->site)
        settle(record, judge(record, site->pc));
    if (!record->active && record->has_start && site->pc == record->start) {
        record->active = true;
        record->has_start = false;
    }
    if (record->has_limit && record->written >= record->limit)
        record->active = false;
    if (!record->active)
        return;
    record->site = site;
    record->accessed = record->stored = false;
}

static void on_read(unsigned vcpu, uint32_t info, uint64_t vaddr, void *user)
{
    struct recorder *record = &recorder;
    (void)vcpu;
    (void)info;
    if (record->site != user)
        return;
    if (!record->accessed)
        record->addr = vaddr;
    record->accessed = true;
    if (record->has_stop && vaddr == record->stop)
        record->active = false;
}

static void on_write(unsigned vcpu, uint32_t info, uint64_t vaddr, void *user)
{
    if (recorder.site == user)
        recorder.stored = true;
    on_read(vcpu, info, vaddr, user);
}

static uint32_t insn_word(const struct qemu_plugin_insn *insn)
{
    const unsigned char *data = qemu_plugin_insn_data(insn);
    uint32_t word = data[0] | (uint32_t)data[1] << 8;
    if (qemu_plugin_insn_size(insn) == 4)
        word |= (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
    return word;
}

static void on_translation(uint64_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        struct site *site = find_site(&recorder, qemu_plugin_insn_vaddr(insn), insn_word(insn));
        if (!site) {
            complain(&recorder, "cannot go on", "out of memory");
            return;
        }
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_insn, QEMU_PLUGIN_CB_NO_REGS, site);
        qemu_plugin_register_vcpu_mem_cb(insn, on_read, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_R,
                                         site);
        qemu_plugin_register_vcpu_mem_cb(insn, on_write, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_W,
                                         site);
    }
}

/* The last instruction has no successor to judge it by: one that should have accessed memory and
 * did not is left out, every other one counts as retired. */
static void on_exit(uint64_t id, void *user)
{
    struct recorder *record = user;
    struct pol_trace_error error;
    (void)id;
    if (record->site && (record->accessed || !flow_accesses_memory(record->site->word)) &&
        flow_of(record->site->pc, record->site->word).kind != FLOW_TRAP)
        settle(record, (struct between){0});
    if (!pol_trace_finish(record->writer, &error))
        complain(record, "cannot finish", error.message);
    record->writer = NULL;
    record->active = false;
    record->site = NULL;
    free_sites(record);
}

/* --- options */

static bool number_option(const char *value, uint64_t *number, bool *given)
{
    char *end;
    *number = strtoull(value, &end, 0);
    *given = *value && !*end;
    return *given;
}

static bool header_option(struct pol_trace_header *header, const char *name, const char *value)
{
    uint64_t granule;
    bool given;
    if (strcmp(name, "isa") == 0) {
        snprintf(header->isa, sizeof header->isa, "%s", value);
        return strlen(value) < sizeof header->isa;
    }
    if (strcmp(name, "granule") != 0 || !number_option(value, &granule, &given) || granule > 8)
        return false;
    header->granule = (uint32_t)granule;
    return true;
}

/* One NAME=VALUE, which QEMU leaves to us to split. */
static bool option(struct recorder *record, struct pol_trace_header *header, const char **out,
                   char *text)
{
    const struct {
        const char *name;
        uint64_t *number;
        bool *given;
    } numbers[] = {{"start", &record->start, &record->has_start},
                   {"stop", &record->stop, &record->has_stop},
                   {"vector", &record->vector, &record->has_vector},
                   {"limit", &record->limit, &record->has_limit}};
    char *value = strchr(text, '=');
    if (!value)
        return false;
    *value++ = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(text, numbers[i].name) == 0)
            return number_option(value, numbers[i].number, numbers[i].given);
    if (strcmp(text, "out") != 0)
        return header_option(header, text, value);
    *out = value;
    return true;
}

static bool options(struct recorder *record, struct pol_trace_header *header, const char **out,
                    int argc, char **argv)
{
    *header = (struct pol_trace_header){.granule = 8};
    *out = NULL;
    for (int i = 0; i < argc; i++)
        if (!option(record, header, out, argv[i])) {
            complain(record, "bad option", argv[i]);
            return false;
        }
    if (*out && header->isa[0])
        return true;
    complain(record, "options", "out= and isa= are required");
    return false;
}

int qemu_plugin_install(uint64_t id, const struct qemu_plugin_info *info, int argc, char **argv)
{
    struct recorder *record = &recorder;
    struct pol_trace_header header;
    struct pol_trace_error error;
    const char *out;
    if (!options(record, &header, &out, argc, argv))
        return -1;
    if (info->system_emulation && info->system.smp_vcpus > 1) {
        complain(record, "cannot record", "more than one hart");
        return -1;
    }
    record->writer = pol_trace_create(out, POL_TRACE_BINARY, &header, &error);
    if (!record->writer) {
        complain(record, out, error.message);
        return -1;
    }
    record->active = !record->has_start;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    qemu_plugin_register_atexit_cb(id, on_exit, record);
    return 0;
}
