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

static const char write_sql[] =
    "INSERT INTO daftar_kode(nama_daftar, versi, kode, label, berlaku_dari, berlaku_sampai, keterangan, sumber) VALUES('jejak_lihat', 1, ?1, ?2, ?3, "
    "?3, 'kepala rantai looks.db', 'jemput central') ON CONFLICT(nama_daftar, versi, kode) DO UPDATE SET label = excluded.label, berlaku_sampai = "
    "excluded.berlaku_sampai WHERE label <> excluded.label";

static int row_write(struct opened *o, const char *label, bool *written, struct trouble *why)
{
    struct sqlite3 *db = jemput_app(o->jemput);
    time_t now = time(NULL);
    struct sqlite3_stmt *stmt;
    struct jemput_error err;
    char day[16], month[16];
    struct tm local;
    int rc;

    *written = false;
    localtime_r(&now, &local);
    strftime(day, sizeof day, "%Y-%m-%d", &local);
    strftime(month, sizeof month, "%Y-%m", &local);
    if (sqlite3_prepare_v2(db, write_sql, -1, &stmt, NULL)) /* another schema */
        return 0;
    base_bind(stmt, "ttt", month, label, day);
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
    bool written;

    if (head_read(office, &head, why))
        return -1;
    if (head.count == 0)
        return 0;
    sodium_bin2hex(hex, sizeof hex, head.hash, sizeof head.hash);
    snprintf(label, sizeof label, "%lld %s", (long long)head.count, hex);
    if (row_write(o, label, &written, why))
        return -1;
    return written ? space_poke(office, o->space.id, why) : 0;
}

/* Is that entry in the chain, with that hash? */
static bool is_there(struct looks *looks, const char *label)
{
    uint8_t hash[LOOK_HASH_BYTES];
    char *end;
    int64_t n = strtoll(label, &end, 10);
    struct trouble why;
    bool there = false;
    size_t len;

    if (*end != ' ' || sodium_hex2bin(hash, sizeof hash, end + 1, strlen(end + 1), NULL, &len, NULL) || len != sizeof hash)
        return false;
    return base_do(looks_db(looks), "SELECT 1 FROM look WHERE n = ?1 AND hash = ?2", &why, &there, NULL, "ib", n, hash, sizeof hash) == 0 && there;
}

int anchors_check(struct anchor_check *out, struct office *office, struct looks *looks, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc;

    *out = (struct anchor_check){ 0 };
    if (sqlite3_prepare_v2(office->db, "SELECT s.name, d.kode, d.label FROM daftar_kode d JOIN space s ON s.id = d.space WHERE d.nama_daftar = "
                                       "'jejak_lihat' ORDER BY d.kode, s.id", -1, &stmt, NULL)) /* no space has that table */
        return 0;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *label = (const char *)sqlite3_column_text(stmt, 2);

        out->anchors++;
        if (out->cut || is_there(looks, label))
            continue;
        out->cut = strtoll(label, NULL, 10);
        snprintf(out->space, sizeof out->space, "%s", (const char *)sqlite3_column_text(stmt, 0));
        snprintf(out->month, sizeof out->month, "%s", (const char *)sqlite3_column_text(stmt, 1));
    }
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "anchors", office->db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}
