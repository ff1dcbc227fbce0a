#!/bin/bash
# tier: check
# The emitted SystemVerilog: tests/rtl/run.sh BUILD [NAME...]; prints TAP.
#
# Lint: Verilator, Icarus Verilog and Yosys read every module without a word.  Simulation: vectors
# with the evaluator's answers (step_vectors.c, table_vectors.c) run through pol_step and through
# pol_rule_table, in Icarus and in Verilator.  Mutants: each must be noticed by the vectors.
# TIER=check: each shipped policy in one layout, and what the language can do; long: all layouts,
# more granules and more vectors.
set -u
export LC_ALL=C
build=$(cd "$1" && pwd) || exit 2
shift
only="$*"
cd "$(dirname "$0")/../.." || exit 2
root=$PWD
here=$root/tests/rtl
diff=$root/tests/differential
tier=${TIER:-check}
cc=${CC:-cc}
export POLICYC_LIBRARY=$root/stdlib-policies
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

san=
if nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_; then
    san='-fsanitize=address,undefined -fno-sanitize-recover=all'
fi
for program in emit_sv step_vectors table_vectors random_ops; do
    shared=$here/vectors.c
    case $program in emit_sv | random_ops) shared= ;; esac
    # shellcheck disable=SC2086
    $cc -std=c11 -O1 -g -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror \
        -D_POSIX_C_SOURCE=200809L -I. -Iruntime/include $san -o "$tmp/$program" \
        "$here/$program.c" $shared "$build/libpolc.a" "$build/liblang.a" "$build/libpolrt.a" \
        -lcadical -lstdc++ -ljansson -lelf -ldw -lz -lzstd -ldl -lm >"$tmp/log" 2>&1 || {
        sed 's/^/# /' "$tmp/log"
        echo "not ok 1 - $program compiles"
        echo 1..1
        exit 1
    }
done

# --- jobs: one line each, `NAME|TOOLS|COMMAND`; a command is silent when all is well -------------------

have() {
    local tool
    for tool in $1; do command -v "$tool" >/dev/null 2>&1 || { missing=$tool; return 1; }; done
}

# one JOB FILE: its verdict and what it said.
one() {
    local name tools command
    IFS='|' read -r name tools command <<<"$1"
    if ! have "$tools"; then
        echo "ok - $name # SKIP $missing is not installed" >"$2"
        return
    fi
    local said
    if said=$(eval "$command" 2>&1) && [ -z "$said" ]; then
        echo "ok - $name" >"$2"
    else
        { echo "not ok - $name"; printf '%s\n' "$said" | tail -n 25 | cut -c 1-300 | sed 's/^/# /'; } >"$2"
    fi
}

jobs=$tmp/jobs
: >"$jobs"
job() {
    [ -z "$only" ] || case " $only " in *" ${1%% *} "*) ;; *) return ;; esac
    printf '%s\n' "$1|$2|$3" >>"$jobs"
}

# --- what jobs do --------------------------------------------------------------------------------------

# make_table DIR FILE OPTION...: DIR/table.prt
make_table() {
    local dir=$1 file=$2
    shift 2
    mkdir -p "$dir"
    "$build/policyc" compile --emit=prt "$@" -o "$dir" "$file" >"$dir/log" 2>&1 || { cat "$dir/log"; return 1; }
    mv "$dir"/*.prt "$dir/table.prt"
}

sources() { grep '\.sv$' files.f | tr '\n' ' '; }

# lint FILE OPTIONS GRANULES...
lint() {
    local dir g p v
    dir=$(mktemp -d "$tmp/lint.XXXXXX")
    # shellcheck disable=SC2086
    make_table "$dir" "$1" $2 || return
    shift 2
    for v in "" reloadable; do
        rm -rf "$dir/sv"
        # shellcheck disable=SC2086
        "$tmp/emit_sv" "$dir/table.prt" "$dir/sv" $v
        cd "$dir/sv" || return
        for p in 0 1; do
            for g in "$@"; do
                verilator --lint-only -Wall --top-module pol_rule_table -GPIPELINE=$p -GGRANULES="$g" -f files.f
                iverilog -g2012 -Wall -s pol_rule_table -Ppol_rule_table.PIPELINE=$p \
                    -Ppol_rule_table.GRANULES="$g" -o /dev/null -c files.f
            done
            # the last number of granules will do: Yosys is slow
            yosys -q -p "read_verilog -sv $(sources); chparam -set PIPELINE $p -set GRANULES $g pol_rule_table;
                hierarchy -check -top pol_rule_table; proc; check -assert"
        done
        cd "$root" || return
    done
    rm -rf "$dir"
}

# simulate TOP PIPELINE [icarus|verilator] [MACRO...]: in the folder of the files and vectors; says what
# the test bench says, but for its agreement.
simulate() {
    local top=$1 p=$2 tool=$3 macros=() m
    shift 3
    for m in "$@"; do macros+=("-D$m"); done
    if [ "$tool" = icarus ]; then
        iverilog -g2012 -s "$top" -P"$top.PIPELINE=$p" ${macros[@]+"${macros[@]}"} -o tb -c files.f "$here/$top.sv" &&
            vvp tb >said
    else
        verilator --binary --timing -Wno-fatal -Wno-lint -CFLAGS -O0 -GPIPELINE="$p" ${macros[@]+"${macros[@]}"} \
            --top-module "$top" -Mdir obj -o tb -f files.f "$here/$top.sv" >log 2>&1 || { tail -n 20 log; return 1; }
        ./obj/tb >said
    fi
    grep -v '[$]finish' said | grep -v '^all [1-9][0-9]* agree$'
    grep -q '^all [1-9][0-9]* agree$' said || echo "no agreement"
}

# step TOOL FILE OPTIONS N SEED
step() {
    local dir p
    dir=$(mktemp -d "$tmp/step.XXXXXX")
    # shellcheck disable=SC2086
    make_table "$dir" "$2" $3 && "$tmp/emit_sv" "$dir/table.prt" "$dir/sv" &&
        "$tmp/step_vectors" "$dir/table.prt" "$4" "$5" "$dir/sv/vectors" && cd "$dir/sv" || return
    for p in 0 1; do simulate step_tb $p "$1"; done
    rm -rf "$dir"
}

# unit TOOL FILE OPTIONS N SEED GRANULES
unit() {
    local dir p
    dir=$(mktemp -d "$tmp/unit.XXXXXX")
    # shellcheck disable=SC2086
    make_table "$dir" "$2" $3 && "$tmp/emit_sv" "$dir/table.prt" "$dir/sv" &&
        "$tmp/table_vectors" "$dir/table.prt" "$4" "$5" "$6" "$dir/sv/vectors" && cd "$dir/sv" || return
    for p in 0 1; do simulate table_tb $p "$1"; done
    rm -rf "$dir"
}

# operations FILE N SEED...: other operations than the policy's (random_ops.c)
operations() {
    local dir p seed file=$1 n=$2
    shift 2
    dir=$(mktemp -d "$tmp/ops.XXXXXX")
    make_table "$dir" "$file" --layout=dag || return
    for seed in "$@"; do
        rm -rf "$dir/sv"
        "$tmp/random_ops" "$dir/table.prt" "$seed" "$dir/other.prt" && "$tmp/emit_sv" "$dir/other.prt" "$dir/sv" &&
            "$tmp/step_vectors" "$dir/other.prt" "$n" "$seed" "$dir/sv/vectors" && cd "$dir/sv" || return
        for p in 0 1; do simulate step_tb $p icarus; done
    done
    rm -rf "$dir"
}

# odd_lint FILE SEED...: what no policy of ours asks for
odd_lint() {
    local dir seed file=$1
    shift
    dir=$(mktemp -d "$tmp/odd.XXXXXX")
    make_table "$dir" "$file" --layout=dag || return
    for seed in "$@"; do
        rm -rf "$dir/sv"
        "$tmp/random_ops" "$dir/table.prt" "$seed" "$dir/other.prt" && "$tmp/emit_sv" "$dir/other.prt" "$dir/sv" &&
            cd "$dir/sv" || return
        verilator --lint-only -Wall --top-module pol_step -GPIPELINE=1 -f files.f
        iverilog -g2012 -Wall -s pol_step -o /dev/null -c files.f
        yosys -q -p "read_verilog -sv $(sources); hierarchy -check -top pol_step; proc; check -assert"
    done
    rm -rf "$dir"
}

# memories FILE: contents from files; contents that are loaded over wrong ones; wrong ones.
memories() {
    local dir p f
    dir=$(mktemp -d "$tmp/mem.XXXXXX")
    make_table "$dir" "$1" && "$tmp/emit_sv" "$dir/table.prt" "$dir/sv" reloadable &&
        "$tmp/table_vectors" "$dir/table.prt" 200 7 2 "$dir/sv/vectors" && cd "$dir/sv" || return
    sed -i 's/load_we(load_we)/load_we(load_we \& ~load_off)/' pol_rule_table.sv # to leave it alone, below
    sed -i 's/^    localparam W = /    logic load_off;\n    assign load_off = 1'"'"'b0;\n&/' pol_rule_table.sv
    for p in 0 1; do simulate table_tb $p icarus POL_ROM_FILES RELOAD; done
    for f in *.mem; do sed -i 's/.*/0/' "$f"; done
    for p in 0 1; do simulate table_tb $p icarus POL_ROM_FILES RELOAD; done
    sed -i "s/assign load_off = 1'b0/assign load_off = 1'b1/" pol_rule_table.sv
    for p in 0 1; do
        simulate table_tb $p icarus POL_ROM_FILES RELOAD | grep -q 'differ\|no answer\|no agreement' ||
            echo "wrong memories agree"
    done
    rm -rf "$dir"
}

# notices CHANGE FILE: the step's or the unit's vectors must notice the changed file, as CHANGE says.
notices() {
    local what=$1 file=$2
    cmp -s "$file" "$file.good" && echo "$what: nothing was changed"
    if ! { simulate step_tb 0 icarus; } 2>&1 | grep -q . && ! (cd ../unit && cp "../sv/$file" . && simulate table_tb 1 icarus) 2>&1 | grep -q .; then
        echo "$what: not noticed"
    fi
    cp "$file.good" "$file"
    cp "$file.good" "../unit/$file"
}

# mutants FILE OPTIONS
mutants() {
    local dir f expression
    dir=$(mktemp -d "$tmp/mutants.XXXXXX")
    # shellcheck disable=SC2086
    make_table "$dir" "$1" $2 && "$tmp/emit_sv" "$dir/table.prt" "$dir/sv" && cp -r "$dir/sv" "$dir/unit" &&
        "$tmp/step_vectors" "$dir/table.prt" 800 3 "$dir/sv/vectors" &&
        "$tmp/table_vectors" "$dir/table.prt" 500 3 2 "$dir/unit/vectors" && cd "$dir/sv" || return
    for f in *.sv; do cp "$f" "$f.good"; done
    for f in pol_rom_*.sv; do # one bit of all words; the action of one word
        sed -i "s/^\(        words.*'h\)\(.*\);$/\1\2 ^ 1;/" "$f"
        notices "$f: lowest bits" "$f"
        sed -i "s/^\(        words\[1\].*'h\)\(.*\);$/\1\2 ^ 1;/" "$f"
        case $f in *_action.sv) notices "$f: a bit of word 1" "$f" ;; *) cp "$f.good" "$f" ;; esac
    done
    while read -r f expression; do
        # shellcheck disable=SC2086
        for f in $f; do
            sed -i "$expression" "$f"
            notices "$f: $expression" "$f"
        done
    done <<'END'
pol_decode.sv s/== 32'h/!= 32'h/
pol_lookup_*.sv s/\(address_[0-9]* = row_[0-9]*\) + /\1 - /
pol_action_*.sv s/failure_cause != 4'd0 ? 2'd2/failure_cause != 4'd0 ? 2'd0/
pol_action_*.sv s/invalid ? 2'd1/invalid ? 2'd0/
pol_step.sv s/any_explicit ? explicit/!any_explicit ? explicit/
pol_step.sv s/part_rd && /!part_rd \&\& /
pol_rule_table.sv s/rd\[g\*W +: W\] == mine/rd[g*W +: W] != mine/
pol_rule_table.sv s/split & (~split/split | (~split/
pol_rule_table.sv s/differ = |differs/differ = \&differs/
pol_rule_table.sv s/merges ? joined : plain/merges ? plain : plain/
pol_rule_table.sv s/late ? 2'd2/late ? 2'd1/
pol_merge.sv s/assign conflict = fails/assign conflict = 1'b0/
END
    rm -rf "$dir"
}

# --- the list ------------------------------------------------------------------------------------------

layouts="auto dag dense flat tcam"
case $tier in
long) n=3000 units=2000 seeds=$(seq -s ' ' 1 40) ;;
*) n=300 units=200 seeds=1 ;;
esac
simulators="iverilog vvp"
linters="verilator iverilog yosys"

i=0
for policy in rwx taint cfi stack loaded-code heap main; do
    file=$POLICYC_LIBRARY/$policy.pol
    i=$((i + 1))
    if [ "$tier" = long ]; then
        for l in $layouts; do
            case $policy-$l in heap-flat | main-flat) continue ;; esac # memories of many thousand words
            job "$policy lint $l" "$linters" "lint '$file' --layout=$l 1 2 5"
            job "$policy step $l" "$simulators" "step icarus '$file' --layout=$l $n $i"
        done
        job "$policy lint fused" "$linters" "lint '$file' '--layout=dag --fuse' 2"
        job "$policy step shared lanes" "$simulators" "step icarus '$file' --lanes=shared $n $i"
        job "$policy step fused" "$simulators" "step icarus '$file' '--layout=dag --fuse' $n $i"
    else
        l=$(set -- tcam dag dense flat; shift $((i % 4)); echo "$1")
        case $policy in heap | main) l=dag ;; esac
        [ "$policy" = main ] || job "$policy lint $l" "$linters" "lint '$file' --layout=$l $((i % 2 + 1))"
        job "$policy step $l" "$simulators" "step icarus '$file' --layout=$l $n $i"
    fi
    job "$policy unit" "$simulators" "unit icarus '$file' '' $units $i 2"
done
job "main lint fused" "$linters" "lint '$POLICYC_LIBRARY/main.pol' '--layout=dag --fuse' 1"
job "main step fused" "$simulators" "step icarus '$POLICYC_LIBRARY/main.pol' '--layout=dag --fuse' $n 1"
job "heap step shared lanes" "$simulators" "step icarus '$POLICYC_LIBRARY/heap.pol' --lanes=shared $n 1"
for feature in fresh ranges bitty operands arguments nothing small32 nested owning labels relations reports; do
    # shellcheck disable=SC2046
    options=$(sed -n 's|^// difftest: ||p' "$diff/$feature.pol" | grep -o -- '--isa[^ ]*' | head -n 1)
    job "$feature step" "$simulators" "step icarus '$diff/$feature.pol' '$options' $n 5"
    [ "$tier" != long ] || job "$feature lint" "$linters" "lint '$diff/$feature.pol' '$options' 2"
done
for feature in arguments merging fresh bitty labels reports; do
    job "$feature random operations" "$simulators" "operations '$diff/$feature.pol' $n $seeds"
done
for g in 1 2 8; do
    for lanes in 1 3; do
        [ "$tier" = long ] || case $g-$lanes in 1-3 | 8-1) ;; *) continue ;; esac
        job "merging unit, granule $g, $lanes side by side" "$simulators" \
            "unit icarus '$diff/merging.pol' --granule=$g $units $g $lanes"
        job "fresh unit, granule $g, $lanes side by side" "$simulators" \
            "unit icarus '$diff/fresh.pol' --granule=$g $units $g $lanes"
    done
done
for feature in labels reports; do
    job "$feature unit" "$simulators" "unit icarus '$diff/$feature.pol' '' $units 5 2"
done
job "fresh lint" "$linters" "lint '$diff/fresh.pol' '' 5"
job "relations lint" "$linters" "lint '$diff/relations.pol' '' 2"
job "reports lint" "$linters" "lint '$diff/reports.pol' '' 2"
job "bitty lint" "$linters" "lint '$diff/bitty.pol' '' 1"
job "bitty random operations, lint" "$linters" "odd_lint '$diff/bitty.pol' $seeds"
job "fresh random operations, lint" "$linters" "odd_lint '$diff/fresh.pol' $seeds"
job "taint step in Verilator" "verilator g++ make" "step verilator '$POLICYC_LIBRARY/taint.pol' '' $n 9"
job "fresh unit in Verilator" "verilator g++ make" "unit verilator '$diff/fresh.pol' --granule=4 $units 9 2"
job "taint memories" "$simulators" "memories '$POLICYC_LIBRARY/taint.pol'"
job "fresh memories" "$simulators" "memories '$diff/fresh.pol'"
job "everything mutants" "$simulators" "mutants '$here/everything.pol' --layout=dag"
[ "$tier" != long ] || job "taint mutants" "$simulators" "mutants '$POLICYC_LIBRARY/taint.pol' --layout=dag"

# --- two at a time -------------------------------------------------------------------------------------

total=$(wc -l <"$jobs")
mkdir "$tmp/done"
half() {
    local k=0 line
    while IFS= read -r line; do
        k=$((k + 1))
        [ $((k % 2)) != "$1" ] || (one "$line" "$tmp/done/$k")
    done <"$jobs"
}
half 0 &
half 1
wait
for ((k = 1; k <= total; k++)); do
    sed "s/^\(not \)\{0,1\}ok - /\1ok $k - /" "$tmp/done/$k"
done
echo "1..$total"
[ "$total" -gt 0 ] && ! grep -q '^not ok' "$tmp"/done/*
