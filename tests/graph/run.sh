#!/bin/bash
# Pictures of policies: `tests/graph/run.sh BUILD`; prints TAP.
#
# rwx.pol is small enough to say what its diagram must be, in every layout; the graphs of all shipped policies must be
# graphs.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1
policyc=$build/policyc
std=stdlib-policies
export POLICYC_LIBRARY=$std
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0
ok() { echo "ok $((count += 1)) - $*"; }
bad() {
    echo "not ok $((count += 1)) - $*"
    failed=1
}
check() { # NAME COMMAND...
    local name=$1
    shift
    if "$@" >"$tmp/log" 2>&1; then ok "$name"
    else
        bad "$name"
        head -n 5 "$tmp/log" | sed 's/^/# /'
    fi
}

# paths FILE: the paths of a graph, as `label > label > ..` with the edges' labels, sorted.
paths() {
    awk '
        match($0, /label="[^"\\]*(\\.[^"\\]*)*"/) { text = substr($0, RSTART + 7, RLENGTH - 8); gsub(/\\n/, " ", text) }
        /->/ { a = $1; b = $3; sub(/;$/, "", b); from[++m] = a; to[m] = b; on[m] = /label=/ ? text : ""; below[b] = 1; next }
        /^    n[0-9]/ { node[$1] = text; all[++n] = $1 }
        function walk(at, line,   i, leaf) {
            leaf = 1
            for (i = 1; i <= m; i++) if (from[i] == at) { leaf = 0; walk(to[i], line " [" on[i] "] > " node[to[i]]) }
            if (leaf) print line
        }
        END { for (i = 1; i <= n; i++) if (!(all[i] in below)) walk(all[i], node[all[i]]) }' "$1" | sort
}

graph() { "$policyc" graph "$@"; }
for layout in dense dag flat tcam; do
    graph $std/rwx.pol --of=amoswap.w --layout=$layout >"$tmp/amo" && paths "$tmp/amo" >"$tmp/paths"
    sed 's/rwx.pol:[0-9:]*//; s/^[^>]*> //' "$tmp/paths" >"$tmp/got"
    cat >"$tmp/want" <<'EOF'
code [+Ex] > mem [+Rd -Wr] >  fail \"write violation\"
code [+Ex] > mem [+Wr] >  allow
code [+Ex] > mem [-Rd] >  fail \"read violation\"
code [-Ex] >  fail \"execute violation\"
EOF
    check "$layout: the decisions of rwx about amoswap.w" diff "$tmp/want" "$tmp/got"
done

"$policyc" compile $std/rwx.pol -o "$tmp" --emit=prt && graph "$tmp/rwx.prt" >"$tmp/a" && graph $std/rwx.pol >"$tmp/b"
check "a table gives the same picture as its policy" diff "$tmp/a" "$tmp/b"

graph tests/graph/values.pol --of=add >"$tmp/values" && paths "$tmp/values" | sed 's/values.pol:[0-9:]*//g; s/^[^>]*> //' >"$tmp/got"
cat >"$tmp/want" <<'EOF'
op1 [+L] > op2 [+L] > op1 L [3] >  allow
op1 [+L] > op2 [+L] > op1 L [< 3] > no rule
op1 [+L] > op2 [+L] > op1 L [>= 4] > (op1 L == op2 L) [no] > no rule
op1 [+L] > op2 [+L] > op1 L [>= 4] > (op1 L == op2 L) [yes] >  allow
op1 [+L] > op2 [-L] > op1 L [3] >  allow
op1 [+L] > op2 [-L] > op1 L [< 3, >= 4] > no rule
op1 [-L] > no rule
EOF
sort -o "$tmp/want" "$tmp/want"
sort -o "$tmp/got" "$tmp/got"
check "arguments: ranges and comparisons" diff "$tmp/want" "$tmp/got"

graph tests/graph/values.pol --what=flow >"$tmp/flow"
for line in 'label="L\\nregisters"' 'label="K\\nmemory"' 'label="SOC.Memory"' 'label="adds"' 'label="values.pol:.* store"'; do
    check "the flow has $line" grep -q "$line" "$tmp/flow"
done
check "no tag flows where no rule takes it" sh -c '! grep -q "L.nmemory\|K.nregisters" "$1"' sh "$tmp/flow"

for p in rwx heap stack cfi taint main; do
    for what in diagram flow; do
        for fold in never always; do
            if graph $std/$p.pol --what=$what --fold=$fold >"$tmp/$p.dot" 2>"$tmp/log" &&
                graph $std/$p.pol --what=$what --fold=$fold | cmp -s - "$tmp/$p.dot"; then
                nodes=$(grep -c '^    n[0-9]* \[shape' "$tmp/$p.dot")
                [ "$nodes" -gt 3 ] && ok "$p, $what, fold $fold: $nodes nodes" || bad "$p, $what, fold $fold: $nodes nodes"
            else bad "$p, $what, fold $fold is drawn, twice alike"; fi
            if command -v dot >/dev/null; then
                check "$p, $what, fold $fold is a graph for dot" dot -Tcanon -o "$tmp/canon" "$tmp/$p.dot"
            fi
        done
    done
done

graph $std/heap.pol --component=heapPol --fold=always >"$tmp/heap.dot"
check "folded: paths are counted" grep -q 'label="[0-9]* path' "$tmp/heap.dot"
check "folded: a rule is one box" sh -c 'sed -n "s/.*label=.\(heap.pol:[0-9:]*\).*/\1/p" "$1" | sort | uniq -d | grep . && exit 1 || exit 0' sh "$tmp/heap.dot"

# One bit for each tag: each look has two outcomes, however high the bit.
bash tests/pathological/gen.sh tags 200 >"$tmp/tags.pol"
(ulimit -v $(($(nm "$policyc" | grep -q __asan_init && echo 100000 || echo 2) << 20)); graph "$tmp/tags.pol" --of=add >"$tmp/tags.dot")
check "many tags are drawn" grep -q '\->' "$tmp/tags.dot"

graph $std/rwx.pol --of=nothing >"$tmp/out" 2>"$tmp/err"
if [ $? = 2 ] && grep -q 'no instruction and policy' "$tmp/err"; then ok "nothing selected is an error"
else bad "nothing selected is an error"; fi
graph "$tmp/rwx.prt" --what=flow >"$tmp/out" 2>"$tmp/err"
if [ $? = 2 ] && grep -q 'rule table' "$tmp/err"; then ok "the flow of a table alone is refused"
else bad "the flow of a table alone is refused"; fi
if command -v dot >/dev/null; then
    graph $std/rwx.pol --format=svg >"$tmp/rwx.svg"
    check "svg" grep -q '<svg' "$tmp/rwx.svg"
    mkdir "$tmp/none"
    for t in sh env; do ln -s "$(command -v $t)" "$tmp/none/$t"; done
    PATH=$tmp/none "$(realpath "$policyc")" graph $std/rwx.pol --format=svg >"$tmp/out" 2>"$tmp/err"
    if [ $? = 2 ] && grep -q graphviz "$tmp/err"; then ok "without dot the package is named"
    else bad "without dot the package is named"; fi
fi
echo "1..$count"
exit $failed
