/* See board.h. */
#include "board.h"

#include <stdio.h>

#define UART ((volatile uint8_t *)0x10000000)
#define SWITCH_OFF ((volatile uint32_t *)0x100000)
#define TIME_COMPARE ((volatile uint64_t *)0x2004000)
#define TIME ((volatile uint64_t *)0x200bff8)

volatile long board_ticks, board_calls;

void board_putchar(char c)
{
    while (!(UART[5] & 0x20))
        continue;
    UART[0] = (uint8_t)c;
}

void board_puts(const char *text)
{
    while (*text)
        board_putchar(*text++);
}

static int put(char c, FILE *file)
{
    (void)file;
    board_putchar(c);
    return (unsigned char)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &console;

void board_call(void)
{
    __asm__ volatile("ecall" ::: "memory");
}

void board_timer(void)
{
    long before = board_ticks;
    *TIME_COMPARE = *TIME + 100;
    __asm__ volatile("csrs mie, %0; csrsi mstatus, 8" ::"r"(0x80L) : "memory");
    while (board_ticks == before)
        continue;
    __asm__ volatile("csrci mstatus, 8" ::: "memory");
}

long board_trap(long cause, long pc)
{
    if (cause == 11) {
        board_calls++;
        return pc + 4;
    }
    if (cause < 0 && (cause & 0xff) == 7) {
        *TIME_COMPARE = UINT64_MAX;
        board_ticks++;
        return pc;
    }
    board_exit(1);
}

void board_exit(int status)
{
    *SWITCH_OFF = status ? (uint32_t)status << 16 | 0x3333 : 0x5555;
    for (;;)
        __asm__ volatile("wfi");
}
