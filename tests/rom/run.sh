#!/bin/bash
# ROM images in the hands of others: SRecord reads the Intel HEX files, a C compiler the arrays, Icarus Verilog runs the unit from the $readmemh files.  What each makes of them is compared.
# tier: check
set -u
policyc=$(cd "$1" && pwd)/policyc
cd "$(dirname "$0")/../.." || exit 2
export POLICYC_LIBRARY=$PWD/stdlib-policies
heap=$PWD/stdlib-policies/heap.pol
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
ok() { # ok NAME STATUS
    n=$((n + 1))
    if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; fi
}
skip() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $2 is not installed"
}
"$policyc" compile "$heap" -o "$work" --emit=mem,mif,coe,ihex,c || exit 1
"$policyc" compile "$heap" -o "$work/cut" --emit=mem,ihex --split=16x4 || exit 1
rom=$work/heap_rom

# words FILE.mem: one a line, in decimal.
words() { sed 1d "$1" | while read -r word; do echo $((16#$word)); done; }

# hex_words BYTES: from a dump of single bytes, `BYTES` of them a word, lowest first.
hex_words() {
    awk -v size="$1" '{ for (i = 1; i <= NF; i++) { w += $i * 256 ^ k; if (++k == size) { print w; w = k = 0 } } }'
}
bytes() { # bytes FILE -FORMAT: all bytes in decimal
    srec_cat "$1" "$2" -o - -Binary | od -An -v -tu1
}

if command -v srec_cat >/dev/null; then
    status=0 seen=0
    for mem in "$rom"/*.mem "$work"/cut/heap_rom/*.mem; do
        width=$(sed -n '1s/.* words of \([0-9]*\) bits/\1/p' "$mem")
        bytes "${mem%.mem}.hex" -Intel | hex_words $(((width + 7) / 8)) | cmp -s - <(words "$mem") || status=1
        seen=$((seen + 1))
    done
    [ $seen -gt 30 ] || status=1
    ok 'Intel HEX, read by SRecord' $status
else
    skip 'images read by SRecord' srecord
fi

# The C arrays, printed by a program that knows nothing but their header.
cat >"$work/print.c" <<'E2'
#include <stdio.h>
#include "heap_rom.h"
int main(void)
{
    for (size_t i = 0; i < sizeof heap_roms / sizeof *heap_roms; i++)
        for (uint32_t k = 0; k < heap_roms[i].depth; k++) {
            const unsigned char *p = (const unsigned char *)heap_roms[i].data + k * heap_roms[i].word_size;
            unsigned long long word = heap_roms[i].word_size == 1   ? *p
                                      : heap_roms[i].word_size == 2 ? *(const uint16_t *)(const void *)p
                                      : heap_roms[i].word_size == 4 ? *(const uint32_t *)(const void *)p
                                                                   : *(const uint64_t *)(const void *)p;
            printf("%s %llu\n", heap_roms[i].name, word);
        }
    return 0;
}
E2
for cc in gcc clang; do
    command -v $cc >/dev/null || { skip "C arrays, $cc" $cc; continue; }
    $cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$rom" "$work/print.c" "$rom/heap_rom.c" -o "$work/print" &&
        "$work/print" | cmp -s - <(for name in $(jq -r '.[].image' "$rom/index.json"); do
            words "$rom/$name.mem" | sed "s/^/$name /"
        done)
    ok "C arrays, $cc" $?
done

# MIF and COE, read as their tools' manuals say.
python3 - "$rom" <<'E2'
import json, os, re, sys
rom = sys.argv[1]
def mem(name):
    with open(os.path.join(rom, name + ".mem")) as f:
        return [int(line, 16) for line in f if not line.startswith("//")]
def text(name, form):
    return open(os.path.join(rom, name + form)).read()
for image in json.load(open(os.path.join(rom, "index.json"))):
    name, want = image["image"], mem(image["image"])
    assert len(want) == image["depth"] and max(want) < 1 << image["width"], image
    mif = re.sub(r"--.*|%[^%]*%", "", text(name, ".mif"))
    head = dict(re.findall(r"(\w+)\s*=\s*(\w+)\s*;", mif))
    assert int(head["DEPTH"]) == image["depth"] and int(head["WIDTH"]) == image["width"], image
    assert head["ADDRESS_RADIX"] == head["DATA_RADIX"] == "HEX", head
    body = re.search(r"CONTENT\s+BEGIN(.*)END\s*;", mif, re.S).group(1)
    assert {int(a, 16): int(w, 16) for a, w in re.findall(r"(\w+)\s*:\s*(\w+)\s*;", body)} == dict(enumerate(want)), image
    coe = re.sub(r"^;.*", "", text(name, ".coe"), flags=re.M)
    radix = int(re.search(r"memory_initialization_radix\s*=\s*(\d+)\s*;", coe).group(1))
    vector = re.search(r"memory_initialization_vector\s*=([^;]*);", coe).group(1)
    assert [int(w, radix) for w in re.split(r"[\s,]+", vector.strip())] == want, image
E2
ok 'MIF and COE, read by their grammars' $?

# Banks put together are the memories.
python3 - "$rom" "$work/cut/heap_rom" <<'E2'
import json, os, sys
def words(path):
    with open(path) as f:
        return [int(line, 16) for line in f if not line.startswith("//")]
whole, cut = sys.argv[1:]
memories = {}
for bank in json.load(open(os.path.join(cut, "index.json"))):
    assert bank["width"] <= 4 and bank["depth"] <= 16, bank
    data = words(os.path.join(cut, bank["image"] + ".mem"))
    assert len(data) == bank["depth"], bank
    memory = memories.setdefault(bank["memory"], {})
    for i, word in enumerate(data):
        at = bank["row"] * 16 + i
        memory[at] = memory.get(at, 0) | word << (bank["column"] * 4)
for image in json.load(open(os.path.join(whole, "index.json"))):
    data = words(os.path.join(whole, image["image"] + ".mem"))
    assert [memories[image["memory"]][i] for i in range(len(data))] == data, image
E2
ok 'banks put together are the memories' $?

# The unit runs from the files, and not when one of them is another's.
real=$(command -v iverilog)
if [ -n "$real" ]; then
    mkdir "$work/bin"
    printf '#!/bin/bash\nexec %s -DPOL_ROM_FILES "$@"\n' "$real" >"$work/bin/iverilog"
    chmod +x "$work/bin/iverilog"
    run() { (cd "$rom" && PATH=$work/bin:$PATH "$policyc" difftest "$heap" --random 600 --engines table,icarus) >"$work/log" 2>&1; }
    run
    ok 'the unit runs from $readmemh files' $?
    action=$(ls "$rom"/*_action.mem)
    sed -i '3s/.*/0/' "$action"
    run
    [ $? = 1 ]
    ok 'a changed file is found' $?
else
    skip 'the unit runs from $readmemh files' iverilog
fi

# Bad requests.
refuse() { # refuse NAME TEXT ARG...
    local name=$1 text=$2
    shift 2
    ! "$policyc" compile "$heap" -o "$work/none" "$@" 2>"$work/err" && grep -q -- "$text" "$work/err" && [ ! -e "$work/none" ]
    ok "$name" $?
}
refuse 'a split of nothing' 'names none' --split=512x8
refuse 'a split of no size' 'WORDSxBITS' --emit=mem --split=512
refuse 'a split into too many banks' 'banks' --emit=mem --split=1x1
refuse 'an unknown form' 'is none of' --emit=srec
echo "1..$n"
