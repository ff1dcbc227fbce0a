/* Tag images as files: docs/formats/image.md. */
#include <pol/image.h>

#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { IMAGE_VERSION = 1 };

struct image_error {
    char *text;
    size_t size;
};

static int image_fail(struct image_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, err->size, format, args);
    va_end(args);
    return -1;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static json_t *address_json(uint64_t address)
{
    return json_sprintf("0x%" PRIx64, address);
}

static json_t *set_json(const struct pol_image *image, uint32_t set)
{
    const uint32_t *lit = pol_image_set(image, set);
    size_t size = pol_lit_format(image->space, lit, NULL, 0) + 1;
    char *text = malloc(size);
    json_t *json = NULL;
    if (text) {
        pol_lit_format(image->space, lit, text, size);
        json = json_string(text);
    }
    free(text);
    return json;
}

static int save_sets(const struct pol_image *image, json_t *root)
{
    json_t *sets = json_array();
    int failed = 0;
    for (uint32_t i = 0; i < image->nsets; i++)
        failed |= json_array_append_new(sets, set_json(image, i));
    return failed | json_object_set_new(root, "sets", sets);
}

static int save_registers(const uint32_t set[32], enum pol_file file, const char *key, json_t *root)
{
    json_t *object = json_object();
    int failed = 0;
    for (unsigned i = 0; i < 32; i++)
        if (set[i])
            failed |= json_object_set_new(object, pol_reg_name(file, i, POL_REGS_NUMERIC),
                                          json_integer(set[i]));
    return failed | json_object_set_new(root, key, object);
}

static int save_csrs(const struct pol_image *image, json_t *root)
{
    json_t *object = json_object();
    int failed = json_object_set_new(object, "default", json_integer(image->csr_default));
    for (unsigned i = 0; i < POL_CSRS; i++) {
        const char *name = pol_csr_name(i);
        char number[8];
        snprintf(number, sizeof number, "0x%x", i);
        if (image->csr[i] != POL_NO_SET)
            failed |=
                json_object_set_new(object, name ? name : number, json_integer(image->csr[i]));
    }
    return failed | json_object_set_new(root, "csr", object);
}

static int save_trap(const struct pol_image *image, json_t *root)
{
    if (image->trap_env == POL_NO_SET)
        return 0;
    json_t *domains = json_array();
    int failed = 0;
    for (uint32_t i = 0; i < image->ntrap_domains; i++)
        failed |= json_array_append_new(domains, json_integer(image->trap_domains[i]));
    json_t *trap = json_object();
    failed |= json_object_set_new(trap, "env", json_integer(image->trap_env));
    failed |= json_object_set_new(trap, "domains", domains);
    return failed | json_object_set_new(root, "trap", trap);
}

static int save_memory(const struct pol_image *image, json_t *root)
{
    json_t *memory = json_array();
    int failed = 0;
    for (size_t i = 0; i < image->nranges; i++) {
        const struct pol_image_range *range = image->ranges + i;
        json_t *item = json_array();
        failed |= json_array_append_new(item, address_json(range->start));
        failed |= json_array_append_new(item, address_json(range->length));
        failed |= json_array_append_new(item, json_integer(range->set));
        failed |= json_array_append_new(memory, item);
    }
    return failed | json_object_set_new(root, "memory", memory);
}

/* Runs of pages: [first address, number of pages]. */
static int save_pages(const struct pol_image *image, json_t *root)
{
    json_t *fine = json_array();
    int failed = 0;
    for (size_t i = 0, n; i < image->npages; i += n) {
        json_t *item = json_array();
        for (n = 1; i + n < image->npages && image->pages[i + n] == image->pages[i] + n; n++)
            ;
        failed |= json_array_append_new(item, address_json(image->pages[i] << POL_PAGE_SHIFT));
        failed |= json_array_append_new(item, json_integer((json_int_t)n));
        failed |= json_array_append_new(fine, item);
    }
    return failed | json_object_set_new(root, "fine", fine);
}

static json_t *image_json(const struct pol_image *image)
{
    char isa[POL_ISA_TEXT];
    json_t *root = json_object();
    pol_isa_format(&image->isa, isa, sizeof isa);
    int failed = json_object_set_new(root, "pol-tag-image", json_integer(IMAGE_VERSION));
    failed |= json_object_set_new(root, "isa", json_string(isa));
    failed |= json_object_set_new(root, "granule", json_integer(image->granule));
    failed |= json_object_set_new(root, "policy", json_string(image->digest));
    failed |= save_sets(image, root);
    failed |= json_object_set_new(root, "env", json_integer(image->env));
    failed |= save_trap(image, root);
    failed |= save_registers(image->x, POL_FILE_INT, "x", root);
    failed |= save_registers(image->f, POL_FILE_FP, "f", root);
    failed |= save_csrs(image, root);
    if (image->default_set != POL_NO_SET)
        failed |= json_object_set_new(root, "default", json_integer(image->default_set));
    failed |= save_memory(image, root);
    failed |= save_pages(image, root);
    if (failed) {
        json_decref(root);
        return NULL;
    }
    return root;
}

int pol_image_save(const struct pol_image *image, const char *path, char *err, size_t errsize)
{
    struct image_error error = {err, errsize};
    const char *wrong = pol_image_check(image);
    if (wrong)
        return image_fail(&error, "tag image: %s", wrong);
    json_t *root = image_json(image);
    bool standard = !strcmp(path, "-");
    FILE *file = root ? standard ? stdout : fopen(path, "w") : NULL;
    bool written = file && !json_dumpf(root, file, JSON_COMPACT) && fputc('\n', file) != EOF;
    written = written && !fflush(file);
    if (file && !standard)
        written = !fclose(file) && written;
    bool memory = !root;
    json_decref(root);
    if (written)
        return 0;
    struct stat info;
    if (file && !standard && stat(path, &info) == 0 && S_ISREG(info.st_mode))
        remove(path); /* a device stays */
    return image_fail(&error, "%s: %s", path, memory ? "out of memory" : "cannot write");
}

/* ---- Reading --------------------------------------------------------------------------------- */

struct image_reader {
    struct pol_image *image;
    const json_t *root;
    struct image_error *err;
};

/* An object's member that must be there; NULL after the message. */
static const json_t *member(struct image_reader *reader, const char *key)
{
    const json_t *json = json_object_get(reader->root, key);
    if (!json)
        image_fail(reader->err, "\"%s\" is missing", key);
    return json;
}

static int read_set(struct image_reader *reader, const json_t *json, uint32_t *set)
{
    json_int_t value = json_is_integer(json) ? json_integer_value(json) : -1;
    if (value < 0 || value >= (json_int_t)reader->image->nsets)
        return image_fail(reader->err, "a set's number is expected, below %" PRIu32,
                          reader->image->nsets);
    *set = (uint32_t)value;
    return 0;
}

static int read_address(struct image_reader *reader, const json_t *json, uint64_t *address)
{
    const char *text = json_is_string(json) ? json_string_value(json) : "";
    size_t digits = strlen(text) > 2 ? strlen(text) - 2 : 0;
    if (digits < 1 || digits > 16 || text[0] != '0' || text[1] != 'x' ||
        strspn(text + 2, "0123456789abcdefABCDEF") != digits)
        return image_fail(reader->err, "an address is expected, as in \"0x80000000\"");
    *address = strtoull(text + 2, NULL, 16);
    return 0;
}

static int read_one_set(struct image_reader *reader, const json_t *json, size_t index,
                        uint32_t *lit)
{
    char message[200];
    if (!json_is_string(json))
        return image_fail(reader->err, "set %zu is not a text", index);
    if (pol_lit_parse(reader->image->space, json_string_value(json), json_string_length(json), lit,
                      message, sizeof message))
        return image_fail(reader->err, "set %zu: %s", index, message);
    if (pol_image_intern(reader->image, lit) != index)
        return image_fail(reader->err, "set %zu is a repetition, or set 0 is not {}", index);
    return 0;
}

static int read_sets(struct image_reader *reader)
{
    const json_t *sets = member(reader, "sets");
    int status = 0;
    if (!sets)
        return -1;
    if (!json_is_array(sets) || !json_array_size(sets))
        return image_fail(reader->err, "\"sets\" is not a list of at least one set");
    uint32_t *lit = calloc(reader->image->space->words, sizeof *lit);
    if (!lit)
        return image_fail(reader->err, "out of memory");
    for (size_t i = 0; i < json_array_size(sets) && !status; i++)
        status = read_one_set(reader, json_array_get(sets, i), i, lit);
    free(lit);
    return status;
}

static int read_registers(struct image_reader *reader, const char *key, enum pol_file file,
                          uint32_t set[32])
{
    const json_t *object = member(reader, key);
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return image_fail(reader->err, "\"%s\" is not an object", key);
    json_object_foreach((json_t *)object, name, value)
    {
        enum pol_file found = POL_FILE_NONE;
        int number = pol_reg_find(name, &found);
        if (number < 0 || found != file)
            return image_fail(reader->err, "\"%s\" in \"%s\" is not a register", name, key);
        if (read_set(reader, value, &set[number]))
            return -1;
    }
    return 0;
}

static int csr_number(const char *name)
{
    char *end;
    if (name[0] != '0' || name[1] != 'x')
        return pol_csr_find(name);
    unsigned long number = strtoul(name + 2, &end, 16);
    return name[2] && !*end && number < POL_CSRS ? (int)number : -1;
}

static int read_csrs(struct image_reader *reader)
{
    const json_t *object = member(reader, "csr");
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return image_fail(reader->err, "\"csr\" is not an object");
    json_object_foreach((json_t *)object, name, value)
    {
        int number = csr_number(name);
        uint32_t *set = &reader->image->csr_default;
        if (strcmp(name, "default") != 0) {
            if (number < 0)
                return image_fail(reader->err, "\"%s\" is not a CSR", name);
            set = &reader->image->csr[number];
        }
        if (read_set(reader, value, set))
            return -1;
    }
    return 0;
}

static int read_trap(struct image_reader *reader)
{
    const json_t *trap = json_object_get(reader->root, "trap");
    const json_t *domains = json_object_get(trap, "domains");
    if (!trap)
        return 0;
    if (read_set(reader, json_object_get(trap, "env"), &reader->image->trap_env))
        return -1;
    if (!json_is_array(domains))
        return image_fail(reader->err, "\"domains\" is not a list");
    for (size_t i = 0; i < json_array_size(domains); i++) {
        const json_t *domain = json_array_get(domains, i);
        json_int_t value = json_is_integer(domain) ? json_integer_value(domain) : -1;
        if (value < 0 || value >= UINT32_MAX || i > 65535)
            return image_fail(reader->err, "a domain's number is expected");
        if (pol_image_add_trap_domain(reader->image, (uint32_t)value))
            return image_fail(reader->err, "out of memory");
    }
    return 0;
}

static int read_memory(struct image_reader *reader)
{
    const json_t *memory = member(reader, "memory");
    size_t n = json_array_size(memory);
    if (!json_is_array(memory))
        return image_fail(reader->err, "\"memory\" is not a list");
    reader->image->ranges = calloc(n + 1, sizeof *reader->image->ranges);
    if (!reader->image->ranges)
        return image_fail(reader->err, "out of memory");
    reader->image->ranges_room = n + 1;
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(memory, i);
        struct pol_image_range *range = reader->image->ranges + i;
        if (!json_is_array(item) || json_array_size(item) != 3)
            return image_fail(reader->err, "memory is a list of [start, length, set]");
        if (read_address(reader, json_array_get(item, 0), &range->start) ||
            read_address(reader, json_array_get(item, 1), &range->length) ||
            read_set(reader, json_array_get(item, 2), &range->set))
            return -1;
        reader->image->nranges++;
    }
    return 0;
}

static int read_pages(struct image_reader *reader)
{
    const json_t *fine = member(reader, "fine");
    if (!json_is_array(fine))
        return image_fail(reader->err, "\"fine\" is not a list");
    for (size_t i = 0; i < json_array_size(fine); i++) {
        const json_t *item = json_array_get(fine, i), *pages = json_array_get(item, 1);
        json_int_t n = json_is_integer(pages) ? json_integer_value(pages) : 0;
        uint64_t start;
        if (read_address(reader, json_array_get(item, 0), &start))
            return -1;
        if (n < 1 || n > 1 << 24 || start % POL_PAGE_SIZE ||
            pol_image_add_fine(reader->image, start, (uint64_t)n << POL_PAGE_SHIFT))
            return image_fail(reader->err, "fine is a list of [start, pages]");
    }
    return 0;
}

static int read_body(struct image_reader *reader)
{
    const json_t *digest = member(reader, "policy");
    const json_t *uncovered = json_object_get(reader->root, "default");
    struct pol_image *image = reader->image;
    if (!json_is_string(digest) || json_string_length(digest) >= sizeof image->digest)
        return image_fail(reader->err, "\"policy\" is not a digest");
    memcpy(image->digest, json_string_value(digest), json_string_length(digest) + 1);
    if (read_sets(reader) || read_set(reader, member(reader, "env"), &image->env) ||
        read_trap(reader) || read_registers(reader, "x", POL_FILE_INT, image->x) ||
        read_registers(reader, "f", POL_FILE_FP, image->f) || read_csrs(reader) ||
        (uncovered && read_set(reader, uncovered, &image->default_set)) || read_pages(reader) ||
        read_memory(reader))
        return -1;
    const char *wrong = pol_image_check(image);
    return wrong ? image_fail(reader->err, "%s", wrong) : 0;
}

/* The image with its head read: version, ISA, granule. */
static struct pol_image *read_head(struct image_reader *reader, const struct pol_space *space)
{
    const json_t *version = json_object_get(reader->root, "pol-tag-image");
    const json_t *text, *granule;
    struct pol_isa isa;
    char message[120];
    if (!json_is_integer(version) || json_integer_value(version) != IMAGE_VERSION) {
        image_fail(reader->err, "not a tag image of version %d", IMAGE_VERSION);
        return NULL;
    }
    if (!(text = member(reader, "isa")) || !(granule = member(reader, "granule")))
        return NULL;
    if (!json_is_string(text) ||
        pol_isa_parse(json_string_value(text), &isa, message, sizeof message)) {
        image_fail(reader->err, "\"isa\": %s", json_is_string(text) ? message : "not a text");
        return NULL;
    }
    json_int_t bytes = json_is_integer(granule) ? json_integer_value(granule) : 0;
    if (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) {
        image_fail(reader->err, "\"granule\" is not 1, 2, 4 or 8");
        return NULL;
    }
    struct pol_image *image = pol_image_new(space, &isa, (uint32_t)bytes);
    if (!image)
        image_fail(reader->err, "out of memory");
    return image;
}

struct pol_image *pol_image_load(const char *path, const struct pol_space *space, char *err,
                                 size_t errsize)
{
    char message[300] = "";
    struct image_error inner = {message, sizeof message}, error = {err, errsize};
    json_error_t syntax;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &syntax);
    struct image_reader reader = {NULL, root, &inner};
    if (!root)
        image_fail(&inner, "%s (line %d)", syntax.text, syntax.line);
    else
        reader.image = read_head(&reader, space);
    if (reader.image && read_body(&reader)) {
        pol_image_free(reader.image);
        reader.image = NULL;
    }
    json_decref(root);
    if (!reader.image)
        image_fail(&error, "%s: %s", path, message);
    return reader.image;
}
