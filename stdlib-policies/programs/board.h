/* QEMU's `virt` board as these programs use it: a serial port, a timer, a switch-off register; and
 * the functions of primitives.S. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

/* The untrusted input, in memory as a device would have left it; the entity taint.Source. */
enum { INPUT_SIZE = 2048 };
extern char input[INPUT_SIZE];

extern volatile long board_ticks, board_calls;

void board_putchar(char c);
void board_puts(const char *text);
void board_call(void);  /* an environment call: a trap and back */
void board_timer(void); /* wait for one interrupt of the timer */
/* Zeroes the unused stack and registers, where dead values may have left tags. */
void board_scrub(void);
_Noreturn void board_exit(int status);
long board_trap(long cause, long pc);

void *pol_heap_new(void *p);
void *pol_heap_strip(void *p);
void pol_heap_paint(void *p, void *end);
void pol_heap_clear(void *p, void *end);
long pol_declassify(long value);

#endif
