# Synthesis of an emitted unit, step by step; sourced by synth.sh and run.sh.
#
# Each function works in a folder of its own, DIR, and leaves its figures there as `KEY VALUE` lines in DIR/figures.

# What is measured: pol_rule_table for one granule.
SYNTH_TOP=pol_rule_table

# synth_read DIR SV_DIR PIPELINE: DIR/read.ys, which reads the unit.  The contents of memories come from the ROM images
# beside SV_DIR, which are quicker to read than the same in SystemVerilog.
synth_read() {
    local dir=$1 sv=$2 pipeline=$3
    printf '%s\n' "read_verilog -sv -DPOL_ROM_FILES $(sed "s|^|$sv/|" "$sv/files.f" | tr '\n' ' ')" \
        "chparam -set PIPELINE $pipeline $SYNTH_TOP" >"$dir/read.ys"
}

# synth_unit DIR SV_DIR: the unit alone, for iCE40: DIR/unit.json.
synth_unit() {
    local dir=$1 sv=$2
    (cd "${sv%_sv}_rom" && yosys -q -l "$dir/unit.log" -p "script $dir/read.ys; synth_ice40 -top $SYNTH_TOP;
        tee -q -o $dir/unit.stat stat; json -o $dir/unit.json $SYNTH_TOP") >/dev/null || return
    synth_count "$dir/unit.stat" SB_LUT4 ice40_lut SB_DFF ice40_ff SB_RAM40 ice40_ram >>"$dir/figures"
}

# synth_count STAT (PREFIX KEY)...: how many cells' types begin with each prefix, by the last report of the file.
synth_count() {
    local stat=$1
    shift
    while [ $# -gt 0 ]; do
        awk -v prefix="$1" -v key="$2" '/^=== /{ n = 0 } NF == 2 && index($1, prefix) == 1 { n += $2 }
            END { print key, n + 0 }' "$stat"
        shift 2
    done
}

# synth_wrapper DIR: DIR/wrapper.v, the unit between two chains of registers, so that every path begins and ends at one
# and three pins are enough: bits are shifted in, and what comes out is caught, folded with XOR, and shifted out.
# The port list is that of DIR/unit.json.
synth_wrapper() {
    local dir=$1
    jq -r --arg top "$SYNTH_TOP" '
        def range: if . > 1 then "[\(. - 1):0] " else "" end;
        .modules[$top].ports | to_entries | map({name: .key, way: .value.direction, width: (.value.bits | length)})
        | map(select(.name != "clk")) as $ports
        | ($ports | map(select(.way == "input"))) as $ins
        | ($ports | map(select(.way == "output"))) as $outs
        | ($ins | map(.width) | add) as $in | ($outs | map(.width) | add) as $out
        | "(* blackbox *)\nmodule \($top)(input clk",
          ($ports[] | ", \(.way) \(.width | range)\(.name)"),
          ");\nendmodule",
          "module wrapper(input clk, input in, output out);",
          "    reg [\($in - 1):0] given;\n    reg [\($out - 1):0] caught, folded;\n    wire [\($out - 1):0] answer;",
          "    always @(posedge clk) begin",
          "        given <= {given[\($in - 2):0], in};\n        caught <= answer;",
          "        folded <= {folded[\($out - 2):0], 1\u0027b0} ^ caught;\n    end",
          "    assign out = folded[\($out - 1)];",
          "    \($top) unit(.clk(clk)",
          (foreach $ins[] as $p (0; . + $p.width; ", .\($p.name)(given[\(. - 1):\(. - $p.width)])")),
          (foreach $outs[] as $p (0; . + $p.width; ", .\($p.name)(answer[\(. - 1):\(. - $p.width)])")),
          ");\nendmodule"' "$dir/unit.json" >"$dir/wrapper.v"
}

# synth_join DIR: DIR/total.json, wrapper and unit side by side: neither is optimised with the other in sight.
synth_join() {
    local dir=$1
    yosys -q -l "$dir/wrapper.log" -p "read_verilog $dir/wrapper.v; synth_ice40 -top wrapper;
        tee -q -o $dir/wrapper.stat stat; delete =$SYNTH_TOP; read_json $dir/unit.json; hierarchy -check -top wrapper;
        flatten; write_json $dir/total.json" >/dev/null || return
    synth_count "$dir/wrapper.stat" SB_LUT4 wrapper_lut SB_DFF wrapper_ff >>"$dir/figures"
}

# synth_place DIR: places and routes for the hx8k and measures the longest path, if it fits.
synth_place() {
    local dir=$1
    if nextpnr-ice40 -q --hx8k --package ct256 --seed 1 --freq 100 --timing-allow-fail --pcf-allow-unconstrained \
        --json "$dir/total.json" --asc "$dir/total.asc" --report "$dir/total.report" --log "$dir/place.log" \
        >/dev/null 2>&1; then
        jq -r '"nextpnr_mhz \([.fmax[].achieved] | min * 100 | round / 100)"' "$dir/total.report" >>"$dir/figures"
        icetime -d hx8k -P ct256 -t "$dir/total.asc" 2>/dev/null |
            sed -n 's/^Total path delay: .* ns (\([0-9.]*\) MHz)$/icetime_mhz \1/p' >>"$dir/figures"
        echo "fits yes" >>"$dir/figures"
    else
        echo "fits no" >>"$dir/figures"
    fi
    sed -n 's|.*ICESTORM_LC: *\([0-9]*\)/ *\([0-9]*\).*|cells \1\ncells_there \2|p' "$dir/place.log" | head -n 2 \
        >>"$dir/figures"
}

# synth_ecp5 DIR SV_DIR: the unit for ECP5, counts only.
synth_ecp5() {
    local dir=$1 sv=$2
    (cd "${sv%_sv}_rom" && yosys -q -l "$dir/ecp5.log" -p "script $dir/read.ys; synth_ecp5 -top $SYNTH_TOP;
        tee -q -o $dir/ecp5.stat stat") >/dev/null || return
    synth_count "$dir/ecp5.stat" LUT4 ecp5_luts CCU2C ecp5_carries TRELLIS_FF ecp5_ff DP16KD ecp5_ram >>"$dir/figures"
}

# synth_latency SV_DIR: cycles from a beat to its answer with PIPELINE 1 and one granule.
synth_latency() {
    sed -n 's/.*FETCH = \([0-9]*\), STEP = \([0-9]*\), MERGE = \([0-9]*\);.*/\1 \2 \3/p' "$1/$SYNTH_TOP.sv" |
        awk '{ print $1 + $2 + $3 }'
}

# synth_bits SV_DIR: bits of a tag word.
synth_bits() {
    sed -n 's/.*localparam W = \([0-9]*\);.*/\1/p' "$1/$SYNTH_TOP.sv"
}

# synth_all DIR SV_DIR PIPELINE: everything above.  SV_DIR is what `--emit=sv,mem` wrote.
synth_all() {
    local dir sv pipeline=$3
    mkdir -p "$1"
    dir=$(realpath "$1") sv=$(realpath "$2")
    : >"$dir/figures"
    echo "bits $(synth_bits "$sv")" >>"$dir/figures"
    echo "latency $([ "$pipeline" = 0 ] && echo 0 || synth_latency "$sv")" >>"$dir/figures"
    synth_read "$dir" "$sv" "$pipeline"
    synth_unit "$dir" "$sv" && synth_wrapper "$dir" && synth_join "$dir" && synth_place "$dir" && synth_ecp5 "$dir" "$sv"
}

# synth_figure DIR KEY: one of them, or nothing.
synth_figure() {
    awk -v key="$2" '$1 == key { print $2; exit }' "$1/figures"
}
