#include "lang/support/span.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/support/arena.h"

/* From the line that starts at `offset` on, lines count from `line` in `name`. */
struct marker {
    uint32_t offset, physical_line; /* first line that it governs */
    uint32_t line;
    const char *name;
};

struct source {
    const char *name;
    char *text; /* heap, NUL after the end */
    size_t len;
    VEC_OF(uint32_t) lines; /* start of each line */
    VEC_OF(struct marker) markers;
};

struct lang_source_map {
    struct arena arena;
    VEC_OF(struct source) sources;
};

struct lang_span lang_span_join(struct lang_span a, struct lang_span b)
{
    if (!a.file)
        return b;
    if (b.file != a.file)
        return a;
    struct lang_span span = a;
    if (b.start < span.start)
        span.start = b.start;
    if (b.end > span.end)
        span.end = b.end;
    return span;
}

struct lang_source_map *lang_source_map_new(void)
{
    return lang_xalloc(sizeof(struct lang_source_map));
}

void lang_source_map_free(struct lang_source_map *map)
{
    if (!map)
        return;
    for (size_t i = 0; i < map->sources.count; i++)
        free(map->sources.items[i].text);
    arena_free(&map->arena);
    free(map);
}

static struct source *source_of(const struct lang_source_map *map, struct lang_file_id id)
{
    if (id.v == 0 || id.v > map->sources.count)
        abort();
    return &map->sources.items[id.v - 1];
}

static void find_lines(struct arena *arena, struct source *src)
{
    VEC_PUSH(arena, &src->lines, 0);
    const char *end = src->text + src->len, *p = src->text;
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        p++;
        VEC_PUSH(arena, &src->lines, (uint32_t)(p - src->text));
    }
}

/* Takes over `text`, which has room for a NUL. */
static struct lang_file_id adopt(struct lang_source_map *map, const char *name, char *text,
                                 size_t len)
{
    struct source src = {.name = arena_strdup(&map->arena, name), .text = text, .len = len};
    text[len] = '\0';
    find_lines(&map->arena, &src);
    VEC_PUSH(&map->arena, &map->sources, src);
    return (struct lang_file_id){(uint32_t)map->sources.count};
}

struct lang_file_id lang_source_add(struct lang_source_map *map, const char *name, const char *text,
                                    size_t len)
{
    if (len > LANG_MAX_SOURCE)
        return (struct lang_file_id){0};
    char *copy = lang_xalloc(len + 1);
    if (len)
        memcpy(copy, text, len);
    return adopt(map, name, copy, len);
}

/* Reads all of `in`; 0 or an errno value. */
static int read_all(FILE *in, char **text, size_t *len)
{
    size_t cap = 1 << 14;
    *len = 0;
    *text = lang_xalloc(cap + 1);
    for (;;) {
        *len += fread(*text + *len, 1, cap - *len, in);
        if (ferror(in))
            return errno ? errno : EIO;
        if (*len < cap)
            return 0;
        if (cap > LANG_MAX_SOURCE)
            return EFBIG;
        cap *= 2;
        *text = lang_xrealloc(*text, cap + 1);
    }
}

int lang_source_load(struct lang_source_map *map, const char *path, struct lang_file_id *id)
{
    FILE *in = fopen(path, "rb");
    if (!in)
        return errno ? errno : EIO;
    char *text;
    size_t len;
    errno = 0;
    int error = read_all(in, &text, &len);
    if (fclose(in) != 0 && !error)
        error = EIO;
    if (!error && len > LANG_MAX_SOURCE)
        error = EFBIG;
    if (error)
        free(text);
    else
        *id = adopt(map, path, text, len);
    return error;
}

uint32_t lang_source_count(const struct lang_source_map *map)
{
    return (uint32_t)map->sources.count;
}

const char *lang_source_name(const struct lang_source_map *map, struct lang_file_id id)
{
    return source_of(map, id)->name;
}

const char *lang_source_text(const struct lang_source_map *map, struct lang_file_id id, size_t *len)
{
    const struct source *src = source_of(map, id);
    *len = src->len;
    return src->text;
}

/* The index of the line that contains `offset`. */
static uint32_t physical_line(const struct source *src, uint32_t offset)
{
    size_t low = 0, high = src->lines.count;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (src->lines.items[mid] <= offset)
            low = mid;
        else
            high = mid;
    }
    return (uint32_t)low;
}

void lang_source_marker(struct lang_source_map *map, struct lang_file_id id, uint32_t offset,
                        uint32_t line, const char *name, size_t name_len)
{
    struct source *src = source_of(map, id);
    uint32_t governed = physical_line(src, offset) + 1;
    if (governed >= src->lines.count)
        return;
    const struct marker *last =
        src->markers.count ? &src->markers.items[src->markers.count - 1] : NULL;
    if (last && last->physical_line >= governed)
        return;
    struct marker m = {.offset = src->lines.items[governed], .physical_line = governed};
    m.line = line;
    m.name = name ? arena_strndup(&map->arena, name, name_len) : last ? last->name : src->name;
    VEC_PUSH(&map->arena, &src->markers, m);
}

bool lang_source_has_markers(const struct lang_source_map *map, struct lang_file_id id)
{
    return source_of(map, id)->markers.count > 0;
}

static const struct marker *marker_for(const struct source *src, uint32_t offset)
{
    size_t low = 0, high = src->markers.count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (src->markers.items[mid].offset <= offset)
            low = mid + 1;
        else
            high = mid;
    }
    return low ? &src->markers.items[low - 1] : NULL;
}

struct lang_place lang_place_at(const struct lang_source_map *map, struct lang_file_id id,
                                uint32_t offset)
{
    const struct source *src = source_of(map, id);
    if (offset > src->len)
        abort();
    uint32_t index = physical_line(src, offset), start = src->lines.items[index];
    size_t end = index + 1 < src->lines.count ? src->lines.items[index + 1] - 1 : src->len;
    if (end > start && src->text[end - 1] == '\r')
        end--;
    const struct marker *m = marker_for(src, offset);
    struct lang_place place = {.file = m ? m->name : src->name, .line_start = start};
    place.line = m ? m->line + (index - m->physical_line) : index + 1;
    place.column = offset - start + 1;
    place.line_len = (uint32_t)end - start;
    return place;
}
