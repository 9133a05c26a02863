/* jemput/error.h — the error object: a stable code, and a text that says what happened. */
#ifndef JEMPUT_ERROR_H
#define JEMPUT_ERROR_H

#ifdef __cplusplus
#define JEMPUT_C extern "C"
#else
#define JEMPUT_C
#endif
#if defined(__GNUC__)
#define JEMPUT_API JEMPUT_C __attribute__((visibility("default")))
#define JEMPUT_CHECKED __attribute__((warn_unused_result))
#else
#define JEMPUT_API JEMPUT_C
#define JEMPUT_CHECKED
#endif

/* Stable: numbers are never reused. "May work later" is jemput_status_retryable(). */
enum jemput_status {
    JEMPUT_OK = 0,
    JEMPUT_MISUSE = 1,   /* the call or its arguments are wrong; nothing was done */
    JEMPUT_IO = 2,       /* disk or system refused; may work later */
    JEMPUT_NOMEM = 3,    /* out of memory; may work later */
    JEMPUT_BUSY = 4,     /* another process or connection holds the store or hub; may work later */
    JEMPUT_FULL = 5,     /* no space left; may work later */
    JEMPUT_OFFLINE = 6,  /* hub cannot be reached; may work later */
    JEMPUT_LIMIT = 7,    /* above a named limit */
    JEMPUT_CORRUPT = 8,  /* outside data (file, peer, log) is damaged or not what it claims to be */
    JEMPUT_DENIED = 9,   /* the rules do not allow it: not enrolled, wrong role, wrong space, expired */
    JEMPUT_NOTFOUND = 10,/* no such store, table, row, hub, or ref */
    JEMPUT_EXISTS = 11,  /* already there; nothing was overwritten */
    JEMPUT_CANCELLED = 12,/* the caller cancelled, or the deadline passed; may be started again */
    JEMPUT_UPGRADE = 13, /* made by a newer version of jemput: kept and forwarded, not applied */
    JEMPUT_LOCKED = 14,  /* the store is sealed and locked: it opens with its PIN, key or recovery code; or it is too early for another PIN */
    JEMPUT_UNTRUSTED = 15 /* the way to the hub is not safe: its certificate is not valid, it redirects elsewhere, or a secret would go in the
                           * clear; nothing was sent; may work later, on another network or with the clock set right */
};

#define JEMPUT_ERROR_TEXT_BYTES 512

/* Lives on the caller's stack; no clean-up. Set only when a call returns a status other than JEMPUT_OK. */
struct jemput_error {
    enum jemput_status status;
    char text[JEMPUT_ERROR_TEXT_BYTES]; /* UTF-8, English, NUL-terminated; never holds personal data */
};

/* Stable name such as "JEMPUT_IO"; static. */
JEMPUT_API const char *jemput_status_name(enum jemput_status status);
/* 1 if the same call may succeed later without anyone changing anything but the world. */
JEMPUT_API int jemput_status_retryable(enum jemput_status status);
/* 1 if nothing that was saved is in doubt: all codes but JEMPUT_CORRUPT and those that this version does not know. */
JEMPUT_API int jemput_status_safe(enum jemput_status status);

/* For a person, in whole sentences. */
struct jemput_words {
    const char *what; /* happened */
    const char *safe; /* is the data? */
    const char *todo; /* now */
};
/* `language` is "id" (default) or "en"; static. */
JEMPUT_API const struct jemput_words *jemput_status_words(enum jemput_status status, const char *language);
/* The three in one text, with a space between them. */
JEMPUT_API const char *jemput_status_advice(enum jemput_status status, const char *language);
#endif
