#!/bin/bash
# tier: check
# The gate-level proof: `tests/gate/run.sh BUILD [NAME...]`; prints TAP.
#
#   1. Icarus runs the behavioural reference over random steps and compares it with the shipped evaluator.
#   2. Yosys puts the emitted pol_step, pol_merge and pol_fetch beside the reference and ABC proves, for all inputs that
#      pol_assume admits, that no output differs.
#      tickets.pol adds fresh values and arithmetic in small.
#   3. Corruptions of the emitted hardware and of the reference, drawn from fixed seeds, are refuted the same way.  One
#      that is not must be proven, against its own original, to change nothing; these are counted.
#   4. The latency of pol_rule_table does not depend on tags: two units that get the same instructions with different
#      tags always have equal in_ready, out_valid, out_last (ABC's pdr, unbounded).  Changed units are refuted.
#
# TIER=check: the small policies; long: every policy, every layout, more corruptions.  docs/proof.md says what is assumed.
set -u
cd "$(dirname "$0")/../.." || exit 2
build=$1
shift
tier=${TIER:-check}
cc=${CC:-cc}
here=tests/gate
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
count=0 failed=0

ok() { echo "ok $((count += 1)) - $*"; }
bad() {
    echo "not ok $((count += 1)) - $*"
    failed=1
}
# result STATUS NAME: a line, with the log as comment when it went wrong.
result() {
    [ "$1" = 0 ] && { ok "$2"; return; }
    bad "$2"
    grep -v '^Warning' "$tmp/log" | tail -n 12 | cut -c1-400 | sed 's/^/# /'
}
wanted() {
    [ -n "$names" ] || return 0
    local n
    for n in $names; do case $1 in *"$n"*) return 0 ;; esac; done
    return 1
}
names=$*

for tool in yosys yosys-abc iverilog; do
    command -v $tool >/dev/null || {
        ok "gate-level proof # SKIP $tool is not installed"
        echo "1..$count"
        exit 0
    }
done

san=
if nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_; then
    san='-fsanitize=address,undefined -fno-sanitize-recover=all'
fi
for program in emit vectors mutate; do
    common=$here/common.c
    [ $program != mutate ] || common=
    # shellcheck disable=SC2086
    $cc -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -D_POSIX_C_SOURCE=200809L \
        -I. -Iruntime/include -I"$build" $san -o "$tmp/$program" $here/$program.c $common \
        "$build/libpolc.a" "$build/liblang.a" "$build/libpolrt.a" \
        -lcadical -lstdc++ -ljansson -lelf -ldw -lz -lzstd -ldl -lm >"$tmp/log" 2>&1 || {
        result 1 "$program compiles"
        echo "1..$count"
        exit 1
    }
done

# --- 1. the reference against the evaluator ------------------------------------------------------

# simulate NAME POLICY STEPS OPTION...
simulate() {
    local name=$1 policy=$2 steps=$3 dir=$tmp/sim status
    shift 3
    rm -rf "$dir"
    mkdir "$dir"
    "$tmp/vectors" "$@" "$policy" "$dir" "$steps" >"$tmp/log" 2>&1 &&
        iverilog -g2012 -o "$dir/sim" "$dir/reference.sv" "$dir/bench.sv" >"$tmp/log" 2>&1 &&
        (cd "$dir" && timeout 600 vvp -n sim) >"$tmp/log" 2>&1 && grep -q '^passed' "$tmp/log"
    status=$?
    [ "$status" != 3 ] || return 0 # this table cannot have that form
    result $status "$name: the reference answers $steps random steps as the evaluator does"
}

# --- 2. equivalence ------------------------------------------------------------------------------

# shellcheck disable=SC2016 # these are names of Yosys' cells
latches='t:$dlatch t:$_DLATCH_P_ t:$_DLATCH_N_'
units='pol_step pol_merge pol_fetch'
references='pol_reference_step pol_reference_merge pol_reference_fetch'
assumptions='pol_assume pol_assume_pair'
# All the way down to gates; undefined bits become free inputs at the end.
gates='proc -norom; flatten; opt_clean; memory_map; opt_expr; simplemap; opt_expr; techmap'

# to_gates DIR RESULT FILES MODULE...: these modules of the files as gates, in DIR/RESULT.
to_gates() {
    local dir=$1 result=$2 files=$3 m script
    shift 3
    script="read_verilog -sv $files; design -save all"
    for m in "$@"; do
        script="$script; design -load all; hierarchy -check -top $m; $gates
            select -assert-none t:\$dff t:\$_DFF_P_ $latches; design -stash $m"
    done
    script="$script; design -reset"
    for m in "$@"; do script="$script; design -copy-from $m -as $m $m"; done
    (cd "$dir" && rm -f "$result" && yosys -q -p "$script; write_rtlil $result") >"$tmp/log" 2>&1 && [ -s "$dir/$result" ]
}

# join DIR AIG MACROS FILE...: the miter over modules in gates: DIR/AIG.aig, DIR/AIG.map.
join() {
    local dir=$1 aig=$2 macros=$3 f script=
    shift 3
    for f in "$@"; do script="$script read_rtlil $f;"; done
    (cd "$dir" && rm -f "$aig.aig" && yosys -q -p "$script read_verilog -sv $macros miter.sv; hierarchy -check -top miter
        proc; flatten; simplemap; setundef -anyseq; aigmap; write_aiger -vmap $aig.map $aig.aig") >"$tmp/log" 2>&1 &&
        [ -s "$dir/$aig.aig" ]
}

# The position of output bit NAME INDEX among the outputs of an AIG.
output() { awk -v name="$2" -v bit="$3" '$1 == "output" && $4 == name && $3 == bit { print $2; exit }' "$1"; }

# decide DIR AIG NAME BIT [COMMANDS]: prints `never`, `sometimes` or nothing, as the output can be 1.
decide() {
    local at
    at=$(output "$1/$2.map" "$3" "$4")
    [ -n "$at" ] || return
    (cd "$1" && timeout 1800 yosys-abc -c "read_aiger $2.aig; strash; cone -O $at; ${5:-dsat}") >"$tmp/abc" 2>&1
    if grep -q '^UNSATISFIABLE\|^Networks are equivalent' "$tmp/abc"; then
        echo never
    elif grep -q '^SATISFIABLE\|^Networks are NOT EQUIVALENT' "$tmp/abc"; then
        echo sometimes
    else
        cat "$tmp/abc" >>"$tmp/log"
    fi
}

# Which outputs differ, for a report.
differing() {
    local i=0 name
    while read -r name; do
        [ "$(decide "$1" "$2" bad $i)" != sometimes ] || printf '%s ' "$name"
        i=$((i + 1))
    done <"$1/outputs"
}

# The files of the hardware, without those that match a pattern.
hardware() { grep -v "pol_rule_table${1:+\|$1}" "$dir/sv/files.f" | sed 's#^#sv/#' | tr '\n' ' '; }

# prove NAME POLICY OPTION...: leaves DIR for what follows.
prove() {
    local name=$1 policy=$2 start=$SECONDS answer reached
    shift 2
    dir=$tmp/proof
    rm -rf "$dir"
    mkdir "$dir"
    "$tmp/emit" "$@" "$policy" "$dir" >"$tmp/log" 2>&1
    case $? in
    0) ;;
    3) return 3 ;;
    *)
        result 1 "$name: can be emitted"
        return 1
        ;;
    esac
    # shellcheck disable=SC2086
    { to_gates "$dir" assume.il reference.sv $assumptions && to_gates "$dir" reference.il reference.sv $references &&
        to_gates "$dir" hardware.il "$(hardware)" $units && join "$dir" proof '' assume.il reference.il hardware.il; } || {
        result 1 "$name: Yosys reads both sides"
        return 1
    }
    answer=$(decide "$dir" proof any 0)
    [ "$answer" != sometimes ] || echo "# $name: different: $(differing "$dir" proof)"
    [ "$answer" = never ]
    result $? "$name: step, merge and fetch equal the reference ($((SECONDS - start)) s)"
    # The assumptions leave steps that are allowed, steps that fail, and merges.
    reached=$(for i in 0 1 2 3; do decide "$dir" proof reached $i; done | tr '\n' ' ')
    case $reached in
    'sometimes '*sometimes*' sometimes ') ok "$name: the assumptions admit what must be possible" ;;
    *) bad "$name: the assumptions admit: $reached" ;;
    esac
}

# --- 3. corruptions ------------------------------------------------------------------------------

pairs='pol_rom_merge_\|pol_rom_fetch_\|pol_merge\|pol_fetch'

# Files in which a kind of corruption finds its place.
places() {
    case $1 in
    bit | swap) (cd "$dir" && grep -l 'words\[' sv/*.sv | grep -v "$pairs") ;;
    pair-bit) (cd "$dir" && grep -l 'words\[' sv/*.sv | grep "$pairs") ;;
    mask) echo sv/pol_decode.sv ;;
    operator) (cd "$dir" && ls sv/pol_action*.sv sv/pol_lookup*.sv sv/pol_step.sv) ;;
    pair-operator) (cd "$dir" && ls sv/pol_merge.sv sv/pol_fetch.sv) ;;
    *) echo reference.sv ;;
    esac
}

# mutant FILE KIND: the changed side as gates, in mutant.il; and its original under other names, in gold.il.
mutant() {
    # shellcheck disable=SC2086
    case $1,$2 in
    reference.sv,shape) to_gates "$dir" mutant.il reference.sv $references ;;
    reference.sv,*) to_gates "$dir" mutant.il reference.sv pol_reference_step ;;
    *,pair-*) to_gates "$dir" mutant.il "$(hardware)" pol_merge pol_fetch ;;
    *) to_gates "$dir" mutant.il "$(hardware "$pairs")" pol_step ;;
    esac || return
    case $1 in
    reference.sv) sed 's/^module \\pol_/module \\gold_/' "$dir/reference.il" >"$dir/gold.il" ;;
    *) sed 's/^module \\pol_/module \\gold_/' "$dir/hardware.il" >"$dir/gold.il" ;;
    esac
}

# judge FILE KIND: sets verdict to refuted, nothing (proven equal to its original, by another engine), or missed.
judge() {
    local skip=-DSKIP_PAIR other=reference.il gold=-DGOLD_HARDWARE
    case $2 in pair-*) skip=-DSKIP_STEP ;; shape) skip= ;; esac
    [ "$1" != reference.sv ] || other=hardware.il gold=-DGOLD_REFERENCE
    verdict=broken
    mutant "$1" "$2" && join "$dir" mutant "$skip" assume.il $other mutant.il || return
    case $(decide "$dir" mutant any 0) in
    sometimes) verdict=refuted ;;
    never)
        verdict=missed
        join "$dir" same "$skip $gold" assume.il gold.il mutant.il && [ "$(decide "$dir" same any 0 iprove)" = never ] &&
            verdict=nothing
        ;;
    esac
}

# corrupt NAME KIND SEED: counts in tried, refuted, nothing.
corrupt() {
    local name=$1 kind=$2 seed=$3 files file what verdict
    mapfile -t files < <(places "$kind")
    [ ${#files[@]} -gt 0 ] || return
    file=${files[$((seed * 7 % ${#files[@]}))]}
    cp "$dir/$file" "$dir/original"
    what=$("$tmp/mutate" "${kind#pair-}" "$seed" "$dir/original" "$dir/$file" 2>"$tmp/log")
    case $? in
    0)
        tried=$((tried + 1))
        judge "$file" "$kind"
        ;;
    1) verdict=absent ;; # no place for it
    *) verdict=broken ;;
    esac
    cp "$dir/original" "$dir/$file"
    [ -z "${VERBOSE:-}" ] || echo "# $name: $verdict: $kind $file: $what" | cut -c1-400
    case $verdict in
    refuted) refuted=$((refuted + 1)) ;;
    nothing) nothing=$((nothing + 1)) ;;
    absent) ;;
    *)
        wrong=$((wrong + 1))
        result 1 "$name: corruption of $file is $verdict: $what"
        ;;
    esac
}

# corrupt_all NAME PART KINDS SEEDS: of each part of the two sides something must be refuted.
corrupt_all() {
    local name=$1 part=$2 start=$SECONDS kind seed
    tried=0 refuted=0 nothing=0 wrong=0
    for kind in $3; do
        for seed in $4; do
            corrupt "$name" "$kind" "$seed"
        done
    done
    [ "$refuted" -gt 0 ] && [ "$wrong" = 0 ]
    result $? "$name: of $tried corruptions of the $part $refuted are refuted, $nothing proven to change nothing ($((SECONDS - start)) s)"
}

corruptions() {
    corrupt_all "$1" memories 'bit swap pair-bit' "$2"
    corrupt_all "$1" logic 'mask operator pair-operator' "$2"
    corrupt_all "$1" reference 'condition forget pardon rename shape' "$2"
}

# --- 4. latency ----------------------------------------------------------------------------------

# latency PIPELINE: prints `never`, `sometimes` or nothing: whether the two units can be told apart.
latency() {
    local at
    # shellcheck disable=SC2046
    (cd "$dir" && rm -f latency.aig && yosys -q -p "read_verilog -sv $(sed 's#^#sv/#' sv/files.f | tr '\n' ' ') latency.sv
        hierarchy -check -top latency -chparam PIPELINE $1; $gates
        select -assert-none $latches; setundef -anyseq; aigmap; write_aiger -zinit -vmap latency.map latency.aig") \
        >"$tmp/log" 2>&1 || return
    at=$(output "$dir/latency.map" bad 0)
    (cd "$dir" && timeout 600 yosys-abc -c "read_aiger latency.aig; cone -s -O $at; scleanup; pdr") >"$tmp/abc" 2>&1
    if grep -q 'Property proved' "$tmp/abc"; then
        echo never
    elif grep -q 'was asserted in frame' "$tmp/abc"; then
        echo sometimes
    else
        cat "$tmp/abc" >>"$tmp/log"
    fi
}

# The same with out_valid, or in_ready, held back by a tag: must be told apart.
delayed() {
    local name=$1 pipeline=$2 port=$3 by=$4 file=$dir/sv/pol_rule_table.sv
    cp "$file" "$dir/original"
    sed "s/^\( *assign $port = \)/\1$by \&\& /" "$dir/original" >"$file"
    if cmp -s "$file" "$dir/original"; then
        bad "$name: $port cannot be changed"
    else
        [ "$(latency "$pipeline")" = sometimes ]
        result $? "$name: a unit whose $port depends on a tag is refuted, PIPELINE=$pipeline"
    fi
    cp "$dir/original" "$file"
}

latency_of() {
    local name=$1 start pipeline
    for pipeline in 0 1; do
        start=$SECONDS
        [ "$(latency $pipeline)" = never ]
        result $? "$name: no tag changes the latency, PIPELINE=$pipeline ($((SECONDS - start)) s)"
    done
    delayed "$name" 1 out_valid '!pc_out[0]'
    delayed "$name" 1 in_ready '!f_pc[0]'
}

# --- what runs -----------------------------------------------------------------------------------

# The file of a policy: shipped, made for this test, or of the differential tests.
source_of() {
    local f
    for f in stdlib-policies/"$1".pol $here/"$1".pol tests/differential/"$1".pol; do
        [ ! -e "$f" ] || { echo "$f"; return; }
    done
}

case $tier in
long)
    policies='rwx taint cfi stack loaded-code heap main' layouts='auto dense dag flat tcam' steps=20000
    features='tickets labels fresh nested saver ranges bitty operands nothing arguments small32 held heldpart'
    corrupted='rwx taint cfi stack loaded-code tickets' seeds=$(seq 1 10)
    ;;
*)
    policies='rwx taint cfi stack loaded-code heap' layouts=auto steps=1000
    features='tickets labels'
    corrupted=rwx seeds=1
    ;;
esac

for p in $policies $features; do
    wanted "$p" || continue
    simulate "$p" "$(source_of "$p")" "$steps"
done
for p in $policies $features; do
    wanted "$p" || continue
    file=$(source_of "$p")
    case " $features " in *" $p "*) some=auto ;; *) some=$layouts ;; esac
    for layout in $some; do
        prove "$p, layout $layout" "$file" -l "$layout" || continue
        case " $corrupted " in *" $p "*) corruptions "$p, layout $layout" "$seeds" ;; esac
        case $layout,$p in auto,rwx | auto,tickets | auto,fresh) latency_of "$p" ;; esac
    done
    [ "$tier" = long ] || continue
    prove "$p, shared lanes" "$file" -s
    prove "$p, fused" "$file" -f
done

echo "1..$count"
exit $failed
