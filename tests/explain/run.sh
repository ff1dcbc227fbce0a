#!/usr/bin/env bash
# `policyc explain`: every way to match and to fail, in words and as JSON; the smallest change.
# NAME.pol with NAME.lines and NAME.out: what the lines are answered with.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
policyc=$(cd "$1" && pwd)/policyc
export POLICYC_LIBRARY=$root/stdlib-policies
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
n=0

ok() { # NAME COMMAND...
    local name=$1
    shift
    n=$((n + 1))
    if "$@" >"$tmp/log" 2>&1; then
        echo "ok $n - $name"
    else
        head -60 "$tmp/log" | sed 's/^/# /'
        echo "not ok $n - $name"
    fi
}

golden() {
    "$policyc" explain --operands "$here/$1.lines" "$here/$1.pol" >"$tmp/out" && diff "$here/$1.out" "$tmp/out"
}
for out in "$here"/*.out; do
    name=$(basename "$out" .out)
    ok "$name: as expected" golden "$name"
done

# What explain prints as the answer is what eval answers, and JSON says the same as the text.
answers() {
    local lines=$1 policy=$2
    "$policyc" eval --operands "$lines" "$policy" >"$tmp/eval" &&
        "$policyc" explain --format=json --operands "$lines" "$policy" >"$tmp/json" &&
        python3 - "$tmp/eval" "$tmp/json" <<'P'
import json, sys
wanted = open(sys.argv[1]).read().splitlines()
told = json.load(open(sys.argv[2]))
assert [t["answer"] for t in told] == wanted, (wanted, [t["answer"] for t in told])
roles = set()
for t in told:
    for d in t["deciders"]:
        deciding = [r for r in d["rules"] if r["role"] == "decides"]
        roles |= {r["role"] for r in d["rules"]}
        assert len(deciding) == (d["verdict"] in ("allow", "fail explicit")), d
        for r in d["rules"]:
            bad = [c for c in r["conditions"] if not c["holds"]]
            assert bool(bad) == (r["role"] == "no match"), r
            assert all((c["why"] is None) == c["holds"] for c in r["conditions"]), r
        for x in d["results"]:
            assert x["text"] is None or x["steps"][-1]["value"] == x["value"], x
    if t["answer"].startswith("fail explicit"):
        assert any(d["name"] == t["blamed"] and d["message"] in t["answer"] for d in t["deciders"]), t
assert {"no match", "decides", "too late"} <= roles, roles
P
}
ok 'rules: the same answers as eval, consistent JSON' answers "$here/rules.lines" "$here/rules.pol"
ok 'globals: the same answers as eval, consistent JSON' answers "$here/globals.lines" "$here/globals.pol"
for ops in "$root"/tests/spec/std-heap "$root"/tests/spec/std-taint "$root"/tests/spec/std-cfi; do
    ok "$(basename "$ops"): the same answers as eval, consistent JSON" answers "$ops.ops" "$ops.pol"
done

words() { # the command line's words are one line; groups are told by what is alike
    cd "$tmp" && "$policyc" explain "$root/stdlib-policies/rwx.pol" loadGrp code={Rd, Ex} >one &&
        grep -q '^lb, lh, lw, ld, ' one &&
        [ "$(grep -c '^rwx.rwxPol ' one)" = 1 ] && echo 'loadGrp code={Rd, Ex}' |
        "$policyc" explain "$root/stdlib-policies/rwx.pol" | cmp - one
}
ok 'a line may be several words, and stand for several opclasses' words

bad() {
    cd "$tmp" && ! "$policyc" explain "$root/stdlib-policies/rwx.pol" lw code={Nothing} 2>err &&
        grep -q Nothing err && "$policyc" explain "$root/stdlib-policies/rwx.pol" --operands nowhere
    [ $? = 2 ] && "$policyc" explain "$root/stdlib-policies/rwx.pol" --operands x lw 2>/dev/null
    [ $? = 2 ]
}
ok 'bad lines and files are refused' bad

why_not() {
    "$policyc" explain --why-not=allow "$root/stdlib-policies/heap.pol" 'sw op1={Pointer 2} mem={Cell 1}' >"$tmp/out" &&
        grep -qF 'op1 from {Pointer 2} to {Pointer 1}' "$tmp/out" &&
        grep -qF '(1 tag)' "$tmp/out" && grep -qF 'with it: allow env={} rd=- csr=- mem={Cell 1}' "$tmp/out" &&
        "$policyc" explain --why-not=allow "$root/stdlib-policies/heap.pol" 'sw op1={Pointer 2} mem={Cell 2}' >"$tmp/out" &&
        ! grep -q smallest "$tmp/out" &&
        sed 's/storeGrp(-> mem = val)/storeGrp(-> fail "never")/' "$here/rules.pol" >"$tmp/rules.pol" &&
        "$policyc" explain --why-not=allow "$tmp/rules.pol" 'sw' >"$tmp/out" &&
        grep -q 'no operands that can occur are allowed' "$tmp/out"
}
ok 'the smallest change that is allowed' why_not
ok 'the smallest change, against all operands' python3 "$here/whynot.py" "$policyc" "$here/../trial/gate.pol"

echo "1..$n"
