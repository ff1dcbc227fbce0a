/* Constructors of the syntax tree: what the grammar's actions call.  Private to lang/.
 *
 * All take the parser, allocate in its arena and report what only concerns the node at hand.
 * Lists: `x_add(p, list, item)` appends and returns the list; a NULL list starts one, a NULL item
 * adds nothing. */
#ifndef LANG_AST_BUILD_H
#define LANG_AST_BUILD_H

#include "lang/token.h"

#define AST_LIST_ADD(function, list_type, item_type)                                               \
    static inline struct list_type *function(struct lang_parser *p, struct list_type *list,        \
                                             item_type item)                                       \
    {                                                                                              \
        if (!list)                                                                                 \
            list = ARENA_NEW(p->arena, struct list_type);                                          \
        if (item)                                                                                  \
            VEC_PUSH(p->arena, list, item);                                                        \
        return list;                                                                               \
    }

AST_LIST_ADD(ast_fields_add, ast_field_list, const struct ast_field *)
AST_LIST_ADD(ast_tags_add, ast_tag_list, const struct ast_tag *)
AST_LIST_ADD(ast_reqs_add, ast_req_list, const struct ast_req *)
AST_LIST_ADD(ast_operands_add, ast_operand_list, const struct ast_operand *)
AST_LIST_ADD(ast_updates_add, ast_update_list, const struct ast_update *)
AST_LIST_ADD(ast_params_add, ast_param_list, const struct ast_param *)
AST_LIST_ADD(ast_opspecs_add, ast_opspec_list, const struct ast_opspec *)
AST_LIST_ADD(ast_insts_add, ast_inst_list, const struct ast_inst *)
AST_LIST_ADD(ast_settings_add, ast_setting_list, const struct ast_setting *)
AST_LIST_ADD(ast_tuples_add, ast_tuple_list, const struct ast_tuple *)

struct ast_name_list *ast_names_add(struct lang_parser *p, struct ast_name_list *list,
                                    const struct ast_name *name);
struct ast_edge_list *ast_edges_add(struct lang_parser *p, struct ast_edge_list *list,
                                    struct lang_span span, struct ast_name low,
                                    struct ast_name high);
/* The name of what has none. */
struct ast_name ast_no_name(struct lang_span span);

/* Expressions */
struct ast_field *ast_field_new(struct lang_parser *p, enum ast_field_kind kind,
                                struct lang_span span);
struct ast_field *ast_field_name(struct lang_parser *p, struct ast_name name);
struct ast_field *ast_field_int(struct lang_parser *p, struct lang_span span, int64_t value);
struct ast_field *ast_field_binary(struct lang_parser *p, enum ast_arith op,
                                   const struct ast_field *left, const struct ast_field *right);
struct ast_field *ast_field_parens(struct ast_field *field, struct lang_span span);
struct ast_tag *ast_tag_new(struct lang_parser *p, struct lang_span span, struct ast_name name,
                            const struct ast_field_list *args);
struct ast_req *ast_req_new(struct lang_parser *p, struct lang_span span, enum ast_sign sign,
                            const struct ast_tag *tag);

struct ast_pat *ast_pat_any(struct lang_parser *p, struct lang_span span);
struct ast_pat *ast_pat_exact(struct lang_parser *p, struct lang_span span,
                              const struct ast_tag_list *tags);
struct ast_pat *ast_pat_reqs(struct lang_parser *p, struct lang_span span,
                             const struct ast_req_list *reqs);
struct ast_pat *ast_pat_bind(struct lang_parser *p, struct lang_span span, struct ast_name name,
                             const struct ast_pat *inner);
struct ast_operand *ast_operand_new(struct lang_parser *p, struct lang_span span,
                                    struct ast_name name, const struct ast_pat *pat);

struct ast_guard *ast_guard_new(struct lang_parser *p, enum ast_guard_kind kind,
                                struct lang_span span);
struct ast_guard *ast_guard_not(struct lang_parser *p, struct lang_span span,
                                const struct ast_guard *inner);
struct ast_guard *ast_guard_join(struct lang_parser *p, enum ast_guard_kind kind,
                                 struct ast_guard *left, struct ast_guard *right);
struct ast_guard *ast_guard_compare(struct lang_parser *p, enum ast_cmp cmp,
                                    const struct ast_field *left, const struct ast_field *right);
struct ast_guard *ast_guard_relation(struct lang_parser *p, struct lang_span span,
                                     struct ast_name name, const struct ast_field_list *args);
struct ast_guard *ast_guard_parens(struct ast_guard *guard, struct lang_span span);

struct ast_texp *ast_texp_set(struct lang_parser *p, struct lang_span span,
                              const struct ast_tag_list *tags);
struct ast_texp *ast_texp_name(struct lang_parser *p, struct ast_name name);
struct ast_texp *ast_texp_modify(struct lang_parser *p, struct lang_span span,
                                 const struct ast_texp *left, const struct ast_req_list *reqs);
struct ast_texp *ast_texp_binary(struct lang_parser *p, enum ast_texp_kind kind,
                                 const struct ast_texp *left, const struct ast_texp *right);
struct ast_texp *ast_texp_parens(struct ast_texp *texp, struct lang_span span);

/* Rules and policies */
struct ast_update *ast_update_new(struct lang_parser *p, struct lang_span span,
                                  struct ast_name name, const struct ast_texp *value);
struct ast_result *ast_result_fail(struct lang_parser *p, struct lang_span span,
                                   const char *message, struct lang_span message_span);
struct ast_result *ast_result_respond(struct ast_result *result, struct ast_name response);
struct ast_result *ast_result_updates(struct lang_parser *p, struct lang_span span, bool allow,
                                      const struct ast_update_list *updates);
struct ast_result *ast_result_keep(struct lang_parser *p, struct lang_span span);
struct ast_pexp *ast_pexp_rule(struct lang_parser *p, struct lang_span span, struct ast_name group,
                               const struct ast_operand_list *operands,
                               const struct ast_guard *guard, const struct ast_result *result);
struct ast_pexp *ast_pexp_name(struct lang_parser *p, struct ast_name name);
struct ast_pexp *ast_pexp_new(struct lang_parser *p, enum ast_pexp_kind kind,
                              struct lang_span span);
struct ast_pexp *ast_pexp_join(struct lang_parser *p, struct ast_pexp *left, enum ast_pop op,
                               struct lang_span op_span, struct ast_pexp *right);
struct ast_pexp *ast_pexp_parens(struct ast_pexp *pexp, struct lang_span span);

/* Declarations; these go to the module. */
void ast_module_named(struct lang_parser *p, struct lang_span header, struct ast_name name);
/* settings: NULL for none. */
void ast_import_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                    struct ast_name alias, const struct ast_setting_list *settings);
struct ast_setting *ast_setting_new(struct lang_parser *p, struct lang_span span,
                                    struct ast_name name, int64_t value,
                                    struct lang_span value_span);
void ast_parameter_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                       int64_t value, struct lang_span value_span);
void ast_owns_add(struct lang_parser *p, struct ast_name name);
struct ast_type *ast_type_new(struct lang_parser *p, enum ast_type_kind kind);
struct ast_type *ast_type_bound(struct ast_type *type, struct lang_span span, int64_t bound);
struct ast_type *ast_type_bound_name(struct ast_type *type, struct ast_name parameter);
struct ast_type *ast_type_enum(struct lang_parser *p, const struct ast_name_list *values);
struct ast_type *ast_type_lattice(struct lang_parser *p, const struct ast_edge_list *edges);
struct ast_type *ast_type_relation(struct lang_parser *p, const struct ast_name_list *types,
                                   const struct ast_tuple_list *tuples);
struct ast_tuple *ast_tuple_new(struct lang_parser *p, struct lang_span span,
                                const struct ast_field_list *fields);
struct ast_type *ast_type_overflow(struct lang_parser *p, struct ast_type *type,
                                   struct ast_name word);
void ast_type_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                  struct ast_type *type);
enum ast_merge ast_merge_mode(struct ast_name word);
void ast_tagdecl_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                     const struct ast_name_list *types, enum ast_merge merge);
struct ast_param *ast_param_new(struct lang_parser *p, struct lang_span span, enum ast_slot slot,
                                struct ast_name name);
struct ast_opspec *ast_opspec_new(struct lang_parser *p, struct lang_span span,
                                  enum ast_opspec_kind kind, int64_t value);
struct ast_opspec *ast_opspec_int(struct lang_parser *p, struct lang_span span, int64_t value,
                                  bool negative);
struct ast_opspec *ast_opspec_csr(struct lang_parser *p, struct ast_name name);
struct ast_inst *ast_inst_new(struct lang_parser *p, struct lang_span span,
                              struct ast_name mnemonic, const struct ast_opspec_list *specs);
void ast_group_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                   const struct ast_param_list *inputs, const struct ast_param_list *outputs,
                   const struct ast_inst_list *insts);
void ast_policy_add(struct lang_parser *p, struct lang_span span, struct ast_name name, bool global,
                    bool total, const struct ast_pexp *body);
void ast_init_add(struct lang_parser *p, struct lang_span span, struct ast_name entity, bool only,
                  const struct ast_tag_list *tags);
void ast_response_add(struct lang_parser *p, struct lang_span span, struct ast_name name,
                      struct ast_name action, struct ast_name entity);

/* Tests and claims */
struct ast_expect *ast_expect_new(struct lang_parser *p, enum ast_expect_kind kind,
                                  struct lang_span span);
struct ast_expect *ast_expect_kind_of_fail(struct lang_parser *p, struct lang_span span,
                                           struct ast_name which);
struct ast_expect *ast_expect_message(struct lang_parser *p, struct lang_span span,
                                      const char *message, struct lang_span message_span);
struct ast_expect *ast_expect_updates(struct lang_parser *p, struct lang_span span,
                                      const struct ast_update_list *updates);
struct ast_expect *ast_expect_results(struct lang_parser *p, struct lang_span span,
                                      const struct ast_operand_list *results);
void ast_test_add(struct lang_parser *p, struct lang_span span, const char *title,
                  struct lang_span title_span, struct ast_name subject,
                  const struct ast_operand_list *operands, const struct ast_expect *expect);
struct ast_claim *ast_claim_step(struct lang_parser *p, struct ast_name subject,
                                 const struct ast_operand_list *operands,
                                 const struct ast_guard *guard, const struct ast_expect *expect);
struct ast_claim *ast_claim_never(struct lang_parser *p, const struct ast_operand_list *operands,
                                  const struct ast_guard *guard);
/* only OPERANDS [| GUARD] MAY VERB TARGET [via VIA] */
struct ast_claim *ast_claim_only(struct lang_parser *p, const struct ast_operand_list *operands,
                                 const struct ast_guard *guard, struct ast_name verb,
                                 struct ast_name target, struct ast_name via);
void ast_claim_add(struct lang_parser *p, struct lang_span span, const char *title,
                   struct lang_span title_span, struct ast_claim *claim);

/* The declarations since the last section, if any, form one of `kind`. */
void ast_section_add(struct lang_parser *p, enum ast_section_kind kind, struct lang_span span);

/* Complaints */
void ast_leading_comma(struct lang_parser *p, struct lang_span span);

#endif
