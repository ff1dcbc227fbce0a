/* Lists of operations as nodes and effects, and the memories of their maps. */
#include <stdlib.h>
#include <string.h>
#include "compiler/backend/hw/net.h"
#include "compiler/backend/hw/rom.h"

/* ---- One list -------------------------------------------------------------------------------- */

struct list_maker {
    struct hw_net *net;
    uint32_t *values; /* per operation: its node */
    VEC_OF(struct hw_fail) fails;
    VEC_OF(struct hw_write) writes;
    VEC_OF(uint32_t) luts;
    struct hw_list list;
    bool failed; /* for certain: later failures do not count */
};

static void add_fail(struct list_maker *m, uint32_t node, uint32_t cause, uint32_t tag)
{
    const struct hw_node *n = &m->net->nodes.items[node];
    if (m->failed || (n->lo == 0 && n->hi == 0))
        return;
    m->failed = n->lo > 0 || n->hi < 0;
    struct hw_fail fail = {node, cause, tag};
    VEC_PUSH(m->net->arena, &m->fails, fail);
}

/* The last store to a slot counts. */
static void add_write(struct list_maker *m, uint32_t result, uint32_t slot, uint32_t node)
{
    uint32_t *seat = &m->net->seats[result * m->net->hw->table->n_slots + slot];
    struct hw_write write = {result, slot, node};
    if (*seat < m->writes.count && m->writes.items[*seat].result == result &&
        m->writes.items[*seat].slot == slot) {
        m->writes.items[*seat] = write;
        return;
    }
    *seat = (uint32_t)m->writes.count;
    VEC_PUSH(m->net->arena, &m->writes, write);
}

static uint32_t log2_of(uint32_t mask)
{
    return hw_bits(mask);
}

static uint32_t equal_slots(struct list_maker *m, const struct pol_prt_op *op)
{
    uint32_t all = hw_net_const(m->net, 1);
    for (uint32_t i = 0; i < op->e; i++) {
        uint32_t same = hw_net_op(m->net, HW_EQ, hw_net_slot(m->net, op->a, op->b + i),
                                  hw_net_slot(m->net, op->c, op->d + i), POL_NONE);
        all = hw_net_op(m->net, HW_AND, all, same, POL_NONE);
    }
    return all;
}

static uint32_t take_fresh(struct list_maker *m, const struct pol_prt_op *op)
{
    uint32_t *used = &m->list.used[op->a];
    *used = op->b + 1 > *used ? op->b + 1 : *used;
    return hw_net_fresh(m->net, op->a, op->b);
}

/* The node of an operation that has a value. */
static uint32_t op_value(struct list_maker *m, const struct pol_prt_op *op)
{
    static const enum hw_node_kind kinds[POL_OPC_COUNT] = {
        [POL_OPC_AND] = HW_AND, [POL_OPC_OR] = HW_OR,        [POL_OPC_ANDNOT] = HW_ANDNOT,
        [POL_OPC_ADD] = HW_ADD, [POL_OPC_SUB] = HW_SUB,      [POL_OPC_MUL] = HW_MUL,
        [POL_OPC_DIV] = HW_DIV, [POL_OPC_MOD] = HW_MOD,      [POL_OPC_EQ] = HW_EQ,
        [POL_OPC_LT] = HW_LT,   [POL_OPC_SELECT] = HW_SELECT};
    const uint32_t *v = m->values;
    switch (op->op) {
    case POL_OPC_SLOT:
        return hw_net_slot(m->net, op->a, op->b);
    case POL_OPC_CONST:
        return hw_net_const(m->net, (int64_t)((uint64_t)op->a | (uint64_t)op->b << 32));
    case POL_OPC_MAP1:
        return hw_net_lut(m->net, v[op->a], log2_of(op->c), POL_NONE, 0, op->b);
    case POL_OPC_MAP2:
        return hw_net_lut(m->net, v[op->a], log2_of(op->d), v[op->b], op->e, op->c);
    case POL_OPC_MATRIX:
        return hw_net_matrix(m->net, v[op->a], log2_of(op->d), v[op->b], op->e, op->c);
    case POL_OPC_BIT:
        return hw_net_bit(m->net, v[op->a], op->b);
    case POL_OPC_EQSLOTS:
        return equal_slots(m, op);
    case POL_OPC_NEW:
        return take_fresh(m, op);
    case POL_OPC_SPENT:
        return hw_net_spent(m->net, op->a, op->b);
    default:
        return hw_net_op(m->net, kinds[op->op], v[op->a], v[op->b],
                         op->op == POL_OPC_SELECT ? v[op->c] : POL_NONE);
    }
}

static void op_effect(struct list_maker *m, const struct pol_prt_op *op)
{
    struct hw_net *net = m->net;
    switch (op->op) {
    case POL_OPC_FAIL:
        add_fail(m, m->values[op->a], op->b, op->c);
        break;
    case POL_OPC_STOREC:
        add_fail(m, hw_net_outside(net, m->values[op->c], op->d), POL_CAUSE_INVALID, POL_NO_TAG);
        add_write(m, op->a, op->b, m->values[op->c]);
        break;
    case POL_OPC_STOREB:
        add_fail(m, hw_net_not(net, hw_net_bit(net, m->values[op->c], 31)), POL_CAUSE_INVALID,
                 POL_NO_TAG);
        add_write(m, op->a, op->b, m->values[op->c]);
        break;
    case POL_OPC_STORE:
        add_write(m, op->a, op->b, m->values[op->c]);
        break;
    case POL_OPC_COPY:
        for (uint32_t i = 0; i < op->d; i++)
            add_write(m, op->a, op->b + i, hw_net_slot(net, op->c, op->b + i));
        break;
    case POL_OPC_PUT:
        add_write(m, op->a, op->b, hw_net_const(net, op->c));
        break;
    default:
        abort();
    }
}

/* ---- What a list needs ----------------------------------------------------------------------- */

/* The nodes that a node depends on directly. */
uint32_t hw_node_sources(const struct hw_node *n, uint32_t out[3])
{
    uint32_t count = 0;
    switch (n->kind) {
    case HW_CONST:
    case HW_SLOT:
    case HW_COUNTER:
        return 0;
    case HW_BIT:
    case HW_OUTSIDE:
    case HW_CLASS:
        out[0] = n->a;
        return 1;
    case HW_SELECT:
        out[count++] = n->c;
        break;
    default:
        break;
    }
    out[count++] = n->a;
    if (n->b != POL_NONE)
        out[count++] = n->b;
    return count;
}

/* Finds the maps that a node needs; marks of this stamp have been seen. */
static void find_luts(struct list_maker *m, uint32_t node)
{
    struct hw_net *net = m->net;
    VEC_OF(uint32_t) todo = {0};
    VEC_PUSH(net->arena, &todo, node);
    while (todo.count) {
        uint32_t next[3], at = todo.items[--todo.count];
        if (net->marks[at] == net->stamp)
            continue;
        net->marks[at] = net->stamp;
        if (net->nodes.items[at].kind == HW_LUT)
            VEC_PUSH(net->arena, &m->luts, at);
        for (uint32_t n = hw_node_sources(&net->nodes.items[at], next); n > 0; n--)
            VEC_PUSH(net->arena, &todo, next[n - 1]);
    }
}

static void find_all_luts(struct list_maker *m)
{
    struct hw_net *net = m->net;
    if (net->nodes.count > net->nmarks) {
        net->nmarks = net->nodes.count * 2;
        net->marks = ARENA_ARRAY(net->arena, uint32_t, net->nmarks);
        net->stamp = 0;
    }
    net->stamp++;
    for (size_t i = 0; i < m->fails.count; i++)
        find_luts(m, m->fails.items[i].node);
    for (size_t i = 0; i < m->writes.count; i++)
        find_luts(m, m->writes.items[i].node);
    if (m->list.value != POL_NONE)
        find_luts(m, m->list.value);
}

static int by_place(const void *a, const void *b)
{
    const struct hw_write *x = a, *y = b;
    if (x->result != y->result)
        return x->result < y->result ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* ---- Equal lists ----------------------------------------------------------------------------- */

static uint64_t hash_list(const struct hw_net *net, const struct hw_list *l)
{
    uint64_t hash = l->value;
    for (uint32_t i = 0; i < l->nfails; i++)
        hash = hw_hash(hash, (uint64_t)l->fails[i].node << 32 ^ (uint64_t)l->fails[i].cause << 24 ^
                                 l->fails[i].tag);
    for (uint32_t i = 0; i < l->nwrites; i++)
        hash = hw_hash(hash, (uint64_t)l->writes[i].result << 60 ^
                                 (uint64_t)l->writes[i].slot << 32 ^ l->writes[i].node);
    for (uint32_t i = 0; i < net->hw->table->n_counters; i++)
        hash = hw_hash(hash, l->used[i]);
    return hash;
}

static bool same_list(const struct hw_net *net, const struct hw_list *a, const struct hw_list *b)
{
    bool same = a->value == b->value && a->nfails == b->nfails && a->nwrites == b->nwrites;
    for (uint32_t i = 0; same && i < a->nfails; i++)
        same = a->fails[i].node == b->fails[i].node && a->fails[i].cause == b->fails[i].cause &&
               a->fails[i].tag == b->fails[i].tag;
    for (uint32_t i = 0; same && i < a->nwrites; i++)
        same =
            by_place(&a->writes[i], &b->writes[i]) == 0 && a->writes[i].node == b->writes[i].node;
    for (uint32_t i = 0; same && i < net->hw->table->n_counters; i++)
        same = a->used[i] == b->used[i];
    return same;
}

static uint32_t intern_list(struct hw_net *net, struct hw_list list)
{
    uint64_t hash = hash_list(net, &list);
    uint32_t probe = 0, id;
    while ((id = hw_index_next(&net->list_index, hash, &probe)) != POL_NONE)
        if (same_list(net, &net->lists.items[id], &list))
            return id;
    id = (uint32_t)net->lists.count;
    hw_index_add(net->arena, &net->list_index, hash, id);
    VEC_PUSH(net->arena, &net->lists, list);
    return id;
}

uint32_t hw_net_list(struct hw_net *net, uint32_t first, uint32_t n)
{
    const struct pol_table *t = net->hw->table;
    struct list_maker m = {.net = net};
    m.values = ARENA_ARRAY(net->arena, uint32_t, (size_t)n + 1);
    m.list.used = ARENA_ARRAY(net->arena, uint32_t, (size_t)t->n_counters + 1);
    m.list.value = POL_NONE;
    if (!net->seats)
        net->seats = ARENA_ARRAY(net->arena, uint32_t, (size_t)POL_RESULTS * t->n_slots + 1);
    for (uint32_t i = 0; i < n; i++) {
        const struct pol_prt_op *op = &t->ops[first + i];
        if (op->op >= POL_OPC_FAIL)
            op_effect(&m, op);
        else
            m.values[i] = op_value(&m, op);
    }
    if (n && m.writes.count == 0 && t->ops[first + n - 1].op < POL_OPC_FAIL)
        m.list.value = m.values[n - 1];
    if (m.writes.count)
        qsort(m.writes.items, m.writes.count, sizeof *m.writes.items, by_place);
    find_all_luts(&m);
    m.list.fails = m.fails.items;
    m.list.nfails = (uint32_t)m.fails.count;
    m.list.writes = m.writes.items;
    m.list.nwrites = (uint32_t)m.writes.count;
    m.list.luts = m.luts.items;
    m.list.nluts = (uint32_t)m.luts.count;
    return intern_list(net, m.list);
}

/* ---- Memories -------------------------------------------------------------------------------- */

/* Which lists a node or a port serves. */
struct users {
    uint32_t *lists;
    uint32_t n;
};

static struct users *users_of_nodes(struct hw_net *net)
{
    struct users *users = ARENA_ARRAY(net->arena, struct users, net->nodes.count + 1);
    for (size_t l = 0; l < net->lists.count; l++)
        for (uint32_t i = 0; i < net->lists.items[l].nluts; i++)
            users[net->lists.items[l].luts[i]].n++;
    for (size_t i = 0; i < net->nodes.count; i++) {
        users[i].lists = ARENA_ARRAY(net->arena, uint32_t, (size_t)users[i].n + 1);
        users[i].n = 0;
    }
    for (uint32_t l = 0; l < net->lists.count; l++)
        for (uint32_t i = 0; i < net->lists.items[l].nluts; i++) {
            struct users *u = &users[net->lists.items[l].luts[i]];
            u->lists[u->n++] = l;
        }
    return users;
}

struct port_maker {
    struct hw_net *net;
    VEC_OF(struct hw_port) ports;
    VEC_OF(unsigned char *) busy; /* per port, per list */
};

static bool port_free(const struct port_maker *m, uint32_t port, const struct users *u)
{
    for (uint32_t i = 0; i < u->n; i++)
        if (!m->net->exclusive || m->busy.items[port][u->lists[i]])
            return false;
    return true;
}

static void give_port(struct port_maker *m, uint32_t node, const struct users *u)
{
    struct hw_node *n = &m->net->nodes.items[node];
    uint32_t port = 0;
    while (port < m->ports.count &&
           (m->ports.items[port].depth != n->depth || !port_free(m, port, u)))
        port++;
    if (port == m->ports.count) {
        struct hw_port fresh = {.depth = n->depth};
        unsigned char *busy = ARENA_ARRAY(m->net->arena, unsigned char, m->net->lists.count + 1);
        fresh.nodes = ARENA_ARRAY(m->net->arena, uint32_t, m->net->nodes.count);
        VEC_PUSH(m->net->arena, &m->ports, fresh);
        VEC_PUSH(m->net->arena, &m->busy, busy);
    }
    for (uint32_t i = 0; i < u->n; i++)
        m->busy.items[port][u->lists[i]] = 1;
    m->ports.items[port].nodes[m->ports.items[port].nnodes++] = node;
    n->port = port;
    m->net->depth = n->depth > m->net->depth ? n->depth : m->net->depth;
}

static void fill_port(struct hw_net *net, struct hw_port *port, struct hw_roms *roms,
                      const char *name, uint32_t decider)
{
    struct hw_regions regions = {.arena = net->arena};
    uint64_t all = 1;
    for (uint32_t i = 0; i < port->nnodes; i++) {
        struct hw_node *n = &net->nodes.items[port->nodes[i]];
        uint32_t size = (uint32_t)1 << (n->abits + n->bbits);
        uint64_t *words = ARENA_ARRAY(net->arena, uint64_t, size);
        for (uint32_t k = 0; k < size; k++)
            all |= words[k] = hw_lut_entry(net, n, k);
        n->region = hw_region(&regions, words, size);
    }
    hw_regions_align(&regions);
    for (uint32_t i = 0; i < port->nnodes; i++) {
        struct hw_node *n = &net->nodes.items[port->nodes[i]];
        n->region = regions.items.items[n->region].base;
    }
    port->rom = hw_rom_of_regions(roms, name, HW_ROM_LUT, decider, hw_bits(all), &regions);
    port->address_bits = hw_bits(roms->items.items[port->rom].depth - 1);
}

void hw_net_finish(struct hw_net *net, struct hw_roms *roms, const char *prefix, uint32_t decider)
{
    struct users *users = users_of_nodes(net);
    struct port_maker m = {.net = net};
    for (uint32_t i = 0; i < net->nodes.count; i++)
        if (users[i].n)
            give_port(&m, i, &users[i]);
    net->ports = m.ports.items;
    net->nports = (uint32_t)m.ports.count;
    for (uint32_t p = 0; p < net->nports; p++)
        fill_port(net, &net->ports[p], roms, arena_printf(&roms->hw->arena, "%s_lut%u", prefix, p),
                  decider);
}
