#!/bin/bash
# Policies and traces of extreme shapes, on standard output: tests/pathological/gen.sh SHAPE [N...]
set -u
header() {
    echo "module m:
type: data I = Int
metadata: A, B I, C
group: grp g(RS1:a, RS2:b -> RD:c) add"
}
# times N TEXT
times() {
    awk -v n="$1" -v s="$2" 'BEGIN { for (i = 0; i < n; i++) printf "%s", s }'
}

# --- rules, tags, groups, modules

# N first-match rules over 31 tags.
rules() {
    awk -v n="$1" 'BEGIN {
        print "module m:\nmetadata:"
        for (i = 0; i < 31; i++) printf "    T%d%s\n", i, i < 30 ? "," : ""
        print "group:\n    grp g(RS1:a, RS2:b -> RD:c) add sub xor\npolicy:\n    p ="
        for (i = 0; i < n; i++)
            printf "    %s g(a == [+T%d, -T%d], b == [+T%d] -> c = {T%d})\n", i ? "^" : "", i % 31,
                (i + 1 + int(i / 31) % 30) % 31, int(i / 961) % 31, i * 7 % 31
        print "    ^ g(-> c = {})\nrequire:"
        for (i = 0; i < 31; i++) printf "    init ISA.RISCV.Reg.x%d {T%d}\n", i + 1, i
    }'
}
# N rules joined by `|`, each for other tags.
exclusive() {
    awk -v n="$1" 'BEGIN {
        print "module m:\nmetadata:"
        for (k = 0; k < 14; k++) printf "    T%d%s\n", k, k < 13 ? "," : ""
        print "group: grp g(RS1:a -> RD:c) add\npolicy: p ="
        for (i = 0; i < n; i++) {
            printf "%s g(a == [", i ? "|" : ""
            for (k = 0; k < 14; k++) printf "%s%sT%d", k ? ", " : "", int(i / 2 ^ k) % 2 ? "+" : "-", k
            printf "] -> c = {T%d})\n", i % 14
        }
        print "require: init ISA.RISCV.Reg.x1 {T1}"
    }'
}
# N tags, all independent, in N entities of memory; loads, stores and unions.
tags() {
    awk -v n="$1" 'BEGIN {
        print "module m:\nmetadata:"
        for (i = 0; i < n; i++) printf "    T%d%s\n", i, i < n - 1 ? "," : ""
        print "group:\n    grp l(RS1:p, MEM:m -> RD:c) lb lw\n    grp s(RS1:p, RS2:v, MEM:m -> MEM:o) sb sw"
        print "    grp a(RS1:x, RS2:y -> RD:z) add\npolicy:\n    p = a(-> z = x \\/ y)"
        print "      ^ l(m == [+T0] -> c = m) ^ l(-> c = m) ^ s(-> o = v \\/ m)\nrequire:"
        for (i = 0; i < n; i++)
            printf "    init soc.e%d {T%d, T%d}\n", i, i, (i * 7 + 3) % n == i ? (i + 1) % n : (i * 7 + 3) % n
    }'
}
# N tags, nearly all unused.
many_tags() {
    awk -v n="$1" 'BEGIN {
        print "module m:\nmetadata:"
        for (i = 0; i < n; i++) printf "T%d%s\n", i, i < n - 1 ? "," : ""
        print "group: grp g(RS1:a -> RD:c) add\npolicy: p = g(a == [+T1] -> c = {T2}) ^ g(-> c = a)"
        print "require: init ISA.RISCV.Reg.x1 {T1}"
    }'
}
groups() {
    awk -v n="$1" 'BEGIN {
        print "module m:\nmetadata: A\ngroup:"
        for (i = 0; i < n; i++) printf "grp g%d(RS1:a -> RD:c) add\n", i
        print "policy: p = g0(-> c = {})"
        for (i = 1; i < n; i++) printf "^ g%d(a == [A] -> c = {A})\n", i
    }'
}
# One group of N lines, with operand specifications.
long_group() {
    awk -v n="$1" 'BEGIN {
        print "module m:\nmetadata: A\ngroup: grp g(RS1:a -> RD:c)"
        for (i = 0; i < n; i++) printf "add x%d, x%d\n", i % 32, int(i / 32) % 32
        print "policy: p = g(-> c = {A})"
    }'
}
# p0, and p(i) = p(i-1) OP p(i-1): 2^N rules if written out.
doubling() {
    echo "module m:
metadata: A
group: grp g(RS1:a -> RD:c) add
policy:
p0 = g(a == [A] -> c = {A})"
    awk -v n="$1" -v op="$2" 'BEGIN {
        for (i = 1; i < n; i++) printf "p%d = p%d %s p%d\n", i, i - 1, op, i - 1
        printf "p = p%d %s p%d\n", n - 1, op, n - 1
    }'
}
chain() {
    echo "module m:
metadata: A
group: grp g(RS1:a -> RD:c) add
policy:
p0 = g(a == [A] -> c = {A})"
    awk -v n="$1" 'BEGIN {
        for (i = 1; i < n; i++) printf "p%d = g(a == [-A] -> c = {}) ^ p%d\n", i, i - 1
        printf "p = p%d\n", n - 1
    }'
}
# Module files into a folder: N levels of two modules, each importing both of the level below.
diamond() {
    local i s
    mkdir -p "$2"
    for ((i = 1; i <= $1; i++)); do
        for s in a b; do
            {
                echo "module $s$i:"
                [ "$i" = 1 ] || echo "import: a$((i - 1)) b$((i - 1))"
                echo "metadata: T$s$i"
            } >"$2/$s$i.pol"
        done
    done
    echo "module m: import: a$1 b$1
group: grp g(RS1:a -> RD:c) add
policy: p = g(-> c = {})" >"$2/m.pol"
}
# A circle of N modules.
circle() {
    local i
    mkdir -p "$2"
    for ((i = 0; i < $1; i++)); do
        echo "module c$i: import: c$(((i + 1) % $1))" >"$2/c$i.pol"
    done
}

# --- guards

# (v0 < 7 || ..) && (v0 < 7 && v(N/2) < 7 || ..): a bad order of variables for decision diagrams.
knot() {
    awk -v n="$1" 'BEGIN {
        print "module m: type: data I = Int\nmetadata:"
        for (i = 0; i < n; i++) printf "P%d I%s", i, i < n - 1 ? ", " : "\n"
        print "group: grp g(RS1:a, RS2:b -> RD:c) add\npolicy: p = g(a == ["
        for (i = 0; i < n; i++) printf "P%d v%d%s", i, i, i < n - 1 ? ", " : "] | ("
        for (i = 0; i < n; i++) printf "%s v%d < 7", i ? "||" : "", i
        printf ") && ("
        for (i = 0; i < n / 2; i++) printf "%s (v%d < 7 && v%d < 7)", i ? "||" : "", i, i + n / 2
        print ") -> c = {}) ^ g(-> c = a)\nrequire: init ISA.RISCV.Reg.x1 {"
        for (i = 0; i < n; i++) printf "P%d 1%s", i, i < n - 1 ? ", " : "}\n"
    }'
}
# N comparisons of one value, joined by ||.
or_chain() {
    header
    awk -v n="$1" 'BEGIN {
        print "policy: p = g(a == [B x] |"
        for (i = 0; i < n; i++) printf "%s x == %d\n", i ? "||" : "", i * 3
        print "-> c = a) ^ g(-> c = {})\nrequire: init ISA.RISCV.Reg.x1 {B 1}"
    }'
}

# --- nesting: what is nested, N deep

nest() {
    case $1 in
    comment) times "$2" "/*" && times "$2" "*/" ;;
    open-comment) times "$2" "/*" ;;
    esac
    header
    echo "policy: p ="
    case $1 in
    policy) times "$2" "(" && echo "g(-> c = {})" && times "$2" ")" ;;
    guard) echo "g(a == [B x] |" && times "$2" "(" && echo "x == 1" && times "$2" ")" && echo "-> c = {})" ;;
    not) echo "g(a == [B x] |" && times "$2" "!" && echo "(x == 1) -> c = {})" ;;
    expression) echo "g(-> c =" && times "$2" "(" && echo a && times "$2" ")" && echo ")" ;;
    field) echo "g(a == [B x] -> c = {B" && times "$2" "(" && echo x && times "$2" ")" && echo "})" ;;
    sum) echo "g(a == [B x] -> c = {B (x" && times "$2" " + 1" && echo ")})" ;;
    pattern) echo "g(a ==" && times "$2" "v@" && echo "_ -> c = {})" ;;
    modify) echo "g(-> c = a" && times "$2" "[-B]" && echo ")" ;;
    union) echo "g(-> c = a" && times "$2" ' \/ a' && echo ")" ;;
    and) echo "g(a == [B x] | x == 1" && times "$2" " && x == 1" && echo "-> c = a)" ;;
    first) echo "g(-> c = {})" && times "$2" " ^ g(-> c = {})" ;;
    comment | open-comment) echo "g(-> c = {})" ;;
    esac
}

# --- texts

errors() {
    header
    echo "policy: p = g(-> c = {})"
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "^ nosuch%d(-> c = {B%d})\n", i, i }'
}
plain() {
    header
    echo "policy: p = g(a == [A, C, B x] -> c = {A, B x}) ^ g(-> c = {C})"
    echo "require: init ISA.RISCV.Reg.x1 {A, B 3, C}"
}
long_string() {
    header
    echo "policy: p = g(-> c = {}) ^ g(-> fail \"$(times "$1" ab)\")"
}
long_name() {
    local name
    name=$(times "$1" Ab)
    echo "module m: metadata: $name
group: grp g(RS1:a -> RD:c) add
policy: p = g(a == [+$name] -> c = {}) ^ g(-> c = a)
require: init ISA.RISCV.Reg.x1 {$name}"
}
integer() {
    header
    echo "policy: p = g(a == [B x] | x == $1 -> c = {})"
}
markers() {
    awk -v n="$1" 'BEGIN { for (i = 1; i <= n; i++) printf "# %d \"f%d\"\n", i, i }'
    errors 3
}

# --- traces

trace() {
    echo "pol-trace 1
isa rv64imac_zicsr"
    awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "0x%x 0x00000013\n", 4096 + 4 * (i % 1000) }'
}

"$@"
