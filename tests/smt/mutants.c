/* Changed rule tables as claims: `mutants DIR COUNT SEED POLICY...`.
 *
 * For each policy and kind of table COUNT words of the sections that decide are changed, one at a
 * time, the checksum is made right again, and the claim "this table is the policy" goes to
 * DIR/N.smt2.  Each line on standard output says what is known without a solver:
 *
 *   N same POLICY KIND SECTION RECORD    the proof of compiler/verify holds
 *   N other ...                          an input was found on which the evaluator answers
 * otherwise N unknown ...                        neither: the proof refuses, and no input was found
 *
 *   N contradiction ...                  the proof holds, but the table was refused as a claim
 *
 * Tables that the loader refuses are not counted. */
#include "compiler/backend/smt2/smt2.h"
#include "tests/mutation/common.h"

enum { INPUTS = 4000, TRIES = 400 };

static const uint32_t sections[] = {
    POL_SEC_DECODE, POL_SEC_REMAP,   POL_SEC_PROGRAMS, POL_SEC_LEVELS,  POL_SEC_MAPS,
    POL_SEC_CELLS,  POL_SEC_TERNARY, POL_SEC_TUPLES,   POL_SEC_REPORTS, POL_SEC_ACTIONS,
    POL_SEC_OPS,    POL_SEC_LUT,     POL_SEC_COUNTERS, POL_SEC_DOMAINS, POL_SEC_RESPONSES};
enum { SECTIONS = sizeof sections / sizeof *sections };
static const char *const names[] = {"",
#define X(kind, member, type) #kind,
                                    POL_PRT_SECTIONS(X)
#undef X
};

struct job {
    const char *dir;
    struct policy *policy;
    const char *variant;
    unsigned char *bytes, *changed;
    size_t size;
    struct inputs inputs;
    struct dice *dice;
    unsigned *number;
};

static struct pol_prt_section section_of(const struct job *j, uint32_t kind)
{
    struct pol_prt_section s;
    memcpy(&s, j->bytes + sizeof(struct pol_prt_header) + (kind - 1) * sizeof s, sizeof s);
    return s;
}

/* The changed bytes as a table; NULL if the loader refuses them. */
static struct pol_table *load_changed(struct job *j)
{
    char err[256];
    struct pol_prt_header h;
    memcpy(&h, j->changed, sizeof h);
    h.crc32 = pol_table_checksum(j->changed, j->size);
    memcpy(j->changed, &h, sizeof h);
    return pol_table_load_bytes(j->changed, j->size, err, sizeof err);
}

static void write_claim(struct job *j, const struct pol_table *t, const char *what)
{
    char err[512], path[512];
    const char *known = "unknown";
    if (verify_table(j->policy->compiled->ir, t, NULL, err, sizeof err))
        known = "same";
    else if (inputs_differ(&j->inputs, t, false))
        known = "other";
    snprintf(path, sizeof path, "%s/%u.smt2", j->dir, *j->number);
    FILE *out = fopen(path, "w");
    if (!out) {
        fprintf(stderr, "%s: cannot be written\n", path);
        exit(2);
    }
    bool comparable = smt2_emit(j->policy->compiled->ir, t, out, err, sizeof err) == 0;
    fclose(out);
    if (!comparable) { /* refused already; the proof must agree */
        if (strcmp(known, "same") == 0)
            printf("%u contradiction %s %s %s\n", *j->number, j->policy->path, j->variant, what);
        return;
    }
    printf("%u %s %s %s %s\n", (*j->number)++, known, j->policy->path, j->variant, what);
}

/* One word of a record changed a little, or to what stands in another record. */
static bool try_change(struct job *j, uint32_t kind)
{
    struct pol_prt_section s = section_of(j, kind);
    char what[80];
    if (s.count == 0)
        return false;
    uint64_t record = dice_roll(j->dice, s.count), field = dice_roll(j->dice, s.record_size / 4);
    size_t at = (size_t)(s.offset + record * s.record_size + field * 4);
    size_t from = (size_t)(s.offset + dice_roll(j->dice, s.count) * s.record_size + field * 4);
    uint32_t old, value;
    memcpy(&old, j->bytes + at, sizeof old);
    memcpy(&value, j->bytes + from, sizeof value);
    if (value == old)
        value = dice_roll(j->dice, 2) ? old ^ 1 : old + 1 - 2 * (uint32_t)dice_roll(j->dice, 2);
    memcpy(j->changed, j->bytes, j->size);
    memcpy(j->changed + at, &value, sizeof value);
    struct pol_table *t = load_changed(j);
    snprintf(what, sizeof what, "%s %llu.%llu", names[kind], (unsigned long long)record,
             (unsigned long long)field);
    if (t)
        write_claim(j, t, what);
    pol_table_free(t);
    return t != NULL;
}

static void change_table(struct job *j, const struct tbl_options *options, unsigned count)
{
    char err[256];
    j->bytes = policy_bytes(j->policy->compiled->ir, options, &j->size);
    if (!j->bytes)
        return;
    struct pol_table *t = pol_table_load_bytes(j->bytes, j->size, err, sizeof err);
    j->changed = malloc(j->size);
    if (!t || !j->changed)
        exit(2);
    inputs_make(&j->inputs, j->policy->compiled->ir, t, INPUTS);
    for (unsigned done = 0, tries = 0; done < count && tries < TRIES; tries++)
        done += try_change(j, sections[(done + tries) % SECTIONS]);
    inputs_free(&j->inputs);
    pol_table_free(t);
    free(j->changed);
    free(j->bytes);
}

int main(int argc, char **argv)
{
    unsigned number = 0;
    if (argc < 5)
        return 2;
    struct dice dice = {strtoull(argv[3], NULL, 10) * 2 + 88172645463325253u};
    for (int i = 4; i < argc; i++) {
        struct policy policy;
        policy_open(&policy, argv[i]);
        for (int k = 0; k < VARIANTS; k++) {
            struct job j = {.dir = argv[1],
                            .policy = &policy,
                            .variant = variants[k].name,
                            .dice = &dice,
                            .number = &number};
            change_table(&j, &variants[k].options, (unsigned)atoi(argv[2]));
        }
        policy_close(&policy);
    }
    return 0;
}
