/* pol_action_NAME: what a decider says and the results that it computes. */
#include <stdlib.h>
#include "compiler/backend/sv/emit.h"

struct action {
    struct sv_module *m;
    const struct hw_decider *d;
    uint32_t decider;
    uint32_t nlists;
    const char **values; /* scratch: one per list */
};

static unsigned char *live_nodes(struct sv_maker *sv, const struct hw_net *net)
{
    unsigned char *live = ARENA_ARRAY(&sv->arena, unsigned char, net->nodes.count + 1);
    sv_mark_lists(net, live);
    sv_close(net, live);
    return live;
}

unsigned char *sv_action_slots(struct sv_maker *sv, uint32_t decider)
{
    struct sv_module m = {.sv = sv, .arena = &sv->arena};
    const struct hw_net *net = &sv->model->deciders[decider].net;
    return sv_slots_used(&m, net, live_nodes(sv, net));
}

/* ---- The word -------------------------------------------------------------------------------- */

static const char *take(struct action *a, uint32_t *low, uint32_t width)
{
    uint32_t at = *low;
    *low += width;
    return width ? sv_bits(a->m, "word", hw_action_bits(a->d), at, width) : NULL;
}

/* A set of rules that ask for a report, the lowest number lowest. */
static const char *told_set(struct action *a, uint32_t set, uint32_t bits)
{
    const uint64_t *words = a->d->told_sets + (size_t)set * a->d->told_words;
    struct str_buf text;
    str_init(&text);
    for (uint32_t w = a->d->told_words; w-- > 0;) {
        uint32_t width = bits - 64 * w < 64 ? bits - 64 * w : 64;
        if (width)
            str_printf(&text, "%s%s", text.len ? ", " : "", sv_literal(a->m, width, words[w]));
    }
    const char *result = sv_text(a->m, "{%s}", str_text(&text));
    str_free(&text);
    return result;
}

/* says_told: the rules that matched, asked for a report and let those below decide. */
static void emit_told(struct action *a, const char *which)
{
    struct sv_module *m = a->m;
    const uint32_t *first = m->sv->hw->report_first + a->decider;
    uint32_t bits = first[1] - first[0];
    if (bits == 0)
        return;
    const char **sets = ARENA_ARRAY(m->arena, const char *, (size_t)a->d->ntold + 1);
    for (uint32_t i = 0; i < a->d->ntold; i++)
        sets[i] = told_set(a, i, bits);
    sv_port(m, "output", bits, "told");
    if (which)
        sv_wire(m, a->d->told_bits, "told_set", "%s", which);
    sv_mux(m, "says_told", bits, which ? "told_set" : NULL, a->d->told_bits ? a->d->told_bits : 1,
           sets, a->d->ntold);
}

static void emit_word(struct action *a)
{
    struct sv_module *m = a->m;
    const struct hw_decider *d = a->d;
    uint32_t low = 0;
    sv_read(m, d->action, "row", "word");
    sv_spare(m, "word");
    sv_wire(m, 2, "says", "%s", take(a, &low, 2));
    sv_wire(m, d->rule_bits, "by_rule", "%s", take(a, &low, d->rule_bits));
    sv_wire(m, POL_RESULTS, "writes", "%s", take(a, &low, POL_RESULTS));
    const char *response = take(a, &low, d->response_bits);
    sv_wire(m, 2, "asks", "%s",
            response ? sv_fit(m, response, d->response_bits, false, 2) : "2'd0");
    const char *told = take(a, &low, d->told_bits);
    emit_told(a, told);
    const char *list = take(a, &low, d->list_bits);
    if (list)
        sv_wire(m, d->list_bits, "list", "%s", list);
    else
        sv_wire(m, 1, "list", "1'd0");
    sv_spare(m, "list");
}

static const char *list_at(struct action *a, uint32_t time)
{
    uint32_t bits = a->d->list_bits ? a->d->list_bits : 1;
    return sv_at(a->m, "list", bits, 0, time);
}

static void choose(struct action *a, const char *target, uint32_t width)
{
    bool same = sv_uniform(a->values, a->nlists);
    sv_mux(a->m, target, width, same ? NULL : list_at(a, a->d->net.depth),
           a->d->list_bits ? a->d->list_bits : 1, a->values, a->nlists);
}

/* ---- Failures -------------------------------------------------------------------------------- */

/* {cause, tag} of the first failure of a list. */
static const char *failure_of(struct action *a, uint32_t number)
{
    const struct hw_net *net = &a->d->net;
    const struct hw_list *list = &net->lists.items[number];
    uint32_t tag_bits = a->m->sv->hw->tag_bits;
    const char *none = sv_literal(a->m, 4 + tag_bits, 0);
    if (!list->nfails)
        return none;
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = 0; i < list->nfails; i++) {
        const struct hw_fail *f = &list->fails[i];
        uint32_t width = net->nodes.items[f->node].width;
        str_printf(&text, "%s%s ? {%s, %s}\n            : ", width > 1 ? "|" : "",
                   sv_node(a->m, f->node, net->depth, width), sv_literal(a->m, 4, f->cause),
                   f->tag == POL_NO_TAG ? sv_ones(a->m, tag_bits)
                                        : sv_literal(a->m, tag_bits, f->tag));
    }
    str_add(&text, none);
    const char *name = sv_text(a->m, "fails_%u", number);
    sv_wire(a->m, 4 + tag_bits, name, "%s", str_text(&text));
    str_free(&text);
    return name;
}

static void emit_verdict(struct action *a)
{
    struct sv_module *m = a->m;
    const struct hw *hw = m->sv->hw;
    uint32_t depth = a->d->net.depth, tag_bits = hw->tag_bits, own = a->d->rule_bits;
    for (uint32_t l = 0; l < a->nlists; l++)
        a->values[l] = failure_of(a, l);
    choose(a, "failure", 4 + tag_bits);
    sv_wire(m, 4, "failure_cause", "failure[%u:%u]", tag_bits + 3, tag_bits);
    const char *says = sv_at(m, "says", 2, 0, depth), *bad = sv_at(m, "was_bad", 1, 0, depth);
    const char *rule = sv_at(m, "by_rule", own, 0, depth);
    sv_wire(m, 1, "invalid", "%s || failure_cause == 4'd%d", bad, POL_CAUSE_INVALID);
    sv_line(m,
            "    assign verdict = invalid ? 2'd%d : %s != 2'd0 ? %s\n"
            "        : failure_cause != 4'd0 ? 2'd%d : 2'd0;",
            POL_FAIL_IMPLICIT, says, says, POL_FAIL_EXPLICIT);
    sv_line(m,
            "    assign cause = invalid ? 4'd%d : %s == 2'd%d ? 4'd%d : %s != 2'd0 ? 4'd%d\n"
            "        : failure_cause;",
            POL_CAUSE_INVALID, says, POL_FAIL_EXPLICIT, POL_CAUSE_RULE, says, POL_CAUSE_NO_RULE);
    sv_line(m,
            "    assign tag = invalid || %s != 2'd0 || failure_cause == 4'd0 ? %s : "
            "%s;",
            says, sv_ones(m, tag_bits), sv_bits(m, "failure", 4 + tag_bits, 0, tag_bits));
    const char *none = sv_text(m, own > 1 ? "&%s" : "%s", rule);
    sv_line(m, "    assign rule = invalid || (%s) ? %s : %s;", none, sv_ones(m, hw->rule_bits),
            sv_fit(m, rule, own, false, hw->rule_bits));
    sv_line(m, "    assign written = %s;", sv_at(m, "writes", POL_RESULTS, 0, depth));
    sv_line(m, "    assign response = verdict == 2'd0 ? 2'd0 : cause == 4'd%d ? %s : 2'd%u;",
            POL_CAUSE_RULE, sv_at(m, "asks", 2, 0, depth),
            hw->table->responses[hw->table->meta->response].action);
    uint32_t reports = hw->report_first[a->decider + 1] - hw->report_first[a->decider];
    if (reports)
        sv_line(m, "    assign told = {%u{!invalid}} & %s;", reports,
                sv_at(m, "says_told", reports, 0, depth));
}

/* ---- Results --------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct hw_write *x = a, *y = b;
    if (x->result != y->result)
        return x->result < y->result ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static const struct hw_write *find_write(const struct hw_list *list, uint32_t result, uint32_t slot)
{
    struct hw_write key = {result, slot, 0};
    return list->nwrites ? bsearch(&key, list->writes, list->nwrites, sizeof key, by_place) : NULL;
}

/* Each written slot of a result, and whether the list writes it. */
static void emit_slot(struct action *a, uint32_t result, uint32_t slot)
{
    struct sv_module *m = a->m;
    const char *result_name = sv_result_names[result];
    uint32_t width = m->sv->hw->slots[slot].width;
    bool some = false;
    for (uint32_t l = 0; l < a->nlists; l++) {
        const struct hw_write *w = find_write(&a->d->net.lists.items[l], result, slot);
        a->values[l] = w ? sv_packed(m, w->node, slot, a->d->net.depth) : NULL;
        some |= w != NULL;
    }
    if (!some)
        return;
    sv_port(m, "output", width, "%s_q%u", result_name, slot);
    sv_port(m, "output", 1, "%s_w%u", result_name, slot);
    const char *value = sv_text(m, "new_%s_%u", result_name, slot);
    const char *writes = sv_text(m, "writes_%s_%u", result_name, slot);
    choose(a, value, width);
    for (uint32_t l = 0; l < a->nlists; l++)
        a->values[l] = find_write(&a->d->net.lists.items[l], result, slot) ? "1'b1" : "1'b0";
    choose(a, writes, 1);
    sv_line(m, "    assign %s_q%u = %s;", result_name, slot, value);
    sv_line(m, "    assign %s_w%u = %s;", result_name, slot, writes);
}

static void emit_results(struct action *a)
{
    for (uint32_t result = 0; result < POL_RESULTS; result++)
        for (uint32_t slot = 0; slot < a->m->sv->hw->table->n_slots; slot++)
            emit_slot(a, result, slot);
}

/* ---- Counters -------------------------------------------------------------------------------- */

bool sv_action_counter(struct sv_maker *sv, uint32_t decider, uint32_t counter)
{
    const struct hw_net *net = &sv->model->deciders[decider].net;
    const unsigned char *live = live_nodes(sv, net);
    for (size_t i = 0; i < net->nodes.count; i++)
        if (live[i] && net->nodes.items[i].kind == HW_COUNTER && net->nodes.items[i].a == counter)
            return true;
    return false;
}

static void emit_counters(struct action *a)
{
    struct sv_module *m = a->m;
    const struct hw *hw = m->sv->hw;
    for (uint32_t c = 0; c < hw->table->n_counters; c++) {
        uint32_t most = 0, bits = m->sv->model->used_bits;
        if (sv_action_counter(m->sv, a->decider, c))
            sv_port(m, "input", hw->counter_width[c], "counter_%u", c);
        for (uint32_t l = 0; l < a->nlists; l++) {
            uint32_t used = a->d->net.lists.items[l].used[c];
            a->values[l] = sv_literal(m, bits, used);
            most = used > most ? used : most;
        }
        if (!most)
            continue;
        sv_port(m, "output", bits, "used_%u", c);
        choose(a, sv_text(m, "takes_%u", c), bits);
        sv_line(m, "    assign used_%u = takes_%u;", c, c);
    }
}

void sv_emit_action(struct sv_maker *sv, uint32_t decider)
{
    const struct hw_decider *d = &sv->model->deciders[decider];
    const struct hw_unit *u = &sv->model->units[d->unit];
    struct sv_module *m = sv_module_new(sv, arena_printf(&sv->arena, "pol_action_%s", d->name),
                                        "What a decider says, and its results.");
    struct action a = {m, d, decider, (uint32_t)d->net.lists.count, NULL};
    a.values = ARENA_ARRAY(m->arena, const char *, (size_t)a.nlists + 1);
    m->net = &d->net;
    m->live = live_nodes(sv, &d->net);
    sv_load_ports(m);
    sv_port(m, "input", u->row_bits, "row");
    sv_port(m, "input", 1, "bad");
    sv_slot_ports(m, sv_action_slots(sv, decider));
    sv_port(m, "output", 2, "verdict");
    sv_port(m, "output", 4, "cause");
    sv_port(m, "output", sv->hw->rule_bits, "rule");
    sv_port(m, "output", sv->hw->tag_bits, "tag");
    sv_port(m, "output", POL_RESULTS, "written");
    sv_port(m, "output", 2, "response");
    sv_spare(m, "row");
    emit_word(&a);
    sv_line(m, "    logic was_bad;");
    sv_line(m, "    pol_delay #(.WIDTH(1), .CYCLES(1), .PIPELINE(PIPELINE)) delay_bad "
               "(.clk(clk), .in(bad), .out(was_bad));");
    m->select = "list";
    m->select_bits = d->list_bits ? d->list_bits : 1;
    sv_emit_net(m);
    emit_verdict(&a);
    emit_results(&a);
    emit_counters(&a);
    sv_module_end(m);
}
