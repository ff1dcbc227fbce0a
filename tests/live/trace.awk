# A random text trace for glue.pol: `awk -v seed=N -v n=EVENTS -v data=ADDRESS -f trace.awk </dev/null`.
#
# Instructions of every form that tag_core.sv tells apart, in code at 0x1000..0x10ff, with data in 96 bytes from
# `data` on at all alignments; now and then a little beyond, where nothing is tagged.  The numbers come from a
# multiplicative generator, so that a seed gives the same trace everywhere.
function draw(limit) {
    state = (state * 16807) % 2147483647
    return int(state / 2147483647 * limit)
}
# FORM: what of a word is random: d rd, 1 2 3 sources, i a number in bits 31..20, u one in 31..12, c a CSR.
function add(name, match_, form, size) { words[nwords] = match_; forms[nwords] = form; sizes[nwords++] = size }
function list() {
    nwords = 0
    add("lb", 3, "d1i", 1); add("lh", 4099, "d1i", 2); add("lw", 8195, "d1i", 4); add("ld", 12291, "d1i", 8)
    add("lbu", 16387, "d1i", 1); add("lwu", 24579, "d1i", 4); add("flw", 8199, "d1i", 4); add("fld", 12295, "d1i", 8)
    add("sb", 35, "12", 1); add("sh", 4131, "12", 2); add("sw", 8227, "12", 4); add("sd", 12323, "12", 8)
    add("fsw", 8231, "12", 4); add("fsd", 12327, "12", 8)
    add("lr.w", 268443695, "d1", 4); add("lr.d", 268447791, "d1", 8)
    add("sc.w", 402661423, "d12", 4); add("sc.d", 402665519, "d12", 8); sc_first = nwords - 2
    add("amoadd.w", 8239, "d12", 4); add("amoswap.d", 134230063, "d12", 8)
    add("add", 51, "d12", 0); add("sub", 1073741875, "d12", 0); add("mulw", 33554491, "d12", 0)
    add("fadd.s", 83, "d12", 0); add("fsgnj.d", 570425427, "d12", 0); add("feq.d", 2717917267, "d12", 0)
    add("fle.s", 2684354643, "d12", 0)
    add("addi", 19, "d1i", 0); add("jalr", 103, "d1i", 0)
    add("fcvt.w.s", 3221225555, "d1", 0); add("fcvt.d.l", 3525312595, "d1", 0); add("fmv.x.d", 3791650899, "d1", 0)
    add("fmv.d.x", 4060086355, "d1", 0); add("fclass.s", 3758100563, "d1", 0); add("fsqrt.d", 1509949523, "d1", 0)
    add("fcvt.s.d", 1074790483, "d1", 0)
    add("fmadd.s", 67, "d123", 0); add("fnmsub.d", 33554507, "d123", 0)
    add("lui", 55, "du", 0); add("auipc", 23, "du", 0); add("jal", 111, "du", 0)
    add("beq", 99, "12", 0); add("bltu", 24675, "12", 0)
    add("csrrw", 4211, "d1c", 0); add("csrrs", 8307, "d1c", 0); add("csrrc", 12403, "d1c", 0)
    add("csrrwi", 20595, "d1c", 0); add("csrrsi", 24691, "d1c", 0); add("csrrci", 28787, "d1c", 0)
    add("mret", 807403635, "", 0); add("sret", 270532723, "", 0)
    # c.lw, c.sw, c.ld, c.fld, c.mv, c.addi with a0 or fa0 and a1
    add("c.lw", 16776, "", 4); add("c.sw", 49544, "", 4); add("c.ld", 24968, "", 8); add("c.fld", 8584, "", 8)
    add("c.mv", 34094, "", 0); add("c.addi", 1285, "", 0)
}
# fcsr and its views, mscratch, mstatus and its view, counters and their views, an event selector's high half
function csr(   k) {
    k = draw(12)
    return k == 0 ? 1 : k == 1 ? 2 : k == 2 ? 3 : k == 3 ? 832 : k == 4 ? 768 : k == 5 ? 256 : k == 6 ? 2816 \
        : k == 7 ? 3072 : k == 8 ? 3073 : k == 9 ? 1827 : k == 10 ? 803 : 3202
}
function reg() { return draw(4) ? draw(8) : draw(3) == 0 ? 10 : draw(32) }
function fill(i,   w, form) {
    w = words[i]; form = forms[i]
    if (form ~ /d/) w += reg() * 128
    if (form ~ /1/) w += reg() * 32768
    if (form ~ /2/) w += reg() * 1048576
    if (form ~ /3/) w += reg() * 134217728
    if (form ~ /i/) w += draw(4096) * 1048576
    if (form ~ /u/) w += draw(1048576) * 4096
    if (form ~ /c/) w += csr() * 1048576
    return w
}
function tag(i) {
    if (i == 0) return "Any"
    if (i == 1) return "All"
    if (i == 2) return "P " draw(3)
    if (i == 3) return "Q " draw(3)
    if (i == 4) return "B"
    return "C"
}
function set(   text, i) {
    text = ""
    for (i = draw(4) == 0 ? 6 : 0; i < 6; i++)
        if (draw(3) == 0)
            text = text (text == "" ? "" : ", ") tag(i)
    return "{" text "}"
}
function step(   i, pc, size, trapped) {
    i = draw(nwords)
    size = sizes[i]
    pc = 4096 + 2 * draw(126)
    if (draw(400) == 0)
        pc = 4096 + 256 - 2 * draw(2)
    trapped = draw(30) == 0
    if (words[i] > 65535 || words[i] % 4 == 3)
        printf "0x%x 0x%08x", pc, fill(i)
    else
        printf "0x%x 0x%04x", pc, words[i]
    if (size && !(trapped && draw(3) == 0))
        printf " mem 0x%x", data + (draw(100) == 0 ? 97 - draw(8) : draw(97 - size))
    print ""
    if (trapped)
        print "trap 5 " (draw(4) ? "m" : "s")
    else if (i == sc_first || i == sc_first + 1)
        print "sc " (draw(2) ? "ok" : "fail")
    if (draw(60) == 0)
        print "irq 7 " (draw(2) ? "m" : "s")
}
function change(   kind, at, size) {
    kind = draw(9)
    at = data + 8 * draw(11)
    size = 8 * (1 + draw(2))
    if (at + size > data + 96) size = 8
    if (kind == 0) print "tag x" reg() " " set()
    else if (kind == 1) print "tag f" reg() " " set()
    else if (kind == 2) print "tag csr " (draw(2) ? "mscratch" : "fflags") " " set()
    else if (kind == 3) print "tag env " set()
    else if (kind == 4) printf "tag mem 0x%x+2 %s\n", 4096 + 2 * draw(128), set()
    else printf "%s 0x%x+%d %s\n", kind == 5 ? "ext" : "tag mem", at, size, set()
}
BEGIN {
    state = seed * 2654435 % 2147483646 + 1
    draw(2); draw(2)
    list()
    print "pol-trace 1\nisa rv64imafdc_zicsr_zifencei\ngranule 8\n"
    for (i = 0; i < n; i++)
        if (draw(3) == 0)
            change()
        else
            step()
}
