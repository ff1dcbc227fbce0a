/* The writer that callers see: checks events and their order, then hands them to one of the forms.
 */
#include "internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct pol_trace_writer *writer, const char *why)
{
    if (!writer->failed)
        trace_fail(&writer->error, 0, 0, "%s", why);
    writer->failed = true;
    return false;
}

bool trace_put(struct pol_trace_writer *writer, const void *bytes, size_t size)
{
    if (writer->failed)
        return false;
    if (fwrite(bytes, 1, size, writer->stream) == size)
        return true;
    return refuse(writer, strerror(errno));
}

/* Free the writer, closing what it opened.  False: the last bytes did not reach the file. */
static bool dispose(struct pol_trace_writer *writer)
{
    bool good = true;
    if (writer->owned)
        good = fclose(writer->stream) == 0;
    trace_binary_free(writer->binary);
    free(writer);
    return good;
}

static struct pol_trace_writer *new_writer(FILE *stream, bool owned, enum pol_trace_form form)
{
    struct pol_trace_writer *writer = calloc(1, sizeof *writer);
    if (!writer) {
        if (owned)
            fclose(stream);
        return NULL;
    }
    writer->stream = stream;
    writer->owned = owned;
    writer->form = form;
    return writer;
}

static bool begin(struct pol_trace_writer *writer, const struct pol_trace_header *header)
{
    const char *why = trace_check_header(header);
    if (why)
        return refuse(writer, why);
    if (writer->form == POL_TRACE_TEXT)
        return trace_text_begin(writer, header);
    return trace_binary_begin(writer, header) || refuse(writer, "out of memory");
}

static struct pol_trace_writer *create(FILE *stream, bool owned, enum pol_trace_form form,
                                       const struct pol_trace_header *header,
                                       struct pol_trace_error *err)
{
    struct pol_trace_writer *writer = new_writer(stream, owned, form);
    if (!writer) {
        trace_fail(err, 0, 0, "out of memory");
        return NULL;
    }
    if (begin(writer, header))
        return writer;
    *err = writer->error;
    dispose(writer);
    return NULL;
}

struct pol_trace_writer *pol_trace_create_stream(FILE *stream, enum pol_trace_form form,
                                                 const struct pol_trace_header *header,
                                                 struct pol_trace_error *err)
{
    return create(stream, false, form, header, err);
}

struct pol_trace_writer *pol_trace_create(const char *path, enum pol_trace_form form,
                                          const struct pol_trace_header *header,
                                          struct pol_trace_error *err)
{
    if (strcmp(path, "-") == 0)
        return create(stdout, false, form, header, err);
    FILE *stream = fopen(path, "wb");
    if (!stream) {
        trace_fail(err, 0, 0, "cannot create: %s", strerror(errno));
        return NULL;
    }
    return create(stream, true, form, header, err);
}

bool pol_trace_write(struct pol_trace_writer *writer, const struct pol_event *event)
{
    if (writer->failed)
        return false;
    const char *why = trace_check_event(event);
    if (!why)
        why = trace_check_sequence(&writer->sequence, event);
    if (why)
        return refuse(writer, why);
    if (writer->form == POL_TRACE_TEXT)
        return trace_text_write(writer, event);
    return trace_binary_write(writer, event);
}

const struct pol_trace_error *pol_trace_writer_error(const struct pol_trace_writer *writer)
{
    return &writer->error;
}

static bool end(struct pol_trace_writer *writer)
{
    if (writer->sequence.trapped)
        refuse(writer, "a trapped instruction without its trap");
    if (writer->form == POL_TRACE_BINARY && !writer->failed)
        trace_binary_end(writer);
    if (!writer->failed && fflush(writer->stream) != 0)
        refuse(writer, strerror(errno));
    return !writer->failed;
}

bool pol_trace_finish(struct pol_trace_writer *writer, struct pol_trace_error *err)
{
    if (!writer)
        return true;
    bool good = end(writer);
    if (err)
        *err = writer->error;
    bool closed = dispose(writer);
    if (good && !closed && err)
        trace_fail(err, 0, 0, "cannot close the trace");
    return good && closed;
}
