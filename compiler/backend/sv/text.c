/* Text of modules: declarations, expressions of exact width, delays, choices. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "compiler/backend/sv/emit.h"

const char *const sv_source_names[HW_SOURCES] = {"env", "code", "op1",    "op2",
                                                 "op3", "mem",  "rd_old", "csr_old"};
const char *const sv_result_names[POL_RESULTS] = {"env", "rd", "csr", "mem"};

/* ---- Files and modules ----------------------------------------------------------------------- */

void sv_add_file(struct sv_maker *sv, const char *name, struct str_buf *text)
{
    struct sv_file file = {arena_strdup(&sv->arena, name), NULL, text->len};
    file.text = arena_strndup(&sv->arena, str_text(text), text->len);
    VEC_PUSH(&sv->arena, &sv->files, file);
    str_free(text);
}

struct sv_module *sv_module_with(struct sv_maker *sv, const char *name, const char *purpose,
                                 const char *parameters)
{
    struct sv_module *m = ARENA_NEW(&sv->arena, struct sv_module);
    m->sv = sv;
    m->arena = &sv->arena;
    m->name = arena_strdup(&sv->arena, name);
    str_init(&m->ports);
    str_init(&m->body);
    /* the one with parameters of its own is the top, whose default counts */
    str_printf(&m->ports, "// %s\nmodule %s #(\n    %sparameter PIPELINE = %d\n) (\n", purpose,
               name, parameters, *parameters && sv->pipeline);
    str_add(&m->ports, "    input  logic clk");
    return m;
}

struct sv_module *sv_module_new(struct sv_maker *sv, const char *name, const char *purpose)
{
    return sv_module_with(sv, name, purpose, "");
}

void sv_port(struct sv_module *m, const char *direction, uint32_t width, const char *fmt, ...)
{
    va_list args;
    str_printf(&m->ports, ",\n    %-6s logic %s", direction, sv_range(m, width));
    va_start(args, fmt);
    str_vprintf(&m->ports, fmt, args);
    va_end(args);
}

void sv_load_ports(struct sv_module *m)
{
    if (!m->sv->reloadable)
        return;
    sv_port(m, "input", 1, "load_we");
    sv_port(m, "input", m->sv->hw->load_bits, "load_address");
    sv_port(m, "input", 64, "load_data");
    sv_spare(m, "load_we");
    sv_spare(m, "load_address");
    sv_spare(m, "load_data");
}

const char *sv_load_wires(const struct sv_module *m)
{
    return m->sv->reloadable ? ", .load_we(load_we), .load_address(load_address), "
                               ".load_data(load_data)"
                             : "";
}

/* What may have no use is used here, so that no tool needs to be told. */
static void write_spare(struct sv_module *m)
{
    str_add(&m->body, "\n    logic unused;\n    assign unused = &{1'b0, clk, PIPELINE != 0");
    for (size_t i = 0; i < m->spare.count; i++)
        str_printf(&m->body, "%s%s", i % 8 == 7 ? ",\n        " : ", ", m->spare.items[i]);
    str_add(&m->body, "};\n");
}

void sv_module_end(struct sv_module *m)
{
    struct str_buf text;
    sv_spare_nodes(m);
    write_spare(m);
    str_init(&text);
    str_printf(&text, "%s\n);\n%s\nendmodule\n", str_text(&m->ports), str_text(&m->body));
    sv_add_file(m->sv, sv_text(m, "%s.sv", m->name), &text);
    str_free(&m->ports);
    str_free(&m->body);
}

void sv_line(struct sv_module *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    str_vprintf(&m->body, fmt, args);
    va_end(args);
    str_add_char(&m->body, '\n');
}

const char *sv_text(const struct sv_module *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *text = arena_vprintf(m->arena, fmt, args);
    va_end(args);
    return text;
}

const char *sv_range(const struct sv_module *m, uint32_t width)
{
    if (width == 0)
        abort();
    return width == 1 ? "" : sv_text(m, "[%u:0] ", width - 1);
}

void sv_wire(struct sv_module *m, uint32_t width, const char *name, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *value = arena_vprintf(m->arena, fmt, args);
    va_end(args);
    sv_line(m, "    logic %s%s;\n    assign %s = %s;", sv_range(m, width), name, name, value);
}

/* ---- Expressions ----------------------------------------------------------------------------- */

const char *sv_literal(const struct sv_module *m, uint32_t width, uint64_t value)
{
    if (width == 0 || width > 64)
        abort();
    if (width < 64)
        value &= ((uint64_t)1 << width) - 1;
    if (value < 10)
        return sv_text(m, "%u'd%" PRIu64, width, value);
    return sv_text(m, "%u'h%" PRIx64, width, value);
}

const char *sv_ones(const struct sv_module *m, uint32_t width)
{
    return width == 1 ? "1'b1" : sv_text(m, "{%u{1'b1}}", width);
}

void sv_spare(struct sv_module *m, const char *name)
{
    for (size_t i = 0; i < m->spare.count; i++)
        if (strcmp(m->spare.items[i], name) == 0)
            return;
    VEC_PUSH(m->arena, &m->spare, arena_strdup(m->arena, name));
}

const char *sv_bits(struct sv_module *m, const char *name, uint32_t of, uint32_t low,
                    uint32_t width)
{
    if (width == 0 || low + width > of)
        abort();
    if (width == of)
        return name;
    sv_spare(m, name);
    return width == 1 ? sv_text(m, "%s[%u]", name, low)
                      : sv_text(m, "%s[%u:%u]", name, low + width - 1, low);
}

const char *sv_fit(struct sv_module *m, const char *name, uint32_t of, bool is_signed,
                   uint32_t width)
{
    if (width <= of)
        return sv_bits(m, name, of, 0, width);
    if (!is_signed)
        return sv_text(m, "{%u'd0, %s}", width - of, name);
    return of == 1 ? sv_text(m, "{%u{%s}}", width, name)
                   : sv_text(m, "{{%u{%s[%u]}}, %s}", width - of, name, of - 1, name);
}

bool sv_first(struct sv_module *m, const char *name)
{
    for (size_t i = 0; i < m->once.count; i++)
        if (strcmp(m->once.items[i], name) == 0)
            return false;
    VEC_PUSH(m->arena, &m->once, arena_strdup(m->arena, name));
    return true;
}

/* ---- Delays ---------------------------------------------------------------------------------- */

const char *sv_at(struct sv_module *m, const char *name, uint32_t width, uint32_t from, uint32_t to)
{
    uint32_t last = from;
    if (to < from)
        abort();
    for (size_t i = 0; i < m->copies.count; i++) {
        const struct sv_copy *copy = &m->copies.items[i];
        if (copy->from == from && copy->to > last && copy->to <= to &&
            strcmp(copy->name, name) == 0)
            last = copy->to;
    }
    const char *source = last == from ? name : sv_text(m, "%s_t%u", name, last);
    if (last == to)
        return source;
    const char *target = sv_text(m, "%s_t%u", name, to);
    struct sv_copy copy = {arena_strdup(m->arena, name), from, to};
    VEC_PUSH(m->arena, &m->copies, copy);
    sv_line(m, "    logic %s%s;", sv_range(m, width), target);
    sv_line(m,
            "    pol_delay #(.WIDTH(%u), .CYCLES(%u), .PIPELINE(PIPELINE)) delay_%s "
            "(.clk(clk), .in(%s), .out(%s));",
            width, to - last, target, source, target);
    return target;
}

/* ---- Choices --------------------------------------------------------------------------------- */

/* Values that are the same text. */
struct group {
    const char *value;
    uint32_t members, first;
};

static uint32_t find_groups(const char *const *values, uint32_t n, struct group *groups,
                            uint32_t *group_of)
{
    uint32_t ngroups = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t g = 0;
        if (!values[i])
            continue;
        while (g < ngroups && strcmp(groups[g].value, values[i]) != 0)
            g++;
        if (g == ngroups)
            groups[ngroups++] = (struct group){values[i], 0, i};
        groups[g].members++;
        group_of[i] = g;
    }
    return ngroups;
}

bool sv_uniform(const char *const *values, uint32_t n)
{
    const char *first = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (first && values[i] && strcmp(first, values[i]) != 0)
            return false;
        first = first ? first : values[i];
    }
    return true;
}

static uint32_t largest_group(const struct group *groups, uint32_t n)
{
    uint32_t best = 0;
    for (uint32_t g = 1; g < n; g++)
        best = groups[g].members > groups[best].members ? g : best;
    return best;
}

/* One line of the case: all values of `select` that choose a group. */
static void write_case(struct sv_module *m, const char *target, uint32_t select_bits,
                       const char *const *values, uint32_t n, const uint32_t *group_of, uint32_t g,
                       const char *value)
{
    uint32_t written = 0;
    for (uint32_t i = 0; i < n; i++)
        if (values[i] && group_of[i] == g)
            str_printf(&m->body, "%s%s", written++ == 0 ? "            " : ", ",
                       sv_literal(m, select_bits, i));
    sv_line(m, ": %s = %s;", target, value);
}

/* Selections of bits stand outside of the process, where every tool understands them. */
static const char *plain_value(struct sv_module *m, const char *target, uint32_t width, uint32_t g,
                               const char *value)
{
    if (!strpbrk(value, "[{?"))
        return value;
    const char *name = sv_text(m, "%s_v%u", target, g);
    sv_wire(m, width, name, "%s", value);
    return name;
}

void sv_mux(struct sv_module *m, const char *target, uint32_t width, const char *select,
            uint32_t select_bits, const char *const *values, uint32_t n)
{
    struct group *groups = ARENA_ARRAY(m->arena, struct group, (size_t)n + 1);
    uint32_t *group_of = ARENA_ARRAY(m->arena, uint32_t, (size_t)n + 1);
    uint32_t ngroups = find_groups(values, n, groups, group_of);
    if (ngroups <= 1) {
        sv_wire(m, width, target, "%s", ngroups ? groups[0].value : sv_literal(m, width, 0));
        return;
    }
    uint32_t common = largest_group(groups, ngroups);
    for (uint32_t g = 0; g < ngroups; g++)
        groups[g].value = plain_value(m, target, width, g, groups[g].value);
    sv_line(m, "    logic %s%s;", sv_range(m, width), target);
    sv_line(m, "    always_comb\n        case (%s)", select);
    for (uint32_t g = 0; g < ngroups; g++)
        if (g != common)
            write_case(m, target, select_bits, values, n, group_of, g, groups[g].value);
    sv_line(m, "            default: %s = %s;\n        endcase", target, groups[common].value);
}
