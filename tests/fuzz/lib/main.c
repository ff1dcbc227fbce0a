/* Runs a fuzz target without libFuzzer: every file of a corpus as it is, then mutations of it.
 *
 *     TARGET [-m MUTATIONS] [-t SECONDS] [-o FILE] CORPUS...      files or folders
 *
 * Mutations depend on the file's name within its folder and their number alone, so a failure comes
 * back.  Each file runs in a process of its own: when that dies, needs more than SECONDS for one
 * input or leaks, the input is written to FILE (-o) and the status is 1. */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/fuzz/lib/fuzz.h"

enum { INPUT_MAX = 1 << 20 };

struct input {
    char *name; /* without the folder */
    uint8_t *bytes;
    size_t size;
};

struct run {
    struct input *inputs;
    size_t count;
    unsigned mutations, seconds;
    const char *output;
    uint8_t *bytes;             /* of the current input, INPUT_MAX */
    volatile unsigned *current; /* shared with the child: which mutation runs */
};

static uint64_t next_random(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15u;
    uint64_t x = *state;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static size_t below(uint64_t *state, size_t limit)
{
    return limit ? (size_t)(next_random(state) % limit) : 0;
}

/* --- mutations: each changes bytes[0 .. *size) in place */

static void flip_bit(uint8_t *bytes, size_t *size, uint64_t *rng)
{
    if (*size)
        bytes[below(rng, *size)] ^= (uint8_t)(1u << below(rng, 8));
}

static void set_byte(uint8_t *bytes, size_t *size, uint64_t *rng)
{
    static const uint8_t some[] = {0, 1, 0x7f, 0x80, 0xff, '\n', '"', '{', '(', '0', '-', ' '};
    if (*size)
        bytes[below(rng, *size)] = some[below(rng, sizeof some)];
}

/* A 32-bit word at an aligned place: tables are made of them. */
static void set_word(uint8_t *bytes, size_t *size, uint64_t *rng)
{
    static const uint32_t some[] = {
        0, 1, 2, 31, 32, 255, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};
    if (*size < 4)
        return;
    uint8_t *at = bytes + (below(rng, *size / 4) * 4);
    uint32_t word;
    memcpy(&word, at, 4);
    size_t how = below(rng, 3);
    word = how == 0   ? some[below(rng, sizeof some / sizeof *some)]
           : how == 1 ? word + (uint32_t)below(rng, 5) - 2
                      : (uint32_t)below(rng, 64);
    memcpy(at, &word, 4);
}

static void cut_end(uint8_t *bytes, size_t *size, uint64_t *rng)
{
    (void)bytes;
    *size = below(rng, *size + 1);
}

static void drop_part(uint8_t *bytes, size_t *size, uint64_t *rng)
{
    size_t at = below(rng, *size), n = below(rng, (*size - at) / 4 + 2);
    if (n > *size - at)
        n = *size - at;
    memmove(bytes + at, bytes + at + n, *size - at - n);
    *size -= n;
}

/* A part of the input once more, somewhere else. */
static void repeat_part(uint8_t *bytes, size_t *size, uint64_t *rng)
{
    size_t from = below(rng, *size), n = below(rng, (*size - from) / 4 + 2);
    size_t to = below(rng, *size + 1);
    if (n > *size - from || n > INPUT_MAX - *size)
        return;
    uint8_t *copy = malloc(n + 1);
    if (!copy)
        return;
    memcpy(copy, bytes + from, n);
    memmove(bytes + to + n, bytes + to, *size - to);
    memcpy(bytes + to, copy, n);
    free(copy);
    *size += n;
}

/* A part of another input over this one. */
static void splice(const struct run *run, uint8_t *bytes, size_t *size, uint64_t *rng)
{
    const struct input *other = &run->inputs[below(rng, run->count)];
    size_t from = below(rng, other->size), to = below(rng, *size);
    size_t n = below(rng, other->size - from + 1);
    if (n > *size - to)
        n = *size - to;
    if (n)
        memcpy(bytes + to, other->bytes + from, n);
}

/* Input number `mutation` of a file (0: the file itself) into run->bytes; returns its size. */
static size_t make_input(const struct run *run, const struct input *input, unsigned mutation)
{
    static void (*const all[])(uint8_t *, size_t *, uint64_t *) = {
        flip_bit, set_byte, set_word, cut_end, drop_part, repeat_part};
    size_t size = input->size;
    memcpy(run->bytes, input->bytes, size);
    uint64_t rng = mutation;
    for (const char *c = input->name; *c; c++)
        rng = rng * 1099511628211u + (uint8_t)*c;
    for (size_t n = mutation ? 1 + below(&rng, 4) : 0; n > 0; n--) {
        size_t which = below(&rng, sizeof all / sizeof *all + 1);
        if (which < sizeof all / sizeof *all)
            all[which](run->bytes, &size, &rng);
        else
            splice(run, run->bytes, &size, &rng);
    }
    return size;
}

/* --- running */

/* A copy of exactly that size: reading beyond it is seen. */
static void run_input(const uint8_t *bytes, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    if (!copy)
        exit(2);
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* POSIX has no anonymous shared memory: a nameless file serves. */
static unsigned *share_current(void)
{
    const unsigned zero = 0;
    FILE *file = tmpfile();
    void *shared = MAP_FAILED;
    if (file && fwrite(&zero, sizeof zero, 1, file) == 1 && fflush(file) == 0)
        shared = mmap(NULL, sizeof zero, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    if (file)
        fclose(file);
    if (shared == MAP_FAILED) {
        perror("shared memory");
        exit(2);
    }
    return shared;
}

static void run_child(const struct run *run, const struct input *input)
{
    for (unsigned i = 0; i <= run->mutations; i++) {
        *run->current = i;
        alarm(run->seconds);
        run_input(run->bytes, make_input(run, input, i));
    }
    alarm(0);
    exit(0);
}

static bool run_file(const struct run *run, const struct input *input)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        run_child(run, input);
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    if (status == 0)
        return true;
    bool hang = WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
    size_t size = make_input(run, input, *run->current);
    FILE *out = fopen(run->output, "wb");
    bool written = out && fwrite(run->bytes, 1, size, out) == size;
    written = out && fclose(out) == 0 && written;
    fprintf(stderr, "%s, mutation %u: %s; %s %s\n", input->name, *run->current,
            hang ? "too slow" : "died or leaked", written ? "input in" : "cannot write",
            run->output);
    return false;
}

/* --- the corpus */

static void *need(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

static void add_file(struct run *run, const char *path, const char *name)
{
    FILE *in = fopen(path, "rb");
    if (!in) {
        perror(path);
        exit(2);
    }
    struct input input = {.bytes = need(malloc(INPUT_MAX))};
    input.size = fread(input.bytes, 1, INPUT_MAX, in);
    fclose(in);
    input.name = need(malloc(strlen(name) + 1));
    memcpy(input.name, name, strlen(name) + 1);
    input.bytes = need(realloc(input.bytes, input.size + 1));
    run->inputs = need(realloc(run->inputs, (run->count + 1) * sizeof *run->inputs));
    run->inputs[run->count++] = input;
}

static void add_path(struct run *run, const char *path)
{
    DIR *dir = opendir(path);
    if (!dir) {
        const char *slash = strrchr(path, '/');
        add_file(run, path, slash ? slash + 1 : path);
        return;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char full[4096];
        struct stat info;
        snprintf(full, sizeof full, "%s/%s", path, entry->d_name);
        if (stat(full, &info) == 0 && S_ISREG(info.st_mode))
            add_file(run, full, entry->d_name);
    }
    closedir(dir);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct input *)a)->name, ((const struct input *)b)->name);
}

static void free_run(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        free(run->inputs[i].name);
        free(run->inputs[i].bytes);
    }
    free(run->inputs);
    free(run->bytes);
}

int main(int argc, char **argv)
{
    struct run run = {.seconds = 60, .output = "crash"};
    for (int option = getopt(argc, argv, "m:t:o:"); option != -1;
         option = getopt(argc, argv, "m:t:o:")) {
        if (option == 'm')
            run.mutations = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 't')
            run.seconds = (unsigned)strtoul(optarg, NULL, 10);
        else if (option == 'o')
            run.output = optarg;
        else
            return 2;
    }
    for (int i = optind; i < argc; i++)
        add_path(&run, argv[i]);
    if (!run.count) {
        fputs("no inputs\n", stderr);
        return 2;
    }
    qsort(run.inputs, run.count, sizeof *run.inputs, by_name);
    run.bytes = need(malloc(2 * INPUT_MAX));
    run.current = share_current();
    size_t bad = 0;
    for (size_t i = 0; i < run.count; i++)
        bad += !run_file(&run, &run.inputs[i]);
    printf("%zu inputs, %u mutations of each, %zu bad\n", run.count, run.mutations, bad);
    free_run(&run);
    return bad ? 1 : 0;
}
