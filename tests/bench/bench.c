/* Measurements, side by side in one run; medians over rounds that alternate the contestants.
 *
 *   bench replay TRACE ROUNDS NAME=PRT,IMAGE[,MONITOR.so]...     the last one is held to the aims
 *   bench run ROUNDS COMMAND...         wall seconds (median) and peak memory of a command
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <fcntl.h>
#include <pol/machine.h>
#include <pol/monitor_abi.h>
#include <pol/table.h>

#define MAX_ROUNDS 64

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *v, int n)
{
    qsort(v, (size_t)n, sizeof *v, compare_doubles);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "bench: %s: %s\n", what, why);
    exit(2);
}

static double least(const double *v, int n)
{
    double m = v[0];
    for (int i = 1; i < n; i++)
        m = v[i] < m ? v[i] : m;
    return m;
}

/* One policy: its table and perhaps its monitor. */
struct subject {
    const char *name;
    struct pol_table *table;
    struct pol_space *space;
    struct pol_image *image;
    struct pol_engine *engine[2];
    struct pol_machine *machine[2];
    double seconds[2][MAX_ROUNDS];
    uint64_t violations;
};

static struct pol_trace_reader *open_trace(const char *path)
{
    struct pol_trace_error err;
    struct pol_trace_reader *r = pol_trace_open(path, &err);
    if (!r)
        die(path, err.message);
    return r;
}

static void open_subject(struct subject *s, char *spec)
{
    char err[512];
    s->name = strtok(spec, "=");
    const char *prt = strtok(NULL, ","), *image = strtok(NULL, ","), *so = strtok(NULL, ",");
    if (!prt || !image)
        die(spec, "NAME=PRT,IMAGE[,MONITOR] wanted");
    s->table = pol_table_load(prt, err, sizeof err);
    s->space = s->table ? pol_table_space(s->table) : NULL;
    if (!s->space)
        die(prt, err);
    s->image = pol_image_load(image, s->space, err, sizeof err);
    if (!s->image)
        die(image, err);
    s->engine[0] = pol_table_engine_new(s->table, s->space);
    s->engine[1] = so ? pol_monitor_engine_open(so, s->space, err, sizeof err) : NULL;
    if (so && !s->engine[1])
        die(so, err);
    for (int k = 0; k < 2 && s->engine[k]; k++) {
        s->machine[k] = pol_machine_new(s->engine[k], s->image, err, sizeof err);
        if (!s->machine[k])
            die(s->name, err);
    }
}

static uint64_t replay(struct subject *s, int k, const char *trace, int round)
{
    struct pol_replay_counts counts;
    struct pol_replay_options options = {.go_on = true};
    struct pol_trace_reader *r = open_trace(trace);
    pol_machine_reset(s->machine[k]);
    double start = now();
    enum pol_replay_status status = pol_replay(s->machine[k], r, &options, &counts);
    s->seconds[k][round] = now() - start;
    pol_trace_close(r);
    if (status != POL_REPLAY_DONE)
        die(s->name, "the replay did not reach the trace's end");
    s->violations = counts.unexpected;
    return counts.instructions;
}

static uint64_t unchecked(const struct pol_isa *isa, const char *trace, double *seconds)
{
    struct pol_replay_counts counts;
    uint64_t sum;
    struct pol_trace_reader *r = open_trace(trace);
    double start = now();
    pol_replay_unchecked(isa, r, &counts, &sum);
    *seconds = now() - start;
    pol_trace_close(r);
    return counts.instructions;
}

/* Both numbers from the fastest rounds, which others on the machine disturbed least. */
static void print_aims(const struct subject *s, double plain, int rounds, double per)
{
    double best = least(s->seconds[0], rounds);
    double ratio = best / plain, speed = 1e3 / (best * per);
    printf(
        "aims, %s, fastest round: %.2f x unchecked (at most 4: %s), %.1f M steps/s (at least 50: "
        "%s)\n",
        s->name, ratio, ratio <= 4 ? "met" : "missed", speed, speed >= 50 ? "met" : "missed");
}

static int bench_replay(int argc, char **argv)
{
    const char *trace = argv[2];
    int rounds = atoi(argv[3]), n = argc - 4;
    struct subject *s = calloc((size_t)n, sizeof *s);
    double plain[MAX_ROUNDS];
    uint64_t count = 0;
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    for (int i = 0; i < n; i++)
        open_subject(&s[i], argv[4 + i]);
    for (int round = 0; round < rounds; round++) {
        count = unchecked(&s[0].image->isa, trace, &plain[round]);
        for (int i = 0; i < n; i++)
            for (int k = 0; k < 2 && s[i].machine[k]; k++)
                replay(&s[i], k, trace, round);
    }
    double per = 1e9 / (double)count, fastest = least(plain, rounds);
    double base = median(plain, rounds);
    printf("%llu instructions, medians of %d rounds\n", (unsigned long long)count, rounds);
    printf("%-12s %12s %10s %14s   %s\n", "", "ns/step", "M steps/s", "x unchecked", "monitor -O2");
    printf("%-12s %12.2f %10.1f %14s\n", "unchecked", base * per, 1e3 / (base * per), "1.00");
    for (int i = 0; i < n; i++) {
        double t = median(s[i].seconds[0], rounds);
        printf("%-12s %12.2f %10.1f %14.2f", s[i].name, t * per, 1e3 / (t * per), t / base);
        if (s[i].machine[1]) {
            double m = median(s[i].seconds[1], rounds);
            printf("   %8.2f ns (x%.2f)", m * per, m / t);
        }
        printf("%s\n", s[i].violations ? "  (with violations)" : "");
    }
    print_aims(&s[n - 1], fastest, rounds, per);
    return 0;
}

static int bench_run(int argc, char **argv)
{
    int rounds = atoi(argv[2]);
    double v[MAX_ROUNDS];
    rounds = rounds < 1 ? 1 : rounds > MAX_ROUNDS ? MAX_ROUNDS : rounds;
    for (int i = 0; i < rounds; i++) {
        double start = now();
        pid_t pid = fork();
        if (pid == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, 1);
            execvp(argv[3], argv + 3);
            _exit(127);
        }
        int status;
        if (pid < 0 || waitpid(pid, &status, 0) < 0 || status != 0)
            die(argv[3], "failed");
        v[i] = now() - start;
    }
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    printf("%.6f %ld\n", median(v, rounds), u.ru_maxrss); /* seconds, KiB */
    (void)argc;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc >= 5 && strcmp(argv[1], "replay") == 0)
        return bench_replay(argc, argv);
    if (argc >= 4 && strcmp(argv[1], "run") == 0)
        return bench_run(argc, argv);
    fprintf(stderr, "usage: bench replay TRACE ROUNDS NAME=PRT,IMAGE[,MONITOR.so]...\n"
                    "       bench run ROUNDS COMMAND...\n");
    return 2;
}
