/* Mutants of rules: `rules EFFORT POLICY...`; prints TAP.
 *
 * A rule of the IR is dropped, swapped with the next, weakened, strengthened or given another
 * result; texts and places stay, so that only its meaning differs.  The proof must then refuse the
 * table of the unchanged policy.  Where it accepts, the change must be without effect: the table
 * made from the changed rules gives the same answers to all inputs.  (Most often it is proven
 * against the unchanged rules, too; not where a rule that cannot hold seems to make further sets.)
 * EFFORT 1: one mutant of each kind for some rules; 2: for every rule; 3: all mutants.  Policies
 * take turns in the kinds of tables; whole.pol has all of them. */
#include "compiler/ir/build.h"
#include "tests/mutation/common.h"

enum change {
    DROP,
    SWAP,
    UNREQUIRE, /* [+A] -> [] */
    UNFORBID,  /* [-A] -> [] */
    FLIP,      /* [+A] -> [-A] and back */
    EXACT,     /* {..} -> [..] and back */
    UNGUARD,
    NEGATE, /* the guard */
    GIVE_EMPTY,
    GIVE_OPERAND,
    KEEP, /* a result is left alone */
    CHANGES
};
static const char *const change_names[] = {"dropped",       "swapped",       "+tag removed",
                                           "-tag removed",  "sign flipped",  "{} and [] exchanged",
                                           "guard removed", "guard negated", "result emptied",
                                           "result copied", "result kept"};

struct job {
    struct policy *policy;
    const struct variant *variant;
    struct ir *ir;
    struct pol_table *table;
    struct inputs inputs;
    unsigned effort;
    uint32_t tried[CHANGES], refused[CHANGES], equal[CHANGES], missed[CHANGES];
    uint32_t both_ways;
};

/* --- is a change without effect? ---------------------------------------------------------------
 */

/* NULL when the table made from the changed rules answers like the one of the unchanged rules, to
 * all inputs that both can meet; else what differs. */
static const char *compare_tables(struct job *j, struct ir_decider *d, struct ir_rule *changed)
{
    char err[512];
    struct ir_rule *original = d->rules;
    size_t size;
    d->rules = changed;
    unsigned char *bytes = policy_bytes(j->ir, &j->variant->options, &size);
    d->rules = original;
    struct pol_table *t = bytes ? pol_table_load_bytes(bytes, size, err, sizeof err) : NULL;
    free(bytes);
    if (!t)
        return "the changed rules have no table";
    j->both_ways += verify_table(j->ir, t, NULL, err, sizeof err);
    const char *why = inputs_differ(&j->inputs, t, true);
    pol_table_free(t);
    return why;
}

/* --- one mutant --------------------------------------------------------------------------------
 */

static void try_rules(struct job *j, struct ir_decider *d, struct ir_rule *changed, uint32_t rule,
                      enum change change)
{
    char err[512];
    struct ir_rule *original = d->rules;
    d->rules = changed;
    bool sensible = ir_verify(j->ir) == NULL;
    bool accepted = sensible && verify_table(j->ir, j->table, NULL, err, sizeof err);
    d->rules = original;
    if (!sensible)
        return; /* say, a guard that reads what nothing requires */
    j->tried[change]++;
    if (!accepted) {
        j->refused[change]++;
        return;
    }
    const char *why = compare_tables(j, d, changed);
    j->equal[change] += why == NULL;
    j->missed[change] += why != NULL;
    if (why)
        printf("# %s, rule %u (%s:%u:%u): %s is accepted, but: %s\n", d->name, rule,
               original[rule].file, original[rule].line, original[rule].column,
               change_names[change], why);
}

/* A copy of the decider's rules with room to change conditions of one. */
static struct ir_rule *copy_rules(struct job *j, const struct ir_decider *d, uint32_t rule)
{
    struct arena *arena = j->ir->arena;
    struct ir_rule *rules = ARENA_ARRAY(arena, struct ir_rule, d->nrules + 1);
    memcpy(rules, d->rules, d->nrules * sizeof *rules);
    for (int op = 0; op < POL_OPERANDS; op++) {
        struct ir_cond *c = &rules[rule].cond[op];
        uint32_t n = c->nrequired + c->nforbidden + 1;
        uint32_t *required = ARENA_ARRAY(arena, uint32_t, n),
                 *forbidden = ARENA_ARRAY(arena, uint32_t, n);
        memcpy(required, c->required, c->nrequired * sizeof *required);
        memcpy(forbidden, c->forbidden, c->nforbidden * sizeof *forbidden);
        c->required = required;
        c->forbidden = forbidden;
    }
    return rules;
}

static void remove_at(uint32_t *tags, uint32_t *n, uint32_t at)
{
    memmove(tags + at, tags + at + 1, (*n - at - 1) * sizeof *tags);
    --*n;
}

static void insert(uint32_t *tags, uint32_t *n, uint32_t tag)
{
    uint32_t at = 0;
    while (at < *n && tags[at] < tag)
        at++;
    memmove(tags + at + 1, tags + at, (*n - at) * sizeof *tags);
    tags[at] = tag;
    ++*n;
}

/* Exchanges what two rules mean, but not their texts and places. */
static void swap_meaning(struct ir_rule *a, struct ir_rule *b)
{
    struct ir_rule x = *a, y = *b;
    memcpy(a->cond, y.cond, sizeof a->cond);
    memcpy(b->cond, x.cond, sizeof b->cond);
    memcpy(a->result, y.result, sizeof a->result);
    memcpy(b->result, x.result, sizeof b->result);
    a->group = y.group;
    b->group = x.group;
    a->guard = y.guard;
    b->guard = x.guard;
}

static void change_condition(struct job *j, struct ir_decider *d, uint32_t rule, uint32_t op,
                             enum change change, uint32_t k)
{
    struct ir_rule *rules = copy_rules(j, d, rule);
    struct ir_cond *c = &rules[rule].cond[op];
    bool positive = k < c->nrequired;
    uint32_t tag = positive ? c->required[k] : c->forbidden[k - c->nrequired];
    if (positive)
        remove_at(c->required, &c->nrequired, k);
    else
        remove_at(c->forbidden, &c->nforbidden, k - c->nrequired);
    if (change == FLIP && positive)
        insert(c->forbidden, &c->nforbidden, tag);
    else if (change == FLIP)
        insert(c->required, &c->nrequired, tag);
    try_rules(j, d, rules, rule, change);
}

static void change_conditions(struct job *j, struct ir_decider *d, uint32_t rule)
{
    for (uint32_t op = 0; op < POL_OPERANDS; op++) {
        const struct ir_cond *c = &d->rules[rule].cond[op];
        uint32_t n = c->nrequired + c->nforbidden;
        for (uint32_t k = 0; k < n; k++) {
            if (j->effort < 3 && k > 0 && k != c->nrequired)
                continue;
            change_condition(j, d, rule, op, k < c->nrequired ? UNREQUIRE : UNFORBID, k);
            change_condition(j, d, rule, op, FLIP, k);
        }
        if (!c->exact && j->effort < 2)
            continue;
        struct ir_rule *rules = copy_rules(j, d, rule);
        rules[rule].cond[op].exact = !c->exact;
        try_rules(j, d, rules, rule, EXACT);
    }
}

/* A new entry of a pool; pools are only appended to. */
static struct ir_guard_id negation(struct job *j, struct ir_guard_id a)
{
    struct ir *ir = j->ir;
    struct ir_guard *guards = ARENA_ARRAY(ir->arena, struct ir_guard, ir->nguards + 1);
    memcpy(guards, ir->guards, ir->nguards * sizeof *guards);
    guards[ir->nguards] = (struct ir_guard){
        .kind = IR_GUARD_NOT, .a = a, .b = IR_NO_GUARD, .x = IR_NO_INT, .y = IR_NO_INT};
    ir->guards = guards;
    return (struct ir_guard_id){ir->nguards++};
}

static struct ir_set_id plain_set(struct job *j, enum ir_set_kind kind, enum pol_operand op)
{
    struct ir *ir = j->ir;
    struct ir_set *sets = ARENA_ARRAY(ir->arena, struct ir_set, ir->nsets + 1);
    memcpy(sets, ir->sets, ir->nsets * sizeof *sets);
    sets[ir->nsets] = (struct ir_set){.kind = kind, .op = op, .a = IR_NO_SET, .b = IR_NO_SET};
    ir->sets = sets;
    return (struct ir_set_id){ir->nsets++};
}

static void change_guard(struct job *j, struct ir_decider *d, uint32_t rule)
{
    if (d->rules[rule].guard.v == IR_NONE)
        return;
    struct ir_rule *rules = copy_rules(j, d, rule);
    rules[rule].guard = IR_NO_GUARD;
    try_rules(j, d, rules, rule, UNGUARD);
    rules = copy_rules(j, d, rule);
    rules[rule].guard = negation(j, d->rules[rule].guard);
    try_rules(j, d, rules, rule, NEGATE);
}

static void change_results(struct job *j, struct ir_decider *d, uint32_t rule)
{
    for (int r = 0; r < POL_RESULTS; r++) {
        if (d->rules[rule].result[r].v == IR_NONE)
            continue;
        struct ir_rule *rules = copy_rules(j, d, rule);
        rules[rule].result[r] = plain_set(j, IR_SET_EMPTY, POL_OP_ENV);
        try_rules(j, d, rules, rule, GIVE_EMPTY);
        rules = copy_rules(j, d, rule);
        rules[rule].result[r] = IR_NO_SET;
        try_rules(j, d, rules, rule, KEEP);
        for (uint32_t op = 0; op < POL_OPERANDS; op += j->effort < 3 ? 2 : 1) {
            rules = copy_rules(j, d, rule);
            rules[rule].result[r] = plain_set(j, IR_SET_OPERAND, (enum pol_operand)op);
            try_rules(j, d, rules, rule, GIVE_OPERAND);
        }
    }
}

static void change_rule(struct job *j, struct ir_decider *d, uint32_t rule)
{
    struct ir_rule *rules = copy_rules(j, d, rule);
    rules[rule].cond[POL_OP_CODE].never = true;
    try_rules(j, d, rules, rule, DROP);
    if (rule + 1 < d->nrules && d->rules[rule].allow == d->rules[rule + 1].allow) {
        rules = copy_rules(j, d, rule);
        swap_meaning(&rules[rule], &rules[rule + 1]);
        try_rules(j, d, rules, rule, SWAP);
    }
    change_conditions(j, d, rule);
    change_guard(j, d, rule);
    change_results(j, d, rule);
}

/* --- one policy --------------------------------------------------------------------------------
 */

static void report(const struct job *j)
{
    uint32_t tried = 0, refused = 0, equal = 0, missed = 0;
    for (int c = 0; c < CHANGES; c++) {
        tried += j->tried[c];
        refused += j->refused[c];
        equal += j->equal[c];
        missed += j->missed[c];
        printf("#   %-20s tried %u, refused %u, without effect %u, missed %u\n", change_names[c],
               j->tried[c], j->refused[c], j->equal[c], j->missed[c]);
    }
    tap(missed == 0 && refused > 0,
        "%s, %s: %u mutants of rules: refused %u, without effect %u (proven both ways %u, the rest "
        "equal "
        "on %zu of %llu inputs), missed %u",
        j->policy->path, j->variant->name, tried, refused, equal, j->both_ways, j->inputs.n,
        (unsigned long long)j->inputs.total, missed);
}

static void try_policy(struct policy *policy, const struct variant *variant, unsigned effort)
{
    static const size_t limits[] = {0, 8000, 20000, 200000};
    struct job j = {
        .policy = policy, .variant = variant, .ir = policy->compiled->ir, .effort = effort};
    char err[512];
    size_t size;
    unsigned char *bytes = policy_bytes(j.ir, &variant->options, &size);
    if (!bytes) {
        printf("# %s, %s: refused, so not tried\n", policy->path, variant->name);
        return;
    }
    j.table = pol_table_load_bytes(bytes, size, err, sizeof err);
    free(bytes);
    if (!j.table) {
        tap(false, "%s loads: %s", policy->path, err);
        exit(1);
    }
    inputs_make(&j.inputs, j.ir, j.table, limits[effort]);
    for (uint32_t d = 0; d < j.ir->ndeciders; d++) {
        uint32_t n = j.ir->deciders[d].nrules, step = effort == 1 && n > 12 ? n / 12 : 1;
        for (uint32_t r = 0; r < n; r += step)
            change_rule(&j, &j.ir->deciders[d], r);
    }
    report(&j);
    inputs_free(&j.inputs);
    pol_table_free(j.table);
}

int main(int argc, char **argv)
{
    unsigned effort = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    for (int i = 2; i < argc; i++) {
        struct policy policy;
        policy_open(&policy, argv[i]);
        for (int k = 0; k < VARIANTS; k++)
            if (strstr(argv[i], "whole.pol") || k == (i - 2) % VARIANTS)
                try_policy(&policy, &variants[k], effort);
        policy_close(&policy);
    }
    printf("1..%d\n", tap_count);
    return tap_failed != 0;
}
