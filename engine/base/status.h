/* base/status.h — status codes and the error object that every fallible call fills.
 *
 * The codes are the public ones of jemput.h, which includes nothing of the engine. Three kinds of trouble are never
 * mixed: a bug asserts; outside data is JEMPUT_CORRUPT or JEMPUT_DENIED; the world refusing is JEMPUT_IO, JEMPUT_BUSY,
 * JEMPUT_OFFLINE, JEMPUT_NOMEM, JEMPUT_FULL or JEMPUT_LIMIT. Each layer that knows something puts it in front of the text. */
#ifndef JEMPUT_BASE_STATUS_H
#define JEMPUT_BASE_STATUS_H

#include <jemput/error.h>

#if defined(__GNUC__)
#define JEMPUT_MUST_USE __attribute__((warn_unused_result))
#define JEMPUT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define JEMPUT_MUST_USE
#define JEMPUT_PRINTF(fmt, args)
#endif

/* Start an error: set code and text. Returns `status`, so that `return jemput_fail(err, …)` reads well. err is never NULL. */
enum jemput_status jemput_fail(struct jemput_error *err, enum jemput_status status, const char *fmt, ...) JEMPUT_PRINTF(3, 4);

/* Put what this layer knows in front of the text: "open store 'a.db': header: …". Returns err->status unchanged. */
enum jemput_status jemput_wrap(struct jemput_error *err, const char *fmt, ...) JEMPUT_PRINTF(2, 3);

/* A bug in this program, also in release builds: prints the expression and aborts. Never for outside data. */
#define JEMPUT_ASSERT(expr) ((expr) ? (void)0 : jemput_bug(#expr, __FILE__, __LINE__))
_Noreturn void jemput_bug(const char *expr, const char *file, int line);

#endif
