/* ask_codes.c — GET /api/codes: words for codes, and what pick lists offer. */
#include <string.h>

#include "gloss.h"

/* The space whose lists are told: the first where the account is anything. They are published to all alike. */
static int64_t space_of(const struct request *q)
{
    return q->reach.count ? q->reach.of[0].standing.space : 0;
}

static bool regions_json(struct request *q, struct json *j, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    json_array(j, "kelurahan");
    if (reader_has(q->reader, "wilayah")) {
        if (base_prepare(q->reader->office.db, &stmt,
                         "SELECT w.kode, w.nama, coalesce(i.nama, '') FROM wilayah w LEFT JOIN wilayah i ON i.space = w.space AND i.kode = w.induk"
                         " WHERE w.space = ?1 AND w.tingkat IN ('kelurahan', 'desa') AND w.berlaku_sampai IS NULL ORDER BY w.kode",
                         why))
            return false;
        base_bind(stmt, "i", space_of(q));
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            bool seen = false;

            for (unsigned i = 0; i < q->reach.count && !seen; i++)
                seen = scope_covers(q->reach.of[i].standing.scope, (const char *)sqlite3_column_text(stmt, 0));
            if (!seen)
                continue;
            json_object(j, NULL);
            json_column(j, "kode", stmt, 0);
            json_column(j, "nama", stmt, 1);
            json_column(j, "kecamatan", stmt, 2);
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
    return true;
}

static void next_json(struct json *j, const char *list)
{
    char word[64];

    json_array(j, "berikut");
    while (list && *list) {
        size_t len = strcspn(list, ",");

        snprintf(word, sizeof word, "%.*s", (int)len, list);
        json_text(j, NULL, word);
        list += len + (list[len] == ',');
    }
    json_end_array(j);
}

static bool statuses_json(struct request *q, struct json *j, struct trouble *why)
{
    struct sqlite3_stmt *stmt;

    json_array(j, "status");
    if (reader_has(q->reader, "alur_status")) {
        if (base_prepare(q->reader->office.db, &stmt,
                         "SELECT kode, label, pelaku, urutan, berikut FROM alur_status WHERE space = ?1 ORDER BY urutan, kode", why))
            return false;
        base_bind(stmt, "i", space_of(q));
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *next = (const char *)sqlite3_column_text(stmt, 4);

            json_object(j, NULL);
            json_column(j, "kode", stmt, 0);
            json_column(j, "label", stmt, 1);
            json_column(j, "pelaku", stmt, 2);
            json_integer(j, "urutan", sqlite3_column_int64(stmt, 3));
            json_bool(j, "final", !next || !next[0]);
            next_json(j, next);
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
    return true;
}

static bool lists_json(struct request *q, struct json *j, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    char list[80] = "";

    json_object(j, "lists");
    if (reader_has(q->reader, "daftar_kode")) {
        if (base_prepare(
                q->reader->office.db, &stmt,
                "SELECT d.nama_daftar, d.kode, d.label, d.kelompok FROM daftar_kode d JOIN (SELECT nama_daftar, max(versi) AS versi FROM daftar_kode"
                " WHERE space = ?1 GROUP BY nama_daftar) n ON n.nama_daftar = d.nama_daftar AND n.versi = d.versi"
                " WHERE d.space = ?1 AND d.berlaku_sampai IS NULL ORDER BY d.nama_daftar, d.urutan, d.kode",
                why))
            return false;
        base_bind(stmt, "i", space_of(q));
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *name = (const char *)sqlite3_column_text(stmt, 0);

            if (strcmp(list, name) != 0) {
                if (list[0])
                    json_end_array(j);
                json_array(j, name);
                snprintf(list, sizeof list, "%s", name);
            }
            json_object(j, NULL);
            json_column(j, "kode", stmt, 1);
            json_column(j, "label", stmt, 2);
            json_column_or_null(j, "kelompok", stmt, 3);
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
        if (list[0])
            json_end_array(j);
    }
    json_end_object(j);
    return true;
}

bool ask_codes(struct request *q)
{
    struct json *j = &q->answer.json;
    struct trouble why;

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    if (!regions_json(q, j, &why) || !statuses_json(q, j, &why) || !lists_json(q, j, &why))
        return answer_trouble(&q->answer, &why);
    gloss_columns_json(j, "columns");
    json_end_object(j);
    return true;
}
