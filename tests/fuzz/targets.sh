# What run.sh and fuzz.sh share; sourced at the root of the tree.  A target is tests/fuzz/TARGET.c.
# Its corpus: tests/fuzz/TARGET/ (small texts, and inputs that once failed), and what seeds() finds
# elsewhere.
targets=()
for file in tests/fuzz/*.c; do
    targets+=("$(basename "$file" .c)")
done
libraries=(-lcadical -lstdc++ -ljansson -lelf -ldw -lz -lzstd -ldl -lm)
table_seeds=(c4-7-3-union c4-8-2-exhaust c4-9-2-operators c4-11-2-nested c4-12-1-global
    c4-15-2-merging dpl-25-tagset-save-restore dpl-28-overlapping-groups std-heap)

# corpus TARGET: its folder, if it has one.
corpus() {
    [ ! -d "tests/fuzz/$1" ] || echo "tests/fuzz/$1"
}

# seeds TARGET BUILD FOLDER: fills FOLDER.  Rule tables are compiled, so that they follow the format.
seeds() {
    rm -rf "$3" && mkdir -p "$3" || return 1
    case $1 in
    elf) cp stdlib-policies/programs/attack-{clean,overflow}.elf "$3" ;;
    ir) cp tests/golden/ir/*.ir "$3" ;;
    parser) cp tests/golden/parse/*.pol tests/golden/parse/*.dpl stdlib-policies/rwx.pol "$3" ;;
    policy) cp tests/spec/*.pol tests/spec/*.dpl stdlib-policies/*.pol "$3" ;;
    table)
        local name
        for name in "${table_seeds[@]}"; do
            "$2/policyc" compile --library stdlib-policies --emit prt -o "$3" \
                tests/spec/"$name".[dp][po]l 2>/dev/null || return 1
        done
        ;;
    esac
}
