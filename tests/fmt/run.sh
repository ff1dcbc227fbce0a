#!/usr/bin/env bash
# policyc fmt: what it prints, lists, rewrites and refuses; prints TAP.
#
#     tests/fmt/run.sh BUILD
set -u
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
policyc=$build/policyc
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 2
number=0
failed=0

# check NAME COMMAND...
check() {
    local name=$1
    shift
    number=$((number + 1))
    if "$@" >log 2>&1; then
        echo "ok $number - $name"
    else
        failed=$((failed + 1))
        echo "not ok $number - $name"
        head -20 log | sed 's/^/# /'
    fi
}

# status WANTED COMMAND...: runs it with files out and err.
status() {
    local wanted=$1 got
    shift
    "$@" >out 2>err
    got=$?
    [ $got -eq "$wanted" ] && return 0
    echo "exit status $got instead of $wanted: $*"
    cat out err
    return 1
}

# The layout in one example: in is what somebody wrote, want what it becomes.
write_example() {
    cat >ugly.pol <<'POL'
// what it is for
module ugly : import: riscv heap as h2(colours=0x10)
param: N=3 // how many


metadata: Secret, // a value
  Public Id   merge all // not one
policy: p = loadGrp( mem==[+Secret],addr == { (Public 3) } | a!=b&&c<=0x0F -> fail "a message that is long enough for two lines")

  /* the rest */
  ^ allGrp(->allow)
require: init ISA.RISCV.Env { } init heap.New only {Secret}
test: "one": loadGrp(mem=={Secret})->fail  "another":lw()->res={}
POL
    cat >want.pol <<'POL'
// what it is for
module ugly:

import:
    riscv
    heap as h2 (colours = 0x10)

param:
    N = 3   // how many

metadata:
    Secret,                 // a value
    Public Id merge all     // not one

policy:
    p =
          loadGrp(mem == [+Secret], addr == {Public 3} | a != b && c <= 0x0F
              -> fail "a message that is long enough for two lines")

        /* the rest */
        ^ allGrp(-> allow)

require:
    init ISA.RISCV.Env  {}
    init heap.New       only {Secret}

test:
    "one":     loadGrp(mem == {Secret}) -> fail
    "another": lw()                     -> res = {}
POL
    sed 's/0x0F/15/; s/ \/\/ not one//' ugly.pol >other.pol
}

prints() {
    status 0 "$policyc" fmt ugly.pol && diff out want.pol
}

prints_from_input() {
    status 0 "$policyc" fmt - <ugly.pol && diff out want.pol || return 1
    status 0 "$policyc" fmt --dialect=pol - <ugly.pol && diff out want.pol || return 1
    printf 'module m: policy: p = g(-> fail "a\\b") & a ^ b' | status 2 "$policyc" fmt - || return 1
    printf 'module m: policy: p = g(-> fail "a\\b") & a ^ b' | status 0 "$policyc" fmt --dialect dpl - && grep -q 'a\\b' out
}

checks() {
    status 1 "$policyc" fmt --check ugly.pol want.pol other.pol || return 1
    printf 'ugly.pol\nother.pol\n' | diff out - || return 1
    status 0 "$policyc" fmt --check want.pol && [ ! -s out ] && [ ! -s err ]
}

# applies DIFF OLD: prints the new text.
applies() {
    python3 - "$1" "$2" <<'PY'
import re, sys
sys.stdout.reconfigure(encoding="latin-1")
diff, old = (open(name, newline="", encoding="latin-1").read().split("\n") for name in sys.argv[1:])
new, at, i = [], 0, 2
assert diff[0].startswith("--- ") and diff[1].startswith("+++ ") and diff[-1] == ""
while i < len(diff) - 1:
    start, count, first, added = re.fullmatch(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", diff[i]).groups()
    begin = int(start) - 1 if count != "0" else int(start)
    new += old[at:begin]
    at = begin
    assert len(new) == (int(first) - 1 if added != "0" else int(first)), diff[i]
    i += 1
    removed = put = 0
    while i < len(diff) - 1 and not diff[i].startswith("@@"):
        mark, line = diff[i][:1], diff[i][1:]
        ends = not diff[i + 1].startswith("\\ No newline")
        if mark in " -":
            assert old[at] == line, (old[at], line)
            at, removed = at + 1, removed + 1
            if not ends:
                old.append("")
        if mark in " +":
            new.append(line)
            put += 1
        i += 1 if ends else 2
    assert removed == int(count or 1) and put == int(added or 1), (removed, put)
new += old[at:]
sys.stdout.write("\n".join(new))
PY
}

diffs() {
    status 1 "$policyc" fmt --diff ugly.pol && applies out ugly.pol >new && diff new want.pol || return 1
    status 1 "$policyc" fmt --diff --check other.pol && grep -q '^+++ other.pol$' out || return 1
    printf '%s' "$(cat want.pol)" >cut.pol # no newline at the end
    status 1 "$policyc" fmt --diff cut.pol && grep -q '^. No newline' out && applies out cut.pol >new &&
        diff new want.pol || return 1
    status 0 "$policyc" fmt --diff want.pol && [ ! -s out ]
}

# The diffs of real policies with lines changed here and there must lead to their formatted text.
diffs_of_policies() {
    local file n=0
    for file in "$root"/stdlib-policies/*.pol "$root"/tests/spec/*.[pd]*l; do
        case $file in *.pol | *.dpl) ;; *) continue ;; esac
        n=$((n + 1))
        sed "$((n % 7 + 3))~$((n % 5 + 4))s/  */   /g" "$file" >"x.${file##*.}"
        "$policyc" fmt "x.${file##*.}" >formatted 2>/dev/null || continue
        "$policyc" fmt --diff "x.${file##*.}" >out
        [ $? -eq 0 ] && cp "x.${file##*.}" new || applies out "x.${file##*.}" >new || return 1
        cmp new formatted || { echo "$file"; return 1; }
    done
    [ $n -gt 100 ]
}

writes() {
    cp ugly.pol mine.pol && chmod 640 mine.pol && ln -s mine.pol link.pol && cp want.pol same.pol || return 1
    touch -d '2001-01-01' same.pol
    status 0 "$policyc" fmt --write link.pol same.pol && [ ! -s out ] && [ ! -s err ] || return 1
    diff mine.pol want.pol && [ -L link.pol ] && [ "$(stat -c %a mine.pol)" = 640 ] || return 1
    [ "$(stat -c %Y same.pol)" = "$(date -d 2001-01-01 +%s)" ] || return 1
    [ -z "$(ls -A | grep '^\(mine\|link\|same\)\.pol\..*')" ]
}

refuses() {
    printf 'module m:\npolicy:\n    p = g(a = {} -> allow)\n' >broken.pol
    cp broken.pol kept
    status 2 "$policyc" fmt --write broken.pol ugly.pol && grep -q 'error\[syntax\]' err || return 1
    cmp broken.pol kept && diff ugly.pol want.pol || return 1
    printf '# 3 "x.dpl"\nmodule m:\npolicy:\n    p = a\n' >marked.dpl
    status 2 "$policyc" fmt marked.dpl && grep -q 'line markers' err && [ ! -s out ] || return 1
    status 2 "$policyc" fmt none.pol && grep -q 'none.pol: No such file' err || return 1
    status 2 "$policyc" fmt && status 2 "$policyc" fmt --write - </dev/null &&
        status 2 "$policyc" fmt - - </dev/null && status 2 "$policyc" fmt -w --check want.pol &&
        status 2 "$policyc" fmt . || return 1
    "$policyc" fmt want.pol >/dev/full 2>err
    [ $? -eq 2 ]
}

unwritable() {
    mkdir shut && cp ugly.pol kept && cp other.pol shut/p.pol && cp shut/p.pol kept && chmod a-w shut || return 1
    if [ "$(id -u)" -eq 0 ]; then
        chmod u+w shut # nothing is shut to root; the case is the next best one
        status 2 "$policyc" fmt --write /proc/version
    else
        status 2 "$policyc" fmt --write shut/p.pol
    fi && cmp shut/p.pol kept
    local result=$?
    chmod u+w shut
    return $result
}

library() {
    status 0 "$policyc" fmt --check "$root"/stdlib-policies/*.pol
}

write_example
check "fmt: prints the layout" prints
check "fmt: standard input and --dialect" prints_from_input
check "fmt: --check lists" checks
check "fmt: --diff is a patch" diffs
check "fmt: diffs of policies lead to their layout" diffs_of_policies
check "fmt: --write rewrites in place" writes
write_example
check "fmt: refuses what it cannot format" refuses
check "fmt: what cannot be written stays" unwritable
check "fmt: the library has the layout" library
echo "1..$number"
[ $failed -eq 0 ]
