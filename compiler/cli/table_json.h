/* The manifest's member "table": sizes and codes of a rule table. */
#ifndef COMPILER_CLI_TABLE_JSON_H
#define COMPILER_CLI_TABLE_JSON_H

#include <jansson.h>
#include <pol/table.h>

/* A new reference, never NULL. `bytes` is the size of the file. */
json_t *table_json(const struct pol_table *table, size_t bytes);

#endif
