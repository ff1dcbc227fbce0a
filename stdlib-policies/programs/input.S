# The untrusted input: 2048 bytes, the text and zeroes after it.
    .section .pol_input, "aw"
    .balign 16
    .globl  input
    .type   input, @object
    .size   input, 2048
input:
    .incbin "input.txt"
    .skip   2048 - (. - input)
