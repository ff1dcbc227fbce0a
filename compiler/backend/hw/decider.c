/* Deciders: their operations, and what an action's word says. */
#include "compiler/backend/hw/model.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* An identifier: number, then the decider's name as far as it makes one. */
static const char *identifier(struct hw *hw, uint32_t decider)
{
    const char *name = hw->table->strings + hw->table->deciders[decider].name;
    char *id = arena_printf(&hw->arena, "d%u_%.40s", decider, name);
    for (char *c = id; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '_';
    return id;
}

uint32_t hw_action_of(const struct hw *hw, uint32_t decider, const struct pol_prt_program *program,
                      uint32_t state)
{
    const struct pol_table *t = hw->table;
    return program->first_tuple == POL_NONE
               ? program->first_action + state
               : t->tuples[program->first_tuple + (size_t)state * t->n_deciders + decider];
}

/* Lists of all actions that some instruction may come to, in the order of opclasses. */
static void make_lists(struct hw *hw, struct hw_decider *d, uint32_t decider)
{
    const struct pol_table *t = hw->table;
    unsigned char *seen = ARENA_ARRAY(&hw->arena, unsigned char, (size_t)t->n_programs + 1);
    hw_net_list(&d->net, 0, 0);
    d->lists = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_actions + 1);
    for (uint32_t c = t->n_opclasses > 1; c < t->n_opclasses; c++) {
        uint32_t id = t->remap[(size_t)decider * t->n_opclasses + c];
        const struct pol_prt_program *p = &t->programs[id];
        for (uint32_t s = 0; !seen[id] && s < p->nactions; s++) {
            uint32_t a = hw_action_of(hw, decider, p, s);
            d->lists[a] = hw_net_list(&d->net, t->actions[a].first_op, t->actions[a].nops);
        }
        seen[id] = 1;
    }
}

static uint64_t action_of_rule(const struct pol_table *t, uint32_t rule)
{
    const struct pol_prt_rule *r = &t->rules[rule];
    return r->allow ? 0 : t->responses[r->response].action & 3;
}

static uint32_t response_bits(const struct pol_table *t, const struct pol_prt_decider *d)
{
    uint64_t all = 0;
    for (uint32_t r = 0; r < d->nrules; r++)
        all |= action_of_rule(t, d->first_rule + r);
    return hw_bits(all);
}

/* ---- Reports --------------------------------------------------------------------------------- */

/* The rules of an action's list as bits by their number among those that ask for a report. */
static void told_of(const struct hw *hw, const uint32_t *number, const struct pol_prt_action *a,
                    uint64_t *set, uint32_t words)
{
    memset(set, 0, words * sizeof *set);
    for (uint32_t i = 0; i < a->nreports; i++) {
        uint32_t bit = number[hw->table->reports[a->first_report + i]];
        set[bit / 64] |= (uint64_t)1 << bit % 64;
    }
}

/* Per rule of the decider: its number among those that ask for a report. */
static uint32_t *report_numbers(struct hw *hw, const struct pol_prt_decider *d)
{
    uint32_t *number = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)d->nrules + 1), n = 0;
    for (uint32_t r = 0; r < d->nrules; r++) {
        number[r] = n;
        n += hw_reports(hw->table, d->first_rule + r);
    }
    return number;
}

/* Sets of all actions that some instruction may come to, each once. */
static void make_told(struct hw *hw, struct hw_decider *d, uint32_t decider)
{
    const struct pol_table *t = hw->table;
    const uint32_t *number = report_numbers(hw, &t->deciders[decider]);
    struct hw_regions sets = {.arena = &hw->arena};
    uint32_t n = hw->report_first[decider + 1] - hw->report_first[decider], words = n / 64 + 1;
    uint64_t *set = ARENA_ARRAY(&hw->arena, uint64_t, words);
    d->told = ARENA_ARRAY(&hw->arena, uint32_t, (size_t)t->n_actions + 1);
    (void)hw_region(&sets, set, words);
    for (uint32_t c = t->n_opclasses > 1; n && c < t->n_opclasses; c++) {
        const struct pol_prt_program *p =
            &t->programs[t->remap[(size_t)decider * t->n_opclasses + c]];
        for (uint32_t s = 0; s < p->nactions; s++) {
            uint32_t a = hw_action_of(hw, decider, p, s);
            told_of(hw, number, &t->actions[a], set, words);
            d->told[a] = hw_region(&sets, set, words);
        }
    }
    d->ntold = (uint32_t)sets.items.count;
    d->told_words = words;
    uint64_t *all = ARENA_ARRAY(&hw->arena, uint64_t, (size_t)d->ntold * words);
    for (uint32_t i = 0; i < d->ntold; i++)
        memcpy(all + (size_t)i * words, sets.items.items[i].words, words * sizeof *all);
    d->told_sets = all;
    d->told_bits = hw_bits(d->ntold - 1);
}

static void note_used(struct hw_model *model, const struct hw_decider *d, uint32_t ncounters)
{
    for (size_t l = 0; l < d->net.lists.count; l++)
        for (uint32_t i = 0; i < ncounters; i++) {
            uint32_t bits = hw_bits(d->net.lists.items[l].used[i]);
            model->used_bits = bits > model->used_bits ? bits : model->used_bits;
        }
}

void hw_make_deciders(struct hw *hw, struct hw_model *model, struct hw_roms *roms)
{
    const struct pol_table *t = hw->table;
    model->deciders = ARENA_ARRAY(&hw->arena, struct hw_decider, (size_t)t->n_deciders + 1);
    model->used_bits = 8;
    for (uint32_t i = 0; i < t->n_deciders; i++) {
        struct hw_decider *d = &model->deciders[i];
        d->name = identifier(hw, i);
        d->rule_bits = hw_bits((uint64_t)t->deciders[i].nrules | 1);
        d->response_bits = response_bits(t, &t->deciders[i]);
        hw_net_init(&d->net, hw, &hw->arena, true);
        make_lists(hw, d, i);
        make_told(hw, d, i);
        d->list_bits = hw_bits(d->net.lists.count - 1);
        hw_net_finish(&d->net, roms, d->name, i);
        note_used(model, d, t->n_counters);
    }
}

uint64_t hw_action_word(const struct hw_model *model, const struct hw *hw, uint32_t decider,
                        uint32_t action)
{
    const struct pol_prt_action *a = &hw->table->actions[action];
    const struct hw_decider *d = &model->deciders[decider];
    const struct pol_prt_decider *prt = &hw->table->deciders[decider];
    uint64_t none = ((uint64_t)1 << d->rule_bits) - 1;
    uint64_t response =
        a->rule == POL_NONE ? 0 : action_of_rule(hw->table, prt->first_rule + a->rule);
    uint64_t word = d->lists[action];
    word = word << d->told_bits | d->told[action];
    word = word << d->response_bits | response;
    word = word << POL_RESULTS | a->written;
    word = word << d->rule_bits | (a->rule == POL_NONE ? none : a->rule);
    return word << 2 | a->verdict;
}

uint32_t hw_action_bits(const struct hw_decider *d)
{
    return 2 + d->rule_bits + POL_RESULTS + d->response_bits + d->told_bits + d->list_bits;
}
