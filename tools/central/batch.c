/* batch.c — see batch.h. */
#include "batch.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 3      /* when another program is faster, or the schema moves while it is read */
#define HASH_SHARE 100   /* so much more time passes between two state hashes than one takes */

struct reading {
    struct opened *opened;
    struct slot *live[SLOTS_MAX]; /* those that are told now; a failed one leaves */
    unsigned live_count;
    struct jemput_feed_reading out;
    struct target_begin begin;
    uint64_t rows;
    bool begun, stopped, again, orang_moved;
    atomic_bool *stop;
};

/* Its transaction is over already, or is ended here. */
static void live_fail(struct reading *r, unsigned at, bool open)
{
    if (open)
        r->live[at]->kind->rollback(r->live[at]->target);
    r->again = r->again || r->live[at]->why.kind == TROUBLE_MOVED;
    r->live[at] = r->live[--r->live_count];
}

static void live_begin(struct reading *r)
{
    r->begun = true;
    if (r->out.schema_version != r->opened->schema_version || r->out.schema_remade != r->opened->schema_remade) {
        r->again = r->stopped = true; /* the schema has moved since the shapes were read: look at it anew */
        r->opened->schema_version = 0;
        r->opened->schema_remade = r->out.schema_remade;
        return;
    }
    for (unsigned i = r->live_count; i-- > 0;)
        if (r->live[i]->kind->begin(r->live[i]->target, &r->opened->space, &r->begin, &r->live[i]->why))
            live_fail(r, i, false);
}

static int row_told(void *ctx, const struct jemput_feed_row *row)
{
    struct reading *r = ctx;

    if (!r->begun)
        live_begin(r);
    r->stopped = r->stopped || atomic_load(r->stop) || r->live_count == 0;
    if (r->stopped)
        return 1;
    r->rows++;
    r->orang_moved = r->orang_moved || strcmp(row->table, "orang") == 0 || strcmp(row->table, "keluarga") == 0;
    for (unsigned i = r->live_count; i-- > 0;)
        if (r->live[i]->kind->row(r->live[i]->target, row, &r->live[i]->why))
            live_fail(r, i, true);
    return 0;
}

/* One SQL value of the app's connection as text; false: none, or an error (something waits unsealed). */
static bool app_text(struct jemput *jemput, const char *sql, char *out, size_t room)
{
    sqlite3_stmt *stmt;
    bool got = false;

    if (sqlite3_prepare_v2(jemput_app(jemput), sql, -1, &stmt, NULL))
        return false;
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0)) {
        snprintf(out, room, "%s", (const char *)sqlite3_column_text(stmt, 0));
        got = true;
    }
    sqlite3_finalize(stmt);
    return got;
}

/* The state hash reads the whole state: it is computed as often as it is cheap, and counts only if nothing has moved since the reading. */
static bool hash_read(struct reading *r, char hash[72])
{
    int64_t start = monotonic_ms();
    char token[32];
    bool got;

    if (start < r->opened->hash_due_ms)
        return false;
    got = app_text(r->opened->jemput, "SELECT jemput_state_hash()", hash, 72);
    got = got && app_text(r->opened->jemput, "SELECT jemput_token()", token, sizeof token) && strtoll(token, NULL, 10) == r->out.token;
    r->opened->hash_due_ms = start + HASH_SHARE * (monotonic_ms() - start);
    return got;
}

struct own { /* the newest segment of central's own log */
    uint64_t number;
    char commit[41];
};

static int own_told(void *ctx, const struct jemput_explained *e)
{
    struct own *own = ctx;

    own->number = e->info.number;
    memcpy(own->commit, e->info.commit, sizeof own->commit);
    return 0;
}

/* Unknown: zeroed. Only for people to see which signed segment this is. */
static void own_read(struct own *out, struct opened *o)
{
    struct jemput_error err;
    char name[64];

    *out = (struct own){ 0 };
    snprintf(name, sizeof name, "%s:%llu", o->own_log, (unsigned long long)o->own_segments);
    if (o->own_segments && jemput_log_explain(o->jemput, name, own_told, out, &err))
        *out = (struct own){ 0 };
}

static void live_commit(struct reading *r, int64_t start)
{
    struct own own;
    char hash[72];
    bool hashed = hash_read(r, hash);
    struct target_end end = { .rows = r->rows, .state_hash = hashed ? hash : NULL };

    own_read(&own, r->opened);
    end.central_segment = own.number;
    end.central_commit = own.commit;
    for (unsigned i = r->live_count; i-- > 0;) {
        struct slot *s = r->live[i];

        if (s->kind->commit(s->target, &end, &s->why)) {
            s->known = false;
            live_fail(r, i, false);
            continue;
        }
        s->mark = r->out.till;
        s->moved = true;
        s->rows = r->rows;
        s->took_ms = monotonic_ms() - start;
    }
}

/* One reading for the slots of `live`, which stand at `since`. */
static int reading_run(struct reading *r, const struct jemput_feed_mark *since, struct trouble *why)
{
    int64_t start = monotonic_ms();
    struct jemput_error err;
    enum jemput_status st;

    r->begin = (struct target_begin){ .shapes = r->opened->shapes.of, .shape_count = r->opened->shapes.count, .since = *since, .reading = &r->out };
    st = jemput_feed_read(r->opened->jemput, since, row_told, r, &r->out, &err);
    if (!st && !r->begun && (r->out.whole || memcmp(&r->out.till, since, sizeof *since) != 0))
        live_begin(r);
    if (st || r->stopped) {
        for (unsigned i = 0; r->begun && i < r->live_count; i++)
            r->live[i]->kind->rollback(r->live[i]->target);
        if (st)
            return trouble_engine(why, "read the feed", &err);
        return r->again || r->live_count == 0 ? 0 : trouble_set(why, TROUBLE_STOPPED, "stopped");
    }
    if (r->begun)
        live_commit(r, start);
    return 0;
}

static int shapes_bring(struct opened *o, struct trouble *why)
{
    struct jemput_info info;
    struct jemput_error err;

    if (jemput_info_get(o->jemput, &info, &err))
        return trouble_engine(why, "info", &err);
    snprintf(o->hub, sizeof o->hub, "%s", o->space.hub[0] ? o->space.hub : info.hub);
    if (info.schema_version == o->schema_version && o->shapes.count)
        return 0;
    shapes_release(&o->shapes);
    o->schema_version = 0;
    if (shapes_read(&o->shapes, o->jemput, why))
        return -1;
    o->schema_version = info.schema_version;
    return 0;
}

static void marks_read(struct opened *o, struct slot *slots, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct slot *s = &slots[i];
        uint32_t version;

        s->known = s->target && s->kind->mark(s->target, &o->space, &s->mark, &version, &s->why) == 0;
        if (s->known)
            s->why = (struct trouble){ 0 };
    }
}

/* Every slot that can be reached, those at one mark together. *again: some were overtaken. */
static int turn(struct opened *o, struct slot *slots, unsigned count, atomic_bool *stop, bool *orang_moved, bool *again, struct trouble *why)
{
    bool done[SLOTS_MAX] = { false };

    *again = false;
    marks_read(o, slots, count);
    for (unsigned i = 0; i < count; i++) {
        struct reading r = { .opened = o, .stop = stop };
        struct jemput_feed_mark since = slots[i].mark;

        for (unsigned k = i; k < count && slots[i].known; k++)
            if (!done[k] && slots[k].known && memcmp(&slots[k].mark, &since, sizeof since) == 0) {
                r.live[r.live_count++] = &slots[k];
                done[k] = true;
            }
        if (r.live_count && reading_run(&r, &since, why))
            return -1;
        *again = *again || r.again;
        *orang_moved = *orang_moved || r.orang_moved;
    }
    return 0;
}

int batch_run(struct opened *o, struct slot *slots, unsigned count, atomic_bool *stop, bool *orang_moved, struct trouble *why)
{
    bool again = true;
    int rc = 0;

    *orang_moved = false;
    for (unsigned i = 0; i < count; i++) {
        slots[i].moved = false;
        slots[i].rows = 0;
    }
    for (unsigned tries = 0; !rc && again && tries < TRIES_MAX; tries++) {
        rc = shapes_bring(o, why);
        if (!rc)
            rc = turn(o, slots, count, stop, orang_moved, &again, why);
    }
    return !rc && again ? trouble_set(why, TROUBLE_LATER, "others were faster, %d times", TRIES_MAX) : rc;
}
