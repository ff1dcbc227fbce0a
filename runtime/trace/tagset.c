/* The syntax of tag sets and operand lines: see pol/trace_text.h. */
#include "pol/trace_text.h"

#include <stdio.h>
#include <string.h>

struct parse {
    const char *text;
    size_t at, length;
    struct pol_tag_item *items;
    size_t capacity;
    uint32_t count;
    unsigned depth;
    struct pol_text_error *error;
};

static bool fail_at(struct parse *parse, size_t offset, const char *message)
{
    parse->error->offset = offset;
    snprintf(parse->error->message, sizeof parse->error->message, "%s", message);
    return false;
}

static bool fail(struct parse *parse, const char *message)
{
    return fail_at(parse, parse->at, message);
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The character at the cursor, or -1 at the end. */
static int peek(const struct parse *parse)
{
    return parse->at < parse->length ? (unsigned char)parse->text[parse->at] : -1;
}

static void skip_blanks(struct parse *parse)
{
    while (peek(parse) == ' ' || peek(parse) == '\t' || peek(parse) == '\r')
        parse->at++;
}

static bool take(struct parse *parse, int c)
{
    skip_blanks(parse);
    if (peek(parse) != c)
        return false;
    parse->at++;
    return true;
}

/* Identifiers as in the policy language: a letter, then letters, digits, `_ - .`, not ending in `-`
 * or `.`. */
static bool take_name(struct parse *parse, struct pol_slice *name)
{
    size_t start = parse->at;
    if (!is_letter(peek(parse)))
        return fail(parse, "expected a name");
    while (is_letter(peek(parse)) || is_digit(peek(parse)) || peek(parse) == '_' ||
           peek(parse) == '-' || peek(parse) == '.')
        parse->at++;
    if (parse->text[parse->at - 1] == '-' || parse->text[parse->at - 1] == '.')
        return fail_at(parse, parse->at - 1, "a name ends in a letter, a digit or `_`");
    *name = (struct pol_slice){parse->text + start, parse->at - start};
    return true;
}

static int digit_value(int c, unsigned base)
{
    int value = is_digit(c)              ? c - '0'
                : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                         : 99;
    return value < (int)base ? value : -1;
}

static bool take_number(struct parse *parse, uint64_t *value)
{
    size_t start = parse->at;
    unsigned base = 10;
    if (peek(parse) == '0' && parse->at + 1 < parse->length &&
        (parse->text[parse->at + 1] == 'x' || parse->text[parse->at + 1] == 'X')) {
        base = 16;
        parse->at += 2;
    }
    size_t digits = parse->at;
    for (*value = 0; digit_value(peek(parse), base) >= 0; parse->at++) {
        uint64_t digit = (uint64_t)digit_value(peek(parse), base);
        if (*value > (UINT64_MAX - digit) / base)
            return fail_at(parse, start, "a number of more than 64 bits");
        *value = *value * base + digit;
    }
    if (parse->at == digits || is_letter(peek(parse)) || peek(parse) == '_')
        return fail_at(parse, start, "malformed number");
    return true;
}

/* Append an item; the returned index is valid even if the caller's array is full. */
static uint32_t add(struct parse *parse, struct pol_tag_item item)
{
    item.next = parse->count + 1;
    if (parse->count < parse->capacity)
        parse->items[parse->count] = item;
    return parse->count++;
}

static void close_item(struct parse *parse, uint32_t index, uint32_t count)
{
    if (index >= parse->capacity)
        return;
    parse->items[index].count = count;
    parse->items[index].next = parse->count;
}

static bool parse_set(struct parse *parse);

static bool parse_argument(struct parse *parse)
{
    struct pol_tag_item item = {.kind = POL_ITEM_INT};
    if (peek(parse) == '{')
        return parse_set(parse);
    if (is_digit(peek(parse))) {
        if (!take_number(parse, &item.value))
            return false;
    } else {
        item.kind = POL_ITEM_NAME;
        if (!take_name(parse, &item.name))
            return false;
    }
    add(parse, item);
    return true;
}

static bool parse_tag(struct parse *parse)
{
    bool wrapped = take(parse, '(');
    struct pol_tag_item item = {.kind = POL_ITEM_TAG};
    skip_blanks(parse);
    if (!take_name(parse, &item.name))
        return false;
    uint32_t index = add(parse, item), count = 0;
    for (;; count++) {
        skip_blanks(parse);
        int c = peek(parse);
        if (c < 0 || c == ',' || c == '}' || c == ')')
            break;
        if (!parse_argument(parse))
            return false;
    }
    close_item(parse, index, count);
    if (wrapped && !take(parse, ')'))
        return fail(parse, "expected `)`");
    return true;
}

static bool parse_set(struct parse *parse)
{
    if (!take(parse, '{'))
        return fail(parse, "expected a tag set: `{`");
    if (++parse->depth > POL_MAX_TAG_DEPTH)
        return fail_at(parse, parse->at - 1, "tag sets nested too deeply");
    uint32_t index = add(parse, (struct pol_tag_item){.kind = POL_ITEM_SET}), count = 0;
    bool more = !take(parse, '}');
    while (more) {
        if (!parse_tag(parse))
            return false;
        count++;
        more = take(parse, ',');
        if (!more && !take(parse, '}'))
            return fail(parse, "expected `,` or `}`");
    }
    close_item(parse, index, count);
    parse->depth--;
    return true;
}

long pol_tagset_parse(const char *text, size_t length, struct pol_tag_item *items, size_t capacity,
                      struct pol_text_error *error)
{
    struct parse parse = {.text = text, .length = length, .items = items, .capacity = capacity};
    parse.error = error;
    if (length > INT32_MAX) {
        fail(&parse, "tag set too long");
        return -1;
    }
    if (!parse_set(&parse))
        return -1;
    skip_blanks(&parse);
    if (parse.at != parse.length) {
        fail(&parse, "unexpected text after the tag set");
        return -1;
    }
    return (long)parse.count;
}

static bool parse_head(struct parse *parse, struct pol_operand_line *line)
{
    size_t start = parse->at;
    line->is_word = is_digit(peek(parse));
    if (!line->is_word)
        return take_name(parse, &line->head);
    uint64_t word;
    if (!take_number(parse, &word))
        return false;
    line->head = (struct pol_slice){parse->text + start, parse->at - start};
    if (line->head.length < 3 || (line->head.at[1] != 'x' && line->head.at[1] != 'X'))
        return fail_at(parse, start, "an instruction word starts with 0x");
    if (word > UINT32_MAX || ((word & 3) != 3 && word > UINT16_MAX))
        return fail_at(parse, start, "an instruction word has 32 bits, a compressed one 16");
    line->word = (uint32_t)word;
    return true;
}

static bool check_new(struct parse *parse, const struct pol_operand_line *line,
                      const struct pol_operand_item *operand)
{
    for (size_t i = 0; i < line->count; i++) {
        const struct pol_slice *name = &line->operands[i].name;
        if (name->length == operand->name.length &&
            memcmp(name->at, operand->name.at, name->length) == 0)
            return fail_at(parse, (size_t)(operand->name.at - parse->text), "operand named twice");
    }
    if (line->count == POL_MAX_OPERANDS)
        return fail_at(parse, (size_t)(operand->name.at - parse->text), "too many operands");
    return true;
}

static bool parse_operand(struct parse *parse, struct pol_operand_line *line)
{
    struct pol_operand_item operand;
    if (!take_name(parse, &operand.name) || !check_new(parse, line, &operand))
        return false;
    if (!take(parse, '='))
        return fail(parse, "expected `=`");
    take(parse, '='); /* the rules' spelling, `==`, is understood too */
    skip_blanks(parse);
    size_t start = parse->at;
    if (!parse_set(parse))
        return false;
    operand.tags = (struct pol_slice){parse->text + start, parse->at - start};
    line->operands[line->count++] = operand;
    return true;
}

int pol_operand_parse(const char *text, size_t length, struct pol_operand_line *line,
                      struct pol_text_error *error)
{
    struct parse parse = {.text = text, .length = length, .error = error};
    *line = (struct pol_operand_line){0};
    const char *comment = length ? memchr(text, '#', length) : NULL;
    if (comment)
        parse.length = (size_t)(comment - text);
    while (parse.length && text[parse.length - 1] == '\n')
        parse.length--;
    skip_blanks(&parse);
    if (peek(&parse) < 0)
        return 0;
    if (!parse_head(&parse, line))
        return -1;
    for (;;) {
        size_t before = parse.at;
        skip_blanks(&parse);
        if (peek(&parse) < 0)
            return 1;
        if (parse.at == before) {
            fail(&parse, "expected a blank between operands");
            return -1;
        }
        if (!parse_operand(&parse, line))
            return -1;
    }
}
