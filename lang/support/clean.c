/* Making any bytes fit to be shown. */
#include "lang/support/str.h"

/* The length of the UTF-8 sequence at s[0 .. len - 1], or 0 when there is no valid one.  Overlong
 * forms, surrogates and the C1 controls count as invalid. */
static size_t utf8_length(const unsigned char *s, size_t len)
{
    static const struct {
        unsigned char first, last; /* lead bytes */
        unsigned char low, high;   /* second byte */
        size_t length;
    } forms[] = {
        {0x20, 0x7e, 0x00, 0xff, 1}, {0xc2, 0xc2, 0xa0, 0xbf, 2}, {0xc3, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (s[0] < forms[i].first || s[0] > forms[i].last)
            continue;
        size_t n = forms[i].length;
        if (n > len || (n > 1 && (s[1] < forms[i].low || s[1] > forms[i].high)))
            return 0;
        for (size_t k = 2; k < n; k++) {
            if ((s[k] & 0xc0) != 0x80)
                return 0;
        }
        return n;
    }
    return 0;
}

size_t str_add_clean(struct str_buf *b, const char *s, size_t len, size_t tab)
{
    size_t columns = 0;
    for (size_t i = 0; i < len;) {
        size_t n = utf8_length((const unsigned char *)s + i, len - i);
        if (n) {
            str_add_len(b, s + i, n);
            columns++;
        } else if (s[i] == '\t') {
            str_add_repeat(b, ' ', tab);
            columns += tab;
        } else {
            str_add_char(b, '?');
            columns++;
        }
        i += n ? n : 1;
    }
    return columns;
}
