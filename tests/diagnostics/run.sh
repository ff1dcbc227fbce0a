#!/bin/bash
# docs/diagnostics.md against the compiler: `tests/diagnostics/run.sh BUILD [CODE...]`; prints TAP.
#
# The page has an entry `### CODE` for each code of lang/support/diag.def, whose text begins with `Error` or
# `Warning`, and in it blocks ```pol bad:CODE, ```pol good:CODE, the same with dpl, and with sh for a case that
# needs a command.  A block whose first line is `// file NAME` is a file beside all examples of the entry.
# `«N×TEXT»` is N times TEXT; `␀` is a NUL byte.
#
# Examples are fragments: few instructions have a rule, few tags an init.  Therefore good ones are checked over all tag
# sets and without `no-rule` and `stale-result`; what those and the reachable sets are about stands in sh blocks.
#
# A bad example draws its code with the severity of the entry, as text and as JSON; if that is an error, compile
# exits with 1 and leaves nothing behind.  A good one compiles, and neither check nor compile says a word.
set -u
shopt -s nullglob
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=$1
shift
only="$*"
case $build in /*) ;; *) build=$PWD/$build ;; esac
page=$PWD/docs/diagnostics.md
list=$PWD/lang/support/diag.def
export POLICYC_LIBRARY=$PWD/stdlib-policies PATH=$build:$PATH

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
number=0
failed=0

# result STATUS NAME: one line of TAP; $tmp/log holds what to show on failure.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        failed=$((failed + 1))
        head -n 60 "$tmp/log" | sed 's/^/# /'
        echo "not ok $number - $2"
    fi
}

# Writes the examples to $tmp/CODE/N.KIND.pol (KIND: bad or good), further files to $tmp/CODE/NAME.file, the
# severity to $tmp/CODE/severity; prints the entries.  Wrong fences are reported on standard error.
extract() {
    awk -v dir="$tmp/page" '
        function expand(s,   n, part) {
            while (match(s, /«[0-9]+×[^»]*»/)) {
                part = substr(s, RSTART, RLENGTH)
                n = part
                sub(/^«/, "", n); sub(/×.*/, "", n)
                sub(/^«[0-9]+×/, "", part); sub(/»$/, "", part)
                s = substr(s, 1, RSTART - 1) repeated(n + 0, part) substr(s, RSTART + RLENGTH)
            }
            return s
        }
        function repeated(n, part,   s) { s = ""; while (n-- > 0) s = s part; return s }
        /^### / { code = $2; print code; first = 1; system("mkdir -p " dir "/" code); next }
        /^## / { code = "" }
        /^```/ && !fence {
            fence = 1; file = ""
            if (code == "") next
            if ($0 == "```pol") { named = 1; next }
            split($2, part, ":")
            if (part[2] != code || (part[1] != "bad" && part[1] != "good"))
                print "line " NR ": " $0 " in the entry of " code > "/dev/stderr"
            file = dir "/" code "/" ++examples "." part[1] "." substr($1, 4)
            next
        }
        /^```/ { if (file != "") close(file); fence = 0; next }
        named { named = 0; file = dir "/" code "/" $3 ".file"; next }
        fence && file != "" { print expand($0) > file; next }
        !fence && first && NF { first = 0; print tolower($1) > (dir "/" code "/text") }
        !fence && code != "" && NF { print > (dir "/" code "/text") }' "$page"
}

documented() { grep -q . "$tmp/page/$1/text"; }

# severity DIR LANGUAGE: what the entry promises for a .pol or .dpl.
severity() {
    local first
    first=$(head -n 1 "$1/text" | tr -dc a-z)
    [ "$2" != dpl ] || ! tr '\n' ' ' <"$1/text" | grep -q 'warning in `.dpl`' || first=warning
    echo "$first"
}

# place EXAMPLE: a folder of its own with the example and the further files; prints the example's file.
place() {
    local at=$tmp/at file name
    rm -rf "$at" "$tmp/out"
    mkdir "$at" "$tmp/out"
    for file in "${1%/*}"/*.file; do
        cp "$file" "$at/$(basename "$file" .file)"
    done
    name=$(sed -n 's/^module \(.*\):.*/\1/p;T;q' "$1").${1##*.}
    sed 's/␀/\x00/g' "$1" >"$at/$name"
    echo "$name"
}

# complete FILE CODE SEVERITY: the JSON in FILE holds the code, and all entries have what they must have.
# `too-many-errors` alone has no place.
complete() {
    jq -e --arg code "$2" --arg severity "$3" '
        (.findings | map(select(.code == $code and .severity == $severity)) | length > 0) and
        all(.findings[]; (.message | length > 0) and (.severity == "error" or .severity == "warning") and
            (.related | type == "array") and (.code == "too-many-errors" or
            (.file | length > 0) and .line > 0 and .column > 0 and .endLine >= .line and .endColumn > 0))' "$1" >/dev/null 2>&1
}

# bad EXAMPLE CODE.  `check` accepts a library without a policy, so text and status are those of compile.
bad() {
    local file severity status=0 code
    file=$(place "$1")
    severity=$(severity "${1%/*}" "${1##*.}")
    (cd "$tmp/at" && policyc compile --emit=ir -o "$tmp/out" "$file") >"$tmp/log" 2>&1
    code=$?
    grep -q "^$severity\[$2\]: " "$tmp/log" || { status=1; echo "no $severity[$2]" >>"$tmp/log"; }
    case $severity in
    error) [ $code = 1 ] && [ -z "$(ls -A "$tmp/out")" ] ;;
    warning) [ $code = 0 ] && [ -n "$(ls -A "$tmp/out")" ] ;;
    *) false ;;
    esac || { status=1; echo "exit status $code, output: $(ls -A "$tmp/out")" >>"$tmp/log"; }
    (cd "$tmp/at" && policyc compile --format json --emit=ir -o "$tmp/out" "$file") >"$tmp/stdout" 2>"$tmp/json"
    complete "$tmp/json" "$2" "$severity" || { status=1; cat "$tmp/json" >>"$tmp/log"; }
    result $status "$2: bad example $(basename "$1")"
}

# good EXAMPLE CODE
good() {
    local file status=0
    file=$(place "$1")
    (cd "$tmp/at" && policyc check --all-shapes --allow no-rule --allow stale-result "$file") >"$tmp/log" 2>&1 || status=1
    (cd "$tmp/at" && policyc compile --emit=ir -o "$tmp/out" "$file") >>"$tmp/log" 2>&1 || status=1
    [ ! -s "$tmp/log" ] || status=1
    [ -n "$(ls -A "$tmp/out")" ] || status=1
    result $status "$2: good example $(basename "$1")"
}

# shell EXAMPLE CODE
shell() {
    local status=0
    rm -rf "$tmp/at"
    mkdir "$tmp/at"
    (cd "$tmp/at" && bash -e "$1") >"$tmp/log" 2>&1
    local code=$?
    case $1 in
    *.bad.*) [ $code = 1 ] && grep -q "^$(severity "${1%/*}" pol)\[$2\]: " "$tmp/log" || status=1 ;;
    *) [ $code = 0 ] && [ ! -s "$tmp/log" ] || status=1 ;;
    esac
    result $status "$2: example $(basename "$1")"
}

entry() {
    local dir=$tmp/page/$1 example
    for example in "$dir"/*.bad.pol "$dir"/*.bad.dpl; do bad "$example" "$1"; done
    for example in "$dir"/*.good.pol "$dir"/*.good.dpl; do good "$example" "$1"; done
    for example in "$dir"/*.sh; do shell "$example" "$1"; done
}

[ -x "$build/policyc" ] || { echo "not ok 1 - $build/policyc is there"; exit 1; }
mkdir "$tmp/page"
extract >"$tmp/entries" 2>"$tmp/log"
[ ! -s "$tmp/log" ] && [ -s "$tmp/entries" ]
result $? "blocks stand in the entries that they name"

awk -F'"' '/^DIAG\(/ { print $2 }' "$list" >"$tmp/codes"
sort "$tmp/codes" >"$tmp/codes.sorted"
sort "$tmp/entries" >"$tmp/entries.sorted"
diff "$tmp/codes.sorted" "$tmp/entries.sorted" >"$tmp/log"
result $? "the page and diag.def list the same codes"
grep -vE '^[a-z0-9]+(-[a-z0-9]+)*$' "$tmp/codes" >"$tmp/log"
[ ! -s "$tmp/log" ]
result $? "codes are words with hyphens"

while read -r code; do
    [ -z "$only" ] || case " $only " in *" $code "*) ;; *) continue ;; esac
    ls "$tmp/page/$code" >"$tmp/log"
    grep -q '\.bad\.' "$tmp/log" && grep -q '\.good\.' "$tmp/log" && [ -s "$tmp/page/$code/text" ]
    result $? "$code: has a text, a bad and a good example"
    entry "$code"
done <"$tmp/entries"
echo "1..$number"
[ $failed = 0 ]
