#!/bin/bash
# Replays the fuzz corpora, and mutations of them, without libFuzzer: tests/fuzz/run.sh BUILD.
# Built with the sanitizers when BUILD is.  TIER says how many mutations of each file.
set -u
build=$1
cd "$(dirname "$0")/../.." || exit 2
case ${TIER:-check} in
quick) mutations=5 ;;
check) mutations=30 ;;
*) mutations=3000 ;;
esac
. tests/fuzz/targets.sh
export POLICYC_LIBRARY=$PWD/stdlib-policies
flags=(-std=c11 -D_POSIX_C_SOURCE=200809L -I. -Iruntime/include -g -O1 -Wall -Wextra)
if nm "$build/libpolrt.a" 2>/dev/null | grep -q __asan_; then
    flags+=(-fsanitize=address,undefined -fno-sanitize-recover=all)
fi
mkdir -p "$build/fuzz"
n=0
echo "1..${#targets[@]}"
for target in "${targets[@]}"; do
    n=$((n + 1))
    program=$build/fuzz/$target
    some=$mutations
    [ "$target" != policy ] || some=$((mutations / 4)) # compiles twice each
    if ! ${CC:-cc} "${flags[@]}" -o "$program" "tests/fuzz/$target.c" tests/fuzz/lib/*.c \
        "$build"/libpolc.a "$build"/liblang.a "$build"/libpolrt.a \
        "${libraries[@]}" >"$program.log" 2>&1; then
        echo "not ok $n - $target does not build"
        sed 's/^/# /' "$program.log"
    elif ! seeds "$target" "$build" "$program.seeds"; then
        echo "not ok $n - $target: the seeds cannot be made"
    elif "$program" -m "$some" -t 60 -o "$program.crash" "$program.seeds" \
        $(corpus "$target") >"$program.log" 2>&1; then
        echo "ok $n - $target: $(tail -n 1 "$program.log")"
    else
        echo "not ok $n - $target"
        tail -n 40 "$program.log" | sed 's/^/# /'
    fi
done
