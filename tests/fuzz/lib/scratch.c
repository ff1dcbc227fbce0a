#include "tests/fuzz/lib/scratch.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static pid_t owner;

static void clean_up(void)
{
    DIR *dir = owner == getpid() ? opendir(folder) : NULL;
    if (!dir)
        return;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[SCRATCH_PATH + sizeof folder];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
    }
    closedir(dir);
    rmdir(folder);
}

static void make_folder(void)
{
    bool shared = access("/dev/shm", W_OK) == 0;
    snprintf(folder, sizeof folder, "%s/pol-fuzz-XXXXXX", shared ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder)) {
        perror(folder);
        exit(2);
    }
    owner = getpid();
    atexit(clean_up);
}

void scratch_path(char path[SCRATCH_PATH], const char *name)
{
    if (owner != getpid()) /* a child makes its own */
        make_folder();
    snprintf(path, SCRATCH_PATH, "%s/%s", folder, name);
}

void scratch_write(const char *path, const void *bytes, size_t size)
{
    FILE *out = fopen(path, "wb");
    if (!out || fwrite(bytes, 1, size, out) != size || fclose(out) != 0) {
        perror(path);
        exit(2);
    }
}

bool scratch_same(const char *a, const char *b)
{
    FILE *in[2] = {fopen(a, "rb"), fopen(b, "rb")};
    bool same = in[0] && in[1];
    for (int c = 0; same && c != EOF;) {
        c = getc(in[0]);
        same = c == getc(in[1]);
    }
    for (int i = 0; i < 2; i++)
        if (in[i])
            fclose(in[i]);
    return same;
}
