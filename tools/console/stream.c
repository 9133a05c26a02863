/* stream.c — see stream.h. */
#include "stream.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_STREAMS_MAX 6
#define ACCOUNT_STREAMS_MAX 12
#define PIECE_BYTES 4096
#define WAITING_BYTES_MAX 65536

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct stream *all;
static struct stream *in_hand_of[STREAMS_MAX]; /* of the looking thread: not freed by others meanwhile */
static unsigned in_hand_count;
static bool closed;

/* --- sending; the mutex is held --- */

static void stream_text(struct stream *s, const char *text, size_t len)
{
    char *more;

    if (s->sent == s->len)
        s->sent = s->len = 0;
    more = s->len + len > WAITING_BYTES_MAX ? NULL : realloc(s->text, s->len + len);
    if (!more) {
        s->over = true; /* the page comes back, and asks anew */
        return;
    }
    s->text = more;
    memcpy(s->text + s->len, text, len);
    s->len += len;
}

static void stream_event(struct stream *s, const char *name, const char *data)
{
    char head[64];

    stream_text(s, head, (size_t)snprintf(head, sizeof head, "event: %s\ndata: ", name));
    stream_text(s, data, strlen(data));
    stream_text(s, "\n\n", 2);
}

static void stream_wake(struct stream *s)
{
    if (s->suspended && (s->over || s->sent < s->len)) {
        s->suspended = false;
        MHD_resume_connection(s->connection);
    }
}

/* libmicrohttpd asks for more. */
static ssize_t stream_read(void *ctx, uint64_t at, char *out, size_t room)
{
    struct stream *s = ctx;
    ssize_t got = 0;

    (void)at;
    pthread_mutex_lock(&mutex);
    if (s->sent < s->len) {
        got = (ssize_t)(s->len - s->sent < room ? s->len - s->sent : room);
        memcpy(out, s->text + s->sent, (size_t)got);
        s->sent += (size_t)got;
    } else if (s->over) {
        got = MHD_CONTENT_READER_END_OF_STREAM;
    } else {
        s->suspended = true;
        MHD_suspend_connection(s->connection);
    }
    pthread_mutex_unlock(&mutex);
    return got;
}

static void stream_end(struct stream *s)
{
    session_release(s->session);
    free(s->told);
    free(s->text);
    free(s);
}

static void stream_free(void *ctx)
{
    struct stream *s = ctx;
    bool in_hand = false;

    pthread_mutex_lock(&mutex);
    for (struct stream **at = &all; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    for (unsigned i = 0; i < in_hand_count; i++)
        in_hand |= in_hand_of[i] == s;
    s->gone = in_hand;
    pthread_mutex_unlock(&mutex);
    if (!in_hand)
        stream_end(s);
}

static bool room_for(const struct session *session, bool *of_one)
{
    unsigned count = 0, own = 0, account = 0;

    for (const struct stream *s = all; s; s = s->next) {
        count++;
        own += s->session == session;
        account += strcmp(s->session->account, session->account) == 0;
    }
    *of_one = own >= SESSION_STREAMS_MAX || account >= ACCOUNT_STREAMS_MAX;
    return count < STREAMS_MAX && !*of_one && !closed;
}

struct MHD_Response *stream_answer(struct MHD_Connection *c, struct session *session, bool *of_one)
{
    static const char first[] = "retry: 3000\n\n";
    struct stream *s = calloc(1, sizeof *s);
    struct MHD_Response *r = s ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, PIECE_BYTES, stream_read, s, stream_free) : NULL;
    bool room = false;

    if (!r) {
        free(s);
        return NULL;
    }
    s->connection = c;
    s->beat_at = s->due_since = monotonic_ms();
    s->due_moved = s->due_counts = true;
    pthread_mutex_lock(&mutex);
    room = room_for(session, of_one);
    if (room) {
        s->session = session;
        stream_text(s, first, sizeof first - 1);
        s->next = all;
        all = s;
    }
    pthread_mutex_unlock(&mutex);
    if (room)
        return r;
    MHD_destroy_response(r); /* frees the stream */
    return NULL;
}

/* --- for the thread that looks --- */

void stream_send(struct stream *s, const char *name, const char *data)
{
    pthread_mutex_lock(&mutex);
    if (!s->gone) {
        stream_event(s, name, data);
        stream_wake(s);
    }
    pthread_mutex_unlock(&mutex);
}

void stream_beat(struct stream *s)
{
    pthread_mutex_lock(&mutex);
    if (!s->gone) {
        stream_text(s, ": .\n\n", 5);
        stream_wake(s);
    }
    pthread_mutex_unlock(&mutex);
}

void stream_over(struct stream *s)
{
    pthread_mutex_lock(&mutex);
    s->over = true;
    if (!s->gone)
        stream_wake(s);
    pthread_mutex_unlock(&mutex);
}

bool streams_take(struct stream *out[STREAMS_MAX], unsigned *count)
{
    bool more;

    pthread_mutex_lock(&mutex);
    more = !closed;
    in_hand_count = 0;
    for (struct stream *s = more ? all : NULL; s && in_hand_count < STREAMS_MAX; s = s->next)
        if (!s->over)
            in_hand_of[in_hand_count++] = s;
    *count = in_hand_count;
    memcpy(out, in_hand_of, in_hand_count * sizeof *out);
    pthread_mutex_unlock(&mutex);
    return more;
}

void streams_give(void)
{
    struct stream *ended[STREAMS_MAX];
    unsigned count = 0;

    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < in_hand_count; i++)
        if (in_hand_of[i]->gone)
            ended[count++] = in_hand_of[i];
    in_hand_count = 0;
    pthread_mutex_unlock(&mutex);
    for (unsigned i = 0; i < count; i++)
        stream_end(ended[i]);
}

void streams_tell(const char *name, const char *data)
{
    pthread_mutex_lock(&mutex);
    for (struct stream *s = all; s; s = s->next) {
        stream_event(s, name, data);
        stream_wake(s);
    }
    pthread_mutex_unlock(&mutex);
}

void streams_close(void)
{
    pthread_mutex_lock(&mutex);
    closed = true;
    for (struct stream *s = all; s; s = s->next) {
        s->over = true;
        stream_wake(s);
    }
    pthread_mutex_unlock(&mutex);
}
