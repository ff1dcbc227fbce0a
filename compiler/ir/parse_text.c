/* Characters, words and lines of the text form. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/parse.h"

bool parse_fail(struct parser *p, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    const char *text = arena_vprintf(p->ir->arena, fmt, args);
    va_end(args);
    snprintf(p->err, p->errsize, "%" PRIu32 ": %s", p->line, text);
    return false;
}

/* Arrays double when their count is a power of two, so that the count is all there is to keep. */
void *parse_room(struct parser *p, void *items, uint32_t count, size_t size)
{
    if (count & (count - 1))
        return items;
    void *room = arena_array(p->ir->arena, count ? (size_t)count * 2 : 1, size);
    if (count)
        memcpy(room, items, count * size);
    return room;
}

/* ---- Lines --------------------------------------------------------------------------------- */

bool parse_line(struct parser *p, unsigned indent)
{
    const char *at = p->at;
    while (at < p->end && *at == ' ')
        at++;
    if (at == p->end || (size_t)(at - p->at) != indent)
        return false;
    p->at = at;
    return true;
}

static void skip_spaces(struct parser *p)
{
    while (p->at < p->end && *p->at == ' ')
        p->at++;
}

bool parse_at_end(struct parser *p)
{
    skip_spaces(p);
    return p->at == p->end || *p->at == '\n';
}

bool parse_end(struct parser *p)
{
    if (!parse_at_end(p))
        return parse_fail(p, "more than expected on this line");
    if (p->at == p->end)
        return parse_fail(p, "the line does not end");
    p->at++;
    p->line++;
    return true;
}

/* ---- Words --------------------------------------------------------------------------------- */

static bool ends_word(char c)
{
    return (unsigned char)c <= ' ' || c == '(' || c == ')' || c == '"';
}

static size_t word_length(const struct parser *p)
{
    const char *at = p->at;
    while (at < p->end && !ends_word(*at))
        at++;
    return (size_t)(at - p->at);
}

bool parse_accept(struct parser *p, const char *word)
{
    size_t length = strlen(word);
    skip_spaces(p);
    if (word_length(p) != length || memcmp(p->at, word, length) != 0)
        return false;
    p->at += length;
    return true;
}

bool parse_expect(struct parser *p, const char *word)
{
    return parse_accept(p, word) || parse_fail(p, "expected `%s`", word);
}

bool parse_accept_char(struct parser *p, char c)
{
    if (p->at == p->end || *p->at != c)
        return false;
    p->at++;
    return true;
}

bool parse_expect_char(struct parser *p, char c)
{
    return parse_accept_char(p, c) || parse_fail(p, "expected `%c`", c);
}

bool parse_word(struct parser *p, const char **word)
{
    skip_spaces(p);
    size_t length = word_length(p);
    if (length == 0)
        return parse_fail(p, "expected a word");
    *word = arena_strndup(p->ir->arena, p->at, length);
    p->at += length;
    return true;
}

/* ---- Strings ------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What stands behind a backslash; 0 if nothing that may. */
static char escaped(struct parser *p)
{
    size_t left = (size_t)(p->end - p->at);
    if (left >= 1 && (*p->at == '"' || *p->at == '\\'))
        return *p->at++;
    if (left < 3 || *p->at != 'x')
        return 0;
    int high = hex_digit(p->at[1]), low = hex_digit(p->at[2]);
    p->at += 3;
    return high < 0 || low < 0 ? 0 : (char)(high * 16 + low);
}

bool parse_string(struct parser *p, const char **text)
{
    skip_spaces(p);
    if (!parse_expect_char(p, '"'))
        return false;
    const char *close = p->at;
    while (close < p->end && *close != '"' && *close != '\n')
        close += *close == '\\' && close + 1 < p->end ? 2 : 1;
    char *out = ARENA_ARRAY(p->ir->arena, char, (size_t)(close - p->at) + 1);
    *text = out;
    while (p->at < p->end && *p->at != '"' && *p->at != '\n') {
        char c = *p->at++;
        if (c == '\\')
            c = escaped(p);
        if (c == '\0')
            return parse_fail(p, "a bad character in a string");
        *out++ = c;
    }
    return parse_expect_char(p, '"');
}

bool parse_name(struct parser *p, const char **name)
{
    skip_spaces(p);
    return p->at < p->end && *p->at == '"' ? parse_string(p, name) : parse_word(p, name);
}

bool parse_choice(struct parser *p, const char *const *words, uint32_t count, const char *what,
                  uint32_t *index)
{
    for (uint32_t i = 0; i < count; i++)
        if (parse_accept(p, words[i])) {
            *index = i;
            return true;
        }
    return parse_fail(p, "expected %s", what);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

/* Only what printing it gives again: no sign, no leading zeros. */
bool parse_u64(struct parser *p, uint64_t max, uint64_t *value)
{
    skip_spaces(p);
    const char *start = p->at;
    *value = 0;
    while (p->at < p->end && *p->at >= '0' && *p->at <= '9') {
        uint64_t digit = (uint64_t)(*p->at++ - '0');
        if (*value > (max - digit) / 10)
            return parse_fail(p, "a number that is too large");
        *value = *value * 10 + digit;
    }
    if (p->at == start || (*start == '0' && p->at - start > 1))
        return parse_fail(p, "expected a number");
    return true;
}

bool parse_u32(struct parser *p, uint32_t *value)
{
    uint64_t wide;
    if (!parse_u64(p, UINT32_MAX, &wide))
        return false;
    *value = (uint32_t)wide;
    return true;
}

bool parse_hex(struct parser *p, uint32_t *value)
{
    skip_spaces(p);
    *value = 0;
    for (int i = 0; i < 8; i++) {
        int digit = p->at < p->end ? hex_digit(*p->at) : -1;
        if (digit < 0)
            return parse_fail(p, "expected eight hexadecimal digits");
        *value = *value << 4 | (uint32_t)digit;
        p->at++;
    }
    return true;
}

bool parse_index(struct parser *p, size_t index)
{
    uint32_t found;
    if (!parse_u32(p, &found))
        return false;
    return found == index || parse_fail(p, "expected number %zu here", index);
}

/* ---- Places -------------------------------------------------------------------------------- */

/* The file's name ends before the second colon from the right. */
static bool split_place(struct parser *p, const char *word, const char **file, const char **rest)
{
    const char *colon = word + strlen(word);
    for (int i = 0; i < 2; i++) {
        do
            if (colon == word)
                return parse_fail(p, "expected FILE:LINE:COLUMN");
        while (*--colon != ':');
    }
    *file = arena_strndup(p->ir->arena, word, (size_t)(colon - word));
    *rest = colon;
    return true;
}

bool parse_place(struct parser *p, const char **file, uint32_t *line, uint32_t *column)
{
    skip_spaces(p);
    const char *start = p->at;
    if (p->at < p->end && *p->at == '"') {
        if (!parse_string(p, file))
            return false;
    } else {
        const char *word, *rest = NULL;
        if (!parse_word(p, &word) || !split_place(p, word, file, &rest))
            return false;
        p->at = start + (rest - word);
    }
    return parse_expect_char(p, ':') && parse_u32(p, line) && parse_expect_char(p, ':') &&
           parse_u32(p, column);
}
