#!/bin/bash
# policyc check: forms, statuses, silencing; every witness is confirmed by eval: tests/check/run.sh BUILD
set -u
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../..
build=$1
case $build in /*) ;; *) build=$PWD/$build ;; esac
policyc=$build/policyc
export POLICYC_LIBRARY=$root/stdlib-policies LC_ALL=C
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 2
n=0
say() { # say STATUS NAME
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        [ ! -f log ] || head -n 30 log | sed 's/^/# /'
        echo "not ok $n - $2"
    fi
}
# findings ARGUMENTS..: code, line and witness of each.
findings() {
    "$policyc" check --format=json "$@" 2>>log |
        jq -r '.findings[] | "\(.code) \(.line) \(.witness // "-")"'
}

cat >all.pol <<'END'
module all:
import: riscv
type:
    data Color = Int (4)
metadata:
    A, B, P Color, N
group:
    grp adds(RS1:x, RS2:y -> RD:r)
        add
    grp quiet(RS1:x, RS2:y ->)
        sub
policy:
    main = adds(x == [+A] -> r = x \/ y)
         ^ adds(x == [+A, +B] -> r = {})
         ^ adds(x == [-A], y == [+N] -> r = {})
         ^ adds(x == [+P], y == [+(P c)] | c > 5 -> r = {})
         ^ adds(x == [+(P c)], y == [+(P d)] | c == d -> r = {P new})
         ^ quiet(x == [+B] -> allow)
         ^ loadGrp(-> res = {})
require:
    init ISA.RISCV.Reg.x1 {A, P 1}
    init ISA.RISCV.Reg.x2 {B}
    init ISA.RISCV.Reg.x3 {P 2}
END

# --- what is found, and where
cat >want <<'END'
no-rule 13 -
union-conflict 13 add op1={A, P 0} op2={P 1}
shadowed-rule 14 add op1={A, B, P 0}
never-matches 15 -
never-matches 16 -
fresh-wrap 17 -
stale-result 18 sub op1={B} rd={B}
END
findings all.pol >got
diff want got >log
say $? 'every kind of finding, with its least witness'

findings --all-shapes all.pol | grep -v stale-result >got
cat >want <<'END'
no-rule 13 -
union-conflict 13 add op1={A, P 0} op2={P 1}
shadowed-rule 14 add op1={A, B}
never-matches 16 -
fresh-wrap 17 -
END
diff want got >log
say $? '--all-shapes asks about every set'

cat >want <<'END'
no rule of `all.main` covers add with op1 == [-A, +P], op2 == [+P] | P of op1 != P of op2 (add op1={P 0} op2={P 1})
no rule of `all.main` covers add with op1 == [-A], op2 == [-P] (add)
no rule of `all.main` covers add with op1 == [-P] (add)
no rule of `all.main` covers sub with op1 == [-B] (sub)
END
"$policyc" check --gaps --format=json all.pol |
    jq -r '.findings[] | select(.code == "gap" and .severity == "note") | "\(.message) (\(.witness))"' |
    grep -v fence | sort >got
diff want got >log
say $? '--gaps says what is uncovered, in patterns'

# --- statuses
"$policyc" check all.pol 2>log && grep -q '^witness: sub op1={B} rd={B}$' log
say $? 'warnings alone are no failure, and text shows witnesses'
"$policyc" check --strict all.pol 2>log
[ $? = 1 ]
say $? '--strict makes them one'
"$policyc" check --strict --gaps "$root/stdlib-policies/rwx.pol" >log 2>&1
say $? '--strict does not count notes'
"$policyc" check missing.pol all.pol >log 2>&1
[ $? = 2 ] && grep -q 'missing.pol' log && grep -q 'stale-result' log
say $? 'a file that cannot be read: 2, and the others are checked'
"$policyc" check --limit=0 all.pol >log 2>&1
[ $? = 2 ]
say $? '--limit wants a number'
cp all.pol second.pol && sed -i 's/^module all/module second/' second.pol
[ "$(findings all.pol second.pol | wc -l)" = 14 ]
say $? 'findings of several files are one list'

# --- forms
"$policyc" check --format=sarif all.pol >sarif 2>log && [ ! -s log ] &&
    jq -e '.version == "2.1.0" and ([.runs[0].results[] | select(.ruleId == "shadowed-rule")] | length == 1)' sarif >log
say $? 'SARIF on standard output'
for i in 1 2; do "$policyc" check --gaps --format=json all.pol >json$i 2>log; done
cmp json1 json2 >log
say $? 'the same bytes every time'

# --- silencing
awk '{ if (/quiet\(x/) print "    // pol: allow stale-result"; print }' all.pol >silent.pol
sed -i 's/^module all/module silent/' silent.pol
! findings silent.pol | grep -q stale-result && findings silent.pol | grep -q shadowed-rule
say $? '// pol: allow silences at its place'
! findings --allow=union-conflict all.pol | grep -q union-conflict
say $? '--allow silences a code'
"$policyc" check --werror all.pol 2>log
[ $? = 1 ] && grep -q '^error\[shadowed-rule\]' log
say $? '--werror makes them errors'

# --- total
cat >total.pol <<'END'
module total:
metadata: A, B
group:
    grp adds(RS1:x, RS2:y -> RD:r) add
policy:
    main = outer
    total outer = first ^ second
    total first = adds(x == [+A] -> r = {})
    second = adds(x == [-A], y == [+B] -> r = {})
require:
    init ISA.RISCV.Reg.x1 {A}
    init ISA.RISCV.Reg.x2 {B}
END
cat >want <<'END'
gap 7 lb mem={}
gap 8 lb mem={}
END
findings --allow no-rule total.pol >got
diff want got >log
say $? 'total policies, whole and inner ones'

# --- stale results: x0 is never written, and some instructions write nothing else
cat >zero.pol <<'END'
module zero:
metadata: A
group:
    grp quiet(->) add
        jalr x0, x1, 0
policy:
    main = quiet(-> allow)
require:
    init ISA.RISCV.Reg.x0 {A}
END
[ -z "$(findings --allow no-rule --allow unused-tag zero.pol)" ]
say $? 'only x0 has a tag: nothing stale'
sed -i 's/^module zero/module one/; s/add$//; s/Reg.x0/Reg.x5/' zero.pol && mv zero.pol one.pol
[ -z "$(findings --allow no-rule --allow unused-tag one.pol)" ]
say $? 'a group that only writes x0: nothing stale'
sed -i 's/^module one/module two/; s/jalr x0/jalr x6/' one.pol && mv one.pol two.pol
findings --allow no-rule --allow unused-tag two.pol >got
[ "$(cut -d ' ' -f 1 got)" = stale-result ]
say $? 'another register: stale'

# --- large ones: in seconds, below 2 GiB, with or without a table
gen=$root/tests/pathological/gen.sh
case ${TIER:-check} in quick) rules=2000 tags=300 compartments=100 ;; *) rules=10000 tags=1000 compartments=500 ;; esac
# large NAME SECONDS FILE WANTED..: lines `CODE COUNT` that the findings come to.
large() {
    local name=$1 limit=$2 file=$3 status
    shift 3
    (ulimit -v $((${CHECK_MEMORY:-2} << 20)); timeout "$limit" "$policyc" check --format=json "$file") 2>log |
        jq -r '.findings[].code' | sort | uniq -c | awk '{ print $2, $1 }' >got
    status=${PIPESTATUS[0]}
    printf '%s\n' "$@" >want
    [ "$status" = 0 ] && diff want got >>log
    say $? "$name"
}
case $(nm "$policyc" 2>/dev/null | grep -c __asan_init) in 0) ;; *) CHECK_MEMORY=100000 ;; esac # shadow memory
bash "$gen" rules $rules >rules.pol
distinct=$(grep -oE 'a == \[\+T[0-9]+,.*b == \[\+T[0-9]+\]' rules.pol | sed 's/, -T[0-9]*//' | sort -u | wc -l)
large "$rules rules" 60 rules.pol 'no-rule 1' "shadowed-rule $((rules - distinct))"
awk 'BEGIN {
    printf "module loose:\nmetadata:\n    "
    for (i = 0; i < 200; i++) printf "%sT%d", i ? ", " : "", i
    print "\ngroup:\n    grp ad(RS1:x, RS2:y -> RD:r)\n        add\npolicy:"
    for (i = 0; i < 300; i++)
        printf "    %s ad(x == [+T%d, -T%d], y == [+T%d] -> r = {T%d})\n", i ? "^" : "main =", i * 7919 % 200,
            i * 104729 % 199, i * 31337 % 197, i * 271 % 193
    print "require:\n    init ISA.RISCV.Reg.Default {T1}"
}' >loose.pol
(ulimit -v $((${CHECK_MEMORY:-2} << 20)); timeout 60 "$policyc" check --gaps loose.pol) >got 2>log
[ $? = 0 ] && grep -q 'conditions under which no rule of .* are not shown' log
say $? 'gaps without end: some, and that there are more'
bash "$gen" tags $tags >tags.pol
large "$tags tags with unions" 60 tags.pol 'no-rule 1'
bash "$gen" exclusive 3000 >exclusive.pol
large '3000 rules that exclude each other' 60 exclusive.pol 'never-matches 2987' 'no-rule 1'
bash "$gen" knot 60 >knot.pol
"$policyc" compile -o out knot.pol >log 2>&1
[ $? = 1 ]
say $? 'a policy that has no table'
large 'which is checked all the same' 60 knot.pol 'no-rule 1'
# A relation of N compartments, and rules that settle when it holds.
awk -v n=$compartments 'BEGIN {
    printf "module matrix:\nimport: riscv\ntype:\n    data C = enum {"
    for (i = 0; i < n; i++) printf "%s c%d", i ? "," : "", i
    printf " }\n    relation may(C, C) = {"
    for (i = 0; i < n; i++)
        for (k = 0; k < n; k++)
            if ((i * 7919 + k * 104729 + i * k * 31) % 10 < 3) printf "%s(c%d, c%d)", some++ ? ", " : "", i, k
    print "}\nmetadata:\n    In C, Of C, Mark\npolicy:"
    print "    main = loadGrp(code == [+(In a)], mem == [+(Of b)] | may(a, b) -> res = {})"
    print "         ^ loadGrp(code == [+(In a)], mem == [+(Of b)] | !may(a, b) -> fail \"no\")"
    print "         ^ loadGrp(code == [+(In a)], mem == [+(Of b)] | may(b, a) -> res = {Mark})"
    print "         ^ loadGrp(-> res = {})"
    print "require:\n    init SOC.a {In c1}\n    init SOC.b {Of c2}\n    init ISA.RISCV.Reg.x5 {Of c3}"
}' >matrix.pol
large "a relation of $compartments x $compartments" 60 matrix.pol 'no-rule 1' 'shadowed-rule 1'

# --- the shipped policies
for p in "$root"/stdlib-policies/*.pol; do
    "$policyc" check --strict "$p" >log 2>&1 && [ ! -s log ]
    say $? "$(basename "$p") draws nothing"
done

# --- witnesses: what eval answers to them
# confirm FILE CODE LINE WITNESS
confirm() {
    local answer
    answer=$("$policyc" eval --loaded-code=off "$1" <<<"$4" 2>/dev/null)
    case $2 in
    union-conflict) [[ $answer == "fail explicit "*":$3:"*"conflicting arguments of "* ]] ;;
    gap) [[ $answer == "fail implicit"* ]] ;;
    stale-result) [[ $answer == allow* || $answer == *"fail "* && $5 != 1 ]] ;;
    shadowed-rule) [[ $answer != *":$3:"* && $answer != error* ]] ;;
    *) true ;;
    esac || echo "$1: $2 $3 $4: $answer" >>log
}
: >log
: >told
witnesses=0
case ${TIER:-check} in quick) more= ;; *) more=$root/tests/spec ;; esac
for p in "$root"/tests/differential/*.pol ${more:+"$more"/*.pol} all.pol total.pol; do
    grep -qE '&|global' "$p" && several=0 || several=1
    while read -r code line witness; do
        [ "$witness" != - ] || continue
        grep -qE ' once .* have been taken' <<<"$witness" && continue
        witnesses=$((witnesses + 1))
        confirm "$p" "$code" "$line" "$witness" $several
        echo "$code" >>told
    done < <("$policyc" check --loaded-code=off --format=json "$p" 2>/dev/null |
        jq -r '.findings[] | select(.witness and (.hint // "" | contains("have been taken") | not) and .severity != "error") |
            "\(.code) \(.line) \(.witness)"')
done
[ ! -s log ]
say $? "$witnesses witnesses are confirmed by eval"
[ $witnesses -ge 20 ] && [ "$(sort -u told | wc -l)" -ge 3 ]
say $? 'which are many, of several kinds'

echo "1..$n"
