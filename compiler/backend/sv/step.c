/* pol_step: all deciders together, for one granule. */
#include "compiler/backend/sv/emit.h"

struct step {
    struct sv_module *m;
    const struct hw *hw;
    const struct hw_model *model;
    uint32_t row_at, act_at, end; /* times: rows, action words, answers */
    uint32_t opclass_bits;
    const char *has[POL_RESULTS]; /* nets at `end`: the instruction has the result */
    unsigned char **action_slots; /* per decider */
};

/* ---- Times ----------------------------------------------------------------------------------- */

/* After the opclass's register. */
static uint32_t rows_time(const struct hw_model *model)
{
    uint32_t time = 0;
    for (uint32_t i = 0; i < model->nunits; i++) {
        uint32_t latency = sv_lookup_latency(&model->units[i]);
        time = latency > time ? latency : time;
    }
    return 1 + time;
}

static uint32_t action_depth(const struct sv_maker *sv)
{
    uint32_t depth = 0;
    for (uint32_t d = 0; d < sv->hw->table->n_deciders; d++)
        depth = sv->model->deciders[d].net.depth > depth ? sv->model->deciders[d].net.depth : depth;
    return depth;
}

uint32_t sv_step_latency(const struct sv_maker *sv)
{
    return rows_time(sv->model) + 1 + action_depth(sv);
}

/* ---- Operands that an instruction lacks ------------------------------------------------------ */

/* Per node, a bit per source that it depends on. */
static uint32_t *sources_of_nodes(struct sv_module *m, const struct hw_net *net)
{
    uint32_t *reads = ARENA_ARRAY(m->arena, uint32_t, net->nodes.count + 1);
    for (size_t i = 0; i < net->nodes.count; i++) {
        uint32_t next[3];
        const struct hw_node *node = &net->nodes.items[i];
        if (node->kind == HW_SLOT)
            reads[i] = (uint32_t)1 << node->a;
        for (uint32_t n = hw_node_sources(node, next); n > 0; n--)
            reads[i] |= reads[next[n - 1]];
    }
    return reads;
}

static uint32_t program_reads(const struct hw_unit *u, const struct hw_program *p,
                              const uint32_t *reads)
{
    uint32_t all = 0;
    for (uint32_t i = 0; i < u->npositions; i++) {
        const struct hw_input *in = &p->inputs[i];
        if (in->kind == HW_IN_NODE)
            all |= reads[in->node];
        else if (in->kind != HW_IN_NONE)
            all |= (uint32_t)1 << in->source;
        all |= in->bad == POL_NONE ? 0 : reads[in->bad];
    }
    return all;
}

static uint32_t list_reads(const struct hw_list *list, const uint32_t *reads)
{
    uint32_t all = 0;
    for (uint32_t i = 0; i < list->nfails; i++)
        all |= reads[list->fails[i].node];
    for (uint32_t i = 0; i < list->nwrites; i++)
        all |= reads[list->writes[i].node];
    return all;
}

/* What the operations of a decider read in an opclass. */
static uint32_t actions_read(struct step *s, uint32_t decider, uint32_t program,
                             const uint32_t *reads)
{
    const struct pol_prt_program *p = &s->hw->table->programs[program];
    const struct hw_decider *d = &s->model->deciders[decider];
    uint32_t all = 0;
    for (uint32_t state = 0; state < p->nactions; state++) {
        uint32_t list = d->lists[hw_action_of(s->hw, decider, p, state)];
        all |= list_reads(&d->net.lists.items[list], reads);
    }
    return all;
}

static uint32_t operands_of(const struct pol_prt_opclass *c)
{
    return (uint32_t)(1u << POL_OP_ENV | 1u << POL_OP_CODE) | (c->op1 ? 1u << POL_OP_OP1 : 0) |
           (c->op2 ? 1u << POL_OP_OP2 : 0) | (c->op3 ? 1u << POL_OP_OP3 : 0) |
           (c->mem ? 1u << POL_OP_MEM : 0) | 1u << HW_OLD_RD | 1u << HW_OLD_CSR;
}

/* Operands that some program looks at where the instruction has none: {} must stand there. */
static uint32_t lacking_operands(struct step *s)
{
    const struct pol_table *t = s->hw->table;
    uint32_t missing = 0;
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        const struct hw_unit *u = &s->model->units[s->model->deciders[d].unit];
        const uint32_t *tests = sources_of_nodes(s->m, &u->net);
        const uint32_t *ops = sources_of_nodes(s->m, &s->model->deciders[d].net);
        uint32_t *of_program = ARENA_ARRAY(s->m->arena, uint32_t, (size_t)u->nprograms + 1);
        for (uint32_t p = 0; p < u->nprograms; p++)
            of_program[p] = program_reads(u, &u->programs[p], tests) |
                            actions_read(s, d, u->programs[p].id, ops);
        for (uint32_t c = 1; c < t->n_opclasses; c++)
            missing |= of_program[u->program_of[c]] & ~operands_of(&t->opclasses[c]);
    }
    return missing;
}

/* ---- Operands -------------------------------------------------------------------------------- */

static const char *const has_names[HW_SOURCES] = {NULL,      NULL,      "has_op1", "has_op2",
                                                  "has_op3", "has_mem", NULL,      NULL};

/* The slots that some part reads, as nets SOURCE_sN. */
static void emit_slots(struct step *s, const unsigned char *used)
{
    const struct pol_table *t = s->hw->table;
    uint32_t missing = lacking_operands(s);
    for (uint32_t i = 0; i < HW_SOURCES * t->n_slots; i++) {
        uint32_t source = i / t->n_slots, slot = i % t->n_slots;
        const struct hw_slot *place = &s->hw->slots[slot];
        const char *name = sv_source_names[source];
        if (!used[i])
            continue;
        const char *bits = sv_bits(s->m, name, s->hw->word_bits, place->offset, place->width);
        const char *target = sv_text(s->m, "%s_s%u", name, slot);
        if (missing >> source & 1u) {
            uint64_t empty = t->empty[slot];
            if (empty & POL_VALID_BIT)
                empty = (uint64_t)1 << (place->width - 1);
            sv_wire(s->m, place->width, target, "%s ? %s : %s", has_names[source], bits,
                    sv_literal(s->m, place->width, empty));
        } else {
            sv_wire(s->m, place->width, target, "%s", bits);
        }
    }
}

static unsigned char *all_slots(struct step *s)
{
    uint32_t n = HW_SOURCES * s->hw->table->n_slots;
    unsigned char *used = ARENA_ARRAY(s->m->arena, unsigned char, (size_t)n + 1);
    s->action_slots =
        ARENA_ARRAY(s->m->arena, unsigned char *, (size_t)s->hw->table->n_deciders + 1);
    for (uint32_t d = 0; d < s->hw->table->n_deciders; d++)
        s->action_slots[d] = sv_action_slots(s->m->sv, d);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t d = 0; d < s->hw->table->n_deciders; d++)
            used[i] |= s->action_slots[d][i];
    }
    for (uint32_t u = 0; u < s->model->nunits; u++) {
        const unsigned char *lookup = sv_lookup_slots(s->m->sv, &s->model->units[u]);
        for (uint32_t i = 0; i < n; i++)
            used[i] |= lookup[i];
    }
    return used;
}

/* Connections of slot ports, as they are at a time. */
static const char *connect_slots(struct step *s, const unsigned char *used, uint32_t time)
{
    uint32_t nslots = s->hw->table->n_slots;
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = 0; i < HW_SOURCES * nslots; i++) {
        if (!used[i])
            continue;
        const char *name = sv_text(s->m, "%s_s%u", sv_source_names[i / nslots], i % nslots);
        str_printf(&text, ",\n        .%s(%s)", name,
                   sv_at(s->m, name, s->hw->slots[i % nslots].width, 0, time));
    }
    const char *result = sv_text(s->m, "%s", str_text(&text));
    str_free(&text);
    return result;
}

/* ---- Parts ----------------------------------------------------------------------------------- */

static void emit_decode(struct step *s)
{
    static const char *const flags[] = {"has_op1", "has_op2", "has_op3", "has_mem",
                                        "has_rd",  "has_csr", "stores"};
    struct sv_module *m = s->m;
    sv_line(m, "    logic %sopclass;", sv_range(m, s->opclass_bits));
    sv_line(m, "    logic has_op1, has_op2, has_op3, has_mem, has_rd, has_csr, stores;");
    sv_line(m, "    pol_decode #(.PIPELINE(PIPELINE)) decode (.clk(clk), .insn(insn), "
               ".opclass(opclass),\n        .has_op1(has_op1), .has_op2(has_op2), "
               ".has_op3(has_op3), .has_mem(has_mem),\n        .has_rd(has_rd), "
               ".has_csr(has_csr), .stores(stores));");
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        sv_spare(m, flags[i]);
}

static void emit_units(struct step *s)
{
    struct sv_module *m = s->m;
    for (uint32_t i = 0; i < s->model->nunits; i++) {
        const struct hw_unit *u = &s->model->units[i];
        const char *slots = connect_slots(s, sv_lookup_slots(m->sv, u), 1);
        const char *opclass = sv_at(m, "opclass", s->opclass_bits, 0, 1);
        sv_line(m, "    logic %srow_u%u;\n    logic bad_u%u;", sv_range(m, u->row_bits), i, i);
        sv_line(m,
                "    pol_lookup_%s #(.PIPELINE(PIPELINE)) lookup_%u (.clk(clk)%s, .opclass(%s)%s,\n"
                "        .row(row_u%u), .bad(bad_u%u));",
                u->name, i, sv_load_wires(m), opclass, slots, i, i);
    }
}

/* An answer of a decider at the end. */
static const char *answer(struct step *s, uint32_t decider, const char *what, uint32_t width)
{
    uint32_t time = s->act_at + s->model->deciders[decider].net.depth;
    return sv_at(s->m, sv_text(s->m, "%s_%u", what, decider), width, time, s->end);
}

static bool has_port(const struct step *s, uint32_t decider, uint32_t result, uint32_t slot)
{
    const struct hw_net *net = &s->model->deciders[decider].net;
    for (size_t l = 0; l < net->lists.count; l++)
        for (uint32_t i = 0; i < net->lists.items[l].nwrites; i++)
            if (net->lists.items[l].writes[i].result == result &&
                net->lists.items[l].writes[i].slot == slot)
                return true;
    return false;
}

static void declare(struct step *s, struct str_buf *ports, uint32_t decider, const char *port,
                    uint32_t width)
{
    sv_line(s->m, "    logic %s%s_%u;", sv_range(s->m, width), port, decider);
    str_printf(ports, ",\n        .%s(%s_%u)", port, port, decider);
}

static bool takes_fresh(const struct step *s, uint32_t decider, uint32_t counter)
{
    const struct hw_net *net = &s->model->deciders[decider].net;
    for (size_t l = 0; l < net->lists.count; l++)
        if (net->lists.items[l].used[counter])
            return true;
    return false;
}

static void declare_results(struct step *s, struct str_buf *ports, uint32_t decider)
{
    const struct pol_table *t = s->hw->table;
    for (uint32_t r = 0; r < POL_RESULTS; r++)
        for (uint32_t slot = 0; slot < t->n_slots; slot++) {
            if (!has_port(s, decider, r, slot))
                continue;
            declare(s, ports, decider, sv_text(s->m, "%s_q%u", sv_result_names[r], slot),
                    s->hw->slots[slot].width);
            declare(s, ports, decider, sv_text(s->m, "%s_w%u", sv_result_names[r], slot), 1);
        }
    for (uint32_t c = 0; c < t->n_counters; c++) {
        if (sv_action_counter(s->m->sv, decider, c))
            str_printf(ports, ",\n        .counter_%u(counter_%u)", c, c);
        if (takes_fresh(s, decider, c))
            declare(s, ports, decider, sv_text(s->m, "used_%u", c), s->model->used_bits);
    }
}

/* How many rules of the decider ask for a report. */
static uint32_t reports_of(const struct step *s, uint32_t decider)
{
    return s->hw->report_first[decider + 1] - s->hw->report_first[decider];
}

static void emit_decider(struct step *s, uint32_t decider)
{
    struct sv_module *m = s->m;
    const struct hw_decider *d = &s->model->deciders[decider];
    const struct hw_unit *u = &s->model->units[d->unit];
    uint32_t found = 1 + sv_lookup_latency(u);
    struct str_buf ports;
    str_init(&ports);
    const char *row = sv_at(m, sv_text(m, "row_u%u", d->unit), u->row_bits, found, s->row_at);
    const char *bad = sv_at(m, sv_text(m, "bad_u%u", d->unit), 1, found, s->row_at);
    str_add(&ports, connect_slots(s, s->action_slots[decider], s->act_at));
    declare(s, &ports, decider, "verdict", 2);
    declare(s, &ports, decider, "cause", 4);
    declare(s, &ports, decider, "rule", s->hw->rule_bits);
    declare(s, &ports, decider, "tag", s->hw->tag_bits);
    declare(s, &ports, decider, "written", POL_RESULTS);
    declare(s, &ports, decider, "response", 2);
    if (reports_of(s, decider))
        declare(s, &ports, decider, "told", reports_of(s, decider));
    declare_results(s, &ports, decider);
    sv_line(
        m,
        "    pol_action_%s #(.PIPELINE(PIPELINE)) action_%u (.clk(clk)%s, .row(%s), .bad(%s)%s);",
        d->name, decider, sv_load_wires(m), row, bad, str_text(&ports));
    str_free(&ports);
}

/* ---- Who decides ----------------------------------------------------------------------------- */

/* ran_D: the decider counts; settles_G: the global is the whole answer. */
static void emit_order(struct step *s)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    const char *open = "decodes";
    sv_wire(m, 1, "decodes", "%s != %s", sv_at(m, "opclass", s->opclass_bits, 0, s->end),
            sv_literal(m, s->opclass_bits, 0));
    for (uint32_t g = 0; g < t->meta->nglobals; g++) {
        sv_wire(m, 1, sv_text(m, "ran_%u", g), "%s", open);
        sv_wire(m, 1, sv_text(m, "settles_%u", g), "%s && !(%s == 2'd%d && %s == 4'd%d)", open,
                answer(s, g, "verdict", 2), POL_FAIL_IMPLICIT, answer(s, g, "cause", 4),
                POL_CAUSE_NO_RULE);
        const char *rest = sv_text(m, "open_%u", g);
        sv_wire(m, 1, rest, "%s && !settles_%u", open, g);
        open = rest;
    }
    sv_wire(m, 1, "components", "%s", open);
    sv_spare(m, "components");
    for (uint32_t d = t->meta->nglobals; d < t->n_deciders; d++)
        sv_wire(m, 1, sv_text(m, "ran_%u", d), "components");
}

/* fails_D: 2 bits verdict, 4 bits cause, then the tag; 0 where it did not fail. */
static void emit_fails(struct step *s)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    uint32_t bits = s->hw->tag_bits + 6;
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        const char *verdict = answer(s, d, "verdict", 2);
        const char *counts =
            d < t->meta->nglobals ? sv_text(m, "settles_%u", d) : sv_text(m, "ran_%u", d);
        const char *name = sv_text(m, "fails_%u", d);
        sv_wire(m, bits, name, "%s && %s != 2'd0 ? {%s, %s, %s} : %s", counts, verdict,
                answer(s, d, "tag", s->hw->tag_bits), answer(s, d, "cause", 4), verdict,
                sv_literal(m, bits, 0));
        sv_wire(m, 1, sv_text(m, "explicit_%u", d), "%s[1]", name);
        sv_wire(m, 1, sv_text(m, "implicit_%u", d), "%s[0]", name);
        sv_spare(m, name);
    }
}

/* "PREFIX_0 | PREFIX_1 | .." of the deciders before n. */
static const char *any_of(struct step *s, const char *prefix, uint32_t n)
{
    struct str_buf text;
    str_init(&text);
    for (uint32_t d = 0; d < n; d++)
        str_printf(&text, "%s%s_%u", d ? " | " : "", prefix, d);
    const char *result = n ? sv_text(s->m, "%s", str_text(&text)) : "1'b0";
    str_free(&text);
    return result;
}

/* first_D: the decider names the answer: the leftmost explicit failure, else the leftmost. */
static void emit_first(struct step *s)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    sv_wire(m, 1, "any_explicit", "%s", any_of(s, "explicit", t->n_deciders));
    sv_wire(m, 1, "any_implicit", "%s", any_of(s, "implicit", t->n_deciders));
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        const char *name = sv_text(m, "first_%u", d);
        sv_wire(m, 1, name, "any_explicit ? explicit_%u && !(%s)\n        : implicit_%u && !(%s)",
                d, any_of(s, "explicit", d), d, any_of(s, "implicit", d));
        sv_spare(m, name);
    }
    const char *none = t->meta->nglobals == t->n_deciders ? "components" : "1'b0";
    sv_wire(m, 1, "no_component", "%s", none);
    sv_line(m,
            "    assign verdict = any_explicit ? 2'd%d : any_implicit || no_component || "
            "!decodes ? 2'd%d : 2'd0;",
            POL_FAIL_EXPLICIT, POL_FAIL_IMPLICIT);
    sv_wire(m, 1, "allowed", "verdict == 2'd0");
}

/* A chain over the deciders: what the first failing one says, else `rest`. */
static void emit_choice(struct step *s, const char *target, const char *what, uint32_t width,
                        const char *rest)
{
    struct str_buf text;
    str_init(&text);
    for (uint32_t d = 0; d < s->hw->table->n_deciders; d++) {
        const char *value = what ? answer(s, d, what, width) : sv_literal(s->m, width, d);
        str_printf(&text, "first_%u ? %s\n        : ", d, value);
    }
    sv_line(s->m, "    assign %s = %s%s;", target, str_text(&text), rest);
    str_free(&text);
}

/* A part of a port, to be assigned. */
static const char *part_of(struct step *s, const char *port, uint32_t of, uint32_t low,
                           uint32_t width)
{
    if (width == of)
        return port;
    return width == 1 ? sv_text(s->m, "%s[%u]", port, low)
                      : sv_text(s->m, "%s[%u:%u]", port, low + width - 1, low);
}

/* The most severe of the failures' responses. */
static void emit_response(struct step *s)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    uint32_t most = t->responses[t->meta->response].action;
    const char *so_far = "asks_none";
    sv_wire(m, 2, so_far, "!decodes || no_component ? 2'd%u : 2'd0", most);
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        const char *mine = sv_text(m, "asks_%u", d), *both = sv_text(m, "most_asked_%u", d);
        sv_wire(m, 2, mine, "explicit_%u || implicit_%u ? %s : 2'd0", d, d,
                answer(s, d, "response", 2));
        sv_wire(m, 2, both, "%s > %s ? %s : %s", mine, so_far, mine, so_far);
        so_far = both;
    }
    sv_line(m, "    assign response = %s;", so_far);
}

/* Of the deciders that ran. */
static void emit_reports(struct step *s)
{
    struct sv_module *m = s->m;
    const struct hw *hw = s->hw;
    for (uint32_t d = 0; d < hw->table->n_deciders; d++)
        if (reports_of(s, d))
            sv_line(m, "    assign %s = {%u{ran_%u}} & %s;",
                    part_of(s, "reports", hw->report_bits, hw->report_first[d], reports_of(s, d)),
                    reports_of(s, d), d, answer(s, d, "told", reports_of(s, d)));
    if (hw->report_first[hw->table->n_deciders] == 0)
        sv_line(m, "    assign reports = 1'b0;");
}

static void emit_failure(struct step *s)
{
    struct sv_module *m = s->m;
    const struct hw *hw = s->hw;
    const struct pol_table *t = hw->table;
    emit_choice(s, "cause", "cause", 4,
                sv_text(m, "!decodes ? 4'd%d : no_component ? 4'd%d : 4'd0", POL_CAUSE_UNDECODABLE,
                        POL_CAUSE_NO_COMPONENT));
    emit_choice(s, "decider", NULL, hw->decider_bits, sv_ones(m, hw->decider_bits));
    emit_choice(s, "rule", "rule", hw->rule_bits, sv_ones(m, hw->rule_bits));
    emit_choice(s, "tag", "tag", hw->tag_bits, sv_ones(m, hw->tag_bits));
    emit_response(s);
    uint32_t bits = hw->tag_bits + 6;
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        sv_line(
            m, "    assign %s = ran_%u ? %s : %s;",
            part_of(s, "rules", t->n_deciders * hw->rule_bits, d * hw->rule_bits, hw->rule_bits), d,
            answer(s, d, "rule", hw->rule_bits), sv_ones(m, hw->rule_bits));
        sv_line(m, "    assign fails[%u:%u] = fails_%u;", (d + 1) * bits - 1, d * bits, d);
    }
    if (t->n_deciders == 0) {
        sv_line(m, "    assign rules = %s;", sv_ones(m, hw->rule_bits));
        sv_line(m, "    assign fails = %s;", sv_literal(m, bits, 0));
    }
}

/* ---- Results --------------------------------------------------------------------------------- */

static const char *const old_names[POL_RESULTS] = {"env", "rd_old", "csr_old", "mem"};

/* has_R_end, then do_R: allowed and the instruction has the result. */
static void emit_has(struct step *s)
{
    static const char *const flags[POL_RESULTS] = {NULL, "has_rd", "has_csr", "stores"};
    struct sv_module *m = s->m;
    for (uint32_t r = 0; r < POL_RESULTS; r++) {
        s->has[r] = flags[r] ? sv_at(m, flags[r], 1, 0, s->end) : "1'b1";
        sv_wire(m, 1, sv_text(m, "does_%s", sv_result_names[r]), "allowed && %s", s->has[r]);
        const char *part = sv_text(m, "part_%s", sv_result_names[r]); /* by components */
        sv_wire(m, 1, part, "does_%s && components", sv_result_names[r]);
        sv_spare(m, part);
    }
}

static bool is_global_slot(const struct pol_table *t, uint32_t slot)
{
    for (uint32_t d = 0; d < t->n_domains; d++)
        if (t->domains[d].kind == POL_DOMAIN_GLOBAL && slot >= t->domains[d].first_slot &&
            slot - t->domains[d].first_slot < t->domains[d].nslots)
            return true;
    return false;
}

/* The new value of a slot: a global's, else cleared, else the last component's, else the old. */
static const char *new_slot(struct step *s, uint32_t r, uint32_t slot)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    const struct hw_slot *place = &s->hw->slots[slot];
    const char *name = sv_result_names[r];
    struct str_buf text;
    str_init(&text);
    for (uint32_t i = t->n_deciders; i-- > 0;) {
        uint32_t d = i >= t->n_deciders - t->meta->nglobals
                         ? i - (t->n_deciders - t->meta->nglobals)
                         : i + t->meta->nglobals;
        if (i + 1 == t->n_deciders - t->meta->nglobals && t->meta->nglobals && r != POL_RES_ENV &&
            is_global_slot(t, slot)) {
            uint64_t empty =
                t->empty[slot] & POL_VALID_BIT ? (uint64_t)1 << (place->width - 1) : t->empty[slot];
            str_printf(&text, "part_%s ? %s : ", name, sv_literal(m, place->width, empty));
        }
        if (!has_port(s, d, r, slot))
            continue;
        const char *writes = answer(s, d, sv_text(m, "%s_w%u", name, slot), 1);
        const char *value = answer(s, d, sv_text(m, "%s_q%u", name, slot), place->width);
        if (d < t->meta->nglobals)
            str_printf(&text, "does_%s && settles_%u && %s ? %s : ", name, d, writes, value);
        else
            str_printf(&text, "part_%s && %s ? %s : ", name, writes, value);
    }
    const char *old = sv_at(m, old_names[r], s->hw->word_bits, 0, s->end);
    const char *result = sv_text(m, "%s%s", str_text(&text),
                                 sv_bits(m, old, s->hw->word_bits, place->offset, place->width));
    str_free(&text);
    return result;
}

static void emit_results(struct step *s)
{
    struct sv_module *m = s->m;
    const struct hw *hw = s->hw;
    for (uint32_t r = 0; r < POL_RESULTS; r++) {
        const char *out = sv_text(m, "%s_out", sv_result_names[r]);
        if (hw->table->n_slots == 0)
            sv_line(m, "    assign %s = %s;", out,
                    sv_at(m, old_names[r], hw->word_bits, 0, s->end));
        for (uint32_t slot = 0; slot < hw->table->n_slots; slot++) {
            const struct hw_slot *place = &hw->slots[slot];
            const char *value = new_slot(s, r, slot);
            sv_line(m, "    assign %s = %s;",
                    part_of(s, out, hw->word_bits, place->offset, place->width), value);
        }
    }
}

/* Does a component, or a global, write the domain's part of a result? */
static const char *domain_written(struct step *s, uint32_t r, uint32_t domain)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    struct str_buf text;
    str_init(&text);
    for (uint32_t d = 0; d < t->n_deciders; d++) {
        bool global = d < t->meta->nglobals;
        if (!global && t->deciders[d].domain != domain)
            continue;
        str_printf(&text, "%s(%s && %s[%u])", text.len ? " || " : "",
                   global ? sv_text(m, "does_%s && settles_%u", sv_result_names[r], d)
                          : sv_text(m, "part_%s", sv_result_names[r]),
                   answer(s, d, "written", POL_RESULTS), r);
    }
    if (t->meta->nglobals && r != POL_RES_ENV && t->domains[domain].kind == POL_DOMAIN_GLOBAL)
        str_printf(&text, "%spart_%s", text.len ? " || " : "", sv_result_names[r]);
    const char *result = text.len ? sv_text(m, "%s", str_text(&text)) : "1'b0";
    str_free(&text);
    return result;
}

static void emit_enables(struct step *s)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    for (uint32_t r = 0; r < POL_RESULTS; r++) {
        struct str_buf any;
        str_init(&any);
        for (uint32_t domain = 0; domain < t->n_domains; domain++)
            sv_line(m, "    assign %s_we%s = %s;", sv_result_names[r],
                    t->n_domains == 1 ? "" : sv_text(m, "[%u]", domain),
                    domain_written(s, r, domain));
        if (t->n_domains == 0)
            sv_line(m, "    assign %s_we = 1'b0;", sv_result_names[r]);
        for (uint32_t d = 0; d < t->n_deciders; d++) {
            const char *written = answer(s, d, "written", POL_RESULTS);
            str_printf(&any, "%s(%s && %s[%u])", d ? " || " : "",
                       d < t->meta->nglobals ? sv_text(m, "settles_%u", d) : "components", written,
                       r);
        }
        sv_line(m, "    assign written[%u] = does_%s && (%s);", r, sv_result_names[r],
                any.len ? str_text(&any) : "1'b0");
        str_free(&any);
    }
}

/* ---- Counters -------------------------------------------------------------------------------- */

static void emit_used(struct step *s)
{
    struct sv_module *m = s->m;
    const struct pol_table *t = s->hw->table;
    uint32_t bits = s->model->used_bits;
    for (uint32_t c = 0; c < t->n_counters; c++) {
        const char *most = sv_literal(m, bits, 0);
        for (uint32_t d = 0; d < t->n_deciders; d++) {
            if (!takes_fresh(s, d, c))
                continue;
            const char *mine = sv_text(m, "takes_%u_%u", c, d);
            const char *counts = d < t->meta->nglobals ? sv_text(m, "settles_%u", d) : "components";
            sv_wire(m, bits, mine, "%s ? %s : %s", counts,
                    answer(s, d, sv_text(m, "used_%u", c), bits), sv_literal(m, bits, 0));
            const char *larger = sv_text(m, "most_%u_%u", c, d);
            sv_wire(m, bits, larger, "%s > %s ? %s : %s", mine, most, mine, most);
            most = larger;
        }
        sv_line(m, "    assign used[%u:%u] = allowed ? %s : %s;", (c + 1) * bits - 1, c * bits,
                most, sv_literal(m, bits, 0));
    }
    if (t->n_counters == 0)
        sv_line(m, "    assign used = %s;", sv_literal(m, bits, 0));
}

static void emit_counters(struct step *s)
{
    struct sv_module *m = s->m;
    for (uint32_t c = 0; c < s->hw->table->n_counters; c++) {
        const char *name = sv_text(m, "counter_%u", c);
        sv_wire(m, s->hw->counter_width[c], name, "%s",
                sv_bits(m, "counters", s->hw->counter_bits, s->hw->counter_offset[c],
                        s->hw->counter_width[c]));
        sv_spare(m, name);
    }
}

/* ---- The module ------------------------------------------------------------------------------ */

static void emit_ports(struct step *s)
{
    static const char *const inputs[] = {"env", "code", "op1",    "op2",
                                         "op3", "mem",  "rd_old", "csr_old"};
    struct sv_module *m = s->m;
    const struct hw *hw = s->hw;
    uint32_t deciders = hw->table->n_deciders ? hw->table->n_deciders : 1;
    uint32_t domains = hw->table->n_domains ? hw->table->n_domains : 1;
    uint32_t counters = hw->table->n_counters ? hw->table->n_counters : 1;
    sv_load_ports(m);
    sv_port(m, "input", 32, "insn");
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        sv_port(m, "input", hw->word_bits, "%s", inputs[i]);
        sv_spare(m, inputs[i]);
    }
    sv_port(m, "input", hw->counter_bits, "counters");
    sv_spare(m, "counters");
    sv_port(m, "output", 2, "verdict");
    sv_port(m, "output", 4, "cause");
    sv_port(m, "output", hw->decider_bits, "decider");
    sv_port(m, "output", hw->rule_bits, "rule");
    sv_port(m, "output", hw->tag_bits, "tag");
    sv_port(m, "output", 2, "response");
    sv_port(m, "output", deciders * hw->rule_bits, "rules");
    sv_port(m, "output", hw->report_bits, "reports");
    sv_port(m, "output", POL_RESULTS, "written");
    for (uint32_t r = 0; r < POL_RESULTS; r++)
        sv_port(m, "output", hw->word_bits, "%s_out", sv_result_names[r]);
    for (uint32_t r = 0; r < POL_RESULTS; r++)
        sv_port(m, "output", domains, "%s_we", sv_result_names[r]);
    sv_port(m, "output", counters * s->model->used_bits, "used");
    sv_port(m, "output", deciders * (hw->tag_bits + 6), "fails");
}

void sv_emit_step(struct sv_maker *sv)
{
    struct sv_module *m = sv_module_new(sv, "pol_step", "The answer for one granule.");
    struct step s = {.m = m, .hw = sv->hw, .model = sv->model};
    s.opclass_bits = hw_bits((sv->hw->table->n_opclasses - 1) | 1);
    s.row_at = rows_time(sv->model);
    s.act_at = s.row_at + 1;
    s.end = sv_step_latency(sv);
    emit_ports(&s);
    sv_line(m, "    localparam LATENCY = PIPELINE != 0 ? %u : 0;", s.end);
    sv_spare(m, "LATENCY != 0");
    emit_decode(&s);
    emit_slots(&s, all_slots(&s));
    emit_counters(&s);
    emit_units(&s);
    for (uint32_t d = 0; d < sv->hw->table->n_deciders; d++)
        emit_decider(&s, d);
    emit_order(&s);
    emit_fails(&s);
    emit_first(&s);
    emit_failure(&s);
    emit_reports(&s);
    emit_has(&s);
    emit_results(&s);
    emit_enables(&s);
    emit_used(&s);
    for (uint32_t d = 0; d < sv->hw->table->n_deciders; d++)
        sv_spare(m, answer(&s, d, "response", 2));
    sv_module_end(m);
}
