/* Tag images: uniting what entities claim, and files, hostile ones included. */
#include <pol/image.h>

#include <unistd.h>

#include "check.h"
#include "toy.h"

enum { CODE = 0x1000, DATA = 0x8000 };

struct bench {
    struct pol_space *space;
    struct toy toy;
    struct pol_image *image;
    struct pol_machine *machine;
    struct pol_outcome outcome;
    char err[240];
    uint32_t lit[64];
    char text[400];
};

static uint32_t set_of(struct bench *b, const char *text)
{
    char err[100];
    if (pol_lit_parse(b->space, text, strlen(text), b->lit, err, sizeof err)) {
        printf("# %s: %s\n", text, err);
        return POL_NO_SET;
    }
    return pol_image_intern(b->image, b->lit);
}

static void claim(struct bench *b, uint64_t start, uint64_t length, const char *set)
{
    struct pol_image_claim c = {start, length, set_of(b, set), 0, false};
    CHECK_INT(pol_image_add_claim(b->image, &c), 0);
}

/* Code is fine-grained and executable; data of 256 bytes has Rd and Wr. */
static void start_with(struct bench *b, const char *isa, uint32_t granule, unsigned wrong)
{
    memset(b, 0, sizeof *b);
    b->space = toy_space();
    toy_init(&b->toy, b->space, isa, wrong);
    b->image = pol_image_new(b->space, &b->toy.isa, granule);
    claim(b, CODE, 0x100, "{Ex}");
    claim(b, DATA, 0x100, "{Rd, Wr}");
    CHECK_INT(pol_image_add_fine(b->image, CODE, 0x100), 0);
}

static void start(struct bench *b)
{
    start_with(b, "rv64imac_zicsr", 8, 0);
}

static void stop(struct bench *b)
{
    pol_image_free(b->image);
    pol_space_free(b->space);
}

/* ---- Images ---------------------------------------------------------------------------------- */

static void claim_at(struct bench *b, uint64_t start_at, uint64_t length, const char *set,
                     uint8_t level, bool only)
{
    struct pol_image_claim c = {start_at, length, set_of(b, set), level, only};
    CHECK_INT(pol_image_add_claim(b->image, &c), 0);
}

static const char *image_set(struct bench *b, uint64_t address)
{
    uint32_t set = pol_image_set_at(b->image, address);
    if (set == POL_NO_SET)
        return "untagged";
    pol_lit_format(b->space, pol_image_set(b->image, set), b->text, sizeof b->text);
    return b->text;
}

static void test_uniting(void)
{
    struct bench b;
    start(&b);
    CASE("claims unite, `only` drops lower levels");
    claim_at(&b, 0x20000, 0x1000, "{Rd}", 0, false);
    claim_at(&b, 0x20100, 0x100, "{Wr}", 1, false);
    claim_at(&b, 0x20180, 0x100, "{Ptr 3}", 2, false);
    claim_at(&b, 0x201c0, 0x10, "{Good}", 2, true);
    claim_at(&b, 0xfffffffffffff000, 0x1000, "{Taint}", 0, false);
    CHECK_INT(pol_image_unite(b.image, b.err, sizeof b.err), 0);
    CHECK_STR(image_set(&b, 0x200ff), "{Rd}");
    CHECK_STR(image_set(&b, 0x20100), "{Rd, Wr}");
    CHECK_STR(image_set(&b, 0x20180), "{Rd, Wr, Ptr 3}");
    CHECK_STR(image_set(&b, 0x201c0), "{Good, Ptr 3}");
    CHECK_STR(image_set(&b, 0x201d0), "{Rd, Wr, Ptr 3}");
    CHECK_STR(image_set(&b, 0x20200), "{Rd, Ptr 3}");
    CHECK_STR(image_set(&b, 0x20280), "{Rd}");
    CHECK_STR(image_set(&b, 0x21000), "untagged");
    CHECK_STR(image_set(&b, UINT64_MAX), "{Taint}");
    CHECK(pol_image_check(b.image) == NULL);
    stop(&b);
    CASE("claims cover whole granules, neighbours of one set join");
    start(&b);
    claim(&b, 0x20003, 2, "{Good}");
    claim(&b, 0x20010, 8, "{Rd}");
    claim(&b, 0x20018, 8, "{Rd}");
    claim(&b, CODE + 0x203, 1, "{Ex}");
    CHECK_INT(pol_image_unite(b.image, b.err, sizeof b.err), 0);
    CHECK_STR(image_set(&b, 0x20000), "{Good}");
    CHECK_STR(image_set(&b, 0x20007), "{Good}");
    CHECK_STR(image_set(&b, 0x20008), "untagged");
    CHECK_STR(image_set(&b, CODE + 0x201), "untagged");
    CHECK_STR(image_set(&b, CODE + 0x202), "{Ex}");
    CHECK_INT(b.image->nranges, 5);
    CHECK_INT(b.image->ranges[4].length, 16);
    stop(&b);
    CASE("different arguments are an error");
    start(&b);
    claim(&b, 0x20000, 16, "{Ptr 3}");
    claim(&b, 0x20008, 16, "{Ptr 4}");
    CHECK_INT(pol_image_unite(b.image, b.err, sizeof b.err), -1);
    CHECK_STR(b.err, "tag Ptr has different arguments at 0x20008");
    CASE("impossible claims");
    struct pol_image_claim c = {0, 0, 0, 0, false};
    CHECK_INT(pol_image_add_claim(b.image, &c), -1);
    c = (struct pol_image_claim){2, UINT64_MAX, 0, 0, false};
    CHECK_INT(pol_image_add_claim(b.image, &c), -1);
    c = (struct pol_image_claim){2, 1, 99, 0, false};
    CHECK_INT(pol_image_add_claim(b.image, &c), -1);
    CHECK_INT(pol_image_add_fine(b.image, 0, UINT64_MAX), -1);
    stop(&b);
}

static const char *temp_path(void)
{
    static char path[] = "/tmp/pol-machine-test-XXXXXX";
    static bool made;
    if (!made) {
        int fd = mkstemp(path);
        made = fd >= 0;
        close(fd);
    }
    return path;
}

static size_t slurp(const char *path, char *buf, size_t size)
{
    FILE *file = fopen(path, "r");
    size_t n = file ? fread(buf, 1, size - 1, file) : 0;
    buf[n] = 0;
    if (file)
        fclose(file);
    return n;
}

static void spit(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (file) {
        fputs(text, file);
        fclose(file);
    }
}

static void test_files(void)
{
    static char first[20000], second[20000];
    struct bench b;
    start(&b);
    b.image->env = set_of(&b, "{Call}");
    b.image->trap_env = set_of(&b, "{Trap}");
    b.image->x[10] = set_of(&b, "{Ptr 3, Own 4}");
    b.image->f[3] = set_of(&b, "{Taint}");
    b.image->csr[0x340] = set_of(&b, "{Saved {Good, Ptr 2}}");
    b.image->csr[0x7c0] = set_of(&b, "{Good}");
    b.image->default_set = 0;
    snprintf(b.image->digest, sizeof b.image->digest, "0123abcd");
    CHECK_INT(pol_image_add_trap_domain(b.image, 1), 0);
    CHECK_INT(pol_image_add_trap_domain(b.image, 0), 0);
    claim(&b, 0xfffffffffffff000, 0x1000, "{Taint}");
    CHECK_INT(pol_image_unite(b.image, b.err, sizeof b.err), 0);
    CASE("an image survives its file, byte for byte");
    CHECK_INT(pol_image_save(b.image, temp_path(), b.err, sizeof b.err), 0);
    size_t n = slurp(temp_path(), first, sizeof first);
    CHECK(n > 100);
    struct pol_image *copy = pol_image_load(temp_path(), b.space, b.err, sizeof b.err);
    CHECK(copy != NULL);
    if (copy) {
        CHECK_INT(copy->ntrap_domains, 2);
        CHECK_INT(copy->npages, 1);
        CHECK_INT(copy->csr[0x7c0], b.image->csr[0x7c0]);
        CHECK_STR(copy->digest, "0123abcd");
        CHECK_INT(pol_image_save(copy, temp_path(), b.err, sizeof b.err), 0);
        slurp(temp_path(), second, sizeof second);
        CHECK_STR(second, first);
        CHECK_INT(copy->default_set, 0);
    }
    pol_image_free(copy);
    CASE("no truncation of the file is accepted or crashes");
    for (size_t cut = 0; cut + 2 < n; cut += 7) {
        memcpy(second, first, cut);
        second[cut] = 0;
        spit(temp_path(), second);
        CHECK(!pol_image_load(temp_path(), b.space, b.err, sizeof b.err));
    }
    CASE("no changed byte crashes; what loads is valid");
    for (size_t at = 0; at < n; at++) {
        memcpy(second, first, n + 1);
        second[at] = second[at] == '9' ? '0' : '9';
        spit(temp_path(), second);
        copy = pol_image_load(temp_path(), b.space, b.err, sizeof b.err);
        CHECK(!copy || !pol_image_check(copy));
        pol_image_free(copy);
    }
    stop(&b);
}

#define HEAD "{\"pol-tag-image\":1,\"isa\":\"rv64i\",\"granule\":8,\"policy\":\"\",\"env\":0,"
#define REST "\"x\":{},\"f\":{},\"csr\":{}}"

static void test_hostile(void)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[]", "not a tag image of version 1"},
        {"{\"pol-tag-image\":2}", "not a tag image of version 1"},
        {"{\"pol-tag-image\":1}", "\"isa\" is missing"},
        {"{\"pol-tag-image\":1,\"isa\":\"rv64i\",\"granule\":3}",
         "\"granule\" is not 1, 2, 4 or 8"},
        {HEAD "\"sets\":[]," REST, "\"sets\" is not a list of at least one set"},
        {HEAD "\"sets\":[\"{Rd}\"]," REST, "set 0 is not {}"},
        {HEAD "\"sets\":[\"{}\",\"{Rd}\",\"{Rd}\"]," REST,
         "set 2 is a repetition, or set 0 is not {}"},
        {HEAD "\"sets\":[\"{}\",7]," REST, "set 1 is not a text"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[[\"0x8\",\"0x8\",1]],\"fine\":[]," REST,
         "a set's number is expected, below 1"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[[\"0x8\",\"0x8\",-1]],\"fine\":[]," REST,
         "a set's number is expected, below 1"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[[\"0x8\",\"0x9\",0]],\"fine\":[]," REST,
         "memory range is not made of whole granules"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[[\"0x8\",\"0x0\",0]],\"fine\":[]," REST,
         "memory range is empty or passes the end of the address space"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[[\"0x8\",\"0x10\",0],[\"0x10\",\"0x8\",0]],"
              "\"fine\":[]," REST,
         "memory ranges are not sorted or overlap"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[[8,8,0]],\"fine\":[]," REST,
         "an address is expected, as in \"0x80000000\""},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[],\"fine\":[[\"0x1000\",99999999999]]," REST,
         "fine is a list of [start, pages]"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[],\"fine\":[[\"0x2000\",1],[\"0x1000\",1]]," REST,
         "pages are not ascending"},
        {HEAD "\"sets\":[\"{}\"],\"memory\":[],\"fine\":[],\"x\":{\"f1\":0},\"f\":{},\"csr\":{}}",
         "\"f1\" in \"x\" is not a register"},
        {HEAD
         "\"sets\":[\"{}\"],\"memory\":[],\"fine\":[],\"x\":{},\"f\":{},\"csr\":{\"0x1000\":0}}",
         "\"0x1000\" is not a CSR"},
        {HEAD
         "\"sets\":[\"{}\"],\"memory\":[],\"fine\":[],\"x\":{},\"f\":{},\"csr\":{\"fflags\":0}}",
         "CSR with an unknown set, or a view of another"},
        {HEAD
         "\"trap\":{\"env\":0,\"domains\":[-1]},\"sets\":[\"{}\"],\"memory\":[],\"fine\":[]," REST,
         "a domain's number is expected"},
    };
    struct bench b;
    char want[300];
    start(&b);
    CASE("hostile images are refused with a message");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        spit(temp_path(), cases[i].text);
        struct pol_image *image = pol_image_load(temp_path(), b.space, b.err, sizeof b.err);
        CHECK(!image);
        pol_image_free(image);
        snprintf(want, sizeof want, "%s: %s", temp_path(), cases[i].message);
        bool same = !strcmp(b.err, want) || strstr(b.err, cases[i].message);
        if (!same)
            printf("# %s\n# want %s\n", b.err, want);
        CHECK(same);
    }
    CHECK(!pol_image_load("/nonexistent/image", b.space, b.err, sizeof b.err));
    CHECK_INT(pol_image_unite(b.image, b.err, sizeof b.err), 0);
    CHECK_INT(pol_image_save(b.image, "/nonexistent/image", b.err, sizeof b.err), -1);
    unlink(temp_path());
    stop(&b);
}

int main(void)
{
    test_uniting();
    test_files();
    test_hostile();
    return check_done();
}
