/* Private to the engines over simulators. */
#ifndef RUNTIME_DIFF_RTL_ENGINE_H
#define RUNTIME_DIFF_RTL_ENGINE_H

#include <pol/rtl.h>

/* An access of 8 bytes touches at most 9 granules of a byte. */
#define RTL_MAX_BEATS 16

struct rtl;
struct rtl_ops {
    /* Shows r->in and the control bits to the unit and fills r->out; false when it is gone. */
    bool (*drive)(struct rtl *r, uint32_t control);
    void (*close)(struct rtl *r);
};

struct rtl {
    struct pol_engine base; /* first: the engine is the unit */
    const struct rtl_ops *ops;
    const struct pol_table *table;
    uint32_t nslots, in_words, out_words;
    uint32_t *in, *out;
    uint32_t *beats, nbeats; /* inputs of the pending step's granules */
    bool dead;
    /* Verilator */
    void *library, *unit;
    const struct pol_rtl_abi *abi;
    /* Icarus */
    int pid, to;
    void *from; /* FILE */
};

/* NULL when memory is short. */
struct rtl *rtl_new(const struct rtl_ops *ops, bool icarus, const struct pol_table *table,
                    const struct pol_space *space);
void rtl_delete(struct rtl *r);
/* Resets the unit; the engine. */
struct pol_engine *rtl_start(struct rtl *r);
/* Always -1. */
int rtl_fail(char *err, size_t errsize, const char *fmt, ...);

#endif
