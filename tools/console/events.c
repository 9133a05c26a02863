/* events.c — see events.h. One thread looks at central.db twice a second; streams that have nothing to send are suspended. */
#include "events.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "waits.h"

#define LOOK_MS 500
#define BEAT_MS 15000
#define COUNTS_MS 2000 /* counting is dearer than looking */
#define STREAMS_MAX 64
#define SESSION_STREAMS_MAX 6
#define ACCOUNT_STREAMS_MAX 12
#define PIECE_BYTES 4096
#define WAITING_BYTES_MAX 65536

struct told { /* of a space, last */
    int64_t space, n, batch;
};
struct stream {
    struct stream *next;
    struct MHD_Connection *connection;
    struct session *session;
    char *text; /* not sent yet */
    size_t len, sent;
    bool suspended, over;
    struct told *told;
    unsigned told_count;
    struct waits waits;
    bool due_moved, due_counts; /* central.db has moved, and this one was not told yet */
    int64_t beat_at, counted_at;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct stream *all;
static struct reader reader;
static pthread_t thread;
static bool running, stopping;

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

static void stream_free(void *ctx)
{
    struct stream *s = ctx;

    pthread_mutex_lock(&mutex);
    for (struct stream **at = &all; *at; at = &(*at)->next)
        if (*at == s) {
            *at = s->next;
            break;
        }
    pthread_mutex_unlock(&mutex);
    session_release(s->session);
    free(s->told);
    free(s->text);
    free(s);
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
    return count < STREAMS_MAX && !*of_one && !stopping;
}

struct MHD_Response *events_answer(struct MHD_Connection *c, struct session *session, bool *of_one)
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
    s->beat_at = monotonic_ms();
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

bool ask_events(struct request *q)
{
    q->answer.status = 200;
    q->answer.stream = true;
    return true;
}

/* --- looking --- */

static struct told *told_of(struct stream *s, int64_t space)
{
    struct told *more;

    for (unsigned i = 0; i < s->told_count; i++)
        if (s->told[i].space == space)
            return &s->told[i];
    more = realloc(s->told, (s->told_count + 1) * sizeof *more);
    if (!more)
        return NULL;
    s->told = more;
    s->told[s->told_count] = (struct told){ .space = space, .n = -1, .batch = -1 };
    return &s->told[s->told_count++];
}

static void moved_tell(struct stream *s, const struct reach *reach)
{
    struct trouble why;

    for (unsigned i = 0; i < reach->count; i++) {
        const struct reach_space *r = &reach->of[i];
        struct told *told = told_of(s, r->standing.space);
        struct sqlite3_stmt *stmt;
        char data[192];

        if (!told || base_prepare(reader.office.db, &stmt, "SELECT number, at_ms FROM batch WHERE space = ?1 ORDER BY number DESC LIMIT 1", &why))
            return;
        base_bind(stmt, "i", r->standing.space);
        if (sqlite3_step(stmt) == SQLITE_ROW && (told->batch != sqlite3_column_int64(stmt, 0) || told->n != (int64_t)r->n)) {
            told->batch = sqlite3_column_int64(stmt, 0);
            told->n = (int64_t)r->n;
            snprintf(data, sizeof data, "{\"space\":%lld,\"n\":%lld,\"batch\":%lld,\"at_ms\":%lld}", (long long)told->space, (long long)told->n,
                     (long long)told->batch, (long long)sqlite3_column_int64(stmt, 1));
            stream_event(s, "moved", data);
        }
        sqlite3_finalize(stmt);
    }
}

static void counts_tell(struct stream *s, const struct reach *reach)
{
    struct waits waits;
    struct trouble why;
    char *data = NULL;
    size_t len;
    FILE *out;

    reader_begin(&reader, reach, true);
    if (waits_read(&waits, &reader, &why) == 0 && (!s->counted_at || memcmp(&waits, &s->waits, sizeof waits) != 0) &&
        (out = open_memstream(&data, &len)) != NULL) {
        struct json j = { .out = out };

        waits_json(&j, NULL, &waits);
        fclose(out);
        data[strcspn(data, "\n")] = '\0';
        stream_event(s, "counts", data);
        s->waits = waits;
    }
    reader_end(&reader);
    free(data);
}

static void stream_due(struct stream *s, int64_t now)
{
    struct reach reach;
    struct trouble why;

    if (reach_read(&reach, s->session->desks, reader.office.db, &why))
        return;
    if (s->due_moved)
        moved_tell(s, &reach);
    s->due_moved = false;
    if (s->due_counts && now - s->counted_at >= COUNTS_MS) {
        counts_tell(s, &reach);
        s->counted_at = now;
        s->due_counts = false;
    }
    reach_release(&reach);
}

static void stream_look(struct stream *s, int64_t now)
{
    if (s->over)
        return;
    if (!session_live(s->session)) {
        stream_event(s, "signed-out", "{}");
        s->over = true;
        return;
    }
    if (s->due_moved || s->due_counts)
        stream_due(s, now);
    if (now - s->beat_at >= BEAT_MS) {
        stream_text(s, ": .\n\n", 5);
        s->beat_at = now;
    }
}

/* Has central.db changed? Checked once per poll, shared by all streams. */
static bool central_moved(void)
{
    static int64_t version;
    struct trouble why;
    int64_t now = 0;

    if (base_do(reader.office.db, "PRAGMA data_version", &why, NULL, &now, ""))
        return false;
    if (now == version)
        return false;
    version = now;
    return true;
}

/* false: it is over. */
static bool look_once(void)
{
    int64_t now = monotonic_ms();
    bool moved = central_moved(), more;

    pthread_mutex_lock(&mutex);
    more = !stopping;
    for (struct stream *s = more ? all : NULL; s; s = s->next) {
        s->due_moved |= moved;
        s->due_counts |= moved;
        stream_look(s, now);
        stream_wake(s);
    }
    pthread_mutex_unlock(&mutex);
    return more;
}

static int disabled_end(void *nothing, const struct account *account)
{
    (void)nothing;
    if (account->disabled)
        sessions_end_account(account->name);
    return 0;
}

/* `jemput console account disable` is another program: its sessions end here, and their streams with them. */
static void accounts_look(void)
{
    struct trouble why;

    if (accounts_moved(request_accounts()) && accounts_each(request_accounts(), disabled_end, NULL, &why))
        fprintf(stderr, "jemput console: %s\n", why.text);
}

static void *look(void *nothing)
{
    const struct timespec a_while = { .tv_nsec = LOOK_MS * 1000000L };

    (void)nothing;
    while (look_once()) {
        accounts_look();
        sessions_tick();
        nanosleep(&a_while, NULL);
    }
    return NULL;
}

void events_audit(int64_t job, int64_t space)
{
    char data[96];

    snprintf(data, sizeof data, "{\"job\":%lld,\"space\":%lld,\"running\":false}", (long long)job, (long long)space);
    pthread_mutex_lock(&mutex);
    for (struct stream *s = all; s; s = s->next) {
        stream_event(s, "audit", data);
        stream_wake(s);
    }
    pthread_mutex_unlock(&mutex);
}

int events_start(const struct console *c, struct trouble *why)
{
    if (reader_open(&reader, c, why))
        return -1;
    if (pthread_create(&thread, NULL, look, NULL))
        return trouble_set(why, TROUBLE_LATER, "no thread can be made");
    running = true;
    return 0;
}

void events_stop(void)
{
    if (!running)
        return;
    pthread_mutex_lock(&mutex);
    stopping = true;
    for (struct stream *s = all; s; s = s->next) {
        s->over = true;
        stream_wake(s);
    }
    pthread_mutex_unlock(&mutex);
    pthread_join(thread, NULL);
    reader_close(&reader);
    running = false;
}
