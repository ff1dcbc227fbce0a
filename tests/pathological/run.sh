#!/bin/bash
# tier: check
# Inputs of extreme shapes: each must end in time, within memory, with the status and message that
# is due: tests/pathological/run.sh BUILD.  What gen.sh makes is described there.
set -u
build=$(cd "$1" && pwd) || exit 2
cd "$(dirname "$0")/../.." || exit 2
policyc=$build/policyc
here=tests/pathological
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
export POLICYC_LIBRARY=$PWD/stdlib-policies
unset POLICYC_COLOR
seconds=120 memory=$((3 << 20)) # KiB; as good as none where addresses are reserved in bulk
sanitized=
nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_ && sanitized=1
[ -z "$sanitized" ] || memory=unlimited
n=0

ok() {
    n=$((n + 1))
    echo "ok $n - $1"
}
not_ok() {
    n=$((n + 1))
    echo "not ok $n - $1"
    echo "# $2"
    head -c 2000 "$work/log" | head -n 8 | sed 's/^/#   /'
}

# run COMMAND...: bounded; output into $work/log; sets status.
run() {
    (
        ulimit -v $memory
        exec timeout -s KILL $seconds "$@"
    ) >"$work/log" 2>&1 </dev/null
    status=$?
}
# try NAME STATUSES PATTERN COMMAND...: the status is one of the list, the output matches.
try() {
    local name=$1 statuses=$2 pattern=$3
    shift 3
    run "$@"
    case " $statuses " in
    *" $status "*) ;;
    *)
        not_ok "$name" "status $status, not $statuses"
        return
        ;;
    esac
    if grep -aqE 'Sanitizer|runtime error|internal error|Assertion' "$work/log"; then
        not_ok "$name" "reports an error of the program itself"
    elif [ -n "$pattern" ] && ! grep -aqE -- "$pattern" "$work/log"; then
        not_ok "$name" "no line matches $pattern"
    else
        ok "$name"
    fi
}
# shape FILE GENERATOR...
shape() {
    local file=$work/$1
    shift
    bash $here/gen.sh "$@" >"$file"
}
compile() {
    local name=$1 statuses=$2 pattern=$3 file=$4
    shift 4
    try "$name" "$statuses" "$pattern" "$policyc" compile "$work/$file" -o "$work/out" "$@"
}
# made NAME STATUSES PATTERN GENERATOR...: a generated policy, compiled.
made() {
    local name=$1 statuses=$2 pattern=$3
    shift 3
    shape made.pol "$@"
    compile "$name" "$statuses" "$pattern" made.pol
}

# user SECONDS of a command, in ms.
user_ms() {
    local TIMEFORMAT=%U t
    t=$({ time run "$@"; } 2>&1)
    echo $((10#${t//[.,]/}))
}
# growth NAME SMALL LARGE GENERATOR: ten times as much takes less than 40 times as long (a
# quadratic pass: 100 times); times under 30 ms count as 30.
growth() {
    local small large
    shape small.pol "$4" "$2"
    shape large.pol "$4" "$3"
    small=$(user_ms "$policyc" compile "$work/small.pol" -o "$work/out")
    large=$(user_ms "$policyc" compile "$work/large.pol" -o "$work/out")
    [ "$small" -ge 30 ] || small=30
    if [ "$large" -le $((small * 40)) ]; then
        ok "growth: $1"
    else
        not_ok "growth: $1" "$2: $small ms, $3: $large ms"
    fi
}

case ${TIER:-check} in
quick) big=1 few=5 ;;
check) big=10 few=25 ;;
*) big=10 few=200 ;;
esac
thousand=$((big * 100)) ten_thousand=$((big * 1000)) hundred_thousand=$((big * 10000))
million=$((big * 100000))

# --- files
: >"$work/empty.pol"
compile "empty file" 1 'unexpected end of file' empty.pol
mkdir "$work/folder.pol"
compile "folder" "1 2" 'Is a directory|cannot be read' folder.pol
compile "no such file" 2 'No such file|cannot be read' nosuch.pol
ln -s loop.pol "$work/loop.pol"
compile "a link to itself" 2 'symbolic links|cannot be read' loop.pol
try "endless file" "1 2" 'too large' "$policyc" compile /dev/zero -o "$work/out"
shape plain.pol plain
compile "a plain policy" 0 '' plain.pol
cp "$work/out/plain.prt" "$work/plain.prt"
cp "$work/plain.prt" "$work/first.prt"
compile "twice" 0 '' plain.pol
cmp -s "$work/out/plain.prt" "$work/first.prt" && ok "twice: the same bytes" ||
    not_ok "twice: the same bytes" "differ"
printf %s "$(cat "$work/plain.pol")" >"$work/made.pol"
compile "no newline at the end" 0 '' made.pol
sed 's/$/\r/' "$work/plain.pol" >"$work/made.pol"
compile "CRLF" 0 '' made.pol
{ printf '\357\273\277' && cat "$work/plain.pol"; } >"$work/made.pol"
compile "byte order mark" 0 '' made.pol
{ cat "$work/plain.pol" && printf '\0'; } >"$work/made.pol"
compile "NUL byte" 1 'nul-byte' made.pol
awk -v n=$hundred_thousand 'BEGIN { for (i = 0; i < n; i++) printf "%c", i * i % 251 + 1 }' >"$work/made.pol"
compile "noise" 1 'error\[' made.pol

# --- nesting
for what in policy guard not expression field pattern sum modify union; do
    made "$hundred_thousand deep: $what" 1 'too-deep' nest $what $hundred_thousand
done
made "$hundred_thousand deep: comment" 0 '' nest comment $hundred_thousand
made "$hundred_thousand deep: open comment" 1 'unterminated-comment' nest open-comment $hundred_thousand
made "$hundred_thousand comparisons in a row" "0 1" '' nest and $hundred_thousand
made "$hundred_thousand rules in a row" 0 '' nest first $hundred_thousand
for what in policy guard expression field sum union modify; do
    shape made.pol nest $what 400
    compile "400 deep: $what" 0 '' made.pol
done

# --- many
made "$ten_thousand rules" 0 '' rules $ten_thousand
made "$ten_thousand exclusive rules" 0 '' exclusive $ten_thousand
made "$thousand tags in unions" 0 '' tags $thousand
made "$((65535 * big / 10)) tags" 0 '' many_tags $((65535 * big / 10))
made "$ten_thousand groups" 0 '' groups $ten_thousand
made "a group of $hundred_thousand lines" 0 '' long_group $hundred_thousand
made "a chain of $ten_thousand policies" 0 '' chain $ten_thousand
growth "rules" $((thousand / 1)) $((thousand * 10)) rules
growth "exclusive rules" $((thousand / 1)) $((thousand * 10)) exclusive
growth "tags" $((thousand / 10)) $thousand tags
growth "groups" $thousand $((thousand * 10)) groups
growth "policies" $thousand $((thousand * 10)) chain

# --- what could explode
made "2^40 copies of a rule" 0 '' doubling 40 ^
made "2^40 components" 1 'two-owners' doubling 40 '&'
made "2^40 exclusive copies" 1 'error\[' doubling 40 '|'
made "a guard that needs 2^12 decisions" 0 '' knot 24
made "a guard that needs 2^30 decisions" 1 'decision nodes' knot 60
made "$thousand comparisons with ||" 0 '' or_chain $thousand
made "$hundred_thousand comparisons with ||" 1 'decision nodes|too many' or_chain $((hundred_thousand + 20000))

# --- modules
bash $here/gen.sh diamond 30 "$work/diamond"
try "diamonds of modules, 30 deep" 0 '' "$policyc" compile "$work/diamond/m.pol" -o "$work/out"
bash $here/gen.sh circle 1 "$work/self"
try "a module that imports itself" 1 'cyclic-import' "$policyc" compile "$work/self/c0.pol" -o "$work/out"
bash $here/gen.sh circle 50 "$work/circle"
try "a circle of 50 modules" 1 'cyclic-import' "$policyc" compile "$work/circle/c0.pol" -o "$work/out"
printf 'module m:\ngroup: grp g(RS1:a -> RD:c) add\npolicy: p = q ^ g(-> c = {})\nq = p\n' >"$work/made.pol"
compile "policies in a circle" 1 'recursive-policy' made.pol

# --- long words
made "a string of $million bytes" 0 '' long_string $((million / 2))
made "a tag of $hundred_thousand letters" 0 '' long_name $((hundred_thousand / 2))
made "an integer of $hundred_thousand digits" 1 'integer-overflow' integer "$(printf "%0${hundred_thousand}d" 0 | tr 0 9)"
made "an integer of $hundred_thousand zeros" 0 '' integer "0x$(printf "%0${hundred_thousand}d" 1)"
for value in 9223372036854775808 18446744073709551616 0xffffffffffffffffff; do
    made "integer $value" 1 'integer-overflow' integer $value
done
made "integer 4294967296" "0 1" '' integer 4294967296

# --- many errors
made "$ten_thousand errors" 1 'too-many-errors' errors $ten_thousand
run "$policyc" compile "$work/made.pol" -o "$work/out"
shown=$(grep -c '^error' "$work/log")
[ "$shown" -le 21 ] && ok "20 of them are shown" || not_ok "20 of them are shown" "$shown are"
made "$hundred_thousand line markers" 1 'f'$hundred_thousand markers $hundred_thousand

# --- truncated: at every place of a sample.  Never a table, an answer or an image without the
# status of a failure.
size=$(wc -c <"$work/plain.pol")
bad=0
for ((i = 0; i < few; i++)); do
    head -c $((size * i / few)) "$work/plain.pol" >"$work/made.pol"
    run "$policyc" check "$work/made.pol"
    case $status in 0 | 1) ;; *) bad=$((bad + 1)) ;; esac
done
[ $bad = 0 ] && ok "a policy cut $few times" || not_ok "a policy cut $few times" "$bad wrong statuses"
# cuts NAME FILE COMMAND...: the file's cut copy is $work/cut.
cuts() {
    local name=$1 file=$2 size i bad=0
    shift 2
    size=$(wc -c <"$file")
    for ((i = 1; i < few; i++)); do
        head -c $((size * i / few)) "$file" >"$work/cut"
        run "$@"
        if [ $status != 2 ] || grep -aqE 'Sanitizer|runtime error' "$work/log"; then
            bad=$((bad + 1))
        fi
    done
    [ $bad = 0 ] && ok "$name cut $few times" || not_ok "$name cut $few times" "$bad of them not seen"
}
programs=stdlib-policies/programs
"$policyc" compile stdlib-policies/rwx.pol -o "$work/rwx" >/dev/null 2>&1
table=$work/rwx/rwx.prt
"$policyc" tag $programs/attack-clean.elf --policy "$table" --entities $programs/entities.json \
    -o "$work/image.json" 2>/dev/null
try "a traced program" 0 '0 unexpected' "$policyc" trace check "$table" \
    $programs/attack-clean.trace --image "$work/image.json"
cuts "a table" "$table" "$policyc" eval "$work/cut"
cuts "a binary trace" $programs/attack-clean.trace "$policyc" trace stat "$work/cut"
cuts "an image" "$work/image.json" "$policyc" trace check "$table" $programs/attack-clean.trace \
    --image "$work/cut"
cuts "an entity map" $programs/entities.json "$policyc" tag $programs/attack-clean.elf \
    --policy "$table" --entities "$work/cut"
cuts "a program" $programs/attack-clean.elf "$policyc" tag "$work/cut" --policy "$table" \
    --entities $programs/entities.json

flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -I. -Iruntime/include -g -O1)
[ -z "$sanitized" ] || flags+=(-fsanitize=address,undefined -fno-sanitize-recover=all)
${CC:-cc} "${flags[@]}" -o "$work/damage" $here/damage.c "$build/libpolrt.a" -ljansson -lelf -ldw \
    -lz -lzstd >"$work/log" 2>&1 || not_ok "damage.c builds" "does not"
for name in c4-11-2-nested c4-12-1-global c4-8-2-exhaust; do
    "$policyc" compile tests/spec/$name.pol -o "$work/out" >/dev/null 2>&1
    try "a table with one thing wrong: $name" 0 '^1\.\.' "$work/damage" "$work/out/$name.prt"
done

# --- traces and operand lines
shape long.txt trace $million
try "a trace of $million lines" 0 "addi +$million" "$policyc" trace stat "$work/long.txt"
{ cat "$work/long.txt" && echo "0x1000 0xzz"; } >"$work/bad.txt"
try "and a bad last line" 2 "bad.txt:$((million + 3)): " "$policyc" trace stat "$work/bad.txt"
grep -aqE "addi +$million" "$work/log" && ok "all before it is counted" ||
    not_ok "all before it is counted" "it is not"
try "converted" 0 '' "$policyc" trace convert "$work/long.txt" -o "$work/long.trace"
try "and read" 0 "addi +$million" "$policyc" trace stat "$work/long.trace"
{ bash $here/gen.sh trace 2 && printf 'tag x1 {' && bash $here/gen.sh times $hundred_thousand A, && echo 'B}'; } \
    >"$work/made.txt"
try "a trace line of $hundred_thousand bytes" "0 2" '' "$policyc" trace stat "$work/made.txt"
printf 'lw code={' >"$work/ops" && bash $here/gen.sh times $million 'Ex, ' >>"$work/ops" && echo 'Ex}' >>"$work/ops"
try "an operand line of $million tags" 2 'stands twice' "$policyc" eval "$table" --operands "$work/ops"
printf 'lw code=' >"$work/ops" && bash $here/gen.sh times $million '{' >>"$work/ops"
try "an operand line of $million braces" 2 '^error' "$policyc" eval "$table" --operands "$work/ops"
printf 'lw code={Ex}\0\nlw code={Ex} mem={Rd}' >"$work/ops"
try "a NUL byte in an operand line" 2 '^error' "$policyc" eval "$table" --operands "$work/ops"
awk -v n=$hundred_thousand 'BEGIN { for (i = 0; i < n; i++) print "lw code={Ex} mem={Rd}" }' >"$work/ops"
try "$hundred_thousand operand lines" 0 'allow' "$policyc" eval "$table" --operands "$work/ops"
[ "$(grep -c '^allow' "$work/log")" = $hundred_thousand ] && ok "each has its answer" ||
    not_ok "each has its answer" "$(grep -c '^allow' "$work/log") have"

# --- JSON
nested() {
    awk -v n=$hundred_thousand 'BEGIN { for (i = 0; i < n; i++) printf "["; for (i = 0; i < n; i++) printf "]" }'
}
{ printf '{"pol-tag-image":' && nested && echo '}'; } >"$work/deep.json"
try "a deep image" 2 'error' "$policyc" trace check "$table" $programs/attack-clean.trace --image "$work/deep.json"
try "a deep entity map" 2 'error' "$policyc" tag $programs/attack-clean.elf --policy "$table" \
    --entities "$work/deep.json"
sed 's/"fine":\[/&["0x0",16777216],["0x1000000000",16777216],["0x2000000000",16777216],/' \
    "$work/image.json" >"$work/fine.json"
try "an image of very many fine pages" 2 'fine' "$policyc" trace check "$table" \
    $programs/attack-clean.trace --image "$work/fine.json"
echo "1..$n"
