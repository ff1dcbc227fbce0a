#!/bin/bash
# tier: check
# The claim "the table is the policy", decided by z3: `tests/smt/run.sh BUILD [NAME...]`; prints TAP.
#
#   1. Every query of the claims of the shipped policies is unsat; in the long tier with every layout and for policies that
#      have it all.
#   2. Without what is claimed, every query is sat: inputs that can occur exist, so that 1. says something.
#   3. Changed tables (mutants.c): z3 finds a difference wherever the evaluator shows one, and none where
#      compiler/verify proves that there is none.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1
shift
names=$*
tier=${TIER:-check}
cc=${CC:-cc}
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
export POLICYC_LIBRARY=stdlib-policies
count=0 failed=0

ok() { echo "ok $((count += 1)) - $*"; }
bad() {
    echo "not ok $((count += 1)) - $*"
    failed=1
}
wanted() {
    [ -n "$names" ] || return 0
    local n
    for n in $names; do case $1 in *"$n"*) return 0 ;; esac; done
    return 1
}
command -v z3 >/dev/null || {
    ok "table = policy, decided by z3 # SKIP z3 is not installed"
    echo "1..$count"
    exit 0
}

# answers FILE: the number of queries, and of each answer: `Q unsat sat other`
answers() {
    timeout "${2:-600}" z3 "$1" >"$tmp/out" 2>&1
    awk -v q="$(grep -c '^(check-sat)' "$1")" '/^unsat$/ { u++ } /^sat$/ { s++ }
        /^(unknown|timeout)|error/ { o++ } END { print q, u + 0, s + 0, o + 0 }' "$tmp/out"
}
# which ANSWER: the queries that had it
which() { awk -v a="$1" '$0 == a { print title } { title = $0 }' "$tmp/out" | tr '\n' ' '; }

claim() { # POLICY OPTION...: 1. and 2.
    local policy=$1 name got q
    name=$(basename "$policy")
    shift
    wanted "$name $*" || return 0
    rm -rf "$tmp/claim"
    mkdir "$tmp/claim"
    if ! "$build/policyc" compile "$policy" "$@" --emit=smt2 -o "$tmp/claim" >"$tmp/log" 2>&1; then
        bad "$name $* is compiled"
        sed 's/^/# /' "$tmp/log"
        return
    fi
    local file
    file=$(echo "$tmp"/claim/*.smt2)
    got=$(answers "$file")
    q=${got%% *}
    if [ "$got" = "$q $q 0 0" ] && [ "$q" -gt 10 ]; then ok "$name $*: $q queries, no difference"
    else bad "$name $*: queries, unsat, sat, other: $got; sat: $(which sat)"; fi
    [ $# = 0 ] || return 0
    sed 's/^(assert (not .*) ; the claim$/(assert true)/' "$file" | awk '
        /^\(assert \(not .*; the claim$/ { print "(assert true)"; next }
        /^\(assert \(not / { held = $0; getline; while ($0 !~ /; the claim$/) { held = held "\n" $0; if ((getline) <= 0) break }
            print "(assert true)"; next }
        { print }' >"$tmp/open.smt2"
    got=$(answers "$tmp/open.smt2")
    if [ "$got" = "$q 0 $q 0" ]; then ok "$name: the inputs of all queries exist"
    else bad "$name: without claims: queries, unsat, sat, other: $got; unsat: $(which unsat)"; fi
}

std=stdlib-policies
for p in rwx heap stack cfi taint loaded-code; do claim $std/$p.pol; done
claim tests/gate/labels.pol
claim tests/gate/tickets.pol
claim tests/mutation/whole.pol
claim tests/smt/guarding.pol
for layout in dag tcam flat; do claim tests/mutation/whole.pol --layout=$layout; done
claim tests/mutation/whole.pol --fuse
claim $std/heap.pol --lanes=shared
if [ "$tier" = long ]; then
    claim $std/main.pol
    for p in rwx heap stack cfi taint; do
        for o in --layout=dag --layout=tcam --layout=flat --universe=all --lanes=shared; do claim $std/$p.pol $o; done
    done
    claim $std/main.pol --fuse
    for p in bitty fresh held heldpart keep laneany laneother lanepart nothing operands ranges relations reporting \
        reports saver labels; do
        claim tests/differential/$p.pol
    done
fi

# ---- Changed tables ----
wanted mutants || {
    echo "1..$count"
    exit $failed
}
san=
if nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_; then
    san='-fsanitize=address,undefined -fno-sanitize-recover=all'
fi
# shellcheck disable=SC2086
$cc -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -D_POSIX_C_SOURCE=200809L \
    -I. -Iruntime/include -I"$build" $san -rdynamic -o "$tmp/mutants" \
    tests/smt/mutants.c tests/mutation/common.c "$build/libpolc.a" "$build/liblang.a" "$build/libpolrt.a" \
    -lcadical -lstdc++ -ljansson -lelf -ldw -lz -lzstd -ldl -lm >"$tmp/log" 2>&1 || {
    sed 's/^/# /' "$tmp/log"
    bad "the program of changed tables is compiled"
    echo "1..$count"
    exit 1
}
mkdir "$tmp/mutants.d"
case $tier in
long) policies="$std/rwx.pol $std/heap.pol tests/mutation/whole.pol tests/gate/labels.pol tests/gate/tickets.pol tests/smt/guarding.pol" each=20 ;;
*) policies="$std/rwx.pol tests/mutation/whole.pol tests/gate/labels.pol tests/smt/guarding.pol" each=2 ;;
esac
# shellcheck disable=SC2086
"$tmp/mutants" "$tmp/mutants.d" $each 1 $policies >"$tmp/list" || bad "the program of changed tables runs"
found=0 beyond=0 same=0 other=0 harmless=0 wrong=0
while read -r n known what; do
    got=$(answers "$tmp/mutants.d/$n.smt2" 60)
    read -r q u s o <<<"$got"
    [ "$o" = 0 ] && [ $((u + s)) = "$q" ] || { echo "# $what: not decided: $got"; wrong=$((wrong + 1)); continue; }
    case $known.$((s > 0)) in
    same.0) same=$((same + 1)) ;;
    other.1) other=$((other + 1)) ;;
    same.1) # The claim is about merges of words of any kind, the proof about those that come.
        if grep -B1 '^sat$' "$tmp/out" | grep -qv '^\(sat\|--\|merge .*\|fetch .*\)$'; then
            echo "# $what: proven to be the policy's; z3 finds a difference in: $(which sat)"
            wrong=$((wrong + 1))
        else beyond=$((beyond + 1)); fi
        ;;
    unknown.1) found=$((found + 1)) ;;
    unknown.0) harmless=$((harmless + 1)) ;;
    *)
        echo "# $what: known to be $known; z3 finds a difference in: $(which sat)"
        wrong=$((wrong + 1))
        ;;
    esac
    rm -f "$tmp/mutants.d/$n.smt2"
done <"$tmp/list"
summary="$other shown by the evaluator and $found others refuted, $same proven and $harmless others without effect, $beyond of no effect but on merges that do not come"
if [ $wrong = 0 ] && [ $other -gt 10 ]; then ok "changed tables: $summary"
else bad "changed tables: $summary, $wrong wrong"; fi
echo "1..$count"
exit $failed
