/* Comparison of random policies with changed copies of themselves, by compiler/compare and by
 * counting all inputs. */
#include "compiler/compare/compare.h"
#include "tests/unit/brute.h"

enum { MAX_RULES = 10, RULE_SIZE = 256 };

/* ---- Two policies ---------------------------------------------------------------------------- */

/* The rules of modules g and h, or of m alone. */
struct draft {
    struct brute_shape shape;
    uint32_t nrules[2];
    char rules[2][MAX_RULES][RULE_SIZE];
    struct str_buf inits[2];
};

static struct brute_shape seen_by(const struct draft *d, int part)
{
    struct brute_shape out = d->shape;
    if (!d->shape.two)
        return out;
    out.ntags = 0;
    for (int t = 0; t < d->shape.ntags; t++)
        if (d->shape.tags[t].owner <= part)
            out.tags[out.ntags++] = d->shape.tags[t];
    return out;
}

static int owner_of(const struct draft *d, int part)
{
    return d->shape.two ? part : -1;
}

static void new_rule(struct draft *d, int part, uint32_t at)
{
    struct brute_shape seen = seen_by(d, part);
    struct str_buf text;
    do {
        str_init(&text);
        brute_rule(&text, &seen, owner_of(d, part));
        snprintf(d->rules[part][at], RULE_SIZE, "%s", str_text(&text));
        str_free(&text);
    } while (strlen(d->rules[part][at]) == RULE_SIZE - 1);
}

static void new_init(struct draft *d, int part)
{
    str_clear(&d->inits[part]);
    brute_init(&d->inits[part], &d->shape, owner_of(d, part));
}

static void new_draft(struct draft *d)
{
    memset(d, 0, sizeof *d);
    d->shape = brute_shape();
    for (int part = 0; part < 1 + d->shape.two; part++) {
        d->nrules[part] = 3 + chance(MAX_RULES - 4);
        for (uint32_t r = 0; r < d->nrules[part]; r++)
            new_rule(d, part, r);
        new_init(d, part);
    }
}

/* One change of the second draft; the policies may still mean the same. */
static void change(struct draft *d)
{
    int part = d->shape.two ? (int)chance(2) : 0;
    uint32_t n = d->nrules[part], at = chance(n);
    char kept[RULE_SIZE];
    switch (chance(5)) {
    case 0:
        new_rule(d, part, at);
        return;
    case 1:
        if (n <= 2) /* a global needs one, and so does what follows it */
            return;
        memmove(d->rules[part][at], d->rules[part][at + 1], (n - at - 1) * RULE_SIZE);
        d->nrules[part]--;
        return;
    case 2:
        new_init(d, part);
        return;
    default:
        if (at + 1 == n)
            return;
        memcpy(kept, d->rules[part][at], RULE_SIZE);
        memcpy(d->rules[part][at], d->rules[part][at + 1], RULE_SIZE);
        memcpy(d->rules[part][at + 1], kept, RULE_SIZE);
    }
}

static void rules_text(struct str_buf *out, const struct draft *d, int part, uint32_t from,
                       uint32_t end)
{
    for (uint32_t r = from; r < end; r++)
        str_printf(out, "        %s %s\n", r > from ? "^" : " ", d->rules[part][r]);
}

static void part_text(struct str_buf *out, const struct draft *d, int part)
{
    brute_head(out, part ? "h" : "g", part ? "base\n    g" : "base");
    brute_types(out, &d->shape, part);
    str_printf(out, "policy:\n    %s =\n", part ? "hPol" : "gPol");
    rules_text(out, d, part, 0, d->nrules[part]);
    str_add(out, str_text(&d->inits[part]));
}

static void write_draft(const struct brute_dir *dir, const struct draft *d, struct str_buf *all)
{
    struct str_buf text;
    str_init(&text);
    brute_base(&text);
    brute_write(dir, "base.pol", &text);
    for (int part = 0; d->shape.two && part < 2; part++) {
        str_clear(&text);
        part_text(&text, d, part);
        brute_write(dir, part ? "h.pol" : "g.pol", &text);
        str_add(all, str_text(&text));
    }
    str_clear(&text);
    if (d->shape.two) {
        str_add(&text, "module m:\nimport:\n    g\n    h\npolicy:\n    main = gPol & hPol\n");
    } else {
        uint32_t first = d->shape.global ? 1 : 0; /* the global's rule */
        brute_head(&text, "m", "base");
        brute_types(&text, &d->shape, -1);
        str_printf(&text, "policy:\n    main = %spol\n", first ? "glo & " : "");
        if (first)
            str_add(&text, "    global glo =\n");
        rules_text(&text, d, 0, 0, first);
        str_add(&text, "    pol =\n");
        rules_text(&text, d, 0, first, d->nrules[0]);
        str_add(&text, str_text(&d->inits[0]));
    }
    brute_write(dir, "m.pol", &text);
    str_add(all, str_text(&text));
    str_free(&text);
}

/* ---- Counting -------------------------------------------------------------------------------- */

/* What one policy says in a unit (a decider, IR_NONE: the whole composition). */
struct said {
    bool fails, explicit_failure;
    bool allowed; /* by all deciders: only then there are results to look at */
    char message[128];
    uint32_t *result[POL_RESULTS]; /* owned by the rerun: copied */
};

static void say(struct subject *s, uint32_t word, const uint32_t set[SCENE_SLOTS], uint32_t unit,
                struct said *out)
{
    size_t size = s->compiled->ir->space->words * sizeof(uint32_t);
    const struct pol_failure *failure = NULL;
    brute_step(s, word, set);
    const struct pol_answer *answer = &s->rerun.evaluation.answer;
    for (uint32_t i = 0; i < answer->nfailures; i++)
        if (answer->failures[i].decider == unit)
            failure = &answer->failures[i];
    if (unit == IR_NONE && answer->verdict != POL_ALLOW)
        failure = &answer->first;
    out->fails = failure != NULL;
    out->allowed = answer->verdict == POL_ALLOW;
    out->explicit_failure = failure && failure->cause >= POL_CAUSE_RULE;
    out->message[0] = 0;
    if (failure)
        pol_failure_message(s->compiled->ir->space, &s->rerun.debug, failure, out->message,
                            sizeof out->message);
    for (int r = 0; r < POL_RESULTS; r++)
        memcpy(out->result[r], s->rerun.evaluation.result[r], size);
}

static bool tags_differ(const struct subject *s, uint32_t unit, const uint32_t *a,
                        const uint32_t *b)
{
    const struct ir *ir = s->compiled->ir;
    for (uint32_t t = 0; t < ir->space->ntags; t++) {
        const struct pol_tag_info *info = &ir->space->tags[t];
        if (unit != IR_NONE && ir->tags[t].domain != ir->deciders[unit].domain)
            continue;
        if (pol_lit_has(a, t) != pol_lit_has(b, t) ||
            (info->nargs && a[info->args[0].offset] != b[info->args[0].offset]))
            return true;
    }
    return false;
}

/* Results count where the instruction has them: others are as before in both. */
static unsigned aspect(const struct subject *s, uint32_t unit, const struct said said[2])
{
    if (said[0].fails != said[1].fails)
        return 1u << (said[1].fails ? COMPARE_DENIED : COMPARE_PERMITTED);
    if (said[0].fails)
        return said[0].explicit_failure != said[1].explicit_failure ||
                       strcmp(said[0].message, said[1].message) != 0
                   ? 1u << COMPARE_FAILURE
                   : 0;
    for (int r = 0; said[0].allowed && said[1].allowed && r < POL_RESULTS; r++)
        if (tags_differ(s, unit, said[0].result[r], said[1].result[r]))
            return 1u << COMPARE_RESULTS;
    return 0;
}

/* Slot by slot what can be there in one of them; together all in one of them. */
static bool occurs(const struct inputs *in, const struct subject *s,
                   const uint32_t kinds[SCENE_SLOTS])
{
    for (int slot = 0; slot < SCENE_SLOTS; slot++)
        if (kinds[slot] && !brute_reachable(s, in->set[slot], kinds[slot]))
            return false;
    return true;
}

static unsigned count_word(struct subject s[2], const uint32_t units[2], uint32_t word)
{
    const struct pol_insn *insn =
        pol_insn_at((size_t)pol_isa_decode(&s[0].compiled->ir->isa, word));
    struct pol_form form = pol_insn_form(insn);
    uint32_t kinds[SCENE_SLOTS];
    struct inputs in;
    struct said said[2];
    unsigned aspects = 0;
    size_t size = s[0].compiled->ir->space->words * sizeof(uint32_t);
    for (int who = 0; who < 2; who++)
        for (int r = 0; r < POL_RESULTS; r++)
            said[who].result[r] = lang_xalloc(size);
    scene_kinds(&form, kinds);
    inputs_open(&in, &s[0], &form, true);
    do {
        if (!occurs(&in, &s[0], kinds) && !occurs(&in, &s[1], kinds))
            continue;
        for (int who = 0; who < 2; who++)
            say(&s[who], word, in.set, units[who], &said[who]);
        aspects |= aspect(&s[0], units[0], said);
    } while (inputs_next(&in));
    inputs_close(&in);
    for (int who = 0; who < 2; who++)
        for (int r = 0; r < POL_RESULTS; r++)
            free(said[who].result[r]);
    return aspects;
}

/* ---- Comparison ------------------------------------------------------------------------------ */

/* Aspects in which a unit (UINT32_MAX: any) differs for an instruction, says the comparison. */
static unsigned told(const struct comparison *c, uint32_t unit, const char *mnemonic)
{
    unsigned aspects = 0;
    for (uint32_t i = 0; i < c->ndifferences; i++)
        for (uint32_t k = 0; k < c->differences[i].nmnemonics; k++)
            if ((unit == UINT32_MAX || c->differences[i].unit == unit) &&
                strcmp(c->differences[i].mnemonics[k], mnemonic) == 0)
                aspects |= 1u << c->differences[i].aspect;
    return aspects;
}

static uint32_t tally[COMPARE_ASPECTS + 1];

/* All words of a row that either decode tells apart. */
static unsigned count_row(struct subject s[2], const uint32_t units[2], const char *mnemonic)
{
    static const uint32_t registers = 13u << 27 | 12u << 20 | 11u << 15 | 10u << 7;
    const struct ir *ir = s[0].compiled->ir;
    const struct pol_insn *insn = pol_insn_at((size_t)pol_insn_find(&ir->isa, mnemonic));
    unsigned aspects = 0;
    for (int who = 0; who < 2; who++)
        for (uint32_t i = 0; i < s[who].compiled->ir->ndecode; i++) {
            const struct ir_decode *entry = &s[who].compiled->ir->decode[i];
            if ((entry->match & insn->mask) == insn->match &&
                (entry->mask & insn->mask) == insn->mask)
                aspects |= count_word(s, units, (registers & ~entry->mask) | entry->match);
        }
    return aspects;
}

static bool check_row(struct subject s[2], const struct comparison *c, const char *mnemonic,
                      bool global)
{
    static const uint32_t whole[2] = {IR_NONE, IR_NONE};
    if (global) /* where a global decides, other deciders may differ unseen */
        return !count_row(s, whole, mnemonic) || told(c, UINT32_MAX, mnemonic);
    for (uint32_t u = 0; u < c->nunits; u++) {
        unsigned want = count_row(s, c->units[u].deciders, mnemonic);
        unsigned have = told(c, u, mnemonic);
        for (int a = 0; a < COMPARE_ASPECTS; a++)
            tally[a] += want >> a & 1u;
        tally[COMPARE_ASPECTS] += !want;
        /* Results of a component are compared where another one fails, too: nobody can count that.
         */
        unsigned unseen = c->nunits > 1 ? 1u << COMPARE_RESULTS : 0;
        if ((want & ~have) || (have & ~want & ~unseen)) {
            printf("# %s: aspects %x, counted %x\n", mnemonic, have, want);
            return false;
        }
    }
    return true;
}

static bool check_pair(struct subject s[2], bool global)
{
    static const char *const rows[] = {"ld",    "lb",    "sd",  "sb",   "add", "mul",
                                       "csrrw", "csrrs", "beq", "jalr", "lui"};
    const struct compare_options options = {0};
    struct compare_policy policies[2];
    char err[128];
    bool same = true;
    for (int who = 0; who < 2; who++)
        policies[who] = (struct compare_policy){s[who].compiled->model, s[who].compiled->ir};
    struct comparison *c = compare_policies(policies, &options, err, sizeof err);
    if (!c)
        return false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        same = check_row(s, c, rows[i], global) && same;
    same = same && c->equal == (!c->ndifferences && !c->nnotes);
    comparison_free(c);
    return same;
}

static bool compare_seed(uint64_t seed)
{
    struct draft draft;
    struct brute_dir dir[2];
    struct str_buf text;
    struct subject s[2];
    bool usable = true;
    str_init(&text);
    brute_seed(seed);
    new_draft(&draft);
    for (int who = 0; who < 2; who++) {
        brute_dir_make(&dir[who]);
        write_draft(&dir[who], &draft, &text);
        subject_open(&s[who], &dir[who]);
        usable = usable && s[who].compiled && s[who].compiled->ir;
        for (uint32_t n = 1 + chance(3); n > 0; n--)
            change(&draft);
    }
    if (usable) {
        bool same = check_pair(s, draft.shape.global && !draft.shape.two);
        if (!same)
            printf("# seed %llu\n%s\n", (unsigned long long)seed, str_text(&text));
        CHECK(same);
    }
    for (int who = 0; who < 2; who++) {
        subject_close(&s[who]);
        brute_dir_remove(&dir[who]);
    }
    for (int part = 0; part < 2; part++)
        str_free(&draft.inits[part]);
    str_free(&text);
    return usable;
}

int main(void)
{
    uint32_t wanted = brute_count(80, 300, 3000), done = 0;
    const char *first = getenv("BRUTE_SEED");
    uint64_t seed = first ? strtoull(first, NULL, 10) : 1;
    CASE("random policies differ from changed copies as counting says");
    for (uint64_t tries = 0; done < wanted && tries < 20ull * wanted && check_failures < 3; tries++)
        done += compare_seed(seed++);
    CHECK(check_failures || done == wanted);
    CASE("all ways to differ occur");
    for (int a = 0; a <= COMPARE_ASPECTS; a++)
        CHECK(a == COMPARE_REPORTS || tally[a]);
    printf("# %u stricter, %u looser, %u results, %u failure, %u equal\n", tally[COMPARE_DENIED],
           tally[COMPARE_PERMITTED], tally[COMPARE_RESULTS], tally[COMPARE_FAILURE],
           tally[COMPARE_ASPECTS]);
    return check_done();
}
