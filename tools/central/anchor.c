/* anchor.c — see anchor.h. */
#include "anchor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <jemput/jemput.h>
#include <sodium.h>

#include "base.h"

#define LABEL_BYTES (24 + 2 * LOOK_HASH_BYTES)
#define SAID "jejak_lihat_akui" /* nama_daftar of acknowledgements */

static int head_read(const struct office *office, struct looks_head *head, struct trouble *why)
{
    char path[PATH_BYTES];
    struct looks *looks;
    struct stat st;
    int rc;

    *head = (struct looks_head){ 0 };
    if (!office_path(path, office, "looks.db") || stat(path, &st)) /* nobody has looked yet */
        return 0;
    if (looks_open(&looks, path, why))
        return -1;
    rc = looks_head(looks, head, why);
    looks_close(looks);
    return rc;
}

/* Only where there is no such table is nothing to be done. */
static bool table_is(struct sqlite3 *db)
{
    return sqlite3_table_column_metadata(db, NULL, "daftar_kode", "label", NULL, NULL, NULL, NULL, NULL) != SQLITE_ERROR;
}

/* A row that is there stays: an end that is cut off and signed anew would else take the place of what shows it. */
static const char write_sql[] =
    "INSERT INTO daftar_kode(nama_daftar, versi, kode, label, berlaku_dari, berlaku_sampai, keterangan, sumber) SELECT 'jejak_lihat', 1, "
    "?1 || ' ' || ?2, ?3, ?1, ?1, 'kepala rantai looks.db', 'jemput central' WHERE NOT EXISTS (SELECT 1 FROM daftar_kode "
    "WHERE nama_daftar = 'jejak_lihat' AND label = ?3) ON CONFLICT DO NOTHING";

static int row_write(struct opened *o, int64_t device, const char *label, bool *written, struct trouble *why)
{
    struct sqlite3 *db = jemput_app(o->jemput);
    time_t now = time(NULL);
    struct sqlite3_stmt *stmt;
    struct jemput_error err;
    struct tm local;
    char day[16];
    int rc;

    *written = false;
    if (!table_is(db))
        return 0;
    if (base_prepare(db, &stmt, write_sql, why))
        return -1;
    localtime_r(&now, &local);
    strftime(day, sizeof day, "%Y-%m-%d", &local);
    base_bind(stmt, "tit", day, device, label);
    rc = sqlite3_step(stmt);
    *written = rc == SQLITE_DONE && sqlite3_changes(db) > 0;
    rc = sqlite3_finalize(stmt);
    if (rc == SQLITE_OK || jemput_app_error(o->jemput, rc, &err) == JEMPUT_DENIED)
        return 0;
    return trouble_engine(why, "anchor who saw what", &err);
}

int anchor_write(struct office *office, struct opened *o, struct trouble *why)
{
    char label[LABEL_BYTES], hex[2 * LOOK_HASH_BYTES + 1];
    struct looks_head head;
    int64_t device;
    bool written;

    if (head_read(office, &head, why))
        return -1;
    if (head.count == 0)
        return 0;
    if (base_do(office->db, "SELECT number FROM device_ WHERE space = ?1 AND self", why, NULL, &device, "i", o->space.id))
        return -1;
    if (!device)
        return trouble_set(why, TROUBLE_LATER, "anchor who saw what: central's own device is not in the list yet");
    sodium_bin2hex(hex, sizeof hex, head.hash, sizeof head.hash);
    snprintf(label, sizeof label, "%lld %s", (long long)head.count, hex);
    if (row_write(o, device, label, &written, why))
        return -1;
    return written ? space_poke(office, o->space.id, why) : 0;
}

/* Is that entry in the chain, with that hash? A label that central does not write names none (*n 0). 1, 0, or -1 and why. */
static int is_there(struct looks *looks, const char *label, int64_t *n, struct trouble *why)
{
    uint8_t hash[LOOK_HASH_BYTES];
    bool there;
    char *end;
    size_t len;

    *n = strtoll(label, &end, 10);
    if (*end != ' ' || sodium_hex2bin(hash, sizeof hash, end + 1, strlen(end + 1), NULL, &len, NULL) || len != sizeof hash) {
        *n = 0;
        return 0;
    }
    if (base_do(looks_db(looks), "SELECT 1 FROM look WHERE n = ?1 AND hash = ?2", why, &there, NULL, "ib", *n, hash, sizeof hash))
        return -1;
    return there;
}

/* Those that this folder's own devices have signed: another central has a chain of its own, and who else may write codes none. An acknowledgement is
 * an administrator's, and none of this machine's, which has central's key; of several the first. What either says was written once: one that
 * something was written to since counts for nothing. */
#define UNTOUCHED(line) "NOT EXISTS(SELECT 1 FROM cell_ c WHERE c.space = " line ".space AND c.tbl = " line ".tbl AND c.key = " line ".key)"
static const char own_sql[] =
    "WITH RECURSIVE own(space, number, before) AS (SELECT space, number, carries_on_for FROM device_ WHERE self UNION "
    "SELECT d.space, d.number, d.carries_on_for FROM own o JOIN device_ d ON d.space = o.space AND d.number = o.before WHERE o.before > 0), "
    "said(space, kode, label, device, at_ms, reason) AS (SELECT a.space, a.kode, a.label, b.device, b.claimed_ms, a.keterangan FROM space p "
    "CROSS JOIN daftar_kode a ON a.space = p.id CROSS JOIN row_ b "
    "ON b.space = a.space AND b.tbl = 'daftar_kode' AND b.key = json_array(a.nama_daftar, a.versi, a.kode) "
    "WHERE a.nama_daftar = '" SAID "' AND a.versi = 1 AND (b.space, b.device) NOT IN (SELECT space, number FROM own) AND " UNTOUCHED("b")
    " AND EXISTS(SELECT 1 FROM device_ d WHERE d.space = b.space AND d.number = b.device AND d.state = 'aktif' AND "
    "',' || d.roles || ',' LIKE '%,admin,%')) "
    "SELECT s.id, s.name, d.kode, d.label, y.device, min(y.at_ms), y.reason, NOT " UNTOUCHED("r") " FROM daftar_kode d "
    "JOIN space s ON s.id = d.space JOIN row_ r ON r.space = d.space AND r.tbl = 'daftar_kode' "
    "AND r.key = json_array(d.nama_daftar, d.versi, d.kode) "
    "LEFT JOIN said y ON y.space = d.space AND y.label = d.label AND substr(y.kode, 1, length(d.kode) + 1) = d.kode || ' ' "
    "WHERE d.nama_daftar = 'jejak_lihat' AND (d.space, r.device) IN (SELECT space, number FROM own) GROUP BY d.kode, s.id ORDER BY d.kode, s.id";

static const char *text_of(struct sqlite3_stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt, column);
}

static void gap_note(struct anchor_check *out, const struct anchor_gap *gap)
{
    if (gap->reason) {
        out->acknowledged++;
        return;
    }
    if (out->missing++)
        return;
    out->cut = gap->n;
    snprintf(out->space, sizeof out->space, "%s", gap->space);
    snprintf(out->code, sizeof out->code, "%s", gap->code);
}

int anchors_check(struct anchor_check *out, struct office *office, struct looks *looks, void (*each)(void *ctx, const struct anchor_gap *gap),
                  void *ctx, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc, there = 0;

    *out = (struct anchor_check){ 0 };
    if (!table_is(office->db))
        return 0;
    if (base_prepare(office->db, &stmt, own_sql, why))
        return -1;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        struct anchor_gap gap = { sqlite3_column_int64(stmt, 0), text_of(stmt, 1), text_of(stmt, 2), text_of(stmt, 3), 0,
            text_of(stmt, 6), sqlite3_column_int64(stmt, 4), sqlite3_column_int64(stmt, 5) };

        there = is_there(looks, gap.label, &gap.n, why);
        if (there < 0)
            break;
        out->anchors++;
        if (there && !sqlite3_column_int(stmt, 7))
            continue;
        gap_note(out, &gap);
        if (each)
            each(ctx, &gap);
    }
    if (there >= 0 && rc != SQLITE_DONE)
        trouble_sqlite(why, "anchors", office->db);
    sqlite3_finalize(stmt);
    return there >= 0 && rc == SQLITE_DONE ? 0 : -1;
}

/* --- what an administrator says of gaps --- */

struct acknowledging {
    int64_t space, count;
    struct jemput *admin;
    struct sqlite3_stmt *insert;
    struct trouble *why;
    bool failed;
};

/* The end of its kode is by chance: no row that somebody has put there before stands in its way. */
static const char acknowledge_sql[] =
    "INSERT INTO daftar_kode(nama_daftar, versi, kode, label, berlaku_dari, berlaku_sampai, keterangan, sumber) "
    "VALUES('" SAID "', 1, ?1 || ' ' || lower(hex(randomblob(8))), ?2, date('now'), date('now'), ?3, 'administrator')";

static void gap_acknowledge(void *ctx, const struct anchor_gap *gap)
{
    struct acknowledging *a = ctx;
    struct jemput_error err;

    if (a->failed || gap->space_id != a->space || gap->reason)
        return;
    sqlite3_bind_text(a->insert, 1, gap->code, -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(a->insert, 2, gap->label, -1, SQLITE_TRANSIENT);
    sqlite3_step(a->insert);
    if (sqlite3_reset(a->insert) == SQLITE_OK) {
        a->count++;
        return;
    }
    a->failed = true;
    if (jemput_app_error(a->admin, sqlite3_errcode(jemput_app(a->admin)), &err))
        trouble_engine(a->why, "acknowledge", &err);
}

/* Who is none is told here: central could sign such rows, too, and they would count for nothing. */
static int admin_check(struct jemput *admin, struct trouble *why)
{
    struct jemput_info info;
    struct jemput_error err;
    char roles[sizeof info.roles + 2];

    if (jemput_info_get(admin, &info, &err))
        return trouble_engine(why, "acknowledge", &err);
    snprintf(roles, sizeof roles, ",%s,", info.roles);
    if (!strstr(roles, ",admin,"))
        return trouble_set(why, TROUBLE_BROKEN, "acknowledge: that store's device is no administrator (its roles: %s)", info.roles);
    return table_is(jemput_app(admin)) ? 0 : trouble_set(why, TROUBLE_BROKEN, "acknowledge: that store has no table daftar_kode");
}

int anchors_acknowledge(struct office *office, struct looks *looks, int64_t space, struct jemput *admin, const char *reason, int64_t *count,
                        struct trouble *why)
{
    struct acknowledging a = { .space = space, .admin = admin, .why = why };
    struct sqlite3 *db = jemput_app(admin);
    struct anchor_check check;
    int rc;

    *count = 0;
    if (admin_check(admin, why))
        return -1;
    if (sqlite3_prepare_v2(db, acknowledge_sql, -1, &a.insert, NULL) || sqlite3_exec(db, "BEGIN", NULL, NULL, NULL)) {
        rc = trouble_sqlite(why, "acknowledge", db);
    } else {
        sqlite3_bind_text(a.insert, 3, reason, -1, SQLITE_STATIC);
        rc = anchors_check(&check, office, looks, gap_acknowledge, &a, why) || a.failed ? -1 : 0;
        if (!rc && sqlite3_exec(db, "COMMIT", NULL, NULL, NULL))
            rc = trouble_sqlite(why, "acknowledge", db);
        if (rc)
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    }
    sqlite3_finalize(a.insert);
    *count = rc ? 0 : a.count;
    return rc;
}
