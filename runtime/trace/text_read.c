/* The text form, read.  A `trap` or `sc` line belongs to the instruction line before it, so the
 * last instruction of a batch is carried over to the next one until the line after it has been
 * seen. */
#include "internal.h"
#include "pol/trace_text.h"

#include <stdlib.h>
#include <string.h>

enum {
    BATCH_EVENTS = 512,
    LINE_TEXTS = TRACE_LINE_MAX + 64, /* what the texts of one line can take */
    BATCH_TEXTS = 2 * LINE_TEXTS
};

struct trace_text_reader {
    struct pol_trace_reader *reader;
    struct pol_event events[BATCH_EVENTS];
    struct pol_event carried; /* kind 0: none */
    size_t count;
    uint16_t hart;
    bool held; /* `line` has been read, but not used */
    uint64_t number, offset;
    const char *at, *end; /* what is left of the line */
    size_t used;
    char texts[BATCH_TEXTS];
    char line[TRACE_LINE_MAX + 1];
};

static bool bad(struct trace_text_reader *text, const char *why)
{
    trace_fail(&text->reader->error, text->number, text->offset, "%s", why);
    text->reader->state = -1;
    return false;
}

/* --- lines */

enum collected { LINE_WHOLE, LINE_LONG, LINE_CUT };

/* Move input up to and including the next newline into the line, whose length excludes it. */
static enum collected collect(struct trace_text_reader *text, size_t *length)
{
    struct trace_input *input = &text->reader->input;
    *length = 0;
    for (;;) {
        size_t have = trace_input_fill(input, 1);
        if (!have)
            return LINE_CUT;
        const unsigned char *start = input->buffer + input->at;
        const unsigned char *newline = memchr(start, '\n', have);
        size_t part = newline ? (size_t)(newline - start) : have;
        if (part > TRACE_LINE_MAX - *length)
            return LINE_LONG;
        memcpy(text->line + *length, start, part);
        *length += part;
        input->at += part + (newline ? 1 : 0);
        if (newline)
            return LINE_WHOLE;
    }
}

/* The end of what counts on a line: its end or a comment's start.  A # within a message is none. */
static const char *content_end(const char *at, const char *end)
{
    bool quoted = false;
    for (; at < end; at++) {
        if (*at == '#' && !quoted)
            break;
        if (*at == '"')
            quoted = !quoted;
        if (*at == '\\' && quoted && at + 1 < end)
            at++;
    }
    return at;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct trace_text_reader *text)
{
    while (text->at < text->end && is_blank(*text->at))
        text->at++;
}

static bool end_of_input(struct trace_text_reader *text, bool between_lines)
{
    if (text->reader->input.failed)
        return bad(text, "read error");
    if (!between_lines)
        return bad(text, "the last line lacks its end: truncated?");
    text->reader->state = 0;
    return false;
}

/* Make the next line with content current.  False at the end of the input or an error: see
 * reader->state. */
static bool next_line(struct trace_text_reader *text)
{
    if (text->held) {
        text->held = false;
        return true;
    }
    for (;;) {
        size_t length;
        text->number++;
        text->offset = trace_input_offset(&text->reader->input);
        enum collected how = collect(text, &length);
        text->at = text->line;
        text->end = content_end(text->line, text->line + length);
        skip_blanks(text);
        if (how == LINE_CUT)
            return end_of_input(text, length == 0);
        if (how == LINE_LONG)
            return bad(text, "line too long");
        if (memchr(text->line, 0, length))
            return bad(text, "a NUL byte in a text trace");
        if (text->at < text->end)
            return true;
    }
}

/* --- words and numbers of a line */

static struct pol_slice next_word(struct trace_text_reader *text)
{
    skip_blanks(text);
    const char *start = text->at;
    while (text->at < text->end && !is_blank(*text->at))
        text->at++;
    return (struct pol_slice){start, (size_t)(text->at - start)};
}

static bool is(struct pol_slice word, const char *expected)
{
    return word.length == strlen(expected) && memcmp(word.at, expected, word.length) == 0;
}

static int digit_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 16;
}

static bool is_hex(struct pol_slice word)
{
    return word.length > 2 && word.at[0] == '0' && (word.at[1] == 'x' || word.at[1] == 'X');
}

static bool number(struct pol_slice word, uint64_t *value)
{
    unsigned base = is_hex(word) ? 16 : 10;
    size_t i = base == 16 ? 2 : 0;
    *value = 0;
    if (!word.length)
        return false;
    for (; i < word.length; i++) {
        unsigned digit = (unsigned)digit_value(word.at[i]);
        if (digit >= base || *value > (UINT64_MAX - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return true;
}

static bool address(struct trace_text_reader *text, struct pol_slice word, uint64_t *value)
{
    return (is_hex(word) && number(word, value)) || bad(text, "expected an address: 0x...");
}

/* ADDR+LEN */
static bool range(struct trace_text_reader *text, struct pol_slice word, struct pol_event *event)
{
    const char *plus = word.length ? memchr(word.at, '+', word.length) : NULL;
    if (!plus)
        return bad(text, "expected a memory range: ADDR+LEN");
    struct pol_slice start = {word.at, (size_t)(plus - word.at)};
    struct pol_slice length = {plus + 1, word.length - start.length - 1};
    if (!address(text, start, &event->start))
        return false;
    return number(length, &event->length) || bad(text, "malformed length");
}

static bool nothing_left(struct trace_text_reader *text)
{
    skip_blanks(text);
    return text->at == text->end || bad(text, "unexpected text at the end of the line");
}

/* Copy a slice to where it lives as long as the batch. */
static const char *keep(struct trace_text_reader *text, struct pol_slice slice)
{
    char *copy = text->texts + text->used;
    memcpy(copy, slice.at, slice.length);
    copy[slice.length] = 0;
    text->used += slice.length + 1;
    return copy;
}

/* The tag set that ends a line. */
static bool tags(struct trace_text_reader *text, struct pol_event *event)
{
    skip_blanks(text);
    struct pol_slice rest = {text->at, (size_t)(text->end - text->at)};
    while (rest.length && is_blank(rest.at[rest.length - 1]))
        rest.length--;
    struct pol_text_error error;
    if (pol_tagset_parse(rest.at, rest.length, NULL, 0, &error) < 0) {
        char why[200];
        snprintf(why, sizeof why, "malformed tag set: %s (column %zu)", error.message,
                 (size_t)(rest.at - text->line) + error.offset + 1);
        return bad(text, why);
    }
    event->text = keep(text, rest);
    return true;
}

/* --- the kinds of lines */

static struct pol_event *last(struct trace_text_reader *text)
{
    return text->count ? &text->events[text->count - 1] : NULL;
}

/* The instruction that a `trap` or `sc` line here would belong to. */
static struct pol_event *last_insn(struct trace_text_reader *text)
{
    struct pol_event *event = last(text);
    bool fits = event && event->kind == POL_EVENT_INSN && event->hart == text->hart &&
                !(event->flags & ~POL_INSN_MEM);
    return fits ? event : NULL;
}

static bool push(struct trace_text_reader *text, struct pol_event *event)
{
    event->hart = text->hart;
    const char *why = trace_check_event(event);
    if (why)
        return bad(text, why);
    text->events[text->count++] = *event;
    return true;
}

static bool insn_line(struct trace_text_reader *text, struct pol_slice first)
{
    struct pol_event event = {.kind = POL_EVENT_INSN};
    uint64_t word;
    if (!address(text, first, &event.pc))
        return false;
    struct pol_slice bits = next_word(text), mem = next_word(text);
    if (!is_hex(bits) || !number(bits, &word) || word > UINT32_MAX)
        return bad(text, "expected an instruction word: 0x and up to 8 digits");
    event.word = (uint32_t)word;
    if (mem.length) {
        event.flags = POL_INSN_MEM;
        if (!is(mem, "mem"))
            return bad(text, "expected `mem ADDR` or the end of the line");
        if (!address(text, next_word(text), &event.addr))
            return false;
    }
    return nothing_left(text) && push(text, &event);
}

static bool sc_line(struct trace_text_reader *text)
{
    struct pol_event *insn = last_insn(text);
    struct pol_slice outcome = next_word(text);
    if (!insn)
        return bad(text, "`sc` stands after its instruction");
    if (!is(outcome, "ok") && !is(outcome, "fail"))
        return bad(text, "expected `sc ok` or `sc fail`");
    insn->flags |= (uint8_t)(is(outcome, "ok") ? POL_INSN_SC_OK : POL_INSN_SC_FAIL);
    return nothing_left(text);
}

static bool cause_and_mode(struct trace_text_reader *text, struct pol_event *event)
{
    struct pol_slice cause = next_word(text), mode = next_word(text);
    event->cause = POL_CAUSE_UNKNOWN;
    if (!is(cause, "unknown") && !number(cause, &event->cause))
        return bad(text, "expected a cause: a number or `unknown`");
    if (!is(mode, "m") && !is(mode, "s"))
        return bad(text, "expected the mode that handles it: m or s");
    event->mode = is(mode, "m") ? POL_MODE_M : POL_MODE_S;
    return nothing_left(text);
}

static bool trap_line(struct trace_text_reader *text)
{
    struct pol_event event = {.kind = POL_EVENT_TRAP}, *insn = last_insn(text);
    if (!cause_and_mode(text, &event))
        return false;
    if (insn && !trace_cause_is_fetch(event.cause))
        insn->flags |= POL_INSN_TRAPPED;
    return push(text, &event);
}

static bool irq_line(struct trace_text_reader *text)
{
    struct pol_event event = {.kind = POL_EVENT_IRQ};
    return cause_and_mode(text, &event) && push(text, &event);
}

static bool hart_line(struct trace_text_reader *text)
{
    uint64_t value;
    if (!number(next_word(text), &value) || value > UINT16_MAX)
        return bad(text, "expected a hart: 0 to 65535");
    text->hart = (uint16_t)value;
    return nothing_left(text);
}

static bool ext_line(struct trace_text_reader *text)
{
    struct pol_event event = {.kind = POL_EVENT_EXT};
    return range(text, next_word(text), &event) && tags(text, &event) && push(text, &event);
}

static bool tag_register(struct trace_text_reader *text, struct pol_slice word,
                         struct pol_event *event)
{
    uint64_t index;
    struct pol_slice digits = {word.at + 1, word.length - 1};
    if (word.at[0] != 'x' && word.at[0] != 'f')
        return bad(text, "expected x0..x31, f0..f31, csr NAME, mem ADDR+LEN or env");
    if (is_hex(digits) || !number(digits, &index) || index > 31)
        return bad(text, "no such register");
    event->target = word.at[0] == 'x' ? POL_TAG_X : POL_TAG_F;
    event->word = (uint32_t)index;
    return true;
}

static bool tag_csr(struct trace_text_reader *text, struct pol_event *event)
{
    struct pol_slice name = next_word(text);
    event->target = POL_TAG_CSR;
    if (!name.length || name.length > TRACE_NAME_MAX)
        return bad(text, "expected a CSR's name or number");
    event->name = keep(text, name);
    return true;
}

static bool tag_target(struct trace_text_reader *text, struct pol_event *event)
{
    struct pol_slice word = next_word(text);
    if (!word.length)
        return bad(text, "`tag` needs a target");
    if (is(word, "csr"))
        return tag_csr(text, event);
    if (is(word, "mem")) {
        event->target = POL_TAG_MEM;
        return range(text, next_word(text), event);
    }
    if (is(word, "env")) {
        event->target = POL_TAG_ENV;
        return true;
    }
    return tag_register(text, word, event);
}

static bool tag_line(struct trace_text_reader *text)
{
    struct pol_event event = {.kind = POL_EVENT_TAG};
    return tag_target(text, &event) && tags(text, &event) && push(text, &event);
}

/* A quoted message, unescaped to where texts live. */
static bool message(struct trace_text_reader *text, struct pol_event *event)
{
    char *out = text->texts + text->used;
    event->text = out;
    for (text->at++; text->at < text->end && *text->at != '"'; text->at++) {
        char c = *text->at;
        if (c == '\\') {
            c = ++text->at < text->end ? *text->at : 0;
            if (c != '\\' && c != '"' && c != 'n')
                return bad(text, "a message knows the escapes \\\\, \\\" and \\n");
            c = c == 'n' ? '\n' : c;
        }
        *out++ = c;
    }
    if (text->at == text->end)
        return bad(text, "a message without its closing quote");
    *out++ = 0;
    text->at++;
    text->used = (size_t)(out - text->texts);
    return true;
}

static bool expect_fail(struct trace_text_reader *text, struct pol_event *event)
{
    event->expect = POL_EXPECT_FAIL;
    skip_blanks(text);
    if (text->at < text->end && *text->at == '"')
        return message(text, event);
    struct pol_slice how = next_word(text);
    if (is(how, "implicit"))
        event->expect = POL_EXPECT_IMPLICIT;
    else if (is(how, "explicit"))
        event->expect = POL_EXPECT_EXPLICIT;
    else if (how.length)
        return bad(text, "expected `implicit`, `explicit` or a message in quotes");
    return true;
}

static bool expect_line(struct trace_text_reader *text)
{
    struct pol_event event = {.kind = POL_EVENT_EXPECT, .expect = POL_EXPECT_ALLOW};
    struct pol_slice what = next_word(text);
    if (!is(what, "allow") && !is(what, "fail"))
        return bad(text, "expected `expect allow` or `expect fail`");
    if (is(what, "fail") && !expect_fail(text, &event))
        return false;
    return nothing_left(text) && push(text, &event);
}

static bool event_line(struct trace_text_reader *text)
{
    static const struct {
        const char *word;
        bool (*parse)(struct trace_text_reader *text);
    } kinds[] = {{"sc", sc_line},        {"trap", trap_line}, {"irq", irq_line},
                 {"hart", hart_line},    {"ext", ext_line},   {"tag", tag_line},
                 {"expect", expect_line}};
    struct pol_slice word = next_word(text);
    if (word.at[0] >= '0' && word.at[0] <= '9')
        return insn_line(text, word);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (is(word, kinds[i].word))
            return kinds[i].parse(text);
    return bad(text, "a line of no known kind");
}

/* --- the header */

static bool copy_word(struct trace_text_reader *text, char *to, size_t size)
{
    struct pol_slice word = next_word(text);
    if (!word.length || word.length >= size)
        return bad(text, "expected one word, not too long");
    memcpy(to, word.at, word.length);
    to[word.length] = 0;
    return nothing_left(text);
}

static bool granule_line(struct trace_text_reader *text, struct pol_trace_header *header)
{
    uint64_t value;
    if (!number(next_word(text), &value) || value < 1 || value > 8)
        return bad(text, "the granule is 1, 2, 4 or 8 bytes");
    header->granule = (uint32_t)value;
    return nothing_left(text);
}

static bool addresses_line(struct trace_text_reader *text, struct pol_trace_header *header)
{
    struct pol_slice word = next_word(text);
    header->virtual_addresses = is(word, "virtual");
    if (!is(word, "virtual") && !is(word, "physical"))
        return bad(text, "expected `addresses physical` or `addresses virtual`");
    return nothing_left(text);
}

/* 1: a header line; 0: none, the line is held; -1: an error. */
static int header_line(struct trace_text_reader *text, struct pol_trace_header *header,
                       unsigned *seen)
{
    static const char *const words[] = {"isa", "policy", "granule", "addresses"};
    struct pol_slice word = next_word(text);
    unsigned kind = 0;
    while (kind < 4 && !is(word, words[kind]))
        kind++;
    if (kind == 4) {
        text->at = word.at;
        text->held = true;
        return 0;
    }
    if (*seen & 1u << kind)
        return bad(text, "a header line given twice") - 1;
    *seen |= 1u << kind;
    bool good = kind == 0   ? copy_word(text, header->isa, sizeof header->isa)
                : kind == 1 ? copy_word(text, header->policy, sizeof header->policy)
                : kind == 2 ? granule_line(text, header)
                            : addresses_line(text, header);
    return good ? 1 : -1;
}

static bool first_line(struct trace_text_reader *text)
{
    if (!next_line(text)) {
        if (text->reader->state < 0)
            return false;
        return bad(text, "empty: expected `pol-trace 1`");
    }
    if (!is(next_word(text), "pol-trace"))
        return bad(text, "not a trace: expected `pol-trace 1`");
    if (!is(next_word(text), "1"))
        return bad(text, "a version of the trace format that this program does not know");
    return nothing_left(text);
}

bool trace_text_open(struct pol_trace_reader *reader)
{
    struct trace_text_reader *text = calloc(1, sizeof *text);
    if (!text) {
        trace_fail(&reader->error, 0, 0, "out of memory");
        return false;
    }
    reader->text = text;
    text->reader = reader;
    if (!first_line(text))
        return false;
    unsigned seen = 0;
    int more = 1;
    while (more > 0 && next_line(text))
        more = header_line(text, &reader->header, &seen);
    if (reader->state < 0)
        return false;
    const char *why = trace_check_header(&reader->header);
    return !why || bad(text, why);
}

/* --- batches */

/* Could the current line be the damaged rest of one that belongs to the instruction before it? */
static bool may_qualify(const struct trace_text_reader *text)
{
    const char *at = text->line;
    while (at < text->end && is_blank(*at))
        at++;
    return at < text->end && (*at == 's' || (*at == 't' && (at + 1 == text->end || at[1] == 'r')));
}

/* Keep the last instruction back until the line after it is known.  If that is damaged, the
 * instruction is too. */
static void carry(struct trace_text_reader *text)
{
    struct pol_event *event = last(text);
    if (!event || event->kind != POL_EVENT_INSN)
        return;
    if (text->reader->state == 1)
        text->carried = *event;
    if (text->reader->state == 1 || (text->reader->state < 0 && may_qualify(text)))
        text->count--;
}

void trace_text_batch(struct pol_trace_reader *reader)
{
    struct trace_text_reader *text = reader->text;
    text->count = text->used = 0;
    if (text->carried.kind)
        text->events[text->count++] = text->carried;
    text->carried.kind = 0;
    while (text->count < BATCH_EVENTS && text->used <= BATCH_TEXTS - LINE_TEXTS && next_line(text))
        if (!event_line(text))
            break;
    carry(text);
    bool ours = reader->shard_index == 0; /* a text trace is one block */
    reader->events = text->events;
    reader->count = ours ? text->count : 0;
}

void trace_text_close(struct trace_text_reader *text)
{
    free(text);
}
