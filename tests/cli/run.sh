#!/usr/bin/env bash
# Tests of the command line; prints TAP.
#
#     tests/cli/run.sh POLICYC [NAME...]
#
# A test is a function test_NAME that returns 0; what it prints is shown when it fails.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
case $# in
0) echo "usage: $0 POLICYC [NAME...]" >&2; exit 2 ;;
esac
program=$1
[ ! -d "$program" ] || program=$program/policyc # a build directory
policyc=$(command -v "$program") || { echo "$0: no program $program" >&2; exit 2; }
case $policyc in /*) ;; *) policyc=$PWD/$policyc ;; esac
shift
only="$*"

export POLICYC_LIBRARY=$root/stdlib-policies
programs=$root/stdlib-policies/programs
unset NO_COLOR
tmp=$(mktemp -d) || exit 2
trap 'chmod -R u+w "$tmp"; rm -rf "$tmp"' EXIT
number=0
failed=0

# --- what tests are made of ------------------------------------------------------------------------

# status WANTED COMMAND...: runs it, keeps out and err, compares the exit status.
status() {
    local wanted=$1 got
    shift
    "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$wanted" ] && return 0
    echo "exit status $got instead of $wanted: $*"
    head -5 out err
    return 1
}

# says FILE PATTERN
says() {
    grep -q -- "$2" "$1" && return 0
    echo "$1 does not say: $2"
    head -5 "$1"
    return 1
}

empty() {
    [ -z "$(ls -A "$1")" ] && return 0
    echo "left in $1:"
    ls -lA "$1"
    return 1
}

lines() {
    [ "$(wc -l <"$1")" -eq "$2" ] && return 0
    echo "$1 has $(wc -l <"$1") lines instead of $2"
    cat "$1"
    return 1
}

json() {
    python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$1" 2>&1 && return 0
    head -5 "$1"
    return 1
}

good() {
    cat >good.pol <<'POL'
module good:
import:
    riscv
type:
    data Colour = Int
metadata:
    A, B Colour merge all
policy:
    main = storeGrp(val == [+A] -> fail "an A")
         ^ storeGrp(val == [+(B c)], mem == [+(B d)] | c != d -> fail "other colour")
         ^ storeGrp(-> mem = val)
         ^ loadGrp(-> res = mem)
         ^ aluGrp(-> res = {B new})
         ^ branchGrp(op1 == [-A] -> allow)
require:
    init ISA.RISCV.Env {}
    init ISA.RISCV.Reg.Default {}
    init ISA.RISCV.Reg.a0 {A}
    init SOC.Memory.Ram {B 7}
POL
}

bad() {
    printf 'module bad:\npolicy:\n    main = nowhere(-> allow) ^ elsewhere(-> allow)\n' >bad.pol
}

# --- help ------------------------------------------------------------------------------------------

commands="compile check eval difftest fmt verify tag version help test explain"
trace_commands="print stat check convert"

test_help() {
    local c
    status 0 "$policyc" --help && says out Commands && says out 'Exit status' || return 1
    status 0 "$policyc" -h || return 1
    status 0 "$policyc" help && cmp -s out <("$policyc" --help) || return 1
    for c in $commands; do
        status 0 "$policyc" "$c" --help && says out "policyc $c" && says out 'Exit status' || return 1
        status 0 "$policyc" "$c" -h || return 1
        status 0 "$policyc" help "$c" && says out "policyc $c" || return 1
        [ ! -s err ] || return 1
    done
    for c in $trace_commands; do
        status 0 "$policyc" trace "$c" --help && says out "policyc trace $c" || return 1
        status 0 "$policyc" help trace "$c" && says out "policyc trace $c" || return 1
    done
    status 0 "$policyc" trace --help && says out 'trace convert' || return 1
    ! "$policyc" compile --help | awk 'length > 80 || / $/' | grep .
}

# sarif FILE: a SARIF log with the two unknown policies of bad.pol.
sarif() {
    python3 - "$1" <<'P'
import json, sys
log = json.load(open(sys.argv[1]))
assert log["version"] == "2.1.0" and "sarif" in log["$schema"]
run, = log["runs"]
rules = {r["id"] for r in run["tool"]["driver"]["rules"]}
assert run["tool"]["driver"]["name"] == "policyc" and "unknown-name" in rules
found = [r for r in run["results"] if r["ruleId"] == "unknown-name"]
assert len(found) == 2 and {r["ruleId"] for r in run["results"]} <= rules, run["results"]
place = found[0]["locations"][0]["physicalLocation"]
assert found[0]["level"] == "error" and place["artifactLocation"]["uri"].endswith("bad.pol"), found
assert place["region"]["startLine"] == 3, place
P
}
test_sarif() {
    bad
    status 1 "$policyc" check --format=sarif bad.pol && sarif out || return 1
    status 1 "$policyc" compile --format=sarif bad.pol -o o && sarif err || return 1
    status 1 "$policyc" eval --format=sarif bad.pol && sarif err || return 1
    status 2 "$policyc" explain --format=sarif bad.pol
}

test_version() {
    status 0 "$policyc" version && says out '^policyc ' && cp out a || return 1
    status 0 "$policyc" --version && cmp a out
}

test_usage() {
    status 2 "$policyc" && says err Commands || return 1
    status 2 "$policyc" complie && says err 'did you mean `compile`' || return 1
    status 2 "$policyc" zzzzzzzz && says err 'there is no command' || return 1
    status 2 "$policyc" compile && says err usage || return 1
    status 2 "$policyc" compile a b && says err 'too many arguments' || return 1
    status 2 "$policyc" compile --layuot=dag x.pol && says err 'did you mean `--layout`' || return 1
    status 2 "$policyc" compile -z x.pol && says err 'no option -z' || return 1
    status 2 "$policyc" compile --layout && says err 'needs a value' || return 1
    status 2 "$policyc" compile --layout=tall x.pol && says err 'auto|dense|dag' || return 1
    status 2 "$policyc" compile --stats=yes x.pol && says err 'takes text|json' || return 1
    status 2 "$policyc" difftest --seed=x --random=5 x.pol || return 1
    status 2 "$policyc" trace && says err 'second word' || return 1
    status 2 "$policyc" trace prnt && says err prnt || return 1
    status 2 "$policyc" --nonsense && says err nonsense || return 1
    status 2 "$policyc" --generate=pdf
}

# --- generated files -------------------------------------------------------------------------------

test_generate() {
    local c
    status 0 "$policyc" --generate=man && cp out policyc.1 || return 1
    for c in $commands "trace print" "trace check"; do
        says policyc.1 "SS \"policyc $c " || return 1
    done
    says policyc.1 'EXIT STATUS' || return 1
    if command -v man >/dev/null; then
        MANROFFOPT=-ww man --warnings -l policyc.1 >/dev/null 2>warnings
        [ ! -s warnings ] || { cat warnings; return 1; }
    fi
    cmp policyc.1 "$root/docs/man/policyc.1" || { echo "docs/man/policyc.1 is out of date"; return 1; }
    status 0 "$policyc" --generate=bash && bash -n out || return 1
    bash -c 'source ./out
        complete() { COMP_WORDS=(policyc "$@"); COMP_CWORD=$#; _policyc; echo "${COMPREPLY[*]}"; }
        compopt() { :; }
        complete ev; complete trace c; complete compile --lay; complete compile --layout = d' >got 2>&1
    printf 'eval\ncheck convert\n--layout=\ndense dag\n' | diff - got || return 1
    status 0 "$policyc" --generate=zsh || return 1
    if command -v zsh >/dev/null; then zsh -n out; fi
}

# --- compile ---------------------------------------------------------------------------------------

test_compile() {
    good
    status 0 "$policyc" compile good.pol -o o || return 1
    [ "$(ls -A o | tr '\n' ' ')" = "good.json good.prt good_monitor.c good_monitor.h " ] || { ls -A o; return 1; }
    json o/good.json || return 1
    status 0 "$policyc" compile --emit=ir good.pol -o only || return 1
    [ "$(ls -A only)" = good.ir ] || return 1
    status 0 "$policyc" compile --stats good.pol -o o && says out bits || return 1
    [ "$(stat -c %a o/good.prt)" = "$(printf '%o' $((0666 & ~$(umask))))" ]
}

test_deterministic() {
    good
    status 0 "$policyc" compile --emit=prt,monitor,json,ir good.pol -o one || return 1
    mkdir -p far/away && cp good.pol far/away/ || return 1
    (cd far/away && LC_ALL=C TZ=Asia/Tokyo "$policyc" compile --emit=ir,json,monitor,prt good.pol -o ../../two) || return 1
    diff -r one two || return 1
    status 0 "$policyc" compile "$root/stdlib-policies/main.pol" -o three || return 1
    status 0 "$policyc" compile "$root/stdlib-policies/main.pol" -o four && diff -r three four
}

test_compile_errors() {
    bad
    mkdir o
    status 1 "$policyc" compile bad.pol -o o && says err 'error\[' && empty o || return 1
    status 1 "$policyc" compile bad.pol -o new && [ ! -e new ] || return 1
    status 2 "$policyc" compile none.pol -o o && says err 'No such file' && empty o || return 1
    status 2 "$policyc" compile . -o o && empty o || return 1
    good
    status 2 "$policyc" compile --emit=prt,svg good.pol -o o && says err 'svg' && empty o || return 1
    status 2 "$policyc" compile --emit= good.pol -o o && empty o || return 1
    status 2 "$policyc" compile --isa=rv128 good.pol -o o && empty o || return 1
    status 2 "$policyc" compile --granule=3 good.pol -o o && empty o || return 1
    status 1 "$policyc" compile --policy=nothing good.pol -o o && empty o || return 1
    status 2 "$policyc" compile --allow=nothing good.pol -o o && empty o || return 1
    status 0 "$policyc" compile good.pol -o p && status 2 "$policyc" compile p/good.prt -o o && empty o
}

# An old result stays if the new one cannot be made.
test_all_or_nothing() {
    good
    mkdir o
    (ulimit -f 8; "$policyc" compile "$root/stdlib-policies/main.pol" -o o) >out 2>err </dev/null
    [ $? -eq 2 ] || { echo "exit status with a file size limit"; cat err; return 1; }
    says err 'large' && empty o || return 1
    echo old >o/good.prt
    mkdir o/good.json
    touch o/good.json/in-the-way
    status 2 "$policyc" compile good.pol -o o && says err good.json || return 1
    rm -r o/good.json
    [ -z "$(find o -name '.*' -type f)" ] && [ ! -e o/good_monitor.c ] && [ ! -e o/good_monitor.h ] || { ls -A o; return 1; }
    touch file
    status 2 "$policyc" compile good.pol -o file && says err file || return 1
    status 2 "$policyc" compile good.pol -o no/such/folder || return 1
    if [ "$(id -u)" -ne 0 ]; then
        mkdir closed && chmod a-w closed
        status 2 "$policyc" compile good.pol -o closed || return 1
    fi
    mkdir full
    if mount -t tmpfs -o size=16k none full 2>/dev/null; then
        "$policyc" compile "$root/stdlib-policies/main.pol" -o full >out 2>err
        local code=$?
        ls -A full >left
        umount full
        [ $code -eq 2 ] && says err 'space' && [ ! -s left ] || { echo "full disk: $code"; cat left err; return 1; }
    fi
}

# The files of an earlier run are as before if a later one fails, and no other file is left beside them.
kept() {
    local f
    for f in "${@:2}"; do
        [ "$(cat "$1/$f")" = "keep $f" ] || { echo "$1/$f is lost"; ls -lA "$1"; return 1; }
    done
    [ "$(find "$1" -mindepth 1 ! -type d | wc -l)" -eq $(($# - 1)) ] && return 0
    ls -lA "$1"
    return 1
}

test_keeps_old_files() {
    good
    local f old="good.prt good_monitor.c good_monitor.h"
    mkdir o p
    for f in $old; do echo "keep $f" | tee o/$f >p/$f; done
    mkdir o/good.json
    status 2 "$policyc" compile good.pol -o o && says err good.json && kept o $old || return 1
    # A file that cannot be replaced, after others have been.
    echo "keep good.ir" >p/good.ir
    touch other
    if mount --bind other p/good.ir 2>/dev/null; then
        "$policyc" compile --emit=prt,monitor,ir good.pol -o p >out 2>err
        local code=$?
        umount p/good.ir
        [ $code -eq 2 ] && says err good.ir && kept p $old good.ir || { echo "exit status $code"; return 1; }
    fi
    rm -r o/good.json
    ln -s ../other o/good.json
    status 0 "$policyc" compile good.pol -o o && json o/good.json && [ ! -L o/good.json ] && [ ! -s other ] || return 1
    [ "$(ls -A o | wc -l)" -eq 4 ]
}

# An interrupt ends the program as usual and leaves nothing behind.
test_interrupt() {
    good
    local signal code
    mkdir t
    printf '#!/bin/sh\ntouch "$0.started"\nsleep 1\n' >slow
    chmod +x slow
    for signal in INT TERM; do
        rm -f slow.started
        # Shells start background commands with SIGINT ignored.
        CC=$PWD/slow TMPDIR=$PWD/t python3 - "$policyc" $signal <<'PY' || return 1
import os, signal, subprocess, sys, time
wanted = getattr(signal, "SIG" + sys.argv[2])
program = subprocess.Popen([sys.argv[1], "difftest", "good.pol"],
                           preexec_fn=lambda: signal.signal(wanted, signal.SIG_DFL))
while not os.path.exists("slow.started"):
    time.sleep(0.02)
assert os.listdir("t"), "no temporary folder"
program.send_signal(wanted)
assert program.wait() == -wanted, program.returncode
PY
        empty t || return 1
    done
}

test_full_output() {
    good
    local c
    for c in "help" "version" "compile --stats good.pol -o o" "trace print $programs/attack-clean.trace" \
        "trace stat $programs/attack-clean.trace" "trace convert --to=binary $programs/attack-clean.trace" \
        "difftest good.pol"; do
        "$policyc" $c >/dev/full 2>err </dev/null
        [ $? -eq 2 ] || { echo "$c: exit status with a full disk"; cat err; return 1; }
        says err 'writ\|space' || return 1
    done
    echo 'add' | "$policyc" eval good.pol >/dev/full 2>err
    [ $? -eq 2 ]
}

test_json_diagnostics() {
    bad
    good
    status 1 "$policyc" compile --format=json bad.pol -o o && json err && says err '"code"' || return 1
    status 0 "$policyc" check --format=json good.pol && json out || return 1
    status 1 "$policyc" check --format json bad.pol && json out
}

# A mnemonic stands for one word; only groups have cases that can differ.
test_eval_help() {
    status 0 "$policyc" eval --help || return 1
    tr -s ' \n' ' ' <out >text
    says text 'A mnemonic stands for its representative word' && ! grep -q 'cases of a mnemonic' text
}

test_check() {
    bad
    good
    local fragment=(--allow=no-rule --allow=fresh-wrap)
    status 0 "$policyc" check "${fragment[@]}" good.pol && [ ! -s err ] || return 1
    status 1 "$policyc" check bad.pol || return 1
    status 0 "$policyc" check "$root/stdlib-policies/riscv.pol" || return 1
    sed 's/A, B Colour/Unused, A, B Colour/' good.pol >w.pol && sed -i 's/module good/module w/' w.pol
    status 0 "$policyc" check w.pol && says err 'warning\[unused-tag\]' || return 1
    status 1 "$policyc" check "${fragment[@]}" --werror w.pol || return 1
    status 0 "$policyc" check "${fragment[@]}" --allow=unused-tag w.pol && [ ! -s err ]
}

test_library() {
    cp "$root/stdlib-policies/rwx.pol" my.pol && sed -i 's/^module rwx/module my/' my.pol
    (unset POLICYC_LIBRARY; status 0 "$policyc" check --library="$root/stdlib-policies" my.pol) || return 1
    (unset POLICYC_LIBRARY; status 0 "$policyc" check -I "$root/stdlib-policies" my.pol) || return 1
    POLICYC_LIBRARY=/nowhere status 1 "$policyc" check my.pol || return 1
    mkdir -p tree/bin && cp "$policyc" tree/bin/policyc && ln -s "$root/stdlib-policies" tree/stdlib-policies
    (unset POLICYC_LIBRARY; status 0 tree/bin/policyc check my.pol)
}

test_colour() {
    bad
    status 1 "$policyc" check bad.pol && ! grep -q $'\033' err || return 1
    command -v script >/dev/null || return 0
    TERM=xterm script -qec "$policyc check bad.pol" /dev/null >out </dev/null
    says out $'\033' || return 1
    TERM=xterm NO_COLOR=1 script -qec "$policyc check bad.pol" /dev/null >out </dev/null
    ! grep -q $'\033' out
}

# --- eval ------------------------------------------------------------------------------------------

answers() {
    "$policyc" eval "$@" <ops >out 2>err
    code=$?
}

test_eval() {
    good
    local engine
    cat >ops <<'OPS'
# a comment

sw op2={A}
sw op2={B 3} mem={B 4}          # and another
sw op2={B 4} mem={B 4}
lw mem={A}
lw mem={A} rd={B 1}
add
add
beq op1={A}
loadGrp mem={A}
0x00c5a023 op2={good.A}
csrrw
0xffffffff
OPS
    cat >wanted <<'OUT'
fail explicit good.pol:9:12 "an A"
fail explicit good.pol:10:12 "other colour"
allow env={} rd=- csr=- mem={B 4}
allow env={} rd={A} csr=- mem={A}
allow env={} rd={A} csr=- mem={A}
allow env={} rd={B 0} csr=- mem=-
allow env={} rd={B 0} csr=- mem=-
fail implicit
allow env={} rd={A} csr=- mem={A}
fail explicit good.pol:9:12 "an A"
fail implicit
fail implicit
OUT
    for engine in source table monitor; do
        answers --engine $engine good.pol
        [ $code -eq 0 ] && diff wanted out || { echo "engine $engine: $code"; cat err; return 1; }
    done
    status 0 "$policyc" compile good.pol -o o && answers o/good.prt && diff wanted out || return 1
    status 0 "$policyc" eval good.pol --operands=ops && diff wanted out || return 1
    printf 'add\nadd\n' >ops
    answers --state good.pol
    printf 'allow env={} rd={B 0} csr=- mem=-\nallow env={} rd={B 1} csr=- mem=-\n' | diff - out
}

# Every line that is not blank has one line of answer, whatever is on it.
test_eval_bad_lines() {
    good
    local engine
    cat >ops <<'OPS'
add
nonsense op1={}
add op1={Nothing}
add op1={A
add op1={} op1={}
add op9={}
add mem={A}
add op1={B}
add op1={B 99999999999}
0x13 garbage
fadd.q
storeGrp val={} op2={}
memWriteGrp
add
OPS
    printf 'add \001\377\n' >>ops
    head -c 70000 /dev/zero | tr '\0' x >>ops
    printf '\nadd\0{}\nadd' >>ops
    for engine in source table; do
        answers --engine $engine good.pol
        [ $code -eq 2 ] || { echo "exit status $code"; return 1; }
        lines out 18 || return 1
        [ "$(grep -c '^error ' out)" -eq 15 ] || { cut -c 1-200 out; return 1; }
        [ "$(grep -c '^policyc: error: line ' err)" -eq 15 ] || return 1
        says err 'line 2:' && says err 'line 15:' || return 1
        [ "$(sed -n '1p;14p;18p' out | sort -u)" = "allow env={} rd={B 0} csr=- mem=-" ] || return 1
    done
    says out 'memWriteGrp'
}

test_eval_cases_differ() {
    printf 'module g:\nimport:\n    riscv\nmetadata:\n    A\npolicy:\n    main = allGrp(code == [+A] -> fail "no") ^ writesRdGrp(-> res = {A}) ^ allGrp(-> allow)\n' >g.pol
    printf 'allGrp code={A}\nallGrp\nwritesRdGrp\n' >ops
    answers g.pol
    [ $code -eq 2 ] && lines out 3 || { cat out err; return 1; }
    sed -n 1p out >first && says first 'fail explicit' || return 1
    sed -n 2p out >second && says second '^error .*different answers: .*lw.*rd={A}.*; .*sw.*rd=-'
}

test_eval_unencodable() {
    printf 'module u:\nimport:\n    riscv\nmetadata:\n    A, B\npolicy:\n    main = loadGrp(-> res = mem) ^ storeGrp(-> mem = val)\nrequire:\n    init SOC.Ram {A}\n    init ISA.RISCV.CSR.Default {B}\n' >u.pol
    printf 'lw mem={A}\nlw mem={A, B}\nsw op2={B}\nsw env={A}\nlw mem={} rd={A}\n' >ops
    answers --engine table u.pol
    [ $code -eq 0 ] || { echo "exit status $code"; cat err; return 1; }
    printf '%s\n' 'allow env={} rd={A} csr=- mem={A}' 'error unencodable mem' 'error unencodable op2' \
        'error unencodable env' 'allow env={} rd={} csr=- mem={}' | diff - out || return 1
    answers --engine table --universe=all u.pol
    ! grep -q unencodable out
}

test_eval_input() {
    good
    status 2 "$policyc" eval none.pol || return 1
    status 2 "$policyc" eval good.pol --operands=none && says err none || return 1
    status 2 "$policyc" eval good.pol --operands=. || return 1
    status 2 "$policyc" eval good.pol --engine=magic || return 1
    status 0 "$policyc" compile good.pol -o o || return 1
    status 2 "$policyc" eval o/good.prt --engine=source && says err 'table' || return 1
    head -c 200 o/good.prt >short.prt
    status 2 "$policyc" eval short.prt || return 1
    printf 'POLPRT\r\n' >tiny.prt
    status 2 "$policyc" eval tiny.prt || return 1
    bad
    status 1 "$policyc" eval bad.pol
}

# --- rule tables -----------------------------------------------------------------------------------

# Every damaged byte is found by every command that reads a table.
test_damaged_table() {
    good
    status 0 "$policyc" compile good.pol -o o || return 1
    local size at
    size=$(stat -c %s o/good.prt)
    for at in $(seq 0 $((size / 61)) $((size - 1))); do
        cp o/good.prt d.prt
        printf '\xa5' | dd of=d.prt bs=1 seek="$at" conv=notrunc status=none
        cmp -s o/good.prt d.prt && continue
        "$policyc" eval d.prt </dev/null >out 2>err
        [ $? -eq 2 ] || [ "$at" -lt 8 ] || { echo "byte $at"; return 1; }
    done
    status 2 "$policyc" verify d.prt good.pol
}

test_verify() {
    good
    status 0 "$policyc" compile good.pol -o o || return 1
    status 0 "$policyc" verify o/good.prt good.pol && says out 'is the policy' || return 1
    sed 's/op1 == \[-A\]/op1 == [+A]/' good.pol >other.pol
    sed -i 's/^module good/module other/' other.pol
    status 1 "$policyc" verify o/good.prt other.pol && says out 'is not the policy' || return 1
    status 2 "$policyc" verify good.pol good.pol || return 1
    status 2 "$policyc" verify none.prt good.pol || return 1
    bad
    status 1 "$policyc" verify o/good.prt bad.pol || return 1
    status 0 "$policyc" compile --isa=rv32imac_zicsr --granule=1 --layout=dag good.pol -o p || return 1
    status 0 "$policyc" verify p/good.prt good.pol
}

# Options that say something else than the table are refused, those that say the same are fine.
test_table_options() {
    good
    status 0 "$policyc" compile good.pol -o o || return 1
    status 0 "$policyc" compile --isa=rv32imac_zicsr --granule=2 good.pol -o n || return 1
    local isa=rv64imafdc_zicsr_zifencei command
    for command in "verify o/good.prt good.pol" "eval o/good.prt" "tag $programs/attack-clean.elf --policy=o/good.prt"; do
        status 2 "$policyc" $command --isa=rv32imac && says err '--isa=rv32imac' && says err $isa || return 1
        status 2 "$policyc" $command --granule=4 && says err 'granules of 8' || return 1
        status 2 "$policyc" $command --loaded-code=on && says err 'loaded-code' || return 1
    done
    status 2 "$policyc" eval n/good.prt --isa=rv64i && says err rv32 || return 1
    status 2 "$policyc" eval n/good.prt --isa=nonsense && says err nonsense || return 1
    status 0 "$policyc" eval n/good.prt --isa=rv32imac_zicsr --granule=2 --loaded-code=off || return 1
    status 0 "$policyc" verify o/good.prt good.pol --isa=$isa --granule=8
}

# --- difftest --------------------------------------------------------------------------------------

test_difftest() {
    good
    status 0 "$policyc" difftest good.pol && says out '^exhaustive: .*source, table, monitor' && says out 'agree' || return 1
    says out 'pairs: \([0-9]*\) reached of \1$' || return 1
    status 0 "$policyc" difftest --random=2000 good.pol && says out '^random: ' || return 1
    sed 's/, [0-9]* steps.s$//' out >a
    status 0 "$policyc" difftest --random=2000 --seed=1 good.pol && sed 's/, [0-9]* steps.s$//' out | diff a - || return 1
    status 0 "$policyc" difftest --engines=source,table --exhaustive good.pol || return 1
    status 2 "$policyc" difftest --engines=table good.pol || return 1
    status 2 "$policyc" difftest --engines=table,magic good.pol || return 1
    status 2 "$policyc" difftest --random=5 --exhaustive good.pol || return 1
    status 2 "$policyc" difftest --random=many good.pol || return 1
    bad
    status 1 "$policyc" difftest bad.pol || return 1
    status 0 "$policyc" compile good.pol -o o && status 2 "$policyc" difftest o/good.prt
}

test_difftest_trace() {
    "$policyc" tag "$programs/attack-overflow.elf" --policy "$root/stdlib-policies/heap.pol" \
        --entities "$programs/entities.json" -o image.json || return 1
    status 0 "$policyc" difftest "$root/stdlib-policies/heap.pol" --trace "$programs/attack-overflow.trace" \
        --image image.json && says out '^trace: ' && says out '1 explicit' || return 1
    says out 'pairs: [1-9][0-9]* reached of [1-9]' || return 1
    status 2 "$policyc" difftest "$root/stdlib-policies/heap.pol" --trace none.trace
}

# Pairs are those of the run alone: one load reaches one.
test_difftest_trace_pairs() {
    good
    printf 'pol-trace 1\nisa rv64imac_zicsr\ntag mem 0x100+16 {}\n0x100 0x00053503 mem 0x108\n' >t.txt
    status 0 "$policyc" difftest good.pol --trace=t.txt && says out 'pairs: 1 reached of [1-9]' || return 1
    tail -n 1 t.txt >>t.txt
    status 0 "$policyc" difftest good.pol --trace=t.txt && says out 'pairs: 1 reached of [1-9]' || return 1
    printf '0x100 0x00b50533\n' >>t.txt
    status 0 "$policyc" difftest --engines=table,source good.pol --trace=t.txt && says out 'pairs: 2 reached of [1-9]'
}

# What is wrong with a trace is said with its name, and its header is compared as by `trace check`.
test_difftest_bad_trace() {
    good
    local head='pol-trace 1\nisa rv32imac_zicsr\ngranule 2\n'
    printf "$head"'tag mem 0x100+8 {}\n0x100 0x00a52023 mem 0x104\n' >t.txt
    status 2 "$policyc" difftest good.pol --trace=t.txt --granule=4 && says err 't.txt: .*granules of 2' || return 1
    status 2 "$policyc" difftest good.pol --trace=t.txt --isa=rv64imac && says err 't.txt: .*rv32' || return 1
    printf "$head"'tag mem 0x100+8 {A\n' >t.txt
    status 2 "$policyc" difftest good.pol --trace=t.txt && says err 't.txt:4: malformed tag set' || return 1
    printf "$head"'tag mem 0x100+8 {Nothing}\n' >t.txt
    status 2 "$policyc" difftest good.pol --trace=t.txt && says err 't.txt: .*Nothing' || return 1
    head -c 1000 "$programs/attack-clean.trace" >cut.trace
    status 2 "$policyc" difftest good.pol --trace=cut.trace && says err 'cut.trace: at byte'
}

# A difference is told in names and messages: a C compiler that makes the monitor's failures implicit.
test_difftest_difference() {
    good
    cat >wrong <<'SH'
#!/bin/sh
for word; do
    case $word in *_monitor.c) sed -i 's/d->cause = CAUSE_RULE;/d->cause = CAUSE_NO_RULE;/' "$word" ;; esac
done
exec cc "$@"
SH
    chmod +x wrong
    CC=$PWD/wrong status 1 "$policyc" difftest good.pol && says out 'source and monitor differ in verdict' || return 1
    says out '1 failed: good.main at good.pol:9:12: an A' && says out '1 failed: good.main at .*: no rule matches' || return 1
    ! grep 'decider [0-9]\|cause [0-9]' out
}

# The monitor's folder is removed, and a compiler that fails is told about.
test_difftest_compiler() {
    good
    mkdir t
    TMPDIR=$PWD/t status 0 "$policyc" difftest good.pol && empty t || return 1
    CC=/bin/false TMPDIR=$PWD/t status 2 "$policyc" difftest good.pol && says err /bin/false && empty t || return 1
    CC=/no/compiler TMPDIR=$PWD/t status 2 "$policyc" difftest good.pol && says err /no/compiler && empty t || return 1
    TMPDIR=/no/folder status 2 "$policyc" difftest good.pol
}

# --- tag -------------------------------------------------------------------------------------------

tagged() {
    "$policyc" tag "$programs/attack-clean.elf" --policy "$root/stdlib-policies/$1" --entities "$2" -o "$3" >out 2>err
}

test_tag() {
    tagged main.pol "$programs/entities.json" a.json && json a.json || { cat err; return 1; }
    status 0 "$policyc" compile "$root/stdlib-policies/main.pol" -o o || return 1
    status 0 "$policyc" tag "$programs/attack-clean.elf" --policy o/main.prt --entities "$programs/entities.json" &&
        cmp a.json out || return 1
    says a.json '"{Rd, Ex}"' && says a.json '"fine"' || return 1
    status 0 "$policyc" trace check o/main.prt "$programs/attack-clean.trace" --image a.json
}

test_tag_errors() {
    local heap=$root/stdlib-policies/heap.pol elf=$programs/attack-clean.elf
    status 2 "$policyc" tag "$elf" && says err -- --policy || return 1
    status 2 "$policyc" tag "$elf" --policy "$heap" && says err 'requires the entity' || return 1
    grep -v heap.New "$programs/entities.json" >map.json
    status 2 "$policyc" tag "$elf" --policy "$heap" --entities map.json -o i.json && says err heap.New &&
        says err map.json && [ ! -e i.json ] && [ ! -e i.json.part ] || return 1
    sed 's/pol_heap_new/no_such_symbol/' "$programs/entities.json" >map.json
    status 2 "$policyc" tag "$elf" --policy "$heap" --entities map.json && says err no_such_symbol || return 1
    sed 's/"part": "whole"/"part": "half"/' "$programs/entities.json" >map.json
    status 2 "$policyc" tag "$elf" --policy "$heap" --entities map.json && says err part || return 1
    echo '{"format": "pol-entities", ' >map.json
    status 2 "$policyc" tag "$elf" --policy "$heap" --entities map.json && says err 'map.json:' || return 1
    status 2 "$policyc" tag "$elf" --policy "$heap" --entities none.json || return 1
    status 2 "$policyc" tag none.elf --policy "$heap" --entities "$programs/entities.json" || return 1
    status 2 "$policyc" tag "$heap" --policy "$heap" --entities "$programs/entities.json" && says err 'ELF' || return 1
    head -c 700 "$elf" >cut.elf
    "$policyc" tag cut.elf --policy "$heap" --entities "$programs/entities.json" >out 2>err
    [ $? -lt 128 ] || return 1
    status 2 "$policyc" tag "$elf" --isa=rv32imac --policy "$heap" --entities "$programs/entities.json" && says err 64 || return 1
    status 2 "$policyc" tag "$elf" --policy "$heap" --entities "$programs/entities.json" -o no/folder/i.json || return 1
    bad
    status 1 "$policyc" tag "$elf" --policy bad.pol
}

# The map of the shipped programs has the members that its JSON Schema wants, and no others.
test_entities_schema() {
    command -v jq >/dev/null || return 0
    cat >fits.jq <<'JQ'
def fits($s): # the words of JSON Schema that the schema uses
    . as $v
    | if $s["$ref"] then fits($schema[0]["$defs"][$s["$ref"] | ltrimstr("#/$defs/")])
      else
        (if $s | has("const") then $v == $s.const else true end)
        and (if $s.enum then $s.enum | index([$v]) != null else true end)
        and (if $s.type == "integer" then ($v | type) == "number" and ($v | floor) == $v
             elif $s.type then ($v | type) == $s.type else true end)
        and (if $s.minimum then $v >= $s.minimum else true end)
        and (if $s.minLength then ($v | length) >= $s.minLength else true end)
        and (if $s.pattern then $v | test($s.pattern) else true end)
        and (if $s.oneOf then ([$s.oneOf[] | . as $one | $v | select(fits($one))] | length) == 1 else true end)
        and (if $s.items then all($v[]; fits($s.items)) else true end)
        and (if $s.required then $v as $o | all($s.required[]; . as $key | $o | has($key)) else true end)
        and (if $s.additionalProperties == false then ($v | keys) - ($s.properties | keys) == [] else true end)
        and (if $s.properties then all($v | to_entries[]; .key as $key | .value | fits($s.properties[$key] // {}))
             else true end)
      end;
fits($schema[0])
JQ
    fits() { [ "$(jq --slurpfile schema "$root/docs/formats/entities.schema.json" -f fits.jq "$1")" = "$2" ] || { echo "$1: not $2"; return 1; }; }
    fits "$programs/entities.json" true || return 1
    local wrong
    for wrong in '.version = 2' 'del(.format)' '.more = 1' '.entities[0].kind = "rang"' 'del(.entities[0].size)' \
        '.entities[0].start = "8k"' '.entities[6].part = "half"' '.entities[6].symbol = 3' '.entities[4].size = "1"'; do
        jq "$wrong" "$programs/entities.json" >wrong.json && fits wrong.json false || return 1
        status 2 "$policyc" tag "$programs/attack-clean.elf" --policy "$root/stdlib-policies/heap.pol" --entities wrong.json || return 1
    done
}

# Every policy that is shipped can tag a program that is shipped.
test_tag_shipped() {
    local policy
    for policy in cfi heap main rwx stack taint; do
        status 0 "$policyc" tag "$programs/work.elf" --policy "$root/stdlib-policies/$policy.pol" \
            --entities "$programs/entities.json" -o $policy.json || return 1
    done
}

# --- traces ----------------------------------------------------------------------------------------

test_trace_convert() {
    status 0 "$policyc" trace convert "$programs/attack-clean.trace" -o a.txt && says a.txt '^pol-trace 1' || return 1
    status 0 "$policyc" trace convert a.txt -o b.trace || return 1
    status 0 "$policyc" trace convert b.trace && cmp out a.txt || return 1
    status 0 "$policyc" trace convert --to=text a.txt && cmp out a.txt || return 1
    status 0 "$policyc" trace print b.trace && says out '# lw\|# ld' || return 1
    sed 's/ *#.*//' out >c.txt
    cmp a.txt c.txt || return 1
    status 2 "$policyc" trace convert a.txt -o no/folder/x || return 1
    status 0 "$policyc" trace stat b.trace && says out "^instructions  *$(grep -c ^0x a.txt)\$"
}

# Everything up to the damage, and a bad exit status.
test_trace_damaged() {
    head -c 1000 "$programs/attack-clean.trace" >cut.trace
    local c
    for c in print stat convert; do
        status 2 "$policyc" trace $c cut.trace && says err cut.trace || return 1
    done
    "$policyc" trace convert "$programs/attack-clean.trace" -o a.txt
    head -c 5000 a.txt >cut.txt
    status 2 "$policyc" trace print cut.txt && says err 'cut.txt:' || return 1
    [ "$(grep -c '^0x' out)" -gt 50 ] || return 1
    status 2 "$policyc" trace print none.trace || return 1
    echo 'no trace' >x && status 2 "$policyc" trace stat x || return 1
    status 2 "$policyc" trace check --continue "$root/stdlib-policies/rwx.pol" cut.txt
}

# expect_at STEP WHAT <TEXT: the text trace with an expectation for the instruction of that number, from 0.
expect_at() {
    awk -v step="$1" -v what="$2" '/^0x/ && n++ == step { print "expect " what } { print }'
}

test_trace_check() {
    local heap=$root/stdlib-policies/heap.pol trace=$programs/attack-overflow.trace elf=$programs/attack-overflow.elf
    local step
    "$policyc" tag "$elf" --policy "$heap" --entities "$programs/entities.json" -o i.json || return 1
    status 1 "$policyc" trace check "$heap" "$trace" --image i.json --elf "$elf" || return 1
    says out 'heap write out of bounds' && says out 'heap.pol:[0-9]*:[0-9]*:' && says out ' memWriteGrp(addr' &&
        says out '<[a-z].*>: s[bhwd] ' && says out '^  op1 .*Pointer' || return 1
    status 1 "$policyc" trace check "$heap" "$trace" --image i.json --format=json && lines out 1 && json out || return 1
    step=$(python3 -c 'import json; print(json.load(open("out"))["step"])')
    status 1 "$policyc" trace check --continue "$heap" "$trace" --image i.json && says out '[1-9][0-9]* unexpected' || return 1
    "$policyc" trace convert "$trace" -o t.txt || return 1
    expect_at "$step" 'fail "heap write out of bounds or after free"' <t.txt | head -n $((step + 30)) >e.txt
    status 0 "$policyc" trace check "$heap" e.txt --image i.json && says out '1 expectations met, 0 unexpected' || return 1
    expect_at "$step" allow <t.txt >f.txt
    status 1 "$policyc" trace check "$heap" f.txt --image i.json && says out 'expected: allow' || return 1
    expect_at 3 'fail implicit' <t.txt >g.txt
    status 1 "$policyc" trace check "$heap" g.txt --image i.json && says out '^step 3: allow' || return 1
    status 2 "$policyc" trace check "$heap" "$trace" --image none.json || return 1
    status 2 "$policyc" trace check "$heap" "$trace" --elf "$heap" || return 1
    status 2 "$policyc" trace check --isa=rv32imac "$heap" "$trace" && says err rv32
}

# Data that runs has no line in the source: the report says what jumped there.
test_trace_check_origin() {
    local rwx=$root/stdlib-policies/rwx.pol name=$programs/attack-execute-data
    status 0 "$policyc" tag "$name.elf" --policy "$rwx" --entities "$programs/entities.json" -o i.json || return 1
    status 1 "$policyc" trace check "$rwx" "$name.trace" --image i.json --elf "$name.elf" || return 1
    says out '^  reached from 0x[0-9a-f]* <code+0x[0-9a-f]*>: jal' && says out '^  program source .*attack.c:[0-9]*$' || return 1
    grep -A 1 '^  reached from' out | tail -n 1 >next && says next 'program source' || return 1
    status 1 "$policyc" trace check --continue "$rwx" "$name.trace" --image i.json --elf "$name.elf" || return 1
    [ "$(grep -c '^  reached from' out)" -eq "$(grep -c '^step [0-9]*: .*execute violation' out)" ] || return 1
    status 1 "$policyc" trace check "$rwx" "$name.trace" --image i.json && ! grep -q 'reached from' out
}

# The trace's own granule and width count for a source; without an image its registers have the policy's tags.
test_trace_adapts() {
    good
    printf 'pol-trace 1\nisa rv32imac_zicsr\ngranule 2\ntag mem 0x100+8 {}\nexpect fail "an A"\n0x100 0x00a52023 mem 0x104\n' >t.txt
    status 0 "$policyc" trace check good.pol t.txt && says out '1 expectations met' || return 1
    status 2 "$policyc" trace check --granule=4 good.pol t.txt && says err 'granules of 2' || return 1
    status 2 "$policyc" trace check --isa=rv64imac_zicsr good.pol t.txt && says err 'rv64' || return 1
    status 0 "$policyc" compile --isa=rv32imac_zicsr --granule=2 good.pol -o o || return 1
    status 0 "$policyc" trace check o/good.prt t.txt || return 1
    status 0 "$policyc" difftest good.pol --trace=t.txt && says out '1 explicit'
}

tunable() {
    cat >tunable.pol <<'END'
module tunable:
param:
    depth = 3
type:
    data Depth = Int (depth)
    data Part = enum { kernel, app }
    relation calls(Part, Part) = { (app, kernel) }
metadata:
    At Depth, In Part
group:
    grp jumps(->)
        jal
policy:
    main = jumps(env == [+(At d), +(In f)], code == [+(In t)] | d < depth - 1 && calls(f, t) -> env = {At (d + 1), In t})
         ^ jumps(-> fail "no")
require:
    init ISA.RISCV.Env {At 0, In kernel}
    init app.text {In app}
    init kernel.text {In kernel}
END
    echo '[["kernel", "app"], ["app", "app"]]' >calls.json
}

test_param() {
    tunable
    echo 'jal env={At 1, In app} code={In kernel}' >line
    status 0 "$policyc" eval --engine source --operands line tunable.pol && says out 'env={At 2, In kernel}' || return 1
    status 0 "$policyc" eval --engine source --operands line --param depth=2 tunable.pol && says out 'fail explicit' || return 1
    status 0 "$policyc" eval --engine source --operands line --param depth=2 --param=depth=0x10 tunable.pol || return 1
    status 1 "$policyc" check --param dept=2 tunable.pol && says err 'did you mean `depth`' || return 1
    status 1 "$policyc" check --param nowhere.depth=2 tunable.pol && says err 'no module `nowhere`' || return 1
    status 1 "$policyc" check --param depth=0 tunable.pol && says err 'gives `depth` the value 0' || return 1
    for bad in depth depth= =3 depth=x depth=-1 depth=3x depth=9223372036854775808; do
        status 2 "$policyc" check --param "$bad" tunable.pol && says err '--param=' || return 1
    done
    status 0 "$policyc" compile --emit=json -o a tunable.pol || return 1
    status 0 "$policyc" compile --emit=json -o b --param depth=4 tunable.pol || return 1
    status 0 "$policyc" compile --emit=json -o c --param depth=4 tunable.pol || return 1
    cmp b/tunable.json c/tunable.json || return 1
    ! cmp -s a/tunable.json b/tunable.json
}

test_relation() {
    tunable
    echo 'jal env={At 1, In kernel} code={In app}' >line
    status 0 "$policyc" eval --engine source --operands line tunable.pol && says out 'fail explicit' || return 1
    status 0 "$policyc" eval --engine source --operands line --relation calls=calls.json tunable.pol &&
        says out 'env={At 2, In app}' || return 1
    status 0 "$policyc" eval --engine source --operands line --relation tunable.calls=calls.json tunable.pol || return 1
    status 1 "$policyc" check --relation cals=calls.json tunable.pol && says err 'did you mean `calls`' || return 1
    status 1 "$policyc" check --relation calls=missing.json tunable.pol && says err 'missing.json' || return 1
    echo '[["kernel", "ap"]]' >calls.json
    status 1 "$policyc" check --relation calls=calls.json tunable.pol && says err 'calls.json:1:13' || return 1
    status 2 "$policyc" check --relation calls tunable.pol && says err 'NAME=FILE.json'
}

# --- the run ---------------------------------------------------------------------------------------

run_test() {
    local dir=$tmp/$1
    mkdir "$dir"
    number=$((number + 1))
    if (cd "$dir" && "test_$1" >"$dir/.log" 2>&1); then
        echo "ok $number - $1"
    else
        failed=$((failed + 1))
        echo "not ok $number - $1"
        sed 's/^/# /' "$dir/.log" | cut -c 1-300 | head -30
    fi
    rm -rf "$dir"
}

for test in $(sed -n 's/^test_\([a-z_]*\)() {$/\1/p' "$here/run.sh"); do
    case " $only " in "  " | *" $test "*) run_test "$test" ;; esac
done
echo "1..$number"
[ $failed -eq 0 ] && [ $number -gt 0 ]
