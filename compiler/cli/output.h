/* Results in a folder, all or nothing.
 *
 * Files are first complete in memory, then written under temporary names in the folder, then
 * renamed.  After an error none of them, and no temporary file, is left, and files that were there
 * before are as they were: each is kept under a second name until all are in place.  A file's name
 * may have one folder in it, which is made likewise. */
#ifndef COMPILER_CLI_OUTPUT_H
#define COMPILER_CLI_OUTPUT_H

#include "compiler/cli/cli.h"

#define OUTPUT_PATH 4200

struct output_file {
    char name[512]; /* in the folder */
    char *data;     /* malloc'ed */
    size_t size;
    FILE *stream;                /* while being filled */
    char temporary[OUTPUT_PATH]; /* "" before it exists */
    char old[OUTPUT_PATH + 10];  /* the second name of the file that was there, "": none */
    bool renamed;
};
struct output {
    const char *dir;
    char **made; /* folders that were not there, outermost first */
    int nmade;
    int count;
    struct output_file **files;
};

void output_init(struct output *output, const char *dir);
/* A stream for the next file, STEM SUFFIX, or NAME in the folder STEM SUFFIX. */
FILE *output_open(struct output *output, const char *stem, const char *suffix);
FILE *output_open_in(struct output *output, const char *stem, const char *suffix, const char *name);
/* The same for a file in the folder STEM SUFFIX. */
FILE *output_open_in(struct output *output, const char *stem, const char *suffix, const char *name);
/* A file whose bytes are there already (copied). */
void output_add(struct output *output, const char *stem, const char *suffix, const void *data,
                size_t size);
/* Writes them all; false after a message, and then the folder is as it was. */
bool output_write(struct output *output) LANG_MUST_CHECK;
void output_free(struct output *output);

/* A single result file, likewise: `temporary` becomes the name to write to, a fresh one beside
 * `path`; for what exists and is no regular file (a device, a pipe), and for `-`, it is `path`
 * itself.  False after a message. */
bool output_beside(const char *path, char temporary[OUTPUT_PATH]) LANG_MUST_CHECK;
/* Puts what was written in its place, or removes it if it is not good; false after a message, or if
 * it was not good. */
bool output_settle(const char *path, const char *temporary, bool good) LANG_MUST_CHECK;

#endif
