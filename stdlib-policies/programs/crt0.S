# Start-up of a bare-metal program on QEMU's `virt` board, and its trap handler.
    .section .init, "ax"
    .globl  _start
    .type   _start, @function
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    la      sp, stack_top
    la      tp, tls_area
    la      t0, trap_entry
    csrw    mtvec, t0
    li      t0, 0x2000              # mstatus.FS = initial: floating point on
    csrs    mstatus, t0
    la      t0, bss_start           # a multiple of 8 bytes, as the linker script sees to
    la      t1, bss_end
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, t1, 1b
    call    main
    tail    board_exit
    .size   _start, . - _start

# Everything that a C function may change is saved: pointers stay pointers in the saved words.
    .text
    .balign 4
    .globl  trap_entry
    .type   trap_entry, @function
trap_entry:
    addi    sp, sp, -128
    sd      ra, 0(sp)
    sd      t0, 8(sp)
    sd      t1, 16(sp)
    sd      t2, 24(sp)
    sd      a0, 32(sp)
    sd      a1, 40(sp)
    sd      a2, 48(sp)
    sd      a3, 56(sp)
    sd      a4, 64(sp)
    sd      a5, 72(sp)
    sd      a6, 80(sp)
    sd      a7, 88(sp)
    sd      t3, 96(sp)
    sd      t4, 104(sp)
    sd      t5, 112(sp)
    sd      t6, 120(sp)
    csrr    a0, mcause
    csrr    a1, mepc
    call    board_trap              # long board_trap(long cause, long pc): where to go on
    csrw    mepc, a0
    ld      ra, 0(sp)
    ld      t0, 8(sp)
    ld      t1, 16(sp)
    ld      t2, 24(sp)
    ld      a0, 32(sp)
    ld      a1, 40(sp)
    ld      a2, 48(sp)
    ld      a3, 56(sp)
    ld      a4, 64(sp)
    ld      a5, 72(sp)
    ld      a6, 80(sp)
    ld      a7, 88(sp)
    ld      t3, 96(sp)
    ld      t4, 104(sp)
    ld      t5, 112(sp)
    ld      t6, 120(sp)
    addi    sp, sp, 128
    mret
    .size   trap_entry, . - trap_entry

# Zero 2 KiB of unused stack and every register that a called function may use.  Functions save registers without
# knowing what is in them, and bytes stored into a tainted word leave it tainted, so old values would mark new ones.
    .globl  board_scrub
    .type   board_scrub, @function
board_scrub:
    addi    t0, sp, -2048
1:  sd      zero, 0(t0)
    addi    t0, t0, 8
    bltu    t0, sp, 1b
    .irp    number, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    li      x\number, 0
    .endr
    .irp    number, 0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
    fmv.d.x f\number, zero
    .endr
    ret
    .size   board_scrub, . - board_scrub

    .bss
    .balign 16
tls_area:
    .skip   64
