/* Compiled reference monitors: how a program finds its way into one that it loads.
 *
 * A file NAME_monitor.c exports one object, `const struct pol_monitor_abi pol_monitor`.  The
 * emitted code includes nothing but <stdint.h> and <stdbool.h>, so NAME_monitor.h repeats the part
 * between the markers below word for word (a unit test compares them).
 *
 * Tag sets are literals in the layout of tagset.h, `literal_words` words each.  The state is
 * `state_size` bytes of the caller's, aligned for uint64_t, made valid by reset().
 * Numbers (verdicts, causes, operands, results, deciders, rules, domains) are those of engine.h.
 *
 * Threads: a monitor has no state of its own; calls with different states may run at once.
 */
#ifndef POL_MONITOR_ABI_H
#define POL_MONITOR_ABI_H

#include <pol/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* clang-format off */
/* abi begins */
#ifndef POL_MONITOR_ABI
#define POL_MONITOR_ABI 2 /* version */

struct pol_monitor_failure {
    uint32_t decider, rule, cause, tag; /* 0xffffffff: none */
};

struct pol_monitor_inputs {
    uint32_t word;     /* the instruction, 32 bits */
    const void *in[6]; /* env, code, op1, op2, op3, mem */
    const void *old[4]; /* what env, rd, csr, mem were before */
};

struct pol_monitor_answer {
    uint32_t verdict; /* 0 allow, 1 implicit failure, 2 explicit failure */
    uint32_t written; /* bit r: result r (env, rd, csr, mem) is written by some policy */
    struct pol_monitor_failure first; /* the failure that names the answer */
    const char *message;              /* of the rule that failed; "" if none did */
    uint32_t nfailures;               /* all of them, of which are listed: */
    struct pol_monitor_failure failures[64];
    uint32_t response; /* of the failures the most severe one; 0xffffffff: none */
    uint32_t nreports; /* rules that matched, asked for a report and went on, of which are listed: */
    struct pol_monitor_report {
        uint32_t decider, rule;
    } reports[16];
    uint32_t *deciding; /* NULL, or the caller's array: for each decider its deciding rule */
};

struct pol_monitor_abi {
    uint32_t version;
    uint32_t literal_words, state_size;
    uint32_t ntags, ndeciders, ndomains;
    uint8_t digest[32]; /* of sources and target */
    void (*reset)(void *state);
    void (*begin)(void *state);
    void (*evaluate)(void *state, const struct pol_monitor_inputs *in, void *const out[4],
                     struct pol_monitor_answer *answer);
    void (*commit)(void *state);
    bool (*merge)(const void *a, const void *b, void *out, uint32_t *tag);
    void (*drop_missing)(const void *a, const void *b, void *out);
    void (*replace_domain)(uint32_t domain, const void *a, const void *b, void *out);
};
#endif
/* abi ends */
/* clang-format on */

/* Compiles an emitted monitor to a shared object with the system's C compiler: `cc`, or $CC, or
 * "cc", which may have options after spaces.  `opt` is an optimisation option; NULL is "-O2", for
 * sources of more than 1 MiB "-O1".  0, or -1 with a message that ends with the first lines of what
 * the compiler said. */
int pol_monitor_build(const char *c_path, const char *so_path, const char *cc, const char *opt,
                      char *err, size_t errsize);

/* Loads a compiled monitor and wraps it as an engine named "monitor"; NULL with a message when it
 * cannot be loaded or belongs to another policy than `space` (borrowed until destroy). */
struct pol_engine *pol_monitor_engine_open(const char *so_path, const struct pol_space *space,
                                           char *err, size_t errsize);

#ifdef __cplusplus
}
#endif
#endif
