#!/bin/bash
# `make demo`: what policyc does, on a real program.  Usage: demo.sh BUILD
set -euo pipefail
build=$1
here=$(cd "$(dirname "$0")" && pwd)
policies=$(dirname "$here")
policyc=$build/policyc
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bold= red= off=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\e[1m' red=$'\e[31m' off=$'\e[0m'
fi
title() { printf '\n%s%s%s\n' "$bold" "$1" "$off"; }

title "1. Policies become tables, each verified against its rules before it is written"
printf '   %-12s %6s %7s %12s %14s %10s\n' policy rules shapes "bits a word" "table, bytes" "time, ms"
for p in rwx stack heap cfi taint loaded-code main; do
    start=$(date +%s%N)
    "$policyc" compile "$policies/$p.pol" -o "$work/$p" --stats >"$work/$p.stats"
    ms=$((($(date +%s%N) - start) / 100000))
    awk -v p="$p" -v ms="$ms" '
        / rules  .* programs/ { for (i = 2; i <= NF; i++) if ($i == "rules") rules += $(i - 1) }
        / shapes / { for (i = 2; i <= NF; i++) if ($i == "shapes") shapes += $(i - 1) }
        /in all/ { bits = $3 }
        / bytes; / { bytes = $1 }
        END { printf "   %-12s %6d %7d %12d %14d %8d.%d\n", p, rules, shapes, bits, bytes, ms / 10, ms % 10 }
    ' "$work/$p.stats"
done

title "2. Table, C monitor and source interpreter agree"
echo "   the composite policy on every instruction of a traced program (picolibc, heap, printf, interrupts):"
"$policyc" tag "$here/work.elf" --policy "$work/main/main.prt" --entities "$here/entities.json" \
    -o "$work/work.json"
"$policyc" difftest "$policies/main.pol" --trace "$here/work.trace" --image "$work/work.json" |
    sed 's/^/   /'
echo "   and on random steps that reach every (rule, opclass) pair:"
"$policyc" difftest "$policies/main.pol" --random 20000 --seed 1 | sed 's/^/   /'

title "3. Checked replay of the trace through the table"
count=$("$policyc" trace check "$work/main/main.prt" "$here/work.trace" --image "$work/work.json" |
    tail -n 1)
start=$(date +%s%N)
for _ in 1 2 3 4 5; do
    "$policyc" trace check "$work/main/main.prt" "$here/work.trace" --image "$work/work.json" \
        >/dev/null
done
ns=$((($(date +%s%N) - start) / 5))
echo "   $count"
awk -v n="${count%% *}" -v ns="$ns" \
    'BEGIN { printf "   %.1f million instructions checked per second (start to end of the command)\n", n * 1e3 / ns }'

title "4. Attacks, each stopped before the instruction takes effect"
stopped=0 attacks=0
for a in overflow use-after-free execute-data write-code tainted-output; do
    attacks=$((attacks + 1))
    "$policyc" tag "$here/attack-$a.elf" --policy "$work/main/main.prt" \
        --entities "$here/entities.json" -o "$work/image.json"
    if "$policyc" trace check "$policies/main.pol" "$here/attack-$a.trace" \
        --image "$work/image.json" --elf "$here/attack-$a.elf" >"$work/report"; then
        echo "   $a: NOT STOPPED"
        continue
    fi
    stopped=$((stopped + 1))
    printf '   %s%s%s\n' "$red" "$a" "$off"
    sed '$d' "$work/report" | grep -vE '^  (env|code|op[123]|mem|rd|csr) +=' | sed 's/^/      /'
done
title "Summary"
echo "   7 policies compiled and verified, three engines in agreement, $stopped of $attacks attacks stopped"
[ "$stopped" = "$attacks" ]
