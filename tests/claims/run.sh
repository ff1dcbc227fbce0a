#!/bin/bash
# Claims: `tests/claims/run.sh BUILD`; prints TAP.
#
# NAME.pol beside NAME.out: what `policyc check` says of it, and its exit status.
# breaks.list: for each claim of the shipped policies an edit that makes it false; without the edit all hold.
# Every counterexample is put to `policyc eval`, which must give the answer that the diagnostic tells.
set -u
shopt -s nullglob
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=$1
case $build in /*) ;; *) build=$PWD/$build ;; esac
policyc=$build/policyc
library=$PWD/stdlib-policies
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

# Titles of the claims of a policy.
titles() {
    awk '/^prove/ { on = 1; next } /^[a-z]+:/ { on = 0 } on && match($0, /^    "[^"]*":/) {
        print substr($0, 6, RLENGTH - 7) }' "$1"
}

# confirm POLICY: each witness on standard input, with the answer that stands in its hint, is asked again.
confirm() {
    awk '/^witness: / { line = substr($0, 10); next }
         /^hint: / && match($0, /`allow[^`]*`|`fail[^`]*`/) {
            if ($0 !~ /a part of its granule/) print line "\t" substr($0, RSTART + 1, RLENGTH - 2) }' |
        while IFS=$'\t' read -r line answer; do
            got=$(echo "$line" | "$policyc" eval "$1")
            [ "$got" = "$answer" ] || echo "eval '$line': $got, not $answer"
        done
}

for pol in "$library"/*.pol; do
    name=$(basename "$pol" .pol)
    [ "$name" != riscv ] || continue
    POLICYC_LIBRARY=$library "$policyc" compile "$pol" -o "$tmp/out" >"$tmp/log" 2>&1
    [ $? -eq 0 ] && [ ! -s "$tmp/log" ] && [ -n "$(titles "$pol")" ]
    result $? "$name: its claims hold"
    titles "$pol" | sed "s/^/$name|/"
done >"$tmp/shipped"
grep -E '^(not )?ok|^#' "$tmp/shipped"
number=$(grep -cE '^(not )?ok' "$tmp/shipped")

grep -vE '^(not )?ok|^#' "$tmp/shipped" | sort >"$tmp/claims"
grep -v '^#' tests/claims/breaks.list | cut -d'|' -f1,2 | sort >"$tmp/broken"
diff "$tmp/claims" "$tmp/broken" >"$tmp/log"
result $? 'every shipped claim has an edit that breaks it'

while IFS='|' read -r policy claim file from to; do
    rm -rf "$tmp/library"
    cp -r "$library" "$tmp/library"
    edited=$tmp/library/$file.pol
    FROM=$from TO=$to perl -0pi -e '
        BEGIN { $from = quotemeta $ENV{FROM}; $from =~ s/(\\ )+/\\s+/g }
        s/$from/$ENV{TO}/' "$edited"
    export POLICYC_LIBRARY=$tmp/library
    status=0
    {
        cmp -s "$edited" "$library/$file.pol" && { echo "nothing to replace: $from"; status=1; }
        "$policyc" compile "$tmp/library/$policy.pol" -o "$tmp/out" >"$tmp/text" 2>&1
        [ $? -eq 1 ] || { echo "exit status is not 1"; status=1; }
        grep -qF "error[false-claim]: the claim \"$claim\" is false" "$tmp/text" || status=1
        confirm "$tmp/library/$policy.pol" <"$tmp/text" >"$tmp/wrong"
        [ ! -s "$tmp/wrong" ] || { cat "$tmp/wrong"; status=1; }
        cat "$tmp/text"
    } >"$tmp/log" 2>&1
    result $status "$policy: \"$claim\" can fail"
done < <(grep -v '^#' tests/claims/breaks.list)

export POLICYC_LIBRARY=$library
for pol in tests/claims/*.pol; do
    stem=${pol%.pol}
    [ -e "$stem.out" ] || continue
    {
        (cd tests/claims && "$policyc" check --allow no-rule --allow stale-result "$(basename "$pol")") 2>&1
        echo "exit $?"
    } >"$tmp/got"
    {
        status=0
        diff -u "$stem.out" "$tmp/got" || status=1
        confirm "$pol" <"$tmp/got" >"$tmp/wrong"
        [ ! -s "$tmp/wrong" ] || { cat "$tmp/wrong"; status=1; }
    } >"$tmp/log"
    result $status "$(basename "$stem")"
done

"$policyc" check --format json tests/claims/kinds.pol 2>/dev/null |
    jq -e '[.findings[] | select(.code == "false-claim")] | length > 3 and all(.witness and .hint and .line)' >"$tmp/log" 2>&1
result $? 'JSON has the witnesses'
"$policyc" eval tests/claims/kinds.pol </dev/null >"$tmp/log" 2>&1
result $? 'other commands pass claims over'
echo "1..$number"
