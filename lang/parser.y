/* The grammar.  Actions only call ast_* functions.  A list of items that may be empty is `%empty` or
 * a list of one item or more, so that a first item that is broken is an item.  Tokens come from lang/context.c, which has
 * marked rule bodies and names that need look-around. */
%require "3.8"
%define api.pure full
%define api.prefix {lang_yy}
%define api.token.prefix {TOK_}
%define api.location.type {struct lang_span}
%define parse.error custom
%define lr.type ielr
%define lr.default-reduction accepting
%define parse.lac full
%locations
%expect 0
%param {struct lang_parser *p}

%code requires {
#include "lang/ast_build.h"
}

%code provides {
/* Supplied by lang/parse.c. */
int lang_yylex(LANG_YYSTYPE *value, struct lang_span *span, struct lang_parser *p);
void lang_yyerror(struct lang_span *span, struct lang_parser *p, const char *message);
/* Adds a hint to the report that the last token read is unexpected; `wanted`: LANG_WANTS_*. */
void lang_syntax_hint(struct diag *d, struct lang_parser *p, unsigned wanted);
enum {
    LANG_WANTS_NAME = 1,
    LANG_WANTS_EQ = 2,
    LANG_WANTS_ASSIGN = 4,
};
}

%code top {
#include <stdlib.h>
}

%code {
/* Nesting is limited elsewhere; this stops what only recurses to the right (`!!!!...`). */
#define YYMAXDEPTH 50000
#define YYLTYPE_IS_TRIVIAL 1
#define YYMALLOC lang_xalloc
#define YYFREE free
#define YYLLOC_DEFAULT(Cur, Rhs, N)                                                                \
    do {                                                                                           \
        if (N) {                                                                                   \
            int first_ = 1; /* what is empty at the front has no place of its own */               \
            while (first_ < (N) && YYRHSLOC(Rhs, first_).start == YYRHSLOC(Rhs, first_).end)       \
                first_++;                                                                          \
            (Cur) = lang_span_join(YYRHSLOC(Rhs, first_), YYRHSLOC(Rhs, N));                       \
        } else {                                                                                   \
            (Cur) = YYRHSLOC(Rhs, 0);                                                              \
            (Cur).start = (Cur).end;                                                               \
        }                                                                                          \
    } while (0)
}

%initial-action { @$ = lang_span_make(p->file, 0, 0); }

/* Everything lives in the parser's arena: nothing to destroy. */
%union {
    struct ast_name name;
    int64_t integer;
    const char *string;
    bool flag;
    enum ast_cmp cmp;
    enum ast_sign sign;
    enum ast_merge merge;
    struct ast_name_list *names;
    struct ast_field *field;
    struct ast_field_list *fields;
    struct ast_tag *tag;
    struct ast_tag_list *tags;
    struct ast_req *req;
    struct ast_req_list *reqs;
    struct ast_pat *pat;
    struct ast_operand *operand;
    struct ast_operand_list *operands;
    struct ast_guard *guard;
    struct ast_texp *texp;
    struct ast_update *update;
    struct ast_update_list *updates;
    struct ast_result *result;
    struct ast_pexp *pexp;
    struct ast_type *type;
    struct ast_param *param;
    struct ast_param_list *params;
    struct ast_opspec *opspec;
    struct ast_opspec_list *opspecs;
    struct ast_inst *inst;
    struct ast_inst_list *insts;
    struct ast_setting *setting;
    struct ast_setting_list *settings;
    struct ast_edge_list *edges;
    struct ast_tuple_list *tuples;
    struct ast_expect *expect;
    struct ast_claim *claim;
}

%token END 0 "end of file"
%token MODULE "`module`" IMPORT "`import`" TYPE "`type`" METADATA "`metadata`" GROUP "`group`"
%token POLICY "`policy`" REQUIRE "`require`" OWNS "`owns`" PARAM "`param`" RESPONSE "`response`"
%token TEST "`test`" PROVE "`prove`" ALL "`all`"
%token DATA "`data`" INT_TYPE "`Int`" TAGSET_TYPE "`TagSet`" GRP "`grp`" GLOBAL "`global`"
%token FAIL "`fail`" ALLOW "`allow`" WITH "`with`" NEW "`new`" INIT "`init`" TRUE "`True`"
%token FALSE "`False`" NO_CHECKS "`__NO_CHECKS`"
%token TOTAL "`total`" MERGE "`merge`" ONLY "`only`" KEEP "`keep`" RESPOND "`respond`" AS "`as`"
%token RELATION "`relation`" ENUM "`enum`" LATTICE "`lattice`"
%token NEVER "`never`" MAY "`may`" VIA "`via`"
%token RESERVED "a reserved word" /* never expected */
%token <name> NAME "a name" DEFNAME "a definition" CSRNAME "a CSR"
%token <integer> INT "an integer" REG "a register" SLOT "an operand kind"
%token <string> STRING "a string" TITLE "a title"
%token RULE_OPEN "`(`" RULE_CLOSE "`)`" BAR "`|` and a guard"
%token EXCL "`|`"
%token ARROW "`->`" EQ "`==`" NE "`!=`" LE "`<=`" GE "`>=`" AND "`&&`" OR "`||`"
%token JOIN "`\\/`" MEET "`/\\`"

%left OR
%left AND
%precedence '!'
%left JOIN MEET
%left '+' '-'
%left '*' '/' '%'

%type <flag> global total only
%type <cmp> cmp
%type <sign> sign
%type <merge> merge
%type <names> typenames name_list
%type <field> field
%type <fields> fields arguments
%type <tag> tag
%type <tags> tags tag_list
%type <req> req
%type <reqs> reqs req_list
%type <pat> pat
%type <operand> operand
%type <operands> operands operand_list
%type <guard> guard guard_part
%type <texp> texp texp_unit
%type <update> update
%type <updates> updates update_list
%type <result> result
%type <pexp> pexp pexp_unit
%type <type> datatype integers
%type <param> param
%type <params> params param_list
%type <opspec> opspec
%type <opspecs> opspecs opspec_list
%type <inst> inst
%type <insts> insts
%type <setting> setting
%type <settings> setting_list instance
%type <edges> edge_list
%type <tuples> tuples tuple_list
%type <fields> tuple_fields
%type <field> tuple_field
%type <expect> expect
%type <claim> claim_body
%type <name> via

%%

module
    : header sections
    ;

header
    : MODULE NAME ':'                 { ast_module_named(p, @$, $NAME); }
    | MODULE error
    | error
    ;

sections
    : %empty
    | sections section
    ;

section
    : IMPORT ':' imports              { ast_section_add(p, AST_SECTION_IMPORT, @$); }
    | OWNS ':' owned                  { ast_section_add(p, AST_SECTION_OWNS, @$); }
    | TYPE ':' types                  { ast_section_add(p, AST_SECTION_TYPE, @$); }
    | METADATA ':' tagdecls           { ast_section_add(p, AST_SECTION_METADATA, @$); }
    | GROUP ':' groups                { ast_section_add(p, AST_SECTION_GROUP, @$); }
    | POLICY ':' policies             { ast_section_add(p, AST_SECTION_POLICY, @$); }
    | REQUIRE ':' inits               { ast_section_add(p, AST_SECTION_REQUIRE, @$); }
    | PARAM ':' parameters            { ast_section_add(p, AST_SECTION_PARAM, @$); }
    | RESPONSE ':' responses          { ast_section_add(p, AST_SECTION_RESPONSE, @$); }
    | TEST ':' tests                  { ast_section_add(p, AST_SECTION_TEST, @$); }
    | PROVE prove_all ':' claims      { ast_section_add(p, AST_SECTION_PROVE, @$); }
    ;

/* Claims are made before their section is known: its kind must be. */
prove_all
    : %empty                            { p->all_claims = false; }
    | ALL                               { p->all_claims = true; }
    ;

/* --- import, owns, param */

imports
    : %empty
    | import_list
    ;

import_list
    : import
    | import_list import
    ;

import
    : NAME                              { ast_import_add(p, @$, $1, ast_no_name(@1), NULL); }
    | NAME AS NAME instance             { ast_import_add(p, @$, $1, $3, $4); }
    | NAME AS error                     { yyerrok; }
    | error
    ;

instance
    : %empty                            { $$ = ast_settings_add(p, NULL, NULL); }
    | '(' setting_list ')'              { $$ = $2; }
    | '(' error ')'                     { $$ = ast_settings_add(p, NULL, NULL); }
    ;

setting_list
    : setting                           { $$ = ast_settings_add(p, NULL, $1); }
    | setting_list ',' setting          { $$ = ast_settings_add(p, $1, $3); }
    ;

setting
    : NAME '=' INT                      { $$ = ast_setting_new(p, @$, $1, $3, @3); }
    ;

owned
    : %empty
    | own_list
    ;

own_list
    : own
    | own_list own
    ;

own
    : NAME                              { ast_owns_add(p, $1); }
    | error
    ;

parameters
    : %empty
    | parameter_list
    ;

parameter_list
    : parameter
    | parameter_list parameter
    ;

parameter
    : DEFNAME '=' INT                   { ast_parameter_add(p, @$, $1, $3, @3); }
    | DEFNAME '=' error                 { yyerrok; }
    | error
    ;

/* --- type */

types
    : %empty
    | type_list
    ;

type_list
    : type
    | type_list type
    ;

type
    : DATA NAME '=' datatype            { ast_type_add(p, @$, $2, $4); }
    | DATA error                          { yyerrok; }
    | RELATION NAME '(' name_list ')' '=' '{' tuples '}'
                                        { ast_type_add(p, @$, $2,
                                                       ast_type_relation(p, $4, $8)); }
    | RELATION error                      { yyerrok; }
    | error
    ;

datatype
    : integers
    | integers NAME                     { $$ = ast_type_overflow(p, $1, $2); }
    | TAGSET_TYPE                       { $$ = ast_type_new(p, AST_TYPE_TAGSET); }
    | ENUM '{' name_list '}'            { $$ = ast_type_enum(p, $3); }
    | LATTICE '{' edge_list '}'         { $$ = ast_type_lattice(p, $3); }
    ;

integers
    : INT_TYPE                          { $$ = ast_type_new(p, AST_TYPE_INT); }
    | INT_TYPE '(' INT ')'              { $$ = ast_type_bound(ast_type_new(p, AST_TYPE_INT), @3,
                                                              $3); }
    | INT_TYPE '(' NAME ')'             { $$ = ast_type_bound_name(
                                              ast_type_new(p, AST_TYPE_INT), $3); }
    ;

name_list
    : NAME                              { $$ = ast_names_add(p, NULL, &$1); }
    | name_list ',' NAME                { $$ = ast_names_add(p, $1, &$3); }
    ;

edge_list
    : NAME '<' NAME                     { $$ = ast_edges_add(p, NULL, @$, $1, $3); }
    | edge_list ',' NAME '<' NAME       { $$ = ast_edges_add(p, $1, lang_span_join(@3, @5), $3,
                                                             $5); }
    ;

tuples
    : %empty                            { $$ = ast_tuples_add(p, NULL, NULL); }
    | tuple_list
    ;

tuple_list
    : '(' tuple_fields ')'              { $$ = ast_tuples_add(p, NULL, ast_tuple_new(p, @$, $2)); }
    | tuple_list ',' '(' tuple_fields ')'
                                        { struct lang_span span = lang_span_join(@3, @5);
                                          $$ = ast_tuples_add(p, $1, ast_tuple_new(p, span, $4)); }
    ;

tuple_fields
    : tuple_field                       { $$ = ast_fields_add(p, NULL, $1); }
    | tuple_fields ',' tuple_field      { $$ = ast_fields_add(p, $1, $3); }
    ;

tuple_field
    : NAME                              { $$ = ast_field_name(p, $1); }
    | INT                               { $$ = ast_field_int(p, @$, $1); }
    ;

/* --- metadata */

tagdecls
    : %empty
    | tagdecl_list
    | tagdecl_list ','
    ;

tagdecl_list
    : tagdecl
    | tagdecl_list ',' tagdecl
    ;

tagdecl
    : NAME typenames merge              { ast_tagdecl_add(p, @$, $1, $2, $3); }
    | error                             { yyerrok; }
    ;

typenames
    : %empty                            { $$ = ast_names_add(p, NULL, NULL); }
    | typenames NAME                    { $$ = ast_names_add(p, $1, &$2); }
    ;

merge
    : %empty                            { $$ = AST_MERGE_DEFAULT; }
    | MERGE NAME                        { $$ = ast_merge_mode($2); }
    ;

/* --- group */

groups
    : %empty
    | group_list
    ;

group_list
    : group
    | group_list group
    ;

group
    : GRP NAME '(' params ARROW params ')' insts
                                        { ast_group_add(p, @$, $2, $4, $6, $8); }
    | GRP error                           { yyerrok; }
    | error
    ;

params
    : %empty                            { $$ = ast_params_add(p, NULL, NULL); }
    | param_list
    ;

param_list
    : param                             { $$ = ast_params_add(p, NULL, $1); }
    | ',' param                         { $$ = ast_params_add(p, NULL, $2);
                                          ast_leading_comma(p, @1); }
    | param_list ',' param              { $$ = ast_params_add(p, $1, $3); }
    ;

param
    : SLOT ':' NAME                     { $$ = ast_param_new(p, @$, (enum ast_slot)$1, $3); }
    ;

insts
    : inst                              { $$ = ast_insts_add(p, NULL, $1); }
    | insts inst                        { $$ = ast_insts_add(p, $1, $2); }
    ;

inst
    : NAME opspecs                      { $$ = ast_inst_new(p, @$, $1, $2); }
    ;

opspecs
    : %empty                            { $$ = ast_opspecs_add(p, NULL, NULL); }
    | opspec_list
    ;

opspec_list
    : opspec                            { $$ = ast_opspecs_add(p, NULL, $1); }
    | ',' opspec                        { $$ = ast_opspecs_add(p, NULL, $2);
                                          ast_leading_comma(p, @1); }
    | opspec_list ',' opspec            { $$ = ast_opspecs_add(p, $1, $3); }
    ;

opspec
    : '*'                               { $$ = ast_opspec_new(p, @$, AST_OPSPEC_ANY, 0); }
    | INT                               { $$ = ast_opspec_int(p, @$, $1, false); }
    | '-' INT                           { $$ = ast_opspec_int(p, @$, $2, true); }
    | REG                               { $$ = ast_opspec_new(p, @$, AST_OPSPEC_REG, $1); }
    | CSRNAME                           { $$ = ast_opspec_csr(p, $1); }
    ;

/* --- policy */

policies
    : %empty
    | policy_list
    ;

policy_list
    : policy
    | policy_list policy
    ;

policy
    : global total DEFNAME '=' pexp     { ast_policy_add(p, @$, $3, $1, $2, $5); }
    | error
    ;

global
    : %empty                            { $$ = false; }
    | GLOBAL                            { $$ = true; }
    ;

total
    : %empty                            { $$ = false; }
    | TOTAL                             { $$ = true; }
    ;

pexp
    : pexp_unit
    | pexp '^' pexp_unit                { $$ = ast_pexp_join(p, $1, AST_POP_FIRST, @2, $3); }
    | pexp EXCL pexp_unit               { $$ = ast_pexp_join(p, $1, AST_POP_EXCLUSIVE, @2, $3); }
    | pexp '&' pexp_unit                { $$ = ast_pexp_join(p, $1, AST_POP_ALL, @2, $3); }
    ;

pexp_unit
    : NAME RULE_OPEN operands ARROW result RULE_CLOSE
                                        { $$ = ast_pexp_rule(p, @$, $1, $3, NULL, $5); }
    | NAME RULE_OPEN operands BAR guard ARROW result RULE_CLOSE
                                        { $$ = ast_pexp_rule(p, @$, $1, $3, $5, $7); }
    | NAME RULE_OPEN error RULE_CLOSE   { $$ = ast_pexp_new(p, AST_PEXP_ERROR, @$); }
    | NAME                              { $$ = ast_pexp_name(p, $1); }
    | NO_CHECKS                         { $$ = ast_pexp_new(p, AST_PEXP_NO_CHECKS, @$); }
    | '(' pexp ')'                      { $$ = ast_pexp_parens($2, @$); }
    | error                             { $$ = ast_pexp_new(p, AST_PEXP_ERROR, @$); }
    ;

operands
    : %empty                            { $$ = ast_operands_add(p, NULL, NULL); }
    | operand_list
    ;

operand_list
    : operand                           { $$ = ast_operands_add(p, NULL, $1); }
    | ',' operand                       { $$ = ast_operands_add(p, NULL, $2);
                                          ast_leading_comma(p, @1); }
    | operand_list ',' operand          { $$ = ast_operands_add(p, $1, $3); }
    ;

operand
    : NAME EQ pat                       { $$ = ast_operand_new(p, @$, $1, $3); }
    ;

pat
    : '_'                               { $$ = ast_pat_any(p, @$); }
    | '{' tags '}'                      { $$ = ast_pat_exact(p, @$, $2); }
    | '[' reqs ']'                      { $$ = ast_pat_reqs(p, @$, $2); }
    | NAME '@' pat                      { $$ = ast_pat_bind(p, @$, $1, $3); }
    ;

result
    : %empty                            { $$ = ast_result_updates(p, @$, false, NULL); }
    | update_list                       { $$ = ast_result_updates(p, @$, false, $1); }
    | ALLOW                             { $$ = ast_result_updates(p, @$, true, NULL); }
    | ALLOW WITH updates                { $$ = ast_result_updates(p, @$, true, $3); }
    | ALLOW KEEP                        { $$ = ast_result_keep(p, @$); }
    | FAIL STRING                       { $$ = ast_result_fail(p, @$, $2, @2); }
    | FAIL STRING RESPOND NAME          { $$ = ast_result_respond(
                                              ast_result_fail(p, @$, $2, @2), $4); }
    ;

updates
    : %empty                            { $$ = ast_updates_add(p, NULL, NULL); }
    | update_list
    ;

update_list
    : update                            { $$ = ast_updates_add(p, NULL, $1); }
    | ',' update                        { $$ = ast_updates_add(p, NULL, $2);
                                          ast_leading_comma(p, @1); }
    | update_list ',' update            { $$ = ast_updates_add(p, $1, $3); }
    ;

update
    : NAME '=' texp                     { $$ = ast_update_new(p, @$, $1, $3); }
    ;

/* --- tag sets */

texp
    : texp_unit
    | texp '[' reqs ']'                 { $$ = ast_texp_modify(p, @$, $1, $3); }
    | texp JOIN texp_unit               { $$ = ast_texp_binary(p, AST_TEXP_UNION, $1, $3); }
    | texp MEET texp_unit               { $$ = ast_texp_binary(p, AST_TEXP_INTERSECT, $1, $3); }
    ;

texp_unit
    : '{' tags '}'                      { $$ = ast_texp_set(p, @$, $2); }
    | NAME                              { $$ = ast_texp_name(p, $1); }
    | '(' texp ')'                      { $$ = ast_texp_parens($2, @$); }
    ;

tags
    : %empty                            { $$ = ast_tags_add(p, NULL, NULL); }
    | tag_list
    ;

tag_list
    : tag                               { $$ = ast_tags_add(p, NULL, $1); }
    | ',' tag                           { $$ = ast_tags_add(p, NULL, $2);
                                          ast_leading_comma(p, @1); }
    | tag_list ',' tag                  { $$ = ast_tags_add(p, $1, $3); }
    ;

tag
    : NAME fields                       { $$ = ast_tag_new(p, @$, $1, $2); }
    | '(' NAME fields ')'               { $$ = ast_tag_new(p, @$, $2, $3); }
    ;

reqs
    : %empty                            { $$ = ast_reqs_add(p, NULL, NULL); }
    | req_list
    ;

req_list
    : req                               { $$ = ast_reqs_add(p, NULL, $1); }
    | ',' req                           { $$ = ast_reqs_add(p, NULL, $2);
                                          ast_leading_comma(p, @1); }
    | req_list ',' req                  { $$ = ast_reqs_add(p, $1, $3); }
    ;

req
    : sign tag                          { $$ = ast_req_new(p, @$, $1, $2); }
    ;

sign
    : %empty                            { $$ = AST_SIGN_NONE; }
    | '+'                               { $$ = AST_SIGN_PLUS; }
    | '-'                               { $$ = AST_SIGN_MINUS; }
    ;

fields
    : %empty                            { $$ = ast_fields_add(p, NULL, NULL); }
    | fields field                      { $$ = ast_fields_add(p, $1, $2); }
    ;

field
    : NAME                              { $$ = ast_field_name(p, $1); }
    | '_'                               { $$ = ast_field_new(p, AST_FIELD_ANY, @$); }
    | NEW                               { $$ = ast_field_new(p, AST_FIELD_NEW, @$); }
    | INT                               { $$ = ast_field_int(p, @$, $1); }
    | '(' field ')'                     { $$ = ast_field_parens($2, @$); }
    | field '+' field                   { $$ = ast_field_binary(p, AST_ADD, $1, $3); }
    | field '-' field                   { $$ = ast_field_binary(p, AST_SUB, $1, $3); }
    | field '*' field                   { $$ = ast_field_binary(p, AST_MUL, $1, $3); }
    | field '/' field                   { $$ = ast_field_binary(p, AST_DIV, $1, $3); }
    | field '%' field                   { $$ = ast_field_binary(p, AST_MOD, $1, $3); }
    | field JOIN field                  { $$ = ast_field_binary(p, AST_JOIN, $1, $3); }
    | field MEET field                  { $$ = ast_field_binary(p, AST_MEET, $1, $3); }
    ;

/* --- guards */

guard
    : guard_part
    | guard OR guard                    { $$ = ast_guard_join(p, AST_GUARD_OR, $1, $3); }
    | guard AND guard                   { $$ = ast_guard_join(p, AST_GUARD_AND, $1, $3); }
    ;

guard_part
    : TRUE                              { $$ = ast_guard_new(p, AST_GUARD_TRUE, @$); }
    | FALSE                             { $$ = ast_guard_new(p, AST_GUARD_FALSE, @$); }
    | '!' guard_part                    { $$ = ast_guard_not(p, @$, $2); }
    | '(' guard ')'                     { $$ = ast_guard_parens($2, @$); }
    | field cmp field                   { $$ = ast_guard_compare(p, $2, $1, $3); }
    | NAME '(' arguments ')'            { $$ = ast_guard_relation(p, @$, $1, $3); }
    ;

arguments
    : field                             { $$ = ast_fields_add(p, NULL, $1); }
    | arguments ',' field               { $$ = ast_fields_add(p, $1, $3); }
    ;

cmp
    : EQ                                { $$ = AST_EQ; }
    | NE                                { $$ = AST_NE; }
    | '<'                               { $$ = AST_LT; }
    | LE                                { $$ = AST_LE; }
    | '>'                               { $$ = AST_GT; }
    | GE                                { $$ = AST_GE; }
    ;

/* --- require */

inits
    : %empty
    | init_list
    ;

init_list
    : init
    | init_list init
    ;

init
    : INIT NAME only '{' tags '}'       { ast_init_add(p, @$, $2, $3, $5); }
    | INIT error                          { yyerrok; }
    | error
    ;

only
    : %empty                            { $$ = false; }
    | ONLY                              { $$ = true; }
    ;

/* --- response */

responses
    : %empty
    | response_list
    ;

response_list
    : response
    | response_list response
    ;

response
    : DEFNAME '=' NAME                  { ast_response_add(p, @$, $1, $3, ast_no_name(@3)); }
    | DEFNAME '=' NAME NAME             { ast_response_add(p, @$, $1, $3, $4); }
    | DEFNAME '=' error                 { yyerrok; }
    | error
    ;

/* --- test, prove */

tests
    : %empty
    | test_list
    ;

test_list
    : test
    | test_list test
    ;

test
    : TITLE ':' NAME '(' operands ')' ARROW expect
                                        { ast_test_add(p, @$, $1, @1, $3, $5, $8); }
    | TITLE error                         { yyerrok; }
    | error
    ;

claims
    : %empty
    | claim_list
    ;

claim_list
    : claim
    | claim_list claim
    ;

claim
    : TITLE ':' claim_body              { ast_claim_add(p, @$, $1, @1, $3); }
    | TITLE error                         { yyerrok; }
    | error
    ;

claim_body
    : NAME '(' operands ')' ARROW expect
                                        { $$ = ast_claim_step(p, $1, $3, NULL, $6); }
    | NAME '(' operands BAR guard ')' ARROW expect
                                        { $$ = ast_claim_step(p, $1, $3, $5, $8); }
    | NEVER operand_list                { $$ = ast_claim_never(p, $2, NULL); }
    | NEVER operand_list BAR guard      { $$ = ast_claim_never(p, $2, $4); }
    | ONLY operand_list MAY NAME NAME via
                                        { $$ = ast_claim_only(p, $2, NULL, $4, $5, $6); }
    | ONLY operand_list BAR guard MAY NAME NAME via
                                        { $$ = ast_claim_only(p, $2, $4, $6, $7, $8); }
    ;

via
    : %empty                            { $$ = ast_no_name(@$); }
    | VIA NAME                          { $$ = $2; }
    ;

expect
    : FAIL                              { $$ = ast_expect_new(p, AST_EXPECT_FAIL, @$); }
    | FAIL NAME                         { $$ = ast_expect_kind_of_fail(p, @$, $2); }
    | FAIL STRING                       { $$ = ast_expect_message(p, @$, $2, @2); }
    | ALLOW                             { $$ = ast_expect_new(p, AST_EXPECT_ALLOW, @$); }
    | ALLOW WITH update_list            { $$ = ast_expect_updates(p, @$, $3); }
    | update_list                       { $$ = ast_expect_updates(p, @$, $1); }
    | operand_list                      { $$ = ast_expect_results(p, @$, $1); }
    ;

%%

/* How an expected token looks in a message. */
static void add_token(struct str_buf *out, yysymbol_kind_t symbol)
{
    const char *name = yysymbol_name(symbol);
    if (name[0] == '\'') /* a literal: '(' */
        str_printf(out, "`%c`", name[1]);
    else
        str_add(out, name);
}

/* The unexpected token: its text, unless that is long or missing. */
static void add_found(struct str_buf *out, yysymbol_kind_t symbol, struct lang_span span,
                      const struct lang_parser *p)
{
    enum { LONGEST = 40 };
    size_t len;
    const char *text = lang_source_text(p->map, p->file, &len);
    uint32_t width = span.end - span.start;
    if (symbol == YYSYMBOL_STRING || symbol == YYSYMBOL_TITLE || width == 0 || width > LONGEST)
        add_token(out, symbol);
    else
        str_printf(out, "`%.*s`", (int)width, text + span.start);
}

static unsigned wanted(const yysymbol_kind_t *expected, int count)
{
    unsigned flags = 0;
    for (int i = 0; i < count; i++) {
        flags |= expected[i] == YYSYMBOL_NAME ? LANG_WANTS_NAME : 0u;
        flags |= expected[i] == YYSYMBOL_EQ ? LANG_WANTS_EQ : 0u;
        flags |= expected[i] == YYTRANSLATE('=') ? LANG_WANTS_ASSIGN : 0u;
    }
    return flags;
}

static bool is_arithmetic(yysymbol_kind_t symbol)
{
    static const int tokens[] = {'+', '-', '*', '/', '%', TOK_JOIN, TOK_MEET, TOK_AND, TOK_OR};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        if (symbol == YYTRANSLATE(tokens[i]))
            return true;
    }
    return false;
}

/* Any value could go on with an operator: in a long list that helps nobody. */
static int drop_operators(yysymbol_kind_t *expected, int count)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (!is_arithmetic(expected[i]))
            expected[kept++] = expected[i];
    }
    return kept;
}

static int yyreport_syntax_error(const yypcontext_t *context, struct lang_parser *p)
{
    enum { MOST = 6 }; /* longer lists help nobody */
    yysymbol_kind_t expected[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, expected, YYNTOKENS);
    if (count > MOST)
        count = drop_operators(expected, count);
    struct lang_span *span = yypcontext_location(context);
    bool at_end = yypcontext_token(context) == YYTRANSLATE(TOK_END);
    if (span->start == span->end && !at_end)
        return 0; /* a bracket that lang/context.c had to add, and complained about */
    struct str_buf message;
    str_init(&message);
    str_add(&message, "unexpected ");
    add_found(&message, yypcontext_token(context), *span, p);
    for (int i = 0; i < count && count <= MOST; i++) {
        str_add(&message, i == 0 ? "; expected " : i == count - 1 ? " or " : ", ");
        add_token(&message, expected[i]);
    }
    struct diag *d = diag_error(p->sink, DIAG_SYNTAX, *span, "%s", str_text(&message));
    if (!at_end)
        lang_syntax_hint(d, p, wanted(expected, count));
    str_free(&message);
    return 0;
}
