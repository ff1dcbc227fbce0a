/* Networks of operations as nets. */
#include <stdlib.h>
#include "compiler/backend/sv/emit.h"

void sv_close(const struct hw_net *net, unsigned char *live)
{
    uint32_t next[3];
    for (size_t i = net->nodes.count; i-- > 0;)
        for (uint32_t n = live[i] ? hw_node_sources(&net->nodes.items[i], next) : 0; n > 0; n--)
            live[next[n - 1]] = 1;
}

void sv_mark_lists(const struct hw_net *net, unsigned char *live)
{
    for (size_t l = 0; l < net->lists.count; l++) {
        const struct hw_list *list = &net->lists.items[l];
        for (uint32_t i = 0; i < list->nfails; i++)
            live[list->fails[i].node] = 1;
        for (uint32_t i = 0; i < list->nwrites; i++)
            live[list->writes[i].node] = 1;
        for (uint32_t i = 0; i < list->nluts; i++)
            live[list->luts[i]] = 1;
    }
}

unsigned char *sv_slots_used(struct sv_module *m, const struct hw_net *net,
                             const unsigned char *live)
{
    uint32_t nslots = m->sv->hw->table->n_slots;
    unsigned char *used = ARENA_ARRAY(m->arena, unsigned char, (size_t)HW_SOURCES *nslots + 1);
    for (size_t i = 0; i < net->nodes.count; i++) {
        const struct hw_node *n = &net->nodes.items[i];
        if (live[i] && n->kind == HW_SLOT)
            used[n->a * nslots + n->b] = 1;
    }
    return used;
}

void sv_slot_ports(struct sv_module *m, const unsigned char *used)
{
    uint32_t nslots = m->sv->hw->table->n_slots;
    for (uint32_t i = 0; i < HW_SOURCES * nslots; i++)
        if (used[i])
            sv_port(m, "input", m->sv->hw->slots[i % nslots].width, "%s_s%u",
                    sv_source_names[i / nslots], i % nslots);
}

const char *sv_slot_name(const struct sv_module *m, uint32_t source, uint32_t slot)
{
    const char *const *names = m->operands ? m->operands : sv_source_names;
    return sv_text(m, "%s_s%u", names[source], slot);
}

/* ---- References ------------------------------------------------------------------------------ */

static bool is_bits(const struct sv_module *m, uint32_t slot)
{
    const struct pol_table *t = m->sv->hw->table;
    const struct pol_prt_slot *s = &t->slots[slot];
    bool field = s->kind == POL_SLOT_FIELD || s->kind == POL_SLOT_NESTED_FIELD;
    return field && t->fields[s->index].kind == POL_FIELD_BITS;
}

static const struct hw_node *node_at(const struct sv_module *m, uint32_t node)
{
    return &m->net->nodes.items[node];
}

/* The net of a node and the time at which it is there. */
static const char *net_name(struct sv_module *m, uint32_t node, uint32_t time)
{
    const struct hw_node *n = node_at(m, node);
    m->named[node] = 1;
    if (n->kind == HW_COUNTER)
        return sv_text(m, "counter_%u", n->a);
    if (n->kind == HW_SLOT && !is_bits(m, n->b))
        return sv_at(m, sv_slot_name(m, n->a, n->b), n->width, 0, time);
    return sv_at(m, sv_text(m, "n%u", node), n->width, n->depth, time);
}

const char *sv_node(struct sv_module *m, uint32_t node, uint32_t time, uint32_t width)
{
    const struct hw_node *n = node_at(m, node);
    if (n->kind == HW_CONST)
        return sv_literal(m, width, (uint64_t)n->lo);
    return sv_fit(m, net_name(m, node, time), n->width, n->is_signed, width);
}

const char *sv_packed(struct sv_module *m, uint32_t node, uint32_t slot, uint32_t time)
{
    const struct hw_node *n = node_at(m, node);
    uint32_t width = m->sv->hw->slots[slot].width;
    if (!is_bits(m, slot))
        return sv_node(m, node, time, width);
    if (n->kind == HW_CONST) {
        uint64_t value = (uint64_t)n->lo, low = value & (((uint64_t)1 << (width - 1)) - 1);
        return sv_literal(m, width, (value >> 31 & 1) << (width - 1) | low);
    }
    if (n->kind == HW_SLOT && is_bits(m, n->b) && m->sv->hw->slots[n->b].width == width)
        return sv_at(m, sv_slot_name(m, n->a, n->b), width, 0, time);
    const char *word = net_name(m, node, time);
    if (n->width < 32) {
        const char *narrow = word;
        word = sv_text(m, "%s_word", narrow);
        if (sv_first(m, word))
            sv_wire(m, 32, word, "%s", sv_fit(m, narrow, n->width, n->is_signed, 32));
    }
    uint32_t of = n->width < 32 ? 32 : n->width;
    const char *valid = sv_bits(m, word, of, 31, 1);
    return width == 1 ? valid : sv_text(m, "{%s, %s}", valid, sv_bits(m, word, of, 0, width - 1));
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

/* Bits in which two nodes can be compared or divided; *sign: in two's complement. */
static uint32_t common_width(const struct hw_node *x, const struct hw_node *y, bool *sign)
{
    *sign = x->is_signed || y->is_signed;
    uint32_t a = x->width + (*sign && !x->is_signed), b = y->width + (*sign && !y->is_signed);
    return a > b ? a : b;
}

static const char *compare(struct sv_module *m, const struct hw_node *n, const char *operator)
{
    bool sign;
    uint32_t width = common_width(node_at(m, n->a), node_at(m, n->b), &sign);
    const char *a = sv_node(m, n->a, n->depth, width), *b = sv_node(m, n->b, n->depth, width);
    return sign ? sv_text(m, "$signed(%s) %s $signed(%s)", a, operator, b)
                : sv_text(m, "%s %s %s", a, operator, b);
}

static const char *divide(struct sv_module *m, uint32_t node, const char *operator)
{
    const struct hw_node *n = node_at(m, node), *by = node_at(m, n->b);
    bool sign;
    uint32_t width = common_width(node_at(m, n->a), by, &sign);
    const char *a = sv_node(m, n->a, n->depth, width), *b = sv_node(m, n->b, n->depth, width);
    const char *quotient = sv_text(m, "n%u_all", node);
    if (sign)
        sv_wire(m, width, quotient, "$signed(%s) %s $signed(%s)", a, operator, b);
    else
        sv_wire(m, width, quotient, "%s %s %s", a, operator, b);
    const char *result = sv_fit(m, quotient, width, n->is_signed, n->width);
    if (by->lo > 0)
        return result;
    const char *positive = sign ? sv_text(m, "$signed(%s) > 0", b)
                                : sv_text(m, "%s != %s", b, sv_literal(m, width, 0));
    return sv_text(m, "(%s) ? %s : %s", positive, result, sv_literal(m, n->width, 0));
}

static const char *binary(struct sv_module *m, const struct hw_node *n, const char *form)
{
    const char *a = sv_node(m, n->a, n->depth, n->width);
    const char *b = sv_node(m, n->b, n->depth, n->width);
    return sv_text(m, "%s %s %s", a, form, b);
}

/* The class between bounds lo .. hi of n, by halves. */
static const char *class_between(struct sv_module *m, const struct hw_node *n, const char *value,
                                 uint32_t of, uint32_t lo, uint32_t hi)
{
    const uint32_t *bounds = m->sv->hw->table->maps + n->c;
    if (lo == hi)
        return sv_literal(m, n->width, bounds[n->b + lo]);
    uint32_t mid = lo + (hi - lo) / 2;
    if (of < 32 && bounds[mid] >> of) /* larger than any value */
        return class_between(m, n, value, of, lo, mid);
    if (bounds[mid] == 0)
        return class_between(m, n, value, of, mid + 1, hi);
    const char *above = class_between(m, n, value, of, mid + 1, hi);
    const char *below = class_between(m, n, value, of, lo, mid);
    return sv_text(m, "(%s >= %s ? %s : %s)", value, sv_literal(m, of, bounds[mid]), above, below);
}

static const char *class_of(struct sv_module *m, const struct hw_node *n)
{
    const struct hw_node *x = node_at(m, n->a);
    return class_between(m, n, sv_node(m, n->a, n->depth, x->width), x->width, 0, n->b);
}

static const char *outside(struct sv_module *m, const struct hw_node *n)
{
    const struct hw_node *x = node_at(m, n->a);
    uint32_t width = x->width < 32 && !x->is_signed ? x->width : 32;
    const char *value = sv_node(m, n->a, n->depth, width);
    const char *zero = sv_text(m, "%s == %s", value, sv_literal(m, width, 0));
    if (width < 32 && n->b >> width)
        return zero;
    const char *large = sv_text(m, "%s >= %s", value, sv_literal(m, width, n->b));
    return x->lo > 0 ? large : sv_text(m, "%s || %s", zero, large);
}

static const char *select(struct sv_module *m, const struct hw_node *n)
{
    const struct hw_node *when = node_at(m, n->a);
    const char *a = sv_node(m, n->a, n->depth, when->width);
    const char *b = sv_node(m, n->b, n->depth, n->width), *c = sv_node(m, n->c, n->depth, n->width);
    return sv_text(m, "%s%s ? %s : %s", when->width == 1 ? "" : "|", a, b, c);
}

static const char *unpacked(struct sv_module *m, const struct hw_node *n)
{
    uint32_t width = m->sv->hw->slots[n->b].width;
    const char *name = sv_slot_name(m, n->a, n->b);
    if (width == 32)
        return name;
    if (width == 1)
        return sv_text(m, "{%s, 31'd0}", name);
    return sv_text(m, "{%s, %u'd0, %s}", sv_bits(m, name, width, width - 1, 1), 32 - width,
                   sv_bits(m, name, width, 0, width - 1));
}

static const char *expression(struct sv_module *m, uint32_t node)
{
    const struct hw_node *n = node_at(m, node);
    switch (n->kind) {
    case HW_AND:
        return binary(m, n, "&");
    case HW_OR:
        return binary(m, n, "|");
    case HW_ANDNOT:
        return binary(m, n, "& ~");
    case HW_ADD:
        return binary(m, n, "+");
    case HW_SUB:
        return binary(m, n, "-");
    case HW_MUL:
        return binary(m, n, "*");
    case HW_DIV:
        return divide(m, node, "/");
    case HW_MOD:
        return divide(m, node, "%");
    case HW_EQ:
        return compare(m, n, "==");
    case HW_LT:
        return compare(m, n, "<");
    case HW_BIT:
        return sv_bits(m, net_name(m, n->a, n->depth), node_at(m, n->a)->width, n->b, 1);
    case HW_SELECT:
        return select(m, n);
    case HW_OUTSIDE:
        return outside(m, n);
    case HW_CLASS:
        return class_of(m, n);
    default:
        return unpacked(m, n);
    }
}

/* ---- Memories -------------------------------------------------------------------------------- */

static const char *lut_address(struct sv_module *m, const struct hw_port *port,
                               const struct hw_node *n)
{
    uint32_t time = n->depth - 1, bits = n->abits + n->bbits;
    const char *a = sv_node(m, n->a, time, n->abits);
    const char *index = n->bbits ? sv_text(m, "%s, %s", a, sv_node(m, n->b, time, n->bbits)) : a;
    if (bits < port->address_bits)
        return sv_text(m, "{%s, %s}", sv_literal(m, port->address_bits - bits, n->region >> bits),
                       index);
    return n->bbits ? sv_text(m, "{%s}", index) : index;
}

/* The address of the list that counts. */
static void emit_port(struct sv_module *m, uint32_t number)
{
    const struct hw_port *port = &m->net->ports[number];
    const char *address = sv_text(m, "lut%u_address", number);
    uint32_t n = (uint32_t)m->net->lists.count;
    if (!m->select || port->nnodes == 1) {
        sv_wire(m, port->address_bits, address, "%s",
                lut_address(m, port, node_at(m, port->nodes[0])));
    } else {
        const char **values = ARENA_ARRAY(m->arena, const char *, (size_t)n + 1);
        for (uint32_t l = 0; l < n; l++)
            for (uint32_t i = 0; i < m->net->lists.items[l].nluts; i++) {
                const struct hw_node *node = node_at(m, m->net->lists.items[l].luts[i]);
                if (node->port == number)
                    values[l] = lut_address(m, port, node);
            }
        bool same = sv_uniform(values, n);
        sv_mux(m, address, port->address_bits,
               same ? NULL : sv_at(m, m->select, m->select_bits, 0, port->depth - 1),
               m->select_bits, values, n);
    }
    sv_read(m, port->rom, address, sv_text(m, "lut%u", number));
}

/* Nodes that have no net of their own: literals, and ports. */
static bool is_plain(const struct sv_module *m, const struct hw_node *n)
{
    return n->kind == HW_CONST || n->kind == HW_COUNTER ||
           (n->kind == HW_SLOT && !is_bits(m, n->b));
}

void sv_spare_nodes(struct sv_module *m)
{
    for (uint32_t i = 0; m->named && i < m->net->nodes.count; i++)
        if (m->live[i] && !m->named[i] && !is_plain(m, node_at(m, i)))
            sv_spare(m, sv_text(m, "n%u", i));
}

static void emit_node(struct sv_module *m, uint32_t node)
{
    const struct hw_node *n = node_at(m, node);
    const char *name = sv_text(m, "n%u", node);
    if (is_plain(m, n))
        return;
    if (n->kind == HW_LUT) {
        uint32_t of = m->sv->hw->roms[m->net->ports[n->port].rom].width;
        sv_wire(m, n->width, name, "%s", sv_bits(m, sv_text(m, "lut%u", n->port), of, 0, n->width));
        return;
    }
    sv_wire(m, n->width, name, "%s", expression(m, node));
}

void sv_emit_net(struct sv_module *m)
{
    m->named = ARENA_ARRAY(m->arena, unsigned char, m->net->nodes.count + 1);
    for (uint32_t depth = 0; depth <= m->net->depth; depth++) {
        for (uint32_t p = 0; p < m->net->nports; p++)
            if (m->net->ports[p].depth == depth)
                emit_port(m, p);
        for (uint32_t i = 0; i < m->net->nodes.count; i++)
            if (m->live[i] && node_at(m, i)->depth == depth)
                emit_node(m, i);
    }
}
