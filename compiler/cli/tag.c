/* policyc tag: the tag image of a program. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <pol/tagger.h>

#include "compiler/cli/output.h"
#include "compiler/cli/policy.h"

/* A failed run leaves what was there. */
static enum cli_status save(const struct pol_image *image, const char *path)
{
    char temporary[OUTPUT_PATH], err[512];
    if (!output_beside(path, temporary))
        return CLI_BAD;
    bool good = pol_image_save(image, temporary, err, sizeof err) == 0;
    if (!good)
        cli_error("%s", err);
    return output_settle(path, temporary, good) ? CLI_OK : CLI_BAD;
}

/* Every set of the image must have a code, or the machine would fail closed at its first use. */
static bool encodable(const struct cli_policy *p, const struct pol_image *image)
{
    uint32_t *word = lang_xalloc((p->table->meta->nslots + (size_t)1) * sizeof *word);
    bool ok = true;
    for (uint32_t i = 0; ok && i < image->nsets; i++) {
        char text[512];
        ok = pol_table_encode(p->table, p->space, pol_image_set(image, i), word, NULL) == 0;
        if (ok)
            continue;
        pol_lit_format(p->space, pol_image_set(image, i), text, sizeof text);
        cli_error("the table has no code for the tag set %s, which the program starts with", text);
    }
    free(word);
    return ok;
}

enum cli_status cmd_tag(struct cli_args *args)
{
    struct cli_policy policy;
    char err[1024];
    const char *out = cli_value(args, OPT_OUTPUT), *path = cli_value(args, OPT_POLICY_FILE);
    if (!path) {
        cli_error("tag needs --policy=FILE");
        return CLI_BAD;
    }
    enum cli_status status = cli_policy_load(&policy, args, path, COMPILE_TABLE);
    struct pol_image *image = NULL;
    if (!status) {
        image = pol_tag_program(&policy.tagger, args->files[0], cli_value(args, OPT_ENTITIES), err,
                                sizeof err);
        if (!image) {
            cli_error("%s", err);
            status = CLI_BAD;
        }
    }
    if (image && !encodable(&policy, image))
        status = CLI_BAD;
    if (image && !status)
        status = save(image, out ? out : "-");
    pol_image_free(image);
    cli_policy_free(&policy);
    return status;
}
