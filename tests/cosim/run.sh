#!/bin/bash
# The emitted SystemVerilog in simulators, in lock-step with the other engines, through the command:
# the tag unit answers the same steps as table, monitor and source interpreter, and a unit that was
# changed behind the command's back is found out.
# tier: check
set -u
policyc=$1/policyc
cd "$(dirname "$0")/../.." || exit 2
policies=stdlib-policies
export POLICYC_LIBRARY=$PWD/stdlib-policies
programs=$policies/programs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
ok() { # ok NAME STATUS [LOG]
    n=$((n + 1))
    if [ "$2" = 0 ]; then echo "ok $n - $1"; else
        echo "not ok $n - $1"
        [ -z "${3:-}" ] || sed 's/^/# /' "$3"
    fi
}
for tool in verilator iverilog; do
    command -v $tool >/dev/null && continue
    echo "ok 1 - the unit in simulators # SKIP $tool is not installed"
    echo 1..1
    exit 0
done

# agree NAME ARG...: all engines agree over many steps, few of which were skipped.
agree() {
    local name=$1
    shift
    "$policyc" difftest "$@" >"$work/log" 2>&1 && grep -q '^all engines agree$' "$work/log" &&
        awk '/^[a-z]+: [0-9]+ steps through/ { steps = $2 } /skipped:/ { skipped = $2 }
            END { exit !(steps >= 500 && steps > skipped) }' "$work/log"
    ok "$name" $? "$work/log"
}
image() { # image PROGRAM: its tags under the composition
    "$policyc" tag "$programs/$1.elf" --policy $policies/main.pol --entities $programs/entities.json \
        -o "$work/$1.json"
}

# Every shipped policy, in its own layout and in a few others; long: in all of them.
layouts() {
    if [ "${TIER:-check}" = long ]; then
        echo dag dense flat tcam "auto --lanes=shared" "auto --fuse"
    else
        case $1 in
        rwx) echo tcam ;;
        taint) echo flat ;;
        main) echo "auto --fuse" ;;
        heap) echo auto ;;
        *) ;; # tests/rtl runs vectors through them
        esac
    fi
}
for p in rwx stack heap cfi taint loaded-code main; do
    while read -r layout; do
        # shellcheck disable=SC2086 # layout may be two options
        agree "$p, layout $layout, random steps" $policies/$p.pol --layout=$layout --rtl --random 4000
    done < <(layouts $p | sed 's/ \(auto\|dag\|dense\|flat\|tcam\)/\n\1/g')
done

# Fresh values, several granules, TagSet arguments, globals, bit fields: policies made for them.
features='fresh labels reports'
[ "${TIER:-check}" != long ] || features="$features merging nested globals bitty lanes relations"
for p in $features; do
    agree "$p, random steps" tests/differential/$p.pol --rtl --random 2000
done
agree "lanes, shared, random steps" tests/differential/lanes.pol --lanes=shared --rtl --random 2000

# A real program, and an attack on it.
image work
image attack-use-after-free
agree 'a recorded program' $policies/main.pol --trace $programs/work.trace \
    --image "$work/work.json" --engines table,verilator
agree 'an attack' $policies/main.pol --trace $programs/attack-use-after-free.trace \
    --image "$work/attack-use-after-free.json" --rtl

# Icarus, which knows x: a shorter run.
agree 'an attack in Icarus Verilog' $policies/main.pol --trace $programs/attack-use-after-free.trace \
    --image "$work/attack-use-after-free.json" --engines table,icarus
agree 'random steps in Icarus Verilog' $policies/heap.pol --random 600 --engines table,icarus
agree 'fresh values in Icarus Verilog' tests/differential/fresh.pol --random 600 --engines table,icarus

# A tool in the way changes the unit before it is compiled: the difference must be found.
real=$(command -v iverilog)
mkdir "$work/bin"
differs() { # differs NAME FILES EXPRESSION: sed's, on the first matching line of these files
    local name=$1
    cat >"$work/bin/iverilog" <<EOF
#!/bin/bash
list=\${!#}
cd "\$(dirname "\$list")" && sed -i '$3' $2
cd - >/dev/null
exec $real "\$@"
EOF
    chmod +x "$work/bin/iverilog"
    PATH=$work/bin:$PATH "$policyc" difftest $policies/heap.pol --random 3000 \
        --engines table,icarus >"$work/log" 2>&1
    [ $? = 1 ] && grep -q 'icarus' "$work/log"
    ok "$name is found" $? "$work/log"
}
differs 'another row in a memory' 'pol_rom_*_cells*.sv' 's/words\[\([0-9]*[13579]\)\] = .*/words[\1] = 0;/'
differs 'another verdict' 'pol_rom_*_action.sv' 's/words\[1\] = .*/words[1] = 0;/'
differs 'a swapped operand' pol_step.sv 's/\(assign op1_s[0-9]* = \)op1/\1op2/'

# A simulator that goes away is an error, not agreement.
gone() { # gone NAME SCRIPT: what stands for vvp
    printf '#!/bin/bash\n%s\n' "$2" >"$work/bin/vvp"
    chmod +x "$work/bin/vvp"
    rm -f "$work/bin/iverilog"
    PATH=$work/bin:$PATH "$policyc" difftest $policies/rwx.pol --random 600 \
        --engines table,icarus >"$work/log" 2>&1
    [ $? = 2 ] && grep -q 'simulator' "$work/log"
    ok "$1" $? "$work/log"
}
gone 'a simulator that does not start' 'exit 3'
gone 'a simulator that stops after some steps' "$(command -v vvp) \"\$@\" | sed -u 50q"
mkdir "$work/with space"
TMPDIR="$work/with space" agree 'a folder with a space in its name' $policies/rwx.pol --random 600 --engines table,icarus
echo "1..$n"
