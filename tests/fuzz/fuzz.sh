#!/bin/bash
# Fuzzes every target with libFuzzer: tests/fuzz/fuzz.sh BUILD SECONDS [TARGET...].
# Everything is compiled again with clang, coverage and sanitizers, into BUILD/fuzzer.  Inputs that
# reach new code are kept in BUILD/fuzzer/TARGET.corpus, failures in BUILD/fuzzer/TARGET.found.
# Status 1 when there is a failure.
set -u
build=$1 seconds=$2
shift 2
cd "$(dirname "$0")/../.." || exit 2
. tests/fuzz/targets.sh
[ $# = 0 ] || targets=("$@")
export POLICYC_LIBRARY=$PWD/stdlib-policies
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
fuzzer=$build/fuzzer
mkdir -p "$fuzzer" || exit 2
sanitize=-fsanitize=address,undefined
make -s -j2 BUILD="$build" all || exit 2 # the compiler makes seeds
make -s -j2 BUILD="$fuzzer" CC=clang \
    CFLAGS="-O1 -g -fsanitize=fuzzer-no-link $sanitize -fno-sanitize-recover=all" \
    "$fuzzer/liblang.a" "$fuzzer/libpolc.a" "$fuzzer/libpolrt.a" || exit 2
bad=0
for target in "${targets[@]}"; do
    clang -std=c11 -D_POSIX_C_SOURCE=200809L -I. -Iruntime/include -g -O1 -Wall \
        -fsanitize=fuzzer $sanitize -fno-sanitize-recover=all -o "$fuzzer/$target" \
        "tests/fuzz/$target.c" tests/fuzz/lib/{scratch,tag}.c "$fuzzer"/libpolc.a "$fuzzer"/liblang.a \
        "$fuzzer"/libpolrt.a "${libraries[@]}" || exit 2
    mkdir -p "$fuzzer/$target.corpus" "$fuzzer/$target.found"
    seeds "$target" "$build" "$fuzzer/$target.seeds" || exit 2
    dictionary=()
    [ ! -f "tests/fuzz/$target.dict" ] || dictionary=(-dict="tests/fuzz/$target.dict")
    echo "fuzz: $target for $seconds s"
    if ! "$fuzzer/$target" "${dictionary[@]}" -max_total_time="$seconds" -timeout=30 \
        -rss_limit_mb=4096 -malloc_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
        -artifact_prefix="$fuzzer/$target.found/" "$fuzzer/$target.corpus" "$fuzzer/$target.seeds" \
        $(corpus "$target") \
        >"$fuzzer/$target.log" 2>&1; then
        bad=1
        echo "fuzz: $target FAILED: see $fuzzer/$target.log and $fuzzer/$target.found/"
        grep -E 'ERROR|SUMMARY|runtime error|: [a-z].*' "$fuzzer/$target.log" | tail -n 12
    fi
    grep -E 'stat::(number_of_executed_units|new_units_added|peak_rss_mb)' "$fuzzer/$target.log"
done
exit $bad
