#!/bin/bash
# Targets, the cost report and the choice of layouts, by the command: `tests/target/run.sh BUILD`; prints TAP.
set -u
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
root=$PWD
build=$1
case $build in /*) ;; *) build=$root/$build ;; esac
policyc=$build/policyc
export POLICYC_LIBRARY=$root/stdlib-policies
policies=$root/stdlib-policies
schema=$root/docs/formats/target.schema.json
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
n=0
bad=0

# --- what tests are made of ------------------------------------------------------------------------

# status WANTED COMMAND...: runs it, keeps out and err.
status() {
    local wanted=$1 got
    shift
    "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$wanted" ] && return 0
    echo "exit status $got instead of $wanted: $*"
    head -n 20 err
    return 1
}

# says FILE TEXT...: each as it stands.
says() {
    local file=$1 text
    shift
    for text in "$@"; do
        grep -qF -- "$text" "$file" && continue
        echo "$file does not say: $text"
        head -n 20 "$file"
        return 1
    done
}

# target NAME MEMBERS: writes NAME.json.
target() { printf '{"name": "%s"%s}\n' "$1" "${2:+, $2}" >"$1.json"; }

# stats EXPRESSION WANTED: of out, by jq.
stats() {
    local got
    got=$(jq -c "$1" out) || return 1
    [ "$got" = "$2" ] && return 0
    echo "$1 is $got instead of $2"
    return 1
}

# compile POLICY OPTION...: with --stats=json.
compile() {
    local policy=$1
    shift
    status 0 "$policyc" compile "$policies/$policy.pol" -o o --stats=json "$@"
}

# misfit POLICY MEMBERS TEXT...: no layout fits, the error has the texts, nothing is written.
misfit() {
    local policy=$1 members=$2
    shift 2
    rm -rf o
    target little "$members"
    status 1 "$policyc" compile "$policy" -o o --target=little.json --stats || return 1
    says err "does not fit the target little" "$@" || return 1
    [ ! -s out ] || { echo "something is printed"; return 1; }
    [ ! -e o ] || { echo "something is written"; return 1; }
}

# refuses MEMBERS TEXT: a bad description.
refuses() {
    printf '%s\n' "$1" >bad.json
    status 2 "$policyc" compile "$policies/rwx.pol" -o o --target=bad.json || return 1
    says err "$2"
}

have() { command -v "$1" >/dev/null; }

# --- descriptions ----------------------------------------------------------------------------------

test_builtins_print() {
    status 0 "$policyc" targets && cp out all.json || return 1
    [ "$(jq -r '.[].name' all.json | tr '\n' ' ')" = "mcu fpga server " ] || return 1
    local name
    for name in mcu fpga server; do
        status 0 "$policyc" targets $name && jq -e --slurpfile all all.json '. as $one | $all[0] | index([$one])' out >/dev/null ||
            { echo "$name is not in the list"; return 1; }
        cp out "$name.json"
        status 0 "$policyc" compile "$policies/rwx.pol" -o o1 --target=$name || return 1
        status 0 "$policyc" compile "$policies/rwx.pol" -o o2 --target=$name.json || return 1
        cmp o1/rwx.prt o2/rwx.prt || return 1
    done
    status 2 "$policyc" targets fpqa && says err 'there is no built-in target `fpqa`' 'did you mean `fpga`'
}

# Each bad description with its message: MEMBERS|MESSAGE|by the schema, too
bad_descriptions() {
    cat <<'LIST'
{"name": "t", |bad.json:2:1: string or '}' expected|no
{"name": "t"} x|bad.json:1:15: end of file expected|no
{"name": "t", "name": "t"}|bad.json:1:20: duplicate object key|no
[1]|bad.json: a target description is a JSON object, not a list|yes
{}|bad.json: the member `name` is missing|yes
{"name": ""}|`name` must be 1 to 63 letters|yes
{"name": "a/b"}|`name` must be 1 to 63 letters|yes
{"name": null}|`name` is null; it must be a string|yes
{"name": "mcu"}|`name` is `mcu`, a built-in target that is another|no
{"name": "t", "ram_bit": 1}|there is no member `ram_bit`; did you mean `ram_bits`?|yes
{"name": "t", "zzzzzzzzzzz": 1}|there is no member `zzzzzzzzzzz`|yes
{"name": "t", "isa": "arm"}|`isa` is no instruction set|yes
{"name": "t", "isa": 64}|`isa` is a number; it must be a string|yes
{"name": "t", "granule": 3}|`granule` must be 1, 2, 4 or 8|yes
{"name": "t", "granule": "8"}|`granule` must be 1, 2, 4 or 8|yes
{"name": "t", "tag_bits": -1}|`tag_bits` is -1; it must be from 0 to 1048576|yes
{"name": "t", "lanes": 1048577}|`lanes` is 1048577; it must be from 0 to 1048576|yes
{"name": "t", "ram_bits": 1.5}|`ram_bits` is no whole number; it must be a whole number|yes
{"name": "t", "ram_ports": "4"}|`ram_ports` is a string; it must be a whole number|yes
{"name": "t", "tcam_entries": []}|`tcam_entries` is a list; it must be a whole number|yes
{"name": "t", "tcam_bits": {}}|`tcam_bits` is an object; it must be a whole number|yes
{"name": "t", "lookups": true}|`lookups` is true; it must be a whole number|yes
{"name": "t", "reloadable": 1}|`reloadable` is a number; it must be true or false|yes
{"name": "t", "share_lanes": "yes"}|`share_lanes` is a string; it must be true or false|yes
{"name": "t", "pipeline": null}|`pipeline` is null; it must be true or false|yes
{"name": "t", "layouts": "dag"}|`layouts` is a string; it must be a list|yes
{"name": "t", "layouts": []}|`layouts` is empty|yes
{"name": "t", "layouts": ["tall"]}|`layouts` may hold dense, dag, flat and tcam only|yes
{"name": "t", "layouts": ["dag", "dag"]}|`layouts` names dag twice|yes
{"name": "t", "layouts": ["dag", "tcam"]}|`layouts` has tcam, but `tcam_entries` says that there is no TCAM|yes
{"name": "t", "tcam_bits": 8, "tcam_entries": 0}|`tcam_bits` is given, but `tcam_entries` says that there is no TCAM|yes
LIST
}

test_bad_descriptions() {
    local text message also
    while IFS='|' read -r text message also; do
        refuses "$text" "$message" || { echo "in: $text"; return 1; }
    done < <(bad_descriptions)
    rm -rf o
    status 2 "$policyc" compile "$policies/rwx.pol" -o o --target=mcuu && says err 'there is no target `mcuu`' 'did you mean `mcu`' || return 1
    status 2 "$policyc" compile "$policies/rwx.pol" -o o --target=./none.json && says err 'No such file' || return 1
    status 2 "$policyc" compile "$policies/rwx.pol" -o o --target=. && says err 'Is a directory' || return 1
    [ ! -e o ]
}

# The schema accepts what the compiler accepts, and refuses what it refuses.
test_schema() {
    local text message also name
    mkdir good wrong || return 1
    for name in mcu fpga server; do
        "$policyc" targets $name >good/$name.json || return 1
    done
    sed -n '/^```json$/,/^```$/p' "$root/docs/targets.md" | sed '/^```/d' >good/example.json
    [ -s good/example.json ] || return 1
    status 0 "$policyc" compile "$policies/rwx.pol" -o o --target=good/example.json || return 1
    echo '{"name": "t"}' >good/least.json
    echo '{"name": "t", "tcam_entries": 4, "tcam_bits": 8, "layouts": ["tcam"]}' >good/tcam.json
    local count=0
    while IFS='|' read -r text message also; do
        count=$((count + 1))
        [ "$also" = no ] || printf '%s\n' "$text" >wrong/$count.json
    done < <(bad_descriptions)
    python3 - "$schema" <<'PY'
import glob, json, sys
import jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
check = jsonschema.Draft202012Validator(schema)
status = 0
files = sorted(glob.glob("good/*.json")) + sorted(glob.glob("wrong/*.json"))
if len(files) < 30:
    sys.exit("descriptions are missing")
for name in files:
    valid = check.is_valid(json.load(open(name)))
    if valid != name.startswith("good"):
        print(name, "is", "valid" if valid else "not valid", open(name).read())
        status = 1
sys.exit(status)
PY
}

# --- misfits ---------------------------------------------------------------------------------------

test_misfit_tags() {
    misfit "$policies/heap.pol" '"tag_bits": 68' 'tag_bits: bits of a tag word: 69, the target has 68: 1 too many' \
        '32 bits: argument of heap.Pointer' '32 bits: argument of heap.Cell' '5 bits: 19 sets of heap.Pointer, heap.Cell' || return 1
    misfit "$policies/heap.pol" '"lanes": 1' 'lanes: lanes of a tag word: 2, the target has 1: 1 too many' \
        '32 bits: argument of heap.Cell'
}

test_misfit_ram() {
    misfit "$policies/main.pol" '"ram_bits": 1000' 'ram_bits: bits of memories: ' 'the target has 1000: ' \
        'bits: the rules of heap.heapPol' 'bits: memory ' ' rows: '
}

test_misfit_lookups() {
    misfit "$policies/heap.pol" '"lookups": 5, "layouts": ["dag"]' 'lookups: lookups one after the other: ' \
        'of the step: the rules of heap.heapPol' || return 1
    misfit "$policies/main.pol" '"ram_ports": 3' 'ram_ports: memories read at the same time: ' 'for the rules of taint.taintPol'
}

test_misfit_tcam() {
    misfit "$policies/rwx.pol" '"tcam_entries": 1, "layouts": ["tcam"]' 'tcam_entries: ternary entries: ' 'entries: rwx.pol:' || return 1
    misfit "$policies/taint.pol" '"tcam_entries": 1000, "tcam_bits": 1, "layouts": ["tcam"]' 'tcam_bits: bits of a ternary key: ' \
        'the target has 1: '
}

# A budget of the table itself is a misfit of that layout.
test_misfit_budget() {
    {
        printf 'module wide:\n\nimport:\n    riscv\n\nmetadata:\n'
        for tag in $(seq 300); do printf '    T%d%s\n' "$tag" "$([ "$tag" = 300 ] || echo ,)"; done
        printf '\npolicy:\n    p = allGrp('
        printf 'code == [+T%d], env == [+T%d] -> env = env)\n      ^ allGrp(' $(seq 298)
        printf 'code == [+T299] -> env = env[+T300])\n'
    } >wide.pol
    target least '"layouts": ["dense"], "ram_bits": 2'
    "$policyc" compile wide.pol -o o --target=least.json >out 2>err
    [ $? = 1 ] || { echo "no limit is missed"; head -n 5 err; return 1; }
    says err 'does not fit the target least' 'layout dense'
}

# Every layout that was tried is named.
test_misfit_layouts() {
    misfit "$policies/rwx.pol" '"tag_bits": 1, "layouts": ["flat", "dag"]' 'layout flat; dag:' || return 1
    less_than_dag || return 1
    misfit "$policies/heap.pol" '"lookups": '$less', "tag_bits": 9, "layouts": ["dense", "dag"]' \
        'layout dense; dense or dag, program by program:' 'layout dag:' \
        "lookups: lookups one after the other: $((less + 1)), the target has $less: 1 too many"
}

# --- the choice ------------------------------------------------------------------------------------

# layout_of LAYOUT: the first programs of out have it, and no other but that.
only_layout() {
    stats "[.programs[] | select(.layout != \"$1\") | select(.layout != \"dag\" or .chain > 0)] | length" 0
}

test_choice() {
    local policy
    for policy in rwx stack taint; do
        target small '"layouts": ["dag"]'
        compile $policy --target=small.json && only_layout dag && stats .target '"small"' || return 1
        target small '"layouts": ["flat"]'
        compile $policy --target=small.json && only_layout flat || return 1
        target small '"tcam_entries": 5000, "layouts": ["tcam"]'
        compile $policy --target=small.json && stats '.tcam.entries > 0 and .tcam.gap >= 0 and .tcam.entries_lower > 0' true || return 1
        target small '"layouts": ["dense"]'
        compile $policy --target=small.json && only_layout dense || return 1
    done
}

# less: one lookup less than heap.pol needs as dag, and enough for it as dense.
less_than_dag() {
    compile heap --layout=dag || return 1
    less=$(($(jq .latency.lookups out) - 1))
    compile heap --layout=dense && stats ".latency.lookups <= $less" true
}

# The cheapest of the layouts that fit; a limit can make another one win.
test_cheapest() {
    local policy layout best bits
    for policy in rwx cfi stack taint heap main; do
        best=
        for layout in dense dag flat auto; do
            compile $policy --layout=$layout || return 1
            bits=$(jq .totals.bits out)
            if [ -z "$best" ] || [ "$bits" -lt "$best" ]; then best=$bits; fi
        done
        target any '"layouts": ["flat", "dense", "dag"]'
        compile $policy --target=any.json && stats .totals.bits "$best" || { echo "$policy"; return 1; }
    done
    less_than_dag || return 1
    target deep '"layouts": ["dense", "dag"]'
    target quick '"layouts": ["dense", "dag"], "lookups": '$less
    compile heap --target=deep.json && cp out deep || return 1
    compile heap --target=quick.json && stats ".latency.lookups <= $less" true || return 1
    [ "$(jq .totals.bits deep)" -le "$(jq .totals.bits out)" ]
}

# What is proven of a layout that was chosen is proven of the bytes: all engines agree.
test_chosen_tables_agree() {
    local name
    for name in mcu fpga server; do
        status 0 "$policyc" difftest "$policies/taint.pol" --target=$name --random 500 && says out 'all engines agree' || return 1
    done
}

# --- options ---------------------------------------------------------------------------------------

test_defaults_and_overrides() {
    target both '"isa": "rv32im", "granule": 2'
    compile rwx --target=both.json && stats '[.isa, .tags.granule]' '["rv32im",2]' || return 1
    compile rwx --target=both.json --isa=rv64im && stats '[.isa, .tags.granule]' '["rv64im",2]' || return 1
    compile rwx --target=both.json --granule=4 && stats '[.isa, .tags.granule]' '["rv32im",4]' || return 1
    target none
    compile rwx --target=none.json && stats '[.isa, .tags.granule]' '["rv64imafdc_zicsr_zifencei",8]'
}

test_contradictions() {
    target small '"layouts": ["dag"]'
    status 2 "$policyc" compile "$policies/rwx.pol" -o o --target=small.json --layout=dense &&
        says err '--layout=dense contradicts --target=small.json' || return 1
    status 2 "$policyc" compile "$policies/rwx.pol" -o o --target=small.json --lanes=shared &&
        says err '--lanes=shared contradicts --target=small.json' || return 1
    status 2 "$policyc" compile "$policies/rwx.pol" -o o --target=mcu --layout=tcam && says err '--layout=tcam contradicts --target=mcu' || return 1
    compile rwx --target=small.json --layout=dag && compile rwx --target=small.json --layout=auto || return 1
    compile rwx --target=mcu --lanes=separate || return 1
    # a layout that is forced must fit as well
    less_than_dag || return 1
    target small '"layouts": ["dag", "dense"], "lookups": '$less
    status 1 "$policyc" compile "$policies/heap.pol" -o o --target=small.json --layout=dag && says err 'layout dag:' 'lookups:' || return 1
    compile heap --target=small.json --layout=dense
}

test_tables_refuse() {
    status 0 "$policyc" compile "$policies/rwx.pol" -o o || return 1
    local option
    for option in --target=mcu --layout=dag --lanes=shared --fuse --universe=all --policy=x; do
        status 2 "$policyc" eval o/rwx.prt $option && says err "${option%%=*} is for policies; o/rwx.prt is a rule table already" || return 1
        status 2 "$policyc" trace check o/rwx.prt "$policies/programs/work.trace" $option && says err 'is a rule table already' || return 1
    done
    for option in --target=mcu --layout=dag --lanes=shared --fuse --universe=all; do
        status 2 "$policyc" tag "$policies/programs/work.elf" --policy o/rwx.prt $option && says err 'is a rule table already' || return 1
    done
    status 0 "$policyc" eval o/rwx.prt --granule=8
}

digest() { od -An -tx1 -j32 -N32 "$1" | tr -d ' \n'; }

test_digest() {
    target same '"lanes": 3'
    printf '{\n"lanes":3,\n"name":"same","ram_bits":0}' >spelled.json
    target other '"lanes": 3'
    sed -i 's/"lanes": 3/"lanes": 4/; s/other/same/' other.json
    local name
    for name in same spelled other; do
        status 0 "$policyc" compile "$policies/rwx.pol" -o $name --target=$name.json || return 1
    done
    status 0 "$policyc" compile "$policies/rwx.pol" -o plain || return 1
    cmp same/rwx.prt spelled/rwx.prt || return 1
    [ "$(digest same/rwx.prt)" != "$(digest other/rwx.prt)" ] || { echo "the digest does not cover the target"; return 1; }
    [ "$(digest same/rwx.prt)" != "$(digest plain/rwx.prt)" ] || return 1
    [ "$(digest same/rwx.prt)" = "$(jq -r .digest same/rwx.json)" ] || { echo "the manifest has another digest"; return 1; }
    says same/rwx_monitor.c "$(digest same/rwx.prt)"
}

test_verify() {
    target mine '"isa": "rv32i", "layouts": ["dag"]'
    status 0 "$policyc" compile "$policies/rwx.pol" -o mine --target=mine.json || return 1
    status 0 "$policyc" compile "$policies/rwx.pol" -o built --target=mcu || return 1
    status 0 "$policyc" compile "$policies/rwx.pol" -o plain || return 1
    status 0 "$policyc" verify built/rwx.prt "$policies/rwx.pol" || return 1
    status 0 "$policyc" verify mine/rwx.prt "$policies/rwx.pol" --target=mine.json || return 1
    status 2 "$policyc" verify mine/rwx.prt "$policies/rwx.pol" && says err 'its description is needed, as --target' || return 1
    status 2 "$policyc" verify mine/rwx.prt "$policies/rwx.pol" --target=mcu && says err '--target=mcu' 'made for the target mine' || return 1
    status 2 "$policyc" verify plain/rwx.prt "$policies/rwx.pol" --target=mcu && says err 'made for no target' || return 1
    target mine '"isa": "rv32i", "layouts": ["dag", "flat"]'
    status 1 "$policyc" verify mine/rwx.prt "$policies/rwx.pol" --target=mine.json && says out digest
}

# --- the report ------------------------------------------------------------------------------------

test_stats_json() {
    compile main || return 1
    stats '[.format, .version]' '["pol-stats",1]' || return 1
    stats 'keys' '["deciders","format","isa","latency","memories","naive","name","opclasses","programs","tags","target","tcam","totals","version"]' || return 1
    # parts add up
    stats '([.memories[].bits] | add) == .totals.bits' true || return 1
    stats '([.deciders[].bits] | add) == .totals.bits' true || return 1
    stats '(([.deciders[].share] | add) - 1 | fabs) < 1e-9' true || return 1
    stats '.totals.ram_bits + .totals.tcam_bits == .totals.bits' true || return 1
    stats '[.totals | .class_bits, .cells_bits, .ternary_bits, .action_bits, .lut_bits] | add == '"$(jq .totals.bits out)" true || return 1
    stats '([.programs[].cells] | add) == .totals.cells' true || return 1
    stats '.programs as $p | .deciders | all(.name as $n | .lookups == ([$p[] | select(.decider == $n) | .lookups] | max // 0))' true || return 1
    stats '([.tags.domains[] | .code_bits + .lane_bits] | add) == .tags.bits' true || return 1
    stats '([.opclasses[] | .fetch_lookups + .step_lookups + .merge_lookups] | max) == .latency.lookups' true || return 1
    stats '([.opclasses[].reads_at_once] | max) == .latency.reads_at_once' true || return 1
    stats '.tags.bytes_per_kib == .tags.bits * 1024 / .tags.granule / 8' true || return 1
    stats '.memories | all(.bits == .width * .words)' true
}

# Care masks come from the policy: an operand that the instruction has need not count.
test_care_masks() {
    compile rwx || return 1
    stats '[.opclasses[] | select(.name == "sd") | .looked, .carried]' '[["code","mem"],[]]' || return 1
    stats '[.opclasses[] | select(.name | startswith("add")) | .looked] | unique' '[["code"]]' || return 1
    compile heap || return 1
    stats '[.opclasses[] | select(.name == "sd") | .looked]' '[["code","op1","mem"]]'
}

test_stats_text() {
    status 0 "$policyc" compile "$policies/main.pol" -o o --stats || return 1
    cp out main.text
    says out 'in all 78 bits a word, 2 lanes: 1248.0 bytes of tags per KiB of memory at granule 8' \
        'heap.heapPol' 'lookups one after the other' 'maps of codes in results' 'one row per opclass and operand codes would be 2^' || return 1
    status 0 "$policyc" compile "$policies/main.pol" -o o --stats=text && cmp out main.text || return 1
    awk 'length > 140' main.text | grep . && return 1
    status 2 "$policyc" compile "$policies/main.pol" -o o --stats=yes && says err '--stats takes text|json, not `yes`' || return 1
    status 2 "$policyc" compile "$policies/main.pol" -o o --stats= && says err '--stats takes text|json' || return 1
    status 0 "$policyc" compile "$policies/rwx.pol" -o o --target=mcu --stats && says out 'made for the target mcu'
}

test_deterministic() {
    compile main && cp out first && compile main && cmp out first || return 1
    status 0 "$policyc" compile "$policies/main.pol" -o o1 --target=server || return 1
    status 0 "$policyc" compile "$policies/main.pol" -o o2 --target=server || return 1
    cmp o1/main.prt o2/main.prt
}

# --- all of them -----------------------------------------------------------------------------------

# why_not NAME: a package that the test needs and that is not there.
why_not() {
    have jq || { echo 'jq is not installed'; return; }
    [ "$1" != test_schema ] || python3 -c 'import jsonschema' 2>/dev/null || echo 'python3-jsonschema is not installed'
}

for name in $(declare -F | awk '$3 ~ /^test_/ { print $3 }'); do
    n=$((n + 1))
    missing=$(why_not "$name")
    if [ -n "$missing" ]; then
        echo "ok $n - $name # SKIP $missing"
        continue
    fi
    mkdir "$tmp/$name"
    if (cd "$tmp/$name" && $name) >"$tmp/log" 2>&1; then
        echo "ok $n - $name"
    else
        sed 's/^/# /' "$tmp/log"
        echo "not ok $n - $name"
        bad=1
    fi
done
echo "1..$n"
exit $bad
