/* Mutants of rule tables: `tables EFFORT POLICY...`; prints TAP.
 *
 * Every field of every kind of record is changed, in some or all records, the checksum is made
 * right again, and the table must then be refused by the loader or by the proof.  One that is not
 * must be equivalent: either the proof of the unchanged table never read the entry that was
 * changed, or the evaluator itself gives the same answers to all inputs.  EFFORT 1: a few records
 * of each kind, and policies take turns in the kinds of tables (whole.pol has all); 2: more; 3:
 * all.
 */
#include "tests/mutation/common.h"

enum fate { BY_LOADER, BY_PROOF, UNREAD, EQUAL, MISSED, FATES };

struct tally {
    uint32_t by_kind[POL_SEC_COUNT + 1][FATES]; /* 0: header and directory */
};

struct job {
    struct policy *policy;
    const struct variant *variant;
    unsigned effort;
    unsigned char *bytes, *changed;
    size_t size;
    struct pol_table *table;
    struct verify_coverage seen;
    struct inputs inputs;
    struct tally tally;
    struct dice dice;
};

static const char *const kind_names[] = {"HEADER",
#define X(kind, member, type) #kind,
                                         POL_PRT_SECTIONS(X)
#undef X
};

static struct pol_prt_section directory_entry(const struct job *j, uint32_t index)
{
    struct pol_prt_section s;
    memcpy(&s, j->bytes + sizeof(struct pol_prt_header) + index * sizeof s, sizeof s);
    return s;
}

/* --- one mutant --------------------------------------------------------------------------------
 */

static bool was_read(const struct job *j, uint32_t kind, uint32_t record)
{
    const uint8_t *notes = kind == POL_SEC_CELLS     ? j->seen.cells
                           : kind == POL_SEC_MAPS    ? j->seen.maps
                           : kind == POL_SEC_LUT     ? j->seen.lut
                           : kind == POL_SEC_ACTIONS ? j->seen.actions
                           : kind == POL_SEC_OPS     ? j->seen.ops
                           : kind == POL_SEC_TERNARY ? j->seen.ternary
                           : kind == POL_SEC_TUPLES  ? j->seen.tuples
                           : kind == POL_SEC_REPORTS ? j->seen.reports
                                                     : NULL;
    return !notes || notes[record];
}

static enum fate fate_of(struct job *j, uint32_t kind, uint32_t record, const char **why)
{
    char err[512];
    struct pol_prt_header h;
    memcpy(&h, j->changed, sizeof h);
    h.crc32 = pol_table_checksum(j->changed, j->size);
    memcpy(j->changed, &h, sizeof h);
    struct pol_table *t = pol_table_load_bytes(j->changed, j->size, err, sizeof err);
    enum fate fate = BY_LOADER;
    if (t && !verify_table(j->policy->compiled->ir, t, NULL, err, sizeof err)) {
        fate = BY_PROOF;
    } else if (t) {
        *why = inputs_differ(&j->inputs, t, false);
        fate = *why ? MISSED : was_read(j, kind, record) ? EQUAL : UNREAD;
    }
    pol_table_free(t);
    return fate;
}

static void try_word(struct job *j, uint32_t kind, uint32_t record, size_t at, uint32_t value)
{
    uint32_t old;
    const char *why = NULL;
    memcpy(&old, j->bytes + at, sizeof old);
    if (value == old)
        return;
    memcpy(j->changed, j->bytes, j->size);
    memcpy(j->changed + at, &value, sizeof value);
    enum fate fate = fate_of(j, kind, record, &why);
    j->tally.by_kind[kind][fate]++;
    if (fate == MISSED)
        printf("# %s: %s record %u, byte %zu of it: %08x -> %08x is missed: %s differs\n",
               j->policy->path, kind_names[kind], record,
               kind ? (at - (size_t)directory_entry(j, kind - 1).offset) %
                          directory_entry(j, kind - 1).record_size
                    : at,
               old, value, why);
}

static void try_values(struct job *j, uint32_t kind, uint32_t record, size_t at)
{
    uint32_t old;
    memcpy(&old, j->bytes + at, sizeof old);
    uint32_t bit = (uint32_t)1 << dice_roll(&j->dice, 32);
    const uint32_t values[] = {old + 1, old - 1, old ^ bit, 0, ~old, old ^ 2, 1, old + 2};
    unsigned n = j->effort == 1 ? 2 : j->effort == 2 ? 4 : 8;
    for (unsigned i = 0; i < n; i++)
        try_word(j, kind, record, at, values[i]);
}

/* --- one section -------------------------------------------------------------------------------
 */

static void try_field(struct job *j, const struct pol_prt_section *s, uint32_t field)
{
    static const uint64_t limits[] = {0, 12, 60, UINT32_MAX};
    uint64_t words = s->record_size / 4, limit = limits[j->effort] / words + 1;
    if (s->kind == POL_SEC_CELLS || s->kind == POL_SEC_LUT || s->kind == POL_SEC_OPS ||
        s->kind == POL_SEC_MAPS || s->kind == POL_SEC_TERNARY)
        limit *= 4;
    uint64_t step = s->count > limit ? s->count / limit : 1;
    uint64_t first = dice_roll(&j->dice, step);
    for (uint64_t r = first; r < s->count; r += step)
        try_values(j, s->kind, (uint32_t)r, (size_t)(s->offset + r * s->record_size + field * 4));
}

static void try_strings(struct job *j, const struct pol_prt_section *s)
{
    uint64_t step = j->effort == 3 ? 7 : s->count / (j->effort * 10) + 1;
    for (uint64_t i = 0; i < s->count; i += step) {
        const char *why = NULL;
        memcpy(j->changed, j->bytes, j->size);
        j->changed[s->offset + i] ^= 1;
        enum fate fate = fate_of(j, POL_SEC_STRINGS, (uint32_t)i, &why);
        j->tally.by_kind[POL_SEC_STRINGS][fate]++;
    }
}

static void try_header(struct job *j)
{
    size_t n = sizeof(struct pol_prt_header) + (POL_SEC_COUNT - 1) * sizeof(struct pol_prt_section);
    for (size_t at = 0; at < n; at += j->effort == 1 ? 12 : 4)
        if (at != offsetof(struct pol_prt_header, crc32))
            try_values(j, 0, 0, at);
}

/* --- one table ---------------------------------------------------------------------------------
 */

static void prove_original(struct job *j)
{
    char err[1024];
    struct verify_stats stats = {.coverage = &j->seen};
    const struct pol_table *t = j->table;
    j->seen = (struct verify_coverage){calloc(t->n_cells + 1, 1),  calloc(t->n_maps + 1, 1),
                                       calloc(t->n_lut + 1, 1),    calloc(t->n_actions + 1, 1),
                                       calloc(t->n_ops + 1, 1),    calloc(t->n_ternary + 1, 1),
                                       calloc(t->n_tuples + 1, 1), calloc(t->n_reports + 1, 1)};
    if (!verify_table(j->policy->compiled->ir, t, &stats, err, sizeof err))
        tap(false, "%s is proven: %s", j->policy->path, err);
}

static void report(const struct job *j)
{
    uint32_t sum[FATES] = {0}, all = 0;
    for (uint32_t k = 0; k <= POL_SEC_LITERALS; k++) {
        const uint32_t *n = j->tally.by_kind[k];
        for (int f = 0; f < FATES; f++)
            sum[f] += n[f], all += n[f];
        printf("#   %-12s loader %u, proof %u, never read %u, equal on all inputs %u, missed %u\n",
               kind_names[k], n[BY_LOADER], n[BY_PROOF], n[UNREAD], n[EQUAL], n[MISSED]);
    }
    tap(sum[MISSED] == 0 && sum[BY_PROOF] > 0,
        "%s, %s: %u mutants of the table: loader %u, proof %u, equivalent %u (never read %u, equal "
        "on %zu of %llu inputs %u), missed %u",
        j->policy->path, j->variant->name, all, sum[BY_LOADER], sum[BY_PROOF],
        sum[UNREAD] + sum[EQUAL], sum[UNREAD], j->inputs.n, (unsigned long long)j->inputs.total,
        sum[EQUAL], sum[MISSED]);
}

static void try_table(struct policy *policy, const struct variant *variant, unsigned effort)
{
    static const size_t limits[] = {0, 8000, 20000, 200000};
    struct job j = {
        .policy = policy, .variant = variant, .effort = effort, .dice = {88172645463325252u}};
    char err[512];
    j.bytes = policy_bytes(policy->compiled->ir, &variant->options, &j.size);
    if (!j.bytes) {
        printf("# %s, %s: refused, so not changed\n", policy->path, variant->name);
        if (strstr(policy->path, "whole.pol"))
            tap(false, "whole.pol has a table of every kind");
        return;
    }
    j.changed = malloc(j.size);
    j.table = pol_table_load_bytes(j.bytes, j.size, err, sizeof err);
    if (!j.table || !j.changed) {
        tap(false, "%s loads: %s", policy->path, err);
        exit(1);
    }
    prove_original(&j);
    inputs_make(&j.inputs, policy->compiled->ir, j.table, limits[effort]);
    try_header(&j);
    for (uint32_t i = 0; i < POL_SEC_COUNT - 1; i++) {
        struct pol_prt_section s = directory_entry(&j, i);
        if (s.kind == POL_SEC_STRINGS)
            try_strings(&j, &s);
        for (uint32_t field = 0; s.kind != POL_SEC_STRINGS && field < s.record_size / 4; field++)
            try_field(&j, &s, field);
    }
    report(&j);
    inputs_free(&j.inputs);
    free(j.seen.cells);
    free(j.seen.maps);
    free(j.seen.lut);
    free(j.seen.actions);
    free(j.seen.ops);
    free(j.seen.ternary);
    free(j.seen.tuples);
    free(j.seen.reports);
    pol_table_free(j.table);
    free(j.bytes);
    free(j.changed);
}

int main(int argc, char **argv)
{
    unsigned effort = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    for (int i = 2; i < argc; i++) {
        struct policy policy;
        policy_open(&policy, argv[i]);
        for (int k = 0; k < VARIANTS; k++)
            if (strstr(argv[i], "whole.pol") || effort > 1 || k == (i - 2) % VARIANTS)
                try_table(&policy, &variants[k], effort);
        policy_close(&policy);
    }
    printf("1..%d\n", tap_count);
    return tap_failed != 0;
}
