/* Reading target descriptions: strict, so that a mistyped limit is not an absent one. */
#include "compiler/target/target.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"
#include "lang/support/str.h"

enum { MAX_FILE = 1 << 20 }; /* bytes; nothing that large is a description */
#define MAX_RAM_BITS ((uint64_t)1 << 50)

/* ---- Layouts ----------------------------------------------------------------------------------
 */

static const struct {
    const char *name;
    enum tbl_layout layout;
} layouts[] = {{"dense", TBL_DENSE}, {"dag", TBL_DAG}, {"flat", TBL_FLAT}, {"tcam", TBL_TCAM}};

const char *target_layout_name(enum tbl_layout layout)
{
    for (size_t i = 0; i < TARGET_LAYOUTS; i++)
        if (layouts[i].layout == layout)
            return layouts[i].name;
    return "auto";
}

bool target_allows(const struct target *target, enum tbl_layout layout)
{
    for (uint32_t i = 0; i < target->nlayouts; i++)
        if (target->layouts[i] == layout)
            return true;
    return false;
}

/* ---- Members ----------------------------------------------------------------------------------
 */

struct reader {
    struct target *out;
    const char *where;
    char *err;
    size_t errsize;
};

struct member {
    const char *name;
    bool (*read)(struct reader *r, const struct member *m, const json_t *value);
    size_t offset;
    uint64_t most; /* numbers */
};

static bool bad(struct reader *r, const struct member *m, const char *fmt, ...) LANG_PRINTF(3, 4);
static bool bad(struct reader *r, const struct member *m, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    snprintf(r->err, r->errsize, "%s: `%s` %s", r->where, m->name, text);
    return false;
}

/* What a value is, for a message. */
static const char *kind_of(const json_t *value)
{
    static const char *const kinds[] = {
        [JSON_OBJECT] = "an object",     [JSON_ARRAY] = "a list", [JSON_STRING] = "a string",
        [JSON_INTEGER] = "a number",     [JSON_TRUE] = "true",    [JSON_FALSE] = "false",
        [JSON_REAL] = "no whole number", [JSON_NULL] = "null",
    };
    return kinds[json_typeof(value)];
}

static bool number(struct reader *r, const struct member *m, const json_t *value, uint64_t *out)
{
    if (!json_is_integer(value))
        return bad(r, m, "is %s; it must be a whole number", kind_of(value));
    json_int_t n = json_integer_value(value);
    if (n < 0 || (uint64_t)n > m->most)
        return bad(r, m, "is %lld; it must be from 0 to %" PRIu64, (long long)n, m->most);
    *out = (uint64_t)n;
    return true;
}

static bool read_u32(struct reader *r, const struct member *m, const json_t *value)
{
    uint64_t n = 0;
    if (!number(r, m, value, &n))
        return false;
    *(uint32_t *)(void *)((char *)r->out + m->offset) = (uint32_t)n;
    return true;
}

static bool read_u64(struct reader *r, const struct member *m, const json_t *value)
{
    return number(r, m, value, (uint64_t *)(void *)((char *)r->out + m->offset));
}

static bool read_bool(struct reader *r, const struct member *m, const json_t *value)
{
    if (!json_is_boolean(value))
        return bad(r, m, "is %s; it must be true or false", kind_of(value));
    *(bool *)((char *)r->out + m->offset) = json_is_true(value);
    return true;
}

static bool is_name(const char *text)
{
    static const char signs[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    return *text && !strchr("._-", *text) && strspn(text, signs) == strlen(text);
}

/* The table carries the name, and messages print it. */
static bool read_name(struct reader *r, const struct member *m, const json_t *value)
{
    const char *text = json_string_value(value);
    if (!text)
        return bad(r, m, "is %s; it must be a string", kind_of(value));
    if (json_string_length(value) >= sizeof r->out->name || !is_name(text))
        return bad(r, m,
                   "must be 1 to %zu letters, digits, dots, underscores or hyphens, a letter or "
                   "digit first",
                   sizeof r->out->name - 1);
    memcpy(r->out->name, text, json_string_length(value) + 1);
    return true;
}

static bool read_isa(struct reader *r, const struct member *m, const json_t *value)
{
    char why[200];
    const char *text = json_string_value(value);
    if (!text || strlen(text) != json_string_length(value))
        return bad(r, m, "is %s; it must be a string", text ? "not text" : kind_of(value));
    if (pol_isa_parse(text, &r->out->isa, why, sizeof why))
        return bad(r, m, "is no instruction set: %s", why);
    return r->out->has_isa = true;
}

static bool read_granule(struct reader *r, const struct member *m, const json_t *value)
{
    json_int_t n = json_integer_value(value);
    if (!json_is_integer(value) || (n != 1 && n != 2 && n != 4 && n != 8))
        return bad(r, m, "must be 1, 2, 4 or 8");
    r->out->granule = (uint32_t)n;
    return true;
}

static bool add_layout(struct reader *r, const struct member *m, const json_t *value)
{
    const char *text = json_string_value(value);
    for (size_t i = 0; text && i < TARGET_LAYOUTS; i++) {
        if (strcmp(text, layouts[i].name) != 0)
            continue;
        if (target_allows(r->out, layouts[i].layout))
            return bad(r, m, "names %s twice", text);
        r->out->layouts[r->out->nlayouts++] = layouts[i].layout;
        return true;
    }
    return bad(r, m, "may hold dense, dag, flat and tcam only");
}

static bool read_layouts(struct reader *r, const struct member *m, const json_t *value)
{
    if (!json_is_array(value))
        return bad(r, m, "is %s; it must be a list", kind_of(value));
    if (json_array_size(value) == 0)
        return bad(r, m, "is empty; without it, every layout may be used");
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!add_layout(r, m, json_array_get(value, i)))
            return false;
    return true;
}

#define AT(field) offsetof(struct target, field)
static const struct member members[] = {
    {"name", read_name, 0, 0},
    {"isa", read_isa, 0, 0},
    {"granule", read_granule, 0, 0},
    {"tag_bits", read_u32, AT(tag_bits), 1u << 20},
    {"lanes", read_u32, AT(lanes), 1u << 20},
    {"ram_bits", read_u64, AT(ram_bits), MAX_RAM_BITS},
    {"ram_ports", read_u32, AT(ram_ports), 1u << 20},
    {"reloadable", read_bool, AT(reloadable), 0},
    {"tcam_entries", read_u32, AT(tcam_entries), 1u << 30},
    {"tcam_bits", read_u32, AT(tcam_bits), 1u << 20},
    {"lookups", read_u32, AT(lookups), 1u << 20},
    {"share_lanes", read_bool, AT(share_lanes), 0},
    {"pipeline", read_bool, AT(pipeline), 0},
    {"layouts", read_layouts, 0, 0},
};
enum { MEMBERS = sizeof members / sizeof *members };

/* ---- The whole --------------------------------------------------------------------------------
 */

static bool fail(struct reader *r, const char *fmt, ...) LANG_PRINTF(2, 3);
static bool fail(struct reader *r, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    snprintf(r->err, r->errsize, "%s: %s", r->where, text);
    return false;
}

static bool unknown(struct reader *r, const char *name)
{
    struct str_near near;
    struct str_buf shown;
    str_near_init(&near, name);
    for (size_t i = 0; i < MEMBERS; i++)
        str_near_offer(&near, members[i].name);
    str_init(&shown);
    str_add_clean(&shown, name, strlen(name), 1);
    fail(r, "there is no member `%.60s`%s%s%s", str_text(&shown),
         near.best ? "; did you mean `" : "", near.best ? near.best : "", near.best ? "`?" : "");
    str_free(&shown);
    return false;
}

static bool read_member(struct reader *r, const char *name, const json_t *value)
{
    for (size_t i = 0; i < MEMBERS; i++)
        if (strcmp(name, members[i].name) == 0)
            return members[i].read(r, &members[i], value);
    return unknown(r, name);
}

static void default_layouts(struct target *target)
{
    for (size_t i = 0; i < TARGET_LAYOUTS; i++)
        if (layouts[i].layout != TBL_TCAM || target->tcam_entries)
            target->layouts[target->nlayouts++] = layouts[i].layout;
}

/* What each member may say on its own, and all of them together may not. */
static bool consistent(struct reader *r)
{
    struct target *t = r->out;
    if (!*t->name)
        return fail(r, "the member `name` is missing");
    if (!t->nlayouts)
        default_layouts(t);
    if (!t->tcam_entries && target_allows(t, TBL_TCAM))
        return fail(r, "`layouts` has tcam, but `tcam_entries` says that there is no TCAM");
    if (!t->tcam_entries && t->tcam_bits)
        return fail(r, "`tcam_bits` is given, but `tcam_entries` says that there is no TCAM");
    return true;
}

/* A table carries the name alone, so a built-in's name must mean the built-in. */
static bool own_name(struct reader *r)
{
    struct target builtin;
    const char *text = target_builtin_json(r->out->name);
    if (!text)
        return true;
    if (target_parse(text, strlen(text), r->out->name, &builtin, r->err, r->errsize))
        abort(); /* the constant is wrong */
    char *ours = target_text(r->out), *theirs = target_text(&builtin);
    bool same = strcmp(ours, theirs) == 0;
    free(ours);
    free(theirs);
    return same || fail(r, "`name` is `%s`, a built-in target that is another", r->out->name);
}

static bool read_object(struct reader *r, json_t *root)
{
    const char *name;
    json_t *value;
    if (!json_is_object(root))
        return fail(r, "a target description is a JSON object, not %s", kind_of(root));
    json_object_foreach(root, name, value) if (!read_member(r, name, value)) return false;
    return consistent(r);
}

int target_parse(const char *text, size_t len, const char *where, struct target *out, char *err,
                 size_t errsize)
{
    struct target target;
    struct reader r = {&target, where, err, errsize};
    json_error_t error;
    memset(&target, 0, sizeof target);
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        snprintf(err, errsize, "%s:%d:%d: %s", where, error.line > 0 ? error.line : 1,
                 error.column > 0 ? error.column : 1, error.text);
        return -1;
    }
    bool ok = read_object(&r, root);
    json_decref(root);
    if (ok)
        *out = target;
    return ok ? 0 : -1;
}

/* ---- Files ------------------------------------------------------------------------------------
 */

static bool looks_like_file(const char *name)
{
    size_t len = strlen(name);
    return strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".json") == 0);
}

static int no_target(const char *name, char *err, size_t errsize)
{
    struct str_near near;
    str_near_init(&near, name);
    for (size_t i = 0; target_builtin_names[i]; i++)
        str_near_offer(&near, target_builtin_names[i]);
    snprintf(err, errsize, "there is no target `%.200s`: it is mcu, fpga, server or a file%s%s%s",
             name, near.best ? "; did you mean `" : "", near.best ? near.best : "",
             near.best ? "`?" : "");
    return -1;
}

/* The file's bytes, which the caller frees; NULL with errno. */
static char *slurp(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? lang_xalloc(MAX_FILE + 1) : NULL;
    if (!f)
        return NULL;
    *len = fread(text, 1, MAX_FILE + 1, f);
    int error = ferror(f) ? errno : 0;
    fclose(f);
    if (!error && *len <= MAX_FILE)
        return text;
    free(text);
    errno = error ? error : EFBIG;
    return NULL;
}

int target_load(const char *name_or_path, struct target *out, char *err, size_t errsize)
{
    size_t len = 0;
    const char *builtin = target_builtin_json(name_or_path);
    if (builtin)
        return target_parse(builtin, strlen(builtin), name_or_path, out, err, errsize);
    char *text = slurp(name_or_path, &len);
    if (!text && errno == ENOENT && !looks_like_file(name_or_path))
        return no_target(name_or_path, err, errsize);
    if (!text) {
        snprintf(err, errsize, "%s: %s", name_or_path, strerror(errno));
        return -1;
    }
    struct reader r = {out, name_or_path, err, errsize};
    int status = target_parse(text, len, name_or_path, out, err, errsize);
    free(text);
    return status || !own_name(&r) ? -1 : 0;
}

/* ---- Text -------------------------------------------------------------------------------------
 */

char *target_text(const struct target *t)
{
    struct str_buf b;
    char isa[POL_ISA_TEXT] = "";
    str_init(&b);
    if (t->has_isa)
        pol_isa_format(&t->isa, isa, sizeof isa);
    str_printf(&b, "name=%s isa=%s granule=%u tag_bits=%u lanes=%u ram_bits=%" PRIu64, t->name,
               t->has_isa ? isa : "-", t->granule, t->tag_bits, t->lanes, t->ram_bits);
    str_printf(&b, " ram_ports=%u reloadable=%d tcam_entries=%u tcam_bits=%u lookups=%u",
               t->ram_ports, t->reloadable, t->tcam_entries, t->tcam_bits, t->lookups);
    str_printf(&b, " share_lanes=%d pipeline=%d layouts=", t->share_lanes, t->pipeline);
    for (uint32_t i = 0; i < t->nlayouts; i++)
        str_printf(&b, "%s%s", i ? "," : "", target_layout_name(t->layouts[i]));
    char *text = lang_xstrdup(str_text(&b));
    str_free(&b);
    return text;
}
