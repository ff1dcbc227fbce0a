// The same in C++, with the bare evaluator instead of an engine.  Usage: consumer TABLE.prt
#include <cstdio>
#include <cstring>
#include <vector>

#include <pol/table.h>
#include <pol/tagset.h>

namespace {

using word = std::vector<uint32_t>;

word encode(const pol_table *table, const pol_space *space, const char *text)
{
    char err[200];
    std::vector<uint32_t> literal(space->words);
    word value(table->meta->nslots + 1);
    if (pol_lit_parse(space, text, std::strlen(text), literal.data(), err, sizeof err) != 0 ||
        pol_table_encode(table, space, literal.data(), value.data(), nullptr) != 0)
        std::fprintf(stderr, "%s cannot be encoded\n", text);
    return value;
}

pol_verdict ask(const pol_table *table, const pol_space *space, const char *mem)
{
    std::vector<uint64_t> memory(pol_eval_bytes(table) / 8 + 1);
    pol_eval eval;
    pol_eval_init(&eval, table, memory.data());
    word none = encode(table, space, "{}"), code = encode(table, space, "{Ex}");
    word granule = encode(table, space, mem), result(none.size());
    const uint32_t *in[POL_OPERANDS], *old[POL_RESULTS];
    uint32_t *out[POL_RESULTS] = {};
    for (auto &operand : in)
        operand = none.data();
    for (auto &operand : old)
        operand = none.data();
    in[POL_OP_CODE] = code.data();
    in[POL_OP_MEM] = old[POL_RES_MEM] = granule.data();
    out[POL_RES_RD] = result.data();
    pol_answer answer{};
    pol_eval_step(&eval, pol_eval_decode(table, 0x0005a503), in, old, out, &answer);
    return answer.verdict;
}

} // namespace

int main(int argc, char **argv)
{
    char err[400] = "";
    pol_table *table = argc == 2 ? pol_table_load(argv[1], err, sizeof err) : nullptr;
    if (!table) {
        std::fprintf(stderr, "no table: %s\n", err);
        return 1;
    }
    pol_space *space = pol_table_space(table);
    bool ok = space && ask(table, space, "{Rd}") == POL_ALLOW && ask(table, space, "{}") == POL_FAIL_EXPLICIT;
    std::puts(ok ? "as expected" : "not as expected");
    pol_space_free(space);
    pol_table_free(table);
    return ok ? 0 : 1;
}
