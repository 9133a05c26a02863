/* ask_device.c — GET /api/devices: who may what, who was heard of when; and at which of its segments a device can be cut off. */
#include <stdlib.h>
#include <string.h>

#include "auditjob.h"
#include "list.h"
#include "row.h"
#include "whys.h"

static const char devices_sql[] =
    "SELECT d.space, d.key, d.number, d.label, d.state, d.roles, d.scope, d.last_seen_ms, d.last_receipt_ms, d.segments, d.unsent, "
    "d.clock_doubtful, d.schema_version, d.why, d.reason, d.carries_on_for, d.self, d.root, d.key_turn, d.version, d.store_mib, d.free_mib, "
    "(SELECT max(key_turn) FROM device_ s WHERE s.space = d.space), d.space, d.state = 'menunggu', d.number, d.key FROM device_ d "
    "WHERE (?1 IS NULL OR d.space = ?1) AND (?2 IS NULL OR (d.space, d.state = 'menunggu', d.number, d.key) > (?2, ?3, ?4, ?5)) AND may(d.space) "
    "ORDER BY d.space, d.state = 'menunggu', d.number, d.key LIMIT ?6";
enum { PLACE = 23, PLACE_COLUMNS = 4 };

static const char *state_word(const char *state)
{
    static const char *const words[][2] = {
        { "aktif", "active" }, { "ditangguhkan", "suspended" }, { "berganti kunci", "rotated" }, { "dicabut", "revoked" }, { "menunggu", "asks" }
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], state) == 0)
            return words[i][1];
    return state;
}

static void device_item(struct request *q, struct json *j, struct sqlite3_stmt *stmt)
{
    (void)q;
    json_object(j, NULL);
    json_integer(j, "space", sqlite3_column_int64(stmt, 0));
    json_column(j, "key", stmt, 1);
    json_integer(j, "number", sqlite3_column_int64(stmt, 2));
    json_column(j, "label", stmt, 3);
    json_text(j, "state", state_word((const char *)sqlite3_column_text(stmt, 4)));
    json_column(j, "roles", stmt, 5);
    json_column(j, "scope", stmt, 6);
    json_number_or_null(j, "last_seen_ms", sqlite3_column_int64(stmt, 7) != 0, sqlite3_column_int64(stmt, 7));
    json_number_or_null(j, "last_receipt_ms", sqlite3_column_int64(stmt, 8) != 0, sqlite3_column_int64(stmt, 8));
    json_integer(j, "segments", sqlite3_column_int64(stmt, 9));
    json_integer(j, "unsent", sqlite3_column_int64(stmt, 10));
    json_bool(j, "clock_doubtful", sqlite3_column_int(stmt, 11));
    json_integer(j, "schema_version", sqlite3_column_int64(stmt, 12));
    json_column(j, "why", stmt, 13);
    json_column(j, "reason", stmt, 14);
    json_number_or_null(j, "carries_on_for", sqlite3_column_int64(stmt, 15) != 0, sqlite3_column_int64(stmt, 15));
    json_bool(j, "self", sqlite3_column_int(stmt, 16));
    json_integer(j, "root", sqlite3_column_int64(stmt, 17));
    json_integer(j, "key_turn", sqlite3_column_int64(stmt, 18));
    json_integer(j, "key_turns", sqlite3_column_int64(stmt, 22));
    json_column(j, "version", stmt, 19);
    json_number_or_null(j, "store_mib", sqlite3_column_int64(stmt, 20) >= 0, sqlite3_column_int64(stmt, 20));
    json_number_or_null(j, "free_mib", sqlite3_column_int64(stmt, 21) >= 0, sqlite3_column_int64(stmt, 21));
    json_end_object(j);
}

static bool waiting_json(struct request *q, struct json *j, const struct reach_space *space)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    if (base_prepare(q->reader->office.db, &stmt,
                     "SELECT space, act, kind, device, signers, needed, by, claimed_ms FROM waiting_ WHERE (?1 IS NULL OR space = ?1) AND may(space) "
                     "ORDER BY claimed_ms",
                     &why))
        return answer_trouble(&q->answer, &why);
    if (space)
        sqlite3_bind_int64(stmt, 1, space->standing.space);
    json_array(j, "waiting");
    while (sqlite3_step(stmt) == SQLITE_ROW)
        row_json_whole(j, NULL, stmt);
    json_end_array(j);
    sqlite3_finalize(stmt);
    return true;
}

bool ask_devices(struct request *q)
{
    const struct reach_space *space;
    struct list list = {
        .sql = devices_sql, .place = PLACE, .place_columns = PLACE_COLUMNS, .after_at = 2, .limit_at = 6, .item = device_item, .total = -1
    };
    struct json *j = &q->answer.json;

    if (!parameter_space(q, &space) || !list_prepare(q, &list))
        return false;
    if (space)
        sqlite3_bind_int64(list.stmt, 1, space->standing.space);
    if (!answer_open(&q->answer))
        return sqlite3_finalize(list.stmt), false;
    json_object(j, NULL);
    if (!waiting_json(q, j, space))
        return sqlite3_finalize(list.stmt), false;
    if (!list_members(q, j, &list))
        return false;
    json_end_object(j);
    return true;
}

/* --- cuts --- */

struct cut {
    uint64_t number;
    char commit[41];
    int64_t claimed_ms;
    uint32_t txns;
    bool receipt;
    char roles[64]; /* that it had then */
};
struct cuts {
    uint32_t device;
    struct cut *of;
    size_t count;
};

static int segment_see(void *ctx, const struct jemput_segment_info *segment)
{
    struct cuts *c = ctx;

    if (segment->origin.device_number != c->device)
        return 0;
    c->of = memory_resize(c->of, c->count + 1, sizeof *c->of);
    c->of[c->count] = (struct cut){
        .number = segment->number, .claimed_ms = segment->origin.claimed_ms, .txns = segment->txns, .receipt = segment->origin.receipt
    };
    snprintf(c->of[c->count].roles, sizeof c->of->roles, "%s", segment->origin.roles ? segment->origin.roles : "");
    memcpy(c->of[c->count++].commit, segment->commit, sizeof segment->commit);
    return 0;
}

/* Newest first, from below `after` on. */
static void cuts_json(struct request *q, struct json *j, const struct cuts *c, size_t skip)
{
    size_t limit = (size_t)parameter_limit(q), shown = 0;
    char after[24];

    json_array(j, "items");
    for (size_t i = c->count > skip ? c->count - skip : 0; i > 0 && shown < limit; i--, shown++) {
        const struct cut *cut = &c->of[i - 1];

        json_object(j, NULL);
        json_count(j, "number", cut->number);
        json_text(j, "commit", cut->commit);
        json_integer(j, "claimed_ms", cut->claimed_ms);
        json_count(j, "txns", cut->txns);
        json_bool(j, "receipt", cut->receipt);
        json_bool(j, "by_central", cut->receipt);
        json_text(j, "roles", cut->roles);
        json_end_object(j);
    }
    json_end_array(j);
    snprintf(after, sizeof after, "%zu", skip + shown);
    page_end(j, skip + shown < c->count, after, (int64_t)c->count);
}

bool ask_cuts(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct cuts c = { 0 };
    struct jemput *store;
    struct jemput_error err;
    long device;
    int64_t skip;
    bool good = true;
    struct json *j = &q->answer.json;
    char label[64];

    if (!space || !parameter_number(q, "after", 0, 1000000000, 0, &skip))
        return false;
    if (!number_read(q->parts[1], 1, 1000000000, &device))
        return answer_not_found(&q->answer);
    c.device = (uint32_t)device;
    store = central_store(q, space->standing.space);
    if (!store || jemput_log(store, segment_see, &c, &err))
        good = answer_status(&q->answer, JEMPUT_IO);
    if (good && answer_open(&q->answer)) {
        json_object(j, NULL);
        json_integer(j, "space", space->standing.space);
        json_integer(j, "device", device);
        device_label(q, space->standing.space, device, label, sizeof label);
        json_text(j, "label", label);
        cuts_json(q, j, &c, (size_t)skip);
        json_end_object(j);
    }
    jemput_close(store);
    free(c.of);
    return good;
}

void device_label(struct request *q, int64_t space, int64_t number, char *out, size_t room)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    out[0] = '\0';
    if (base_prepare(q->reader->office.db, &stmt, "SELECT label FROM device_ WHERE space = ?1 AND number = ?2 LIMIT 1", &why))
        return;
    base_bind(stmt, "ii", space, number);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        snprintf(out, room, "%s", (const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
}
