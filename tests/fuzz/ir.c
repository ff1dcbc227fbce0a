/* The text form of the IR: what is refused is refused with a line; what is read holds the
 * invariants and prints as a text that reads the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/ir/ir.h"
#include "tests/fuzz/lib/fuzz.h"

static void require(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "ir: %s\n", what);
    abort();
}

static char *printed(const struct ir *ir, size_t *size)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (!out)
        abort();
    ir_print(ir, out);
    fclose(out);
    return text;
}

static void again(const struct ir *ir)
{
    char err[300] = "";
    size_t one_size, two_size;
    char *one = printed(ir, &one_size);
    struct ir *other = ir_parse(one, one_size, err, sizeof err);
    require(other != NULL, err);
    char *two = printed(other, &two_size);
    require(one_size == two_size && memcmp(one, two, one_size) == 0, "it prints otherwise");
    ir_free(other);
    free(one);
    free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[300] = "";
    struct ir *ir = ir_parse((const char *)data, size, err, sizeof err);
    require(ir || (err[0] >= '1' && err[0] <= '9' && strstr(err, ": ")), "refused without a line");
    if (ir)
        again(ir);
    ir_free(ir);
    return 0;
}
