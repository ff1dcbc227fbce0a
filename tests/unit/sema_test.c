/* Sema: every file of tests/golden/sema gives the diagnostics of NAME.err or the model of
 * NAME.model; besides, messages, options and inputs of unusual size and shape.
 *
 * A golden source may begin with `// options: policy=A,B library loaded-code=off isa=rv32i
 * param=NAME=VALUE relation=NAME=FILE`.
 * POLICYC_UPDATE_GOLDEN=1 writes the expectations instead of comparing. */
#include "compiler/sema/sha256.h"
#include "tests/unit/sema_run.h"

#include <dirent.h>

/* --- files ------------------------------------------------------------------------------------ */

static char *dump_text(const struct model *m)
{
    FILE *f = tmpfile();
    struct str_buf text;
    str_init(&text);
    CHECK(f != NULL);
    if (!f)
        exit(1);
    model_dump(m, f);
    rewind(f);
    for (int c; (c = getc(f)) != EOF;)
        str_add_char(&text, (char)c);
    fclose(f);
    char *out = lang_xstrdup(str_text(&text));
    str_free(&text);
    return out;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* `severity code line`, with the file's name before the line if it is not the main one. */
static char *diagnostics_text(const struct run *r)
{
    struct str_buf text;
    str_init(&text);
    for (size_t i = 0; i < diag_count(r->sink); i++) {
        const struct diag *d = diag_at(r->sink, i);
        str_printf(&text, "%s %s", diag_severity_name(d->severity), diag_code_name(d->code));
        if (d->span.file) {
            struct lang_place p =
                lang_place_at(r->map, (struct lang_file_id){d->span.file}, d->span.start);
            str_add_char(&text, ' ');
            if (d->span.file != 1)
                str_printf(&text, "%s:", base_name(p.file));
            str_printf(&text, "%u", p.line);
        }
        str_add_char(&text, '\n');
    }
    char *out = lang_xstrdup(str_text(&text));
    str_free(&text);
    return out;
}

/* --- golden files ----------------------------------------------------------------------------- */

static bool codes_seen[DIAG_CODE_COUNT];

/* `NAME=REST`; the word stays as long as the run. */
static const char *rest_of(char *word)
{
    char *equals = strchr(word, '=');
    *equals = '\0';
    return equals + 1;
}

#define MAX_SETTINGS 8

static struct sema_param_option params[MAX_SETTINGS];
static struct sema_relation_option relations[MAX_SETTINGS];

static void set_param(struct run *r, char *word)
{
    const char *value = rest_of(word);
    params[r->options.param_count++] = (struct sema_param_option){word, atoll(value)};
    r->options.params = params;
}

static void set_relation(struct run *r, char *word)
{
    const char *path = rest_of(word);
    relations[r->options.relation_count++] = (struct sema_relation_option){word, path};
    r->options.relations = relations;
}

static void set_options(struct run *r, char *text, char *policy, size_t size)
{
    static const char head[] = "// options:";
    char err[100];
    if (strncmp(text, head, sizeof head - 1) != 0)
        return;
    text[strcspn(text, "\n")] = '\0';
    for (char *w = strtok(text + sizeof head - 1, " "); w; w = strtok(NULL, " ")) {
        if (str_starts(w, "policy=")) {
            snprintf(policy, size, "%s", w + 7);
            r->options.policy = policy;
        } else if (str_starts(w, "param=")) {
            set_param(r, w + 6);
        } else if (str_starts(w, "relation=")) {
            set_relation(r, w + 9);
        } else if (str_eq(w, "library")) {
            r->options.library = true;
        } else if (str_starts(w, "loaded-code=")) {
            r->options.loaded_code = str_eq(w + 12, "on");
        } else if (str_starts(w, "isa=")) {
            CHECK_INT(pol_isa_parse(w + 4, &r->options.isa, err, sizeof err), 0);
        } else {
            CHECK_STR(w, "a known option");
        }
    }
}

static void compare(const char *stem, const char *ext, const char *got)
{
    char path[512];
    snprintf(path, sizeof path, "%s%s", stem, ext);
    if (getenv("POLICYC_UPDATE_GOLDEN")) {
        write_all(path, got);
        return;
    }
    char *want = read_all(path);
    CHECK_STR(got, want ? want : "(no such file)");
    free(want);
}

/* A file with a model may have warnings too: NAME.err beside NAME.model. */
static void golden(const char *name)
{
    char path[512], stem[512], policy[128];
    struct run r = run_start();
    snprintf(path, sizeof path, GOLDEN "/%s", name);
    snprintf(stem, sizeof stem, GOLDEN "/%.*s", (int)(strrchr(name, '.') - name), name);
    CASE(name);
    char *source = read_all(path);
    set_options(&r, source, policy, sizeof policy);
    run_load(&r, path);
    free(source);
    for (size_t i = 0; i < diag_count(r.sink); i++)
        codes_seen[diag_at(r.sink, i)->code] = true;
    char *text = diagnostics_text(&r);
    if (*text)
        compare(stem, ".err", text);
    free(text);
    if (r.model) {
        text = dump_text(r.model);
        compare(stem, ".model", text);
        free(text);
    }
    char extra[520];
    snprintf(extra, sizeof extra, "%s.err", stem);
    CHECK(diag_count(r.sink) > 0 || access(extra, F_OK) != 0);
    snprintf(extra, sizeof extra, "%s.model", stem);
    CHECK(r.model || access(extra, F_OK) != 0);
    run_end(&r);
    check_end_case(); /* the name is the caller's */
}

static bool ends(const char *s, const char *tail)
{
    size_t n = strlen(s), m = strlen(tail);
    return n > m && strcmp(s + n - m, tail) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* An expectation belongs to one source. */
static void check_orphan(const char *name)
{
    char pol[512], dpl[512];
    int len = (int)(strrchr(name, '.') - name);
    snprintf(pol, sizeof pol, GOLDEN "/%.*s.pol", len, name);
    snprintf(dpl, sizeof dpl, GOLDEN "/%.*s.dpl", len, name);
    CHECK((access(pol, F_OK) == 0) != (access(dpl, F_OK) == 0));
}

static void test_golden(void)
{
    DIR *dir = opendir(GOLDEN);
    char *names[500];
    size_t n = 0;
    CASE("expectations without a source");
    CHECK(dir != NULL);
    if (!dir)
        return;
    for (struct dirent *e; n < 500 && (e = readdir(dir));) {
        if (ends(e->d_name, ".pol") || ends(e->d_name, ".dpl"))
            names[n++] = lang_xstrdup(e->d_name);
        else if (ends(e->d_name, ".err") || ends(e->d_name, ".model"))
            check_orphan(e->d_name);
    }
    closedir(dir);
    qsort(names, n, sizeof *names, by_name);
    CHECK(n > 30);
    for (size_t i = 0; i < n; i++) {
        golden(names[i]);
        free(names[i]);
    }
}

/* What compiler/check finds in a model that sema has accepted. */
static bool is_finding(enum diag_code code)
{
    return code >= DIAG_SHADOWED_RULE && code <= DIAG_GAP;
}

/* Each of sema's own codes has an example among the golden files. */
static void test_codes(void)
{
    CASE("every code has a bad example");
    for (int code = DIAG_MODULE_NOT_FOUND; code <= DIAG_UNUSED_INIT; code++)
        if (!codes_seen[code] && !is_finding((enum diag_code)code))
            CHECK_STR(diag_code_name((enum diag_code)code), "shown by a golden file");
}

/* The first message and hint of a source that is wrong. */
static void check_message(const char *text, const char *message, const char *hint)
{
    struct run r = run_start();
    load_source(&r, "m.pol", text);
    CHECK(diag_count(r.sink) > 0);
    if (diag_count(r.sink) > 0) {
        const struct diag *d = diag_at(r.sink, 0);
        CHECK_STR(d->message, message);
        if (hint)
            CHECK_STR(d->hint, hint);
    }
    run_end(&r);
}

#define HEAD                                                                                       \
    "module m:\nimport:\n mini\ntype:\n data Small = Int (4)\nmetadata:\n Rd, Wr, Cell Small\n"

static void test_messages(void)
{
    CASE("messages name what is wrong and what was meant");
    check_message(HEAD "policy:\n main = loadGrp(mem == {Wt} -> res = {Rd, Cell 1})\n",
                  "unknown tag `Wt`", "did you mean `Wr`?");
    check_message(HEAD "group:\n grp g(->) adi\npolicy:\n main = g(env == {Rd, Wr, Cell a} -> )\n",
                  "unknown instruction `adi`", "did you mean `addi`?");
    check_message(HEAD "policy:\n main = loadGrp(mem == {Rd, Wr, Cell a} -> )\n",
                  "the rule does not give `res`, which group `loadGrp` lists",
                  "`allow keep` leaves every result as it was");
    check_message(HEAD "policy:\n main = loadGrp(mem == {Cell a, Rd} -> res = {Wr})"
                       " | wordGrp(mem == [Cell a], env == [Cell b] | a > b + 1 -> res = {})\n",
                  "`lw env={Cell 0} mem={Rd, Cell 2}` matches this rule and the one at 9:9, which "
                  "`|` excludes",
                  "write `^` if the left rule shall win");
    check_message(HEAD "policy:\n one = two\n two = loadGrp(-> res = {Rd, Wr, Cell 1}) ^ three\n"
                       " three = one\n",
                  "policy `one` contains itself: one -> two -> three -> one", NULL);
    check_message(HEAD "policy:\n a = loadGrp(-> res = {Rd})\n b = loadGrp(-> res = {})\n",
                  "module `m` has several policies and no `main`",
                  "choose with --policy NAME: `a`, `b`");
    check_message(HEAD "policy:\n main = loadGrp(mem == {Rd, Wr, Cell 1} -> res = {})\n"
                       "require:\n init ISA.RISCV.CSR.mtvecc {}\n",
                  "the ISA has no entity `ISA.RISCV.CSR.mtvecc`",
                  "did you mean `ISA.RISCV.CSR.mtvec`?");
    check_message("module m:\nimport:\n nowhere.far\n", "no file for module `nowhere.far`", NULL);
}

static void test_options(void)
{
    struct run r = run_start();
    CASE("options: which policy, which modules");
    r.options.policy = "a, missing";
    load_source(&r, "m.pol", HEAD "policy:\n a = loadGrp(-> res = {Rd, Wr, Cell 1})\n");
    CHECK_INT(count_code(&r, DIAG_UNKNOWN_NAME), 1);
    run_end(&r);
    r = run_start();
    r.options.policy = " a , m.b ";
    load_source(&r, "m.pol",
                "module m:\nimport:\n mini\npolicy:\n"
                " a = loadGrp(-> res = {})\n b = loadGrp(-> res = {})\n"
                " c = loadGrp(-> res = {})\n");
    CHECK(r.model && r.model->ndeciders == 2 && r.model->nrules == 2);
    run_end(&r);
    r = run_start();
    r.options.include_count = 0;
    r.options.library_dir = GOLDEN;
    load_source(&r, "m.pol", HEAD);
    CHECK_INT(count_code(&r, DIAG_MODULE_NOT_FOUND), 1);
    run_end(&r);
    r = run_start();
    run_load(&r, "no/such/file.pol");
    CHECK_INT(count_code(&r, DIAG_CANNOT_READ), 1);
    run_end(&r);
}

static void test_loaded_code(void)
{
    static const char text[] = "module m:\nimport:\n mini\npolicy:\n main = anyGrp(-> )\n";
    static const struct {
        const char *file;
        int mode;
        uint32_t deciders;
    } cases[] = {{"m.dpl", -1, 2}, {"m.dpl", 0, 1}, {"m.pol", -1, 1}, {"m.pol", 1, 2}};
    CASE("loaded-code is composed when the main file is .dpl, or as told");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run r = run_start();
        r.options.loaded_code = cases[i].mode;
        load_source(&r, cases[i].file, text);
        CHECK(r.model != NULL);
        if (r.model)
            CHECK_INT(r.model->ndeciders, cases[i].deciders);
        run_end(&r);
    }
    struct run r = run_start();
    r.options.loaded_code = 1;
    load_source(&r, "m.pol",
                "module m:\nimport:\n mini\n loaded-code\npolicy:\n"
                " main = loaded-code.loadedCode & mine\n mine = anyGrp(-> )\n");
    CHECK(r.model && r.model->ndeciders == 2);
    run_end(&r);
}

static void test_digest(void)
{
    struct run a = run_start(), b = run_start(), c = run_start();
    CASE("the digest depends on the sources and on nothing else");
    load_source(&a, "one.pol", HEAD "policy:\n main = loadGrp(-> res = {Rd, Wr, Cell 1})\n");
    load_source(&b, "two.pol", HEAD "policy:\n main = loadGrp(-> res = {Rd, Wr, Cell 1})\n");
    load_source(&c, "two.pol", HEAD "policy:\n main = loadGrp(-> res = {Rd, Wr, Cell 2})\n");
    if (a.model && b.model && c.model) {
        CHECK(memcmp(a.model->digest, b.model->digest, 32) == 0);
        CHECK(memcmp(a.model->digest, c.model->digest, 32) != 0);
        CHECK_STR(b.model->stem, "two");
    }
    run_end(&a);
    run_end(&b);
    run_end(&c);
}

static void check_sha(const char *text, size_t repeat, const char *want)
{
    struct sha256 h;
    uint8_t digest[32];
    char hex[65];
    sha256_init(&h);
    for (size_t i = 0; i < repeat; i++)
        sha256_add(&h, text, strlen(text));
    sha256_end(&h, digest);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    CHECK_STR(hex, want);
}

static void test_sha256(void)
{
    CASE("sha256: the standard's examples");
    check_sha("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check_sha("aaaaaaaaaa", 100000,
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* --- size and shape --------------------------------------------------------------------------- */

#define MANY 10000

static void test_doubling(const char *op, bool overlaps)
{
    struct run r;
    start_shape("policy:\n main = p40\n p0 = loadGrp(-> res = {})\n");
    for (int i = 1; i <= 40; i++)
        str_printf(&shaped, " p%d = p%d %s p%d\n", i, i - 1, op, i - 1);
    load_shape(&r, 2);
    CHECK((r.model == NULL) == overlaps);
    if (r.model)
        CHECK(r.model->nrules == 1 && r.model->ndeciders == 1);
    run_end(&r);
}

static void test_shapes(void)
{
    struct run r;
    CASE("policies that double forty times");
    test_doubling("^", false);
    test_doubling("|", true);
    test_doubling("&", false);
    CASE("a chain of ten thousand policies, all sides claimed");
    start_shape("metadata:\n T0");
    for (int i = 1; i <= MANY; i++)
        str_printf(&shaped, ", T%d", i);
    str_add(&shaped, "\npolicy:\n main = p0\n");
    for (int i = 0; i < MANY; i++)
        str_printf(&shaped, " p%d = loadGrp(mem == {T%d} -> res = {}) | p%d\n", i, i, i + 1);
    str_printf(&shaped, " p%d = loadGrp(mem == {T%d} -> res = {})\n", MANY, MANY);
    load_shape(&r, 10);
    CHECK(r.model && r.model->nrules == MANY + 1 && diag_count(r.sink) == 0);
    run_end(&r);
    CASE("ten thousand rules under |, told apart by guards");
    start_shape("type:\n data W = Int\nmetadata:\n T W\npolicy:\n main = ");
    for (int i = 0; i < MANY; i++)
        str_printf(&shaped, "%sloadGrp(mem == [T a] | a == %d -> fail \"x\")\n", i ? " | " : "", i);
    load_shape(&r, 10);
    CHECK(r.model && r.model->nrules == MANY && diag_count(r.sink) == 0);
    run_end(&r);
    CASE("ten thousand rules under | that all overlap");
    start_shape("metadata:\n T0");
    for (int i = 1; i < MANY; i++)
        str_printf(&shaped, ", T%d", i);
    str_add(&shaped, "\npolicy:\n main = ");
    for (int i = 0; i < MANY; i++)
        str_printf(&shaped, "%sloadGrp(mem == [T%d] -> fail \"x\")\n", i ? " | " : "", i);
    load_shape(&r, 10);
    CHECK(r.model == NULL && count_code(&r, DIAG_OVERLAP) == 20);
    run_end(&r);
    CASE("a guard of ten thousand comparisons");
    start_shape("type:\n data W = Int\nmetadata:\n T W\npolicy:\n main = loadGrp(mem == [T a] | ");
    for (int i = 0; i < MANY; i++)
        str_printf(&shaped, "%sa != %d", i ? " && " : "", i);
    str_add(&shaped, " -> res = {}) | loadGrp(mem == [T a] | a < 7 -> res = {})\n");
    load_shape(&r, 10);
    CHECK(r.model && diag_count(r.sink) == 0);
    run_end(&r);
}

/* Imports that double at each of forty levels: every module is loaded once. */
static void test_diamond(void)
{
    char name[32], text[200];
    struct run r;
    CASE("a diamond of imports forty deep");
    for (int i = 0; i < 40; i++) {
        snprintf(text, sizeof text, i < 39 ? "module a%d:\nimport:\n a%d\n b%d\n" : "module a%d:\n",
                 i, i + 1, i + 1);
        snprintf(name, sizeof name, "a%d.pol", i);
        write_source(name, text);
        text[7] = name[0] = 'b';
        write_source(name, text);
    }
    start_shape(" a0\n b0\npolicy:\n main = loadGrp(-> res = {})\n");
    load_shape(&r, 2);
    CHECK(r.model != NULL);
    CHECK_INT(lang_source_count(r.map), 82);
    run_end(&r);
    for (int i = 0; i < 80; i++) {
        snprintf(name, sizeof name, "%c%d.pol", i % 2 ? 'a' : 'b', i / 2);
        CHECK_INT(remove(scratch_file(name)), 0);
    }
}

int main(void)
{
    if (!mkdtemp(scratch))
        return 1;
    test_golden();
    test_codes();
    test_messages();
    test_options();
    test_loaded_code();
    test_digest();
    test_sha256();
    test_shapes();
    test_diamond();
    str_free(&shaped);
    rmdir(scratch);
    return check_done();
}
