/* pol_decode: the instruction's opclass and what it has. */
#include "compiler/backend/sv/emit.h"

/* Entries before this one that match some of its words and give another opclass. */
static const char *unless_earlier(struct sv_module *m, uint32_t entry)
{
    const struct pol_table *t = m->sv->hw->table;
    const struct pol_prt_decode *d = &t->decode[entry];
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = 0; i < entry; i++) {
        uint32_t both = d->mask & t->decode[i].mask;
        if ((d->match & both) == (t->decode[i].match & both) && t->decode[i].opclass != d->opclass)
            str_printf(&text, " && !match_%u", i);
    }
    const char *result = sv_text(m, "%s", str_text(&text));
    str_free(&text);
    return result;
}

/* "is_3 | is_7": the opclasses for which the test holds; "1'b0". */
struct any {
    struct str_buf text;
};

static void add_class(struct any *any, uint32_t opclass)
{
    str_printf(&any->text, "%sis_%u", any->text.len ? " | " : "", opclass);
}

static void write_any(struct sv_module *m, const char *target, struct any *any)
{
    sv_line(m, "    assign %s = %s;", target, any->text.len ? str_text(&any->text) : "1'b0");
    str_free(&any->text);
}

enum { HAS_OP1, HAS_OP2, HAS_OP3, HAS_MEM, HAS_RD, HAS_CSR, STORES, FLAGS };
static const char *const flag_names[FLAGS] = {"has_op1", "has_op2", "has_op3", "has_mem",
                                              "has_rd",  "has_csr", "stores"};

static bool has_flag(const struct pol_prt_opclass *c, int flag)
{
    const bool flags[FLAGS] = {c->op1, c->op2, c->op3, c->mem, c->rd, c->csr, c->mem & 2u};
    return flags[flag];
}

static void emit_flags(struct sv_module *m)
{
    const struct pol_table *t = m->sv->hw->table;
    for (int flag = 0; flag < FLAGS; flag++) {
        struct any any;
        str_init(&any.text);
        for (uint32_t c = 1; c < t->n_opclasses; c++)
            if (has_flag(&t->opclasses[c], flag))
                add_class(&any, c);
        write_any(m, flag_names[flag], &any);
    }
}

static void emit_number(struct sv_module *m, uint32_t bits)
{
    const struct pol_table *t = m->sv->hw->table;
    for (uint32_t bit = 0; bit < bits; bit++) {
        struct any any;
        str_init(&any.text);
        for (uint32_t c = 1; c < t->n_opclasses; c++)
            if (c >> bit & 1u)
                add_class(&any, c);
        write_any(m, bits == 1 ? "opclass" : sv_text(m, "opclass[%u]", bit), &any);
    }
}

static void emit_classes(struct sv_module *m)
{
    const struct pol_table *t = m->sv->hw->table;
    for (uint32_t c = 1; c < t->n_opclasses; c++) {
        struct any any;
        str_init(&any.text);
        for (uint32_t i = 0; i < t->n_decode; i++)
            if (t->decode[i].opclass == c)
                str_printf(&any.text, "%s(match_%u%s)", any.text.len ? " | " : "", i,
                           unless_earlier(m, i));
        sv_line(m, "    // %s", t->strings + t->opclasses[c].name);
        sv_line(m, "    logic is_%u;", c);
        write_any(m, sv_text(m, "is_%u", c), &any);
    }
}

void sv_emit_decode(struct sv_maker *sv)
{
    const struct pol_table *t = sv->hw->table;
    struct sv_module *m = sv_module_new(sv, "pol_decode", "The opclass of an instruction word.");
    uint32_t bits = hw_bits((t->n_opclasses - 1) | 1);
    sv_port(m, "input", 32, "insn");
    sv_port(m, "output", bits, "opclass");
    for (int flag = 0; flag < FLAGS; flag++)
        sv_port(m, "output", 1, "%s", flag_names[flag]);
    sv_spare(m, "insn");
    for (uint32_t i = 0; i < t->n_decode; i++) {
        const char *name = sv_text(m, "match_%u", i);
        sv_wire(m, 1, name, "(insn & 32'h%08x) == 32'h%08x", t->decode[i].mask, t->decode[i].match);
        sv_spare(m, name);
    }
    emit_classes(m);
    emit_number(m, bits);
    emit_flags(m);
    sv_module_end(m);
}
