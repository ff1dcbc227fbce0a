#!/bin/bash
# tier: check
# The steps of synth.sh work, on the smallest policy: `tests/synth/run.sh BUILD`; prints TAP.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
build=$1
export POLICYC_LIBRARY=$PWD/stdlib-policies
. tests/synth/lib.sh
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
n=0
say() { # say STATUS NAME
    n=$((n + 1))
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
for tool in yosys nextpnr-ice40 icetime jq; do
    command -v $tool >/dev/null && continue
    echo "ok 1 - synthesis # SKIP $tool is not installed"
    echo "1..1"
    exit 0
done

"$build/policyc" compile stdlib-policies/rwx.pol --emit=sv,mem -o "$tmp" >"$tmp/log" 2>&1
say $? "rwx becomes SystemVerilog"
synth_all "$tmp/rwx" "$tmp/rwx_sv" 1 >"$tmp/log" 2>&1
say $? "rwx is synthesised, placed and routed"
sed 's/^/# /' "$tmp/log" | tail -n 20

# between KEY LOW HIGH: far from what it is today, the figure means something else.
between() {
    local value
    value=$(synth_figure "$tmp/rwx" "$1")
    awk -v v="${value:-none}" -v low="$2" -v high="$3" 'BEGIN { exit !(v ~ /^[0-9.]+$/ && v >= low && v <= high) }'
    say $? "$1 is from $2 to $3: ${value:-none}"
}
between bits 4 4
between latency 4 12
between ice40_lut 100 1000
between ice40_ff 100 1000
between wrapper_lut 30 200
between wrapper_ff 100 500
between cells 300 1600
between icetime_mhz 30 300
between nextpnr_mhz 30 300
between ecp5_luts 100 1200
between ecp5_ff 100 1000
[ "$(synth_figure "$tmp/rwx" fits)" = yes ]
say $? "it fits"

# The unit beside its wrapper is exactly the two: nothing has been optimised away between them.
sum=$(($(synth_figure "$tmp/rwx" ice40_ff) + $(synth_figure "$tmp/rwx" wrapper_ff)))
both=$(jq '[.modules.wrapper.cells[] | select(.type | startswith("SB_DFF"))] | length' "$tmp/rwx/total.json")
[ "$sum" = "$both" ]
say $? "unit and wrapper keep all flip-flops: $sum, $both"
echo "1..$n"
