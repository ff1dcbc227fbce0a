/* The reference monitor: emitted, compiled by two strict compilers, loaded, and asked. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "compiler/backend/json/manifest.h"
#include "compiler/ir/build.h"
#include "tests/unit/monitor_compare.h"
#include "tests/unit/monitor_fixture.h"

/* ---- One component ------------------------------------------------------------------------- */

static void test_rules(void)
{
    struct job job =
        run("module m:\n"
            "import:\n    g\n"
            "type:\n    data N = Int(10)\n"
            "metadata:\n    A, B, P N, Q N\n"
            "policy:\n"
            "    main = loadGrp(mem == {A} -> res = {B})\n"
            "         ^ loadGrp(mem == [+(P n)], addr == [+(P n)] -> res = {P n + 1})\n"
            "         ^ loadGrp(mem == [+(P n)] | n < 3 -> res = mem[-P])\n"
            "         ^ loadGrp(mem == [+(P 9)] -> fail \"nine\")\n"
            "         ^ aluGrp(-> res = op1 \\/ op2)\n"
            "         ^ storeGrp(mem == [-A] -> mem = val /\\ addr)\n"
            "         ^ csrGrp(-> res = csr, csr = op1[+A])\n"
            "         ^ retGrp(env == [-B] -> env = target)\n");
    CASE("exact patterns, results, written bits");
    CHECK_STR(step(&job, LW, "mem={A}"), "rd*={B} mem={A}");
    CHECK_INT(job.deciding[0], 0);
    CHECK_STR(step(&job, LW, "mem={A, B}"), "implicit 0/-1 cause 1 tag -1 of 1");
    CHECK_INT(job.deciding[0], POL_NO_RULE);
    CASE("equal variables, guards, constants, ranges");
    CHECK_STR(step(&job, LW, "mem={P 4} op1={P 4}"), "rd*={P 5} mem={P 4}");
    CHECK_STR(step(&job, LW, "mem={P 9} op1={P 9}"), "explicit 0/1 cause 7 tag 2 of 1");
    CHECK_STR(step(&job, LW, "mem={A, P 2} op1={P 4}"), "rd*={A} mem={A, P 2}");
    CHECK_STR(step(&job, LW, "mem={P 3}"), "implicit 0/-1 cause 1 tag -1 of 1");
    CHECK_STR(step(&job, LW, "mem={P 9}"), "explicit 0/3 cause 5 tag -1 of 1");
    CASE("unions and intersections");
    CHECK_STR(step(&job, ADD, "op1={A, P 1} op2={B, P 1}"), "rd*={A, B, P 1}");
    CHECK_STR(step(&job, ADD, "op1={Q 0, P 1} op2={Q 3, P 2}"), "explicit 0/4 cause 6 tag 2 of 1");
    CHECK_STR(step(&job, ADD, "op1={Q 0} op2={Q 3}"), "explicit 0/4 cause 6 tag 3 of 1");
    CHECK_STR(step(&job, SW, "op1={A, P 1, Q 1} op2={A, B, P 1, Q 2} mem={Q 4}"), "mem*={A, P 1}");
    CHECK_STR(step(&job, SW, "mem={A}"), "implicit 0/-1 cause 1 tag -1 of 1");
    CASE("results that are not written are left alone");
    CHECK_STR(step(&job, CSRRW, "op1={P 1} op2={Q 2} rd={A} csr={B} env={B}"),
              "env={B} rd*={Q 2} csr*={A, P 1}");
    CHECK_STR(step(&job, RET, "env={A} op1={B} rd={A} mem={B}"), "env*={B} rd={A} mem={B}");
    CASE("words outside all groups, words that do not decode");
    CHECK_STR(step(&job, ADDI, "op1={A}"), "implicit 0/-1 cause 1 tag -1 of 1");
    CHECK_STR(step(&job, 0, ""), "implicit -1/-1 cause 2 tag -1 of 1");
    CHECK_STR(step(&job, RET | 1u << 20, ""), "implicit 0/-1 cause 1 tag -1 of 1");
    CHECK_STR(step(&job, 0x0000302b, ""), "implicit -1/-1 cause 2 tag -1 of 1");
    done(&job);
}

static void test_counters(void)
{
    struct job job = run("module m:\n"
                         "import:\n    g\n"
                         "type:\n    data W = Int(3)\n    data E = Int(4) exhaust\n"
                         "metadata:\n    A W, B E\n"
                         "policy:\n"
                         "    main = loadGrp(-> res = {A new})\n"
                         "         ^ csrGrp(-> res = {B new}, csr = {B new})\n");
    CASE("fresh values advance at commit only, and wrap");
    CHECK_STR(step(&job, LW, ""), "rd*={A 0}");
    CHECK_STR(commit(&job, LW, ""), "rd*={A 0}");
    CHECK_STR(commit(&job, LW, ""), "rd*={A 1}");
    CHECK_STR(commit(&job, LW, ""), "rd*={A 2}");
    CHECK_STR(commit(&job, LW, ""), "rd*={A 0}");
    CASE("fresh values of one step, until exhausted");
    CHECK_STR(commit(&job, CSRRW, ""), "rd*={B 0} csr*={B 1}");
    CHECK_STR(step(&job, CSRRW, ""), "rd*={B 2} csr*={B 3}");
    CHECK_STR(commit(&job, CSRRW, ""), "rd*={B 2} csr*={B 3}");
    CHECK_STR(commit(&job, CSRRW, ""), "explicit 0/1 cause 8 tag -1 of 1");
    CASE("reset starts again");
    if (job.engine)
        job.engine->ops->reset(job.engine);
    CHECK_STR(step(&job, CSRRW, ""), "rd*={B 0} csr*={B 1}");
    CHECK_STR(step(&job, LW, ""), "rd*={A 0}");
    done(&job);
}

static void test_sets(void)
{
    struct job job =
        run("module m:\n"
            "import:\n    g\n"
            "type:\n    data N = Int(10)\n    data S = TagSet\n"
            "metadata:\n    A, P N, S1 S, S2 N S\n"
            "policy:\n"
            "    main = loadGrp(mem == [+(S1 s)], addr == [+(S2 _ s)] -> res = s)\n"
            "         ^ loadGrp(mem == [+(S1 s)] -> res = s[+A] \\/ addr)\n"
            "         ^ storeGrp(-> mem = {(S1 val), (S2 1 addr /\\ val)})\n"
            "         ^ aluGrp(op1 == [+(S1 s)], op2 == [+(S1 t)] | s == t -> res = {A})\n"
            "         ^ aluGrp(-> res = op1 \\/ op2)\n");
    CASE("TagSet arguments are stored, read and compared");
    CHECK_STR(step(&job, SW, "op1={A, P 3} op2={P 3}"), "mem*={S1 {P 3}, S2 1 {P 3}}");
    CHECK_STR(step(&job, LW, "mem={S1 {A, P 3}} op1={S2 4 {A, P 3}}"),
              "rd*={A, P 3} mem={S1 {A, P 3}}");
    CHECK_STR(step(&job, LW, "mem={S1 {P 3}} op1={S2 4 {A}}"),
              "rd*={A, P 3, S2 4 {A}} mem={S1 {P 3}}");
    CHECK_STR(step(&job, LW, "mem={S1 {P 3}} op1={P 4}"), "explicit 0/1 cause 6 tag 1 of 1");
    CHECK_STR(step(&job, ADD, "op1={S1 {P 1}} op2={S1 {P 1}}"), "rd*={A}");
    CHECK_STR(step(&job, ADD, "op1={S1 {P 1}} op2={S1 {P 2}}"), "explicit 0/4 cause 6 tag 2 of 1");
    CASE("a TagSet argument holds no tag that has one");
    CHECK_STR(step(&job, SW, "op2={A, S2 1 {}, S1 {}}"), "explicit 0/2 cause 9 tag 2 of 1");
    done(&job);
}

/* ---- Compositions -------------------------------------------------------------------------- */

static const char composition[] =
    "module m:\n"
    "import:\n    g\n    ga\n    ca\n"
    "metadata:\n    Z\n"
    "policy:\n"
    "    own = loadGrp(mem == {Z} -> res = {Z}) ^ storeGrp(val == [+A1] -> fail \"own\")\n"
    "        ^ retGrp(-> env = {Z}) ^ loadGrp(mem == [-Z] -> res = {})\n"
    "    main = ga.boss & own & ca.pa\n";

static struct job start_composition(void)
{
    struct job job = {.dir = "/tmp/pol-mon-XXXXXX", .map = lang_source_map_new()};
    char path[128], err[200];
    job.sink = diag_sink_new(job.map);
    CHECK(mkdtemp(job.dir) != NULL);
    write_source(&job, "g.pol", groups);
    write_source(&job, "m.pol", composition);
    write_source(&job, "ga.pol",
                 "module ga:\nimport:\n    g\nmetadata:\n    G1, G2\npolicy:\n"
                 "    global boss = loadGrp(mem == {G1} -> res = mem[+G2])\n"
                 "                ^ loadGrp(code == [+G1] -> fail \"boss\")\n"
                 "                ^ storeGrp(env == [+G1] -> mem = val, env = env[-G1])\n");
    write_source(&job, "ca.pol",
                 "module ca:\nimport:\n    g\nmetadata:\n    A1, A2\npolicy:\n"
                 "    pa = loadGrp(mem == {} -> res = {A1})\n"
                 "       ^ storeGrp(val == [+A1] -> mem = val[+A2])\n"
                 "       ^ retGrp(-> env = {A2})\n"
                 "       ^ loadGrp(addr == [+A2] -> fail \"pa\")\n");
    struct sema_options options = {0};
    CHECK_INT(pol_isa_parse("rv32ima_zicsr", &options.isa, err, sizeof err), 0);
    job.model = sema_load(path_in(&job, "m.pol", path, sizeof path), &options, job.map, job.sink);
    if (job.model)
        job.ir = lower_model(job.model, 4, job.sink);
    if (!job.ir)
        diag_render_text(job.sink, stdout, false);
    load(&job, job.ir);
    unlink(path_in(&job, "ga.pol", path, sizeof path));
    unlink(path_in(&job, "ca.pol", path, sizeof path));
    return job;
}

static void test_composition(void)
{
    struct job job = start_composition();
    CASE("components write what they own, side by side");
    CHECK_STR(step(&job, LW, "mem={Z} rd={A2, Z}"), "rd*={Z, A1} mem={Z}");
    CHECK_STR(step(&job, RET, "env={A1, G1}"), "env*={Z, A2, G1}");
    CASE("explicit failures beat implicit ones, all are listed");
    CHECK_STR(step(&job, SW, "op2={A1}"), "explicit 1/1 cause 5 tag -1 of 1");
    CHECK_STR(step(&job, LW, "mem={Z, A1} op1={A2}"), "explicit 2/3 cause 5 tag -1 of 1");
    CHECK_STR(step(&job, LW, "mem={A1}"), "implicit 2/-1 cause 1 tag -1 of 1");
    CHECK_STR(step(&job, SW, ""), "implicit 1/-1 cause 1 tag -1 of 2");
    if (job.engine) {
        CHECK_INT(job.answer.failures[1].decider, 2);
        CHECK_INT(job.answer.written, 0);
    }
    CASE("a global policy that matches has the last word");
    CHECK_STR(step(&job, LW, "mem={G1}"), "rd*={G1, G2} mem={G1}");
    CHECK_INT(job.deciding[0], 0);
    CHECK_INT(job.deciding[1], POL_NO_RULE);
    CHECK_STR(step(&job, LW, "code={G1} mem={Z}"), "explicit 0/1 cause 5 tag -1 of 1");
    CHECK_STR(step(&job, SW, "env={G1, A1} op2={Z, A1}"), "env*={A1} mem*={Z, A1}");
    CASE("the globals' own tags vanish from destinations, and stay on env");
    CHECK_STR(step(&job, LW, "mem={Z, G2} rd={G1, G2} env={G2}"),
              "env={G2} rd*={Z, A1} mem={Z, G2}");
    done(&job);
}

static void test_only_globals(void)
{
    struct job job = run("module m:\n"
                         "import:\n    g\n"
                         "metadata:\n    A\n"
                         "policy:\n"
                         "    global main = loadGrp(mem == [+A] -> res = {A})\n");
    CASE("without a component what no global allows fails");
    CHECK_STR(step(&job, LW, "mem={A}"), "rd*={A} mem={A}");
    CHECK_STR(step(&job, LW, ""), "implicit -1/-1 cause 3 tag -1 of 1");
    done(&job);
}

/* ---- Merges -------------------------------------------------------------------------------- */

/* "a + b" as text, "conflict TAG" if they do not merge. */
static const char *merge(struct job *job, const char *a, const char *b)
{
    static char buf[300];
    uint32_t tag = POL_NO_TAG;
    if (!job->engine)
        return "no monitor";
    set_input(job, 0, a, strlen(a));
    set_input(job, 1, b, strlen(b));
    int status = job->engine->ops->merge(job->engine, job->in[0], job->in[1], job->in[0], &tag);
    snprintf(buf, sizeof buf, "conflict %d", (int)tag);
    if (status == 0)
        pol_lit_format(job->ir->space, (uint32_t *)(void *)job->in[0], buf, sizeof buf);
    return buf;
}

static const char *drop_missing(struct job *job, const char *a, const char *b)
{
    static char buf[300];
    if (!job->engine)
        return "no monitor";
    set_input(job, 0, a, strlen(a));
    set_input(job, 1, b, strlen(b));
    job->engine->ops->drop_missing(job->engine, job->in[0], job->in[1], job->in[1]);
    pol_lit_format(job->ir->space, (uint32_t *)(void *)job->in[1], buf, sizeof buf);
    return buf;
}

static const char *replace(struct job *job, uint32_t domain, const char *a, const char *b)
{
    static char buf[300];
    if (!job->engine)
        return "no monitor";
    set_input(job, 0, a, strlen(a));
    set_input(job, 1, b, strlen(b));
    job->engine->ops->replace_domain(job->engine, domain, job->in[0], job->in[1], job->in[0]);
    pol_lit_format(job->ir->space, (uint32_t *)(void *)job->in[0], buf, sizeof buf);
    return buf;
}

static void test_merges(void)
{
    struct job job = run("module m:\n"
                         "import:\n    g\n"
                         "type:\n    data N = Int(10)\n"
                         "metadata:\n    A, B merge all, P N, Q N merge all\n"
                         "policy:\n    main = loadGrp(-> res = {})\n");
    CASE("granules merge tag by tag as declared");
    CHECK_STR(merge(&job, "{A, B}", "{}"), "{A}");
    CHECK_STR(merge(&job, "{B, Q 2}", "{A, B, Q 2}"), "{A, B, Q 2}");
    CHECK_STR(merge(&job, "{Q 1, P 3}", "{Q 2}"), "{P 3}");
    CHECK_STR(merge(&job, "{}", "{P 3, Q 1}"), "{P 3}");
    CHECK_STR(merge(&job, "{P 3}", "{P 0}"), "conflict 2");
    CHECK_STR(merge(&job, "{P 3}", "{P 3}"), "{P 3}");
    CASE("later parcels take `merge all` tags away");
    CHECK_STR(drop_missing(&job, "{A, B, P 1, Q 1}", "{}"), "{A, P 1}");
    CHECK_STR(drop_missing(&job, "{B, Q 1}", "{A, B, Q 2}"), "{B}");
    CHECK_STR(drop_missing(&job, "{Q 1}", "{Q 1, P 2}"), "{Q 1}");
    done(&job);
    job = start_composition();
    CASE("one domain's tags are replaced");
    CHECK_STR(replace(&job, 0, "{Z, A1, G1}", "{A2, G2}"), "{A1, G1}");
    CHECK_STR(replace(&job, 1, "{Z, A1, G1}", "{A2, G2}"), "{Z, A2, G1}");
    CHECK_STR(replace(&job, 2, "{Z, A1, G1}", "{A2, G2}"), "{Z, A1, G2}");
    done(&job);
}

/* ---- The emitted text ---------------------------------------------------------------------- */

static int compile_strictly(const struct job *job, const char *cc, const char *file,
                            const char *options)
{
    char command[500];
    snprintf(command, sizeof command,
             "%s -std=c11 -O2 -Wall -Wextra -Werror -pedantic %s -c -o %s/m.o %s/%s", cc, options,
             job->dir, job->dir, file);
    return system(command);
}

/* By both compilers; one that the machine lacks is skipped, but not both. */
static void check_strict(const struct job *job, const struct ir *ir)
{
    static const char *const compilers[] = {"gcc", "clang"};
    char probe[100];
    int tried = 0;
    if (!ir || !emit(job, ir))
        return;
    for (size_t i = 0; i < 2; i++) {
        snprintf(probe, sizeof probe, "%s --version >/dev/null 2>&1", compilers[i]);
        if (system(probe) != 0) {
            printf("# no %s here\n", compilers[i]);
            continue;
        }
        tried++;
        CHECK_INT(compile_strictly(job, compilers[i], "m_monitor.c", ""), 0);
        CHECK_INT(compile_strictly(job, compilers[i], "m_monitor.c", "-DPOL_MONITOR_NO_SYMBOL"), 0);
    }
    CHECK(tried > 0);
}

static const char rich[] =
    "module m:\n"
    "import:\n    g\n"
    "type:\n    data N = Int(10)\n    data E = Int(4) exhaust\n    data S = TagSet\n"
    "metadata:\n    A, B-c merge all, P N, Q N E merge all, S1 S, S2 N S, int\n"
    "policy:\n"
    "    main = storeGrp(mem == [+(P x)], val == [+(Q y z)], addr == [+(P x), -A]\n"
    "                    | x + y * 2 < 12 && !(x == y) -> mem = val \\/ mem[+(P x + y)], env = "
    "env[+int])\n"
    "         ^ storeGrp(val == [+(S1 s)], addr == [+(S2 _ t)] | s == t\n"
    "                    -> mem = {(S2 3 val /\\ addr)} \\/ s)\n"
    "         ^ storeGrp(val == {A} -> fail \"no ?\?/ */ /* \\\"quoted\\\" \\\\ \")\n"
    "         ^ storeGrp(val == {A, int} -> mem = {(Q 1 new), B-c})\n"
    "         ^ storeGrp(-> mem = mem[+(S1 mem), -A] /\\ val, env = env \\/ val \\/ mem)\n"
    "         ^ loadGrp(mem == [+(P 3), -B-c], addr == v@[+(P 3)] -> res = v[+(P 9), +(S1 v)])\n"
    "         ^ loadGrp(mem == [+A], mem == [-A] -> res = mem)\n"
    "         ^ loadGrp(mem == [+A], addr == [+(P x)] | x % 4 == 2 || x / 3 >= 2 -> res = {(P x * "
    "2 - 5)})\n"
    "         ^ loadGrp(mem == [+(S1 s)] -> res = s)\n"
    "         ^ csrGrp(csr == [+A] -> res = csr, csr = op1[+(Q 1 new), +(Q 2 new)])\n"
    "         ^ amoGrp(-> res = mem, mem = mem \\/ val)\n"
    "         ^ retGrp(code == [-A] -> env = env[+B-c])\n"
    "         ^ __NO_CHECKS\n";

static char *slurp(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    for (int c; file && (c = getc(file)) != EOF;)
        putc(c, out);
    fclose(out);
    if (file)
        fclose(file);
    return text;
}

static void test_emitted(void)
{
    struct job job = start(rich);
    char path[128];
    CASE("the emitted text passes strict compilers");
    check_strict(&job, job.ir);
    CASE("rules stand under their own text, in order");
    char *code = slurp(path_in(&job, "m_monitor.c", path, sizeof path));
    const char *first = strstr(code, "/* Rule 0, m.pol:");
    const char *second = strstr(code, "/* Rule 1, m.pol:");
    CHECK(first && second && first < second);
    CHECK(strstr(code, "TAG_m_B_c") && strstr(code, "TAG_m_int"));
    CHECK(strstr(code, "It can never match. */") != NULL);
    CHECK(strstr(code, "    if (is_storeGrp(e->in->insn)) {\n") != NULL);
    CASE("emission is deterministic");
    char *header = slurp(path_in(&job, "m_monitor.h", path, sizeof path));
    if (job.ir)
        emit(&job, job.ir);
    char *again = slurp(path_in(&job, "m_monitor.c", path, sizeof path));
    CHECK_STR(again, code);
    CASE("only the two standard headers are included");
    unsigned includes = 0;
    for (const char *at = code; (at = strstr(at, "#include")); at++)
        includes++;
    for (const char *at = header; (at = strstr(at, "#include")); at++)
        includes++;
    CHECK_INT(includes, 3);
    CHECK(strstr(header, "#include <stdint.h>") && strstr(header, "#include <stdbool.h>"));
    free(code);
    free(header);
    free(again);
    done(&job);
}

/* The part of pol/monitor_abi.h between its markers stands in every emitted header. */
static void test_abi_text(void)
{
    struct job job = start("module m:\nimport:\n    g\nmetadata:\n    A\npolicy:\n"
                           "    main = loadGrp(-> res = {A})\n");
    char path[128];
    CASE("the emitted header repeats the public one");
    if (job.ir && emit(&job, job.ir)) {
        char *header = slurp(path_in(&job, "m_monitor.h", path, sizeof path));
        char *abi = slurp("runtime/include/pol/monitor_abi.h");
        char *begin = strstr(abi, "/* abi begins */\n"), *end = strstr(abi, "/* abi ends */");
        CHECK(begin && end);
        if (begin && end) {
            *end = '\0';
            CHECK(strstr(header, begin + strlen("/* abi begins */\n")) != NULL);
        }
        free(header);
        free(abi);
    }
    done(&job);
}

static void test_writing_fails(void)
{
    struct job job = start(rich);
    FILE *full = fopen("/dev/full", "w"), *null = fopen("/dev/null", "w");
    CASE("a full disk is reported");
    if (full && null && job.ir) {
        CHECK_INT(monitor_emit(job.ir, full, null), -1);
        CHECK_INT(manifest_emit(job.ir, NULL, full), -1);
    }
    if (full)
        fclose(full);
    if (null)
        fclose(null);
    done(&job);
}

/* ---- Hard cases, built by hand ------------------------------------------------------------- */

/* A long chain of sums of the first tag's argument, and a deep nest of parentheses. */
static struct ir_int_id long_sum(struct ir_pools *p, struct ir_ref ref, unsigned length, bool nest)
{
    struct ir_int_id sum = ir_int_arg(p, ref);
    for (unsigned i = 0; i < length; i++) {
        struct ir_int_id one = ir_int_const(p, 1);
        sum = nest ? ir_int_op(p, IR_INT_SUB, one, sum) : ir_int_op(p, IR_INT_ADD, sum, one);
    }
    return sum;
}

static struct ir_guard_id deep_guard(struct ir_pools *p, struct ir_ref ref, unsigned depth)
{
    struct ir_guard_id guard =
        ir_guard_compare(p, IR_GUARD_LT, long_sum(p, ref, 5000, false), ir_int_const(p, 5003));
    for (unsigned i = 0; i < depth; i++) {
        struct ir_guard_id leaf =
            ir_guard_compare(p, IR_GUARD_NE, ir_int_arg(p, ref), ir_int_const(p, 9));
        guard = i % 3 == 0   ? ir_guard_join(p, IR_GUARD_AND, leaf, guard)
                : i % 3 == 1 ? ir_guard_join(p, IR_GUARD_OR, guard, ir_guard_not(p, leaf))
                             : ir_guard_not(p, ir_guard_not(p, guard));
    }
    return guard;
}

static void test_deep(void)
{
    struct job job = start("module m:\nimport:\n    g\ntype:\n    data N = Int(10)\n"
                           "metadata:\n    P N\npolicy:\n"
                           "    main = loadGrp(mem == [+(P n)] -> res = {P n})\n");
    CASE("expressions deeper than compilers allow");
    if (job.ir) {
        struct ir_pools pools;
        struct ir_ref ref = {POL_OP_MEM, 0, 0};
        struct ir_rule *rule = &job.ir->deciders[0].rules[0];
        ir_pools_init(&pools, job.ir);
        rule->guard = deep_guard(&pools, ref, 3000);
        struct ir_mod *mod = ARENA_NEW(job.ir->arena, struct ir_mod);
        mod->args = ARENA_NEW(job.ir->arena, struct ir_value);
        /* n, subtracted from 1 an even number of times */
        *mod->args = (struct ir_value){long_sum(&pools, ref, 4000, true), IR_NO_SET};
        rule->result[POL_RES_RD] = ir_set_modify(&pools, ir_set_empty(&pools), mod, 1);
        ir_pools_finish(&pools, job.ir);
        CHECK(ir_verify(job.ir) == NULL);
        check_strict(&job, job.ir);
        load(&job, job.ir);
        CHECK_STR(step(&job, LW, "mem={P 2}"), "rd*={P 2} mem={P 2}");
        CHECK_STR(step(&job, LW, "mem={P 3}"), "implicit 0/-1 cause 1 tag -1 of 1");
        CHECK_STR(step(&job, LW, "mem={P 9}"), "rd*={P 9} mem={P 9}");
    }
    done(&job);
}

/* Names that C reserves, that the emitted file uses, or that differ only in odd characters. */
static void test_names(void)
{
    struct job job =
        start("module m:\n"
              "group:\n"
              "    grp while(RS1:int, MEM:has -> RD:res)\n        lw\n"
              "    grp a-b(RS1:mem, RS2:d, MEM:op1 -> MEM:uint32_t)\n        sw\n"
              "    grp a_b(RS1:NONE, RS2:TAG_m_A -> RD:e)\n        add\n"
              "metadata:\n    A, a-b, a_b, int\n"
              "policy:\n"
              "    main = while(int == [+A], has == [+a-b] -> res = int \\/ has)\n"
              "         ^ a-b(mem == [+A], d == [+a-b], op1 == [+a_b] -> uint32_t = mem \\/ d)\n"
              "         ^ a_b(NONE == [+int], TAG_m_A == [-A] -> e = NONE)\n");
    CASE("names that C reserves");
    check_strict(&job, job.ir);
    load(&job, job.ir);
    CHECK_STR(step(&job, LW, "op1={A} mem={a-b}"), "rd*={A, a-b} mem={a-b}");
    CHECK_STR(step(&job, SW, "op1={A} op2={a-b} mem={a_b}"), "mem*={A, a-b}");
    CHECK_STR(step(&job, ADD, "op1={int}"), "rd*={int}");
    done(&job);
}

static void test_many_tags(void)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fputs("module m:\nimport:\n    g\ntype:\n    data N = Int(10)\nmetadata:\n    T0", out);
    for (int i = 1; i < 1000; i++)
        fprintf(out, ", T%d%s%s", i, i % 10 == 5 ? " N" : "", i % 3 == 0 ? " merge all" : "");
    fputs("\npolicy:\n    main = aluGrp(op1 == [-T999] -> res = op1 \\/ op2)\n", out);
    for (int i = 0; i < 998; i += 2)
        fprintf(out, "      ^ loadGrp(mem == {T%d, T%d} -> res = mem[-T%d])\n", i, i + 1, i);
    fclose(out);
    struct job job = run(text);
    free(text);
    CASE("a thousand tags");
    CHECK_STR(step(&job, ADD, "op1={T0, T31, T32, T995 3} op2={T31, T64, T5 0, T995 3}"),
              "rd*={T0, T5 0, T31, T32, T64, T995 3}");
    CHECK_STR(step(&job, ADD, "op1={T5 1} op2={T5 2}"), "explicit 0/0 cause 6 tag 5 of 1");
    CHECK_STR(step(&job, LW, "mem={T600, T601}"), "rd*={T601} mem={T600, T601}");
    CHECK_STR(step(&job, LW, "mem={T600, T601, T900}"), "implicit 0/-1 cause 1 tag -1 of 1");
    done(&job);
}

/* ---- Against the source interpreter -------------------------------------------------------- */

static void test_agreement(void)
{
    struct job job = run(rich);
    CASE("monitor and source interpreter agree: one component");
    if (job.engine)
        compare_random(&job, 50000);
    done(&job);
    job = start_composition();
    CASE("monitor and source interpreter agree: a composition");
    if (job.engine)
        compare_random(&job, 50000);
    done(&job);
}

/* ---- Loading ------------------------------------------------------------------------------- */

static void test_loading(void)
{
    struct job job = run("module m:\nimport:\n    g\nmetadata:\n    A\npolicy:\n"
                         "    main = loadGrp(-> fail \"never\")\n");
    char path[128], so_path[128], err[2000] = "";
    path_in(&job, "extra.c", path, sizeof path);
    path_in(&job, "m.o", so_path, sizeof so_path);
    CASE("what is no monitor is not loaded");
    CHECK(pol_monitor_engine_open("/nonexistent.so", job.ir->space, err, sizeof err) == NULL);
    CHECK(strstr(err, "cannot load monitor") != NULL);
    write_source(&job, "extra.c", "int something = 3;\n");
    CHECK_INT(pol_monitor_build(path, so_path, NULL, NULL, err, sizeof err), 0);
    CHECK(pol_monitor_engine_open(so_path, job.ir->space, err, sizeof err) == NULL);
    CHECK(strstr(err, "no monitor") != NULL);
    CASE("a monitor of another policy is not loaded");
    struct pol_space *other = pol_space_new(0);
    CHECK_INT(pol_space_finish(other), 0);
    path_in(&job, "m.so", so_path, sizeof so_path);
    CHECK(pol_monitor_engine_open(so_path, other, err, sizeof err) == NULL);
    CHECK(strstr(err, "another policy") != NULL);
    pol_space_free(other);
    CASE("what the C compiler says is passed on");
    write_source(&job, "extra.c", "int 7;\n");
    CHECK_INT(pol_monitor_build(path, so_path, NULL, NULL, err, sizeof err), -1);
    CHECK(strstr(err, "extra.c") != NULL);
    CHECK_INT(pol_monitor_build(path, so_path, "no-such-compiler", NULL, err, sizeof err), -1);
    CHECK(strstr(err, "no-such-compiler") != NULL);
    done(&job);
}

/* ---- The manifest -------------------------------------------------------------------------- */

static json_t *manifest_of(const struct ir *ir, json_t *table)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    CHECK_INT(manifest_emit(ir, table, out), 0);
    fclose(out);
    json_t *root = json_loads(text, 0, NULL);
    CHECK(root != NULL);
    free(text);
    return root;
}

static const char *string_at(json_t *root, const char *list, size_t index, const char *key)
{
    json_t *item = json_array_get(json_object_get(root, list), index);
    const char *text = json_string_value(json_object_get(item, key));
    return text ? text : "(none)";
}

static void test_latin1(void)
{
    struct job job = start("module m:\nimport:\n    g\nmetadata:\n    A\npolicy:\n"
                           "    main = loadGrp(-> fail \"caf\xe9 \xc3\xa9\")\n");
    CASE("bytes that are no UTF-8");
    check_strict(&job, job.ir);
    if (job.ir) {
        json_t *root = manifest_of(job.ir, NULL);
        json_t *decider = json_array_get(json_object_get(root, "deciders"), 0);
        CHECK_STR(string_at(decider, "rules", 0, "message"), "caf\xc3\xa9 \xc3\x83\xc2\xa9");
        json_decref(root);
    }
    done(&job);
}

static void test_manifest(void)
{
    struct job job = start(rich);
    json_t *table = json_pack("{s:i}", "rows", 7);
    CASE("the manifest names everything");
    if (job.ir) {
        json_t *root = manifest_of(job.ir, table);
        CHECK_STR(json_string_value(json_object_get(root, "format")), "pol-manifest");
        CHECK_INT(json_integer_value(json_object_get(root, "version")), 1);
        CHECK_STR(json_string_value(json_object_get(root, "isa")), "rv32ima_zicsr");
        CHECK_STR(string_at(root, "tags", 3, "name"), "Q");
        CHECK_STR(string_at(root, "tags", 3, "merge"), "all");
        CHECK_STR(string_at(root, "domains", 0, "kind"), "component");
        CHECK_STR(string_at(root, "counters", 0, "onEnd"), "exhaust");
        CHECK_INT(json_array_size(json_object_get(root, "opclasses")), job.ir->nopclasses - 1);
        json_t *decider = json_array_get(json_object_get(root, "deciders"), 0);
        CHECK_INT(json_array_size(json_object_get(decider, "rules")), job.ir->deciders[0].nrules);
        CHECK_STR(string_at(decider, "rules", 2, "verdict"), "fail");
        CHECK_STR(string_at(decider, "rules", 2, "file"), "m.pol");
        CHECK_INT(json_integer_value(json_object_get(json_object_get(root, "table"), "rows")), 7);
        json_decref(root);
        root = manifest_of(job.ir, NULL);
        CHECK(json_is_null(json_object_get(root, "table")));
        json_decref(root);
    }
    json_decref(table);
    done(&job);
}

int main(void)
{
    test_rules();
    test_counters();
    test_sets();
    test_composition();
    test_only_globals();
    test_merges();
    test_emitted();
    test_abi_text();
    test_writing_fails();
    test_deep();
    test_names();
    test_many_tags();
    test_agreement();
    test_loading();
    test_manifest();
    test_latin1();
    return check_done();
}
