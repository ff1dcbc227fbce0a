/* A unit that Verilator compiled to a shared object. */
#include <dlfcn.h>
#include <stdio.h>

#include "rtl_engine.h"
#include "spawn.h"

#define LIBRARY "obj/pol_rtl.so"

static bool unit_drive(struct rtl *r, uint32_t control)
{
    r->abi->drive(r->unit, control, r->in, r->out);
    return true;
}

static void unit_close(struct rtl *r)
{
    if (r->unit)
        r->abi->close(r->unit);
    if (r->library)
        dlclose(r->library);
}

static const struct rtl_ops ops = {unit_drive, unit_close};

int pol_rtl_build_verilator(const char *dir, char *err, size_t errsize)
{
    char said[2048] = "", folder[4200];
    /* everything is named relative to the folder, whose own name may have spaces */
    char *const argv[] = {"env",
                          "-C",
                          folder,
                          "verilator",
                          "--cc",
                          "--exe",
                          "--build",
                          "-j",
                          "2",
                          "-O3",
                          "-Wno-fatal",
                          "--top-module",
                          "pol_harness",
                          "--prefix",
                          "Vpol_harness",
                          "--Mdir",
                          "obj",
                          "-CFLAGS",
                          "-fPIC -O1 -fvisibility=hidden",
                          "-LDFLAGS",
                          "-shared",
                          "-o",
                          "pol_rtl.so",
                          "-f",
                          "harness.f",
                          "pol_harness.cpp",
                          NULL};
    int n = snprintf(folder, sizeof folder, "%s", dir);
    if (n < 0 || n > 4000)
        return rtl_fail(err, errsize, "the folder's name is too long");
    int status = spawn_tool(argv, said, sizeof said);
    if (status == 0)
        return 0;
    if (status == 127)
        return rtl_fail(err, errsize,
                        "cannot run `verilator` (Debian: apt-get install verilator g++)");
    if (status < 0)
        return rtl_fail(err, errsize, "verilator was stopped");
    return rtl_fail(err, errsize, "verilator failed on the emitted unit: %s", said);
}

static int load(struct rtl *r, const char *dir, char *err, size_t errsize)
{
    char path[4200];
    snprintf(path, sizeof path, "%s%s/" LIBRARY, dir[0] == '/' ? "" : "./", dir);
    r->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!r->library)
        return rtl_fail(err, errsize, "cannot load the simulated unit: %s", dlerror());
    r->abi = dlsym(r->library, "pol_rtl");
    if (!r->abi || r->abi->version != POL_RTL_ABI || r->abi->in_words != r->in_words ||
        r->abi->out_words != r->out_words)
        return rtl_fail(err, errsize, "%s: a unit of another policy or version", path);
    r->unit = r->abi->open();
    return r->unit ? 0 : rtl_fail(err, errsize, "out of memory");
}

struct pol_engine *pol_rtl_open_verilator(const char *dir, const struct pol_table *table,
                                          const struct pol_space *space, char *err, size_t errsize)
{
    struct rtl *r = rtl_new(&ops, false, table, space);
    if (!r) {
        rtl_fail(err, errsize, "out of memory");
        return NULL;
    }
    if (load(r, dir, err, errsize) == 0)
        return rtl_start(r);
    rtl_delete(r);
    return NULL;
}
