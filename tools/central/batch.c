/* batch.c — see batch.h. */
#include "batch.h"

#include "beat.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define TRIES_MAX 3      /* when another program is faster, or the schema moves while it is read */
#define BEAT_ROWS 1000
#define HASH_SHARE 100   /* so much more time passes between two state hashes than one takes */

struct hash { /* the newest that was read, "" = none; and of which state */
    char text[72];
    int64_t token;
};

struct reading { /* of one slot: each has its own, so that a target which has to wait keeps no other's transaction open */
    struct opened *opened;
    struct slot *slot;
    struct hash *hash;
    struct jemput_feed_reading out;
    struct target_begin begin;
    uint64_t rows;
    bool begun, open, stopped, failed, again, orang_moved; /* open: the target's transaction is */
    atomic_bool *stop;
};

static void slot_fail(struct reading *r)
{
    if (r->open)
        r->slot->kind->rollback(r->slot->target);
    r->open = false;
    r->stopped = r->failed = true;
    r->again = r->slot->why.kind == TROUBLE_MOVED;
}

static void slot_begin(struct reading *r)
{
    r->begun = true;
    if (r->out.schema_version != r->opened->schema_version || r->out.schema_remade != r->opened->schema_remade) {
        r->again = r->stopped = true; /* the schema has moved since the shapes were read: look at it anew */
        r->opened->schema_version = 0;
        r->opened->schema_remade = r->out.schema_remade;
        return;
    }
    if (r->slot->kind->begin(r->slot->target, &r->opened->space, &r->begin, &r->slot->why))
        slot_fail(r);
    else
        r->open = true;
}

static int row_told(void *ctx, const struct jemput_feed_row *row)
{
    struct reading *r = ctx;

    if (!r->begun)
        slot_begin(r);
    r->stopped = r->stopped || atomic_load(r->stop);
    if (r->stopped)
        return 1;
    if (++r->rows % BEAT_ROWS == 0)
        beat();
    r->orang_moved = r->orang_moved || strcmp(row->table, "orang") == 0 || strcmp(row->table, "keluarga") == 0;
    if (r->slot->kind->row(r->slot->target, row, &r->slot->why))
        slot_fail(r);
    return r->stopped;
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
static bool hash_read(struct reading *r)
{
    int64_t start = monotonic_ms();
    char token[32];
    bool got;

    if (r->hash->text[0] && r->hash->token == r->out.token) /* the target before this one has shown the same */
        return true;
    if (start < r->opened->hash_due_ms)
        return false;
    got = app_text(r->opened->jemput, "SELECT jemput_state_hash()", r->hash->text, sizeof r->hash->text);
    got = got && app_text(r->opened->jemput, "SELECT jemput_token()", token, sizeof token) && strtoll(token, NULL, 10) == r->out.token;
    r->hash->token = r->out.token;
    if (!got)
        r->hash->text[0] = '\0';
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

static void slot_commit(struct reading *r, int64_t start)
{
    struct slot *s = r->slot;
    struct own own;
    struct target_end end = { .rows = r->rows, .state_hash = hash_read(r) ? r->hash->text : NULL };

    own_read(&own, r->opened);
    end.central_segment = own.number;
    end.central_commit = own.commit;
    r->open = false;
    if (s->kind->commit(s->target, &end, &s->why)) {
        s->known = false;
        slot_fail(r);
        return;
    }
    s->mark = r->out.till;
    s->moved = true;
    s->rows = r->rows;
    s->took_ms = monotonic_ms() - start;
}

static int reading_run(struct reading *r, struct trouble *why)
{
    const struct jemput_feed_mark since = r->slot->mark;
    int64_t start = monotonic_ms();
    struct jemput_error err;
    enum jemput_status st;

    r->begin = (struct target_begin){ .shapes = r->opened->shapes.of, .shape_count = r->opened->shapes.count, .since = since, .reading = &r->out };
    st = jemput_feed_read(r->opened->jemput, &since, row_told, r, &r->out, &err);
    if (!st && !r->begun && (r->out.whole || memcmp(&r->out.till, &since, sizeof since) != 0))
        slot_begin(r);
    if (st || r->stopped) {
        if (r->open)
            r->slot->kind->rollback(r->slot->target);
        if (st)
            return trouble_engine(why, "read the feed", &err);
        return r->again || r->failed ? 0 : trouble_set(why, TROUBLE_STOPPED, "stopped");
    }
    if (r->begun)
        slot_commit(r, start);
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

/* Every slot that can be reached, one behind the other. *again: some were overtaken. */
static int turn(struct opened *o, struct slot *slots, unsigned count, atomic_bool *stop, bool *orang_moved, bool *again, struct trouble *why)
{
    struct hash hash = { .text = "" };
    int rc = 0;

    *again = false;
    marks_read(o, slots, count);
    for (unsigned i = 0; !rc && i < count; i++) {
        struct reading r = { .opened = o, .slot = &slots[i], .hash = &hash, .stop = stop };

        if (!slots[i].known)
            continue;
        rc = reading_run(&r, why);
        *again = *again || r.again;
        *orang_moved = *orang_moved || r.orang_moved;
    }
    return rc;
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
