/* Checks for unit tests.  A test program calls CHECK* inside functions and ends with
 * `return check_done();`.  It prints one TAP line per named case (CASE) and exits non-zero when
 * any check failed. */
#ifndef TESTS_CHECK_H
#define TESTS_CHECK_H
#include <stdio.h>
#include <string.h>

static int check_failures, check_cases, check_case_failed;
static const char *check_case;

static inline void check_end_case(void)
{
    if (!check_case)
        return;
    printf("%s %d - %s\n", check_case_failed ? "not ok" : "ok", ++check_cases, check_case);
    check_case = NULL;
    check_case_failed = 0;
}

static inline void check_fail(const char *file, int line, const char *what)
{
    printf("# %s:%d: %s\n", file, line, what);
    check_failures++;
    check_case_failed = 1;
}

static inline int check_done(void)
{
    check_end_case();
    printf("1..%d\n", check_cases);
    return check_failures || !check_cases;
}

#define CASE(name) (check_end_case(), check_case = (name))
#define CHECK(cond) ((cond) ? (void)0 : check_fail(__FILE__, __LINE__, #cond))
#define CHECK_INT(a, b)                                                                            \
    do {                                                                                           \
        long long check_a = (long long)(a), check_b = (long long)(b);                              \
        if (check_a != check_b) {                                                                  \
            printf("# got %lld, want %lld\n", check_a, check_b);                                   \
            check_fail(__FILE__, __LINE__, #a " == " #b);                                          \
        }                                                                                          \
    } while (0)
#define CHECK_STR(a, b)                                                                            \
    do {                                                                                           \
        const char *check_a = (a), *check_b = (b);                                                 \
        if (!check_a || !check_b || strcmp(check_a, check_b) != 0) {                               \
            printf("# got \"%s\"\n# want \"%s\"\n", check_a ? check_a : "(null)",                  \
                   check_b ? check_b : "(null)");                                                  \
            check_fail(__FILE__, __LINE__, #a " eq " #b);                                          \
        }                                                                                          \
    } while (0)
#endif
