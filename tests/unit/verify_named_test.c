/* The proof on lattices, relations, reports, responses and names of values: tables and rules that
 * are changed in one of them are refused. */
#include "tests/unit/verify_edit.h"

static const char named_text[] =
    "module tested:\n"
    "type:\n    data Label = lattice { low < left, low < right, left < high, right < high }\n"
    "    data Kind = enum { plain, odd, rare }\n"
    "    relation allows(Kind, Label) = { (plain, low), (odd, left), (odd, high), (rare, right) }\n"
    "    relation three(Kind, Label, Kind) = { (plain, low, odd), (rare, high, rare) }\n"
    "metadata:\n    L Label, K Kind merge all, Mark\n"
    "group:\n"
    "    grp add(RS1:a, RS2:b -> RD:r)\n        add\n"
    "    grp load(RS1:addr, MEM:m -> RD:r)\n        lw\n"
    "    grp store(RS1:addr, RS2:v, MEM:m -> MEM:m)\n        sw\n"
    "response:\n    note = report\n    stop = halt\n    lock = failsafe entities.lockdown\n"
    "policy:\n    main =\n"
    "          load(m == [+Mark] -> fail \"marked\" respond note)\n"
    "        ^ load(m == [+(L x)], addr == [+(K k)] | !allows(k, x) -> fail \"no\" respond note)\n"
    "        ^ load(m == [+(L x), +Mark] | x > low -> fail \"up\" respond lock)\n"
    "        ^ load(m == [+(L x), +(K k)], addr == [+(K j)] | three(k, x, j) -> r = {L x})\n"
    "        ^ load(-> r = m \\/ addr)\n"
    "        ^ store(v == [+(L x)], m == [+(L y)] | (x \\/ y) <= left -> m = {L (x \\/ y), K "
    "odd})\n"
    "        ^ store(v == [+Mark] -> fail \"mark\" respond stop)\n"
    "        ^ store(m == [+Mark] -> fail \"kept\" respond note)\n"
    "        ^ store(-> m = m /\\ v)\n"
    "        ^ add(a == [+(L x)], b == [+(L y)] -> r = {L (x /\\ y)})\n"
    "require:\n    init ISA.RISCV.Reg.Default {}\n    init ISA.RISCV.Reg.x5 {L left}\n"
    "    init ISA.RISCV.Reg.x6 {K rare}\n    init SOC.A {L right, Mark, K plain}\n";

static void all_layouts(void)
{
    struct fixture f;
    CASE("tables of every layout are proven");
    CHECK(open_text(&f, named_text));
    for (uint32_t i = 0; i < 20; i++) {
        struct tbl_options options = {.layout = (enum tbl_layout)(i % 5)};
        char err[1024] = "";
        options.fuse = i / 5 % 2;
        options.share_lanes = i / 10;
        CHECK(build(&f, &options));
        CHECK(f.loaded->n_reports > 0);
        bool ok = verify_table(f.compiled->ir, f.loaded, NULL, err, sizeof err);
        if (!ok)
            printf("# %s\n", err);
        CHECK(ok);
        pol_table_free(f.loaded);
        f.loaded = NULL;
    }
    close_fixture(&f);
}

/* Counts the changes of a word that the proof lets pass; the changed words are put back. */
static uint32_t passed(struct fixture *f, uint32_t *word, uint32_t changed)
{
    char err[1024];
    uint32_t old = *word;
    *word = changed;
    bool ok = proven(f, err, sizeof err);
    *word = old;
    return ok;
}

static void changed_maps(void)
{
    struct fixture f;
    uint32_t matrices = 0, maps = 0, missed = 0;
    open_dag(&f, named_text);
    uint32_t *lut = ARENA_ARRAY(&f.arena, uint32_t, f.t.n_lut + 1);
    memcpy(lut, f.t.lut, f.t.n_lut * sizeof *lut);
    f.t.lut = lut;
    is_proven(&f);
    CASE("each bit of a matrix counts");
    for (size_t i = 0; i < f.ops.count; i++) {
        const struct pol_prt_op *op = &f.ops.items[i];
        uint32_t bits = (op->d + 1) << op->e;
        if (op->op != POL_OPC_MATRIX)
            continue;
        for (uint32_t bit = 0; bit < bits; bit++, matrices++)
            missed +=
                passed(&f, &lut[op->c + bit / 32], lut[op->c + bit / 32] ^ (uint32_t)1 << bit % 32);
    }
    CHECK(matrices >= 16 + 64);
    CHECK_INT(missed, 0);
    CASE("each join and meet counts");
    for (uint32_t l = 0; l < f.compiled->ir->nlattices; l++) {
        const struct ir_lattice *lattice = &f.compiled->ir->lattices[l];
        for (uint32_t at = 0; at + 16 <= f.t.n_lut; at++)
            if (memcmp(lut + at, lattice->join, 64) == 0 ||
                memcmp(lut + at, lattice->meet, 64) == 0)
                for (uint32_t i = 0; i < 16; i++, maps++)
                    missed += passed(&f, &lut[at + i], (lut[at + i] + 1) % 4);
    }
    CHECK_INT(maps, 32);
    CHECK_INT(missed, 0);
    close_fixture(&f);
}

static void changed_operations(void)
{
    struct fixture f;
    uint32_t changed = 0, missed = 0;
    open_dag(&f, named_text);
    CASE("operations that look up other places, or other arguments");
    for (size_t i = 0; i < f.ops.count; i++) {
        struct pol_prt_op *op = &f.ops.items[i];
        if (op->op != POL_OPC_MATRIX)
            continue;
        uint32_t a = op->a;
        changed += 4;
        missed += passed(&f, &op->c, op->c ? op->c - 1 : 1);
        missed += passed(&f, &op->d, op->d >> 1);
        missed += passed(&f, &op->e, op->e - 1);
        missed += passed(&f, &op->a, op->b);
        op->a = a;
    }
    CHECK(changed > 8);
    CHECK_INT(missed, 0);
    close_fixture(&f);
}

static void changed_rules(void)
{
    struct fixture f;
    char err[1024];
    uint32_t missed = 0;
    open_dag(&f, named_text);
    struct ir *ir = f.compiled->ir;
    CASE("a relation of the rules with a tuple more or less");
    for (uint32_t i = 0; i < ir->nrelations; i++) {
        struct ir_relation *r = &ir->relations[i];
        const uint32_t *old = r->bits;
        uint64_t n = 1;
        for (uint32_t k = 0; k < r->nargs; k++)
            n *= r->limit[k];
        uint32_t *bits = ARENA_ARRAY(&f.arena, uint32_t, (size_t)(n + 31) / 32);
        r->bits = bits;
        for (uint64_t bit = 0; bit < n; bit++) {
            memcpy(bits, old, (size_t)(n + 31) / 32 * sizeof *bits);
            bits[bit / 32] ^= (uint32_t)1 << bit % 32;
            missed += proven(&f, err, sizeof err);
        }
        r->bits = old;
    }
    CHECK_INT(missed, 0);
    CASE("a lattice of the rules with another join or meet");
    struct ir_lattice *lattice = &ir->lattices[0];
    uint32_t *join = ARENA_ARRAY(&f.arena, uint32_t, 16),
             *meet = ARENA_ARRAY(&f.arena, uint32_t, 16);
    memcpy(join, lattice->join, 64);
    memcpy(meet, lattice->meet, 64);
    lattice->join = join;
    lattice->meet = meet;
    for (uint32_t i = 0; i < 16; i++)
        missed += passed(&f, &join[i], (join[i] + 1) % 4) + passed(&f, &meet[i], (meet[i] + 1) % 4);
    CHECK_INT(missed, 0);
    is_proven(&f);
    close_fixture(&f);
}

/* The first action with so many reports. */
static struct pol_prt_action *action_with(struct pol_prt_action *actions, uint32_t n,
                                          uint32_t reports)
{
    for (uint32_t i = 0; i < n; i++)
        if (actions[i].nreports == reports)
            return &actions[i];
    abort();
}

static void changed_reports(void)
{
    struct fixture f;
    open_dag(&f, named_text);
    struct pol_prt_action *actions = ARENA_ARRAY(&f.arena, struct pol_prt_action, f.t.n_actions);
    uint32_t *reports = ARENA_ARRAY(&f.arena, uint32_t, f.t.n_reports);
    memcpy(actions, f.t.actions, f.t.n_actions * sizeof *actions);
    memcpy(reports, f.t.reports, f.t.n_reports * sizeof *reports);
    f.t.actions = actions;
    f.t.reports = reports;
    is_proven(&f);
    CASE("a report that is missing");
    struct pol_prt_action *two = action_with(actions, f.t.n_actions, 2);
    CHANGED(&f, two->nreports, 1, "lacks the report of rule 1 ", "inputs");
    CHANGED(&f, two->nreports, 0, "lacks the report of rule 0 ", "inputs");
    CASE("a report too many, or of another rule");
    struct pol_prt_action *none = action_with(actions, f.t.n_actions, 0);
    none->first_report = two->first_report;
    CHANGED(&f, none->nreports, 1, "has a report that the rules do not want", "rule 0");
    CHANGED(&f, reports[two->first_report + 1], 4, "the table", "report");
    CHANGED(&f, reports[two->first_report], 2, "the table", "report");
    is_proven(&f);
    close_fixture(&f);
}

static void changed_records(void)
{
    struct fixture f;
    open_dag(&f, named_text);
    struct pol_prt_meta meta = *f.t.meta;
    struct pol_prt_response *responses =
        ARENA_ARRAY(&f.arena, struct pol_prt_response, f.t.n_responses);
    uint32_t *values = ARENA_ARRAY(&f.arena, uint32_t, f.t.n_values);
    memcpy(responses, f.t.responses, f.t.n_responses * sizeof *responses);
    memcpy(values, f.t.values, f.t.n_values * sizeof *values);
    f.t.meta = &meta;
    f.t.responses = responses;
    f.t.values = values;
    CASE("responses and names of values are the rules'");
    CHECK_INT(f.t.n_responses, 4);
    CHECK_INT(f.t.n_values, 7);
    CHANGED(&f, meta.response, 1, "META", "response");
    for (uint32_t i = 0; i < 4; i++) {
        CHANGED(&f, responses[i].action, (responses[i].action + 1) % 4, "RESPONSES", "differs");
        CHANGED(&f, responses[i].name, responses[i].name + 1, "RESPONSES", "differs");
        CHANGED(&f, responses[i].entity, meta.isa, "RESPONSES", "differs");
    }
    for (uint32_t i = 0; i < 7; i++)
        CHANGED(&f, values[i], values[(i + 1) % 7], "VALUES", "other names");
    is_proven(&f);
    close_fixture(&f);
}

int main(void)
{
    all_layouts();
    changed_maps();
    changed_operations();
    changed_rules();
    changed_reports();
    changed_records();
    return check_done();
}
