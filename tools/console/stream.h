/* stream.h — the connections that events go to. The server's own thread takes the mutex for each of them whenever it may send, so nobody holds it
 * while reading a database: the thread that looks takes all streams into its hands for one turn, and puts text to be sent there piece by piece. */
#ifndef JEMPUT_CONSOLE_STREAM_H
#define JEMPUT_CONSOLE_STREAM_H

#include "cache.h"
#include "waits.h"

struct MHD_Connection;
struct MHD_Response;

enum { STREAMS_MAX = 64, UNSENT_BYTES = 512 };

struct told { /* of a space, last */
    int64_t space, n, batch;
};
struct stream {
    /* stream.c's own, under its mutex */
    struct stream *next;
    struct MHD_Connection *connection;
    char *text; /* not sent yet */
    size_t len, sent;
    bool suspended, over;
    bool gone; /* its connection is: it is freed at the end of the turn */
    /* not changed */
    struct session *session;
    /* of the thread that looks */
    struct told *told;
    unsigned told_count;
    struct waits waits;
    bool due_moved, due_counts; /* central.db has moved, and this one was not told yet */
    int64_t beat_at, counted_at, due_since;
    struct reach reach; /* of this turn */
    uint8_t reach_key[CACHE_KEY_BYTES];
    char unsent[UNSENT_BYTES]; /* as it was told last; "" = not yet */
};

/* A connection's answer; it takes over the session. NULL: no memory, or too many: *of_one: of this session or account. */
struct MHD_Response *stream_answer(struct MHD_Connection *c, struct session *session, bool *of_one);

/* --- for the thread that looks --- */

/* Take all into one's hands. false: the server ends. */
bool streams_take(struct stream *out[STREAMS_MAX], unsigned *count);
void streams_give(void);
void stream_send(struct stream *s, const char *name, const char *data);
void stream_beat(struct stream *s);
void stream_over(struct stream *s); /* once what waits is sent */

/* --- for any thread --- */

void streams_tell(const char *name, const char *data); /* to all of them */
void streams_close(void);

#endif
