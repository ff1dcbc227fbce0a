#!/bin/bash
# The house rules that a machine can check: who may include whom, who may call whom, format, sizes.
set -u
build=$1
n=0
say() { # say STATUS NAME [DETAIL]
    n=$((n + 1))
    [ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/# /'
    if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}

# forbid FOLDER REGEX WHAT: no file of FOLDER includes a header that matches.
forbid() {
    local hits
    hits=$(grep -rnE "^#include [\"<]($2)" --include='*.c' --include='*.h' --include='*.y' \
        --include='*.l' "$1" 2>/dev/null)
    [ -z "$hits" ]
    say $? "$1 does not include $3" "$hits"
}
forbid lang 'compiler/|pol/|runtime/' 'compiler or runtime'
forbid runtime 'compiler/|lang/' 'compiler or lang'
forbid compiler/sema 'compiler/(ir|lower|interp|analysis|table|backend|cli)/' 'later passes'
forbid compiler/interp 'compiler/(ir|lower|analysis|table|backend|cli)/|pol/table' 'IR, table or monitor'
forbid compiler/ir 'compiler/(sema|interp|lower|analysis|table|backend|cli)/' 'model, table or backends'
forbid compiler/lower 'compiler/(interp|analysis|table|backend|cli)/' 'what comes after the IR'
forbid compiler/analysis 'compiler/(sema|interp|lower|table|backend|cli)/' 'model, table or backends'
forbid compiler/logic 'compiler/(sema|interp|lower|backend|cli|check|prove|compare)/' 'model, backends or what asks'
forbid compiler/check 'compiler/(interp|lower|backend|cli|prove|compare)/' 'interpreter, backends or command line'
forbid compiler/table 'compiler/(sema|interp|lower|backend|cli)/' 'model or backends'
forbid compiler/backend 'compiler/(sema|interp|lower|cli)/' 'model or command line'
forbid compiler/backend/monitor 'compiler/(analysis|table)/|pol/table' 'the table'
for b in hw sv rom harness; do
    forbid compiler/backend/$b 'compiler/(ir|analysis|table|target)/' 'anything but the bytes of a table'
done
forbid compiler/target 'compiler/(sema|lower|interp|verify|cli)/' 'model, proof or command line'
for f in ir analysis table backend verify; do
    forbid compiler/$f 'compiler/target/' 'targets'
done
forbid compiler/verify 'compiler/(table|analysis|sema|interp|backend|cli)/' \
    'what it checks, or model or interpreter'
forbid compiler/gen 'compiler/(cli|interp)/' 'command line or interpreter'
forbid compiler/trial 'compiler/(cli|interp|explain|backend)/' 'command line or interpreter'
forbid compiler/explain 'compiler/(cli|trial|backend|verify)/' 'command line, tests or backends'
forbid compiler/prove 'compiler/(cli|compare|explain|trial|backend|verify|lower)/' 'command line, tables or backends'
forbid compiler/compare 'compiler/(cli|explain|trial|backend|verify|lower)/' 'command line, tables or backends'
forbid runtime/table 'pol/(trace|machine|diff|image|report)' 'the machine'

# Symbols: the runtime library needs nothing of ours; lang needs nothing of compiler or runtime.
undefined() { nm -u "$1" 2>/dev/null | awk '/ U /{print $2}' | sort -u; }
defined() { nm "$1" 2>/dev/null | awk '$2 ~ /^[TDBRC]$/{print $3}' | sort -u; }
hits=$(comm -12 <(undefined "$build/libpolrt.a") <(cat <(defined "$build/liblang.a") \
    <(defined "$build/libpolc.a") | sort -u))
[ -z "$hits" ]
say $? 'libpolrt needs no symbol of lang or compiler' "$hits"
hits=$(comm -12 <(undefined "$build/liblang.a") <(cat <(defined "$build/libpolrt.a") \
    <(defined "$build/libpolc.a") | sort -u))
[ -z "$hits" ]
say $? 'liblang needs no symbol of runtime or compiler' "$hits"
hits=$(nm -D --defined-only "$build/libpolrt.so" | awk '{print $3}' | grep -vE '^(pol_|__|_)')
[ -z "$hits" ]
say $? 'libpolrt.so exports pol_ names only' "$hits"
hits=$(undefined "$build/libpolc.a" | grep -xE 'exit|printf|puts|putchar|perror')
[ -z "$hits" ]
say $? 'only the command line prints or exits' "$hits"
# The evaluator is freestanding: memory functions that a compiler may call on its own are all it needs.
hits=$(nm -u "$build/obj/runtime/table/eval.o" | awk '{print $2}' |
    grep -vE '^(memcpy|memset|memmove|memcmp|__asan.*|__ubsan.*|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail)$')
[ -z "$hits" ]
say $? 'the evaluator needs no library' "$hits"

files=$(git ls-files -co --exclude-standard '*.c' '*.h' | grep -v '^tests/.*/corpus/')
long=$(for f in $files; do [ -f "$f" ] && awk -v f="$f" 'END { if (NR > 800) print f, NR }' "$f"; done)
[ -z "$long" ]
say $? 'files are under 800 lines' "$long"
if command -v clang-format >/dev/null; then
    # shellcheck disable=SC2086
    hits=$(clang-format --dry-run -Werror $files 2>&1 | grep -E 'error:' | cut -d: -f1 | sort | uniq -c)
    [ -z "$hits" ]
    say $? 'clang-format changes nothing' "$hits"
else
    n=$((n + 1))
    echo "ok $n - clang-format changes nothing # SKIP clang-format is not installed"
fi
echo "1..$n"
