/* The policy that the tagger's two targets tag for. */
#ifndef TESTS_FUZZ_TAG_H
#define TESTS_FUZZ_TAG_H

#include <stdint.h>

/* Tags the program by the map, saves and loads the image; aborts when that does not fit. */
void tag_and_check(const char *elf, const char *map);

/* A file of this tree: $POL_FUZZ_ROOT/name, else ./name. */
void tag_tree_path(char path[256], const char *name);

#endif
