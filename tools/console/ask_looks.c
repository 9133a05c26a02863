/* ask_looks.c — GET /api/audit/looks: who saw what, whether the chain holds, and whether what central has signed of it at night is in it. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "anchor.h"
#include "base.h"
#include "govern.h"
#include "looks.h"

static const char looks_sql[] =
    "SELECT n, at_ms, account, device, role, session, act, space, tbl, key, count, detail, reason, hash FROM look WHERE (?1 IS NULL OR n < ?1) AND "
    "(?2 IS NULL OR account = ?2)"
    " AND (?3 IS NULL OR act = ?3) AND (?4 IS NULL OR at_ms >= ?4) AND (?5 IS NULL OR at_ms < ?5)"
    " AND (?7 OR space IN (SELECT value FROM json_each(?8)) OR account IN (SELECT value FROM json_each(?9))) ORDER BY n DESC LIMIT ?6";

/* Midnight of a date here; days are added. 0: it is none. */
static int64_t day_ms(const char *text, int days)
{
    struct tm day = { .tm_isdst = -1 };

    if (!text || sscanf(text, "%4d-%2d-%2d", &day.tm_year, &day.tm_mon, &day.tm_mday) != 3)
        return 0;
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    day.tm_mday += days;
    return (int64_t)mktime(&day) * 1000;
}

static void look_item(struct json *j, struct sqlite3_stmt *stmt)
{
    static const char *const names[] = { "n",     "at_ms", "account", "device", "role",   "session", "act",
                                         "space", "tbl",   "key",     "count",  "detail", "reason" };

    json_object(j, NULL);
    for (int i = 0; i < 13; i++)
        if (sqlite3_column_type(stmt, i) == SQLITE_INTEGER)
            json_integer(j, names[i], sqlite3_column_int64(stmt, i));
        else
            json_column(j, names[i], stmt, i);
    json_hex(j, "hash", sqlite3_column_blob(stmt, 13), (size_t)sqlite3_column_bytes(stmt, 13));
    json_end_object(j);
}

/* Entries of the spaces of which they administer the whole, and of the accounts that they govern; of all spaces: the rest, too. */
static void govern_bind(struct request *q, struct sqlite3_stmt *stmt, bool all)
{
    char *spaces = all ? NULL : governed_spaces(q), *accounts = all ? NULL : governed_accounts(q);

    sqlite3_bind_int(stmt, 7, all);
    sqlite3_bind_text(stmt, 8, spaces ? spaces : "[]", -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(stmt, 9, accounts ? accounts : "[]", -1, SQLITE_TRANSIENT);
    free(spaces);
    free(accounts);
}

enum { ANCHORS_MS = 60000 };

/* All nights' heads against the chain: dear where there are years of them. An entry that was there stays while the chain is only added to, which
 * looks_follow() sees; so what was found holds until rows move, and then so long. Under look_lock(). */
static int anchors_known(struct request *q, struct looks *looks, const struct looks_head *head, struct anchor_check *out, struct trouble *why)
{
    static struct {
        bool there;
        struct anchor_check check;
        int64_t moved, count, until_ms;
    } kept;
    int64_t moved;

    if (base_do(q->reader->office.db, "SELECT sum(feed_number) FROM space", why, NULL, &moved, ""))
        return -1;
    if (!kept.there || head->count < kept.count || (moved != kept.moved && monotonic_ms() >= kept.until_ms)) {
        kept.there = anchors_check(&kept.check, &q->reader->office, looks, NULL, NULL, why) == 0;
        if (!kept.there)
            return -1;
        kept.moved = moved;
        kept.until_ms = monotonic_ms() + ANCHORS_MS;
    }
    kept.count = head->count;
    *out = kept.check;
    return 0;
}

/* night_ms: since then every space has had its night, of those that have had one; none_since_ms: since when the oldest that had none is followed. */
static const char nights_sql[] =
    "SELECT min(night_ms), min(CASE WHEN night_ms IS NULL THEN (SELECT min(at_ms) FROM batch WHERE space = s.id) END) FROM space s "
    "WHERE left_ms IS NULL";

static void nights_json(struct request *q, struct json *j)
{
    static const char *const names[] = { "night_ms", "none_since_ms" };
    struct sqlite3_stmt *stmt;
    struct trouble why;
    bool known = base_prepare(q->reader->office.db, &stmt, nights_sql, &why) == 0 && sqlite3_step(stmt) == SQLITE_ROW;

    for (int i = 0; i < 2; i++)
        json_number_or_null(j, names[i], known && sqlite3_column_type(stmt, i) != SQLITE_NULL, known ? sqlite3_column_int64(stmt, i) : 0);
    sqlite3_finalize(stmt);
}

static void anchors_json(struct request *q, struct json *j, const struct anchor_check *anchors)
{
    json_object(j, "anchors");
    nights_json(q, j);
    json_integer(j, "n", anchors->anchors);
    json_integer(j, "missing", anchors->missing);
    json_integer(j, "acknowledged", anchors->acknowledged);
    json_integer(j, "cut", anchors->cut);
    json_end_object(j);
}

static bool looks_told(struct request *q, struct looks *looks, int64_t after)
{
    struct json *j = &q->answer.json;
    struct anchor_check anchors;
    struct looks_head head;
    struct sqlite3_stmt *stmt;
    struct trouble why;
    int64_t limit = parameter_limit(q), shown = 0, last = 0, from = day_ms(parameter(q, "from"), 0), to = day_ms(parameter(q, "to"), 1);
    bool all = governs_all(q);
    char text[24];

    if (looks_follow(looks, &head, &why) || anchors_known(q, looks, &head, &anchors, &why) || base_prepare(looks_db(looks), &stmt, looks_sql, &why))
        return answer_trouble(&q->answer, &why);
    if (after)
        sqlite3_bind_int64(stmt, 1, after);
    sqlite3_bind_text(stmt, 2, parameter(q, "account"), -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(stmt, 3, parameter(q, "act"), -1, SQLITE_TRANSIENT);
    if (from)
        sqlite3_bind_int64(stmt, 4, from);
    if (to)
        sqlite3_bind_int64(stmt, 5, to);
    sqlite3_bind_int64(stmt, 6, limit + 1);
    govern_bind(q, stmt, all);
    answer_open(&q->answer);
    json_object(j, NULL);
    json_array(j, "items");
    while (sqlite3_step(stmt) == SQLITE_ROW && shown++ < limit) {
        look_item(j, stmt);
        last = sqlite3_column_int64(stmt, 0);
    }
    json_end_array(j);
    sqlite3_finalize(stmt);
    snprintf(text, sizeof text, "%lld", (long long)last);
    json_text_or_null(j, "after", shown > limit ? text : NULL);
    json_bool(j, "more", shown > limit);
    json_number_or_null(j, "total", all, head.count);
    json_object(j, "head");
    json_integer(j, "n", head.count);
    json_hex(j, "hash", head.hash, sizeof head.hash);
    json_end_object(j);
    json_bool(j, "holds", head.broken == 0);
    anchors_json(q, j, &anchors);
    json_end_object(j);
    q->look.count = shown < limit ? shown : limit;
    return true;
}

bool ask_looks(struct request *q)
{
    struct looks *looks;
    int64_t after;
    bool good;

    if (!parameter_number(q, "after", 1, INT32_MAX, 0, &after))
        return false;
    if ((parameter(q, "from") && !day_ms(parameter(q, "from"), 0)) || (parameter(q, "to") && !day_ms(parameter(q, "to"), 1)))
        return answer_misuse(&q->answer, "from and to: dates, YYYY-MM-DD");
    looks = look_lock();
    good = looks_told(q, looks, after);
    look_unlock();
    return good;
}
