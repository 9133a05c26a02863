/* indexes.c — by what the console's lists are read in central.db: indexes of adminduk's tables, and the search by name. Of another schema only those
 * whose columns it has, too. */
#include <stdlib.h>
#include <string.h>

#include "lite.h"
#include "names.h"

struct index_spec {
    const char *table, *columns; /* needed: by comma, without blanks */
    const char *sql;             /* dropped is what an earlier version made for the same */
};

#define FINAL "('DUGAAN_GANDA', 'TOLAK', 'DISERAHKAN', 'DIBATALKAN', 'DIGABUNG')"

static const struct index_spec specs[] = {
    { "permohonan", "tanggal,id", "CREATE INDEX IF NOT EXISTS permohonan_hari ON permohonan(tanggal DESC, space, id)" },
    { "permohonan", "status,tanggal,id", "CREATE INDEX IF NOT EXISTS permohonan_status ON permohonan(status, tanggal DESC, space, id)" },
    { "permohonan", "kode_kel,tanggal,id", "CREATE INDEX IF NOT EXISTS permohonan_kel ON permohonan(kode_kel, tanggal DESC, space, id)" },
    { "permohonan", "layanan,tanggal,id", "CREATE INDEX IF NOT EXISTS permohonan_layanan ON permohonan(layanan, tanggal DESC, space, id)" },
    { "permohonan", "kode_tanda_terima", "CREATE INDEX IF NOT EXISTS permohonan_tanda ON permohonan(kode_tanda_terima)" },
    { "permohonan", "pemohon_id", "CREATE INDEX IF NOT EXISTS permohonan_pemohon ON permohonan(pemohon_id)" },
    { "permohonan", "keluarga_id", "CREATE INDEX IF NOT EXISTS permohonan_keluarga ON permohonan(keluarga_id)" },
    { "permohonan", "batas_waktu,status,id",
      "CREATE INDEX IF NOT EXISTS permohonan_batas ON permohonan(batas_waktu, space, id) WHERE status NOT IN " FINAL },
    { "permohonan", "tanggal,kode_kel,layanan,status",
      /* tanggal, too: else SQLite (3.40) looks at every row itself */
      "CREATE INDEX IF NOT EXISTS permohonan_bulan ON permohonan(substr(tanggal, 1, 7), kode_kel, layanan, status, space, tanggal);"
      " DROP INDEX IF EXISTS permohonan_rekap" },
    { "orang", "nik", "CREATE INDEX IF NOT EXISTS orang_nik ON orang(nik)" },
    { "orang", "keluarga_id,tanggal_lahir",
      "CREATE INDEX IF NOT EXISTS orang_lahir ON orang(keluarga_id, space, tanggal_lahir); DROP INDEX IF EXISTS orang_keluarga" },
    { "orang", "penyandang_cacat,keluarga_id",
      "CREATE INDEX IF NOT EXISTS orang_cacat ON orang(penyandang_cacat, keluarga_id) WHERE penyandang_cacat <> '' AND penyandang_cacat <> '7'" },
    { "keluarga", "kode_kel,rw,rt", "CREATE INDEX IF NOT EXISTS keluarga_kel ON keluarga(kode_kel, rw, rt)" },
    { "keluarga", "no_kk", "CREATE INDEX IF NOT EXISTS keluarga_kk ON keluarga(no_kk)" },
    { "kunjungan", "kode_kel,rw,rt,tanggal", "CREATE INDEX IF NOT EXISTS kunjungan_kel ON kunjungan(kode_kel, rw, rt, tanggal)" },
    { "kunjungan", "keluarga_id", "CREATE INDEX IF NOT EXISTS kunjungan_keluarga ON kunjungan(keluarga_id)" },
    { "kegiatan_sosialisasi", "kode_kel,tanggal", "CREATE INDEX IF NOT EXISTS sosialisasi_kel ON kegiatan_sosialisasi(kode_kel, tanggal)" },
    { "catatan", "permohonan_id", "CREATE INDEX IF NOT EXISTS catatan_permohonan ON catatan(permohonan_id)" },
    { "lampiran", "permohonan_id", "CREATE INDEX IF NOT EXISTS lampiran_permohonan ON lampiran(permohonan_id)" },
    { "syarat_permohonan", "permohonan_id", "CREATE INDEX IF NOT EXISTS syarat_permohonan_id ON syarat_permohonan(permohonan_id)" },
    { "perubahan", "permohonan_id", "CREATE INDEX IF NOT EXISTS perubahan_permohonan ON perubahan(permohonan_id)" },
    { "peristiwa", "permohonan_id", "CREATE INDEX IF NOT EXISTS peristiwa_permohonan ON peristiwa(permohonan_id)" },
};

static bool in_list(const char *list, const char *word)
{
    size_t len = strlen(word);

    for (const char *at = list; *at; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
        if (strcspn(at, ",") == len && sqlite3_strnicmp(at, word, (int)len) == 0)
            return true;
    return false;
}

/* Does a table of a schema have all these columns? */
static int has_columns(struct sqlite3 *db, const struct index_spec *spec, bool *has, struct trouble *why)
{
    unsigned wanted = 1, found = 0;
    struct sqlite3_stmt *stmt;
    int rc;

    for (const char *c = spec->columns; *c; c++)
        wanted += *c == ',';
    if (base_prepare(db, &stmt, "SELECT c.name FROM table_ t, pragma_table_info(t.name) c WHERE t.name = ?1", why))
        return -1;
    base_bind(stmt, "t", spec->table);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        found += in_list(spec->columns, (const char *)sqlite3_column_text(stmt, 0));
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "central.db", db);
    sqlite3_finalize(stmt);
    *has = found == wanted;
    return rc == SQLITE_DONE ? 0 : -1;
}

int indexes_make(struct sqlite3 *db, struct trouble *why)
{
    for (unsigned i = 0; i < sizeof specs / sizeof specs[0]; i++) {
        bool has;

        if (has_columns(db, &specs[i], &has, why) || (has && base_run(db, specs[i].sql, why)))
            return -1;
    }
    return 0;
}

/* --- search by name --- */

bool search_is_of(const char *table)
{
    return strcmp(table, "orang") == 0 || strcmp(table, "keluarga") == 0;
}

static char *spelled(const struct jemput_feed_row *row, const char *column)
{
    struct name name;
    char *text = NULL;

    for (unsigned i = 0; i < row->column_count; i++)
        if (strcmp(row->columns[i], column) == 0 && row->values[i].type == JEMPUT_TYPE_TEXT) {
            name_read(&name, row->values[i].data, row->values[i].len);
            text = memory_copy(name.forms[NAME_SPELLED] ? name.forms[NAME_SPELLED] : "",
                               name.forms[NAME_SPELLED] ? strlen(name.forms[NAME_SPELLED]) : 0);
            name_release(&name);
        }
    return text ? text : memory_copy("", 0);
}

enum { FIND, ADD, SAME, PUT, DROP, DROP_LINE };
static const char *const search_sql[SEARCH_STATEMENTS] = {
    [FIND] = "SELECT rowid_ FROM search_of WHERE space = ?1 AND tbl = ?2 AND key = ?3",
    [ADD] = "INSERT INTO search_of(space, tbl, key) VALUES(?1, ?2, ?3)",
    [SAME] = "SELECT 1 FROM search_ WHERE rowid = ?1 AND name = ?2 AND head = ?3",
    [PUT] = "INSERT OR REPLACE INTO search_(rowid, name, head) VALUES(?1, ?2, ?3)",
    [DROP] = "DELETE FROM search_ WHERE rowid = ?1",
    [DROP_LINE] = "DELETE FROM search_of WHERE rowid_ = ?1",
};

/* A statement, prepared when it is first needed. */
static int search_statement(struct search *s, unsigned which, struct sqlite3_stmt **out, struct trouble *why)
{
    if (!s->of[which] && base_prepare(s->db, &s->of[which], search_sql[which], why))
        return -1;
    *out = s->of[which];
    return 0;
}

/* Step; *number: of the first column of its row, 0 = there is none. */
static int search_ask(struct search *s, struct sqlite3_stmt *stmt, int64_t *number, struct trouble *why)
{
    int rc = sqlite3_step(stmt);

    *number = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        trouble_sqlite(why, "search", s->db);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

/* The row's line in the search; 0: it has none. With `adds` it is given one. */
static int search_line(struct search *s, int64_t space, const struct jemput_feed_row *row, bool adds, int64_t *line, bool *fresh, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    *fresh = false;
    if (search_statement(s, FIND, &stmt, why))
        return -1;
    base_bind(stmt, "itb", space, row->table, row->key[0].data, row->key[0].len);
    if (search_ask(s, stmt, line, why))
        return -1;
    if (*line || !adds)
        return 0;
    if (search_statement(s, ADD, &stmt, why))
        return -1;
    base_bind(stmt, "itb", space, row->table, row->key[0].data, row->key[0].len);
    if (base_step(s->db, stmt, why))
        return -1;
    *line = sqlite3_last_insert_rowid(s->db);
    *fresh = true;
    return 0;
}

static int search_write(struct search *s, int64_t line, bool fresh, const char *name, const char *head, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int64_t same = 0;

    if (!fresh) {
        if (search_statement(s, SAME, &stmt, why))
            return -1;
        base_bind(stmt, "itt", line, name, head);
        if (search_ask(s, stmt, &same, why))
            return -1;
    }
    if (same)
        return 0;
    if (search_statement(s, PUT, &stmt, why))
        return -1;
    base_bind(stmt, "itt", line, name, head);
    return base_step(s->db, stmt, why);
}

static int search_drop(struct search *s, int64_t line, struct trouble *why)
{
    for (unsigned which = DROP; which <= DROP_LINE; which++) {
        struct sqlite3_stmt *stmt;

        if (search_statement(s, which, &stmt, why))
            return -1;
        base_bind(stmt, "i", line);
        if (base_step(s->db, stmt, why))
            return -1;
    }
    return 0;
}

int search_note(struct search *s, int64_t space, const struct jemput_feed_row *row, struct trouble *why)
{
    bool person = strcmp(row->table, "orang") == 0, shown = row->state == JEMPUT_FEED_SHOWN, fresh;
    int64_t line;
    char *name;
    int rc;

    if (row->key_count != 1 || row->key[0].type != JEMPUT_TYPE_BLOB)
        return 0;
    if (search_line(s, space, row, shown, &line, &fresh, why))
        return -1;
    if (!shown)
        return line ? search_drop(s, line, why) : 0;
    name = spelled(row, person ? "nama" : "nama_kepala");
    rc = search_write(s, line, fresh, person ? name : "", person ? "" : name, why);
    free(name);
    return rc;
}

void search_end(struct search *s)
{
    for (unsigned i = 0; i < SEARCH_STATEMENTS; i++)
        sqlite3_finalize(s->of[i]);
    *s = (struct search){ .db = s->db };
}

int search_clear(struct sqlite3 *db, int64_t space, struct trouble *why)
{
    return base_do(db, "DELETE FROM search_ WHERE rowid IN (SELECT rowid_ FROM search_of WHERE space = ?1)", why, NULL, NULL, "i", space) ||
           base_do(db, "DELETE FROM search_of WHERE space = ?1", why, NULL, NULL, "i", space) ? -1 : 0;
}
