/* One mistake each, chosen by -DATTACK=n, in a program that is otherwise correct.  Without a policy
 * every variant runs to its end and prints "done", which is why such mistakes survive testing. */
#include "board.h"

#include <stdlib.h>
#include <string.h>

#define NONE 0
#define OVERFLOW 1       /* a heap array written one element beyond its end */
#define USE_AFTER_FREE 2 /* a heap block read after it was freed */
#define EXECUTE_DATA 3   /* a jump into writable data */
#define WRITE_CODE 4     /* a store to an instruction */
#define TAINTED_OUTPUT 5 /* input printed without validation */

struct account {
    long balance;
    char name[24];
};

static struct account *open_account(const char *name, long balance)
{
    struct account *account = malloc(sizeof *account);
    strcpy(account->name, name);
    account->balance = balance;
    return account;
}

static void print_number(long value)
{
    char digits[24];
    int at = 24;
    digits[--at] = 0;
    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    board_puts(digits + at);
}

static void print_account(const struct account *account)
{
    board_puts(account->name);
    board_puts(": ");
    print_number(account->balance);
    board_puts("\n");
}

__attribute__((noinline)) static void fill(long *values, int count)
{
    for (int i = 0; i < count; i++)
        values[i] = i * i;
}

static void history(void)
{
    long *values = malloc(8 * sizeof *values), *copy = malloc(8 * sizeof *copy), sum = 0;
    fill(values, ATTACK == OVERFLOW ? 9 : 8);
    memcpy(copy, values, 8 * sizeof *copy);
    for (int i = 0; i < 8; i++)
        sum += copy[i];
    print_number(sum);
    board_puts("\n");
    free(copy);
#if ATTACK != OVERFLOW /* whose ninth element has overwritten what the allocator keeps there */
    free(values);
#endif
}

static void accounts(void)
{
    struct account *first = open_account("first", 1200);
    struct account *second = open_account("second", 34);
    print_account(first);
    print_account(second);
    free(first);
    if (ATTACK == USE_AFTER_FREE)
        print_number(first->balance);
    free(second);
}

__attribute__((noinline, aligned(8))) void patched(void)
{
    __asm__ volatile(".option push; .option norvc; nop; .option pop");
}

static uint32_t injected[2] = {0x00000013, 0x00008067}; /* nop; ret */

static void code(void)
{
    if (ATTACK == EXECUTE_DATA)
        ((void (*)(void))(uintptr_t)injected)();
    if (ATTACK == WRITE_CODE)
        *(volatile uint32_t *)__builtin_assume_aligned((void *)patched, 8) = injected[0];
    __asm__ volatile("fence.i");
    patched();
}

static void greet(void)
{
    board_puts("first letter: ");
    char letter = input[0];
    board_putchar(ATTACK == TAINTED_OUTPUT ? letter : (char)pol_declassify(letter));
    board_puts("\n");
}

int main(void)
{
    history();
    accounts();
    code();
    greet();
    board_puts("done\n");
    return 0;
}
