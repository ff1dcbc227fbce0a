#!/bin/bash
# tier: check
# The core of stdlib-policies/hardware lives: `tests/live/run.sh BUILD`; prints TAP.
#
# The recorded programs run past it under main.pol, and random instructions of all kinds under glue.pol, with pages of fine
# and of coarse granules in all arrangements; answers, tags and cycles are compared with the model (replay.c).  TIER=check:
# the first 200,000 instructions of work.trace, and random ones with a pipeline; long: all of work.trace, all widths, and each
# line of mutants.txt, a mistake in the core that the random instructions must find.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
root=$PWD
here=$root/tests/live
hardware=$root/stdlib-policies/hardware
build=$1
case $build in /*) ;; *) build=$root/$build ;; esac
tier=${TIER:-check}
export POLICYC_LIBRARY=$root/stdlib-policies
for tool in verilator g++; do
    command -v $tool >/dev/null && continue
    echo "ok 1 - the core with tags # SKIP $tool is not installed"
    echo "1..1"
    exit 0
done
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
n=0

# say STATUS NAME: one line of TAP; $tmp/log holds what to show on failure.
say() {
    n=$((n + 1))
    if [ "$1" = 0 ]; then
        echo "ok $n - $2"
    else
        tail -n 30 "$tmp/log" | sed 's/^/# /'
        echo "not ok $n - $2"
    fi
    : >"$tmp/log"
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2"
}

# --- the recorded programs ------------------------------------------------------------------------------------------

steps=200000 icarus=0
[ "$tier" != long ] || steps=18446744073709551615 icarus=1
command -v iverilog >/dev/null || icarus=0
STEPS=$steps ICARUS=$icarus WAVEFORM=$tmp/waveform.svg KEEP=$tmp/programs bash "$hardware/run.sh" "$build" >"$tmp/log" 2>&1
say $? "work and attacks run past the core under main.pol"
cmp "$tmp/waveform.svg" docs/waveform.svg >"$tmp/log" 2>&1
say $? "docs/waveform.svg is what the core did"

# --- widths, in the eyes of the tools -------------------------------------------------------------------------------

mapfile -t table < <(head -n 8 "$tmp/programs/core/parameters.txt")
mapfile -t unit < <(sed "s|^|$tmp/programs/main/main_sv/|" "$tmp/programs/main/main_sv/files.f")
for p in 0 1; do
    for g in 1 2 4; do
        verilator --lint-only -Wall -Wno-PINCONNECTEMPTY --top-module tag_core "${table[@]/#/-G}" -GGRANULES=$g -GPIPELINE=$p \
            "${unit[@]}" "$hardware"/tag_*.sv >"$tmp/log" 2>&1
        say $? "no warning with GRANULES $g, PIPELINE $p"
    done
done
if command -v yosys >/dev/null; then
    yosys -q -p "read_verilog -sv ${unit[*]} $(echo "$hardware"/tag_*.sv)
        hierarchy -check -top tag_core $(printf -- '-chparam %s ' "${table[@]/=/ }"); proc; check -assert" >"$tmp/log" 2>&1
    say $? "yosys reads it and finds no loop, no conflict"
else
    skip "yosys reads it and finds no loop, no conflict" "yosys is not installed"
fi

# --- random instructions --------------------------------------------------------------------------------------------

"$build/policyc" compile "$here/glue.pol" -I "$here" --universe=all --emit=prt,sv -o "$tmp/glue" >"$tmp/log" 2>&1
say $? "glue.pol becomes hardware"

# image DATA FINE NAME: code at 0x1000, data at DATA; FINE: the list of pages with fine granules.
image() {
    printf '{"pol-tag-image":1,"isa":"rv64imafdc_zicsr_zifencei","granule":8,"policy":"","sets":["{}","{All}","{P 1, B}"],' >"$tmp/$3.json"
    printf '"env":0,"trap":{"env":1,"domains":[0]},"x":{"x0":2},"f":{},"csr":{"default":0},' >>"$tmp/$3.json"
    printf '"memory":[["0x1000","0x100",0],["%s","0x60",0]],"fine":[%s]}\n' "$1" "$2" >>"$tmp/$3.json"
}
image 0x2000 '["0x1000",1]' code-fine
image 0x2000 '' all-coarse
image 0x2000 '["0x1000",2]' all-fine
image 0x1fd0 '["0x1000",1]' fine-then-coarse
image 0x1fd0 '["0x2000",1]' coarse-then-fine
images="code-fine all-coarse all-fine fine-then-coarse coarse-then-fine"

# random SEED EVENTS: traces for both places of the data, and what the images need of them.
random() {
    awk -v seed="$1" -v n="$2" -v data=8192 -f "$here/trace.awk" </dev/null >"$tmp/0x2000-$1.trace"
    awk -v seed="$1" -v n="$2" -v data=8144 -f "$here/trace.awk" </dev/null >"$tmp/0x1fd0-$1.trace"
}
# trace_of IMAGE SEED
trace_of() {
    case $1 in
    *-then-*) echo "$tmp/0x1fd0-$2.trace" ;;
    *) echo "$tmp/0x2000-$2.trace" ;;
    esac
}

# past CORE IMAGE SEED [OPTION...]: status 1, since random instructions always meet violations, is success.
past() {
    local core=$1 image=$2 seed=$3 status=0
    shift 3
    "$core/replay" --continue "$@" "$tmp/glue/glue.prt" "$tmp/$image.json" "$(trace_of "$image" "$seed")" >"$tmp/log" 2>&1 || status=$?
    [ $status = 1 ]
}

sizes="2,1" seeds="1 2" events=4000
[ "$tier" != long ] || sizes=$(echo {1,2,4},{0,1}) seeds="1 2 3 4 5 6" events=20000
for s in $seeds; do random "$s" $events; done
for size in $sizes; do
    core=$tmp/core-$size
    bash "$hardware/build.sh" "$build" "$tmp/glue/glue.prt" "$tmp/glue/glue_sv" "$core" GRANULES="${size%,*}" PIPELINE="${size#*,}" \
        DEPTH=1024 >"$tmp/log" 2>&1
    say $? "the core with GRANULES ${size%,*}, PIPELINE ${size#*,}"
    [ -x "$core/replay" ] || continue
    for i in $images; do
        for s in $seeds; do
            past "$core" "$i" "$s"
            say $? "GRANULES ${size%,*}, PIPELINE ${size#*,}: random instructions, $i, seed $s"
        done
    done
done

# Another simulator: the same outputs in every cycle.
in_icarus() {
    mapfile -t parameters <"$core/parameters.txt"
    mapfile -t unit < <(sed "s|^|$tmp/glue/glue_sv/|" "$tmp/glue/glue_sv/files.f")
    past "$core" all-fine 1 --steps 500 --record "$tmp/record" &&
        iverilog -g2012 -s core_tb "${parameters[@]/#/-Pcore_tb.}" -o "$tmp/core_tb" "${unit[@]}" "$hardware"/tag_*.sv \
            "$hardware/core_tb.sv" >"$tmp/log" 2>&1 &&
        vvp "$tmp/core_tb" "+record=$tmp/record" >"$tmp/log" 2>&1 && grep -q 'the outputs are the same$' "$tmp/log"
}
core=$tmp/core-${sizes%% *}
if command -v iverilog >/dev/null; then
    in_icarus
    say $? "Icarus Verilog gives the same outputs in every cycle"
    sed '$s/ [0-9a-f]*$/ 3/' "$tmp/record" >"$tmp/wrong" # the last response
    vvp "$tmp/core_tb" "+record=$tmp/wrong" >"$tmp/log" 2>&1
    grep -q 'the simulators differ' "$tmp/log"
    say $? "Icarus Verilog sees a wrong output"
else
    skip "Icarus Verilog gives the same outputs in every cycle" "iverilog is not installed"
fi

# --- mistakes -------------------------------------------------------------------------------------------------------

# mutant FILE SED: a core with one mistake does not get through.
mutant() {
    local tree=$tmp/mutant i
    rm -rf "$tree"
    mkdir -p "$tree/stdlib-policies"
    ln -s "$root/runtime" "$tree/runtime"
    cp -r "$hardware" "$tree/stdlib-policies/hardware"
    sed -i "$2" "$tree/stdlib-policies/hardware/$1"
    ! cmp -s "$hardware/$1" "$tree/stdlib-policies/hardware/$1" || { echo "changes nothing: $2" >"$tmp/log"; return 1; }
    bash "$tree/stdlib-policies/hardware/build.sh" "$build" "$tmp/glue/glue.prt" "$tmp/glue/glue_sv" "$tmp/mutant-core" DEPTH=1024 \
        >"$tmp/log" 2>&1 || return 1
    for i in $images; do
        past "$tmp/mutant-core" "$i" 1 || return 0
    done
    return 1
}
if [ "$tier" = long ]; then
    while IFS='|' read -r name file edit; do
        mutant "$file" "$edit"
        say $? "found: $name"
    done <"$here/mutants.txt"
fi
echo "1..$n"
