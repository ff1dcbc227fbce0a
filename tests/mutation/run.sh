#!/bin/bash
# tier: check
# Mutants must be caught: `tests/mutation/run.sh BUILD`; prints TAP.
#
# tables.c changes rule tables, rules.c the rules of the IR, monitors.c the emitted monitor; each
# says at its top what must catch them.  TIER=quick|check|long decides how many there are.  All is
# deterministic.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1
tier=${TIER:-check}
cc=${CC:-cc}
here=tests/mutation
std=stdlib-policies
diff=tests/differential
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

san=
if nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_; then
    san='-fsanitize=address,undefined -fno-sanitize-recover=all'
fi
for program in tables rules monitors; do
    # shellcheck disable=SC2086
    $cc -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -D_POSIX_C_SOURCE=200809L \
        -I. -Iruntime/include -I"$build" $san -rdynamic -o "$tmp/$program" \
        $here/$program.c $here/common.c "$build/libpolc.a" "$build/liblang.a" "$build/libpolrt.a" \
        -lcadical -lstdc++ -ljansson -lelf -ldw -lz -lzstd -ldl -lm >"$tmp/log" 2>&1 || {
        sed 's/^/# /' "$tmp/log"
        echo "not ok 1 - $program compiles"
        echo 1..1
        exit 1
    }
done

small="$std/rwx.pol $std/heap.pol"
shipped="$small $std/taint.pol $std/stack.pol $std/cfi.pol $std/loaded-code.pol"
features="$diff/fresh.pol $diff/nested.pol $diff/ranges.pol $diff/bitty.pol $diff/operands.pol"
whole="$here/whole.pol $here/named.pol"
more=
case $tier in
quick) tables="1 $small" rules="1 $shipped" monitors="6 2000 $tmp $small" ;;
check) tables="1 $shipped $whole" rules="2 $shipped $whole" monitors="12 3000 $tmp $shipped" ;;
*)
    tables="3 $shipped $whole $here/bits.pol"
    more="1 $std/main.pol $features"
    rules="3 $shipped $whole $here/bits.pol $std/main.pol $features $diff/zone.pol $diff/unions.pol"
    monitors="100000 5000 $tmp $shipped $whole $features"
    ;;
esac

# Each program numbers its own lines; here they are numbered through.
status=0
{
    # shellcheck disable=SC2086
    "$tmp/tables" $tables || echo "# tables: exit status $?"
    # shellcheck disable=SC2086
    [ -z "$more" ] || "$tmp/tables" $more || echo "# tables: exit status $?"
    # shellcheck disable=SC2086
    "$tmp/rules" $rules || echo "# rules: exit status $?"
    # shellcheck disable=SC2086
    "$tmp/monitors" $monitors || echo "# monitors: exit status $?"
} >"$tmp/out" 2>"$tmp/err"
sed 's/^/# /' "$tmp/err"
grep -q ': exit status' "$tmp/out" && status=1
awk '/^1\.\./ { next }
     /^ok / { sub(/^ok [0-9]+/, "ok " ++n) }
     /^not ok / { sub(/^not ok [0-9]+/, "not ok " ++n) }
     { print }
     END { print "1.." n + 0 }' "$tmp/out"
exit $status
