/* A program of ordinary work for the policies to watch: text, lists, trees, tables, numbers,
 * printing, and a heap that is busy all the time.  It has no bug that a policy of the library
 * forbids. */
#include "board.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t random_state = 1;

static uint32_t random_below(uint32_t limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 8) % limit;
}

static void fail(const char *what)
{
    printf("FAILED: %s\n", what);
    board_exit(1);
}

static void *get(size_t size)
{
    void *p = malloc(size);
    if (!p)
        fail("out of memory");
    return p;
}

/* --- the words of the input, counted: the words are tainted, the counts are not */

enum { BUCKETS = 64 };

struct word {
    struct word *next;
    long count;
    size_t length;
    char *text;
};

static size_t hash_of(const char *text, size_t length)
{
    size_t hash = 5381;
    for (size_t i = 0; i < length; i++)
        hash = hash * 33 + (unsigned char)text[i];
    return hash % BUCKETS;
}

static void count_word(struct word **table, const char *text, size_t length)
{
    struct word **bucket = &table[hash_of(text, length)];
    for (struct word *word = *bucket; word; word = word->next)
        if (word->length == length && memcmp(word->text, text, length) == 0) {
            word->count++;
            return;
        }
    struct word *word = get(sizeof *word);
    word->text = get(length + 1);
    memcpy(word->text, text, length);
    word->text[length] = 0;
    word->length = length;
    word->count = 1;
    word->next = *bucket;
    *bucket = word;
}

static void count_words(struct word **table)
{
    char word[32];
    size_t length = 0;
    for (size_t i = 0; i < INPUT_SIZE; i++) {
        int c = input[i];
        if (isalpha(c) && length < sizeof word) {
            word[length++] = (char)tolower(c);
        } else if (length) {
            count_word(table, word, length);
            length = 0;
        }
        if (!c)
            break;
    }
}

static int by_count(const void *a, const void *b)
{
    const struct word *x = *(struct word *const *)a, *y = *(struct word *const *)b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return strcmp(x->text, y->text);
}

static size_t list_words(struct word **table, struct word **list, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct word *word = table[i]; word && count < capacity; word = word->next)
            list[count++] = word;
    qsort(list, count, sizeof *list, by_count);
    return count;
}

/* The only way from the input to the output: letters are harmless, everything else becomes a dot.
 */
static void validate(char *to, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = (char)pol_declassify(text[i]);
        to[i] = isalpha((unsigned char)c) ? c : '.';
    }
    to[length] = 0;
}

static void print_words(struct word **list, size_t count)
{
    for (size_t i = 0; i < count && i < 15; i++) {
        char *text = get(list[i]->length + 1);
        validate(text, list[i]->text, list[i]->length);
        board_scrub();
        printf("%4ld  %s\n", list[i]->count, text);
        free(text);
    }
}

static void free_words(struct word **table)
{
    for (size_t i = 0; i < BUCKETS; i++)
        while (table[i]) {
            struct word *word = table[i];
            table[i] = word->next;
            free(word->text);
            free(word);
        }
    free(table);
}

static void words(void)
{
    enum { LIST = 256 };
    struct word **table = calloc(BUCKETS, sizeof *table);
    struct word **list = calloc(LIST, sizeof *list);
    count_words(table);
    size_t count = list_words(table, list, LIST);
    board_scrub();
    printf("words: %zu different\n", count);
    print_words(list, count);
    free(list);
    free_words(table);
}

/* --- a checksum of the input, declassified as a whole */

__attribute__((noinline)) static uint32_t checksum(const char *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < size; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static void print_checksum(void)
{
    long value = pol_declassify((long)checksum(input, 512));
    board_scrub();
    printf("checksum: %08lx\n", (unsigned long)value & 0xffffffff);
}

/* --- a busy heap */

struct slot {
    unsigned char *bytes;
    size_t size;
    long mark;
};

static void check_slot(const struct slot *slot)
{
    for (size_t i = 0; i < slot->size; i++)
        if (slot->bytes[i] != (unsigned char)slot->mark)
            fail("a block changed");
}

static void refill_slot(struct slot *slot)
{
    check_slot(slot);
    if (random_below(4) == 0 && slot->bytes) {
        size_t size = 1 + random_below(200);
        slot->bytes = realloc(slot->bytes, size);
        slot->size = slot->size < size ? slot->size : size;
        check_slot(slot);
        slot->size = size;
    } else {
        free(slot->bytes);
        slot->size = 1 + random_below(150);
        slot->bytes = get(slot->size);
    }
    slot->mark = (long)random_below(256);
    memset(slot->bytes, (int)slot->mark, slot->size);
}

static void churn(void)
{
    enum { SLOTS = 48 };
    struct slot *slots = calloc(SLOTS, sizeof *slots);
    for (int i = 0; i < 700; i++)
        refill_slot(&slots[random_below(SLOTS)]);
    for (int i = 0; i < SLOTS; i++)
        free(slots[i].bytes);
    free(slots);
    printf("churn: done\n");
}

/* --- a tree */

struct node {
    struct node *left, *right;
    long key;
};

static void insert(struct node **at, long key)
{
    while (*at)
        at = key < (*at)->key ? &(*at)->left : &(*at)->right;
    *at = get(sizeof **at);
    (*at)->left = (*at)->right = NULL;
    (*at)->key = key;
}

static int depth(const struct node *node)
{
    if (!node)
        return 0;
    int left = depth(node->left), right = depth(node->right);
    return 1 + (left > right ? left : right);
}

static long fell(struct node *node)
{
    if (!node)
        return 0;
    long sum = fell(node->left) + node->key + fell(node->right);
    free(node);
    return sum;
}

static void tree(void)
{
    struct node *root = NULL;
    for (int i = 0; i < 500; i++)
        insert(&root, (long)random_below(10000));
    int deep = depth(root);
    printf("tree: depth %d", deep);
    printf(", sum %ld\n", fell(root));
}

/* --- strings that grow */

struct text {
    char *bytes;
    size_t length, capacity;
};

static void append(struct text *text, const char *more)
{
    size_t length = strlen(more);
    if (text->length + length + 1 > text->capacity) {
        text->capacity = 2 * (text->length + length + 1);
        text->bytes = realloc(text->bytes, text->capacity);
    }
    strcpy(text->bytes + text->length, more);
    text->length += length;
}

static void strings(void)
{
    struct text text = {NULL, 0, 0};
    char number[24];
    for (int i = 0; i < 150; i++) {
        snprintf(number, sizeof number, "%s%d", i ? "," : "", i * i);
        append(&text, number);
    }
    long sum = 0, fields = 0;
    for (char *at = text.bytes; at; at = strchr(at, ',')) {
        at += *at == ',';
        sum += atol(at);
        fields++;
    }
    printf("strings: %zu bytes, %ld fields, sum %ld\n", text.length, fields, sum);
    free(text.bytes);
}

/* --- numbers */

static double *matrix(int size)
{
    double *cells = get((size_t)(size * size) * sizeof *cells);
    for (int i = 0; i < size * size; i++)
        cells[i] = (double)random_below(100) / 8;
    return cells;
}

static double product(const double *a, const double *b, double *c, int size)
{
    double trace = 0;
    for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
            double sum = 0;
            for (int k = 0; k < size; k++)
                sum += a[i * size + k] * b[k * size + j];
            c[i * size + j] = sum;
        }
        trace += c[i * size + i];
    }
    return trace;
}

static void matrices(void)
{
    enum { SIZE = 20 };
    double *a = matrix(SIZE), *b = matrix(SIZE), *c = matrix(SIZE);
    printf("matrices: trace %ld\n", (long)(product(a, b, c, SIZE) * 64));
    free(a);
    free(b);
    free(c);
}

static void primes(void)
{
    enum { LIMIT = 8000 };
    char *composite = calloc(LIMIT, 1);
    int count = 0;
    for (int i = 2; i < LIMIT; i++) {
        count += !composite[i];
        for (int j = 2 * i; j < LIMIT && !composite[i]; j += i)
            composite[j] = 1;
    }
    printf("primes: %d below %d\n", count, LIMIT);
    free(composite);
}

static int queens(int *columns, int row, int size)
{
    int count = 0;
    if (row == size)
        return 1;
    for (int column = 0; column < size; column++) {
        int safe = 1;
        for (int i = 0; i < row && safe; i++)
            safe = columns[i] != column && abs(columns[i] - column) != row - i;
        columns[row] = column;
        count += safe ? queens(columns, row + 1, size) : 0;
    }
    return count;
}

static void puzzle(void)
{
    int *columns = calloc(8, sizeof *columns);
    printf("queens: %d ways\n", queens(columns, 0, 7));
    free(columns);
}

/* --- atomics, traps, interrupts */

static void system_events(void)
{
    long *counter = get(sizeof *counter);
    *counter = 0;
    for (int i = 0; i < 20; i++) {
        __atomic_fetch_add(counter, 3, __ATOMIC_SEQ_CST);
        long seen = *counter;
        __atomic_compare_exchange_n(counter, &seen, seen + 1, 0, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST);
        board_call();
    }
    board_timer();
    printf("system: counter %ld, calls %ld, ticks %ld\n", *counter, board_calls, board_ticks);
    free(counter);
}

int main(void)
{
    words();
    print_checksum();
    churn();
    tree();
    strings();
    matrices();
    primes();
    puzzle();
    system_events();
    return 0;
}
