/* jemput/http.h — HTTP, as the platform does it: how jemput reaches a hub at an address such as https://hub.example/space.
 *
 * The engine opens no socket. A program gives it a client once, before anything else: jemput_curl_use() on Linux (jemput/curl.h), its own elsewhere.
 * What every client keeps to: HTTPS is always checked (nothing turns that off); a redirection is told, never followed; the headers given go to no
 * other host; one connection is kept open between exchanges; "Accept-Encoding: gzip" is sent, and what comes back is inflated. */
#ifndef JEMPUT_HTTP_H
#define JEMPUT_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include <jemput/error.h>

struct jemput_http_part {
    const void *data;
    size_t len;
};

struct jemput_http_request {
    const char *url;                     /* "http://…" or "https://…", no user in it */
    const char *const *headers;          /* header_count of them, "Name: value"; borrowed as all else here */
    unsigned header_count;
    int post;                            /* else GET, and there is no body */
    const struct jemput_http_part *body; /* its parts, body_count of them, sent one after the other as one body of known length */
    unsigned body_count;
    uint64_t deadline_ms; /* for the whole exchange; 0 = none */
    uint64_t stall_ms;    /* how long nothing, or next to nothing, may move in either direction; 0 = no limit */
    uint64_t answer_ms;   /* how long a server that has the whole request may be at work before it answers, if that is more than stall_ms. A client
                           * that cannot tell a server at work from a link that is gone keeps to stall_ms */
    /* To be asked at least ten times a second: non-zero ends the exchange with JEMPUT_CANCELLED. NULL = nobody asks. */
    int (*cancelled)(void *ctx);
    void *cancelled_ctx;
    /* The next bytes of the answer's body, if its status is 200; else the body is passed over. Non-OK ends the exchange with that. */
    enum jemput_status (*take)(void *ctx, const void *data, size_t len, struct jemput_error *err);
    void *take_ctx;
};

struct jemput_http_answer { /* zeroed by the caller */
    unsigned status;          /* 200, 404, …; 0 = none came */
    char content_type[128];   /* without parameters; empty = none */
    char location[1024];      /* of a redirection; empty = none, or longer */
    uint32_t retry_after_s;   /* 0 = not said */
    char authenticate[128];   /* of a 401: the WWW-Authenticate header that begins with "Jemput"; empty = none */
    uint64_t bytes_sent;      /* headers included, TLS and TCP not; also after a failure, as far as known */
    uint64_t bytes_received;
};

/* One client, for one thread at a time. */
struct jemput_http {
    /* JEMPUT_OK: an answer came whole, whatever its status. Else:
     *   JEMPUT_OFFLINE    no route, no such name, refused, cut, stalled, or past the deadline
     *   JEMPUT_UNTRUSTED  the server's certificate is not valid: someone may be in between
     *   JEMPUT_CANCELLED  JEMPUT_NOMEM  JEMPUT_MISUSE no such kind of address    or what `take` returned
     * `answer` says how far it got. Called from the thread that syncs; may block it. */
    enum jemput_status (*exchange)(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                   struct jemput_error *err);
    void (*close)(struct jemput_http *http);
};

/* Make a client: called when a sync begins, closed when it ends. */
typedef enum jemput_status (*jemput_http_open_fn)(void *ctx, struct jemput_http **out, struct jemput_error *err);

/* For the whole process, before the first store is opened; NULL = none: hubs are folders only. `ctx` must outlive the process's stores. */
JEMPUT_API void jemput_http_use(jemput_http_open_fn open, void *ctx);

#endif
