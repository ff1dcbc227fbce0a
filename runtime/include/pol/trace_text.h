/* pol/trace_text.h: the syntax of tag sets and operand lines in traces, without the meaning of any
 * name.
 *
 *   tag set       {}   {A, B 3, heap.Pointer 4, Saved {A, B 1}, (Label High)}
 *   operand line  loadGrp code={Ex} mem={Rd, Cell 4}        first word: a mnemonic, a group or
 * 0xWORD
 *
 * Results are slices of the caller's text.  Nothing here allocates; limits are constants below, and
 * passing them is a syntax error. */
#ifndef POL_TRACE_TEXT_H
#define POL_TRACE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pol_slice {
    const char *at; /* not terminated */
    size_t length;
};

/* What is wrong and at which byte of the text, from 0. */
struct pol_text_error {
    size_t offset;
    char message[120];
};

enum pol_tag_item_kind {
    POL_ITEM_SET, /* the set itself, or a tag set as an argument; `count` tags follow */
    POL_ITEM_TAG, /* a tag: `name`, followed by `count` arguments */
    POL_ITEM_INT, /* an integer argument: `value` */
    POL_ITEM_NAME /* an argument by name (a constant of an enumeration or lattice): `name` */
};

/* A tag set is an array of items in preorder; item 0 is the set.  `next` is the index after the
 * item and all below it, so that `i = items[i].next` steps over siblings. */
struct pol_tag_item {
    enum pol_tag_item_kind kind;
    uint32_t count;
    uint32_t next;
    struct pol_slice name;
    uint64_t value;
};

enum { POL_MAX_TAG_DEPTH = 8 }; /* sets within sets */

/* Parse a whole text (surrounding blanks allowed) as one tag set.  Returns the number of items, of
 * which up to `capacity` are stored (NULL and 0 just check), or -1 with *error. */
long pol_tagset_parse(const char *text, size_t length, struct pol_tag_item *items, size_t capacity,
                      struct pol_text_error *error);

enum { POL_MAX_OPERANDS = 16 };

struct pol_operand_item {
    struct pol_slice name;
    struct pol_slice tags; /* from { to }, syntax checked */
};

struct pol_operand_line {
    struct pol_slice head; /* mnemonic, group name or 0xWORD, as written */
    bool is_word;          /* head is an instruction word: `word` */
    uint32_t word;
    size_t count;
    struct pol_operand_item
        operands[POL_MAX_OPERANDS]; /* in the order of the line; names are distinct */
};

/* Parse one line.  1: *line holds it; 0: blank or only a comment; -1: malformed, with *error. */
int pol_operand_parse(const char *text, size_t length, struct pol_operand_line *line,
                      struct pol_text_error *error);

#endif
