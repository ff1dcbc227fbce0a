#include "tests/fault/alloc.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void __real_free(void *memory);
ssize_t __real_getline(char **line, size_t *room, FILE *in);
FILE *__real_open_memstream(char **data, size_t *size);
json_t *__real_json_load_file(const char *path, size_t flags, json_error_t *error);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *memory);
ssize_t __wrap_getline(char **line, size_t *room, FILE *in);
FILE *__wrap_open_memstream(char **data, size_t *size);
json_t *__wrap_json_load_file(const char *path, size_t flags, json_error_t *error);

static uint64_t count, fail_at;
static bool fail_more, hit, started, paused;
static int64_t live;

static void tell(void)
{
    FILE *out = fopen(getenv("FAULT_TELL"), "w");
    if (out) {
        fprintf(out, "%llu\n", (unsigned long long)count);
        fclose(out);
    }
}

/* Before the first allocation of a program that did not arm anything. */
static void start(void)
{
    const char *at = getenv("FAULT_AT");
    started = true;
    if (!at && !getenv("FAULT_TELL"))
        return;
    fail_at = at ? strtoull(at, NULL, 10) : 0;
    fail_more = getenv("FAULT_MORE") != NULL;
    if (getenv("FAULT_TELL"))
        atexit(tell);
    fault_jansson();
}

/* Counts an allocation; whether it is to fail. */
static bool fails(void)
{
    if (!started)
        start();
    if (paused)
        return false;
    count++;
    if (!fail_at || count < fail_at || (count > fail_at && !fail_more))
        return false;
    hit = true;
    errno = ENOMEM;
    return true;
}

static void *counted(void *memory)
{
    live += memory != NULL;
    return memory;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t number, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(number, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    if (fails())
        return NULL;
    void *memory = __real_realloc(old, size);
    live += !old && memory;
    return memory;
}

char *__wrap_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = __wrap_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

ssize_t __wrap_getline(char **line, size_t *room, FILE *in)
{
    bool had = *line != NULL;
    if (fails())
        return -1;
    ssize_t length = __real_getline(line, room, in);
    live += !had && *line;
    return length;
}

FILE *__wrap_open_memstream(char **data, size_t *size)
{
    return fails() ? NULL : __real_open_memstream(data, size);
}

json_t *__wrap_json_load_file(const char *path, size_t flags, json_error_t *error)
{
    if (fails()) {
        memset(error, 0, sizeof *error);
        error->line = -1;
        return NULL;
    }
    paused = true;
    json_t *json = __real_json_load_file(path, flags, error);
    paused = false;
    return json;
}

void fault_arm(uint64_t at, bool more)
{
    started = true;
    count = 0;
    hit = false;
    fail_at = at;
    fail_more = more;
}

uint64_t fault_count(void)
{
    return count;
}

bool fault_hit(void)
{
    return hit;
}

int64_t fault_live(void)
{
    return live;
}

void fault_jansson(void)
{
    json_set_alloc_funcs(__wrap_malloc, __wrap_free);
}
