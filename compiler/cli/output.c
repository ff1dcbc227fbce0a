/* All files or none. */
#include "compiler/cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/cli/temporary.h"
#include "lang/support/arena.h"

void output_init(struct output *output, const char *dir)
{
    memset(output, 0, sizeof *output);
    output->dir = dir;
}

static struct output_file *add_file(struct output *output)
{
    size_t room = ((size_t)output->count + 1) * sizeof *output->files;
    output->files = lang_xrealloc(output->files, room);
    return output->files[output->count++] = lang_xalloc(sizeof **output->files);
}

FILE *output_open_in(struct output *output, const char *stem, const char *suffix, const char *name)
{
    struct output_file *file = add_file(output);
    int n =
        snprintf(file->name, sizeof file->name, "%s%s%s%s", stem, suffix, *name ? "/" : "", name);
    if (n < 0 || (size_t)n >= sizeof file->name)
        file->name[0] = 0; /* output_write says so */
    file->stream = open_memstream(&file->data, &file->size);
    if (!file->stream)
        pol_fatal_oom();
    return file->stream;
}

FILE *output_open(struct output *output, const char *stem, const char *suffix)
{
    return output_open_in(output, stem, suffix, "");
}

void output_add(struct output *output, const char *stem, const char *suffix, const void *data,
                size_t size)
{
    FILE *stream = output_open(output, stem, suffix);
    fwrite(data, 1, size, stream);
}

/* The memory streams are complete only once closed. */
static void close_streams(struct output *output)
{
    for (int i = 0; i < output->count; i++) {
        struct output_file *file = output->files[i];
        if (!file->stream)
            continue;
        bool bad = ferror(file->stream) != 0;
        if (fclose(file->stream) || bad)
            pol_fatal_oom();
        file->stream = NULL;
    }
}

static bool failed(const char *path, const char *what)
{
    cli_error("%s: %s: %s", path, what, strerror(errno));
    return false;
}

static bool make_dir(struct output *output, const char *dir)
{
    cli_temporary_hold();
    bool made = mkdir(dir, 0777) == 0;
    int error = errno;
    if (made) {
        output->made =
            lang_xrealloc(output->made, ((size_t)output->nmade + 1) * sizeof *output->made);
        output->made[output->nmade++] = lang_xstrdup(dir);
        cli_temporary_add(dir);
    }
    cli_temporary_release();
    errno = error;
    return made || errno == EEXIST || failed(dir, "cannot be made");
}

/* The folder of a file; returns the rest of its name. */
static const char *split(const struct output *output, const struct output_file *file, char *dir,
                         size_t size)
{
    const char *slash = strchr(file->name, '/');
    int n = slash ? (int)(slash - file->name) : 0;
    snprintf(dir, size, "%s%s%.*s", output->dir, slash ? "/" : "", n, file->name);
    return slash ? slash + 1 : file->name;
}

static bool make_dirs(struct output *output)
{
    char dir[OUTPUT_PATH];
    bool ok = make_dir(output, output->dir);
    for (int i = 0; ok && i < output->count; i++)
        if (strchr(output->files[i]->name, '/')) {
            split(output, output->files[i], dir, sizeof dir);
            ok = make_dir(output, dir);
        }
    return ok;
}

/* What a new file of this process may be, which mkstemp does not ask. */
static mode_t file_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return (mode_t)(0666 & ~mask);
}

static bool put(int fd, const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = write(fd, data + done, size - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

/* mkstemp; an interrupt removes the file. */
static int make_temporary(char *path)
{
    cli_temporary_hold();
    int fd = mkstemp(path);
    int error = errno;
    if (fd >= 0)
        cli_temporary_add(path);
    cli_temporary_release();
    errno = error;
    return fd;
}

static bool write_temporary(const struct output *output, struct output_file *file)
{
    char path[sizeof file->temporary], dir[OUTPUT_PATH];
    const char *name = split(output, file, dir, sizeof dir);
    int n = snprintf(path, sizeof path, "%s/.%s.XXXXXX", dir, name);
    if (n < 0 || (size_t)n >= sizeof path || !file->name[0]) {
        file->temporary[0] = 0;
        errno = ENAMETOOLONG;
        return failed(output->dir, "cannot be written to");
    }
    memcpy(file->temporary, path, (size_t)n + 1);
    int fd = make_temporary(file->temporary);
    if (fd < 0) {
        file->temporary[0] = 0;
        return failed(dir, "cannot be written to");
    }
    bool ok = put(fd, file->data, file->size) && fchmod(fd, file_mode()) == 0;
    int error = errno;
    if (close(fd) && ok) {
        error = errno;
        ok = false;
    }
    errno = error;
    return ok || failed(output->dir, file->name);
}

static void final_path(const struct output *output, const struct output_file *file, char *path,
                       size_t size)
{
    snprintf(path, size, "%s/%s", output->dir, file->name);
}

/* What is there already must be a thing that a file can replace. */
static bool free_to_move(const struct output *output, const struct output_file *file)
{
    struct stat info;
    char path[OUTPUT_PATH];
    final_path(output, file, path, sizeof path);
    if (!file->name[0] || lstat(path, &info) || !S_ISDIR(info.st_mode))
        return true;
    errno = EISDIR;
    return failed(path, "cannot be written");
}

/* Gives what is at `path` a second name; a plain rename where there are no hard links. */
static bool keep_old(struct output_file *file, const char *path)
{
    struct stat info;
    if (lstat(path, &info))
        return errno == ENOENT;
    snprintf(file->old, sizeof file->old, "%s.old", file->temporary);
    if (link(path, file->old) == 0 || (errno != EEXIST && rename(path, file->old) == 0))
        return true;
    file->old[0] = 0;
    return false;
}

static bool move(const struct output *output, struct output_file *file)
{
    char path[OUTPUT_PATH];
    final_path(output, file, path, sizeof path);
    if (!keep_old(file, path) || rename(file->temporary, path))
        return failed(path, "cannot be written");
    file->renamed = true;
    return true;
}

/* Puts an old file back, or removes the new one.  A rename between two names of one file does
 * nothing, so the second name is removed in any case. */
static void put_back(const struct output_file *file, const char *path)
{
    if (file->old[0]) {
        rename(file->old, path);
        remove(file->old);
    } else if (file->renamed) {
        remove(path);
    }
}

static void undo(struct output *output)
{
    char path[OUTPUT_PATH];
    for (int i = 0; i < output->count; i++) {
        struct output_file *file = output->files[i];
        final_path(output, file, path, sizeof path);
        put_back(file, path);
        if (!file->renamed && file->temporary[0])
            remove(file->temporary);
    }
    for (int i = output->nmade; i-- > 0;)
        rmdir(output->made[i]);
}

static void settle(struct output *output, bool ok)
{
    if (!ok)
        undo(output);
    for (int i = 0; i < output->count; i++) {
        if (ok && output->files[i]->old[0])
            remove(output->files[i]->old);
        cli_temporary_forget(output->files[i]->temporary);
    }
    for (int i = 0; i < output->nmade; i++)
        cli_temporary_forget(output->made[i]);
}

bool output_write(struct output *output)
{
    close_streams(output);
    bool ok = make_dirs(output);
    for (int i = 0; ok && i < output->count; i++)
        ok = free_to_move(output, output->files[i]);
    for (int i = 0; ok && i < output->count; i++)
        ok = write_temporary(output, output->files[i]);
    cli_temporary_hold(); /* no interrupt leaves some files new and others old */
    for (int i = 0; ok && i < output->count; i++)
        ok = move(output, output->files[i]);
    settle(output, ok);
    cli_temporary_release();
    return ok;
}

void output_free(struct output *output)
{
    close_streams(output);
    for (int i = 0; i < output->count; i++) {
        free(output->files[i]->data);
        free(output->files[i]);
    }
    for (int i = 0; i < output->nmade; i++)
        free(output->made[i]);
    free(output->files);
    free(output->made);
    output_init(output, output->dir);
}

bool output_beside(const char *path, char temporary[OUTPUT_PATH])
{
    struct stat info;
    bool direct = cli_is(path, "-") || (stat(path, &info) == 0 && !S_ISREG(info.st_mode));
    int n = snprintf(temporary, OUTPUT_PATH, "%s%s", path, direct ? "" : ".XXXXXX");
    if (n < 0 || n >= OUTPUT_PATH) {
        errno = ENAMETOOLONG;
        return failed(path, "cannot be written");
    }
    if (direct)
        return true;
    int fd = make_temporary(temporary);
    if (fd < 0)
        return failed(path, "cannot be written");
    fchmod(fd, file_mode());
    close(fd);
    return true;
}

bool output_settle(const char *path, const char *temporary, bool good)
{
    if (strcmp(path, temporary) == 0)
        return good;
    cli_temporary_hold();
    if (good && rename(temporary, path))
        good = failed(path, "cannot be written");
    if (!good)
        remove(temporary);
    cli_temporary_forget(temporary);
    cli_temporary_release();
    return good;
}
