/* The file: its heading and its modules. */
#include <stdarg.h>

#include "compiler/backend/reference/emit.h"

const char *const reference_results[POL_RESULTS] = {"env", "rd", "csr", "mem"};
const char *const reference_operands[POL_OPERANDS] = {"env", "code", "op1", "op2", "op3", "mem"};

void reference_put(const struct reference *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(r->out, format, args);
    va_end(args);
}

void reference_comment(const struct reference *r, const char *text)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        fputc(c < 0x20 || c > 0x7e || c == '\\' || c == '`' ? '?' : c, r->out);
    }
}

static void heading(const struct reference *r)
{
    char isa[POL_ISA_TEXT];
    pol_isa_format(&r->ir->isa, isa, sizeof isa);
    reference_put(r, "// The behavioural reference of policy ");
    reference_comment(r, r->ir->name);
    reference_put(r, " for %s.\n// Made by policyc from sources with digest ", isa);
    for (size_t i = 0; i < sizeof r->ir->digest; i++)
        reference_put(r, "%02x", r->ir->digest[i]);
    reference_put(r, ".\n//\n"
                     "// Every rule is one block of pol_reference_step, under its own text, in "
                     "the order in which rules are\n"
                     "// tried: the first that matches decides.  The proof that pol_step equals it "
                     "assumes pol_assume.\n"
                     "`default_nettype none\n\n");
}

int reference_emit(const struct ir *ir, const struct hw *hw, FILE *out)
{
    struct arena arena;
    struct reference r = {.ir = ir, .hw = hw, .table = hw->table, .out = out, .arena = &arena};
    arena_init(&arena);
    reference_names(&r);
    reference_layout(&r);
    r.number_bits = reference_number_bits(ir);
    heading(&r);
    reference_code_modules(&r);
    reference_step(&r);
    reference_merge(&r);
    reference_fetch(&r);
    reference_assume(&r);
    reference_put(&r, "`default_nettype wire\n");
    arena_free(&arena);
    return fflush(out) != 0 || ferror(out) ? -1 : 0;
}
