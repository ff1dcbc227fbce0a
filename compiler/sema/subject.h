/* Inside sema: what tests and claims share: what they are about, and what they expect. */
#ifndef COMPILER_SEMA_SUBJECT_H
#define COMPILER_SEMA_SUBJECT_H

#include "compiler/sema/internal.h"

struct subject {
    struct sema_scope scope;
    struct sema_rule rule; /* of which the scope marks what it finds */
    struct sema_group any; /* names of a mnemonic, or of every instruction */
    struct sema_mentions mentions;
    struct model_subject model;
    size_t errors; /* when it began */
};

/* `owner`: whose tags `{..}` is about. */
void subject_begin(struct subject *subject, struct sema *s, uint32_t module,
                   struct sema_owner owner);
/* A group's name or a mnemonic; false after a report. */
bool subject_named(struct subject *subject, const struct ast_name *name);
/* Every instruction: all operands have names. */
void subject_every(struct subject *subject);

/* Tags with constant arguments; `what` gives them.  False after a report. */
bool subject_constants(struct subject *subject, const struct ast_tag_list *tags, const char *what,
                       struct model_pattern *pattern);
/* `what`: "a test". */
void subject_expect(struct subject *subject, const struct ast_expect *ast, const char *what,
                    struct model_expect *out);

/* Whether the composition has all tags that were named.  If it has not and it is an error in the
 * main module, that is reported. */
bool subject_complete(struct subject *subject);
/* Whether nothing was wrong since the beginning. */
bool subject_ok(const struct subject *subject);
/* From symbols to the model's ids. */
void subject_renumber(struct subject *subject, struct model_expect *expect);

#endif
