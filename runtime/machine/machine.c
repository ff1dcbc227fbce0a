/* Creating and resetting the machine, its harts, its errors. */
#include "internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_HARTS = 1024, MAX_VALUE_SIZE = 1 << 18 };

int machine_bad(struct pol_machine *machine, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(machine->error, sizeof machine->error, format, args);
    va_end(args);
    return -1;
}

const char *pol_machine_error(const struct pol_machine *machine)
{
    return machine->error;
}

const struct pol_image *pol_machine_image(const struct pol_machine *machine)
{
    return machine->image;
}

struct pol_engine *pol_machine_engine(const struct pol_machine *machine)
{
    return machine->engine;
}

void pol_machine_limits(struct pol_machine *machine, uint32_t harts, uint32_t pages)
{
    machine->hart_limit = harts;
    machine->shadow.limit = pages;
}

void pol_machine_keep_deciding(struct pol_machine *machine, bool keep)
{
    machine->keep_deciding = keep;
}

void pol_machine_debug(struct pol_machine *machine, const struct pol_debug_info *debug)
{
    machine->debug = debug;
}

void pol_machine_on_answer(struct pol_machine *machine, pol_machine_hook *hook, void *user)
{
    machine->hook = hook;
    machine->hook_user = user;
}

/* ---- Buffers --------------------------------------------------------------------------------- */

static int allocate_buffers(struct pol_machine *machine)
{
    size_t size = machine->value_size, n = 7 + POL_MAX_GRANULES;
    struct pending *pending = &machine->pending;
    unsigned char *at = machine->buffers = calloc(n, size);
    if (!at)
        return -1;
    machine->ci = at;
    machine->scratch_env = at + size;
    machine->scratch_rd = at + 2 * size;
    machine->scratch = at + 3 * size;
    pending->env = at + 4 * size;
    pending->rd = at + 5 * size;
    pending->csr = at + 6 * size;
    for (size_t i = 0; i < POL_MAX_GRANULES; i++)
        pending->mem[i] = at + (7 + i) * size;
    machine->empty = hart_slot(machine, machine->initial, SLOT_EMPTY);
    for (unsigned i = 0; i < 8; i++) {
        machine->outs[i][POL_RES_ENV] = pending->env;
        machine->outs[i][POL_RES_RD] = i & 1 ? pending->rd : NULL;
        machine->outs[i][POL_RES_CSR] = i & 2 ? pending->csr : NULL;
        machine->outs[i][POL_RES_MEM] = i & 4 ? pending->mem[0] : NULL;
    }
    return 0;
}

static int allocate(struct pol_machine *machine)
{
    const struct pol_image *image = machine->image;
    size_t size = machine->value_size, deciders = machine->engine->ndeciders + (size_t)1;
    machine->encoded = calloc(image->nsets, size);
    machine->has_encoded = calloc(image->nsets, sizeof *machine->has_encoded);
    machine->initial = calloc(SLOTS, size);
    machine->lit = calloc(image->space->words, sizeof *machine->lit);
    machine->memo = calloc(3 * MEMO_ENTRIES, size);
    machine->deciding = calloc(deciders, sizeof *machine->deciding);
    machine->deciding_other = calloc(deciders, sizeof *machine->deciding_other);
    if (!machine->encoded || !machine->has_encoded || !machine->initial || !machine->lit ||
        !machine->memo || !machine->deciding || !machine->deciding_other ||
        allocate_buffers(machine) || shadow_init(&machine->shadow, image, machine->encoded, size))
        return machine_bad(machine, "out of memory");
    return 0;
}

/* ---- The image's sets as values -------------------------------------------------------------- */

/* The engine's value of a set; NULL with the error set.  Only sets that something has are asked
 * for: the image may hold others that the engine cannot represent. */
static unsigned char *encode_set(struct pol_machine *machine, uint32_t set, const char *format, ...)
{
    unsigned char *value = machine->encoded + set * machine->value_size;
    const uint32_t *lit = pol_image_set(machine->image, set);
    char place[60], text[120];
    va_list args;
    if (machine->has_encoded[set])
        return value;
    if (!machine->engine->ops->encode(machine->engine, lit, value)) {
        machine->has_encoded[set] = true;
        return value;
    }
    va_start(args, format);
    vsnprintf(place, sizeof place, format, args);
    va_end(args);
    pol_lit_format(machine->image->space, lit, text, sizeof text);
    machine_bad(machine, "the %s engine cannot represent the set of %s: %s",
                machine->engine->ops->name, place, text);
    return NULL;
}

static int initial_slot(struct pol_machine *machine, uint32_t slot, uint32_t set, const char *place,
                        unsigned number)
{
    const unsigned char *value = encode_set(machine, set, "%s%u", place, number);
    if (!value)
        return -1;
    value_copy(machine, hart_slot(machine, machine->initial, slot), value);
    return 0;
}

static int encode_registers(struct pol_machine *machine)
{
    const struct pol_image *image = machine->image;
    int failed = initial_slot(machine, SLOT_ENV, image->env, "the PC tag of hart ", 0) ||
                 initial_slot(machine, SLOT_SAVED_M, image->env, "the PC tag of hart ", 0) ||
                 initial_slot(machine, SLOT_SAVED_S, image->env, "the PC tag of hart ", 0) ||
                 initial_slot(machine, SLOT_EMPTY, 0, "operands that are absent, at least ", 1);
    for (unsigned i = 0; i < 32 && !failed; i++)
        failed = initial_slot(machine, SLOT_X + i, image->x[i], "register x", i) ||
                 initial_slot(machine, SLOT_F + i, image->f[i], "register f", i);
    for (unsigned i = 0; i < POL_CSRS && !failed; i++)
        failed = initial_slot(machine, SLOT_CSR + i,
                              image->csr[i] == POL_NO_SET ? image->csr_default : image->csr[i],
                              "CSR ", i);
    return failed ? -1 : 0;
}

static int encode_image(struct pol_machine *machine)
{
    const struct pol_image *image = machine->image;
    if (encode_registers(machine))
        return -1;
    if (image->ntrap_domains) {
        machine->trap_env = encode_set(machine, image->trap_env, "ISA.RISCV.Trap.Env");
        if (!machine->trap_env)
            return -1;
    }
    if (image->default_set != POL_NO_SET && !encode_set(machine, image->default_set, "the default"))
        return -1;
    for (size_t i = 0; i < image->nranges; i++)
        if (!encode_set(machine, image->ranges[i].set, "memory at 0x%" PRIx64,
                        image->ranges[i].start))
            return -1;
    return 0;
}

static int check_fit(struct pol_machine *machine)
{
    const struct pol_engine *engine = machine->engine;
    const struct pol_image *image = machine->image;
    const char *wrong = pol_image_check(image);
    if (wrong)
        return machine_bad(machine, "tag image: %s", wrong);
    if (image->space != engine->space && (image->space->ntags != engine->space->ntags ||
                                          image->space->words != engine->space->words))
        return machine_bad(machine, "tag image and engine have different tags");
    if (!engine->value_size || engine->value_size % 8 || engine->value_size > MAX_VALUE_SIZE)
        return machine_bad(machine, "the engine's values have an impossible size");
    for (uint32_t i = 0; i < image->ntrap_domains; i++)
        if (image->trap_domains[i] >= engine->ndomains)
            return machine_bad(machine, "the tag image names a component that the policy lacks");
    return 0;
}

/* ---- Life ------------------------------------------------------------------------------------ */

struct pol_machine *pol_machine_new(struct pol_engine *engine, const struct pol_image *image,
                                    char *err, size_t errsize)
{
    struct pol_machine *machine = calloc(1, sizeof *machine);
    if (!machine) {
        snprintf(err, errsize, "out of memory");
        return NULL;
    }
    static const bool never = false;
    machine->engine = engine;
    machine->idle = engine->idle ? engine->idle : &never;
    machine->image = image;
    machine->value_size = engine->value_size;
    machine->words = engine->value_size / 8;
    machine->hart_limit = DEFAULT_HARTS;
    machine->address_mask = image->isa.xlen == 32 ? UINT32_MAX : UINT64_MAX;
    for (uint32_t i = 0; i < image->space->ntags; i++)
        machine->merge_all |= image->space->tags[i].merge_all;
    if (check_fit(machine) || allocate(machine) || encode_image(machine)) {
        snprintf(err, errsize, "%s", machine->error);
        pol_machine_free(machine);
        return NULL;
    }
    icache_init(&machine->icache, &image->isa, (uint32_t)machine->value_size);
    machine->icache.in_place = engine->in_place;
    pol_machine_reset(machine);
    return machine;
}

static void drop_harts(struct pol_machine *machine)
{
    for (uint32_t i = 0; i < machine->nharts; i++) {
        free(machine->harts[i]);
        machine->harts[i] = NULL;
    }
    machine->harts_seen = 0;
}

void pol_machine_reset(struct pol_machine *machine)
{
    drop_harts(machine);
    shadow_clear(&machine->shadow);
    machine->code_page = NULL;
    machine->pending.open = machine->pending.fetched = machine->pending.allow = false;
    machine->error[0] = 0;
    machine->engine->ops->reset(machine->engine);
}

void pol_machine_free(struct pol_machine *machine)
{
    if (!machine)
        return;
    drop_harts(machine);
    free(machine->harts);
    shadow_free(&machine->shadow);
    free(machine->encoded);
    free(machine->has_encoded);
    free(machine->initial);
    free(machine->lit);
    free(machine->memo);
    free(machine->deciding);
    free(machine->deciding_other);
    free(machine->buffers);
    free(machine);
}

static int grow_harts(struct pol_machine *machine, uint32_t want)
{
    if (want <= machine->nharts)
        return 0;
    unsigned char **harts = realloc(machine->harts, want * sizeof(unsigned char *));
    if (!harts)
        return -1;
    for (uint32_t i = machine->nharts; i < want; i++)
        harts[i] = NULL;
    machine->harts = harts;
    machine->nharts = want;
    return 0;
}

unsigned char *machine_new_hart(struct pol_machine *machine, uint16_t id)
{
    size_t size = SLOTS * machine->value_size;
    if (machine->harts_seen >= machine->hart_limit) {
        machine_bad(machine, "more than %" PRIu32 " harts", machine->hart_limit);
        return NULL;
    }
    unsigned char *hart = grow_harts(machine, id + 1u) ? NULL : malloc(size);
    if (!hart) {
        machine_bad(machine, "out of memory");
        return NULL;
    }
    memcpy(hart, machine->initial, size);
    machine->harts[id] = hart;
    machine->harts_seen++;
    return hart;
}
