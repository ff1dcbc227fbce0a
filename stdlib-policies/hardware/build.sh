#!/bin/bash
# Makes the simulated core of a rule table: build.sh BUILD TABLE.prt SV_DIR OUT [NAME=VALUE...]
#   BUILD   where libpolrt.a is      SV_DIR  what `policyc compile --emit=sv` wrote for the table
#   OUT     a folder for the program `replay` and what it is made of
#   NAME=VALUE  parameters of tag_core that do not follow from the table: GRANULES, PIPELINE, SEGMENTS, DEPTH
set -euo pipefail
build=$(realpath "$1") table=$(realpath "$2") sv=$(realpath "$3") out=$4
shift 4
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
mkdir -p "$out"

sanitize=()
if nm "$build/libpolrt.a" 2>/dev/null | grep __asan_init >/dev/null; then sanitize=(-fsanitize=address,undefined); fi
flags=(-std=c11 -O2 -g -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Werror "${sanitize[@]}" -I"$root/runtime/include" -I"$here")
libraries=(-ljansson -lelf -ldw -lz -lzstd -ldl -lm)
for c in layout parameters live segments load compare names replay; do
    ${CC:-cc} "${flags[@]}" -c -o "$out/$c.o" "$here/$c.c"
done
${CC:-cc} "${sanitize[@]}" -o "$out/parameters" "$out/parameters.o" "$out/layout.o" "$build/libpolrt.a" "${libraries[@]}"

# The table's widths, then what was given; core.cc gets those that it needs.
parameters=(GRANULES=2 PIPELINE=0 SEGMENTS=16 DEPTH=262144)
for p in "$@"; do parameters=("${parameters[@]/#${p%%=*}=*/$p}"); done
mapfile -t widths < <("$out/parameters" "$table")
defines=("-DTAG_BITS=${widths[0]#W=}")
for p in "${parameters[@]}"; do defines+=("-D$p"); done
printf '%s\n' "${widths[@]}" "${parameters[@]}" >"$out/parameters.txt"

mapfile -t unit < <(sed "s|^|$sv/|" "$sv/files.f")
cd "$out"
rm -f replay # what it is linked with is no file that the model's make knows
verilator --cc --exe --build --trace --trace-depth 2 --no-trace-params -j 1 -O3 -Wno-fatal -Wno-lint --top-module tag_core --Mdir model \
    -MAKEFLAGS "OPT_FAST=-O1 OPT_SLOW=-O0 OPT_GLOBAL=-O1" -CFLAGS "-I$here -I$root/runtime/include ${defines[*]}" \
    -LDFLAGS "$(printf '%s ' "$PWD"/{layout,live,segments,load,compare,names,replay}.o "$build/libpolrt.a" \
        "${sanitize[@]}" "${libraries[@]}")" \
    "${widths[@]/#/-G}" "${parameters[@]/#/-G}" -o "$PWD/replay" \
    "${unit[@]}" "$here"/tag_{operands,map,beat,store,core}.sv "$here/core.cc" >build.log 2>&1 ||
    { tail -n 30 build.log | cut -c1-400 >&2; exit 2; }
