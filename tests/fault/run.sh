#!/bin/bash
# tier: check
# Failing allocations and failing files: tests/fault/run.sh BUILD.
#
# A command that runs out of memory says so with status 70 (or 2: what it was about to read or write
# failed), leaves no file, and prints nothing but the start of its right output.  The same for files
# that cannot be written.
set -u
build=$(cd "$1" && pwd) || exit 2
cd "$(dirname "$0")/../.." || exit 2
policyc=$build/policyc
work=$(mktemp -d) || exit 2
trap 'cleanup' EXIT
export POLICYC_LIBRARY=$PWD/stdlib-policies
mounted=
cleanup() {
    [ -z "$mounted" ] || umount "$work/small"
    rm -rf "$work"
}
n=0
ok() {
    n=$((n + 1))
    echo "ok $n - $1"
}
not_ok() {
    n=$((n + 1))
    echo "not ok $n - $1"
    echo "# $2"
    [ ! -s "$work/err" ] || head -n 5 "$work/err" | cut -c 1-300 | sed 's/^/#   /'
}
case ${TIER:-check} in
quick) samples=12 ;;
check) samples=25 ;;
*) samples=1500 ;;
esac

# --- the inputs
programs=stdlib-policies/programs
mkdir "$work/in"
"$policyc" compile stdlib-policies/rwx.pol --emit prt -o "$work/in" || exit 2
mv "$work/in/rwx.prt" "$work/in/table.prt"
cp $programs/attack-clean.elf "$work/in/program.elf"
cp $programs/attack-clean.trace "$work/in/program.trace"
cp $programs/entities.json "$work/in/"
"$policyc" tag "$work/in/program.elf" --policy "$work/in/table.prt" \
    --entities "$work/in/entities.json" -o "$work/in/image.json" || exit 2
"$policyc" trace convert "$work/in/program.trace" -o "$work/in/program.txt" || exit 2
for ((i = 0; i < 40; i++)); do
    echo 'lw code={Ex} mem={Rd}'
    echo 'sw code={Ex} mem={}'
    echo '# a comment'
done >"$work/in/ops"

# --- programs whose allocations can fail
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -I. -Iruntime/include -g -O1)
nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_ &&
    flags+=(-fsanitize=address,undefined -fno-sanitize-recover=all)
wrapped=(-Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc -Wl,--wrap=free -Wl,--wrap=strdup
    -Wl,--wrap=getline -Wl,--wrap=open_memstream -Wl,--wrap=json_load_file)
archives=("$build/libpolc.a" "$build/liblang.a" "$build/libpolrt.a")
libraries=(-lcadical -lstdc++ -ljansson -lelf -ldw -lz -lzstd -ldl -lm)
faulty=$work/faulty
if ! ${CC:-cc} "${flags[@]}" "${wrapped[@]}" -rdynamic -o "$faulty" "$build"/obj/compiler/cli/*.o \
    tests/fault/alloc.c "${archives[@]}" "${libraries[@]}" >"$work/err" 2>&1; then
    not_ok "policyc with failing allocations builds" "it does not"
    exit 1
fi
if ${CC:-cc} "${flags[@]}" "${wrapped[@]}" -o "$work/library" tests/fault/library.c \
    tests/fault/alloc.c "${archives[@]}" "${libraries[@]}" >"$work/err" 2>&1; then
    "$work/library" "$work/in" >"$work/library.log" 2>"$work/err"
    status=$?
    while read -r line; do
        case $line in
        ok*) ok "library: ${line#* - }" ;;
        not*) not_ok "library: ${line#* - }" "see tests/fault/library.c" ;;
        '#'*) echo "$line" ;;
        esac
    done <"$work/library.log"
    [ $status = 0 ] || [ $status = 1 ] || not_ok "library: status" "$status"
else
    not_ok "library.c builds" "it does not"
fi

# --- failing allocations of commands

# Speeds differ from run to run.
tidy() {
    sed -i 's:, [0-9]* steps/s::' "$1"
}
# one AT MORE COMMAND...: why the run is wrong, or nothing.  $work/want and $work/files.want hold the
# output and the files of the command when all goes well.
one() {
    local at=$1 more=$2 status
    shift 2
    rm -rf "$work/out" && mkdir "$work/out"
    (
        export FAULT_AT=$at
        [ -z "$more" ] || export FAULT_MORE=1
        exec timeout -s KILL 60 "$@"
    ) >"$work/got" 2>"$work/err" </dev/null
    status=$?
    tidy "$work/got"
    if grep -aqE 'Sanitizer|runtime error' "$work/err"; then
        echo "sanitizer"
    elif [ $status = 0 ] || [ $status = "$want_status" ]; then
        # Survived: then nothing may be missing, but details in the report of a violation.
        cmp -s "$work/got" "$work/want" || {
            [ -n "$summary" ] && [ $status != 0 ] &&
                [ "$(head -n 1 "$work/got")" = "$(head -n 1 "$work/want")" ]
        } || echo "status $status, other output"
        diff -qr "$work/out" "$work/files.want" >/dev/null || echo "status $status, other files"
    elif [ $status != 70 ] && [ $status != 2 ]; then
        echo "status $status"
    elif [ ! -s "$work/err" ]; then
        echo "status $status without a message"
    elif [ -n "$(ls -A "$work/out")" ]; then
        echo "status $status, but files: $(ls -A "$work/out" | tr '\n' ' ')"
    elif [ -z "$summary" ] && ! cmp -s -n "$(wc -c <"$work/got")" "$work/got" "$work/want"; then
        echo "status $status, and output that is not the start of the right one"
    fi
}

# With summary=1 a command that fails may still say what it has done and found.
summary=
# failing NAME STATUS COMMAND...: COMMAND, whose status is STATUS when all goes well, with sampled
# allocations failing.
failing() {
    local name=$1 total at step wrong first='' bad=0 tries=0 more
    want_status=$2
    shift 2
    rm -rf "$work/out" "$work/files.want" && mkdir "$work/out"
    FAULT_TELL=$work/total "$@" >"$work/want" 2>"$work/err" </dev/null
    if [ $? != "$want_status" ]; then
        not_ok "$name" "fails without any fault"
        return
    fi
    tidy "$work/want"
    mv "$work/out" "$work/files.want"
    total=$(cat "$work/total")
    step=$(((total + samples - 1) / samples))
    for ((at = 1; at <= total; at += at < samples / 3 ? 1 : step)); do
        for more in '' 1; do
            wrong=$(one $at "$more" "$@")
            tries=$((tries + 1))
            [ -z "$wrong" ] || bad=$((bad + 1))
            [ -z "$wrong" ] || [ -n "$first" ] || {
                first="allocation $at${more:+ and all after it}: $wrong"
                cp "$work/err" "$work/first.err"
            }
        done
    done
    if [ $bad = 0 ]; then
        ok "$name: $tries faults among $total allocations"
    else
        cp "$work/first.err" "$work/err"
        not_ok "$name: $bad of $tries faults among $total allocations" "$first"
    fi
}
in=$work/in
failing "compile" 0 "$faulty" compile stdlib-policies/main.pol -o "$work/out"
failing "compile with errors" 1 "$faulty" compile tests/spec/c4-2-2-bad-spec.pol -o "$work/out"
failing "check" 0 "$faulty" check stdlib-policies/heap.pol
failing "eval, source" 0 "$faulty" eval stdlib-policies/rwx.pol --operands "$in/ops"
failing "eval, table" 0 "$faulty" eval "$in/table.prt" --operands "$in/ops"
summary=1
failing "trace check" 0 "$faulty" trace check "$in/table.prt" "$in/program.trace" --image "$in/image.json"
failing "trace check, a violation" 1 "$faulty" trace check "$in/table.prt" \
    $programs/attack-execute-data.trace --image "$in/image.json"
summary=
failing "trace stat" 0 "$faulty" trace stat "$in/program.trace"
failing "trace print" 0 "$faulty" trace print "$in/program.trace"
failing "trace convert" 0 "$faulty" trace convert "$in/program.txt" --to binary -o "$work/out/t"
failing "tag" 0 "$faulty" tag "$in/program.elf" --policy "$in/table.prt" \
    --entities "$in/entities.json" -o "$work/out/image.json"
summary=1
failing "test" 0 "$faulty" test --coverage tests/trial/gate.pol
summary=
failing "test, suggestions" 0 "$faulty" test --suggest --engines=source stdlib-policies/main.pol
failing "explain" 0 "$faulty" explain --format=json --why-not=allow --operands tests/explain/rules.lines \
    tests/explain/rules.pol
failing "verify" 0 "$faulty" verify "$in/table.prt" stdlib-policies/rwx.pol
failing "difftest" 0 "$faulty" difftest stdlib-policies/rwx.pol --engines source,table --random 500

# --- failing files

# refused NAME COMMAND...: status 2 and a message; no output files.
refused() {
    local name=$1 status
    shift
    rm -rf "$work/out" && mkdir "$work/out"
    timeout -s KILL 60 "$@" >"$work/got" 2>"$work/err" </dev/null
    status=$?
    if [ $status != 2 ]; then
        not_ok "$name" "status $status, not 2"
    elif [ ! -s "$work/err" ] || grep -aqE 'Sanitizer|runtime error' "$work/err"; then
        not_ok "$name" "without a message, or with a sanitizer's"
    elif [ -n "$(ls -A "$work/out")" ]; then
        not_ok "$name" "leaves $(ls -A "$work/out" | tr '\n' ' ')"
    else
        ok "$name"
    fi
}
# A device that is always full, of our own: a program that removes its output on errors must not
# take the system's.
full=$work/full
mknod "$full" c 1 7 2>/dev/null || full=/dev/full
kept() {
    if [ -c "$full" ]; then
        ok "$1: the device is still there"
    else
        not_ok "$1: the device is still there" "it has been removed"
        [ "$full" = /dev/full ] || mknod "$full" c 1 7
    fi
}
rwx=stdlib-policies/rwx.pol
tag=("$policyc" tag "$in/program.elf" --policy "$in/table.prt" --entities "$in/entities.json")
for command in "eval $in/table.prt --operands $in/ops" "trace print $in/program.trace" \
    "trace stat $in/program.trace" "trace check $in/table.prt $in/program.trace --image $in/image.json" \
    "trace convert $in/program.txt" "compile $rwx --stats -o $work/elsewhere" "help" "version" \
    "help compile" "--generate=man" "--generate=bash"; do
    refused "standard output is full: ${command%% *}" sh -c "$policyc $command >$full"
    refused "standard output is closed: ${command%% *}" sh -c "$policyc $command >&-"
done
refused "standard output is full: tag" sh -c "${tag[*]} >$full"
refused "standard output is closed: tag" sh -c "${tag[*]} >&-"
if [ "$full" != /dev/full ]; then # else it could be lost
    refused "tag -o to a full device" "${tag[@]}" -o "$full"
    kept "tag -o"
    refused "trace convert -o to a full device" "$policyc" trace convert "$in/program.txt" -o "$full"
    kept "trace convert -o"
fi
: >"$work/file"
refused "compile into a file" "$policyc" compile $rwx -o "$work/file"
refused "compile below a file" "$policyc" compile $rwx -o "$work/file/out"
refused "tag below a file" "${tag[@]}" -o "$work/file/image.json"
refused "tag into a folder" "${tag[@]}" -o "$work/in"
refused "trace convert below a file" "$policyc" trace convert "$in/program.txt" -o "$work/file/t"
refused "trace convert into a folder" "$policyc" trace convert "$in/program.txt" -o "$work/in"
mkdir -p "$work/taken/rwx_monitor.h/x"
refused "compile where a folder has a result's name" "$policyc" compile $rwx -o "$work/taken"
[ "$(ls -A "$work/taken")" = rwx_monitor.h ] && ok "and nothing else is left" ||
    not_ok "and nothing else is left" "$(ls -A "$work/taken" | tr '\n' ' ')"
cp "$in/program.txt" "$work/same.txt"
"$policyc" trace convert "$work/same.txt" --to text -o "$work/same.txt" 2>"$work/err"
cmp -s "$in/program.txt" "$work/same.txt" && ok "trace convert onto its own input" ||
    not_ok "trace convert onto its own input" "it is lost"
for limit in 1 8 16; do
    refused "compile with files of at most $limit blocks" \
        bash -c "ulimit -f $limit; exec $policyc compile stdlib-policies/main.pol -o $work/out"
done
refused "trace convert with files of at most 1 block" \
    bash -c "ulimit -f 1; exec $policyc trace convert $programs/work.trace --to text -o $work/out/t"
mkdir "$work/small"
if mount -t tmpfs -o size=16k tmpfs "$work/small" 2>/dev/null; then
    mounted=1
    refused "compile onto a full file system" "$policyc" compile stdlib-policies/main.pol -o "$work/small"
    [ -z "$(ls -A "$work/small")" ] && ok "and nothing is left there" ||
        not_ok "and nothing is left there" "$(ls -A "$work/small" | tr '\n' ' ')"
    refused "trace convert onto a full file system" "$policyc" trace convert $programs/work.trace \
        --to text -o "$work/small/t"
    [ -z "$(ls -A "$work/small")" ] && ok "and nothing is left there" ||
        not_ok "and nothing is left there" "$(ls -A "$work/small" | tr '\n' ' ')"
else
    ok "a full file system # SKIP cannot mount one"
fi

# --- pipes: short reads, and readers that go away
slow() {
    local size i
    size=$(wc -c <"$1")
    for ((i = 0; i < size; i += 997)); do
        tail -c +$((i + 1)) "$1" | head -c 997
    done
}
same() {
    cmp -s "$work/got" "$work/want" && ok "$1" || not_ok "$1" "another answer than from the file"
}
"$policyc" trace stat "$in/program.trace" >"$work/want" 2>"$work/err"
slow "$in/program.trace" | "$policyc" trace stat - >"$work/got" 2>"$work/err"
same "a trace in small pieces"
"$policyc" eval "$in/table.prt" --operands "$in/ops" >"$work/want" 2>"$work/err"
slow "$in/ops" | "$policyc" eval "$in/table.prt" >"$work/got" 2>"$work/err"
same "operand lines in small pieces"
"$policyc" trace check "$in/table.prt" "$in/program.trace" --image "$in/image.json" >"$work/want" 2>&1
mkfifo "$work/pipe"
slow "$in/table.prt" >"$work/pipe" &
"$policyc" trace check "$in/table.prt" "$in/program.trace" --image "$in/image.json" >"$work/got" 2>&1
cat "$work/pipe" >/dev/null
wait
same "trace check beside a pipe"
for ((i = 0; i < 5000; i++)); do cat "$in/ops"; done >"$work/many"
"$policyc" eval "$in/table.prt" --operands "$work/many" 2>"$work/err" | head -n 1 >/dev/null
status=${PIPESTATUS[0]}
case $status in 2 | 141) ok "a reader that goes away" ;; *) not_ok "a reader that goes away" "status $status" ;; esac
echo "1..$n"
