/* The reference monitor: lattices, relations, responses and reports. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/monitor_compare.h"
#include "tests/unit/monitor_fixture.h"

/* ---- Fixtures ------------------------------------------------------------------------------ */

/* public < internal, partner < secret */
#define TYPES                                                                                      \
    "type:\n"                                                                                      \
    "    data Label = lattice { public < internal, public < partner,\n"                            \
    "                           internal < secret, partner < secret }\n"                           \
    "    data Small = Int(6)\n    data Saved = TagSet\n"

static const char labels[] =
    "module m:\nimport:\n    g\n" TYPES
    "metadata:\n    Mark Label, Pair Label Small, Both Label Label merge all, Plain Small merge "
    "all,\n    Hold Saved, Odd, Join Saved Label\n"
    "policy:\n"
    "    main = loadGrp(mem == [+(Mark m)], addr == [+(Mark a)] | m <= a && !(m == secret)\n"
    "                   -> res = {Mark m})\n"
    "         ^ loadGrp(mem == [+(Mark m)], addr == [+(Pair a _)] | m > a -> fail \"above\")\n"
    "         ^ loadGrp(mem == [+(Mark m)], addr == [+(Pair a _)] | m >= a -> fail \"equal\")\n"
    "         ^ loadGrp(mem == [+(Mark m)], addr == [+(Pair a _)] | m < a -> fail \"below\")\n"
    "         ^ loadGrp(mem == [+(Mark m)] | m \\/ internal == secret -> res = {Pair (m /\\ "
    "partner) 3})\n"
    "         ^ loadGrp(mem == [+(Mark m)], addr == [+Odd] -> res = mem[+(Join addr m)])\n"
    "         ^ loadGrp(-> res = mem)\n"
    "         ^ storeGrp(-> mem = mem /\\ val)\n"
    "         ^ aluGrp(-> res = op1 \\/ op2)\n"
    "         ^ amoGrp(-> res = mem \\/ val, mem = mem \\/ val /\\ addr)\n"
    "         ^ __NO_CHECKS\n";

/* ---- Lattices ------------------------------------------------------------------------------ */

static void test_order(void)
{
    struct job job = run(labels);
    CASE("comparisons are those of the order");
    CHECK_STR(step(&job, LW, "mem={Mark public} op1={Mark partner}"),
              "rd*={Mark public} mem={Mark public}");
    CHECK_STR(step(&job, LW, "mem={Mark internal} op1={Mark internal}"),
              "rd*={Mark internal} mem={Mark internal}");
    CHECK_STR(step(&job, LW, "mem={Mark internal} op1={Mark partner, Pair public 0}"),
              "explicit 0/1 cause 5 tag -1 of 1");
    CHECK_STR(step(&job, LW, "mem={Mark partner} op1={Pair partner 0}"),
              "explicit 0/2 cause 5 tag -1 of 1");
    CHECK_STR(step(&job, LW, "mem={Mark partner} op1={Pair secret 0}"),
              "explicit 0/3 cause 5 tag -1 of 1");
    CASE("values that are not ordered satisfy no comparison");
    CHECK_STR(step(&job, LW, "mem={Mark internal} op1={Pair partner 0}"),
              "rd*={Mark internal} mem={Mark internal}");
    CASE("joins and meets of values");
    CHECK_STR(step(&job, LW, "mem={Mark partner}"), "rd*={Pair partner 3} mem={Mark partner}");
    CHECK_STR(step(&job, LW, "mem={Mark secret}"), "rd*={Pair partner 3} mem={Mark secret}");
    CHECK_STR(step(&job, LW, "mem={Mark public}"), "rd*={Mark public} mem={Mark public}");
    done(&job);
}

static void test_sets(void)
{
    struct job job = run(labels);
    CASE("in unions arguments of lattices join, others must be equal");
    CHECK_STR(step(&job, ADD, "op1={Mark internal} op2={Mark partner}"), "rd*={Mark secret}");
    CHECK_STR(step(&job, ADD, "op1={Mark public} op2={Odd}"), "rd*={Mark public, Odd}");
    CHECK_STR(step(&job, ADD, "op1={Pair internal 2} op2={Pair public 2}"),
              "rd*={Pair internal 2}");
    CHECK_STR(step(&job, ADD, "op1={Pair internal 2} op2={Pair internal 1}"),
              "explicit 0/8 cause 6 tag 1 of 1");
    CHECK_STR(step(&job, ADD, "op1={Both public secret} op2={Both partner public}"),
              "rd*={Both partner secret}");
    CASE("in intersections they meet, and a tag goes of which others differ");
    CHECK_STR(step(&job, SW, "mem={Mark internal, Odd} op2={Mark secret}"), "mem*={Mark internal}");
    CHECK_STR(step(&job, SW, "mem={Mark internal} op2={Mark partner}"), "mem*={Mark public}");
    CHECK_STR(step(&job, SW, "mem={Pair secret 1} op2={Pair partner 1}"), "mem*={Pair partner 1}");
    CHECK_STR(step(&job, SW, "mem={Pair secret 1} op2={Pair partner 2}"), "mem*={}");
    CASE("what a TagSet argument holds is compared as a whole");
    CHECK_STR(step(&job, ADD, "op1={Join {Mark public} public} op2={Join {Mark public} secret}"),
              "rd*={Join {Mark public} secret}");
    CHECK_STR(step(&job, ADD, "op1={Hold {Mark public}} op2={Hold {Mark internal}}"),
              "explicit 0/8 cause 6 tag 4 of 1");
    CHECK_STR(step(&job, ADD, "op1={Join {Mark public} public} op2={Join {Mark secret} public}"),
              "explicit 0/8 cause 6 tag 6 of 1");
    done(&job);
}

static const char *merged(struct job *job, const char *a, const char *b, bool drop)
{
    static char buf[300];
    uint32_t tag = POL_NO_TAG;
    if (!job->engine)
        return "no monitor";
    set_input(job, 0, a, strlen(a));
    set_input(job, 1, b, strlen(b));
    int status = 0;
    if (drop)
        job->engine->ops->drop_missing(job->engine, job->in[0], job->in[1], job->in[1]);
    else
        status = job->engine->ops->merge(job->engine, job->in[0], job->in[1], job->in[1], &tag);
    snprintf(buf, sizeof buf, "conflict %d", (int)tag);
    if (status == 0)
        pol_lit_format(job->ir->space, (uint32_t *)(void *)job->in[1], buf, sizeof buf);
    return buf;
}

static void test_merges(void)
{
    struct job job = run(labels);
    CASE("granules: `merge any` joins, `merge all` meets");
    CHECK_STR(merged(&job, "{Mark internal}", "{Mark partner, Odd}", false), "{Mark secret, Odd}");
    CHECK_STR(merged(&job, "{}", "{Mark partner}", false), "{Mark partner}");
    CHECK_STR(merged(&job, "{Both secret internal}", "{Both partner partner}", false),
              "{Both partner public}");
    CHECK_STR(merged(&job, "{Both secret internal}", "{}", false), "{}");
    CHECK_STR(merged(&job, "{Pair secret 1}", "{Pair public 1}", false), "{Pair secret 1}");
    CHECK_STR(merged(&job, "{Pair secret 1}", "{Pair public 2}", false), "conflict 1");
    CASE("later parcels lower `merge all` tags");
    CHECK_STR(merged(&job, "{Both secret internal, Mark secret}", "{Both partner secret}", true),
              "{Mark secret, Both partner internal}");
    CHECK_STR(merged(&job, "{Plain 2, Both secret secret}", "{Plain 3}", true), "{}");
    done(&job);
}

/* ---- Relations ----------------------------------------------------------------------------- */

static const char relations[] =
    "module m:\nimport:\n    g\n"
    "type:\n    data Dom = enum { kernel, driver, app, net, user }\n    data Small = Int(6)\n"
    "    relation may_call(Dom, Dom) = { (kernel, driver), (driver, app), (app, driver), (user, "
    "user) }\n"
    "    relation even(Small) = { (0), (2), (4) }\n"
    "    relation three(Dom, Small, Dom) = { (app, 3, net), (user, 5, user), (kernel, 0, kernel) "
    "}\n"
    "metadata:\n    In Dom, Num Small, may_call\n"
    "policy:\n"
    "    main = aluGrp(op1 == [+(In a)], op2 == [+(In b)] | may_call(a, b) -> res = op2)\n"
    "         ^ aluGrp(op1 == [+(In a), +(Num n)], op2 == [+(In b)] | three(a, n, b) -> res = "
    "op1)\n"
    "         ^ aluGrp(op1 == [+(Num n)] | !even(n) && n != 1 -> fail \"odd\")\n"
    "         ^ aluGrp(op1 == [+(In a)] | may_call(a, app) || may_call(kernel, a) -> res = {In "
    "user})\n"
    "         ^ loadGrp(mem == [+(In kernel)] -> res = {In app})\n"
    "         ^ storeGrp(val == [+(Num n)] | even(n) -> fail \"even\")\n"
    "         ^ __NO_CHECKS\n";

static void test_relations(void)
{
    struct job job = run(relations);
    CASE("relations hold of their tuples and of no others");
    CHECK_STR(step(&job, ADD, "op1={In driver} op2={In app}"), "rd*={In app}");
    CHECK_STR(step(&job, ADD, "op1={In user} op2={In user}"), "rd*={In user}");
    CHECK_STR(step(&job, ADD, "op1={In app} op2={In app}"), "");
    CHECK_STR(step(&job, ADD, "op1={In app, Num 3} op2={In net}"), "rd*={In app, Num 3}");
    CHECK_STR(step(&job, ADD, "op1={In app, Num 3} op2={In user}"),
              "explicit 0/2 cause 5 tag -1 of 1");
    CHECK_STR(step(&job, ADD, "op1={In kernel, Num 0} op2={In kernel}"), "rd*={In kernel, Num 0}");
    CHECK_STR(step(&job, ADD, "op1={Num 1}"), "");
    CHECK_STR(step(&job, ADD, "op1={Num 4}"), "");
    CASE("constants among their arguments");
    CHECK_STR(step(&job, ADD, "op1={In driver}"), "rd*={In user}");
    CHECK_STR(step(&job, ADD, "op1={In net}"), "");
    CHECK_STR(step(&job, LW, "mem={In kernel}"), "rd*={In app} mem={In kernel}");
    CHECK_STR(step(&job, LW, "mem={In driver}"), "mem={In driver}");
    done(&job);
}

/* ---- Responses ----------------------------------------------------------------------------- */

static const char responses[] =
    "module m:\nimport:\n    g\n    ca\n    ga\nmetadata:\n    A, B, N\n"
    "response:\n    default = failsafe entities.safe\n    note = report\n    lock = halt\n"
    "    mild = terminate\n"
    "policy:\n"
    "    own = loadGrp(mem == [+A] -> fail \"A\" respond note)\n"
    "        ^ loadGrp(mem == [+B] -> fail \"B\" respond note)\n"
    "        ^ loadGrp(addr == [+A] -> fail \"address\" respond lock)\n"
    "        ^ loadGrp(addr == [+B] -> fail \"address\" respond mild)\n"
    "        ^ loadGrp(addr == [+N] -> fail \"address\")\n"
    "        ^ loadGrp(mem == [-N] -> res = {N})\n"
    "        ^ loadGrp(mem == [+A, +B] -> fail \"late\" respond note)\n"
    "        ^ storeGrp(val == [+A] -> fail \"last\" respond note)\n"
    "        ^ aluGrp(-> res = {})\n"
    "    main = ga.boss & own & ca.pa\n";

static struct job start_responses(void)
{
    struct job job = {.dir = "/tmp/pol-mon-XXXXXX", .map = lang_source_map_new()};
    char path[128], err[200];
    job.sink = diag_sink_new(job.map);
    CHECK(mkdtemp(job.dir) != NULL);
    write_source(&job, "g.pol", groups);
    write_source(&job, "m.pol", responses);
    write_source(&job, "ga.pol",
                 "module ga:\nimport:\n    g\nmetadata:\n    G\n"
                 "response:\n    seen = report\npolicy:\n"
                 "    global boss = loadGrp(code == [+G] -> fail \"G\" respond seen)\n"
                 "                ^ loadGrp(env == [+G] -> res = {G})\n");
    write_source(&job, "ca.pol",
                 "module ca:\nimport:\n    g\nmetadata:\n    C, D\n"
                 "response:\n    stop = terminate\n    log = report\npolicy:\n"
                 "    pa = loadGrp(mem == [+C] -> fail \"C\" respond log)\n"
                 "       ^ loadGrp(addr == [+C] -> fail \"C\" respond stop)\n"
                 "       ^ loadGrp(mem == [-D] -> res = {C})\n"
                 "       ^ storeGrp(-> mem = {})\n");
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

/* What a step answers, then its response and the rules that were reported. */
static const char *respond(struct job *job, uint32_t word, const char *text)
{
    static char buf[600];
    size_t at = (size_t)snprintf(buf, sizeof buf, "%s", step(job, word, text));
    const struct pol_answer *a = &job->answer;
    if (job->engine && a->response != POL_NO_RESPONSE)
        at += (size_t)snprintf(buf + at, sizeof buf - at, ", %s",
                               job->ir->responses[a->response].name);
    for (uint32_t i = 0; job->engine && i < a->nreports; i++)
        at += (size_t)snprintf(buf + at, sizeof buf - at, ", report %u/%u",
                               (unsigned)a->reports[i].decider, (unsigned)a->reports[i].rule);
    return buf;
}

static void test_responses(void)
{
    struct job job = start_responses();
    CASE("the response of the rule that fails, or the default one");
    CHECK_STR(respond(&job, LW, "op1={A}"), "explicit 1/2 cause 5 tag -1 of 1, m.lock");
    CHECK_STR(respond(&job, LW, "op1={B}"), "explicit 1/3 cause 5 tag -1 of 1, m.mild");
    CHECK_STR(respond(&job, LW, "op1={N}"), "explicit 1/4 cause 5 tag -1 of 1, default");
    CHECK_STR(respond(&job, LW, "mem={N}"), "implicit 1/-1 cause 1 tag -1 of 1, default");
    CHECK_STR(respond(&job, 0, ""), "implicit -1/-1 cause 2 tag -1 of 1, default");
    CASE("of several failures the most severe response acts, of equals the first");
    CHECK_STR(respond(&job, LW, "op1={B, C}"), "explicit 1/3 cause 5 tag -1 of 2, m.mild");
    CHECK_STR(respond(&job, LW, "op1={A, C}"), "explicit 1/2 cause 5 tag -1 of 2, m.lock");
    CHECK_STR(respond(&job, LW, "op1={B} mem={D}"), "explicit 1/3 cause 5 tag -1 of 2, default");
    CHECK_STR(respond(&job, LW, "op1={C} mem={N}"), "explicit 2/1 cause 5 tag -1 of 2, default");
    CASE("rules that report go on");
    CHECK_STR(respond(&job, LW, "mem={A}"), "rd*={N, C} mem={A}, report 1/0");
    CHECK_STR(respond(&job, LW, "mem={A, B, C}"),
              "rd*={N, C} mem={A, B, C}, report 1/0, report 1/1, report 2/0");
    CHECK_STR(respond(&job, LW, "mem={B} op1={A}"),
              "explicit 1/2 cause 5 tag -1 of 1, m.lock, report 1/1");
    CASE("after the last rule the step fails implicitly, whatever was reported");
    CHECK_STR(respond(&job, SW, "op2={A}"),
              "implicit 1/-1 cause 1 tag -1 of 1, default, report 1/7");
    CHECK_STR(respond(&job, LW, "mem={A, B, N}"), "implicit 1/-1 cause 1 tag -1 of 1, default, "
                                                  "report 1/0, report 1/1, report 1/6");
    CASE("a global policy that only reports passes on");
    CHECK_STR(respond(&job, LW, "code={G} mem={B}"), "rd*={N, C} mem={B}, report 0/0, report 1/1");
    CHECK_STR(respond(&job, LW, "code={G} env={G} mem={B}"), "env={G} rd*={G} mem={B}, report 0/0");
    done(&job);
}

static void test_many_reports(void)
{
    char source[3000];
    size_t at = (size_t)snprintf(source, sizeof source,
                                 "module m:\nimport:\n    g\nmetadata:\n    A\n"
                                 "response:\n    note = report\npolicy:\n    main = ");
    for (int i = 0; i < 20; i++)
        at += (size_t)snprintf(source + at, sizeof source - at,
                               "loadGrp(mem == [+A] -> fail \"%d\" respond note) ^ ", i);
    snprintf(source + at, sizeof source - at, "loadGrp(-> res = {A})\n");
    struct job job = run(source);
    CASE("of many reports the first are listed, all are counted");
    CHECK_STR(step(&job, LW, "mem={A}"), "rd*={A} mem={A}");
    CHECK_INT(job.answer.nreports, 20);
    CHECK_INT(job.answer.reports[POL_MAX_REPORTS - 1].rule, POL_MAX_REPORTS - 1);
    done(&job);
}

/* ---- The emitted text ---------------------------------------------------------------------- */

static void check_strict(const struct job *job)
{
    static const char *const compilers[] = {"gcc", "clang"};
    char command[400];
    for (size_t i = 0; job->engine && i < 2; i++) {
        snprintf(command, sizeof command, "%s --version >/dev/null 2>&1", compilers[i]);
        if (system(command) != 0)
            continue;
        snprintf(command, sizeof command,
                 "%s -std=c11 -O2 -Wall -Wextra -Werror -pedantic -c -o %s/m.o %s/m_monitor.c",
                 compilers[i], job->dir, job->dir);
        CHECK_INT(system(command), 0);
    }
}

static void test_emitted(void)
{
    struct job job = run(labels);
    CASE("the emitted text passes strict compilers");
    check_strict(&job);
    done(&job);
    job = run(relations);
    check_strict(&job);
    done(&job);
    job = start_responses();
    check_strict(&job);
    done(&job);
}

static void test_agreement(void)
{
    struct job job = run(labels);
    CASE("monitor and source interpreter agree: lattices");
    if (job.engine)
        compare_random(&job, 50000);
    done(&job);
    job = run(relations);
    CASE("monitor and source interpreter agree: relations");
    if (job.engine)
        compare_random(&job, 50000);
    done(&job);
    job = start_responses();
    CASE("monitor and source interpreter agree: responses");
    if (job.engine)
        compare_random(&job, 50000);
    done(&job);
}

int main(void)
{
    test_order();
    test_sets();
    test_merges();
    test_relations();
    test_responses();
    test_many_reports();
    test_emitted();
    test_agreement();
    return check_done();
}
