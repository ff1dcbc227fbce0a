#!/bin/bash
# A recorded program past a core with tags, checked instruction by instruction: run.sh BUILD [TRACE...]
#
#   BUILD  where `make` has put policyc and libpolrt.a
#   TRACE  by default the traces of ../programs: work.trace and each attack.  The program is the .elf beside it.
#
# Policy: ../main.pol.  Environment: STEPS=N  at most so many instructions of a trace.   ICARUS=1  the first attack in
# Icarus Verilog, too.   KEEP=DIR  where to work and leave everything.   WAVEFORM=FILE.svg  the picture of the first
# violation.   PARAMETERS='PIPELINE=1 GRANULES=4'  of tag_core.
# Status 0: work.trace has no violation, and every attack has one, in the cycle and by the rule that it should.
set -euo pipefail
export LC_ALL=C
build=$(realpath "$1")
shift
here=$(cd "$(dirname "$0")" && pwd)
policies=$(dirname "$here")
programs=$policies/programs
export POLICYC_LIBRARY=$policies
if [ -n "${KEEP:-}" ]; then
    mkdir -p "$KEEP"
    work=$(realpath "$KEEP")
else
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
fi
traces=("$@")
if [ $# = 0 ]; then
    traces=("$programs"/work.trace)
    for a in clean overflow use-after-free execute-data write-code tainted-output; do traces+=("$programs/attack-$a.trace"); done
fi

echo "main.pol as hardware"
"$build/policyc" compile "$policies/main.pol" --emit=prt,sv -o "$work/main"
read -r -a parameters <<<"${PARAMETERS:-}"
start=$SECONDS
bash "$here/build.sh" "$build" "$work/main/main.prt" "$work/main/main_sv" "$work/core" "${parameters[@]}"
echo "  tag_core with $(tr '\n' ' ' <"$work/core/parameters.txt")built by Verilator in $((SECONDS - start)) s"

# answers FILE: how the run ended, as `policyc trace check` and `replay` both say it.
answers() { sed -n 's/^\(step .*\)$/\1/p' "$1" | head -n 1; }

# picture FILE.vcd NAME: the waveform, once.
picture() {
    [ -n "${WAVEFORM:-}" ] && [ -s "$1" ] && grep -q '^step' "$work/$2.core" || return 0
    python3 "$here/waveform.py" "$1" "$work/$2.names" "$2 under main.pol" >"$work/$2.svg"
    cp "$work/$2.svg" "$WAVEFORM"
    echo "  drawn: $WAVEFORM"
    WAVEFORM=
}

# icarus NAME: the recorded cycles of a run in another simulator.
icarus() {
    local sources
    sources=$(sed "s|^|$work/main/main_sv/|" "$work/main/main_sv/files.f")
    mapfile -t widths <"$work/core/parameters.txt"
    # shellcheck disable=SC2086 # a list of files without blanks
    iverilog -g2012 -s core_tb "${widths[@]/#/-Pcore_tb.}" -o "$work/core_tb" $sources "$here"/tag_*.sv "$here/core_tb.sv"
    echo "  in Icarus Verilog: $(vvp "$work/core_tb" "+record=$work/$1.record" | tail -n 1)"
}

# one TRACE: false if the core and `policyc trace check` do not say the same.
one() {
    local trace=$1 name status=0 options=()
    name=$(basename "$trace" .trace)
    echo "$name"
    [ -z "${STEPS:-}" ] || options=(--steps "$STEPS")
    [ -z "${WAVEFORM:-}" ] || options+=(--vcd "$work/$name.vcd" --names "$work/$name.names")
    [ "${ICARUS:-}" != 1 ] || [[ $name != attack-overflow ]] || options+=(--record "$work/$name.record")
    "$build/policyc" tag "${trace%.trace}.elf" --policy "$work/main/main.prt" --entities "$programs/entities.json" \
        -o "$work/$name.json"
    "$build/policyc" trace check "$work/main/main.prt" "$trace" --image "$work/$name.json" >"$work/$name.check" || true
    "$work/core/replay" "${options[@]}" "$work/main/main.prt" "$work/$name.json" "$trace" >"$work/$name.core" || status=$?
    sed 's/^/  /' "$work/$name.core"
    if [ $status = 2 ] || [ "$(answers "$work/$name.check")" != "$(answers "$work/$name.core")" ]; then
        echo "  NOT what policyc trace check says: $(answers "$work/$name.check")"
        return 1
    fi
    picture "$work/$name.vcd" "$name"
    [ ! -s "$work/$name.record" ] || icarus "$name"
    case $name in
    attack-clean | work) [ $status = 0 ] ;;
    attack-*) [ $status = 1 ] ;;
    esac
}

wrong=0
for trace in "${traces[@]}"; do one "$trace" || wrong=$((wrong + 1)); done
if [ $wrong = 0 ]; then
    echo "${#traces[@]} programs: the core and the model agree on every instruction and every tag"
else
    echo "$wrong of ${#traces[@]} programs: NOT as it should be"
fi
[ $wrong = 0 ]
