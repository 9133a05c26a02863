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

/* Those that this folder's own devices have signed: another central has a chain of its own, and who else may write codes none. */
static const char own_sql[] =
    "WITH RECURSIVE own(space, number, before) AS (SELECT space, number, carries_on_for FROM device_ WHERE self UNION "
    "SELECT d.space, d.number, d.carries_on_for FROM own o JOIN device_ d ON d.space = o.space AND d.number = o.before WHERE o.before > 0) "
    "SELECT s.name, d.kode, d.label FROM daftar_kode d JOIN space s ON s.id = d.space JOIN row_ r ON r.space = d.space AND "
    "r.tbl = 'daftar_kode' AND r.key = json_array(d.nama_daftar, d.versi, d.kode) WHERE d.nama_daftar = 'jejak_lihat' AND "
    "(d.space, r.device) IN (SELECT space, number FROM own) ORDER BY d.kode, s.id";

int anchors_check(struct anchor_check *out, struct office *office, struct looks *looks, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc, there = 0;
    int64_t n;

    *out = (struct anchor_check){ 0 };
    if (!table_is(office->db))
        return 0;
    if (base_prepare(office->db, &stmt, own_sql, why))
        return -1;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && (there = is_there(looks, (const char *)sqlite3_column_text(stmt, 2), &n, why)) >= 0) {
        out->anchors++;
        if (there || out->missing++)
            continue;
        out->cut = n;
        snprintf(out->space, sizeof out->space, "%s", (const char *)sqlite3_column_text(stmt, 0));
        snprintf(out->code, sizeof out->code, "%s", (const char *)sqlite3_column_text(stmt, 1));
    }
    if (there >= 0 && rc != SQLITE_DONE)
        trouble_sqlite(why, "anchors", office->db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}
