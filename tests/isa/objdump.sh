#!/bin/sh
# Compares decoder, expander and text of runtime/isa with GNU objdump.
#   tests/isa/objdump.sh BUILD [WORDS]     BUILD holds libpolrt.a; WORDS random words per XLEN
# Prints TAP; exits non-zero on a difference.  OBJDUMP and CC may be set.
set -u
build=${1:?usage: objdump.sh BUILD [WORDS]}
words=${2:-200000}
objdump=${OBJDUMP:-riscv64-unknown-elf-objdump}
here=$(dirname "$0")
root=$here/../..

if ! command -v "$objdump" >/dev/null; then
    echo "1..0 # SKIP $objdump is not installed"
    exit 0
fi
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
dump=$work/dump
sanitize=
if nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_init; then
    sanitize=-fsanitize=address,undefined
fi
# shellcheck disable=SC2086
${CC:-cc} -std=c11 -O2 $sanitize -I"$root/runtime/include" -o "$dump" "$here/dump.c" \
    "$build/libpolrt.a" || exit 2

count=0
status=0
# compare XLEN ISA KIND: what the file holds against what objdump makes of it
compare() {
    count=$((count + 1))
    file=$work/$1.$3
    if "$objdump" -D -z -b binary -m "riscv:rv$1" -M no-aliases "$file" |
        "$dump" check "$2" "$file"; then
        echo "ok $count - rv$1 $3"
    else
        echo "not ok $count - rv$1 $3"
        status=1
    fi
}

for xlen in 32 64; do
    isa=rv${xlen}gc
    "$dump" words "$isa" "${SEED:-1}" "$words" >"$work/$xlen.words" || exit 2
    "$dump" parcels "$isa" >"$work/$xlen.parcels" || exit 2
    compare $xlen $isa words
    compare $xlen $isa parcels
    rm -f "$work/$xlen".*
done
echo "1..$count"
exit $status
