/* detail.c — see detail.h. */
#include "detail.h"

#include <string.h>

#include <sodium.h>

void list_bind(const struct request *q, struct sqlite3_stmt *stmt, const struct reach_space *space)
{
    if (space)
        sqlite3_bind_int64(stmt, 1, space->standing.space);
    sqlite3_bind_text(stmt, 2, parameter(q, "tbl"), -1, SQLITE_TRANSIENT);
    if (parameter(q, "hard"))
        sqlite3_bind_int(stmt, 3, parameter(q, "hard")[0] == '1');
    sqlite3_bind_text(stmt, 4, parameter(q, "kel"), -1, SQLITE_TRANSIENT);
}

/* A statement about a row: its space, table and key are parameters 1 to 3. NULL: it cannot be asked. */
static struct sqlite3_stmt *about(struct request *q, const struct row *row, const char *sql)
{
    struct sqlite3_stmt *stmt = NULL;
    struct trouble why;

    if (base_prepare(q->reader->office.db, &stmt, sql, &why))
        return NULL;
    base_bind(stmt, "it", row->space, row->tbl);
    row_bind_key(stmt, 3, row);
    return stmt;
}

void row_seen(struct request *q, const struct row *row, char out[SEEN_BYTES])
{
    struct sqlite3_stmt *stmt =
        about(q, row,
              "SELECT grp, side, shown, deleted, value, hex(writer), segment FROM conflict_ WHERE space = ?1 AND tbl = ?2 AND key = ?3 UNION ALL"
              " SELECT reason, 0, 0, 0, row, NULL, segment FROM held_ WHERE space = ?1 AND tbl = ?2 AND key = ?3 ORDER BY 1, 2");
    crypto_generichash_state state;
    uint8_t hash[16];

    out[0] = '\0';
    if (!stmt)
        return;
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const char *text = (const char *)sqlite3_column_text(stmt, i);

            crypto_generichash_update(&state, (const uint8_t *)(text ? text : "\1"), text ? strlen(text) + 1 : 2);
        }
    sqlite3_finalize(stmt);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(out, SEEN_BYTES, hash, sizeof hash);
}

void title_json(struct request *q, struct json *j, const struct row *row)
{
    struct sqlite3_stmt *stmt = about(q, row, "SELECT row_title(?1, ?2, ?3)");

    if (stmt && sqlite3_step(stmt) == SQLITE_ROW)
        json_column(j, "title", stmt, 0);
    else
        json_text(j, "title", "");
    sqlite3_finalize(stmt);
}

void held_reason_json(struct request *q, struct json *j, const struct row *row)
{
    struct sqlite3_stmt *stmt = about(q, row, "SELECT reason FROM held_ WHERE space = ?1 AND tbl = ?2 AND key = ?3");

    json_text_or_null(j, "held", stmt && sqlite3_step(stmt) == SQLITE_ROW ? (const char *)sqlite3_column_text(stmt, 0) : NULL);
    sqlite3_finalize(stmt);
}

/* Attachments are rows that name their row: its table, and its key as bytes. */
static const char photos_sql[] =
    "SELECT key_url(b.id), b.kind, b.mime, b.size, b.received IS NOT NULL FROM berkas b WHERE b.space = ?1 AND ((b.owner_table = ?2 AND b.owner_key ="
    " owner_key(?3)) OR (b.owner_table = 'permohonan' AND b.owner_key IN (SELECT owner_key(id) FROM permohonan p WHERE p.space = ?1 AND"
    " ((?2 = 'orang' AND p.pemohon_id = ?3) OR (?2 = 'keluarga' AND p.keluarga_id = ?3))))) ORDER BY b.kind, b.id LIMIT 50";

void photos_json(struct request *q, struct json *j, const struct row *row)
{
    struct sqlite3_stmt *stmt = about(q, row, photos_sql);

    json_array(j, "photos");
    while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
        json_object(j, NULL);
        json_column(j, "id", stmt, 0);
        json_column(j, "kind", stmt, 1);
        json_column(j, "mime", stmt, 2);
        json_integer(j, "size", sqlite3_column_int64(stmt, 3));
        json_bool(j, "here", sqlite3_column_int(stmt, 4));
        json_end_object(j);
    }
    sqlite3_finalize(stmt);
    json_end_array(j);
}

/* Which applications name the row: to go on to. */
static const char applications_sql[] = "SELECT key_url(id), coalesce(kode_tanda_terima, ''), layanan, status FROM permohonan WHERE space = ?1 AND"
                                       " ((?2 = 'permohonan' AND id = ?3) OR (?2 = 'orang' AND pemohon_id = ?3) OR (?2 = 'keluarga' AND keluarga_id "
                                       "= ?3)) AND reach(space, row_kel(space, 'permohonan', id)) ORDER BY tanggal DESC LIMIT 20";

bool applications_json(struct request *q, struct json *j, const struct row *row)
{
    struct sqlite3_stmt *stmt = about(q, row, applications_sql);

    json_array(j, "applications");
    while (stmt && sqlite3_step(stmt) == SQLITE_ROW) {
        json_object(j, NULL);
        json_column(j, "id", stmt, 0);
        json_column(j, "code", stmt, 1);
        json_column(j, "service", stmt, 2);
        json_column(j, "status", stmt, 3);
        json_end_object(j);
    }
    sqlite3_finalize(stmt);
    json_end_array(j);
    return true;
}

/* --- held rows --- */

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

const char *hold_words_id(const char *reason)
{
    return begins(reason, "UNIQUE")        ? "sudah ada baris lain dengan isian yang sama"
           : begins(reason, "FOREIGN KEY") ? "menunjuk ke baris yang tidak ada"
           : begins(reason, "NOT NULL")    ? "isian wajib kosong"
           : begins(reason, "CHECK")       ? "isiannya melanggar aturan skema"
           : begins(reason, "INSERT")      ? "baris ini belum pernah dibuat: pembuatannya ditolak, atau belum sampai"
                                           : "melanggar aturan tabel";
}

const char *hold_words_en(const char *reason)
{
    return begins(reason, "UNIQUE")        ? "another row has the same value"
           : begins(reason, "FOREIGN KEY") ? "it names a row that is not there"
           : begins(reason, "NOT NULL")    ? "a required value is missing"
           : begins(reason, "CHECK")       ? "its values break a rule of the schema"
           : begins(reason, "INSERT")      ? "the row was never made: its insert was refused, or has not come"
                                           : "it breaks a rule of its table";
}
