/* The text form, written: one line per event, in the spelling that docs/formats/trace.md shows. */
#include "internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static bool put_line(struct pol_trace_writer *writer, const char *format, ...)
{
    char line[512]; /* everything but tag sets and messages is short */
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line, format, list);
    va_end(list);
    return trace_put(writer, line, (size_t)length);
}

static bool put_text(struct pol_trace_writer *writer, const char *text)
{
    return trace_put(writer, text, strlen(text));
}

bool trace_text_begin(struct pol_trace_writer *writer, const struct pol_trace_header *header)
{
    bool good = put_line(writer, "pol-trace 1\nisa %s\n", header->isa);
    if (header->granule)
        good = put_line(writer, "granule %" PRIu32 "\n", header->granule);
    good = put_line(writer, "addresses %s\n", header->virtual_addresses ? "virtual" : "physical");
    if (header->policy[0])
        good = put_line(writer, "policy %s\n", header->policy);
    return good;
}

static bool put_insn(struct pol_trace_writer *writer, const struct pol_event *event)
{
    int digits = pol_insn_length(event->word) == 2 ? 4 : 8;
    put_line(writer, "0x%" PRIx64 " 0x%0*" PRIx32, event->pc, digits, event->word);
    if (event->flags & POL_INSN_MEM)
        put_line(writer, " mem 0x%" PRIx64, event->addr);
    put_text(writer, "\n");
    if (event->flags & (POL_INSN_SC_OK | POL_INSN_SC_FAIL))
        put_line(writer, "sc %s\n", event->flags & POL_INSN_SC_OK ? "ok" : "fail");
    return !writer->failed;
}

static bool put_trap(struct pol_trace_writer *writer, const struct pol_event *event)
{
    const char *word = event->kind == POL_EVENT_TRAP ? "trap" : "irq";
    char mode = event->mode == POL_MODE_M ? 'm' : 's';
    if (event->cause == POL_CAUSE_UNKNOWN)
        return put_line(writer, "%s unknown %c\n", word, mode);
    return put_line(writer, "%s %" PRIu64 " %c\n", word, event->cause, mode);
}

static bool put_range(struct pol_trace_writer *writer, const char *words,
                      const struct pol_event *event)
{
    return put_line(writer, "%s 0x%" PRIx64 "+%" PRIu64 " ", words, event->start, event->length);
}

static bool put_tags(struct pol_trace_writer *writer, const struct pol_event *event)
{
    put_text(writer, event->text);
    return put_text(writer, "\n");
}

static bool put_tag(struct pol_trace_writer *writer, const struct pol_event *event)
{
    if (event->target == POL_TAG_MEM)
        put_range(writer, "tag mem", event);
    else if (event->target == POL_TAG_CSR)
        put_line(writer, "tag csr %s ", event->name);
    else if (event->target == POL_TAG_ENV)
        put_text(writer, "tag env ");
    else
        put_line(writer, "tag %c%" PRIu32 " ", event->target == POL_TAG_X ? 'x' : 'f', event->word);
    return put_tags(writer, event);
}

static bool put_message(struct pol_trace_writer *writer, const char *message)
{
    put_text(writer, "expect fail \"");
    for (; *message; message++) {
        char escaped[3] = {'\\', *message == '\n' ? 'n' : *message, 0};
        bool plain = *message != '\n' && *message != '"' && *message != '\\';
        put_text(writer, escaped + (plain ? 1 : 0));
    }
    return put_text(writer, "\"\n");
}

static bool put_expect(struct pol_trace_writer *writer, const struct pol_event *event)
{
    static const char *const words[] = {"", "allow", "fail", "fail implicit", "fail explicit"};
    if (event->text)
        return put_message(writer, event->text);
    return put_line(writer, "expect %s\n", words[event->expect]);
}

static bool put_hart(struct pol_trace_writer *writer, uint16_t hart)
{
    writer->hart = hart;
    return put_line(writer, "hart %u\n", (unsigned)hart);
}

bool trace_text_write(struct pol_trace_writer *writer, const struct pol_event *event)
{
    if (event->hart != writer->hart)
        put_hart(writer, event->hart);
    switch (event->kind) {
    case POL_EVENT_INSN:
        return put_insn(writer, event);
    case POL_EVENT_EXT:
        put_range(writer, "ext", event);
        return put_tags(writer, event);
    case POL_EVENT_TAG:
        return put_tag(writer, event);
    case POL_EVENT_EXPECT:
        return put_expect(writer, event);
    default:
        return put_trap(writer, event);
    }
}
