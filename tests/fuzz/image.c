/* Tag images.  What loads is valid, saves, and loads again as the same file. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <pol/image.h>

#include "tests/fuzz/lib/fuzz.h"
#include "tests/fuzz/lib/scratch.h"

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "image: %s\n", what);
    abort();
}

static struct pol_space *make_space(void)
{
    static const char *const names[] = {"A", "B", "Saved"};
    struct pol_space *space = pol_space_new(3);
    for (uint32_t t = 0; space && t < 3; t++) {
        space->tags[t].name = strdup(names[t]);
        space->tags[t].module = strdup("m");
        space->tags[t].nargs = t;
        for (uint32_t k = 0; k < t; k++)
            space->tags[t].args[k].limit = 100;
    }
    if (space)
        space->tags[2].args[0].is_set = true;
    require(space && pol_space_finish(space) == 0, "no space");
    return space;
}

static void look_around(const struct pol_image *image)
{
    for (size_t i = 0; i < image->nranges; i++) {
        const struct pol_image_range *range = &image->ranges[i];
        require(pol_image_set_at(image, range->start) == range->set, "a range's start differs");
        require(pol_image_set_at(image, range->start + range->length - 1) == range->set,
                "a range's end differs");
        (void)pol_image_granule_at(image, range->start);
    }
    (void)pol_image_set_at(image, UINT64_MAX);
}

static void check_save(const struct pol_image *image, const struct pol_space *space)
{
    char err[200], first[SCRATCH_PATH], second[SCRATCH_PATH];
    scratch_path(first, "first.json");
    scratch_path(second, "second.json");
    require(pol_image_save(image, first, err, sizeof err) == 0, "a loaded image cannot be saved");
    struct pol_image *again = pol_image_load(first, space, err, sizeof err);
    require(again != NULL, "a saved image does not load");
    require(pol_image_save(again, second, err, sizeof err) == 0, "saving twice fails");
    require(scratch_same(first, second), "saving twice differs");
    pol_image_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[200], path[SCRATCH_PATH];
    scratch_path(path, "image.json");
    scratch_write(path, data, size);
    struct pol_space *space = make_space();
    struct pol_image *image = pol_image_load(path, space, err, sizeof err);
    if (image) {
        require(pol_image_check(image) == NULL, "a loaded image is not valid");
        look_around(image);
        check_save(image, space);
    }
    pol_image_free(image);
    pol_space_free(space);
    return 0;
}
