/* import_table.c — the tables that an import fills: their statements, one row of each, and the transactions that rows go in by. */
#include <string.h>

#include "failure.h"
#include "import.h"
#include "text.h"

static bool beside_find(struct import *im)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(im->db, "SELECT 1 FROM pragma_table_info(?) WHERE name=?||'_tertulis'", -1, &stmt, NULL) != SQLITE_OK)
        return false;
    for (unsigned i = 0; i < im->layout->rule_count; i++) {
        const struct layout_rule *rule = &im->layout->rules[i];

        sqlite3_bind_text(stmt, 1, layout_tables[rule->target], -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, rule->field, -1, SQLITE_STATIC);
        im->beside[i] = rule->kind != LAYOUT_SKIP && sqlite3_step(stmt) == SQLITE_ROW;
        sqlite3_reset(stmt);
        if (rule->kind != LAYOUT_SKIP)
            im->tables[rule->target].used = true;
    }
    sqlite3_finalize(stmt);
    return true;
}

/* Which parameter of the INSERT below holds a field of the application; NULL if the layout has none. */
static void parameter_text(const struct import *im, const char *field, struct buffer *sql)
{
    const struct layout *l = im->layout;
    unsigned number = 5; /* id, pemohon_id, keluarga_id, kode_kel */

    for (unsigned i = 0; i < l->rule_count; i++) {
        if (l->rules[i].kind == LAYOUT_SKIP || l->rules[i].target != LAYOUT_PERMOHONAN)
            continue;
        if (strcmp(l->rules[i].field, field) == 0) {
            buffer_format(sql, "?%u", number);
            return;
        }
        number += im->beside[i] ? 2 : 1;
    }
    buffer_text(sql, "NULL");
}

/* Only one application of a person may be open for a service: a further one is stored as a possible duplicate. */
static void status_text(const struct import *im, struct buffer *sql)
{
    buffer_text(sql, "(SELECT CASE WHEN count(*) THEN 'DUGAAN_GANDA' ELSE 'DRAF' END FROM v_permohonan_terbuka WHERE pemohon_id=?2 AND layanan=");
    parameter_text(im, "layanan", sql);
    buffer_text(sql, " AND varian=coalesce(");
    parameter_text(im, "varian", sql);
    buffer_text(sql, ", ''))");
}

/* Parameters: the id, the links, then each rule's value (and what is written beside it), in the layout's order. */
static void insert_text(const struct import *im, enum layout_target target, struct buffer *sql)
{
    static const char *const links[LAYOUT_TARGETS] = { "", ",keluarga_id", ",pemohon_id,keluarga_id,kode_kel", ",permohonan_id" };
    static const char *const marks[LAYOUT_TARGETS] = { "", ",?", ",?,?,?", ",?" };
    const struct layout *l = im->layout;

    buffer_format(sql, "INSERT INTO %s(id%s", layout_tables[target], links[target]);
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->rules[i].kind != LAYOUT_SKIP && l->rules[i].target == target) {
            buffer_format(sql, ",%s", l->rules[i].field);
            if (im->beside[i])
                buffer_format(sql, ",%s_tertulis", l->rules[i].field);
        }
    buffer_text(sql, target == LAYOUT_PERMOHONAN ? ",kode_tanda_terima,status" : "");
    buffer_format(sql, ") VALUES(?%s", marks[target]);
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->rules[i].kind != LAYOUT_SKIP && l->rules[i].target == target)
            buffer_text(sql, im->beside[i] ? ",?,?" : ",?");
    if (target == LAYOUT_PERMOHONAN) {
        buffer_text(sql, ",jemput_serial('permohonan'),");
        status_text(im, sql);
    }
    buffer_text(sql, ") ON CONFLICT(id) DO NOTHING");
}

static bool table_prepare(struct import *im, enum layout_target target)
{
    struct import_table *t = &im->tables[target];
    struct buffer sql = { 0 };
    bool ok;

    if (!t->used)
        return true;
    insert_text(im, target, &sql);
    ok = sqlite3_prepare_v2(im->db, buffer_string(&sql), -1, &t->insert, NULL) == SQLITE_OK;
    sql.len = 0;
    buffer_format(&sql, "SELECT 1 FROM %s WHERE id=?", layout_tables[target]);
    ok = ok && sqlite3_prepare_v2(im->db, buffer_string(&sql), -1, &t->exists, NULL) == SQLITE_OK;
    buffer_release(&sql);
    return ok;
}

bool import_tables_prepare(struct import *im)
{
    bool ok = beside_find(im);

    for (unsigned i = 0; ok && i < LAYOUT_TARGETS; i++)
        ok = table_prepare(im, (enum layout_target)i);
    for (unsigned i = 0; ok && i < im->layout->rule_count; i++)
        if (im->layout->rules[i].kind == LAYOUT_CODE || im->layout->rules[i].kind == LAYOUT_MAP) {
            im->codes[i] = codes_new(im->db, im->layout->rules[i].list);
            ok = im->codes[i] != NULL;
        }
    if (!ok)
        im->code = failure_sql(im->db, T("impor perlu skema adminduk", "import needs the adminduk schema"));
    return ok;
}

static int bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
    return text ? sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC) : sqlite3_bind_null(stmt, index);
}

static int bind_links(struct import *im, enum layout_target target, sqlite3_stmt *stmt)
{
    const struct id *ids = im->row.ids;
    int rule, index = 1;

    sqlite3_bind_blob(stmt, index++, ids[target].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_PERMOHONAN)
        sqlite3_bind_blob(stmt, index++, ids[LAYOUT_ORANG].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_ORANG || target == LAYOUT_PERMOHONAN)
        sqlite3_bind_blob(stmt, index++, ids[LAYOUT_KELUARGA].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_CATATAN)
        sqlite3_bind_blob(stmt, index++, ids[LAYOUT_PERMOHONAN].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_PERMOHONAN) {
        rule = layout_rule_of(im->layout, LAYOUT_KELUARGA, "kode_kel");
        bind_text(stmt, index++, rule == LAYOUT_ABSENT ? NULL : im->row.values[rule].clean);
    }
    return index;
}

bool import_row_insert(struct import *im, enum layout_target target)
{
    sqlite3_stmt *stmt = im->tables[target].insert;
    int index = bind_links(im, target, stmt), rc;

    for (unsigned i = 0; i < im->layout->rule_count; i++) {
        if (im->layout->rules[i].kind == LAYOUT_SKIP || im->layout->rules[i].target != target)
            continue;
        bind_text(stmt, index++, im->row.values[i].clean);
        if (im->beside[i])
            bind_text(stmt, index++, im->row.values[i].written);
    }
    rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc == SQLITE_DONE;
}

bool import_row_exists(struct import *im, enum layout_target target)
{
    sqlite3_stmt *stmt = im->tables[target].exists;
    bool exists;

    sqlite3_bind_blob(stmt, 1, im->row.ids[target].bytes, ID_BYTES, SQLITE_STATIC);
    exists = sqlite3_step(stmt) == SQLITE_ROW;
    sqlite3_reset(stmt);
    return exists;
}

/* --- transactions --- */

bool import_sql(struct import *im, const char *sql)
{
    if (sqlite3_exec(im->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    im->code = failure_sql(im->db, T("impor", "import"));
    return false;
}

static bool note_set(struct import *im)
{
    sqlite3_stmt *stmt;
    bool ok = sqlite3_prepare_v2(im->db, "SELECT jemput_note(?)", -1, &stmt, NULL) == SQLITE_OK;

    if (ok) {
        sqlite3_bind_text(stmt, 1, buffer_string(&im->note), (int)im->note.len, SQLITE_STATIC);
        ok = sqlite3_step(stmt) == SQLITE_ROW;
    }
    sqlite3_finalize(stmt);
    if (!ok)
        im->code = failure_sql(im->db, T("impor", "import"));
    return ok;
}

bool import_chunk_begin(struct import *im)
{
    if (im->open)
        return true;
    if (!import_sql(im, "BEGIN IMMEDIATE"))
        return false;
    im->open = true;
    im->chunk = 0;
    im->kept.accepted = im->report.accepted;
    memcpy(im->kept.inserted, im->report.inserted, sizeof im->kept.inserted);
    memcpy(im->kept.existing, im->report.existing, sizeof im->kept.existing);
    return note_set(im);
}

bool import_chunk_end(struct import *im)
{
    if (!im->open)
        return true;
    if (!import_sql(im, "COMMIT")) {
        import_chunk_undo(im); /* the failure has been reported; what earlier chunks brought is in */
        return false;
    }
    im->open = false;
    return true;
}

void import_chunk_undo(struct import *im)
{
    sqlite3_exec(im->db, "ROLLBACK", NULL, NULL, NULL);
    im->open = false;
    im->report.accepted = im->kept.accepted;
    memcpy(im->report.inserted, im->kept.inserted, sizeof im->kept.inserted);
    memcpy(im->report.existing, im->kept.existing, sizeof im->kept.existing);
}
