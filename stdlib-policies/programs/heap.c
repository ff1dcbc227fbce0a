/* malloc and friends in colours, on a first-fit allocator.  The allocator below knows addresses
 * only; the wrappers above it give each block a colour and take it away again. */
#include "board.h"

#include <stdlib.h>
#include <string.h>

/* A free block; in use, only `size` remains, in the 16 bytes before what the program gets. */
struct block {
    size_t size; /* bytes after the header, a multiple of 16 */
    struct block *next;
};
enum { HEADER = sizeof(struct block), GRANULE = 8 };

extern char heap_start[], heap_end[];
static struct block *free_list; /* by address */
static int initialised;

static void initialise(void)
{
    struct block *all = (struct block *)heap_start;
    all->size = (size_t)(heap_end - heap_start) - HEADER;
    all->next = NULL;
    free_list = all;
    initialised = 1;
}

static void split(struct block *block, size_t size)
{
    if (block->size < size + 2 * HEADER)
        return;
    struct block *rest = (struct block *)((char *)block + HEADER + size);
    rest->size = block->size - size - HEADER;
    rest->next = block->next;
    block->size = size;
    block->next = rest;
}

static struct block *take(size_t size)
{
    if (!initialised)
        initialise();
    size = (size + 15) / 16 * 16;
    for (struct block **at = &free_list; *at; at = &(*at)->next) {
        struct block *block = *at;
        if (block->size < size)
            continue;
        split(block, size);
        *at = block->next;
        return block;
    }
    return NULL;
}

static void join(struct block *block)
{
    struct block *next = block->next;
    if (!next || (char *)block + HEADER + block->size != (char *)next)
        return;
    block->size += HEADER + next->size;
    block->next = next->next;
}

static void give_back(struct block *block)
{
    struct block *before = NULL, *after = free_list;
    while (after && after < block) {
        before = after;
        after = after->next;
    }
    block->next = after;
    if (before)
        before->next = block;
    else
        free_list = block;
    join(block);
    if (before)
        join(before);
}

/* Bytes that the program may use, kept where `next` of a free block was. */
static size_t *usable(struct block *block)
{
    return (size_t *)&block->next;
}

void *malloc(size_t size)
{
    size = size ? (size + GRANULE - 1) / GRANULE * GRANULE : GRANULE;
    struct block *block = take(size);
    if (!block)
        return NULL;
    *usable(block) = size;
    char *p = pol_heap_new((char *)block + HEADER);
    pol_heap_paint(p, p + size);
    return p;
}

void free(void *p)
{
    if (!p)
        return;
    struct block *block = (struct block *)((char *)pol_heap_strip(p) - HEADER);
    pol_heap_clear(p, (char *)p + *usable(block));
    give_back(block);
}

/* Painting has zeroed the block. */
void *calloc(size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return malloc(count * size);
}

void *realloc(void *p, size_t size)
{
    if (!p)
        return malloc(size);
    struct block *block = (struct block *)((char *)pol_heap_strip(p) - HEADER);
    size_t old = *usable(block);
    void *q = malloc(size);
    if (!q)
        return NULL;
    memcpy(q, p, old < size ? old : size);
    free(p);
    return q;
}
