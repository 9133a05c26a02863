/* events.c — see events.h. One thread looks at central.db twice a second, for all streams; those that have nothing to send are suspended. */
#include "events.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stream.h"

#define LOOK_MS 500
#define BEAT_MS 15000
#define COUNTS_MS 2000 /* counting is dearer than looking: not more often for one stream, */
#define COUNT_FOR_MS 500 /* and not longer at a time than until this is over */
#define UNSENT_MAX 16

static struct reader reader;
static pthread_t thread;
static bool running;

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

static void moved_tell(struct stream *s)
{
    struct trouble why;

    for (unsigned i = 0; i < s->reach.count; i++) {
        const struct reach_space *r = &s->reach.of[i];
        struct told *told = told_of(s, r->standing.space);
        struct sqlite3_stmt *stmt;
        char data[192];
        int64_t n;

        if (!told || base_prepare(reader.office.db, &stmt, "SELECT number, at_ms FROM batch WHERE space = ?1 ORDER BY number DESC LIMIT 1", &why))
            return;
        n = r->shown ? (int64_t)r->n : told->n < 0 ? 0 : told->n; /* a batch is under way: what it brings is not told of yet */
        base_bind(stmt, "i", r->standing.space);
        if (sqlite3_step(stmt) == SQLITE_ROW && (told->batch != sqlite3_column_int64(stmt, 0) || told->n != n)) {
            told->batch = sqlite3_column_int64(stmt, 0);
            told->n = n;
            snprintf(data, sizeof data, "{\"space\":%lld,\"n\":%lld,\"batch\":%lld,\"at_ms\":%lld}", (long long)told->space, (long long)told->n,
                     (long long)told->batch, (long long)sqlite3_column_int64(stmt, 1));
            stream_send(s, "moved", data);
        }
        sqlite3_finalize(stmt);
    }
}

/* Where something is signed that the hub could not be given yet. */
static void unsent_tell(struct stream *s)
{
    int64_t spaces[UNSENT_MAX];
    unsigned count = desks_unsent(s->session->desks, spaces, UNSENT_MAX);
    char data[UNSENT_BYTES] = "{\"spaces\":[";
    size_t len = strlen(data);

    for (unsigned i = 0; i < count; i++)
        len += (size_t)snprintf(data + len, sizeof data - len, "%s%lld", i ? "," : "", (long long)spaces[i]);
    snprintf(data + len, sizeof data - len, "]}");
    if (strcmp(data, s->unsent) != 0 && (count || s->unsent[0]))
        stream_send(s, "unsent", data);
    memcpy(s->unsent, data, sizeof data);
}

static void counts_tell(struct stream *s, const struct waits *waits)
{
    char *data = NULL;
    size_t len;
    struct json j = { .out = NULL };

    if (s->counted_at && memcmp(waits, &s->waits, sizeof *waits) == 0)
        return;
    j.out = open_memstream(&data, &len);
    if (!j.out)
        return;
    waits_json(&j, NULL, waits);
    fclose(j.out);
    data[strcspn(data, "\n")] = '\0';
    stream_send(s, "counts", data);
    free(data);
    s->waits = *waits;
}

/* The one that waits longest to be counted for: pages that come and go do not keep the others from it. */
static struct stream *counts_due(struct stream *const of[], unsigned count, int64_t now)
{
    struct stream *due = NULL;

    for (unsigned i = 0; i < count; i++) {
        struct stream *s = of[i];

        if (s->due_counts && s->reach.of && now - s->counted_at >= COUNTS_MS && (!due || s->due_since < due->due_since))
            due = s;
    }
    return due;
}

/* Once for all that may see the same. Those that this turn has no time for come first in the next. */
static void counts_look(struct stream *const of[], unsigned count, int64_t now)
{
    struct stream *due;
    struct waits waits;
    struct trouble why;
    bool good;

    while (monotonic_ms() - now <= COUNT_FOR_MS && (due = counts_due(of, count, now)) != NULL) {
        reader_begin(&reader, &due->reach, true);
        good = waits_read(&waits, &reader, &why) == 0;
        reader_end(&reader);
        for (unsigned i = 0; i < count; i++) {
            struct stream *s = of[i];

            if (!s->due_counts || !s->reach.of || memcmp(s->reach_key, due->reach_key, CACHE_KEY_BYTES) != 0)
                continue;
            if (good)
                counts_tell(s, &waits);
            s->counted_at = now;
            s->due_counts = false;
        }
    }
}

static void stream_look(struct stream *s, bool moved, int64_t now)
{
    struct trouble why;

    s->due_moved |= moved;
    if (moved && !s->due_counts) {
        s->due_counts = true;
        s->due_since = now;
    }
    if (!session_live(s->session)) {
        stream_send(s, "signed-out", "{}");
        stream_over(s);
        return;
    }
    unsent_tell(s);
    if ((s->due_moved || s->due_counts) && reach_read(&s->reach, s->session->desks, reader.office.db, &why) == 0) {
        cache_reach(&s->reach, s->reach_key);
        if (s->due_moved)
            moved_tell(s);
        s->due_moved = false;
    }
    if (now - s->beat_at >= BEAT_MS) {
        stream_beat(s);
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
    struct stream *of[STREAMS_MAX];
    unsigned count;
    int64_t now = monotonic_ms();
    bool moved = central_moved(), more = streams_take(of, &count);

    for (unsigned i = 0; i < count; i++)
        stream_look(of[i], moved, now);
    counts_look(of, count, now);
    for (unsigned i = 0; i < count; i++)
        reach_release(&of[i]->reach);
    streams_give();
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
    streams_tell("audit", data);
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
    streams_close();
    pthread_join(thread, NULL);
    reader_close(&reader);
    running = false;
}
