#!/usr/bin/env bash
# Runs the fixtures of the language specification and the examples of docs/language.md; prints TAP.
#
#     tests/spec/run.sh POLICYC [NAME...]
#
# A fixture is NAME.pol or NAME.dpl beside
#     NAME.ops, NAME.out   operand lines and the answers that `policyc eval` gives to them, with every engine
#     NAME.trace           a trace with expectations, replayed with every engine; NAME.image its tag image, if any
#     NAME.err             diagnostics of `policyc check`, one a line: `error CODE LINE` (LINE may be `*`).
#                          Errors are all listed; of warnings those that matter.
# The examples are fenced blocks of docs/language.md, ```pol test:NAME followed by ```ops and ```out.
set -u
shopt -s nullglob

here=$(cd "$(dirname "$0")" && pwd)
export POLICYC_LIBRARY=${POLICYC_LIBRARY:-$(dirname "$(dirname "$here")")/stdlib-policies}
engines="source table monitor"

case $# in
0) echo "usage: $0 POLICYC|BUILD [NAME...]" >&2; exit 2 ;;
esac
program=$1
[ ! -d "$program" ] || program=$program/policyc # a build directory
policyc=$(command -v "$program") || { echo "$0: no program $program" >&2; exit 2; }
case $policyc in /*) ;; *) policyc=$PWD/$policyc ;; esac
shift
only="$*"

tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
number=0
failed=0

# result STATUS NAME FILE: one line of TAP; FILE holds what to show on failure.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        failed=$((failed + 1))
        echo "not ok $number - $2"
        sed 's/^/# /' "$3"
    fi
}

# The diagnostics of standard input as `severity code line`, sorted.
diagnostics() {
    awk '
        /^(error|warning)\[[a-z0-9-]+\]/ { split($1, part, /[][]/); pending = part[1] " " part[2]; next }
        /^ *--> .*:[0-9]+:[0-9]+$/ && pending != "" { n = split($0, place, ":"); print pending " " place[n - 1]; pending = "" }
        /^$/ { pending = "" }' | LC_ALL=C sort
}

# expected FILE SEVERITY: the lines of that severity in a .err file, sorted.
expected() {
    [ -e "$1" ] && sed -n "/^$2 /p" "$1" | LC_ALL=C sort
}

# check_errors GOT ERR: the errors are exactly those expected; `*` stands for any line.
check_errors() {
    grep '^error ' "$1" >"$tmp/errors"
    expected "$2" error >"$tmp/wanted"
    local starred
    starred=$(sed -n 's/ \*$//p' "$tmp/wanted")
    if [ -n "$starred" ]; then
        sed -E "s/^($(echo "$starred" | paste -sd '|')) [0-9]+\$/\1 */" "$tmp/errors" | LC_ALL=C sort -u >"$tmp/e2"
        mv "$tmp/e2" "$tmp/errors"
    fi
    diff -u --label expected --label got "$tmp/wanted" "$tmp/errors"
}

# check_warnings GOT ERR: each expected warning is there.
check_warnings() {
    local status=0 severity code line
    while read -r severity code line; do
        [ "$line" = '*' ] && line='[0-9]*'
        grep -qx "$severity $code $line" "$1" || { echo "missing: $severity $code $line"; status=1; }
    done < <(expected "$2" warning)
    return $status
}

# run_check FILE STEM: the diagnostics.
run_check() {
    local status=0
    "$policyc" check "$1" >"$tmp/text" 2>&1
    local code=$?
    diagnostics <"$tmp/text" >"$tmp/got"
    {
        [ $code -lt 128 ] || { echo "exit status $code"; status=1; }
        check_errors "$tmp/got" "$2.err" || status=1
        check_warnings "$tmp/got" "$2.err" || status=1
        if grep -q '^error ' "$tmp/wanted" && [ $code -eq 0 ]; then
            echo "errors, but exit status 0"
            status=1
        fi
        [ $status -eq 0 ] || cat "$tmp/text"
    } >"$tmp/log"
    result $status "$(basename "$1") check" "$tmp/log"
}

# run_eval FILE STEM ENGINE: the answers. Exit status 0 or 1 (some line failed) are both fine.
run_eval() {
    local status=0
    "$policyc" eval --engine "$3" "$1" <"$2.ops" >"$tmp/answers" 2>"$tmp/text"
    local code=$?
    {
        diff -u --label expected --label got "$2.out" "$tmp/answers" || status=1
        [ $code -lt 128 ] || { echo "exit status $code"; status=1; }
        [ $status -eq 0 ] || cat "$tmp/text"
    } >"$tmp/log"
    result $status "$(basename "$1") eval $3" "$tmp/log"
}

# run_replay FILE STEM ENGINE: the trace meets its expectations. It starts from NAME.image, if there is one, and from no
# tags otherwise.
run_replay() {
    local status=0 granule image=()
    granule=$(sed -n 's/^granule //p' "$2.trace")
    [ ! -e "$2.image" ] || image=(--image "$2.image")
    "$policyc" trace check --engine "$3" --loaded-code=off --granule "$granule" "${image[@]}" "$1" "$2.trace" \
        >"$tmp/log" 2>&1 || status=1
    result $status "$(basename "$1") replay $3" "$tmp/log"
}

wanted() {
    [ -z "$only" ] && return 0
    case " $only " in *" $1 "*) return 0 ;; esac
    return 1
}

fixture() {
    local file=$1 stem=${1%.*} engine
    wanted "$(basename "$stem")" || return
    if ! [ -e "$stem.ops" ] && ! [ -e "$stem.err" ] && ! [ -e "$stem.trace" ]; then
        echo "none of .ops, .err, .trace" >"$tmp/log"
        result 1 "$(basename "$file")" "$tmp/log"
        return
    fi
    run_check "$file" "$stem"
    for engine in $engines; do
        [ ! -e "$stem.ops" ] || run_eval "$file" "$stem" "$engine"
        [ ! -e "$stem.trace" ] || run_replay "$file" "$stem" "$engine"
    done
}

# Each ```pol test:NAME block becomes NAME.pol, the next ops and out blocks NAME.ops and NAME.out. The words that
# state the expectation may also be ```err.
extract() {
    awk -v dir="$2" '
        /^```pol test:/ { name = substr($0, 13); file = dir "/" name ".pol"; print name; next }
        /^```(ops|out|err)$/ { if (name != "") file = dir "/" name "." substr($0, 4); next }
        /^```/ { file = ""; next }
        file != "" { print > file }' "$1"
}

orphans() {
    local file
    for file in "$here"/*.ops "$here"/*.out "$here"/*.err "$here"/*.trace "$here"/*.image; do
        [ -e "${file%.*}.pol" ] || [ -e "${file%.*}.dpl" ] || echo "$(basename "$file") has no policy"
    done
    for file in "$here"/*.ops; do
        [ -e "${file%.*}.out" ] || echo "$(basename "$file") has no .out"
    done
}

cd "$here" || exit 2
for file in *.pol *.dpl; do
    fixture "$file"
done

mkdir "$tmp/doc"
extract "$here/../../docs/language.md" "$tmp/doc" >"$tmp/names"
while read -r name; do
    fixture "$tmp/doc/$name.pol"
done <"$tmp/names"

if [ -z "$only" ]; then
    orphans >"$tmp/log"
    [ ! -s "$tmp/log" ]
    result $? "every file belongs to a fixture" "$tmp/log"
    LC_ALL=C sort "$tmp/names" | uniq -d >"$tmp/log"
    [ ! -s "$tmp/log" ] && [ -s "$tmp/names" ]
    result $? "examples have names of their own" "$tmp/log"
fi
echo "1..$number"
[ $failed -eq 0 ]
