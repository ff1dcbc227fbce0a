/* policyc trace print, stat, convert. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/cli/output.h"
#include "compiler/cli/replay.h"
#include "lang/support/arena.h"

static struct pol_trace_reader *open_trace(const char *path)
{
    struct pol_trace_error error = {0};
    struct pol_trace_reader *reader = pol_trace_open(path, &error);
    if (!reader)
        cli_trace_failed(path, &error);
    return reader;
}

/* ---- print ----------------------------------------------------------------------------------- */

/* The writer's text of one event, to put comments on its lines. */
struct printer {
    struct pol_isa isa;
    bool known_isa;
    FILE *stream; /* in memory */
    char *text;
    size_t size;
    struct pol_trace_writer *writer;
};

static void print_insn(const struct printer *p, const struct pol_event *event)
{
    char insn[96];
    uint32_t word = event->word;
    const char *end = memchr(p->text, '\n', p->size);
    int first = end ? (int)(end - p->text) : (int)p->size;
    if (pol_insn_length(word) == 2 && pol_isa_expand(&p->isa, (uint16_t)word, &word))
        snprintf(insn, sizeof insn, ".2byte 0x%04" PRIx32, word);
    else
        pol_insn_format(&p->isa, word, POL_REGS_ABI, insn, sizeof insn);
    printf("%-*.*s # %s", first < 44 ? 44 : first, first, p->text, insn);
    fwrite(p->text + first, 1, p->size - (size_t)first, stdout);
}

/* Moves what the writer has put into memory to standard output. */
static bool print_pending(struct printer *p, const struct pol_event *event)
{
    if (fflush(p->stream))
        return false;
    if (event && event->kind == POL_EVENT_INSN && p->known_isa)
        print_insn(p, event);
    else
        fwrite(p->text, 1, p->size, stdout);
    return fseeko(p->stream, 0, SEEK_SET) == 0 && !ferror(stdout);
}

static enum cli_status print_events(struct printer *p, struct pol_trace_reader *reader,
                                    const char *path)
{
    struct pol_event event;
    int status;
    bool ok = print_pending(p, NULL);
    while (ok && (status = pol_trace_next(reader, &event)) > 0) {
        if (!pol_trace_write(p->writer, &event))
            return cli_trace_failed(path, pol_trace_writer_error(p->writer));
        ok = print_pending(p, &event);
    }
    if (ok && status < 0)
        return cli_trace_failed(path, pol_trace_error_of(reader));
    return CLI_OK; /* main() looks at standard output */
}

enum cli_status cmd_trace_print(struct cli_args *args)
{
    struct printer p = {0};
    struct pol_trace_error error = {0};
    char err[256];
    struct pol_trace_reader *reader = open_trace(args->files[0]);
    if (!reader)
        return CLI_BAD;
    const struct pol_trace_header *header = pol_trace_header_of(reader);
    enum cli_status status = CLI_BAD;
    p.known_isa = pol_isa_parse(header->isa, &p.isa, err, sizeof err) == 0;
    p.stream = open_memstream(&p.text, &p.size);
    if (!p.stream)
        pol_fatal_oom();
    p.writer = pol_trace_create_stream(p.stream, POL_TRACE_TEXT, header, &error);
    if (p.writer)
        status = print_events(&p, reader, args->files[0]);
    else
        cli_trace_failed(args->files[0], &error);
    if (p.writer)
        pol_trace_finish(p.writer, NULL);
    fclose(p.stream);
    free(p.text);
    pol_trace_close(reader);
    return status;
}

/* ---- stat ------------------------------------------------------------------------------------ */

struct counts {
    uint64_t kinds[POL_EVENT_EXPECT + 1];
    uint64_t compressed, accesses, trapped, undecodable;
    uint64_t *rows; /* by ISA row */
    uint16_t top_hart;
};

static void count_insn(struct counts *c, const struct pol_isa *isa, const struct pol_event *event)
{
    uint32_t word = event->word;
    bool compressed = pol_insn_length(word) == 2;
    bool bad = compressed && pol_isa_expand(isa, (uint16_t)word, &word);
    int row = bad ? -1 : pol_isa_decode(isa, word);
    c->compressed += compressed;
    c->accesses += (event->flags & POL_INSN_MEM) != 0;
    c->trapped += (event->flags & POL_INSN_TRAPPED) != 0;
    if (row < 0)
        c->undecodable++;
    else
        c->rows[row]++;
}

static void print_counts(const struct counts *c, const struct pol_trace_header *header,
                         enum pol_trace_form form)
{
    printf("form          %s\n", form == POL_TRACE_TEXT ? "text" : "binary");
    printf("isa           %s\n", header->isa);
    if (header->granule)
        printf("granule       %" PRIu32 "\n", header->granule);
    printf("addresses     %s\n", header->virtual_addresses ? "virtual" : "physical");
    if (header->policy[0])
        printf("policy        %s\n", header->policy);
    printf("instructions  %" PRIu64 "\n", c->kinds[POL_EVENT_INSN]);
    printf("  compressed  %" PRIu64 "\n", c->compressed);
    printf("  with access %" PRIu64 "\n", c->accesses);
    printf("  trapped     %" PRIu64 "\n", c->trapped);
    printf("  undecodable %" PRIu64 "\n", c->undecodable);
    printf("traps         %" PRIu64 "\n", c->kinds[POL_EVENT_TRAP]);
    printf("interrupts    %" PRIu64 "\n", c->kinds[POL_EVENT_IRQ]);
    printf("external      %" PRIu64 "\n", c->kinds[POL_EVENT_EXT]);
    printf("tags          %" PRIu64 "\n", c->kinds[POL_EVENT_TAG]);
    printf("expectations  %" PRIu64 "\n", c->kinds[POL_EVENT_EXPECT]);
    printf("harts         %u\n", c->top_hart + 1u);
}

/* The most frequent instructions, ties by the order of the ISA table. */
static void print_top(struct counts *c)
{
    size_t nrows = pol_insn_count();
    for (int n = 0; n < 10; n++) {
        size_t best = 0;
        for (size_t i = 1; i < nrows; i++)
            if (c->rows[i] > c->rows[best])
                best = i;
        if (!c->rows[best])
            return;
        printf("%s  %-10s  %" PRIu64 "\n", n ? "" : "most frequent\n", pol_insn_at(best)->name,
               c->rows[best]);
        c->rows[best] = 0;
    }
}

static enum cli_status count_events(struct counts *c, struct pol_trace_reader *reader,
                                    const char *path, const struct pol_isa *isa)
{
    struct cli_progress progress;
    const struct pol_event *events;
    uint64_t total = 0;
    long n;
    cli_progress_start(&progress);
    while ((n = pol_trace_batch(reader, &events)) > 0) {
        for (long i = 0; i < n; i++) {
            c->kinds[events[i].kind]++;
            c->top_hart = events[i].hart > c->top_hart ? events[i].hart : c->top_hart;
            if (events[i].kind == POL_EVENT_INSN)
                count_insn(c, isa, &events[i]);
        }
        total += (uint64_t)n;
        cli_progress_show(&progress, "%" PRIu64 " events", total);
    }
    cli_progress_end(&progress);
    return n < 0 ? cli_trace_failed(path, pol_trace_error_of(reader)) : CLI_OK;
}

enum cli_status cmd_trace_stat(struct cli_args *args)
{
    const char *path = args->files[0];
    struct pol_trace_reader *reader = open_trace(path);
    struct pol_isa isa;
    struct counts c = {0};
    char err[256];
    if (!reader)
        return CLI_BAD;
    const struct pol_trace_header *header = pol_trace_header_of(reader);
    if (pol_isa_parse(header->isa, &isa, err, sizeof err)) {
        cli_error("%s: %s", path, err);
        pol_trace_close(reader);
        return CLI_BAD;
    }
    c.rows = lang_xalloc(pol_insn_count() * sizeof *c.rows);
    enum cli_status status = count_events(&c, reader, path, &isa);
    print_counts(&c, header, pol_trace_form_of(reader));
    print_top(&c);
    free(c.rows);
    pol_trace_close(reader);
    return status;
}

/* ---- convert --------------------------------------------------------------------------------- */

/* What was read before damage is written; the exit status tells.  *written: all of that was. */
static enum cli_status copy_events(struct pol_trace_reader *reader, const char *in,
                                   struct pol_trace_writer *writer, const char *out, bool *written)
{
    struct cli_progress progress;
    struct pol_trace_error error = {0};
    const struct pol_event *events;
    uint64_t total = 0;
    long n = 0;
    *written = true;
    cli_progress_start(&progress);
    while (*written && (n = pol_trace_batch(reader, &events)) > 0) {
        for (long i = 0; i < n && *written; i++)
            *written = pol_trace_write(writer, &events[i]);
        total += (uint64_t)n;
        cli_progress_show(&progress, "%" PRIu64 " events", total);
    }
    cli_progress_end(&progress);
    *written = pol_trace_finish(writer, &error);
    if (!*written)
        return cli_trace_failed(out, &error);
    return n < 0 ? cli_trace_failed(in, pol_trace_error_of(reader)) : CLI_OK;
}

/* A failed run leaves what was there. */
static enum cli_status convert(struct pol_trace_reader *reader, const char *in,
                               enum pol_trace_form form, const char *out)
{
    struct pol_trace_error error = {0};
    char temporary[OUTPUT_PATH];
    bool written = false;
    enum cli_status status = CLI_BAD;
    if (!output_beside(out, temporary))
        return CLI_BAD;
    struct pol_trace_writer *writer =
        pol_trace_create(temporary, form, pol_trace_header_of(reader), &error);
    if (writer)
        status = copy_events(reader, in, writer, out, &written);
    else
        cli_trace_failed(out, &error);
    return output_settle(out, temporary, written) ? status : CLI_BAD;
}

static enum pol_trace_form target_form(const struct cli_args *args,
                                       const struct pol_trace_reader *reader)
{
    const char *to = cli_value(args, OPT_TO);
    if (to)
        return cli_is(to, "text") ? POL_TRACE_TEXT : POL_TRACE_BINARY;
    return pol_trace_form_of(reader) == POL_TRACE_TEXT ? POL_TRACE_BINARY : POL_TRACE_TEXT;
}

enum cli_status cmd_trace_convert(struct cli_args *args)
{
    const char *in = args->files[0], *out = cli_value(args, OPT_OUTPUT);
    struct pol_trace_reader *reader = open_trace(in);
    if (!reader)
        return CLI_BAD;
    enum cli_status status = CLI_BAD;
    enum pol_trace_form form = target_form(args, reader);
    out = out ? out : "-";
    if (form == POL_TRACE_BINARY && cli_is(out, "-") && isatty(STDOUT_FILENO))
        cli_error("a binary trace is nothing for a terminal; name a file with -o");
    else
        status = convert(reader, in, form, out);
    pol_trace_close(reader);
    return status;
}
