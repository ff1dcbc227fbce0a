#!/bin/bash
# What the shipped policies cost on FPGAs, as Markdown: `tests/synth/synth.sh BUILD [NAME...] >docs/synthesis.md`.
#   NAME  only these policies.   JOBS=n  at a time, default 2.   Progress goes to standard error.
# About 20 minutes on 2 idle cores.
set -euo pipefail
export LC_ALL=C
build=$(realpath "$1")
shift
only=" $* "
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
export POLICYC_LIBRARY=$PWD/stdlib-policies
. "$here/lib.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# --- what is measured: one line each, `NAME|POLICY|LAYOUT|OPTIONS|PIPELINE` ----------------------------------------
jobs() {
    local p l
    for p in rwx cfi stack taint heap main; do
        for l in dense dag flat tcam; do echo "$p-$l|$p|$l|--layout=$l|1"; done
        [ $p != main ] || printf '%s\n' "$p-fuse|$p|dense, \`--fuse\`|--layout=dense --fuse|1" \
            "$p-shared|$p|dense, \`--lanes=shared\`|--layout=dense --lanes=shared|1" "$p-auto|$p|auto|--layout=auto|1"
    done
    for p in rwx cfi stack taint heap main; do echo "$p-0|$p|dense|--layout=dense|0"; done
}

# same NAME PIPELINE: an earlier job of the same table, if there is one.
same() {
    local name policy pipeline
    while IFS='|' read -r name policy _ _ pipeline; do
        [ "$name" != "$1" ] || return 0
        if [ "$pipeline" = "$2" ] && cmp -s "$work/$name.table" "$work/$1.table"; then
            echo "$name"
            return 0
        fi
    done <"$work/jobs"
}

# prepare NAME POLICY OPTIONS: the unit's source.  A layout that cannot be made says why.
prepare() {
    # shellcheck disable=SC2086 # options are several words
    if "$build/policyc" compile "stdlib-policies/$2.pol" $3 --emit=prt,sv,mem -o "$work/$1-sv" >"$work/$1.refused" 2>&1; then
        cp "$work/$1-sv/$2.prt" "$work/$1.table"
    fi
}

# one NAME POLICY PIPELINE
one() {
    local start=$SECONDS status=0
    (set -e; synth_all "$work/$1" "$work/$1-sv/${2}_sv" "$3") >"$work/$1.log" 2>&1 || status=$?
    if [ $status != 0 ]; then echo "failed yes" >>"$work/$1/figures"; fi
    echo "$1: $((SECONDS - start)) s, $(cat "$work"/*/figures | grep -c '^ecp5_ram') of $total$([ $status = 0 ] || echo ', FAILED')" >&2
    rm -f "$work/$1"/*.json "$work/$1"/*.asc
}

jobs >"$work/all"
while IFS='|' read -r name policy layout options pipeline; do
    [ "$only" = "  " ] || [[ $only == *" $policy "* ]] || continue
    echo "$name|$policy|$layout|$options|$pipeline" >>"$work/jobs"
    prepare "$name" "$policy" "$options"
    if [ -f "$work/$name.table" ] && [ -z "$(same "$name" "$pipeline")" ]; then
        echo "$name|$policy|$pipeline" >>"$work/todo"
    fi
done <"$work/all"
total=$(wc -l <"$work/todo")

# The largest first, so that they do not run alone at the end.
while IFS='|' read -r name policy pipeline; do
    echo "$(du -s "$work/$name-sv" | cut -f1)|$name|$policy|$pipeline"
done <"$work/todo" | sort -t'|' -k1,1nr -k2 >"$work/order"
while IFS='|' read -r _ name policy pipeline; do
    while [ "$(command jobs -rp | wc -l)" -ge "${JOBS:-2}" ]; do wait -n; done
    one "$name" "$policy" "$pipeline" &
done <"$work/order"
wait

# --- the page -------------------------------------------------------------------------------------------------------

thousands() { sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta' <<<"$1"; }
figure() { thousands "$(synth_figure "$work/$1" "$2")"; }

clock() {
    local mhz
    if [ "$(synth_figure "$work/$1" fits)" = no ]; then
        echo "does not fit"
        return
    fi
    mhz=$(synth_figure "$work/$1" icetime_mhz)
    printf '%s | ' "$(printf '%.0f / %.0f' "${mhz:-0}" "$(synth_figure "$work/$1" nextpnr_mhz)")" | sed 's/ | $//'
}

# row NAME POLICY LAYOUT PIPELINE
row() {
    local name=$1 twin luts
    if [ ! -f "$work/$name.table" ]; then
        echo "| $2 | $3 | $(sed -n 's/^policyc: error: //p' "$work/$name.refused" | head -n 1) |"
        return
    fi
    twin=$(same "$name" "$4")
    if [ -n "$twin" ]; then
        echo "| $2 | $3 | the same table as $(sed -n "s/^$twin|[^|]*|\([^|]*\)|.*/\1/p" "$work/jobs") |"
        return
    fi
    if grep -q '^failed' "$work/$name/figures"; then
        echo "| $2 | $3 | not synthesised: a tool failed |"
        return
    fi
    luts=$(($(synth_figure "$work/$name" ecp5_luts) + 2 * $(synth_figure "$work/$name" ecp5_carries)))
    echo "| $2 | $3 | $(figure "$name" bits) | $(figure "$name" latency) | $(figure "$name" ice40_lut) |" \
        "$(figure "$name" ice40_ff) | $(figure "$name" ice40_ram) | $(figure "$name" wrapper_lut) /" \
        "$(figure "$name" wrapper_ff) | $(figure "$name" cells) | $(clock "$name") | $(thousands $luts) |" \
        "$(figure "$name" ecp5_ff) | $(figure "$name" ecp5_ram) |"
}

table() {
    local name policy layout pipeline
    cat <<'END'
| policy | layout | tag bits | cycles | LUT4 | FF | RAM | wrapper: LUT4 / FF | cells | MHz | ECP5: LUT4 | FF | RAM |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
END
    while IFS='|' read -r name policy layout _ pipeline; do
        [ "$pipeline" != "$1" ] || row "$name" "$policy" "$layout" "$pipeline"
    done <"$work/jobs"
}

versions() {
    echo "$(yosys -V | sed 's/ (.*//'), $(nextpnr-ice40 --version 2>&1 | sed -n 's/.*(Version \(.*\))/nextpnr-ice40 \1/p')," \
        "fpga-icestorm $(dpkg-query -W -f='${Version}' fpga-icestorm 2>/dev/null || echo 'of unknown version')"
}

cat <<END
# Synthesis

What \`pol_rule_table\` ([hardware](hardware.md)) costs on two families of FPGAs, for one granule at a time. \`make synth\`
writes this page ($(versions)).

| column | |
|---|---|
| tag bits | width of a tag word |
| cycles | from a beat to its answer |
| LUT4, FF, RAM | iCE40, \`synth_ice40\`: 4-input lookup tables, flip-flops, block RAMs of 4 Kibit, of the unit alone |
| wrapper | the unit has more ports than the chip has pins, so it is measured between chains of registers: one flip-flop an input bit, two and a lookup table an output bit, made apart from the unit and not counted in the columns before |
| cells | logic cells of unit and wrapper as nextpnr packs them; an hx8k has $(thousands 7680) |
| MHz | the highest clock of unit and wrapper on an hx8k, placed and routed with seed 1: by icetime / by nextpnr; from register to register |
| ECP5 | \`synth_ecp5\`, the unit alone: lookup tables (two for each carry cell), flip-flops, block RAMs (DP16KD); not placed |

Small memories become lookup tables. The flip-flops of wide tag words are those that keep operands and results in step with
the lookups: bits of a word times cycles.

## With a register after each memory (\`PIPELINE\` 1)

END
table 1
cat <<'END'

## In one cycle (`PIPELINE` 0)

Memories are read in the same cycle, so all of them become lookup tables. In the default layout:

END
table 0
failed=$(cat "$work"/*/figures | grep -c '^failed' || true)
[ "$failed" = 0 ]
