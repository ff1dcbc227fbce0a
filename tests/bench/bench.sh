#!/bin/bash
# Measurements: `tests/bench/bench.sh BUILD`.  Ratios are measured side by side in one run.
set -euo pipefail
build=$1
here=$(dirname "$0")
programs=stdlib-policies/programs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cc=${CC:-cc}
"$cc" -std=c11 -O2 -D_POSIX_C_SOURCE=200809L -Iruntime/include "$here/bench.c" \
    "$build/libpolrt.a" -ljansson -lelf -ldw -lz -lzstd -ldl -lm -o "$work/bench"

echo "== checked replay of $programs/work.trace"
subjects=()
for p in rwx heap taint main; do
    "$build/policyc" compile "stdlib-policies/$p.pol" -o "$work/$p" --emit=prt,monitor
    stem=$(basename "$p")
    "$build/policyc" tag "$programs/work.elf" --policy "$work/$p/$stem.prt" \
        --entities "$programs/entities.json" -o "$work/$p/image.json"
    "$cc" -std=c11 -O2 -fPIC -shared "$work/$p/${stem}_monitor.c" -o "$work/$p/monitor.so"
    subjects+=("$p=$work/$p/$stem.prt,$work/$p/image.json,$work/$p/monitor.so")
done
"$work/bench" replay "$programs/work.trace" "${ROUNDS:-9}" "${subjects[@]}"

echo "== compile and verify, each shipped policy (median of 9)"
for p in rwx stack heap cfi taint loaded-code main; do
    read -r seconds kib < <("$work/bench" run 9 "$build/policyc" compile "stdlib-policies/$p.pol" \
        -o "$work/out")
    awk -v p="$p" -v s="$seconds" -v k="$kib" \
        'BEGIN { printf "%-12s %8.1f ms %8.1f MiB\n", p, s * 1000, k / 1024 }'
done

echo "== compile and verify, growing number of rules"
previous=
for n in 10 100 1000 10000; do
    bash "$here/rules.sh" "$n" >"$work/rules$n.pol"
    read -r seconds kib < <("$work/bench" run 3 "$build/policyc" compile "$work/rules$n.pol" \
        --emit=prt -o "$work/out")
    awk -v n="$n" -v s="$seconds" -v k="$kib" -v p="$previous" 'BEGIN {
        printf "%6d rules %9.1f ms %8.1f MiB", n, s * 1000, k / 1024
        if (p != "") printf "   growth exponent %.2f", log(s / p) / log(10)
        printf "\n" }'
    before=$previous
    previous=$seconds
done
awk -v a="$before" -v b="$previous" 'BEGIN {
    e = log(b / a) / log(10)
    printf "aims, 1,000 to 10,000 rules: growth exponent %.2f (at most 1.2: %s)\n", e, e <= 1.2 ? "met" : "missed" }'
