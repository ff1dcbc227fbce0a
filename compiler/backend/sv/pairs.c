/* pol_merge and pol_fetch: the tags of two granules, or of two parcels, as one. */
#include "compiler/backend/sv/emit.h"

struct pairs {
    struct sv_module *m;
    const struct hw_net *net;
    const uint32_t *lists; /* per domain */
};

static unsigned char *live_nodes(struct sv_maker *sv, const struct hw_net *net)
{
    unsigned char *live = ARENA_ARRAY(&sv->arena, unsigned char, net->nodes.count + 1);
    sv_mark_lists(net, live);
    sv_close(net, live);
    return live;
}

/* Slots of the two words as nets a_sN, b_sN. */
static void emit_slices(struct pairs *p)
{
    struct sv_module *m = p->m;
    const struct hw *hw = m->sv->hw;
    uint32_t nslots = hw->table->n_slots;
    unsigned char *used = sv_slots_used(m, p->net, m->live);
    for (uint32_t i = 0; i < 2 * nslots; i++) {
        const struct hw_slot *slot = &hw->slots[i % nslots];
        if (!used[i])
            continue;
        const char *word = m->operands[i / nslots];
        sv_wire(m, slot->width, sv_text(m, "%s_s%u", word, i % nslots), "%s",
                sv_bits(m, word, hw->word_bits, slot->offset, slot->width));
    }
}

/* The first failure over all domains, in their order. */
static void emit_failure(struct pairs *p)
{
    struct sv_module *m = p->m;
    const struct hw *hw = m->sv->hw;
    struct str_buf any, tags;
    str_init(&any);
    str_init(&tags);
    for (uint32_t d = 0; d < hw->table->n_domains; d++) {
        const struct hw_list *list = &p->net->lists.items[p->lists[d]];
        for (uint32_t i = 0; i < list->nfails; i++) {
            const struct hw_fail *f = &list->fails[i];
            uint32_t width = p->net->nodes.items[f->node].width;
            const char *node = sv_node(m, f->node, p->net->depth, width);
            const char *when = width > 1 ? sv_text(m, "(|%s)", node) : node;
            str_printf(&any, "%s%s", any.len ? " | " : "", when);
            str_printf(&tags, "%s ? %s\n        : ", when,
                       f->tag == POL_NO_TAG ? sv_ones(m, hw->tag_bits)
                                            : sv_literal(m, hw->tag_bits, f->tag));
        }
    }
    sv_wire(m, 1, "fails", "%s", any.len ? str_text(&any) : "1'b0");
    sv_wire(m, hw->tag_bits, "failing_tag", "%s%s", str_text(&tags), sv_ones(m, hw->tag_bits));
    str_free(&any);
    str_free(&tags);
}

static uint32_t writer_of(const struct pairs *p, uint32_t slot)
{
    uint32_t node = POL_NONE;
    for (uint32_t d = 0; d < p->m->sv->hw->table->n_domains; d++) {
        const struct hw_list *list = &p->net->lists.items[p->lists[d]];
        for (uint32_t i = 0; i < list->nwrites; i++)
            if (list->writes[i].slot == slot)
                node = list->writes[i].node;
    }
    return node;
}

/* `failed`: the word in case of a failure. */
static void emit_word(struct pairs *p, const char *failed)
{
    struct sv_module *m = p->m;
    const struct hw *hw = m->sv->hw;
    uint32_t nslots = hw->table->n_slots;
    sv_line(m, "    logic %sjoined;", sv_range(m, hw->word_bits));
    if (!nslots)
        sv_line(m, "    assign joined = 1'b0;");
    for (uint32_t s = 0; s < nslots; s++) {
        const struct hw_slot *slot = &hw->slots[s];
        uint32_t node = writer_of(p, s);
        const char *value =
            node == POL_NONE ? sv_literal(m, slot->width, 0) : sv_packed(m, node, s, p->net->depth);
        const char *target = sv_text(m, "joined_s%u", s);
        sv_wire(m, slot->width, target, "%s", value);
        sv_line(m, "    assign %s = %s;",
                sv_bits(m, "joined", hw->word_bits, slot->offset, slot->width), target);
    }
    sv_line(m, "    assign q = fails ? %s : joined;", failed);
}

static void emit_pair(struct sv_maker *sv, const char *name, const char *purpose, bool merge)
{
    static const char *words[] = {"a", "b", "", "", "", "", "", ""};
    const struct hw *hw = sv->hw;
    struct sv_module *m = sv_module_new(sv, name, purpose);
    struct pairs p = {m, merge ? &sv->model->merge : &sv->model->fetch,
                      merge ? sv->model->merge_lists : sv->model->fetch_lists};
    sv_load_ports(m);
    sv_port(m, "input", hw->word_bits, "a");
    sv_port(m, "input", hw->word_bits, "b");
    sv_port(m, "output", hw->word_bits, "q");
    if (merge) {
        sv_port(m, "output", 1, "conflict");
        sv_port(m, "output", hw->tag_bits, "tag");
    }
    sv_spare(m, "a");
    sv_spare(m, "b");
    m->net = p.net;
    m->operands = words;
    m->live = live_nodes(sv, p.net);
    emit_slices(&p);
    sv_emit_net(m);
    emit_failure(&p);
    if (merge) {
        sv_line(m, "    assign conflict = fails;\n    assign tag = failing_tag;");
        emit_word(&p, sv_at(m, "a", hw->word_bits, 0, p.net->depth));
    } else {
        sv_spare(m, "failing_tag");
        emit_word(&p, sv_text(m, "{%u{1'b0}}", hw->word_bits));
    }
    sv_module_end(m);
}

void sv_emit_pairs(struct sv_maker *sv)
{
    emit_pair(sv, "pol_merge", "The tags of two granules as one.", true);
    emit_pair(sv, "pol_fetch",
              "A parcel's tags without the `merge all` ones that a later one lacks.", false);
}
