/* policyc graph: pictures of a policy or a rule table. */
#include <stdlib.h>

#include "compiler/backend/dot/graph.h"
#include "compiler/cli/policy.h"

/* Graphviz lays the graph out; standard output is its own. */
static enum cli_status print_svg(const struct graph *graph)
{
    if (system("command -v dot >/dev/null 2>&1") != 0) {
        cli_error("--format=svg needs the program `dot`, which the package graphviz has");
        return CLI_BAD;
    }
    fflush(stdout);
    FILE *dot = popen("dot -Tsvg", "w");
    if (!dot) {
        cli_error("`dot` cannot be started");
        return CLI_BAD;
    }
    graph_print(graph, dot);
    if (pclose(dot) != 0) {
        cli_error("`dot` failed");
        return CLI_BAD;
    }
    return CLI_OK;
}

static struct graph_options wanted(const struct cli_args *args)
{
    const char *fold = cli_value(args, OPT_FOLD);
    return (struct graph_options){.fold = cli_is(fold, "never")    ? GRAPH_FOLD_NEVER
                                          : cli_is(fold, "always") ? GRAPH_FOLD_ALWAYS
                                                                   : GRAPH_FOLD_AUTO,
                                  .component = cli_value(args, OPT_COMPONENT),
                                  .of = cli_value(args, OPT_OF)};
}

static enum cli_status draw(const struct cli_args *args, const struct cli_policy *policy)
{
    char err[256];
    struct graph_options options = wanted(args);
    bool flow = cli_is(cli_value(args, OPT_WHAT), "flow");
    enum cli_status status = CLI_OK;
    struct graph *graph = flow ? graph_flow(policy->compiled->ir, &options, err, sizeof err)
                               : graph_diagram(policy->table, &options, err, sizeof err);
    if (!graph) {
        cli_error("%s", err);
        return CLI_BAD;
    }
    if (cli_is(cli_value(args, OPT_FORMAT), "svg"))
        status = print_svg(graph);
    else
        graph_print(graph, stdout);
    graph_free(graph);
    return status;
}

enum cli_status cmd_graph(struct cli_args *args)
{
    struct cli_policy policy;
    bool flow = cli_is(cli_value(args, OPT_WHAT), "flow");
    if (flow && cli_is_table(args->files[0])) {
        cli_error("%s is a rule table; the flow of tags can be drawn of a policy only",
                  args->files[0]);
        return CLI_BAD;
    }
    enum cli_status status =
        cli_policy_load(&policy, args, args->files[0], flow ? COMPILE_IR : COMPILE_TABLE);
    if (!status)
        status = draw(args, &policy);
    cli_policy_free(&policy);
    return status;
}
