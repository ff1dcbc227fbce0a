/* The tag machine, clause by clause, over a policy in C (toy.h). */
#include <pol/image.h>
#include <pol/machine.h>
#include <pol/report.h>

#include <unistd.h>

#include "check.h"
#include "bench.h"

static struct pol_event insn(uint32_t word)
{
    return (struct pol_event){.kind = POL_EVENT_INSN, .pc = CODE, .word = word};
}

static struct pol_event access_at(uint32_t word, uint64_t addr)
{
    return (struct pol_event){
        .kind = POL_EVENT_INSN, .pc = CODE, .word = word, .addr = addr, .flags = POL_INSN_MEM};
}

/* The outcome in words. */
static const char *step(struct bench *b, struct pol_event event)
{
    if (pol_machine_step(b->machine, &event, &b->outcome)) {
        snprintf(b->text, sizeof b->text, "bad: %s", pol_machine_error(b->machine));
        return b->text;
    }
    pol_outcome_format(b->space, &toy_debug, &b->outcome, b->text, sizeof b->text);
    return b->text;
}

static const char *run(struct bench *b, uint32_t word)
{
    return step(b, insn(word));
}

static const char *tag_place(struct bench *b, uint8_t target, uint32_t number, uint64_t start_at,
                             uint64_t length, const char *set)
{
    struct pol_event event = {.kind = POL_EVENT_TAG, .target = target, .text = set};
    if (target == POL_TAG_MEM) {
        event.start = start_at;
        event.length = length;
    } else {
        event.word = number;
    }
    return step(b, event);
}

static const char *tag_x(struct bench *b, uint32_t number, const char *set)
{
    return tag_place(b, POL_TAG_X, number, 0, 0, set);
}

static const char *tag_mem(struct bench *b, uint64_t at, uint64_t length, const char *set)
{
    return tag_place(b, POL_TAG_MEM, 0, at, length, set);
}

static const char *show(struct bench *b, int found)
{
    if (!found)
        return "untagged";
    if (found < 0)
        return "invalid";
    pol_lit_format(b->space, b->lit, b->text, sizeof b->text);
    return b->text;
}

static const char *x(struct bench *b, uint32_t number)
{
    struct pol_place place = {.target = POL_TAG_X, .number = number};
    return show(b, pol_machine_read(b->machine, 0, &place, b->lit));
}

static const char *env_of(struct bench *b, uint16_t hart)
{
    struct pol_place place = {.target = POL_TAG_ENV};
    return show(b, pol_machine_read(b->machine, hart, &place, b->lit));
}

static const char *csr(struct bench *b, uint32_t number)
{
    struct pol_place place = {.target = POL_TAG_CSR, .number = number};
    return show(b, pol_machine_read(b->machine, 0, &place, b->lit));
}

static const char *mem(struct bench *b, uint64_t address)
{
    struct pol_place place = {.target = POL_TAG_MEM, .address = address};
    return show(b, pol_machine_read(b->machine, 0, &place, b->lit));
}

/* ---- Steps ----------------------------------------------------------------------------------- */

static void test_registers(void)
{
    struct bench b;
    start(&b);
    b.image->x[0] = set_of(&b, "{Good}");
    b.image->x[10] = set_of(&b, "{Ptr 3}");
    build(&b);
    CASE("results go to rd, operands come from registers");
    CHECK_STR(run(&b, ADDI_A1_A0), "allow");
    CHECK(b.outcome.evaluated && b.outcome.committed);
    CHECK_STR(x(&b, 11), "{Ptr 3}");
    CHECK_STR(run(&b, ADD_A2_A0_A1), "allow");
    CHECK_STR(x(&b, 12), "{Ptr 3}");
    CASE("x0 keeps its initial tags");
    CHECK_STR(run(&b, ADDI_X0_A0), "allow");
    CHECK_STR(x(&b, 0), "{Good}");
    CHECK_STR(run(&b, ADDI_A1_X0), "allow");
    CHECK_STR(x(&b, 11), "{Good}");
    CASE("compressed instructions are expanded");
    CHECK_STR(run(&b, C_MV_A1_A0), "allow");
    CHECK_INT(b.outcome.word, 0x00a005b3);
    CHECK_STR(x(&b, 11), "{Good, Ptr 3}");
    CASE("env is written, other harts have their own state");
    struct pol_event event = insn(JAL_RA);
    event.hart = 3;
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(env_of(&b, 3), "{Call}");
    CHECK(!strcmp(env_of(&b, 0), "{}"));
    CHECK_STR(x(&b, 12), "{Ptr 3}");
    stop(&b);
}

static void test_violations(void)
{
    struct bench b;
    start(&b);
    build(&b);
    CASE("a violation commits nothing");
    CHECK_STR(tag_x(&b, 10, "{Ptr 1}"), "allow");
    CHECK_STR(tag_x(&b, 11, "{Ptr 2}"), "allow");
    CHECK_STR(tag_x(&b, 12, "{Taint}"), "allow");
    CHECK_STR(run(&b, ADD_A2_A0_A1), "fail explicit toy.pol:14:3 \"conflicting arguments of Ptr\"");
    CHECK(!b.outcome.committed);
    CHECK_STR(x(&b, 12), "{Taint}");
    CHECK_STR(tag_mem(&b, DATA, 8, "{Taint}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA)), "fail explicit toy.pol:10:3 \"read violation\"");
    CHECK_STR(step(&b, access_at(SD_A1_A0, DATA)),
              "fail explicit toy.pol:12:3 \"write violation\" respond toy.lockdown");
    CHECK_STR(mem(&b, DATA), "{Taint}");
    CASE("no rule: implicit");
    CHECK_STR(tag_mem(&b, CODE, 4, "{}"), "allow");
    CHECK_STR(run(&b, NOP), "fail implicit");
    CHECK_STR(tag_mem(&b, CODE, 4, "{Ex}"), "allow");
    CASE("words that do not decode fail before any decider");
    unsigned asked = b.toy.evaluations;
    CHECK_STR(run(&b, 0xffffffff), "fail implicit");
    CHECK_INT(b.outcome.answer.first.cause, POL_CAUSE_UNDECODABLE);
    CHECK_STR(run(&b, 0x0000), "fail implicit");
    CHECK_INT(b.toy.evaluations, asked);
    CASE("untagged memory: fetch and data");
    struct pol_event event = insn(NOP);
    event.pc = 0x5000;
    CHECK_STR(step(&b, event), "fail implicit \"untagged memory\"");
    CHECK_INT(b.outcome.address, 0x5000);
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 0x100)), "fail implicit \"untagged memory\"");
    CHECK_INT(b.outcome.address, DATA + 0x100);
    event.pc = CODE + 0xfe;
    CHECK_STR(step(&b, event), "fail implicit \"untagged memory\"");
    CHECK_INT(b.outcome.address, CODE + 0x100);
    CASE("{} is a tag set, not untagged");
    CHECK_STR(tag_mem(&b, DATA + 0x100, 8, "{}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 0x100)),
              "fail explicit toy.pol:10:3 \"read violation\"");
    stop(&b);
}

static void test_phases(void)
{
    struct bench b;
    start(&b);
    build(&b);
    CASE("a trapped instruction is evaluated and discarded");
    CHECK_STR(tag_x(&b, 10, "{Taint}"), "allow");
    struct pol_event event = insn(ADDI_A1_A0);
    event.flags = POL_INSN_TRAPPED;
    CHECK_STR(step(&b, event), "allow");
    CHECK(b.outcome.trapped && !b.outcome.committed);
    CHECK_STR(x(&b, 11), "{}");
    CASE("a trapped access without address or to untagged memory passes, others are checked");
    event = insn(LD_A1_A0);
    event.flags = POL_INSN_TRAPPED;
    CHECK_STR(step(&b, event), "allow");
    event = access_at(LD_A1_A0, 0x700000);
    event.flags |= POL_INSN_TRAPPED;
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(tag_mem(&b, DATA, 8, "{}"), "allow");
    event.addr = DATA;
    CHECK_STR(step(&b, event), "fail explicit toy.pol:10:3 \"read violation\"");
    CASE("fresh values advance at commit only");
    CHECK_STR(run(&b, LUI_A0), "allow");
    CHECK_STR(x(&b, 10), "{Ptr 0}");
    event = insn(LUI_A0);
    event.flags = POL_INSN_TRAPPED;
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(run(&b, LUI_A0), "allow");
    CHECK_STR(x(&b, 10), "{Ptr 1}");
    CASE("evaluate changes nothing, commit writes, discard does not");
    event = insn(LUI_A0);
    CHECK_INT(pol_machine_evaluate(b.machine, &event, &b.outcome), 0);
    CHECK_STR(x(&b, 10), "{Ptr 1}");
    CHECK_INT(pol_machine_result(b.machine, POL_RES_RD, 0, b.lit), 1);
    CHECK_STR(show(&b, 1), "{Ptr 2}");
    pol_machine_discard(b.machine);
    pol_machine_commit(b.machine, &b.outcome, true); /* nothing is pending */
    CHECK_STR(x(&b, 10), "{Ptr 1}");
    CHECK_INT(pol_machine_evaluate(b.machine, &event, &b.outcome), 0);
    pol_machine_commit(b.machine, &b.outcome, true);
    CHECK_STR(x(&b, 10), "{Ptr 2}");
    CASE("reset goes back to the image, counters included");
    pol_machine_reset(b.machine);
    CHECK_STR(x(&b, 10), "untagged"); /* no hart yet */
    CHECK_STR(run(&b, LUI_A0), "allow");
    CHECK_STR(x(&b, 10), "{Ptr 0}");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr}");
    stop(&b);
}

static void test_effects(void)
{
    struct bench b;
    start(&b);
    b.image->csr[0x340] = set_of(&b, "{Good}");
    b.image->csr_default = set_of(&b, "{Taint}");
    build(&b);
    CASE("csrrw reads and writes the cell");
    CHECK_STR(tag_x(&b, 10, "{Ptr 4}"), "allow");
    CHECK_STR(run(&b, CSRRW_A1_MSCRATCH_A0), "allow");
    CHECK_STR(x(&b, 11), "{Good}");
    CHECK_STR(csr(&b, 0x340), "{Ptr 4}");
    CASE("csrrs with x0 writes no CSR");
    CHECK_STR(run(&b, CSRRS_A1_MSCRATCH_X0), "allow");
    CHECK_STR(x(&b, 11), "{Ptr 4}");
    CHECK_STR(csr(&b, 0x340), "{Ptr 4}");
    CASE("views of one register share a cell");
    CHECK_STR(csr(&b, 0x003), "{Taint}");
    CHECK_STR(run(&b, CSRRW_A1_FFLAGS_A0), "allow");
    CHECK_STR(run(&b, CSRRS_A2_FCSR_X0), "allow");
    CHECK_STR(x(&b, 12), "{Ptr 4}");
    CASE("a failed sc writes rd but no memory");
    CHECK_STR(tag_x(&b, 11, "{Ptr 9}"), "allow");
    struct pol_event event = access_at(SC_D_A2_A1_A0, DATA);
    CHECK_STR(step(&b, event), "bad: a store-conditional without its outcome");
    event.flags |= POL_INSN_SC_FAIL;
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(x(&b, 12), "{}");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr}");
    event.flags = POL_INSN_MEM | POL_INSN_SC_OK;
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr, Ptr 9}");
    CASE("an atomic reads and writes");
    CHECK_STR(tag_x(&b, 11, "{Good}"), "allow");
    CHECK_STR(step(&b, access_at(AMOSWAP_D_A2_A1_A0, DATA)), "allow");
    CHECK_STR(x(&b, 12), "{Rd, Wr, Ptr 9}");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr, Good}");
    CASE("an access needs its address");
    CHECK_STR(run(&b, LD_A1_A0), "bad: a memory access without its address");
    stop(&b);
}

static void test_components(void)
{
    struct bench b;
    start(&b);
    build(&b);
    CASE("what a step leaves unchanged stays");
    CHECK_STR(tag_x(&b, 11, "{Sec}"), "allow");
    CHECK_STR(tag_x(&b, 10, "{Taint}"), "allow");
    CHECK_STR(run(&b, ADDI_A1_A0), "allow");
    CHECK_STR(x(&b, 11), "{Taint, Sec}");
    stop(&b);
}

/* ---- Granules -------------------------------------------------------------------------------- */

static void test_loads(void)
{
    struct bench b;
    start(&b);
    build(&b);
    CASE("a load from a part of a granule has the granule's tags");
    CHECK_STR(tag_mem(&b, DATA, 8, "{Rd, Good, Ptr 5}"), "allow");
    CHECK_STR(step(&b, access_at(LB_A1_A0, DATA + 7)), "allow");
    CHECK_INT(b.outcome.granules, 1);
    CHECK_STR(x(&b, 11), "{Good, Ptr 5}");
    CASE("a load over two granules merges: any and all");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Rd, Taint, Own 1}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)), "allow");
    CHECK_INT(b.outcome.granules, 2);
    CHECK_STR(x(&b, 11), "{Taint, Ptr 5}");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Rd, Good, Ptr 5}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)), "allow");
    CHECK_STR(x(&b, 11), "{Good, Ptr 5}");
    CASE("merge all with unequal arguments drops, merge any fails");
    CHECK_STR(tag_mem(&b, DATA, 8, "{Rd, Own 1}"), "allow");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Rd, Own 2}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)), "allow");
    CHECK_STR(x(&b, 11), "{}");
    CHECK_STR(tag_mem(&b, DATA, 8, "{Rd, Ptr 1}"), "allow");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Rd, Ptr 2}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)),
              "fail explicit \"conflicting arguments of Ptr\"");
    CHECK_INT(b.outcome.cause, POL_MACHINE_CONFLICT);
    CHECK_STR(x(&b, 11), "{}");
    CASE("all granules must allow; the answer is the failing one's");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)),
              "fail explicit toy.pol:10:3 \"read violation\"");
    CHECK_INT(b.outcome.granule, 1);
    CHECK_INT(pol_machine_operand(b.machine, POL_OP_MEM, 1, b.lit), 1);
    CHECK_STR(show(&b, 1), "{}");
    CASE("of two failing granules the first explicit one answers");
    CHECK_STR(tag_mem(&b, DATA, 8, "{}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)),
              "fail explicit toy.pol:10:3 \"read violation\"");
    CHECK_INT(b.outcome.granule, 0);
    CASE("of several failing granules the most severe response acts");
    b.toy.wrong = RESPOND;
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Taint}"), "allow");
    pol_machine_debug(b.machine, &toy_debug);
    CHECK(step(&b, access_at(LD_A1_A0, DATA + 4)) && b.outcome.answer.response == 1);
    b.toy.wrong = 0;
    CHECK_STR(tag_mem(&b, DATA, 8, "{Rd, Ptr 1}"), "allow");
    CASE("granules must agree on env");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Rd, Env}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)), "fail explicit \"granules disagree\"");
    CHECK_STR(env_of(&b, 0), "{}");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 8)), "allow");
    CHECK_STR(env_of(&b, 0), "{Env}");
    CASE("one begin and one commit, however many granules");
    CHECK_STR(tag_mem(&b, DATA, 16, "{Rd}"), "allow");
    unsigned begins = b.toy.begins, commits = b.toy.commits, asked = b.toy.evaluations;
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 4)), "allow");
    CHECK_INT(b.toy.begins, begins + 1);
    CHECK_INT(b.toy.commits, commits + 1);
    CHECK_INT(b.toy.evaluations, asked + 2);
    CASE("one untagged granule is enough to fail");
    CHECK_STR(step(&b, access_at(LD_A1_A0, DATA + 0xfc)), "fail implicit \"untagged memory\"");
    CHECK_INT(b.outcome.address, DATA + 0x100);
    stop(&b);
}

static void test_stores(void)
{
    struct bench b;
    start(&b);
    build(&b);
    CASE("a store of a whole granule replaces its tags");
    CHECK_STR(tag_x(&b, 11, "{Good}"), "allow");
    CHECK_STR(tag_mem(&b, DATA, 16, "{Wr, Taint, Ptr 1}"), "allow");
    CHECK_STR(step(&b, access_at(SD_A1_A0, DATA)), "allow");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr, Good}");
    CHECK_STR(mem(&b, DATA + 8), "{Wr, Taint, Ptr 1}");
    CASE("a store of a part merges with the old tags");
    CHECK_STR(step(&b, access_at(SW_A1_A0, DATA + 8)), "allow");
    CHECK_STR(mem(&b, DATA + 8), "{Rd, Wr, Taint, Ptr 1}");
    CASE("a store over two granules merges with both");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Wr, Good, Taint}"), "allow");
    CHECK_STR(step(&b, access_at(SD_A1_A0, DATA + 4)), "allow");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr, Good}");
    CHECK_STR(mem(&b, DATA + 8), "{Rd, Wr, Taint, Good}");
    CASE("a conflict of the merge fails and writes nothing");
    CHECK_STR(tag_x(&b, 11, "{Ptr 2}"), "allow");
    CHECK_STR(tag_mem(&b, DATA + 8, 8, "{Wr, Ptr 1}"), "allow");
    CHECK_STR(step(&b, access_at(SW_A1_A0, DATA + 12)),
              "fail explicit \"conflicting arguments of Ptr\"");
    CHECK_INT(b.outcome.address, DATA + 8);
    CHECK_STR(mem(&b, DATA + 8), "{Wr, Ptr 1}");
    CHECK_STR(step(&b, access_at(SD_A1_A0, DATA + 8)), "allow");
    CHECK_STR(mem(&b, DATA + 8), "{Rd, Wr, Ptr 2}");
    CASE("unchanged parts contribute their old tags");
    CHECK_STR(tag_x(&b, 11, "{}"), "allow");
    CHECK_STR(tag_mem(&b, DATA, 8, "{Wr, Sec}"), "allow");
    CHECK_STR(step(&b, access_at(SW_A1_A0, DATA)), "allow");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr, Sec}");
    stop(&b);
}

static void test_granule_sizes(void)
{
    struct bench b;
    for (uint32_t granule = 1; granule <= 8; granule *= 2) {
        start_with(&b, "rv64imac_zicsr", granule, 0);
        build(&b);
        CASE("granule size");
        CHECK_STR(tag_x(&b, 11, "{Good}"), "allow");
        CHECK_STR(step(&b, access_at(SD_A1_A0, DATA)), "allow");
        CHECK_INT(b.outcome.granules, 8 / granule);
        CHECK_STR(mem(&b, DATA + 7), "{Rd, Wr, Good}");
        CHECK_STR(mem(&b, DATA + 8), "{Rd, Wr}");
        CHECK_STR(step(&b, access_at(SD_A1_A0, DATA + 0x11)), "allow");
        CHECK_INT(b.outcome.granules, granule == 1 ? 8 : 8 / granule + 1);
        stop(&b);
    }
    CASE("RV32: default granule 4, addresses of 32 bits");
    start_with(&b, "rv32imac_zicsr", 0, 0);
    CHECK_INT(b.image->granule, 4);
    claim(&b, 0xfffffff8, 8, "{Rd, Wr, Taint}");
    claim(&b, 0, 8, "{Rd, Wr, Good}");
    build(&b);
    CHECK_STR(step(&b, access_at(LW_A1_A0, 0xfffffffe)), "allow");
    CHECK_INT(b.outcome.granules, 2);
    CHECK_STR(x(&b, 11), "{Taint}");
    CHECK_STR(tag_mem(&b, 0xfffffffc, 8, "{}"),
              "bad: a range that is empty or passes the end of the address space");
    stop(&b);
}

static void test_code(void)
{
    struct bench b;
    start(&b);
    build(&b);
    CASE("ci is the first parcel's set");
    CHECK_STR(tag_mem(&b, CODE, 2, "{Ex, Taint, Call}"), "allow");
    CHECK_STR(tag_mem(&b, CODE + 2, 2, "{Sec}"), "allow");
    CHECK_STR(run(&b, NOP), "allow");
    CHECK_INT(pol_machine_code_granules(b.machine), 2);
    CHECK_INT(pol_machine_operand(b.machine, POL_OP_CODE, 0, b.lit), 1);
    CHECK_STR(show(&b, 1), "{Ex, Taint, Call}");
    CASE("minus each merge-all tag that a later parcel lacks");
    CHECK_STR(tag_mem(&b, CODE, 2, "{Ex, Good, Own 1}"), "allow");
    CHECK_STR(tag_mem(&b, CODE + 2, 2, "{Good, Own 2}"), "allow");
    for (int again = 0; again < 2; again++) { /* the second time from the memo */
        CHECK_STR(run(&b, NOP), "allow");
        CHECK_INT(pol_machine_operand(b.machine, POL_OP_CODE, 0, b.lit), 1);
        CHECK_STR(show(&b, 1), "{Ex, Good}");
    }
    CHECK_STR(run(&b, C_MV_A1_A0), "allow");
    CHECK_INT(pol_machine_operand(b.machine, POL_OP_CODE, 0, b.lit), 1);
    CHECK_STR(show(&b, 1), "{Ex, Good, Own 1}");
    CASE("fine pages have parcel granules for data too");
    CHECK_STR(tag_mem(&b, CODE + 8, 8, "{Rd, Wr}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, CODE + 8)), "allow");
    CHECK_INT(b.outcome.granules, 4);
    CHECK_STR(tag_mem(&b, CODE + 10, 2, "{Taint}"), "allow");
    CHECK_STR(step(&b, access_at(LD_A1_A0, CODE + 8)),
              "fail explicit toy.pol:10:3 \"read violation\"");
    CHECK_INT(b.outcome.granule, 1);
    CASE("code on a coarse page: one granule holds several instructions");
    CHECK_STR(tag_mem(&b, DATA, 8, "{Ex}"), "allow");
    struct pol_event event = insn(NOP);
    event.pc = DATA + 4;
    CHECK_STR(step(&b, event), "allow");
    CHECK_INT(pol_machine_code_granules(b.machine), 1);
    CASE("an instruction over two pages");
    CHECK_STR(tag_mem(&b, 0x1ffe, 2, "{Ex, Good}"), "allow");
    CHECK_STR(tag_mem(&b, 0x2000, 2, "{Ex}"), "allow");
    event.pc = 0x1ffe;
    for (int again = 0; again < 2; again++) { /* the second time the pages are at hand */
        CHECK_STR(step(&b, event), "allow");
        CHECK_INT(pol_machine_operand(b.machine, POL_OP_CODE, 0, b.lit), 1);
        CHECK_STR(show(&b, 1), "{Ex}");
    }
    stop(&b);
}

/* ---- Traps and events ------------------------------------------------------------------------ */

static struct pol_event trap(uint8_t kind, uint8_t mode)
{
    return (struct pol_event){.kind = kind, .cause = 8, .mode = mode};
}

static void test_traps(void)
{
    struct bench b;
    start(&b);
    build(&b);
    CASE("traps move no tags by default");
    CHECK_STR(run(&b, JAL_RA), "allow");
    CHECK_STR(step(&b, trap(POL_EVENT_TRAP, POL_MODE_M)), "allow");
    CHECK_STR(env_of(&b, 0), "{Call}");
    CHECK_STR(run(&b, MRET), "allow");
    CHECK_STR(env_of(&b, 0), "{Call}");
    stop(&b);
    start(&b);
    b.image->trap_env = set_of(&b, "{Trap}");
    CHECK_INT(pol_image_add_trap_domain(b.image, 0), 0);
    build(&b);
    CASE("a trap saves and replaces the part of who opted in, mret restores it");
    CHECK_STR(tag_place(&b, POL_TAG_ENV, 0, 0, 0, "{Call, Sec}"), "allow");
    CHECK_STR(step(&b, trap(POL_EVENT_TRAP, POL_MODE_M)), "allow");
    CHECK_STR(env_of(&b, 0), "{Trap, Sec}");
    CHECK_STR(tag_place(&b, POL_TAG_ENV, 0, 0, 0, "{Trap}"), "allow");
    CHECK_STR(run(&b, MRET), "allow");
    CHECK_STR(env_of(&b, 0), "{Call}");
    CASE("S and M modes save apart; interrupts do as traps");
    CHECK_STR(step(&b, trap(POL_EVENT_IRQ, POL_MODE_S)), "allow");
    CHECK_STR(env_of(&b, 0), "{Trap}");
    CHECK_STR(tag_place(&b, POL_TAG_ENV, 0, 0, 0, "{Env}"), "allow");
    CHECK_STR(step(&b, trap(POL_EVENT_IRQ, POL_MODE_M)), "allow");
    CHECK_INT(pol_machine_saved_env(b.machine, 0, POL_MODE_S, b.lit), 1);
    CHECK_STR(show(&b, 1), "{Call}");
    CHECK_STR(run(&b, MRET), "allow");
    CHECK_STR(env_of(&b, 0), "{Env}");
    CHECK_STR(run(&b, SRET), "allow");
    CHECK_STR(env_of(&b, 0), "{Call}");
    CASE("a return that fails does not return");
    CHECK_STR(step(&b, trap(POL_EVENT_TRAP, POL_MODE_M)), "allow");
    CHECK_STR(tag_mem(&b, CODE, 4, "{}"), "allow");
    CHECK_STR(run(&b, MRET), "fail implicit");
    CHECK_STR(env_of(&b, 0), "{Trap}");
    stop(&b);
}

static void test_outside(void)
{
    struct bench b;
    start(&b);
    build(&b);
    struct pol_event event = {
        .kind = POL_EVENT_EXT, .start = DATA + 4, .length = 8, .text = "{Rd, Taint}"};
    CASE("memory changed from outside: parts of granules merge");
    CHECK_STR(tag_mem(&b, DATA, 24, "{Wr, Good}"), "allow");
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(mem(&b, DATA), "{Rd, Wr, Taint}");
    CHECK_STR(mem(&b, DATA + 8), "{Rd, Wr, Taint}");
    CHECK_STR(mem(&b, DATA + 16), "{Wr, Good}");
    event.start = DATA;
    event.length = 16;
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(mem(&b, DATA), "{Rd, Taint}");
    CASE("it tags what was untagged");
    event.start = 0x900004;
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(mem(&b, 0x900000), "{Rd, Taint}");
    CHECK_STR(mem(&b, 0x900018), "untagged");
    CASE("a conflict there is a bad event");
    CHECK_STR(tag_mem(&b, DATA, 8, "{Ptr 1}"), "allow");
    event =
        (struct pol_event){.kind = POL_EVENT_EXT, .start = DATA, .length = 4, .text = "{Ptr 2}"};
    CHECK_STR(step(&b, event), "bad: memory changed from outside: conflicting arguments of Ptr");
    stop(&b);
}

static void test_bad_events(void)
{
    struct bench b;
    struct pol_event event = {.kind = POL_EVENT_TAG, .target = POL_TAG_CSR, .text = "{Good}"};
    start_with(&b, "rv64imac_zicsr", 8, REFUSE);
    build(&b);
    CASE("directives: CSRs by name and number");
    event.name = "mscratch";
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(csr(&b, 0x340), "{Good}");
    event.name = "0x7c0";
    CHECK_STR(step(&b, event), "allow");
    CHECK_STR(csr(&b, 0x7c0), "{Good}");
    event.name = "0x1000";
    CHECK_STR(step(&b, event), "bad: no CSR is named 0x1000");
    CASE("unknown and unencodable sets");
    CHECK(!strncmp(tag_x(&b, 1, "{Nope}"), "bad: tag set {Nope}: ", 21));
    CHECK_STR(tag_x(&b, 1, "{Taint, Good}"),
              "bad: the twin engine cannot represent the set {Taint, Good}");
    CASE("limits");
    CHECK_STR(tag_mem(&b, 0, UINT64_C(1) << 40, "{}"), "bad: a range of more than 67108864 bytes");
    CHECK_STR(tag_mem(&b, UINT64_MAX - 1, 4, "{}"),
              "bad: a range that is empty or passes the end of the address space");
    pol_machine_limits(b.machine, 2, 3);
    CHECK_STR(tag_mem(&b, 0x100000, 0x4000, "{}"), "bad: too much tagged memory");
    CHECK_STR(mem(&b, UINT64_MAX), "untagged");
    struct pol_event other = insn(NOP);
    other.hart = 1;
    CHECK_STR(step(&b, other), "bad: too much tagged memory");
    pol_machine_limits(b.machine, 2, 1000);
    CHECK_STR(step(&b, other), "allow");
    other.hart = 60000;
    CHECK_STR(step(&b, other), "bad: more than 2 harts");
    CASE("the end of the address space can be tagged");
    CHECK_STR(tag_mem(&b, UINT64_MAX - 7, 8, "{Rd}"), "allow");
    CHECK_STR(mem(&b, UINT64_MAX), "{Rd}");
    CHECK_STR(step(&b, access_at(LD_A1_A0, UINT64_MAX - 3)), "fail implicit \"untagged memory\"");
    CHECK_INT(b.outcome.address, 0);
    stop(&b);
    CASE("an image that the engine cannot represent is refused by name");
    start_with(&b, "rv64imac_zicsr", 8, REFUSE);
    claim(&b, 0x20000, 8, "{Taint, Good}");
    CHECK_INT(pol_image_unite(b.image, b.err, sizeof b.err), 0);
    b.machine = pol_machine_new(&b.toy.engine, b.image, b.err, sizeof b.err);
    CHECK(!b.machine);
    CHECK_STR(b.err,
              "the twin engine cannot represent the set of memory at 0x20000: {Taint, Good}");
    stop(&b);
}

static void hook(void *user, const struct pol_machine *machine, const struct pol_answer *answer)
{
    unsigned *rules = user;
    (void)machine;
    if (answer->deciding[0] < 32)
        *rules |= 1u << answer->deciding[0];
}

static void test_looking(void)
{
    struct bench b;
    struct pol_place place;
    unsigned rules = 0;
    start(&b);
    b.image->default_set = set_of(&b, "{Rd, Sec}");
    build(&b);
    CASE("init default covers the rest");
    CHECK_STR(step(&b, access_at(LD_A1_A0, 0xdead0000)), "allow");
    CHECK_STR(x(&b, 11), "{Sec}");
    CASE("operands, old sets and places");
    CHECK_STR(tag_x(&b, 10, "{Ptr 7}"), "allow");
    CHECK_STR(tag_x(&b, 11, "{Taint}"), "allow");
    struct pol_event event = access_at(SD_A1_A0, DATA + 4);
    CHECK_INT(pol_machine_evaluate(b.machine, &event, &b.outcome), 0);
    CHECK_STR(show(&b, pol_machine_operand(b.machine, POL_OP_OP1, 0, b.lit)), "{Ptr 7}");
    CHECK_STR(show(&b, pol_machine_operand(b.machine, POL_OP_OP2, 0, b.lit)), "{Taint}");
    CHECK_STR(show(&b, pol_machine_operand(b.machine, POL_OP_OP3, 0, b.lit)), "untagged");
    CHECK_STR(show(&b, pol_machine_operand(b.machine, POL_OP_MEM, 1, b.lit)), "{Rd, Wr}");
    CHECK_STR(show(&b, pol_machine_operand(b.machine, POL_OP_MEM, 2, b.lit)), "untagged");
    CHECK_STR(show(&b, pol_machine_result(b.machine, POL_RES_MEM, 1, b.lit)), "{Rd, Wr, Taint}");
    CHECK_STR(show(&b, pol_machine_result(b.machine, POL_RES_RD, 0, b.lit)), "untagged");
    CHECK_STR(show(&b, pol_machine_old(b.machine, POL_RES_MEM, 0, b.lit)), "{Rd, Wr}");
    pol_machine_operand_place(b.machine, POL_OP_OP2, 0, &place);
    CHECK(place.target == POL_TAG_X && place.number == 11);
    pol_machine_result_place(b.machine, POL_RES_MEM, 1, &place);
    CHECK(place.target == POL_TAG_MEM && place.address == DATA + 8 && place.length == 8);
    pol_machine_result_place(b.machine, POL_RES_RD, 0, &place);
    CHECK_INT(place.target, 0);
    pol_machine_discard(b.machine);
    CASE("the hook sees every granule's answer");
    pol_machine_on_answer(b.machine, hook, &rules);
    CHECK_STR(step(&b, event), "allow");
    CHECK_INT(rules, 1u << 3);
    CHECK_STR(run(&b, LUI_A0), "allow");
    CHECK_INT(rules, 1u << 3 | 1u << 6);
    CASE("the PC tag can be set for a failsafe response");
    CHECK(pol_lit_parse(b.space, "{Trap}", 6, b.lit, b.err, sizeof b.err) == 0);
    CHECK_INT(pol_machine_set_env(b.machine, 5, b.lit), 0);
    CHECK_STR(env_of(&b, 5), "{Trap}");
    stop(&b);
}

/* ---- The short way and the general way ------------------------------------------------------- */

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* Any event, mostly sensible, near the edges of granules and pages. */
static struct pol_event random_event(uint64_t *state)
{
    static const uint32_t words[] = {ADD_A2_A0_A1,
                                     ADDI_A1_A0,
                                     ADDI_X0_A0,
                                     C_MV_A1_A0,
                                     LUI_A0,
                                     LD_A1_A0,
                                     LW_A1_A0,
                                     LB_A1_A0,
                                     SD_A1_A0,
                                     SW_A1_A0,
                                     SC_D_A2_A1_A0,
                                     AMOSWAP_D_A2_A1_A0,
                                     CSRRW_A1_MSCRATCH_A0,
                                     CSRRS_A1_MSCRATCH_X0,
                                     JAL_RA,
                                     NOP,
                                     ECALL,
                                     MRET,
                                     SRET,
                                     0xffffffff};
    static const char *const sets[] = {"{}",
                                       "{Ex}",
                                       "{Rd, Wr, Ex}",
                                       "{Rd, Wr, Good, Ptr 1}",
                                       "{Rd, Wr, Taint, Own 1}",
                                       "{Wr, Ptr 2, Own 2}",
                                       "{Rd, Env}"};
    static const uint64_t bases[] = {CODE,        CODE + 0x80, DATA,
                                     DATA + 0xf0, 0x8ff0,      0xfffffffffffffff0};
    struct pol_event event = {.kind = POL_EVENT_INSN, .hart = (uint16_t)(draw(state) % 3)};
    uint64_t at = bases[draw(state) % 6] + draw(state) % 32;
    const char *set = sets[draw(state) % 7];
    switch (draw(state) % 16) {
    case 0:
        return (struct pol_event){.kind = POL_EVENT_EXT,
                                  .start = DATA + draw(state) % 64,
                                  .length = 1 + draw(state) % 32,
                                  .text = "{Rd, Wr}"};
    case 1:
        return (struct pol_event){
            .kind = POL_EVENT_IRQ, .hart = event.hart, .mode = (uint8_t)(1 + draw(state) % 2)};
    case 2:
        return (struct pol_event){.kind = POL_EVENT_TAG,
                                  .target = POL_TAG_MEM,
                                  .start = at & ~UINT64_C(7),
                                  .length = 8,
                                  .text = set};
    case 3:
        return (struct pol_event){.kind = POL_EVENT_TAG,
                                  .target = POL_TAG_X,
                                  .hart = event.hart,
                                  .word = 10 + (uint32_t)draw(state) % 3,
                                  .text = set};
    default:
        event.pc = CODE + draw(state) % 32 * 2;
        event.word = words[draw(state) % 20];
        event.addr = at;
        event.flags = draw(state) % 8 ? POL_INSN_MEM : POL_INSN_MEM | POL_INSN_TRAPPED;
        if (event.word == SC_D_A2_A1_A0 && !(event.flags & POL_INSN_TRAPPED))
            event.flags |= draw(state) % 2 ? POL_INSN_SC_OK : POL_INSN_SC_FAIL;
        return event;
    }
}

static void no_hook(void *user, const struct pol_machine *machine, const struct pol_answer *answer)
{
    (void)user;
    (void)machine;
    (void)answer;
}

/* All state that events above can change. */
static bool same_state(struct bench *a, struct bench *b)
{
    size_t words = a->space->words;
    bool same = true;
    for (uint16_t hart = 0; hart < 3; hart++) {
        for (uint32_t i = 0; i < 8 && same; i++) {
            struct pol_place place = {.target = i ? POL_TAG_X : POL_TAG_ENV, .number = i + 6};
            place.number = i == 7 ? 0 : place.number;
            int x = pol_machine_read(a->machine, hart, &place, a->lit);
            same = x == pol_machine_read(b->machine, hart, &place, b->lit) &&
                   !memcmp(a->lit, b->lit, words * sizeof *a->lit);
        }
    }
    for (uint64_t at = DATA; at < DATA + 0x110 && same; at += 8) {
        struct pol_place place = {.target = POL_TAG_MEM, .address = at};
        int x = pol_machine_read(a->machine, 0, &place, a->lit);
        same = x == pol_machine_read(b->machine, 0, &place, b->lit) &&
               !memcmp(a->lit, b->lit, words * sizeof *a->lit);
    }
    return same;
}

static void test_ways(void)
{
    static struct bench a, b;
    uint64_t state = 42;
    unsigned allowed = 0, failed = 0;
    bool same = true;
    start(&a);
    start(&b);
    a.image->trap_env = set_of(&a, "{Trap}");
    b.image->trap_env = set_of(&b, "{Trap}");
    CHECK_INT(pol_image_add_trap_domain(a.image, 0), 0);
    CHECK_INT(pol_image_add_trap_domain(b.image, 0), 0);
    build(&a);
    build(&b);
    pol_machine_on_answer(a.machine, no_hook,
                          NULL); /* with a hook, only the general way is taken */
    CASE("the short way and the general way do the same");
    for (unsigned i = 0; i < 20000 && same; i++) {
        struct pol_event event = random_event(&state);
        int status = pol_machine_step(a.machine, &event, &a.outcome);
        same = status == pol_machine_step(b.machine, &event, &b.outcome) &&
               a.outcome.verdict == b.outcome.verdict && a.outcome.cause == b.outcome.cause &&
               a.outcome.committed == b.outcome.committed && a.outcome.tag == b.outcome.tag &&
               a.outcome.address == b.outcome.address && a.outcome.granule == b.outcome.granule &&
               a.toy.counter == b.toy.counter && (i % 8 || same_state(&a, &b));
        allowed += a.outcome.evaluated && a.outcome.verdict == POL_ALLOW;
        failed += a.outcome.verdict != POL_ALLOW;
    }
    CHECK(same);
    CHECK(allowed > 2000 && failed > 2000);
    stop(&a);
    stop(&b);
}

int main(void)
{
    test_registers();
    test_violations();
    test_phases();
    test_effects();
    test_components();
    test_loads();
    test_stores();
    test_granule_sizes();
    test_code();
    test_traps();
    test_outside();
    test_bad_events();
    test_looking();
    test_ways();
    return check_done();
}
