#!/bin/bash
# The editors' files are those that lang/keyword.def gives, and they mark what they should; prints TAP.
set -u
cd "$(dirname "$0")/../.." || exit 2
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
n=0
result() {
    n=$((n + 1))
    [ "$1" -eq 0 ] && echo "ok $n - $2" && return
    echo "not ok $n - $2"
    head -n 20 "$tmp/log" | sed 's/^/# /'
    failed=1
}
failed=0

up_to_date() {
    local file
    lang/editor/generate.sh "$tmp" || return 1
    for file in pol.vim pol-mode.el pol.tmLanguage.json; do
        diff "lang/editor/$file" "$tmp/$file" || return 1
    done
}
up_to_date >"$tmp/log" 2>&1
result $? "editor: the files are up to date"

python3 - lang/editor/pol.tmLanguage.json >"$tmp/log" 2>&1 <<'PY'
import json, re, sys
rules = [(p["name"], re.compile(p["match"])) for p in json.load(open(sys.argv[1]))["patterns"] if "match" in p]
def marks(line):
    return {(m.group(0), name.split(".")[0]) for name, rule in rules for m in rule.finditer(line)}
want = {
    "prove all: // x": {("prove", "keyword"), ("// x", "comment")},
    "    test = only test-module.allow x3 x33 0x1F": {("only", "keyword"), ("x3", "variable"), ("0x1F", "constant")},
    "    grp g(RS1:addr -> RD:res)": {("grp", "keyword"), ("RS1", "storage"), ("RD", "storage")},
}
for line, expected in want.items():
    assert marks(line) == expected, (line, marks(line))
PY
result $? "editor: the TextMate grammar marks words"

if command -v vim >/dev/null; then
    printf 'test :\n  allow x31 "a" // c\n  test init-x\n' >"$tmp/t.pol"
    names=
    for place in 1,1 2,3 2,9 2,13 2,17 3,3 3,8; do
        names="$names|call add(n, synIDattr(synID($place,1),'name'))"
    done
    vim -u NONE -i NONE -N -es "$tmp/t.pol" -c 'syntax on' -c 'source lang/editor/pol.vim' -c 'let n = []' \
        -c "${names#|}" -c "call writefile(n, '$tmp/names')" -c 'qa!' >"$tmp/log" 2>&1
    printf 'polSection\npolWord\npolRegister\npolString\npolComment\n\n\n' | diff - "$tmp/names" >>"$tmp/log" 2>&1
    result $? "editor: Vim marks words"
else
    n=$((n + 1))
    echo "ok $n - editor: Vim marks words # SKIP there is no vim"
fi
echo "1..$n"
[ $failed -eq 0 ]
