/* Function attributes that compilers check when they know them and ignore otherwise. */
#ifndef LANG_SUPPORT_ATTR_H
#define LANG_SUPPORT_ATTR_H

#if defined(__GNUC__)
#define LANG_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define LANG_VPRINTF(fmt) __attribute__((format(printf, fmt, 0)))
#define LANG_MUST_CHECK __attribute__((warn_unused_result))
#else
#define LANG_PRINTF(fmt, args)
#define LANG_VPRINTF(fmt)
#define LANG_MUST_CHECK
#endif

#endif
