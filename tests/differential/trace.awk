# A random text trace for merging.pol: `awk -v seed=N -v n=EVENTS -v granule=BYTES -f trace.awk </dev/null`.
#
# Sixteen instruction words in code that carries tags, data in 0x2000..0x205f at all alignments.  The numbers come
# from a multiplicative generator, so that a seed gives the same trace everywhere.
function draw(limit) {
    state = (state * 16807) % 2147483647
    return int(state / 2147483647 * limit)
}
function word(op, f3, rd, rs1, rs2) { return op + rd * 128 + f3 * 4096 + rs1 * 32768 + rs2 * 1048576 }
function reg() { return draw(7) }
function small() { return draw(3) }
function big(   k) { k = draw(4); return k == 0 ? 0 : k == 1 ? "4294967295" : k }
function flat(   text, i) {
    text = ""
    for (i = 0; i < 6; i++)
        if (draw(4) == 0)
            text = text (text == "" ? "" : ", ") tag(i)
    return "{" text "}"
}
function tag(i) {
    if (i == 0) return "Any"
    if (i == 1) return "All"
    if (i == 2) return "P " small()
    if (i == 3) return "Q " small()
    if (i == 4) return "R " small() " " big()
    if (i == 5) return "S " big() " " small()
    if (i == 6) return "H " flat()
    return "K " flat()
}
function set(   text, i) {
    text = ""
    if (draw(5) == 0)
        return "{}"
    for (i = 0; i < 8; i++)
        if (draw(3) == 0)
            text = text (text == "" ? "" : ", ") tag(i)
    return "{" text "}"
}
function address(size) { return 8192 + draw(96 - size) }
function insn(pc, w) { printf "0x%x 0x%08x", pc, w }
function access(w, size, aligned,   at) {
    at = address(size)
    if (aligned || draw(2))
        at -= at % size
    insn(pc, w)
    printf " mem 0x%x\n", at
}
function step(   kind, f3) {
    pc = 4096 + 4 * draw(16)
    kind = draw(10)
    if (kind < 3) {
        f3 = draw(7)
        access(word(3, f3, 1 + reg(), reg(), 0), 2 ^ (f3 % 4), 0)
    } else if (kind < 6) {
        f3 = draw(4)
        access(word(35, f3, 0, reg(), reg()), 2 ^ f3, 0)
    } else if (kind == 6) {
        f3 = 2 + draw(2)
        if (draw(2))
            access(word(47, f3, 1 + reg(), reg(), reg()), 2 ^ f3, 1)
        else
            access(draw(2) ? word(7, f3, reg(), reg(), 0) : word(39, f3, 0, reg(), reg()), 2 ^ f3, 0)
    } else if (kind == 7) {
        insn(pc, word(115, 1, reg(), reg(), 832)); print ""
    } else if (kind == 8 && draw(3) == 0) {
        insn(pc, 807403635); print ""
    } else {
        insn(pc, word(51, draw(2) ? 0 : 4, 1 + reg(), reg(), reg())); print ""
    }
    if (draw(20) == 0)
        print "trap 5 " (draw(4) ? "m" : "s")
}
function change(   kind, size) {
    kind = draw(8)
    if (kind == 0)
        print "tag x" (1 + reg()) " " set()
    else if (kind == 1)
        print "tag f" reg() " " set()
    else if (kind == 2)
        print "tag csr mscratch " set()
    else if (kind == 3)
        print "tag env " set()
    else if (kind == 4)
        printf "tag mem 0x%x+%d %s\n", 4096 + 4 * draw(16), (granule == 8) ? 8 : 4, set()
    else {
        size = granule * (1 + draw(2))
        at = 8192 + draw(96 - size)
        at -= at % granule
        printf "%s 0x%x+%d %s\n", kind == 5 ? "ext" : "tag mem", at, size, set()
    }
}
BEGIN {
    state = seed * 2654435 % 2147483646 + 1
    draw(2); draw(2)
    print "pol-trace 1\nisa rv64imafdc_zicsr_zifencei\ngranule " granule "\n"
    print "tag mem 0x1000+0x100 {}\ntag mem 0x2000+0x60 {}"
    for (i = 0; i < n; i++)
        if (draw(4) == 0)
            change()
        else
            step()
}
