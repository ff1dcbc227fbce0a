#!/bin/bash
# policyc diff: `tests/compare/run.sh BUILD`; prints TAP.
#
# A case is a folder: old.pol and new.pol (or .dpl), `args` with further arguments if any, and `out`: what
# `policyc diff` prints, and its exit status.  Each answer that is printed is what `policyc eval` says of the policy.
# The comparison the other way round finds the same, with both sides exchanged.
set -u
shopt -s nullglob
export LC_ALL=C
cd "$(dirname "$0")" || exit 2
build=$1
case $build in /*) ;; *) build=$PWD/../../$build ;; esac
policyc=$build/policyc
export POLICYC_LIBRARY=$PWD/../../stdlib-policies
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
number=0

# result STATUS NAME: one line of TAP; $tmp/log holds what to show on failure.
result() {
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        head -n 40 "$tmp/log" | sed 's/^/# /'
        echo "not ok $number - $2"
    fi
}

# confirm OLD NEW: the answers in the JSON on standard input, asked of each policy.
confirm() {
    jq -r '.differences[] | select(.counters | not) | (.old, .new) | "\(.input)\t\(.answer)"' |
        while IFS=$'\t' read -r line answer && IFS=$'\t' read -r line2 answer2; do
            got=$(echo "$line" | "$policyc" eval "$1" "${args[@]}")
            [ "$got" = "$answer" ] || echo "old: $line: $got, not $answer"
            got=$(echo "$line2" | "$policyc" eval "$2" "${args[@]}")
            [ "$got" = "$answer2" ] || echo "new: $line2: $got, not $answer2"
        done
}

# What a comparison says, with sides exchanged by $1: 0 or 1.
sides() {
    jq -S --argjson swap "$1" '
        def side($s): if $swap == 1 then {old: .new, new: .old}[$s] else .[$s] end;
        def other: if $swap == 1 then {"stricter": "looser", "looser": "stricter"}[.] // . else . end;
        { equal, opclasses, equalOpclasses,
          notes: [.notes[] | {topic, old: side("old"), new: side("new")}] | sort,
          differences: [.differences[] | {aspect: .aspect | other, mnemonics: .mnemonics | sort, opclasses,
              old: side("old").rule, new: side("new").rule}] | sort }'
}

for case in */out; do
    dir=${case%/out}
    old=$(echo "$dir"/old.*) new=$(echo "$dir"/new.*)
    args=() extra=() back=()
    [ ! -e "$dir/args" ] || mapfile -t args <"$dir/args"
    [ ! -e "$dir/renames" ] || while IFS='=' read -r a b; do
        extra+=("--rename=$a=$b") back+=("--rename=$b=$a")
    done <"$dir/renames"
    {
        "$policyc" diff "$old" "$new" "${args[@]}" "${extra[@]}" --allow not-supported 2>&1
        echo "exit $?"
    } >"$tmp/got"
    diff -u "$dir/out" "$tmp/got" >"$tmp/log"
    result $? "$dir"
    [ "$(tail -n 1 "$dir/out")" != "exit 2" ] || continue
    {
        "$policyc" diff --format json "$old" "$new" "${args[@]}" "${extra[@]}" 2>/dev/null >"$tmp/json"
        "$policyc" diff --format json "$new" "$old" "${args[@]}" "${back[@]}" 2>/dev/null >"$tmp/reverse"
        confirm "$old" "$new" <"$tmp/json"
        diff <(sides 0 <"$tmp/json") <(sides 1 <"$tmp/reverse")
    } >"$tmp/log" 2>&1
    [ ! -s "$tmp/log" ]
    result $? "$dir: answers, and the other way round"
done

for pol in "$POLICYC_LIBRARY"/*.pol; do
    [ "${pol##*/}" != riscv.pol ] || continue
    "$policyc" diff "$pol" "$pol" >"$tmp/log" 2>&1
    result $? "${pol##*/} is itself"
done
"$policyc" diff "$POLICYC_LIBRARY/rwx.pol" no-such.pol >"$tmp/log" 2>&1
[ $? -eq 2 ]
result $? 'a file that is not there'
"$policyc" diff --rename=Rd=Nothing "$POLICYC_LIBRARY/rwx.pol" "$POLICYC_LIBRARY/rwx.pol" >"$tmp/log" 2>&1
[ $? -eq 2 ] && grep -q 'no tag and no policy called Nothing' "$tmp/log"
result $? 'a rename of nothing'
echo "1..$number"
