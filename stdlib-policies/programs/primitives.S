# The operations that policies know by name.  entities.json gives each function to the entity of its policy; their
# instructions must stay as they are, so they are not C.
    .text
    .globl  pol_heap_new, pol_heap_strip, pol_heap_paint, pol_heap_clear, pol_declassify

    .macro  function name
    .balign 8
    .type   \name, @function
\name:
    .endm

    function pol_heap_new           # void *pol_heap_new(void *p): p, in a fresh colour
    mv      a0, a0
    ret
    .size   pol_heap_new, . - pol_heap_new

    function pol_heap_strip         # void *pol_heap_strip(void *p): p, without its colour
    mv      a0, a0
    ret
    .size   pol_heap_strip, . - pol_heap_strip

    function pol_heap_paint         # void pol_heap_paint(void *p, void *end): zero and colour [p, end)
    bgeu    a0, a1, 2f
1:  sd      zero, 0(a0)
    addi    a0, a0, 8
    bltu    a0, a1, 1b
2:  ret
    .size   pol_heap_paint, . - pol_heap_paint

    function pol_heap_clear         # void pol_heap_clear(void *p, void *end): zero and take the colour away
    bgeu    a0, a1, 2f
1:  sd      zero, 0(a0)
    addi    a0, a0, 8
    bltu    a0, a1, 1b
2:  ret
    .size   pol_heap_clear, . - pol_heap_clear

    function pol_declassify         # long pol_declassify(long value): value, no longer tainted
    mv      a0, a0
    ret
    .size   pol_declassify, . - pol_declassify
