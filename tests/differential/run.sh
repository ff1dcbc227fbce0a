#!/bin/bash
# All engines agree, by policyc difftest: `tests/differential/run.sh BUILD [NAME...]`; prints TAP.
#
# Policies: the shipped ones, those of this folder and of tests/spec.  A policy runs over all inputs that its table
# tells apart where these are fewer than a million, else over random ones; and then at random with another seed, which
# must reach every reachable (rule, opclass) pair.  Random traces run through merging.pol at all granules, and the
# traces of tests/spec, of this folder and of the programs through their policies.  Policies of this folder and shipped ones
# run with --lanes=shared too, in check some of them.  TIER=quick: a few; check: every policy but those of tests/spec, of which an eighth, with one
# layout each, the shipped ones against the source with all; long: every policy with every layout and more steps.
#
# A policy of this folder may say, in comments at the beginning of a line:
#     // difftest: OPTION...       further options for policyc
#     // difftest: part            others compose it; it does not run by itself
#     // universe: REASON          not with --universe=all
#     // unreached: N REASON       at random, N pairs may remain that no input was found for
set -u
shopt -s nullglob
export LC_ALL=C
cd "$(dirname "$0")/../.." || exit 2
root=$PWD
build=$1
shift
only="$*"
tier=${TIER:-check}
case $build in /*) ;; *) build=$root/$build ;; esac
policyc=$build/policyc
export POLICYC_LIBRARY=$root/stdlib-policies
here=$root/tests/differential
[ -x "$policyc" ] || { echo "not ok 1 - $policyc is there"; exit 1; }
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT

case $tier in
quick) layouts=dag random=1000 seeds="1" ;;
check) layouts=rotate random=1500 seeds=1 ;;
*) layouts="dag dense all flat tcam fused fused-dag" random=100000 seeds="1 2 3 4 5 6 7 8 9 10" ;;
esac

# In check the monitor, which takes the longest to compile, runs once for each table: over all inputs or many.
twice=
[ "$tier" != check ] || twice='--engines source,table'

# --- jobs: one line each, `NAME|COMMAND|WHAT`; two run at a time -----------------------------------

# What must hold of the output: pairs N (at most N unreached, few inputs skipped), agree.
# one JOB: runs it and writes its verdict and its output.
one() {
    local name=${1%%|*} rest=${1#*|} status=0 at
    local command=${rest%|*} what=${rest##*|}
    at=$tmp/$BASHPID
    eval "$command" >"$at" 2>&1 || status=1
    grep -q '^all engines agree$' "$at" || status=1
    case $what in pairs*) pairs "${what#pairs }" "$at" || status=1 ;; esac
    {
        if [ $status = 0 ]; then echo "ok - $name"; else echo "not ok - $name"; fi
        [ $status = 0 ] || { echo "$command"; grep -v '^warning\|^ \|^note\|^hint\|^$' "$at"; grep ': ' "$at" | grep '^  [a-z(]'; } |
            tail -n 40 | sed 's/^/# /'
    } >"$2"
    rm -f "$at"
}

# pairs MISSING FILE: all but MISSING pairs were reached, and not every other input was refused.
pairs() {
    awk -v missing="$1" '
        /^[a-z]+: [0-9]+ steps/ { steps = $2 }
        /skipped:/ { skipped = $2 }
        /pairs: [0-9]+ reached of [0-9]+/ { found = 1; reached = $(NF - 3); of = $NF }
        END {
            if (!found || of - reached > missing) { print "pairs: " reached " of " of ", allowed to miss: " missing; exit 1 }
            if (skipped > steps && !missing) { print "skipped: " skipped " of " steps + skipped; exit 1 }
        }' "$2" >>"$2"
}

jobs=$tmp/jobs
job() { printf '%s\n' "$1|$2|$3" >>"$jobs"; }

wanted() {
    [ -n "$only" ] || return 0
    case " $only " in *" $1 "*) return 0 ;; esac
    return 1
}

count=0
layout_option() {
    case $1 in
    all) echo --universe=all ;;
    fused) echo --fuse ;;
    fused-*) echo "--fuse --layout=${1#fused-}" ;;
    *) echo "--layout=$1" ;;
    esac
}

# policy FILE: its jobs.
policy() {
    local file=$1 name options missing l list=$layouts engines=$twice
    [ -z "${2:-}" ] || engines= # it runs once
    name=$(basename "$file")
    wanted "${name%.*}" || return 0
    options=$(sed -n 's|^// difftest: ||p' "$file")
    missing=$(sed -n 's|^// unreached: \([0-9]*\).*|\1|p' "$file")
    case $options in part) return 0 ;; esac
    # There the global decides every beq, so that its component's rule for them is not reached.
    [ "$name" != dpl-25-tagset-save-restore.dpl ] || missing=1
    count=$((count + 1))
    [ "$list" != rotate ] || list=$(set -- dag dense all flat tcam fused; shift $((count % 6)); echo "$1")
    for l in $list; do
        if [ "$l" = all ] && grep -q '^// universe: ' "$file"; then
            [ "$layouts" = rotate ] || continue
            l=dense
        fi
        l=$(layout_option "$l")
        # Everything where that is possible; quick has the time for random ones only.
        [ "$tier" = quick ] || [ -n "${2:-}" ] ||
            job "$name $l: all inputs or many" "'$policyc' difftest $options $l '$file'" agree
        for s in $seeds; do
            job "$name $l: random, seed $s, all pairs" \
                "'$policyc' difftest $options $l $engines --random $random --seed $s '$file'" "pairs ${missing:-0}"
            [ -z "${2:-}" ] || break
        done
    done
}

# shared FILE: the jobs of a policy whose table has shared lanes.
shared() {
    local file=$1 name options missing s
    name=$(basename "$file")
    wanted "${name%.*}" || return 0
    options=$(sed -n 's|^// difftest: ||p' "$file")
    missing=$(sed -n 's|^// unreached: \([0-9]*\).*|\1|p' "$file")
    case $options in part) return 0 ;; esac
    [ "$tier" = quick ] || [ "$(prt_of "$options" separate "$file")" != "$(prt_of "$options" shared "$file")" ] || return 0
    [ "$tier" = quick ] ||
        job "$name, shared lanes: all inputs or many" "'$policyc' difftest $options --lanes=shared '$file'" agree
    for s in $seeds; do
        job "$name, shared lanes: random, seed $s, all pairs" \
            "'$policyc' difftest $options --lanes=shared $twice --random $random --seed $s '$file'" "pairs ${missing:-0}"
    done
}

# every_layout FILE: a shipped policy in each of them, against the source; the monitor runs elsewhere.
every_layout() {
    local l
    case $tier:$1 in quick:*/main.pol | check:*) ;; *) return 0 ;; esac
    wanted "$(basename "$1" .pol)" || return 0
    for l in dag dense flat tcam fused; do
        job "$(basename "$1") $l against the source" \
            "'$policyc' difftest --engines source,table $(layout_option $l) --random $random '$1'" "pairs 0"
    done
}

# prt_of OPTIONS LANES FILE: a digest of the table, so that policies without lanes to share run once.
prt_of() {
    rm -rf "$tmp/prt"
    eval "'$policyc' compile $1 --lanes=$2 -o '$tmp/prt' '$3'" >/dev/null 2>&1
    cat "$tmp"/prt/*.prt | cksum
}

# trace NAME GRANULE OPTIONS POLICY TRACE
trace() {
    job "$1" "'$policyc' difftest --granule=$2 $3 --trace '$5' '$4'" agree
}

compiles() { "$policyc" compile --emit=ir -o "$tmp/ir" "$1" >/dev/null 2>&1; }

spec_policies() {
    local file n=0
    cd "$root/tests/spec" || exit 2
    for file in *.pol *.dpl; do
        [ -e "${file%.*}.ops" ] || continue
        compiles "$file" || { job "$file compiles" "'$policyc' compile -o '$tmp/ir' '$file'" agree; continue; }
        n=$((n + 1))
        [ "$tier" != check ] || [ $((n % 8)) = 0 ] || continue
        policy "$root/tests/spec/$file" sampled
    done
    cd "$root" || exit 2
}

# NAME.trace runs through NAME.pol or NAME.dpl, from NAME.image if there is one.
written_traces() {
    local t stem file image
    for t in "$@"; do
        stem=${t%.trace}
        wanted "$(basename "$stem")" || continue
        file=$stem.pol
        [ -e "$file" ] || file=$stem.dpl
        image=
        [ ! -e "$stem.image" ] || image="--image '$stem.image'"
        trace "$(basename "$stem") trace" "$(sed -n 's/^granule //p' "$t")" "--loaded-code=off $image" "$file" "$t"
    done
}

random_traces() {
    local g s n=1000
    wanted merging || return 0
    [ "$tier" != long ] || n=100000
    for g in 1 2 4 8; do
        for s in $seeds; do
            awk -v seed="$s" -v n=$n -v granule=$g -f "$here/trace.awk" </dev/null >"$tmp/random-$g-$s.trace"
            trace "merging random trace, granule $g, seed $s" $g --universe=all "$here/merging.pol" "$tmp/random-$g-$s.trace"
        done
    done
}

# The recorded run of the demonstration program under the shipped policies, all of them in `long`.
program_traces() {
    local p programs=$POLICYC_LIBRARY/programs
    jq '.entities += [{entity: "cfi.JumpTarget", kind: "none"}, {entity: "stack.Context", kind: "none"}]' \
        "$programs/entities.json" >"$tmp/entities.json"
    for p in "$POLICYC_LIBRARY"/*.pol; do
        case $p in */riscv.pol) continue ;; esac
        wanted "$(basename "$p" .pol)" || continue
        [ "$tier" = long ] || case $p in */main.pol | */cfi.pol) ;; *) continue ;; esac
        job "$(basename "$p") on a recorded program" \
            "'$policyc' tag --policy '$p' --entities '$tmp/entities.json' -o '$tmp/$(basename "$p").image' \
             '$programs/work.elf' && '$policyc' difftest --image '$tmp/$(basename "$p").image' \
             --trace '$programs/work.trace' '$p'" agree
    done
}

: >"$jobs"
for file in "$here"/*.pol "$here"/*.dpl; do
    case $tier-$file in quick-*/lanes.pol | quick-*/laneset.pol) shared "$file" ;; esac
    [ "$tier" != quick ] || case $file in */zone.pol | */ztwo.pol | */unions.pol | */dropped.dpl) ;; *) continue ;; esac
    policy "$file"
    case $tier-$file in long-* | check-*/[l-r]*.pol) shared "$file" ;; esac
done
for file in "$POLICYC_LIBRARY"/*.pol; do
    case $file in */riscv.pol) continue ;; esac
    [ "$tier" != quick ] || case $file in */main.pol) ;; *) continue ;; esac
    policy "$file"
    every_layout "$file"
    [ "$tier" = quick ] || shared "$file"
done
random_traces
if [ "$tier" != quick ]; then
    spec_policies
    written_traces "$root"/tests/spec/*.trace "$here"/*.trace
    program_traces
fi

total=$(wc -l <"$jobs")
mkdir "$tmp/done"
half() {
    local i=0 line
    while IFS= read -r line; do
        i=$((i + 1))
        [ $((i % 2)) = "$1" ] && one "$line" "$tmp/done/$i"
    done <"$jobs"
}
half 0 &
half 1
wait
for ((i = 1; i <= total; i++)); do
    sed "s/^\(not \)\{0,1\}ok - /\1ok $i - /" "$tmp/done/$i"
done
echo "1..$total"
[ "$total" -gt 0 ] && ! grep -q '^not ok' "$tmp"/done/*
