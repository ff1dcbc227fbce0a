/* Entity maps: docs/formats/entities.md. */
#include "internal.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

struct parser {
    const char *path;
    const struct tag_error *err;
    size_t index; /* of the entry, from 0 */
};

static int bad_entry(const struct parser *p, const char *what)
{
    return tag_fail(p->err, "%s: entry %zu: %s", p->path, p->index + 1, what);
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (!strcmp(name, *names))
            return true;
    return false;
}

/* The first member that is none of the NULL-terminated names. */
static const char *unknown_member(json_t *object, const char *const *names)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) if (!is_one_of(key, names)) return key;
    return NULL;
}

static char *copy_text(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

/* A number, or a string with one. */
static int read_number(json_t *json, uint64_t *out)
{
    const char *text = json_string_value(json);
    char *end;
    if (json_is_integer(json) && json_integer_value(json) >= 0) {
        *out = (uint64_t)json_integer_value(json);
        return 0;
    }
    if (!text || text[0] < '0' || text[0] > '9')
        return -1;
    errno = 0;
    unsigned long long value = strtoull(text, &end, text[1] == 'x' ? 16 : 10);
    if (*end || errno || (text[1] == 'x' && !text[2]))
        return -1;
    *out = value;
    return 0;
}

static int read_range(const struct parser *p, json_t *json, struct tag_entry *entry)
{
    if (read_number(json_object_get(json, "start"), &entry->start))
        return bad_entry(p, "`start` is missing or no number");
    if (read_number(json_object_get(json, "size"), &entry->size))
        return bad_entry(p, "`size` is missing or no number");
    if (entry->size == 0 || entry->start + (entry->size - 1) < entry->start)
        return bad_entry(p, "the range is empty or passes the end of the address space");
    return 0;
}

static int read_symbol(const struct parser *p, json_t *json, struct tag_entry *entry)
{
    const char *symbol = json_string_value(json_object_get(json, "symbol"));
    json_t *part = json_object_get(json, "part");
    const char *text = part ? json_string_value(part) : "whole";
    if (!symbol || !*symbol)
        return bad_entry(p, "`symbol` is missing or no name");
    if (!text || (strcmp(text, "whole") && strcmp(text, "first-word")))
        return bad_entry(p, "`part` is neither `whole` nor `first-word`");
    entry->first_word = !strcmp(text, "first-word");
    entry->symbol = copy_text(symbol);
    return entry->symbol ? 0 : tag_no_memory(p->err);
}

static int check_members(const struct parser *p, json_t *json, enum tag_entry_kind kind)
{
    static const char *const members[][7] = {
        {"entity", "kind", "optional", "start", "size", NULL},
        {"entity", "kind", "optional", "symbol", "part", NULL},
        {"entity", "kind", "optional", NULL},
    };
    const char *key = unknown_member(json, members[kind]);
    return key ? tag_fail(p->err, "%s: entry %zu: unknown member `%s`", p->path, p->index + 1, key)
               : 0;
}

static int kind_of(const char *text)
{
    static const char *const kinds[] = {"range", "symbol", "none"};
    for (int i = 0; text && i < 3; i++)
        if (!strcmp(text, kinds[i]))
            return i;
    return -1;
}

static int read_entry(const struct parser *p, json_t *json, struct tag_entry *entry)
{
    const char *entity = json_string_value(json_object_get(json, "entity"));
    json_t *optional = json_object_get(json, "optional");
    int kind = kind_of(json_string_value(json_object_get(json, "kind")));
    if (!json_is_object(json) || !entity || !*entity)
        return bad_entry(p, "`entity` is missing or no name");
    if (kind < 0)
        return bad_entry(p, "`kind` is none of range, symbol, none");
    if (optional && !json_is_boolean(optional))
        return bad_entry(p, "`optional` is neither true nor false");
    entry->kind = (enum tag_entry_kind)kind;
    entry->optional = json_is_true(optional);
    entry->entity = copy_text(entity);
    if (!entry->entity)
        return tag_no_memory(p->err);
    if (check_members(p, json, entry->kind))
        return -1;
    if (entry->kind == TAG_ENTRY_RANGE)
        return read_range(p, json, entry);
    return entry->kind == TAG_ENTRY_SYMBOL ? read_symbol(p, json, entry) : 0;
}

static int read_map(struct tag_map *map, struct parser *p, json_t *root)
{
    static const char *const members[] = {"format", "version", "entities", NULL};
    const char *format = json_string_value(json_object_get(root, "format"));
    json_t *version = json_object_get(root, "version");
    json_t *entities = json_object_get(root, "entities");
    if (!format || strcmp(format, "pol-entities"))
        return tag_fail(p->err, "%s is no entity map", p->path);
    if (!json_is_integer(version) || json_integer_value(version) != 1)
        return tag_fail(p->err, "%s is an entity map of another version", p->path);
    const char *key = unknown_member(root, members);
    if (key)
        return tag_fail(p->err, "%s: unknown member `%s`", p->path, key);
    if (!json_is_array(entities))
        return tag_fail(p->err, "%s: `entities` is missing or no list", p->path);
    map->entries = calloc(json_array_size(entities) + 1, sizeof *map->entries);
    if (!map->entries)
        return tag_no_memory(p->err);
    for (p->index = 0; p->index < json_array_size(entities); p->index++)
        if (read_entry(p, json_array_get(entities, p->index), &map->entries[map->nentries++]))
            return -1;
    return 0;
}

int map_load(struct tag_map *map, const char *path, const struct tag_error *err)
{
    struct parser p = {path, err, 0};
    json_error_t error;
    memset(map, 0, sizeof *map);
    if (!path)
        return 0;
    map->path = path;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root && error.line > 0)
        return tag_fail(err, "%s:%d:%d: %s", path, error.line, error.column, error.text);
    if (!root)
        return error.text[0] ? tag_fail(err, "%s", error.text) : tag_no_memory(err);
    int status = read_map(map, &p, root);
    json_decref(root);
    return status;
}

void map_free(struct tag_map *map)
{
    for (size_t i = 0; i < map->nentries; i++) {
        free(map->entries[i].entity);
        free(map->entries[i].symbol);
    }
    free(map->entries);
}
