/* api/feed/feed.c — following a store from outside: the calls of jemput/feed.h. What was noted, and rows as they stand: store/feed/feed.h. A row as
 * it is told: feed/row.c. */
#include <string.h>

#include "api/act/act.h"
#include "api/facts.h"
#include "api/feed/row.h"
#include "api/handle/moment.h"
#include "api/look/look.h"
#include "api/roster/roster.h"

#define MANY_ROWS 4096

/* --- noting --- */

enum jemput_status jemput_feed_begin(struct jemput *j, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "feed");
    st = jemput_store_feed_begin(j->store, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st ? jemput_wrap(err, "feed") : JEMPUT_OK;
}

enum jemput_status jemput_feed_done(struct jemput *j, const struct jemput_feed_mark *mark, struct jemput_error *err)
{
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (st)
        return jemput_wrap(err, "feed");
    st = jemput_store_feed_done(j->store, mark->number, mark->id, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        engine_undo(j);
    return st ? jemput_wrap(err, "feed") : JEMPUT_OK;
}

/* --- reading --- */

static enum jemput_status reading_begin(struct feed_telling *t, const struct jemput_feed_mark *since, struct jemput_feed_notes *notes,
                                        struct jemput_feed_reading *out, struct jemput_arena *arena, struct jemput_error *err)
{
    static const struct jemput_feed_mark beginning;
    struct jemput_feed_reading reading;
    int64_t version = 0, remade = 0;
    enum jemput_status st;

    memset(&reading, 0, sizeof reading);
    if (!since)
        since = &beginning;
    st = jemput_store_feed_notes(t->j->store, since->number, since->id, notes, arena, err);
    if (!st)
        st = jemput_store_number_get(t->j->store, FACT_SCHEMA_VERSION, 1, &version, err);
    if (!st)
        st = jemput_store_number_get(t->j->store, FACT_SCHEMA_REMADE, 0, &remade, err);
    if (!st)
        st = jemput_store_frontier(t->j->store, &reading.token, err);
    if (st)
        return st;
    reading.whole = notes->whole;
    reading.till.number = notes->number;
    memcpy(reading.till.id, notes->id, sizeof reading.till.id);
    reading.schema_version = (uint32_t)version;
    reading.schema_remade = (uint32_t)remade;
    *out = reading;
    return JEMPUT_OK;
}

static enum jemput_status rows_read(struct feed_telling *t, const struct jemput_feed_notes *notes, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t id = 1; !st && notes->whole && id <= jemput_store_table_count(t->j->store); id++)
        st = jemput_feed_table_tell(t->reader, jemput_store_table(t->j->store, id), feed_row_tell, t, err);
    for (size_t i = 0; !st && !notes->whole && i < notes->count; i++)
        st = jemput_feed_row_tell(t->reader, jemput_store_table(t->j->store, notes->names[i].table), notes->names[i].key, feed_row_tell, t, err);
    return st;
}

enum jemput_status jemput_feed_read(struct jemput *j, const struct jemput_feed_mark *since, jemput_feed_cb each, void *ctx,
                                    struct jemput_feed_reading *out, struct jemput_error *err)
{
    struct feed_telling t = { .j = j, .each = each, .ctx = ctx };
    struct jemput_feed_notes notes = { 0 };
    struct jemput_arena arena = { 0 };
    bool mine = false;
    enum jemput_status st = engine_look_begin(j, &mine, err);

    if (!st)
        st = jemput_feed_reader_open(&t.reader, j->store, err);
    if (!st)
        st = reading_begin(&t, since, &notes, out, &arena, err);
    if (!st)
        st = jemput_feed_reader_expect(t.reader, notes.whole || notes.count >= MANY_ROWS, err);
    if (!st)
        st = rows_read(&t, &notes, err);
    jemput_feed_reader_close(t.reader);
    engine_moment_end(j, mine);
    feed_telling_release(&t);
    jemput_arena_release(&arena);
    st = look_stopped(st);
    return st ? jemput_wrap(err, "feed") : JEMPUT_OK;
}

enum jemput_status jemput_feed_row(struct jemput *j, const char *table, const struct jemput_datum *key, unsigned key_count, jemput_feed_cb each,
                                   void *ctx, struct jemput_error *err)
{
    struct feed_telling t = { .j = j, .each = each, .ctx = ctx };
    const struct jemput_table *of = NULL;
    struct jemput_bytes bytes = { 0 };
    struct act keeping = { 0 };
    bool mine = false;
    enum jemput_status st = engine_look_begin(j, &mine, err);

    if (!st)
        st = act_table(j, table, &of, err);
    if (!st)
        st = act_key(j, &keeping, of, key, key_count, &bytes, err);
    if (!st)
        st = jemput_feed_reader_open(&t.reader, j->store, err);
    if (!st)
        st = jemput_feed_row_tell(t.reader, of, bytes, feed_row_tell, &t, err);
    jemput_feed_reader_close(t.reader);
    engine_moment_end(j, mine);
    feed_telling_release(&t);
    act_release(&keeping);
    st = look_stopped(st);
    return st ? jemput_wrap(err, "feed") : JEMPUT_OK;
}

/* --- tables --- */

enum jemput_status jemput_tables(struct jemput *j, jemput_table_cb each, void *ctx, struct jemput_error *err)
{
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    for (uint32_t id = 1; !st && id <= jemput_store_table_count(j->store); id++) {
        struct jemput_buf options = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);

        st = jemput_store_table_options(j->store, id, &options, err);
        jemput_buf_u8(&options, 0);
        if (!st)
            st = jemput_buf_check(&options, "options", err);
        if (!st && each(ctx, jemput_store_table(j->store, id)->name, (const char *)options.data))
            st = jemput_fail(err, JEMPUT_CANCELLED, "stopped");
        jemput_buf_release(&options);
    }
    engine_moment_end(j, mine);
    return look_stopped(st);
}
