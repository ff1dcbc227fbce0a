#!/bin/bash
# The traced programs under the composite policy: `tests/programs/run.sh BUILD`.
#   - the workload and the harmless variant run clean, each attack is stopped at the right instruction,
#     in the right function and source line, by the right rule;
#   - all three engines agree on every trace;
#   - check and long tiers: the ELF files and traces that the sources make now are the checked-in ones.
set -u
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/../.." || exit 2
policyc=$build/policyc
programs=stdlib-policies/programs
export POLICYC_LIBRARY=$PWD/stdlib-policies
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
n=0
report() { # report STATUS NAME [FILE shown when it failed]
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        [ -z "${3:-}" ] || sed 's/^/# /' "$3"
        echo "not ok $n - $2"
    fi
}

"$policyc" compile stdlib-policies/main.pol -o "$tmp" >"$tmp/log" 2>&1
report $? "main compiles" "$tmp/log"

image() {
    "$policyc" tag "$programs/$1.elf" --policy "$tmp/main.prt" --entities "$programs/entities.json" \
        -o "$tmp/$1.json" >"$tmp/log" 2>&1
    report $? "$1 is tagged" "$tmp/log"
}
check() { # check NAME: replays, leaves the report in $tmp/out, status of the command
    "$policyc" trace check "$tmp/main.prt" "$programs/$1.trace" --image "$tmp/$1.json" \
        --elf "$programs/$1.elf" >"$tmp/out" 2>&1
}

for p in work attack-clean; do
    image "$p"
    check "$p"
    report $? "$p has no violation" "$tmp/out"
done

# attack NAME FUNCTION SOURCE MESSAGE: the violation must be there, and be the only one.
attack() {
    image "attack-$1"
    check "attack-$1"
    [ $? = 1 ] && grep -q "<$2[.+>]" "$tmp/out" && grep -qF "\"$4\"" "$tmp/out" &&
        { [ "$3" = - ] || grep -qE "program source .*$3" "$tmp/out"; }
    report $? "attack-$1 is stopped in $2 with \"$4\"" "$tmp/out"
}
attack overflow fill 'attack\.c:[0-9]+' "heap write out of bounds or after free"
attack use-after-free accounts 'attack\.c:[0-9]+' "heap read out of bounds or after free"
attack execute-data injected - "execute violation"
attack write-code code 'attack\.c:[0-9]+' "write violation"
attack tainted-output board_putchar 'board\.c:[0-9]+' "tainted output"

for p in attack-clean attack-overflow attack-use-after-free attack-execute-data attack-write-code \
    attack-tainted-output $([ "${TIER:-check}" = quick ] || echo work); do
    "$policyc" difftest stdlib-policies/main.pol --trace "$programs/$p.trace" \
        --image "$tmp/$p.json" >"$tmp/log" 2>&1
    report $? "the engines agree on $p" "$tmp/log"
done

if [ "${TIER:-check}" != quick ]; then
    if command -v qemu-system-riscv64 >/dev/null && command -v riscv64-unknown-elf-gcc >/dev/null; then
        cp -r "$programs" "$tmp/programs"
        rm -f "$tmp"/programs/*.elf "$tmp"/programs/*.trace
        make -s -C "$tmp/programs" ROOT="$PWD" BUILD="$tmp/programs-build" traces >"$tmp/log" 2>&1
        report $? "the programs are built and traced anew" "$tmp/log"
        for f in "$programs"/*.elf "$programs"/*.trace; do
            cmp "$f" "$tmp/programs/$(basename "$f")" >"$tmp/log" 2>&1
            report $? "$(basename "$f") is what its source makes" "$tmp/log"
        done
    else
        n=$((n + 1))
        echo "ok $n - the programs are built and traced anew # SKIP no cross compiler or no QEMU"
    fi
fi
echo "1..$n"
