/* Mnemonics: which there are, which are merely known, and what a mistyped one may have meant. */
#include "runtime/isa/table.h"
#include <string.h>

static const char *const known[] = {
#define KNOWN(name) name,
#include "runtime/isa/known.def"
};

/* Older names of present instructions. */
static const struct {
    const char *old, *now;
} renamed[] = {{"fmv.x.s", "fmv.x.w"}, {"fmv.s.x", "fmv.w.x"}};

static const char *present_name(const char *mnemonic)
{
    for (size_t i = 0; i < sizeof renamed / sizeof renamed[0]; i++)
        if (!strcmp(renamed[i].old, mnemonic))
            return renamed[i].now;
    return mnemonic;
}

int pol_insn_find(const struct pol_isa *isa, const char *mnemonic)
{
    const char *name = present_name(mnemonic);
    for (int row = 0; row < ISA_ROWS; row++)
        if ((!isa || pol_isa_has(isa, &isa_table[row])) && !strcmp(isa_table[row].name, name))
            return row;
    return -1;
}

enum pol_name_status pol_insn_name_status(const struct pol_isa *isa, const char *mnemonic)
{
    if (pol_insn_find(isa, mnemonic) >= 0)
        return POL_NAME_PRESENT;
    if (pol_insn_find(NULL, mnemonic) >= 0)
        return POL_NAME_KNOWN_ABSENT;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (!strcmp(known[i], mnemonic))
            return POL_NAME_KNOWN_ABSENT;
    return POL_NAME_UNKNOWN;
}

/* Longer than any mnemonic; a longer word resembles none. */
#define NAME_MAX_LENGTH 24

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Number of letters to insert, delete or replace between two words of at most NAME_MAX_LENGTH. */
static unsigned edit_distance(const char *a, const char *b)
{
    unsigned row[NAME_MAX_LENGTH + 1];
    size_t width = strlen(b);
    for (size_t j = 0; j <= width; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < width; j++) {
            unsigned replaced = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = least(row[j + 1] + 1, row[j] + 1, replaced);
        }
    }
    return row[width];
}

const char *pol_insn_suggest(const char *mnemonic)
{
    size_t length = strlen(mnemonic);
    if (length > NAME_MAX_LENGTH)
        return NULL;
    const char *nearest = NULL;
    /* One slip in a short word, two in a longer one; never everything. */
    unsigned limit = length < 2 ? 0 : length < 5 ? 1 : 2;
    for (int row = 0; row < ISA_ROWS; row++) {
        unsigned distance = edit_distance(mnemonic, isa_table[row].name);
        if (distance > limit || (nearest && distance == limit))
            continue;
        limit = distance;
        nearest = isa_table[row].name;
    }
    return nearest;
}
