/* Traces and tag images that belong to a policy. */
#include "compiler/cli/replay.h"

#include <inttypes.h>

enum cli_status cli_trace_failed(const char *path, const struct pol_trace_error *error)
{
    if (error->line)
        cli_error("%s:%" PRIu64 ": %s", path, error->line, error->message);
    else
        cli_error("%s: at byte %" PRIu64 ": %s", path, error->offset, error->message);
    return CLI_BAD;
}

/* A trace may come from a smaller target of the same width. */
static bool fits_isa(const struct cli_policy *p, const struct pol_isa *isa, const char *path,
                     const char *what)
{
    if (isa->xlen == p->isa.xlen && (isa->exts & ~p->isa.exts) == 0)
        return true;
    char theirs[POL_ISA_TEXT], ours[POL_ISA_TEXT];
    pol_isa_format(isa, theirs, sizeof theirs);
    pol_isa_format(&p->isa, ours, sizeof ours);
    cli_error("%s: the %s is for %s, the policy for %s", path, what, theirs, ours);
    return false;
}

static bool fits_granule(const struct cli_policy *p, uint32_t granule, const char *path,
                         const char *what)
{
    if (granule == 0 || granule == p->granule)
        return true;
    cli_error("%s: the %s has granules of %" PRIu32 " bytes, the policy of %" PRIu32, path, what,
              granule, p->granule);
    return false;
}

static void compare_digest(const struct cli_policy *p, const char *digest, const char *path,
                           const char *what)
{
    if (digest[0] && !cli_is(digest, p->digest))
        cli_note("%s: the %s was made for another policy, or another version of it", path, what);
}

/* Adds an option that was not given. */
static void give(struct cli_args *args, enum cli_option id, const char *value)
{
    args->given = lang_xrealloc(args->given, ((size_t)args->ngiven + 1) * sizeof *args->given);
    args->given[args->ngiven++] = (struct cli_given){id, value};
}

void cli_trace_adapt(struct cli_args *args, const char *trace, char isa[POL_ISA_TEXT],
                     char granule[2])
{
    struct pol_trace_error error;
    struct pol_isa target;
    char err[128];
    struct pol_trace_reader *reader = cli_is(trace, "-") ? NULL : pol_trace_open(trace, &error);
    if (!reader)
        return; /* said when it is opened in earnest */
    const struct pol_trace_header *header = pol_trace_header_of(reader);
    if (header->granule && !cli_has(args, OPT_GRANULE)) {
        granule[0] = (char)('0' + header->granule % 10);
        granule[1] = 0;
        give(args, OPT_GRANULE, granule);
    }
    bool narrow = pol_isa_parse(header->isa, &target, err, sizeof err) == 0 && target.xlen == 32;
    if (narrow && !cli_has(args, OPT_ISA)) {
        pol_isa_format(&target, isa, POL_ISA_TEXT);
        give(args, OPT_ISA, isa);
    }
    pol_trace_close(reader);
}

struct pol_trace_reader *cli_trace_open(const struct cli_policy *p, const char *path)
{
    struct pol_trace_error error = {0};
    struct pol_isa isa;
    char err[256];
    struct pol_trace_reader *reader = pol_trace_open(path, &error);
    if (!reader) {
        cli_trace_failed(path, &error);
        return NULL;
    }
    const struct pol_trace_header *header = pol_trace_header_of(reader);
    bool ok = pol_isa_parse(header->isa, &isa, err, sizeof err) == 0;
    if (!ok)
        cli_error("%s: %s", path, err);
    ok = ok && fits_isa(p, &isa, path, "trace");
    ok = ok && fits_granule(p, header->granule, path, "trace");
    if (!ok) {
        pol_trace_close(reader);
        return NULL;
    }
    compare_digest(p, header->policy, path, "trace");
    return reader;
}

struct pol_image *cli_image_open(const struct cli_policy *p, const char *path)
{
    char err[512];
    struct pol_image *image;
    if (!path) {
        image = pol_tag_machine(&p->tagger, err, sizeof err);
        if (!image)
            cli_error("%s", err);
        return image;
    }
    image = pol_image_load(path, p->space, err, sizeof err);
    if (!image) {
        cli_error("%s", err);
        return NULL;
    }
    if (!fits_isa(p, &image->isa, path, "tag image") ||
        !fits_granule(p, image->granule, path, "tag image")) {
        pol_image_free(image);
        return NULL;
    }
    compare_digest(p, image->digest, path, "tag image");
    return image;
}
