/* A unit in Icarus Verilog, driven through its standard input and output: a line is the control
 * word and the input vector in hexadecimal, the answer is the output vector. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtl_engine.h"
#include "spawn.h"

/* The simulator may be gone: then write() fails instead of ending us. */
static bool send(int fd, const char *text, size_t size)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    while (size > 0) {
        ssize_t n = write(fd, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        text += n;
        size -= (size_t)n;
    }
    sigaction(SIGPIPE, &before, NULL);
    return size == 0;
}

/* Vectors are written highest word first. */
static bool send_inputs(struct rtl *r, uint32_t control)
{
    size_t size = 16 + 8 * (size_t)r->in_words, len;
    char *line = malloc(size);
    if (!line)
        return false;
    len = (size_t)snprintf(line, size, "%x ", (unsigned)control);
    for (uint32_t i = r->in_words; i-- > 0;)
        len += (size_t)snprintf(line + len, size - len, "%08x", (unsigned)r->in[i]);
    line[len++] = '\n';
    bool ok = send(r->to, line, len);
    free(line);
    return ok;
}

static bool read_word(FILE *from, uint32_t *word)
{
    char digits[9] = {0};
    if (fread(digits, 1, 8, from) != 8)
        return false;
    *word = (uint32_t)strtoul(digits, NULL, 16);
    return strspn(digits, "0123456789abcdef") == 8; /* no x, no z */
}

/* Before the first reset there is nothing but x, and nobody wants it. */
static bool skip_answer(FILE *from)
{
    int c;
    do
        c = fgetc(from);
    while (c != '\n' && c != EOF);
    return c == '\n';
}

static bool pipe_drive(struct rtl *r, uint32_t control)
{
    if (!r->from || !send_inputs(r, control))
        return false;
    if (control & POL_RTL_RESET)
        return skip_answer(r->from);
    for (uint32_t i = r->out_words; i-- > 0;)
        if (!read_word(r->from, &r->out[i]))
            return false;
    return fgetc(r->from) == '\n';
}

static void pipe_close(struct rtl *r)
{
    if (!r->from)
        return;
    close(r->to); /* the end of its input ends the simulation */
    fclose(r->from);
    spawn_wait(r->pid);
}

static const struct rtl_ops ops = {pipe_drive, pipe_close};

int pol_rtl_build_icarus(const char *dir, char *err, size_t errsize)
{
    char said[2048] = "", folder[4200];
    char *const argv[] = {
        "env", "-C",          folder, "iverilog",  "-g2012", "-s", "pol_harness_pipe",
        "-o",  "pol_rtl.vvp", "-c",   "harness.f", NULL};
    int n = snprintf(folder, sizeof folder, "%s", dir);
    if (n < 0 || n > 4000)
        return rtl_fail(err, errsize, "the folder's name is too long");
    int status = spawn_tool(argv, said, sizeof said);
    if (status == 0)
        return 0;
    if (status == 127)
        return rtl_fail(err, errsize, "cannot run `iverilog` (Debian: apt-get install iverilog)");
    if (status < 0)
        return rtl_fail(err, errsize, "iverilog was stopped");
    return rtl_fail(err, errsize, "iverilog failed on the emitted unit: %s", said);
}

static int start(struct rtl *r, const char *dir, char *err, size_t errsize)
{
    char path[4200];
    char *const argv[] = {"vvp", "-n", path, NULL};
    int from;
    snprintf(path, sizeof path, "%s/pol_rtl.vvp", dir);
    r->pid = spawn_piped(argv, &r->to, &from);
    if (r->pid < 0)
        return rtl_fail(err, errsize, "cannot run `vvp`: %s", strerror(errno));
    r->from = fdopen(from, "r");
    if (r->from)
        return 0;
    close(from);
    close(r->to);
    spawn_wait(r->pid);
    return rtl_fail(err, errsize, "out of memory");
}

struct pol_engine *pol_rtl_open_icarus(const char *dir, const struct pol_table *table,
                                       const struct pol_space *space, char *err, size_t errsize)
{
    struct rtl *r = rtl_new(&ops, true, table, space);
    if (!r) {
        rtl_fail(err, errsize, "out of memory");
        return NULL;
    }
    if (start(r, dir, err, errsize) == 0)
        return rtl_start(r);
    rtl_delete(r);
    return NULL;
}
