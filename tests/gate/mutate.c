/* Changes one place of an emitted file: `mutate KIND SEED IN OUT`, and says on stdout what it did.
 *   bit        one bit of a memory's word            words[7] = 5'h1c;
 *   swap       two words of a memory that differ
 *   mask       one bit of a decoder's mask or match  32'h0000707f
 *   operator   one operator of an expression
 *   condition  drops one condition of a rule of the reference
 *   forget     a rule of the reference never matches
 *   pardon     a rule of the reference that fails allows
 *   rename     a rule of the reference answers with another number
 *   shape      one bit of a shape in the reference's encoder
 * The seed decides the place.  Exit status 1: the file has no such place. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"

struct line {
    char *text;
};

struct file {
    VEC_FIELDS(struct line);
};

static struct arena memory;
static uint64_t state;

static size_t roll(size_t below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % below);
}

static void read_file(struct file *f, const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t room = 0;
    if (!in) {
        perror(path);
        exit(2);
    }
    while (getline(&text, &room, in) >= 0) {
        struct line line = {arena_strdup(&memory, text)};
        VEC_PUSH(&memory, f, line);
    }
    free(text);
    fclose(in);
}

static bool is_comment(const char *line)
{
    return strncmp(line + strspn(line, " "), "//", 2) == 0;
}

/* Lines that contain `mark` and `too`, of which one is drawn; NULL: none. */
static char **draw_both(const struct file *f, const char *mark, const char *too)
{
    size_t n = 0;
    char **drawn = NULL;
    for (size_t i = 0; i < f->count; i++)
        if (!is_comment(f->items[i].text) && strstr(f->items[i].text, mark) &&
            strstr(f->items[i].text, too) && roll(++n) == 0)
            drawn = &f->items[i].text;
    return drawn;
}

static char **draw(const struct file *f, const char *mark)
{
    return draw_both(f, mark, "");
}

/* The line with `count` characters at `at` replaced. */
static char *spliced(const char *line, size_t at, size_t count, const char *with)
{
    return arena_printf(&memory, "%.*s%s%s", (int)at, line, with, line + at + count);
}

/* ---- Numbers ------------------------------------------------------------------------------- */

/* Flips one bit of the number of `width` bits written in hexadecimal at `digits`. */
static char *flip_hex(const char *line, size_t at, unsigned width)
{
    size_t count = strspn(line + at, "0123456789abcdef");
    unsigned long long value = strtoull(line + at, NULL, 16) ^ 1ull << roll(width);
    char text[32];
    snprintf(text, sizeof text, "%0*llx", (int)count, value);
    return spliced(line, at, count, text);
}

static bool change_bit(struct file *f)
{
    char **line = draw_both(f, "words[", "] = ");
    char *hex = line ? strstr(*line, "'h") : NULL;
    if (!hex)
        return false;
    char *width = hex;
    while (width[-1] >= '0' && width[-1] <= '9')
        width--;
    *line = flip_hex(*line, (size_t)(hex + 2 - *line), (unsigned)strtoul(width, NULL, 10));
    return true;
}

static bool change_mask(struct file *f)
{
    char **line = draw(f, "32'h");
    if (!line)
        return false;
    char *first = strstr(*line, "32'h"), *second = strstr(first + 4, "32'h");
    char *at = second && roll(2) ? second : first;
    *line = flip_hex(*line, (size_t)(at + 4 - *line), 32);
    return true;
}

static bool change_swap(struct file *f)
{
    for (int tries = 0; tries < 100; tries++) {
        char **a = draw_both(f, "words[", "] = "), **b = draw_both(f, "words[", "] = ");
        char *x = a ? strchr(*a, '=') : NULL, *y = b ? strchr(*b, '=') : NULL;
        if (!x || !y || strcmp(x, y) == 0)
            continue;
        char *changed = spliced(*a, (size_t)(x - *a), strlen(x), y);
        *b = spliced(*b, (size_t)(y - *b), strlen(y), x);
        *a = changed;
        return true;
    }
    return false;
}

static bool change_shape(struct file *f)
{
    char **line = draw(f, ": code_");
    char *bits = line ? strstr(*line, "'b") : NULL;
    if (!bits)
        return false;
    bits += 2 + roll(strspn(bits + 2, "01"));
    *bits = *bits == '0' ? '1' : '0';
    return true;
}

/* ---- Expressions --------------------------------------------------------------------------- */

static const char *const operators[][2] = {
    {" && ", " || "}, {" || ", " && "}, {" == ", " != "}, {" != ", " == "}, {" + ", " - "},
    {" & ", " | "},   {" | ", " & "},   {" < ", " >= "},  {" > ", " <= "},  {" ^ ", " & "}};

static bool change_operator(struct file *f)
{
    size_t n = 0, at = 0, which = 0;
    char **drawn = NULL;
    for (size_t i = 0; i < f->count; i++) {
        const char *line = f->items[i].text;
        bool plain = strstr(line, "assign ") && !strstr(line, "unused") && !is_comment(line);
        for (size_t k = 0; plain && k < sizeof operators / sizeof operators[0]; k++)
            for (const char *p = line; (p = strstr(p, operators[k][0])) != NULL; p++)
                if (roll(++n) == 0) {
                    drawn = &f->items[i].text;
                    at = (size_t)(p - line);
                    which = k;
                }
    }
    if (drawn)
        *drawn = spliced(*drawn, at, strlen(operators[which][0]), operators[which][1]);
    return drawn != NULL;
}

/* The end of the term that begins at p: ` && ` or `) begin` outside of brackets. */
static const char *term_end(const char *p)
{
    for (int depth = 0; *p; p++) {
        if (depth == 0 && (strncmp(p, " && ", 4) == 0 || strcmp(p, ") begin\n") == 0))
            return p;
        depth += *p == '(' || *p == '[' || *p == '{';
        depth -= *p == ')' || *p == ']' || *p == '}';
    }
    return p;
}

/* Terms after `!decided_X && is_GROUP`. */
static bool change_condition(struct file *f)
{
    size_t n = 0, at = 0, length = 0;
    char **drawn = NULL;
    for (size_t i = 0; i < f->count; i++) {
        const char *line = f->items[i].text;
        if (!strstr(line, "if (!decided_"))
            continue;
        const char *p = term_end(strchr(line, '(') + 1);
        for (p = *p == ' ' ? term_end(p + 4) : p; *p == ' '; p = term_end(p + 4))
            if (roll(++n) == 0) {
                drawn = &f->items[i].text;
                at = (size_t)(p - line);
                length = (size_t)(term_end(p + 4) - p);
            }
    }
    if (drawn)
        *drawn = spliced(*drawn, at, length, "");
    return drawn != NULL;
}

static bool change_text(struct file *f, const char *mark, const char *from, const char *to)
{
    char **line = draw_both(f, mark, from);
    char *at = line ? strstr(*line, from) : NULL;
    if (at)
        *line = spliced(*line, (size_t)(at - *line), strlen(from), to);
    return at != NULL;
}

/* The number of a rule, with its lowest bit the other way. */
static bool change_rename(struct file *f)
{
    size_t n = 0;
    char **drawn = NULL;
    for (size_t i = 0; i < f->count; i++) {
        const char *line = f->items[i].text;
        if (strncmp(line, "            rule_", 17) == 0 && strstr(line, "'d") && roll(++n) == 0)
            drawn = &f->items[i].text;
    }
    if (!drawn)
        return false;
    char *digits = strstr(*drawn, "'d") + 2, text[24];
    snprintf(text, sizeof text, "%lu", strtoul(digits, NULL, 10) ^ 1ul);
    *drawn = spliced(*drawn, (size_t)(digits - *drawn), strspn(digits, "0123456789"), text);
    return true;
}

static bool change(struct file *f, const char *kind)
{
    if (strcmp(kind, "bit") == 0)
        return change_bit(f);
    if (strcmp(kind, "swap") == 0)
        return change_swap(f);
    if (strcmp(kind, "mask") == 0)
        return change_mask(f);
    if (strcmp(kind, "operator") == 0)
        return change_operator(f);
    if (strcmp(kind, "condition") == 0)
        return change_condition(f);
    if (strcmp(kind, "forget") == 0)
        return change_text(f, "if (!decided_", "if (", "if (1'b0 && ");
    if (strcmp(kind, "pardon") == 0)
        return change_text(f, "refused_", " = 1'b1;", " = 1'b0;");
    if (strcmp(kind, "rename") == 0)
        return change_rename(f);
    if (strcmp(kind, "shape") == 0)
        return change_shape(f);
    fprintf(stderr, "no kind %s\n", kind);
    exit(2);
}

/* Lines that differ, without their line ends. */
static void report(const struct file *before, const struct file *after)
{
    const char *comma = "";
    for (size_t i = 0; i < before->count; i++)
        if (strcmp(before->items[i].text, after->items[i].text) != 0) {
            const char *a = before->items[i].text, *b = after->items[i].text;
            a += strspn(a, " ");
            b += strspn(b, " ");
            printf("%s%.*s -> %.*s", comma, (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
            comma = ", ";
        }
    printf("\n");
}

int main(int argc, char **argv)
{
    struct file before = {0}, after = {0};
    if (argc != 5)
        return 2;
    state = 88172645463325252u ^ strtoull(argv[2], NULL, 10) * 0x9E3779B97F4A7C15u;
    for (int i = 0; i < 10; i++)
        roll(2);
    read_file(&before, argv[3]);
    read_file(&after, argv[3]);
    bool changed = change(&after, argv[1]);
    FILE *out = changed ? fopen(argv[4], "w") : NULL;
    for (size_t i = 0; out && i < after.count; i++)
        fputs(after.items[i].text, out);
    if (out)
        report(&before, &after);
    arena_free(&memory);
    return !changed ? 1 : out && fclose(out) == 0 ? 0 : 2;
}
