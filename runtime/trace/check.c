/* Which events, and which sequences of them, both forms can carry and read back unchanged. */
#include "internal.h"
#include "pol/trace_text.h"

#include <string.h>

static const char *check_tags(const char *text)
{
    struct pol_text_error error;
    size_t length = text ? strlen(text) : 0;
    if (!text || length > TRACE_TEXT_MAX)
        return text ? "tag set too long" : "tag set missing";
    return pol_tagset_parse(text, length, NULL, 0, &error) < 0 ? "malformed tag set" : NULL;
}

static const char *check_range(uint64_t start, uint64_t length)
{
    if (!length)
        return "empty memory range";
    return length - 1 > UINT64_MAX - start ? "memory range passes the end of the address space"
                                           : NULL;
}

static const char *check_insn(const struct pol_event *event)
{
    const unsigned outcome = POL_INSN_SC_OK | POL_INSN_SC_FAIL;
    if (event->flags >= 2 * POL_INSN_SC_FAIL)
        return "unknown instruction flags";
    if (pol_insn_length(event->word) == 2 && event->word > UINT16_MAX)
        return "a compressed instruction word has 16 bits";
    if ((event->flags & outcome) == outcome)
        return "a store-conditional cannot both succeed and fail";
    if ((event->flags & outcome) && (event->flags & POL_INSN_TRAPPED))
        return "a trapped store-conditional has no outcome";
    return NULL;
}

static const char *check_trap(const struct pol_event *event)
{
    return event->mode == POL_MODE_M || event->mode == POL_MODE_S ? NULL : "unknown mode";
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

static const char *check_csr(const char *name)
{
    size_t length = name ? strlen(name) : 0;
    if (!length || length > TRACE_NAME_MAX)
        return "a CSR's name is missing or too long";
    for (size_t i = 0; i < length; i++)
        if (!is_name_byte(name[i]))
            return "malformed CSR name";
    return NULL;
}

static const char *check_tag(const struct pol_event *event)
{
    const char *why = NULL;
    switch (event->target) {
    case POL_TAG_X:
    case POL_TAG_F:
        why = event->word > 31 ? "no such register" : NULL;
        break;
    case POL_TAG_CSR:
        why = check_csr(event->name);
        break;
    case POL_TAG_MEM:
        why = check_range(event->start, event->length);
        break;
    case POL_TAG_ENV:
        break;
    default:
        why = "unknown tag target";
    }
    return why ? why : check_tags(event->text);
}

static const char *check_expect(const struct pol_event *event)
{
    if (event->expect < POL_EXPECT_ALLOW || event->expect > POL_EXPECT_EXPLICIT)
        return "unknown expectation";
    if (event->text && event->expect != POL_EXPECT_FAIL)
        return "only `expect fail` takes a message";
    /* Half the limit: escapes may double the message in the text form. */
    return event->text && strlen(event->text) > TRACE_TEXT_MAX / 2 ? "message too long" : NULL;
}

const char *trace_check_event(const struct pol_event *event)
{
    const char *why;
    switch (event->kind) {
    case POL_EVENT_INSN:
        return check_insn(event);
    case POL_EVENT_TRAP:
    case POL_EVENT_IRQ:
        return check_trap(event);
    case POL_EVENT_EXT:
        why = check_range(event->start, event->length);
        return why ? why : check_tags(event->text);
    case POL_EVENT_TAG:
        return check_tag(event);
    case POL_EVENT_EXPECT:
        return check_expect(event);
    default:
        return "unknown kind of event";
    }
}

bool trace_cause_is_fetch(uint64_t cause)
{
    return cause == 1 || cause == 12 || cause == 20;
}

struct trace_sequence trace_sequence_after(const struct pol_event *event)
{
    bool insn = event->kind == POL_EVENT_INSN;
    return (struct trace_sequence){.trapped = insn && (event->flags & POL_INSN_TRAPPED),
                                   .retired = insn && !(event->flags & ~POL_INSN_MEM),
                                   .hart = event->hart};
}

const char *trace_check_sequence(struct trace_sequence *sequence, const struct pol_event *event)
{
    bool same = sequence->hart == event->hart, trap = event->kind == POL_EVENT_TRAP;
    bool fetch = trap && trace_cause_is_fetch(event->cause);
    if (sequence->trapped && !(trap && same && !fetch))
        return "a trapped instruction without its trap";
    if (!sequence->trapped && trap && sequence->retired && same && !fetch)
        return "a trap after an instruction that is not marked as trapped";
    *sequence = trace_sequence_after(event);
    return NULL;
}

/* One word of visible characters in a terminated array, so that a header line holds it. */
static bool is_word(const char *text, size_t size)
{
    if (!memchr(text, 0, size))
        return false;
    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == '#' || *text == '"')
            return false;
    return true;
}

const char *trace_check_header(const struct pol_trace_header *header)
{
    uint32_t granule = header->granule;
    if (!header->isa[0] || !is_word(header->isa, sizeof header->isa))
        return "the header needs an ISA of one word";
    if (!is_word(header->policy, sizeof header->policy))
        return "malformed policy digest";
    if (granule > 8 || (granule & (granule - 1)))
        return "the granule is 1, 2, 4 or 8 bytes";
    return NULL;
}
