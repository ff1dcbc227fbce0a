/* Tag spaces and the text form of literal tag sets: see pol/tagset.h. */
#include <pol/tagset.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Largest literal, in words: byte sizes stay within 32 bits. */
#define MAX_WORDS (UINT32_MAX / 8)
#define MAX_LIMIT ((uint64_t)1 << 32)

/* ---- Names ----------------------------------------------------------------------------------- */

/* One way to call a tag.  The index lists all of them, sorted by text; qualified before short ones,
 * so that a short name never hides a qualified one. */
struct name {
    const char *text; /* not terminated; in the tag itself or in index->texts */
    size_t len;
    uint32_t tag;
    bool is_short;
};

struct index {
    struct name *names; /* 2 * ntags */
    size_t count;
    char *texts; /* the qualified names, one after the other */
};

static int compare_text(const char *a, size_t alen, const char *b, size_t blen)
{
    size_t common = alen < blen ? alen : blen;
    int order = common ? memcmp(a, b, common) : 0;
    return order ? order : (alen > blen) - (alen < blen);
}

static int compare_names(const void *pa, const void *pb)
{
    const struct name *a = pa, *b = pb;
    int order = compare_text(a->text, a->len, b->text, b->len);
    if (order == 0)
        order = (int)a->is_short - (int)b->is_short;
    if (order == 0)
        order = (a->tag > b->tag) - (a->tag < b->tag);
    return order;
}

static void index_free(struct index *index)
{
    if (!index)
        return;
    free(index->names);
    free(index->texts);
    free(index);
}

static size_t qualified_len(const struct pol_tag_info *tag)
{
    return strlen(tag->module) + 1 + strlen(tag->name);
}

static struct index *index_new(const struct pol_space *space)
{
    size_t bytes = 1;
    for (uint32_t t = 0; t < space->ntags; t++)
        bytes += qualified_len(&space->tags[t]) + 1;
    struct index *index = calloc(1, sizeof *index);
    if (!index)
        return NULL;
    index->count = 2 * (size_t)space->ntags;
    index->names = calloc(index->count + 1, sizeof *index->names);
    index->texts = malloc(bytes);
    if (index->names && index->texts)
        return index;
    index_free(index);
    return NULL;
}

static void index_fill(struct index *index, const struct pol_space *space)
{
    struct name *next = index->names;
    char *text = index->texts;
    for (uint32_t t = 0; t < space->ntags; t++) {
        const struct pol_tag_info *tag = &space->tags[t];
        size_t len = qualified_len(tag);
        snprintf(text, len + 1, "%s.%s", tag->module, tag->name);
        *next++ = (struct name){text, len, t, false};
        *next++ = (struct name){tag->name, strlen(tag->name), t, true};
        text += len + 1;
    }
    qsort(index->names, index->count, sizeof *index->names, compare_names);
}

/* A short name that means anything else too has to be printed qualified. */
static void mark_ambiguous(const struct index *index, struct pol_space *space)
{
    for (size_t i = 1; i < index->count; i++) {
        const struct name *a = &index->names[i - 1], *b = &index->names[i];
        if (a->tag == b->tag || compare_text(a->text, a->len, b->text, b->len) != 0)
            continue;
        space->tags[a->tag].ambiguous |= a->is_short;
        space->tags[b->tag].ambiguous |= b->is_short;
    }
}

/* The first entry whose text is not less than `text`. */
static size_t lower_bound(const struct index *index, const char *text, size_t len)
{
    size_t low = 0, high = index->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct name *name = &index->names[mid];
        if (compare_text(name->text, name->len, text, len) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

long pol_space_find(const struct pol_space *space, const char *name, size_t len)
{
    const struct index *index = space->index;
    size_t at = lower_bound(index, name, len);
    if (at == index->count ||
        compare_text(index->names[at].text, index->names[at].len, name, len) != 0)
        return -1;
    const struct name *found = &index->names[at], *next = found + 1;
    if (at + 1 < index->count && next->is_short == found->is_short &&
        compare_text(next->text, next->len, name, len) == 0)
        return -2;
    return (long)found->tag;
}

/* ---- Names of values ------------------------------------------------------------------------- */

/* A list of names, with their texts behind it. */
struct value_list {
    struct value_list *next;
    char *names[];
};

char **pol_space_values(struct pol_space *space, const char *const *names, size_t n)
{
    size_t bytes = sizeof(struct value_list) + n * sizeof(char *);
    for (size_t i = 0; i < n; i++)
        bytes += strlen(names[i]) + 1;
    struct value_list *list = malloc(bytes);
    if (!list)
        return NULL;
    char *text = (char *)(list->names + n);
    for (size_t i = 0; i < n; i++) {
        size_t size = strlen(names[i]) + 1;
        memcpy(text, names[i], size);
        list->names[i] = text;
        text += size;
    }
    list->next = space->lists;
    space->lists = list;
    return list->names;
}

static void free_lists(struct value_list *list)
{
    while (list) {
        struct value_list *next = list->next;
        free(list);
        list = next;
    }
}

/* ---- Spaces ---------------------------------------------------------------------------------- */

struct pol_space *pol_space_new(uint32_t ntags)
{
    struct pol_space *space = calloc(1, sizeof *space);
    if (!space)
        return NULL;
    space->ntags = ntags;
    space->tags = calloc((size_t)ntags + 1, sizeof *space->tags);
    if (space->tags)
        return space;
    free(space);
    return NULL;
}

void pol_space_free(struct pol_space *space)
{
    if (!space)
        return;
    for (uint32_t t = 0; t < space->ntags; t++) {
        free(space->tags[t].name);
        free(space->tags[t].module);
    }
    index_free(space->index);
    free_lists(space->lists);
    free(space->tags);
    free(space);
}

/* Checks what the caller filled in, and finds out which tags nest. */
static int check_tag(struct pol_tag_info *tag)
{
    if (!tag->name || !tag->module || tag->nargs > POL_MAX_ARGS)
        return -1;
    tag->has_set_arg = false;
    tag->ambiguous = false;
    for (uint32_t k = 0; k < tag->nargs; k++) {
        tag->has_set_arg |= tag->args[k].is_set;
        if (!tag->args[k].is_set && tag->args[k].limit > MAX_LIMIT)
            return -1;
    }
    return 0;
}

/* Offsets in flat literals; returns their size. */
static uint64_t lay_out_flat(struct pol_space *space)
{
    uint64_t words = space->has_words;
    for (uint32_t t = 0; t < space->ntags; t++) {
        struct pol_tag_info *tag = &space->tags[t];
        for (uint32_t k = 0; k < tag->nargs; k++)
            tag->args[k].flat_offset = tag->has_set_arg ? POL_NO_OFFSET : (uint32_t)words++;
    }
    return words;
}

/* Offsets in literals; returns their size, or more than MAX_WORDS as soon as that is passed. */
static uint64_t lay_out(struct pol_space *space, uint64_t flat_words)
{
    uint64_t words = space->has_words;
    for (uint32_t t = 0; t < space->ntags; t++) {
        struct pol_tag_info *tag = &space->tags[t];
        for (uint32_t k = 0; k < tag->nargs && words <= MAX_WORDS; k++) {
            tag->args[k].offset = (uint32_t)words;
            words += tag->args[k].is_set ? flat_words : 1;
        }
    }
    return words;
}

int pol_space_finish(struct pol_space *space)
{
    if (space->ntags > MAX_WORDS / (2 * POL_MAX_ARGS))
        return -1;
    for (uint32_t t = 0; t < space->ntags; t++)
        if (check_tag(&space->tags[t]) != 0)
            return -1;
    space->has_words = space->ntags ? (space->ntags + 31) / 32 : 1;
    uint64_t flat = lay_out_flat(space), full = lay_out(space, flat);
    if (full > MAX_WORDS)
        return -1;
    space->flat_words = (uint32_t)flat;
    space->words = (uint32_t)full;
    index_free(space->index);
    struct index *index = index_new(space);
    space->index = index;
    if (!index)
        return -1;
    index_fill(index, space);
    mark_ambiguous(index, space);
    return 0;
}

/* ---- Reading --------------------------------------------------------------------------------- */

struct reader {
    const struct pol_space *space;
    const char *text;
    size_t at, len;
    char *err;
    size_t errsize;
};

/* Where a set being read goes: a literal, or the TagSet argument of a tag. */
struct target {
    uint32_t *words;
    const struct pol_tag_info *inside; /* the tag that holds it; NULL: a literal */
};

/* Always false: `return fail_at(..)`.  Columns count from 1, in bytes. */
static bool fail_at(struct reader *in, size_t at, const char *format, ...)
{
    if (in->errsize == 0)
        return false;
    int n = snprintf(in->err, in->errsize, "column %zu: ", at + 1);
    if (n < 0 || (size_t)n >= in->errsize)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(in->err + n, in->errsize - (size_t)n, format, args);
    va_end(args);
    return false;
}

static int peek(const struct reader *in)
{
    return in->at < in->len ? (unsigned char)in->text[in->at] : -1;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_name_char(int c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
}

/* The character after any blanks, not taken; -1 at the end. */
static int next(struct reader *in)
{
    for (;;) {
        int c = peek(in);
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return c;
        in->at++;
    }
}

static bool fail_expected(struct reader *in, const char *what)
{
    int c = next(in);
    if (c < 0)
        return fail_at(in, in->at, "expected %s, but the text ends", what);
    if (c < 0x20 || c > 0x7e)
        return fail_at(in, in->at, "expected %s, found byte 0x%02x", what, (unsigned)c);
    return fail_at(in, in->at, "expected %s, found `%c`", what, c);
}

static bool take(struct reader *in, int c)
{
    if (next(in) != c)
        return false;
    in->at++;
    return true;
}

/* Long names are cut in messages. */
static int shown(size_t len)
{
    return len > 80 ? 80 : (int)len;
}

static bool read_tag_name(struct reader *in, uint32_t *tag)
{
    if (!is_letter(next(in)))
        return fail_expected(in, "a tag");
    size_t start = in->at;
    while (is_name_char(peek(in)))
        in->at++;
    const char *name = in->text + start;
    size_t len = in->at - start;
    if (name[len - 1] == '-' || name[len - 1] == '.')
        return fail_at(in, in->at - 1, "a name cannot end in `%c`", name[len - 1]);
    long found = pol_space_find(in->space, name, len);
    if (found == -2)
        return fail_at(in, start, "tag `%.*s` is ambiguous: write it as MODULE.TAG", shown(len),
                       name);
    if (found < 0)
        return fail_at(in, start, "unknown tag `%.*s`", shown(len), name);
    *tag = (uint32_t)found;
    return true;
}

static int digit_value(int c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* Reads digits; a value of MAX_LIMIT stands for everything too large. */
static bool read_number(struct reader *in, uint64_t *value)
{
    size_t start = in->at;
    int base = 10;
    if (peek(in) == '0' && in->at + 1 < in->len && (in->text[in->at + 1] | 0x20) == 'x') {
        base = 16;
        in->at += 2;
    }
    size_t digits = in->at;
    for (*value = 0; digit_value(peek(in)) < base; in->at++) {
        *value = *value * (uint64_t)base + (uint64_t)digit_value(peek(in));
        if (*value > MAX_LIMIT)
            *value = MAX_LIMIT;
    }
    if (in->at == digits || is_name_char(peek(in)))
        return fail_at(in, start, "malformed number");
    return true;
}

/* The name of a value. */
static bool read_value(struct reader *in, const struct pol_tag_info *tag, uint32_t k,
                       uint32_t *word)
{
    const struct pol_tag_arg *arg = &tag->args[k];
    size_t start = in->at;
    while (is_name_char(peek(in)))
        in->at++;
    const char *name = in->text + start;
    size_t len = in->at - start;
    for (uint64_t v = 0; v < arg->limit; v++)
        if (strlen(arg->values[v]) == len && memcmp(arg->values[v], name, len) == 0) {
            *word = (uint32_t)v;
            return true;
        }
    return fail_at(in, start, "argument %u of `%s` has no value `%.*s`", k + 1, tag->name,
                   shown(len), name);
}

static bool read_int(struct reader *in, const struct pol_tag_info *tag, uint32_t k, uint32_t *word)
{
    uint64_t value = 0, limit = tag->args[k].limit;
    if (tag->args[k].values && is_letter(next(in)))
        return read_value(in, tag, k, word);
    if (!is_digit(next(in)))
        return fail_expected(in, tag->args[k].values ? "a value" : "an integer");
    size_t start = in->at;
    if (!read_number(in, &value))
        return false;
    if (value >= limit)
        return fail_at(in, start, "argument %u of `%s` is out of range (0 to %llu)", k + 1,
                       tag->name, (unsigned long long)(limit ? limit - 1 : 0));
    *word = (uint32_t)value;
    return true;
}

static bool read_set(struct reader *in, struct target target);

static bool read_arguments(struct reader *in, struct target target, const struct pol_tag_info *tag)
{
    for (uint32_t k = 0; k < tag->nargs; k++) {
        const struct pol_tag_arg *arg = &tag->args[k];
        int c = next(in);
        if (c < 0 || c == ',' || c == '}' || c == ')')
            return fail_at(in, in->at, "`%s` takes %u argument%s, %u given", tag->name, tag->nargs,
                           tag->nargs == 1 ? "" : "s", k);
        uint32_t *words = target.words + (target.inside ? arg->flat_offset : arg->offset);
        if (arg->is_set ? !read_set(in, (struct target){words, tag}) : !read_int(in, tag, k, words))
            return false;
    }
    int c = next(in);
    if (is_digit(c) || c == '{')
        return fail_at(in, in->at, "`%s` takes %u argument%s, more given", tag->name, tag->nargs,
                       tag->nargs == 1 ? "" : "s");
    return true;
}

static bool read_tag(struct reader *in, struct target target)
{
    uint32_t id = 0;
    bool parenthesis = take(in, '(');
    (void)next(in);
    size_t start = in->at;
    if (!read_tag_name(in, &id))
        return false;
    const struct pol_tag_info *tag = &in->space->tags[id];
    if (pol_lit_has(target.words, id))
        return fail_at(in, start, "tag `%s` stands twice in one set", tag->name);
    if (target.inside && tag->has_set_arg)
        return fail_at(in, start, "`%s` has a TagSet argument and cannot stand inside `%s`",
                       tag->name, target.inside->name);
    pol_lit_set(target.words, id);
    if (!read_arguments(in, target, tag))
        return false;
    if (parenthesis && !take(in, ')'))
        return fail_expected(in, "`)`");
    return true;
}

/* Recursion ends at the second level: tags with TagSet arguments do not nest. */
static bool read_set(struct reader *in, struct target target)
{
    if (!take(in, '{'))
        return fail_expected(in, "`{`");
    if (take(in, '}'))
        return true;
    do {
        if (!read_tag(in, target))
            return false;
    } while (take(in, ','));
    return take(in, '}') || fail_expected(in, "`,` or `}`");
}

int pol_lit_parse(const struct pol_space *space, const char *text, size_t len, uint32_t *lit,
                  char *err, size_t errsize)
{
    struct reader in = {space, text, 0, len, err, errsize};
    memset(lit, 0, space->words * sizeof *lit);
    if (errsize)
        err[0] = '\0';
    if (!read_set(&in, (struct target){lit, NULL}))
        return -1;
    if (next(&in) >= 0) {
        fail_expected(&in, "nothing more");
        return -1;
    }
    return 0;
}

/* ---- Printing -------------------------------------------------------------------------------- */

struct writer {
    char *buf;
    size_t size, len;
};

static void put(struct writer *out, const char *text)
{
    for (; *text; text++, out->len++)
        if (out->len + 1 < out->size)
            out->buf[out->len] = *text;
}

static void put_set(struct writer *out, const struct pol_space *space, const uint32_t *words,
                    bool flat);

static void put_tag(struct writer *out, const struct pol_space *space, const uint32_t *words,
                    uint32_t id, bool flat)
{
    const struct pol_tag_info *tag = &space->tags[id];
    if (tag->ambiguous) {
        put(out, tag->module);
        put(out, ".");
    }
    put(out, tag->name);
    if (flat && tag->has_set_arg)
        return; /* no such set; there is nothing to read */
    for (uint32_t k = 0; k < tag->nargs; k++) {
        const uint32_t *arg = words + (flat ? tag->args[k].flat_offset : tag->args[k].offset);
        char number[16];
        put(out, " ");
        if (tag->args[k].is_set) {
            put_set(out, space, arg, true);
        } else if (tag->args[k].values && *arg < tag->args[k].limit) {
            put(out, tag->args[k].values[*arg]);
        } else {
            snprintf(number, sizeof number, "%lu", (unsigned long)*arg);
            put(out, number);
        }
    }
}

static void put_set(struct writer *out, const struct pol_space *space, const uint32_t *words,
                    bool flat)
{
    const char *separator = "";
    put(out, "{");
    for (uint32_t t = 0; t < space->ntags; t++) {
        if (!pol_lit_has(words, t))
            continue;
        put(out, separator);
        put_tag(out, space, words, t, flat);
        separator = ", ";
    }
    put(out, "}");
}

size_t pol_lit_format(const struct pol_space *space, const uint32_t *lit, char *buf, size_t size)
{
    struct writer out = {buf, size, 0};
    put_set(&out, space, lit, false);
    if (size)
        buf[out.len < size ? out.len : size - 1] = '\0';
    return out.len;
}
