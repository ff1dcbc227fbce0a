#!/usr/bin/env bash
# `policyc test`: results, engines, coverage, suggestions, and the tests of the shipped policies.
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
policyc=$(cd "$1" && pwd)/policyc
export POLICYC_LIBRARY=$root/stdlib-policies
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 2
n=0

# ok NAME COMMAND...: a case; what it prints is shown when it fails.
ok() {
    local name=$1
    shift
    n=$((n + 1))
    if "$@" >case.log 2>&1; then
        echo "ok $n - $name"
    else
        sed 's/^/# /' case.log
        echo "not ok $n - $name"
    fi
}

# runs STATUS ARGUMENT...: `policyc test`, its exit status, out and err.
runs() {
    local wanted=$1 got
    shift
    "$policyc" test "$@" >out 2>err
    got=$?
    [ $got = "$wanted" ] && return 0
    echo "exit status $got instead of $wanted: test $*"
    cat out err
    return 1
}
says() {
    grep -qF -- "$2" "$1" && return 0
    echo "$1 does not say: $2"
    cat "$1"
    return 1
}
lacks() {
    grep -qF -- "$2" "$1" || return 0
    echo "$1 says: $2"
    return 1
}

cp "$here"/gate.pol "$here"/gate.trace .

# --- results ---------------------------------------------------------------------------------------

passes() {
    runs 0 gate.pol && says out 'TAP version 13' && says out 'ok 1 - a key opens its gate' &&
        says out 'ok 9 - trace gate.trace' && says out '1..9' && lacks out 'not ok'
}
ok 'a policy passes its tests and its trace' passes

engines() {
    runs 0 --engines=source,table,monitor gate.pol && says out '1..9' && lacks out 'not ok' &&
        runs 0 --engines=source gate.pol && lacks out 'was not asked' &&
        runs 2 --engines=paper gate.pol
}
ok 'on the engines that are named' engines

absent() {
    runs 0 gate.pol && says out 'the table was not asked: mem can never hold that set of tags'
}
ok 'a table is not asked about what cannot occur' absent

# broken NAME SED-SCRIPT: gate.pol changed, without its trace.
broken() {
    mkdir -p "$1" && sed "$2" gate.pol >"$1/gate.pol" && ! cmp -s gate.pol "$1/gate.pol"
}

weakened() {
    broken weak 's/ | k == g / /' && runs 1 weak/gate.pol && says out 'not ok 2 - and no other' &&
        says out 'message: "it is allowed"' && says out 'file: "weak/gate.pol"' &&
        says out 'expected: "fail \"the gate is closed\""' &&
        says out 'got: "allow env={} rd=- csr=- mem={}"' && says out 'opclasses: "6 of 6 fail"' &&
        says out 'input: "' && says out '- "gate.pol:19:11 storeGrp(code == [+Open]' &&
        [ "$(grep -c '^not ok' out)" = 1 ]
}
ok 'a weakened rule fails, with the place, both answers and the rule' weakened

line_of() { # the failing input, asked again
    "$policyc" eval --operands <(sed -n 's/^  input: "\(.*\)"$/\1/p' out | head -1) weak/gate.pol
}
again() {
    broken weak 's/ | k == g / /' && runs 1 weak/gate.pol &&
        [ "$(line_of)" = 'allow env={} rd=- csr=- mem={}' ]
}
ok 'and its input is a line for eval' again

kinds() {
    broken implicit '/allGrp(-> allow)/d' && runs 1 implicit/gate.pol &&
        says out 'not ok 7 - some instructions do nothing' && says out 'got: "fail implicit"' &&
        broken message 's/fail "the gate is closed"$/fail "shut"/' && runs 1 message/gate.pol &&
        says out 'message: "it fails with another message"' &&
        broken result 's/res == \[+(Key 2)\]/res == [+(Key 1)]/' && runs 1 result/gate.pol &&
        says out 'message: "rd is {Key 2}"' && says out 'expected: "allow, with rd == [+(Key 1)]"' &&
        broken exact 's/-> mem = {}$/-> mem = {Gate 2}/' && runs 1 exact/gate.pol &&
        says out 'not ok 1 - a key opens its gate' && says out 'message: "mem is {}"'
}
ok 'every kind of expectation can fail' kinds

trace() {
    mkdir -p t && cp gate.pol t/ && sed 's/expect fail "the gate is closed"/expect allow/' gate.trace \
        >t/gate-2.trace && sed '/^expect/d' gate.trace >t/gate.trace && cp gate.trace t/gates.trace &&
        runs 1 t/gate.pol && says out 'not ok 9 - trace gate-2.trace' &&
        says out 'message: "an expectation is not met"' && says out 'not ok 10 - trace gate.trace' &&
        says out 'message: "a violation that nothing expects"' && says out '1..10' &&
        echo damage >t/gate.trace && runs 2 t/gate.pol && says out 'not ok 10 - trace gate.trace' &&
        says out 'message: "it cannot be run to its end"'
}
ok 'traces with unmet expectations and unexpected violations fail' trace

nothing() {
    sed '/^test:/,$d' gate.pol >none.pol && runs 0 none.pol && says out '1..0 # SKIP no tests' &&
        says err 'no tests' && runs 0 "$root/stdlib-policies/riscv.pol"
}
ok 'no tests, or a library module: fine, and said' nothing

bad() {
    runs 2 missing.pol && echo 'module bad:' >bad.pol && echo 'policy: p = q' >>bad.pol &&
        runs 1 bad.pol gate.pol && says out 'not ok 1 - the policy compiles' && says out 'ok 2 - a key' &&
        runs 2 --coverage-file=x gate.pol && runs 2 && "$policyc" compile gate.pol -o o &&
        runs 2 o/gate.prt
}
ok 'bad input' bad

absent_instructions() {
    printf 'module few:\nimport:\n    riscv\nmetadata:\n    A\npolicy:\n    p = allGrp(code == [-A] -> allow)\nrequire:\n    init a.A {A}\ntest:\n    "amo": amoGrp() -> allow\n' >few.pol &&
        runs 0 --isa=rv64i few.pol && says out 'ok 1 - amo # SKIP no instruction of the target is meant'
}
ok 'a test of instructions that the target lacks is skipped' absent_instructions

# --- forms -----------------------------------------------------------------------------------------

junit() {
    broken weak 's/ | k == g / /' && sed -i 's/"and no other"/"a <b> \&amp; \\"c\\" # d"/' weak/gate.pol &&
        runs 1 --format=junit gate.pol weak/gate.pol && python3 - <<'P'
import xml.etree.ElementTree as tree
root = tree.parse("out").getroot()
assert root.tag == "testsuites" and root.get("tests") == "17" and root.get("failures") == "1", root.attrib
first, second = root.findall("testsuite")
assert first.get("name") == "gate.pol" and first.get("failures") == "0" and len(first) == 9
bad = [c for c in second if c.find("failure") is not None]
assert len(bad) == 1 and bad[0].get("name") == 'a <b> &amp; "c" # d', bad[0].attrib
assert "expected: fail" in bad[0].find("failure").text
assert bad[0].get("line").isdigit() and bad[0].get("file") == "weak/gate.pol"
P
}
ok 'JUnit XML is well-formed and complete' junit

# XML has standard output to itself, whatever the coverage's form.
beside() {
    local form
    for form in text lcov; do
        runs 0 --format=junit --coverage=$form gate.pol && python3 - <<'P' || return 1
import xml.etree.ElementTree as tree
assert tree.parse("out").getroot().tag == "testsuites"
P
    done
    says err 'DA:'
}
ok 'JUnit XML is not mixed with coverage' beside

any_bytes() {
    python3 - "$here/gate.pol" <<'P' && runs 0 --format=junit bytes.pol && runs 0 --format=tap bytes.pol &&
import sys
source = open(sys.argv[1], "rb").read()
title = b'"t\x01\xe9\xef\xbf\xbe\xef\xbf\xbf\xc2\x85\xed\xa0\x80]]> <&"'
open("bytes.pol", "wb").write(source.replace(b'"explicitly"', title))
P
        runs 0 --format=junit bytes.pol && python3 - <<'P'
import xml.etree.ElementTree as tree
assert len(list(tree.parse("out").getroot().iter("testcase"))) == 8
P
}
ok 'whatever bytes a title has' any_bytes

titles() {
    broken titled 's/"explicitly"/"a # b \\\\ c"/' && runs 0 titled/gate.pol && says out 'ok 4 - a \# b \\ c'
}
ok 'titles do not look like directives' titles

# --- coverage --------------------------------------------------------------------------------------

coverage() {
    runs 0 --coverage gate.pol && says out '# gate.gatePol: 5 of 6 rules (83.3%)' &&
        says out '#         -  gate.pol:18:11' && says out '#     #####  gate.pol:21:11  memWriteGrp' &&
        grep -qE '^# +[1-9][0-9]*  gate.pol:23:11' out && ! grep -vE '^(ok|#|TAP|1\.\.)' out
}
ok 'coverage: what decided, what did not, what cannot' coverage

counts() { # the trace alone: ld, the opening sd, the refused sd, the fence
    sed '/^test:/,$d' gate.pol >alone.pol && cp gate.trace alone.trace &&
        runs 0 --coverage alone.pol && says out '#         1  alone.pol:19:11' &&
        says out '#         1  alone.pol:20:11' && says out '#     #####  alone.pol:21:11' &&
        says out '#         1  alone.pol:22:11' && says out '#     #####  alone.pol:23:11' &&
        says out '#         1  alone.pol:24:11'
}
ok 'coverage counts the steps of traces' counts

lcov() {
    runs 0 --coverage=lcov gate.pol && says err 'ok 1 - a key' && python3 - <<'P'
lines = open("out").read().split("\n")
assert lines[0] == "TN:" and lines[1] == "SF:gate.pol" and lines[-2] == "end_of_record", lines
das = dict(l[3:].split(",") for l in lines if l.startswith("DA:"))
assert "18" not in das and das["21"] == "0" and int(das["19"]) > 0, das
assert f"LF:{len(das)}" in lines and f"LH:{sum(v != '0' for v in das.values())}" in lines
P
    [ $? = 0 ] && mv out first && runs 0 --coverage=lcov --coverage-file=x.info gate.pol &&
        cmp first x.info && says out 'ok 1 - a key' && runs 2 --coverage=lcov --coverage-file=no/x gate.pol
}
ok 'lcov: lines, counts, sums, to a file as well' lcov

# --- suggestions -----------------------------------------------------------------------------------

# pasted FILE: the suggestions for FILE, put where its tests were, pass and cover all.
pasted() {
    sed '/^test:/,$d' "$1" >bare.pol && runs 0 --suggest bare.pol && cat out >>bare.pol &&
        lacks out 'no test' && runs 0 --coverage bare.pol && lacks out '#####' && lacks out '?????' &&
        [ "$(grep -c '^ok' out)" -ge 2 ] && lacks out 'not asked' &&
        runs 0 --suggest bare.pol && [ ! -s out ] && says err 'each rule'
}
rm -f bare.trace
ok 'suggestions, pasted, pass and cover every rule that can decide' pasted gate.pol

least() {
    runs 0 --suggest gate.pol && [ "$(grep -c . out)" = 3 ] &&
        says out '    "memWriteGrp()": memWriteGrp() -> allow'
}
ok 'only what is missing is suggested, with the least inputs' least

values() {
    runs 0 --coverage "$here/flow.pol" && says out '# flow.flowPol: 2 of 11 rules' && pasted "$here/flow.pol" &&
        runs 0 --engines=source,table,monitor bare.pol && lacks out 'not ok'
}
ok 'suggestions name values of enumerations and lattices' values

opclasses() { # pasted, nothing is left but what a comment says
    for p in "$root"/stdlib-policies/heap.pol "$here"/flow.pol; do
        sed '/^test:/,$d' "$p" >bare.pol && runs 0 --suggest=opclasses bare.pol && cat out >>bare.pol &&
            lacks out 'no test' && runs 0 --coverage bare.pol && lacks out '#####' &&
            grep -qE 'rules \(100.0%\), ([0-9]+) of \1 rules by opclass \(100.0%\)' out &&
            runs 0 --suggest=opclasses bare.pol && [ ! -s out ] || return 1
    done
}
ok 'suggestions for each opclass' opclasses

unsayable() { # a TagSet argument has no words in tests
    runs 0 --suggest "$here/../explain/rules.pol" && says out '// no test for rules.pol:32:11: it needs a tag with a TagSet'
}
ok 'what a test cannot say is left out with the reason' unsayable

step=20
[ "${TIER:-quick}" = quick ] || step=1
mkdir pasted && cd pasted || exit 2
ok "suggestions pasted into the policies of other tests, every $step" \
    python3 "$here/pasted.py" "$policyc" $step "$root/tests/spec" "$root/tests/differential"
cd .. || exit 2

# --- the shipped policies --------------------------------------------------------------------------

shipped() { # POLICY: passes on all engines; main has no rules of its own
    runs 0 --coverage --engines=source,table,monitor "$1" && lacks out 'not ok' && lacks out '# SKIP' &&
        [ "$(grep -c '^ok' out)" -ge 2 ] && lacks out '?????' &&
        { [ "$(basename "$1")" = main.pol ] || lacks out '#####'; }
}
for p in "$root"/stdlib-policies/*.pol; do
    name=$(basename "$p" .pol)
    [ "$name" = riscv ] || ok "$name passes its tests, which cover every rule that can decide" shipped "$p"
done

# mutated POLICY NEVER SPARED: no rule can be taken away without a test that notices (mutants.py).
mutated() {
    python3 "$here/mutants.py" "$policyc" "$root/stdlib-policies/$1.pol" "$2" "$3"
}
# Spared: rules below give the same answer, as long as a destination held nothing before.
ok 'rwx: no rule can be taken away unnoticed' mutated rwx 'env == [+Ex]' 'Grp\(-> (res = \{\}|allow keep)\)$'
ok 'cfi: no rule can be taken away unnoticed' mutated cfi 'code == [+Calling]' '^$'
if [ "${TIER:-quick}" != quick ]; then
    ok 'heap: no rule can be taken away unnoticed' mutated heap 'env == [+New]' \
        'Grp\((mem == \[\+Cell\] )?-> res = \{\}(, mem = \{\})?\)$'
    ok 'stack: no rule can be taken away unnoticed' mutated stack 'env == [+Context]' 'Grp\(-> res = \{\}(, csr = \{\})?\)$'
    ok 'taint: no rule can be taken away unnoticed' mutated taint 'env == [+Sink]' 'Grp\(-> res = \{\}\)$'
    ok 'loaded-code: no rule can be taken away unnoticed' mutated loaded-code 'env == [+Loaded]' '^$'
fi

echo "1..$n"
