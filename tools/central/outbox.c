/* outbox.c — the way back, transaction by transaction. */
#include "outbox.h"

#include <stdlib.h>
#include <string.h>

#include "pgrole.h"

enum { LINES_MAX = 500, AGAIN_MAX = 500, NOTE_BYTES = 1000, REF_BYTES = 48, MARK_DAYS = 400 };

/* Columns of what is read. */
enum { C_ID, C_REF, C_XACT, C_TOKEN, C_TABLE, C_OP, C_KEY, C_NEW, C_OLD, C_ROLE, C_PERSON, C_REASON, C_ROLES, C_SCOPE, C_COUNT };

struct way {
    struct target *postgres;
    struct jemput *jemput;
    sqlite3 *app;
    const struct space *space;
    int id; /* of the space in PostgreSQL */
    struct shapes shapes;
    long long life; /* of tokens: outboxlife.c */
    bool look; /* into the log, too, whether a line was written before */
    PGresult *lines;
};

static const char *cell(const struct way *w, int line, int column)
{
    return PQgetisnull(w->lines, line, column) ? NULL : PQgetvalue(w->lines, line, column);
}

/* --- one transaction into the store --- */

static int app_failed(const struct way *w, const char *doing, struct trouble *why)
{
    struct jemput_error err;

    if (!jemput_app_error(w->jemput, sqlite3_errcode(w->app), &err))
        return trouble_set(why, TROUBLE_BROKEN, "%s: %s", doing, sqlite3_errmsg(w->app));
    return trouble_engine(why, doing, &err);
}

/* The app's last call failed: REFUSED with the reason, if it was not to be; FAILED if it may work later. */
static enum outbox_result app_judge(const struct way *w, char why[OUTBOX_WHY_BYTES])
{
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st = jemput_app_error(w->jemput, sqlite3_errcode(w->app), &err);

    if (st != JEMPUT_DENIED && st != JEMPUT_LIMIT && st != JEMPUT_MISUSE)
        return OUTBOX_FAILED;
    snprintf(why, OUTBOX_WHY_BYTES, "%s", err.text);
    return OUTBOX_REFUSED;
}

static int app_text(const struct way *w, const char *sql, const char *text)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(w->app, sql, -1, &stmt, NULL);

    if (rc)
        return rc;
    sqlite3_bind_text(stmt, 1, text, -1, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Under what the office had seen. *check: nobody knows what that was, so each row is looked at. */
static enum outbox_result under(const struct way *w, int first, int end, bool *check, char why[OUTBOX_WHY_BYTES])
{
    const char *least = NULL;
    char own[OUTBOX_TOKEN_BYTES];

    for (int i = first; i < end; i++)
        if (cell(w, i, C_TOKEN) && (!least || strtoll(cell(w, i, C_TOKEN), NULL, 10) < strtoll(least, NULL, 10)))
            least = cell(w, i, C_TOKEN);
    *check = !least || !outbox_token(w->life, strtoll(least, NULL, 10), own);
    if (*check)
        return OUTBOX_DONE;
    if (app_text(w, "SELECT jemput_under(CAST(?1 AS INTEGER))", own) == SQLITE_OK)
        return OUTBOX_DONE;
    *check = strstr(sqlite3_errmsg(w->app), "no jemput_token() has given") != NULL; /* the store was computed anew, or put back */
    return *check ? OUTBOX_DONE : app_judge(w, why);
}

/* How the note of a transaction ends: so the log itself says that a line is in it, whatever becomes of this store's file. */
static void ref_end(char out[REF_BYTES], const char *ref)
{
    snprintf(out, REF_BYTES, " [%s]", ref);
}

static enum outbox_result note(const struct way *w, int line, char why[OUTBOX_WHY_BYTES])
{
    const char *person = cell(w, line, C_PERSON), *reason = cell(w, line, C_REASON);
    char text[NOTE_BYTES];
    size_t len, most = sizeof text - REF_BYTES;

    snprintf(text, most, "pg %s%s%s%s%s", cell(w, line, C_ROLE), person ? "/" : "", person ? person : "", reason ? ": " : "", reason ? reason : "");
    len = strlen(text);
    if (len == most - 1) { /* cut off: not inside of a character */
        while (len > 0 && ((uint8_t)text[len - 1] & 0xc0) == 0x80)
            len--;
        len -= len > 0 && (uint8_t)text[len - 1] >= 0xc0;
    }
    ref_end(text + len, cell(w, line, C_REF));
    return app_text(w, "SELECT jemput_note(?1)", text) ? app_judge(w, why) : OUTBOX_DONE;
}

static enum outbox_result lines_write(const struct way *w, int first, int end, char why[OUTBOX_WHY_BYTES])
{
    bool check = false;
    enum outbox_result result = under(w, first, end, &check, why);

    if (result == OUTBOX_DONE)
        result = note(w, first, why);
    for (int i = first; result == OUTBOX_DONE && i < end; i++) {
        const struct outbox_line line = { cell(w, i, C_TABLE), cell(w, i, C_OP), cell(w, i, C_KEY), cell(w, i, C_NEW), cell(w, i, C_OLD) };

        result = outbox_line_write(w->app, &w->shapes, &line, check, why);
        if (result == OUTBOX_FAILED)
            result = app_judge(w, why);
    }
    return result;
}

/* In the same COMMIT: this transaction is in the store. Its first line names it. */
#define MARK_TABLE "CREATE TABLE IF NOT EXISTS main.pusat_outbox(ref TEXT PRIMARY KEY NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID"
#define MARK_WRITE "INSERT INTO main.pusat_outbox VALUES(?1, CAST(strftime('%s') AS INTEGER) * 1000)"

static bool marked(const struct way *w, const char *ref)
{
    sqlite3_stmt *stmt;
    bool found = false;

    if (sqlite3_prepare_v2(w->app, "SELECT 1 FROM main.pusat_outbox WHERE ref = ?1", -1, &stmt, NULL))
        return false;
    sqlite3_bind_text(stmt, 1, ref, -1, SQLITE_STATIC);
    found = sqlite3_step(stmt) == SQLITE_ROW;
    sqlite3_finalize(stmt);
    return found;
}

static enum outbox_result transaction_write(const struct way *w, int first, int end, char why[OUTBOX_WHY_BYTES])
{
    enum outbox_result result = OUTBOX_DONE;

    if (sqlite3_exec(w->app, "BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON", NULL, NULL, NULL))
        return OUTBOX_FAILED;
    if (marked(w, cell(w, first, C_REF))) /* by another process, while we waited for the file: two may have one space, for leases go by clocks */
        return OUTBOX_DONE;
    result = lines_write(w, first, end, why);
    if (result == OUTBOX_DONE && app_text(w, MARK_WRITE, cell(w, first, C_REF)))
        result = OUTBOX_FAILED;
    if (result == OUTBOX_DONE && sqlite3_exec(w->app, "COMMIT", NULL, NULL, NULL))
        result = app_judge(w, why);
    return result;
}

/* The engine's own judgement of the roles, and of the region. A schema without a policy has nothing to narrow. */
static enum outbox_result act_as(const struct way *w, const char *roles, const char *scope, char why[OUTBOX_WHY_BYTES], struct trouble *trouble)
{
    struct jemput_error err;
    enum jemput_status st = jemput_act_as(w->jemput, roles, scope, &err);

    if (!st || (st == JEMPUT_MISUSE && jemput_act_as(w->jemput, "pusat", NULL, &(struct jemput_error){ 0 }) == JEMPUT_MISUSE))
        return OUTBOX_DONE;
    snprintf(why, OUTBOX_WHY_BYTES, "%s", err.text);
    if (st == JEMPUT_DENIED || st == JEMPUT_MISUSE)
        return OUTBOX_REFUSED;
    trouble_engine(trouble, "act as the office's role", &err);
    return OUTBOX_FAILED;
}

/* It was written, and PostgreSQL did not come to know. */
static bool written(const struct way *w, const char *ref, const char *table, const char *key, bool look)
{
    char end[REF_BYTES];

    ref_end(end, ref);
    return marked(w, ref) || (look && outbox_in_log(w->app, &w->shapes, table, key, end));
}

static enum outbox_result transaction_judge(const struct way *w, int first, int end, char why[OUTBOX_WHY_BYTES], struct trouble *trouble)
{
    struct jemput_error err;
    enum outbox_result result;

    if (written(w, cell(w, first, C_REF), cell(w, first, C_TABLE), cell(w, first, C_KEY), w->look))
        return OUTBOX_DONE;
    if (!cell(w, first, C_ROLES)) {
        snprintf(why, OUTBOX_WHY_BYTES, "peran PostgreSQL %s belum dipetakan: jemput central roles", cell(w, first, C_ROLE));
        return OUTBOX_REFUSED;
    }
    result = act_as(w, cell(w, first, C_ROLES), cell(w, first, C_SCOPE), why, trouble);
    if (result == OUTBOX_DONE) {
        result = transaction_write(w, first, end, why);
        if (result == OUTBOX_FAILED)
            app_failed(w, "write what the office changed", trouble);
        if (!sqlite3_get_autocommit(w->app))
            sqlite3_exec(w->app, "ROLLBACK", NULL, NULL, NULL);
    }
    if (jemput_act_as(w->jemput, NULL, NULL, &err) && err.status != JEMPUT_MISUSE) {
        trouble_engine(trouble, "act as ourselves again", &err);
        return OUTBOX_FAILED;
    }
    return result;
}

/* --- the answer to PostgreSQL --- */

struct again {
    struct pgbatch batch;
    struct trouble *why;
    bool failed;
};

static int row_again(void *ctx, const struct jemput_feed_row *row)
{
    struct again *a = ctx;

    a->failed = pgbatch_row(&a->batch, row, a->why) != 0;
    return a->failed;
}

/* The rows of refused lines as the store has them: the table shows what is signed. */
static int rows_again(const struct way *w, int first, int end, struct trouble *why)
{
    struct again a = { .why = why };
    struct buffer bytes = { 0 };
    struct jemput_error err;
    int rc = pgtarget_batch(w->postgres, &a.batch, w->id, &w->shapes, false, why);

    for (int i = first; !rc && i < end; i++) {
        const struct shape *shape = shapes_find(&w->shapes, cell(w, i, C_TABLE));
        struct jemput_datum key[OUTBOX_KEY_MAX];
        bool told = false;

        for (int before = first; before < i && !told; before++)
            told = strcmp(cell(w, before, C_TABLE), cell(w, i, C_TABLE)) == 0 && strcmp(cell(w, before, C_KEY), cell(w, i, C_KEY)) == 0;
        bytes.len = 0;
        if (told || !shape || !outbox_key_read(key, &bytes, w->app, shape, cell(w, i, C_KEY)))
            continue;
        if (jemput_feed_row(w->jemput, shape->name, key, shape->key_count, row_again, &a, &err))
            rc = trouble_engine(why, "read a row that was refused", &err);
        else if (a.failed)
            rc = -1;
    }
    if (!rc)
        rc = pgbatch_end(&a.batch, why);
    pgbatch_release(&a.batch);
    buffer_release(&bytes);
    return rc;
}

static int answer_write(const struct way *w, int line, const char *state, const char *words, struct trouble *why)
{
    PGconn *db = pgtarget_connection(w->postgres, why); /* it may have been lost since, and made anew */
    char id[16];
    const char *const values[] = { id, cell(w, line, C_XACT), state, words };

    snprintf(id, sizeof id, "%d", w->id);
    return !db ? -1 : pg_tell(db, "UPDATE jemput.outbox SET state = $3, why = $4, done_at = clock_timestamp() WHERE space = $1::integer "
                                  "AND xact = $2::xid8 AND state = 'menunggu'", 4, values, NULL, why);
}

static int answer(const struct way *w, int first, int end, enum outbox_result result, const char *words, struct trouble *why)
{
    if (result != OUTBOX_REFUSED)
        return answer_write(w, first, "ditandatangani", NULL, why);
    if (end - first > AGAIN_MAX) /* the whole space at once is cheaper */
        return pgtarget_want_whole(w->postgres, w->id, why) || answer_write(w, first, "ditolak", words, why) ? -1 : 0;
    if (pgtarget_begin(w->postgres, why))
        return -1;
    if (answer_write(w, first, "ditolak", words, why) == 0 && rows_again(w, first, end, why) == 0) {
        if (pgtarget_commit(w->postgres, why) == 0)
            return 0;
    } else
        pgtarget_rollback(w->postgres);
    if (!pg_violation(why)) /* later, then: it is refused again */
        return -1;
    /* What the store has cannot stand beside what PostgreSQL has at the moment: the next batch puts all of it right. */
    return pgtarget_want_whole(w->postgres, w->id, why) || answer_write(w, first, "ditolak", words, why) ? -1 : 0;
}

/* --- a round --- */

#define LINES_SQL \
    "WITH due AS (SELECT xact, max(id) AS last, count(*) AS lines FROM jemput.outbox WHERE space = $1::integer AND state = 'menunggu' " \
    "GROUP BY xact), " \
    "taken AS (SELECT xact, last FROM (SELECT xact, last, sum(lines) OVER (ORDER BY last) - lines AS before FROM due) d WHERE before < $2::bigint) " \
    "SELECT o.id, o.ref, o.xact, o.token, o.tbl, o.op, o.key, o.new, o.old, o.role, o.person, o.reason, m.roles, m.scope FROM taken " \
    "JOIN jemput.outbox o USING(xact) LEFT JOIN jemput.role_map m ON m.pg_role = o.role WHERE o.space = $1::integer AND o.state = 'menunggu' " \
    "ORDER BY taken.last, o.id"

static int lines_read(struct way *w, struct trouble *why)
{
    PGconn *db = pgtarget_connection(w->postgres, why);
    char id[16], most[16];
    const char *const values[] = { id, most };

    snprintf(id, sizeof id, "%d", w->id);
    snprintf(most, sizeof most, "%d", LINES_MAX);
    w->lines = !db ? NULL : pg_ask(db, LINES_SQL, 2, values, why);
    return w->lines ? 0 : -1;
}

static int marks_prepare(const struct way *w, struct trouble *why)
{
    char sql[128];

    snprintf(sql, sizeof sql, "DELETE FROM main.pusat_outbox WHERE at_ms < (CAST(strftime('%%s') AS INTEGER) - %d * 86400) * 1000", MARK_DAYS);
    return sqlite3_exec(w->app, MARK_TABLE, NULL, NULL, NULL) || sqlite3_exec(w->app, sql, NULL, NULL, NULL) ? app_failed(w, "pusat_outbox", why) : 0;
}

static int transactions(const struct way *w, struct outbox_report *report, struct trouble *why)
{
    int count = PQntuples(w->lines), end;

    for (int first = 0; first < count; first = end) {
        char words[OUTBOX_WHY_BYTES] = "";
        enum outbox_result result;

        for (end = first + 1; end < count && strcmp(cell(w, end, C_XACT), cell(w, first, C_XACT)) == 0;)
            end++;
        result = transaction_judge(w, first, end, words, why);
        if (result == OUTBOX_FAILED || answer(w, first, end, result, words, why))
            return -1;
        *(result == OUTBOX_DONE ? &report->done : &report->refused) += 1;
        report->waiting -= (uint64_t)(end - first);
    }
    return 0;
}

int outbox_round(struct target *postgres, const struct space *space, struct jemput *jemput, bool look, struct outbox_report *report,
                 struct trouble *why)
{
    struct way w = { .postgres = postgres, .jemput = jemput, .app = jemput_app(jemput), .space = space, .look = look };
    int rc = pgtarget_hold(postgres, space, why) || pgtarget_space(postgres, space, &w.id, why) ? -1 : 0;

    *report = (struct outbox_report){ .all = true };
    if (rc || w.id == 0 || outbox_large(postgres, w.id, &report->refused, why) || lines_read(&w, why))
        return rc || w.id ? -1 : 0;
    report->waiting = (uint64_t)PQntuples(w.lines);
    report->all = report->waiting < LINES_MAX;
    if (report->waiting && pgrole_check_all(pgtarget_connection(postgres, why), why))
        rc = -1;
    if (!rc && report->waiting &&
        (outbox_life(postgres, space, jemput, w.id, &w.life, why) || shapes_read(&w.shapes, jemput, why) ||
         marks_prepare(&w, why) || transactions(&w, report, why)))
        rc = -1;
    shapes_release(&w.shapes);
    PQclear(w.lines);
    return rc;
}

/* --- what was sent --- */

#define SIGNED_SQL \
    "SELECT DISTINCT ON (xact) xact, ref, tbl, key FROM jemput.outbox WHERE space = $1::integer AND state = 'ditandatangani' ORDER BY xact, id"
/* A row that has gone since takes with it what the lines hold of it (pgside.c does that for lines that are settled when it goes). */
#define SENT_SQL \
    "UPDATE jemput.outbox o SET state = 'diteruskan', done_at = clock_timestamp(), new = CASE WHEN gone THEN NULL ELSE new END, " \
    "old = CASE WHEN gone THEN NULL ELSE old END FROM (SELECT l.id, l.done_at < s.projected_at AND NOT EXISTS(SELECT FROM jemput.row r " \
    "WHERE r.space = l.space AND r.tbl = l.tbl AND r.key = l.key) AS gone FROM jemput.outbox l JOIN jemput.space s ON s.id = l.space " \
    "WHERE l.space = $1::integer AND l.state = 'ditandatangani' AND l.xact = ANY($2::xid8[])) g WHERE o.id = g.id"
#define LOST_SQL \
    "UPDATE jemput.outbox SET state = 'menunggu', done_at = NULL WHERE space = $1::integer AND state = 'ditandatangani' AND xact = ANY($2::xid8[])"

static int xacts_tell(const struct way *w, const char *sql, struct buffer *xacts, struct trouble *why)
{
    PGconn *db = pgtarget_connection(w->postgres, why);
    char id[16];

    buffer_text(xacts, "}");
    snprintf(id, sizeof id, "%d", w->id);
    return !db ? -1 : pg_tell(db, sql, 2, (const char *const[]){ id, xacts->data }, NULL, why);
}

static int signed_read(struct way *w, struct trouble *why)
{
    PGconn *db = pgtarget_connection(w->postgres, why);
    char id[16];
    const char *const values[] = { id };

    snprintf(id, sizeof id, "%d", w->id);
    w->lines = db ? pg_ask(db, SIGNED_SQL, 1, values, why) : NULL;
    return w->lines ? 0 : -1;
}

int outbox_sent(struct target *postgres, const struct space *space, struct jemput *jemput, uint64_t *lost, struct trouble *why)
{
    struct way w = { .postgres = postgres, .jemput = jemput, .app = jemput_app(jemput), .space = space };
    struct buffer sent = { 0 }, again = { 0 };
    int rc = 0;

    *lost = 0;
    if (pgtarget_space(postgres, space, &w.id, why) || signed_read(&w, why))
        return -1;
    if (PQntuples(w.lines) && (shapes_read(&w.shapes, jemput, why) || marks_prepare(&w, why)))
        rc = -1;
    for (int i = 0; !rc && i < PQntuples(w.lines); i++) {
        bool there = written(&w, cell(&w, i, 1), cell(&w, i, 2), cell(&w, i, 3), true);
        struct buffer *xacts = there ? &sent : &again;

        buffer_text(xacts, xacts->len ? "," : "{");
        buffer_text(xacts, cell(&w, i, 0));
        *lost += !there;
    }
    if (!rc && again.len)
        rc = xacts_tell(&w, LOST_SQL, &again, why);
    if (!rc && sent.len)
        rc = xacts_tell(&w, SENT_SQL, &sent, why);
    PQclear(w.lines);
    shapes_release(&w.shapes);
    buffer_release(&sent);
    buffer_release(&again);
    return rc;
}
