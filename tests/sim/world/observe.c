/* sim/world/observe.c — what can be seen of a device from outside: its tables row by row, the stamps of what is pending, and the hashes of
 * segments. */
#include "device.h"

#include <stdio.h>
#include <string.h>

#include "acts.h"
#include "failure.h"
#include "oracle.h"
#include "rights.h"
#include "sealed.h"
#include "sometimes.h"
#include "verdict.h"

static uint32_t marks[ROWS_MAX], mark; /* which rows of the image were found again */

static sqlite3_stmt *prepared(struct device *d, sqlite3_stmt **stmt, const char *sql)
{
    if (!*stmt && sqlite3_prepare_v2(d->sql, sql, -1, stmt, NULL))
        failure("device %u: %s: %s", d->number, sql, sqlite3_errmsg(d->sql));
    return *stmt;
}

static void end(struct device *d, sqlite3_stmt *stmt, int rc, const char *what)
{
    if (rc != SQLITE_DONE)
        failure("device %u: reading %s: %s", d->number, what, sqlite3_errmsg(d->sql));
    sqlite3_reset(stmt);
}

/* --- tables --- */

/* Columns come, and go only where an old copy is put in a device's place. */
static void columns_see(struct device *d, unsigned table, unsigned count)
{
    if (count < d->knows.columns[table] || count > d->history->schema->tables[table].column_count)
        failure("device %u: table %s has %u columns", d->number, d->history->schema->tables[table].name, count);
    d->knows.columns[table] = (uint8_t)count;
}

static void image_table(struct device *d, unsigned table, struct difference *out, uint32_t *count)
{
    const struct table *t = &d->history->schema->tables[table];
    sqlite3_stmt *stmt;
    char sql[64];
    int rc;

    snprintf(sql, sizeof sql, "SELECT * FROM %s", t->name);
    stmt = prepared(d, &d->select[table], sql);
    rc = sqlite3_step(stmt); /* prepares it anew if a column came */
    columns_see(d, table, (unsigned)sqlite3_column_count(stmt));
    for (; rc == SQLITE_ROW; rc = sqlite3_step(stmt)) {
        val values[COLUMNS_MAX] = { 0 }, key[KEY_MAX] = { 0 };
        uint32_t row;

        for (unsigned i = 0; i < (unsigned)sqlite3_column_count(stmt); i++)
            values[i] = value_column(stmt, (int)i);
        for (unsigned i = 0; i < t->key_count; i++)
            key[i] = values[t->key[i]];
        row = history_row(d->history, table, key);
        if (marks[row] == mark)
            failure("device %u: %s is there twice", d->number, history_row_print(d->history, row));
        marks[row] = mark;
        if (d->knows.image[row] && memcmp(d->knows.image[row], values, sizeof values) == 0)
            continue;
        out[*count] = (struct difference){ row, d->knows.image[row], history_values(values) };
        d->knows.image[row] = out[(*count)++].after;
    }
    end(d, stmt, rc, t->name);
}

static uint32_t image_read(struct device *d, struct difference *out)
{
    uint32_t count = 0;

    mark++;
    for (unsigned i = 0; i < d->history->schema->table_count; i++)
        image_table(d, i, out, &count);
    for (uint32_t row = 0; row < d->history->row_count; row++) {
        if (!d->knows.image[row] || marks[row] == mark)
            continue;
        out[count++] = (struct difference){ row, d->knows.image[row], NULL };
        d->knows.image[row] = NULL;
    }
    return count;
}

/* --- pending --- */

/* All that is known as unsealed must be pending. Returns the stamp of one more, 0 = there is none. */
static uint64_t pending_read(struct device *d)
{
    sqlite3_stmt *stmt = prepared(d, &d->pending, "SELECT stamp FROM jemput_pending ORDER BY stamp");
    uint64_t extra = 0;
    uint32_t at = 0;
    int rc;

    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        uint64_t stamp = (uint64_t)sqlite3_column_int64(stmt, 0);

        if (at < d->knows.unsealed_count && d->history->txns[d->knows.unsealed[at]].stamp == stamp)
            at++;
        else if (at == d->knows.unsealed_count && !extra)
            extra = stamp;
        else
            failure("device %u: pending is a transaction of stamp %llu that nobody committed", d->number, (unsigned long long)stamp);
    }
    end(d, stmt, rc, "jemput_pending");
    if (at < d->knows.unsealed_count)
        failure("device %u: acknowledged transaction %u (stamp %llu) is neither pending nor sealed", d->number, d->knows.unsealed[at],
                (unsigned long long)d->history->txns[d->knows.unsealed[at]].stamp);
    return extra;
}

/* --- segments --- */

static uint64_t varint(const uint8_t **at, const uint8_t *end_of)
{
    uint64_t n = 0;

    for (unsigned shift = 0; *at < end_of && shift < 64; shift += 7) {
        uint8_t b = *(*at)++;

        n |= (uint64_t)(b & 127) << shift;
        if (!(b & 128))
            break;
    }
    return n;
}

/* The stamp behind the one before (schema/formats/store.md, "jemput_segment"). */
static uint64_t stamp_next(uint64_t before, const uint8_t **at, const uint8_t *end_of)
{
    uint64_t step = varint(at, end_of), ms = (before >> 16) + step / 2;

    return ms << 16 | (step % 2 ? varint(at, end_of) : 0);
}

/* The deed under way, just sealed. Like any other it has seen all that is merged. */
static uint32_t deed_sealed(struct device *d, uint64_t stamp)
{
    struct history *h = d->history;
    struct deed *deed = d->deed;

    if (!deed || deed->txn != NONE)
        return NONE;
    deed->txn = history_txn_add(h, d->number, stamp, &d->knows.merged, d->knows.columns);
    h->txns[deed->txn].decides = true;
    for (unsigned i = 0; i < deed->count; i++) {
        struct effect *e = history_effect_add(h, deed->txn, deed->of[i].row, deed->of[i].before, deed->of[i].after);

        if (e->op == EFFECT_UPDATE)
            e->groups = deed->of[i].groups;
        oracle_effect_fill(h, e, &d->knows.merged);
    }
    set_add(&d->knows.own, deed->txn);
    set_add(&d->knows.merged, deed->txn);
    return deed->txn;
}

/* An own segment, just sealed: which of the unsealed transactions are in it. */
static void segment_sealed(struct device *d, uint32_t segment, sqlite3_stmt *stmt)
{
    const uint8_t *at = sqlite3_column_blob(stmt, 4), *end_of = at + sqlite3_column_bytes(stmt, 4);
    struct history_segment *s = &d->history->segments[segment];
    struct knowledge *k = &d->knows;
    uint64_t stamp = 0;

    for (unsigned i = 0; i < (unsigned)sqlite3_column_int(stmt, 3); i++) {
        uint32_t place = 0, txn;

        stamp = stamp_next(stamp, &at, end_of);
        while (place < k->unsealed_count && d->history->txns[k->unsealed[place]].stamp != stamp)
            place++;
        txn = place < k->unsealed_count ? k->unsealed[place] : d->composes ? sealed_txn_add(d, s->hash, stamp) : deed_sealed(d, stamp);
        if (txn == NONE)
            failure("device %u: sealed is a transaction of stamp %llu that nobody committed", d->number, (unsigned long long)stamp);
        if (s->txn_count == sizeof s->txns / sizeof s->txns[0])
            failure("a segment of more than %u transactions", s->txn_count);
        s->txns[s->txn_count++] = txn;
        d->history->txns[txn].segment = segment;
        memcpy(d->history->txns[txn].writer, sqlite3_column_blob(stmt, 6), sizeof d->history->txns[txn].writer);
        if (place == k->unsealed_count)
            continue;
        memmove(&k->unsealed[place], &k->unsealed[place + 1], (k->unsealed_count - place - 1) * sizeof k->unsealed[0]);
        k->unsealed_count--;
    }
}

/* An old copy has sealed what its lost branch had sealed, bit by bit the same: then it is the same, and no second one. */
static void segment_again(struct device *d, const struct history_segment *s)
{
    struct knowledge *k = &d->knows;

    for (uint32_t i = 0; i < s->txn_count; i++)
        for (uint32_t u = 0; u < k->unsealed_count; u++) {
            uint32_t twin = k->unsealed[u];

            if (d->history->txns[twin].stamp != d->history->txns[s->txns[i]].stamp)
                continue;
            memmove(&k->unsealed[u], &k->unsealed[u + 1], (k->unsealed_count - u - 1) * sizeof k->unsealed[0]);
            k->unsealed_count--;
            set_swap(&k->merged, twin, s->txns[i]);
            set_swap(&k->own, twin, s->txns[i]);
            for (uint32_t later = 0; later < k->unsealed_count; later++)
                set_swap(&d->history->txns[k->unsealed[later]].seen, twin, s->txns[i]);
            break;
        }
}

/* One that nobody had seen before: as it stands in its device's register. */
static uint32_t segment_new(struct device *d, sqlite3_stmt *stmt)
{
    uint32_t segment = history_segment_add(d->history, sqlite3_column_blob(stmt, 1), d->number);
    struct history_segment *s = &d->history->segments[segment];

    s->control = sqlite3_column_int(stmt, 5) != 0;
    s->has_records = s->control && sqlite3_column_int(stmt, 3) > 0;
    s->number = (uint64_t)sqlite3_column_int64(stmt, 8);
    s->stamp = (uint64_t)sqlite3_column_int64(stmt, 11);
    memcpy(s->writer, sqlite3_column_blob(stmt, 6), sizeof s->writer);
    memcpy(s->previous, sqlite3_column_blob(stmt, 9), sizeof s->previous);
    memcpy(s->commit, sqlite3_column_blob(stmt, 10), sizeof s->commit);
    s->known = sqlite3_column_int(stmt, 2) ? history_keep(&d->knows.segments, sizeof d->knows.segments) : NULL;
    segments_add(&d->knows.segments, segment);
    if (s->has_records && d->history->trusts)
        acts_take(d, segment);
    if (!s->control && d->history->backdates)
        acts_schema(d, segment);
    if (!s->control)
        segment_sealed(d, segment, stmt);
    return segment;
}

static bool is_stick(const struct history *h, const uint8_t *writer)
{
    for (uint32_t i = 0; i < h->stick_count; i++)
        if (memcmp(h->sticks[i], writer, sizeof h->sticks[i]) == 0)
            return true;
    return false;
}

static void segment_see(struct device *d, sqlite3_stmt *stmt)
{
    bool own = sqlite3_column_int(stmt, 2) != 0, control = sqlite3_column_int(stmt, 5) != 0;
    uint32_t segment;

    if (sqlite3_column_bytes(stmt, 1) != 32)
        failure("device %u: a segment's hash has %d bytes", d->number, sqlite3_column_bytes(stmt, 1));
    d->knows.segment_last = sqlite3_column_int64(stmt, 0);
    segment = history_segment(d->history, sqlite3_column_blob(stmt, 1));
    if (segment != NONE && own && !control)
        segment_again(d, &d->history->segments[segment]);
    if (segment == NONE && (own || (d->history->begins && control) || is_stick(d->history, sqlite3_column_blob(stmt, 6))))
        segment = segment_new(d, stmt);
    if (segment == NONE)
        failure("device %u: has a %s segment that nobody sealed", d->number, control ? "control" : "data");
    segments_add(&d->knows.segments, segment);
    if (d->history->segments[segment].place > d->knows.place_last)
        d->knows.place_last = d->history->segments[segment].place;
    if (sqlite3_column_int(stmt, 7)) { /* its key has not come */
        if (d->knows.unread_first == 0)
            d->knows.unread_first = d->knows.segment_last;
        sometimes(SOMETIMES_UNREAD);
        return;
    }
    for (uint32_t i = 0; i < d->history->segments[segment].txn_count; i++)
        set_add(&d->knows.merged, d->history->segments[segment].txns[i]);
}

static void segments_read(struct device *d)
{
    sqlite3_stmt *stmt = prepared(d, &d->segments, "SELECT s.id, hash, own, txn_count, stamps, control, l.writer, u.segment, number, previous, oid, "
                                                       "stamp FROM jemput_segment s "
                                                       "JOIN jemput_line l ON l.id = s.line LEFT JOIN jemput_unread u ON u.segment = s.id "
                                                       "WHERE s.id > ? ORDER BY s.id");
    int rc;

    sqlite3_bind_int64(stmt, 1, d->knows.unread_first ? d->knows.unread_first - 1 : d->knows.segment_last);
    d->knows.unread_first = 0;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        segment_see(d, stmt);
    end(d, stmt, rc, "jemput_segment");
}

/* --- both --- */

static uint32_t commit_note(struct device *d, uint64_t stamp, const struct txnset *under, const struct difference *of, uint32_t count)
{
    struct history *h = d->history;
    struct txnset seen = under ? *under : d->knows.merged;
    uint32_t txn;

    d->knows.doubtful = false;
    set_join(&seen, &d->knows.own);
    txn = history_txn_add(h, d->number, stamp, &seen, d->knows.columns);
    h->txns[txn].has_form = under != NULL;
    if (under)
        h->txns[txn].form = *under;
    for (uint32_t i = 0; i < count; i++)
        oracle_effect_fill(h, history_effect_add(h, txn, of[i].row, of[i].before, of[i].after), &d->knows.merged);
    if (h->schema->has_rights && !d->forging && verdict_is_member(d) && !rights_allow_txn(d, txn))
        failure("device %u: transaction %u was committed, and is beyond what the device may write", d->number, txn);
    if (d->knows.unsealed_count == UNSEALED_MAX)
        failure("more than %d unsealed transactions", UNSEALED_MAX);
    d->knows.unsealed[d->knows.unsealed_count++] = txn;
    set_add(&d->knows.own, txn);
    set_add(&d->knows.merged, txn);
    verdict_compute(d);
    d->knows.refused_shows = d->knows.refused_shows || set_has(&d->knows.refused, txn);
    for (uint32_t i = 0; i < count; i++)
        d->knows.refused_shows = d->knows.refused_shows || h->forgotten[of[i].row];
    return txn;
}

uint32_t device_observe_commit(struct device *d, const struct txnset *under, bool acked, bool maybe)
{
    static struct difference of[ROWS_MAX];
    uint32_t count = image_read(d, of);
    uint64_t stamp = pending_read(d);

    verdict_view(d);
    if (!stamp && count)
        failure("device %u: %s %s, and no transaction is pending that says so", d->number, history_row_print(d->history, of[0].row),
                !of[0].before ? "is new"
                : of[0].after ? "has changed"
                              : "is gone");
    if (stamp && !count)
        failure("device %u: a transaction of stamp %llu that changed nothing is pending", d->number, (unsigned long long)stamp);
    if (stamp && !acked && !maybe)
        failure("device %u: a transaction is pending that was not committed", d->number);
    return stamp ? commit_note(d, stamp, under, of, count) : NONE;
}

uint32_t device_observe_sync(struct device *d)
{
    static struct difference of[ROWS_MAX];
    int64_t last = d->knows.segment_last;
    uint64_t stamp;
    uint32_t count;

    verdict_view(d);
    segments_read(d);
    d->knows.doubtful = d->knows.doubtful && d->knows.segment_last == last; /* to seal is to write */
    stamp = pending_read(d);
    if (stamp && !d->knows.doubtful)
        failure("device %u: a transaction is pending that nobody committed", d->number);
    count = image_read(d, of);
    if (stamp)
        commit_note(d, stamp, d->knows.doubtful_form ? &d->knows.doubtful_under : NULL, of, count);
    verdict_compute(d);
    return count;
}
