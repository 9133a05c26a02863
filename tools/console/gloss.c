/* gloss.c — see gloss.h. Which column has which list: schema/adminduk/schema.sql. */
#include "gloss.h"

#include <string.h>

#include <sodium.h>

struct column_list {
    const char *table, *column, *list;
};
static const struct column_list lists[] = {
    { "keluarga", "kode_kel", "wilayah" },
    { "orang", "jenis_kelamin", "jenis_kelamin" },
    { "orang", "golongan_darah", "golongan_darah" },
    { "orang", "agama", "agama" },
    { "orang", "status_kawin", "status_kawin" },
    { "orang", "shdk", "shdk" },
    { "orang", "penyandang_cacat", "penyandang_cacat" },
    { "orang", "pendidikan", "pendidikan_kk" },
    { "orang", "pendidikan_sedang", "pendidikan_sedang" },
    { "orang", "pekerjaan", "pekerjaan" },
    { "orang", "kewarganegaraan", "kewarganegaraan" },
    { "orang", "status_dasar", "status_dasar" },
    { "orang", "ktp_el", "ktp_el" },
    { "orang", "status_rekam", "status_rekam_ktp_el" },
    { "permohonan", "layanan", "layanan" },
    { "permohonan", "varian", "varian_layanan" },
    { "permohonan", "kanal", "kanal" },
    { "permohonan", "status", "alur_status" },
    { "permohonan", "kode_kel", "wilayah" },
    { "peristiwa", "jenis", "jenis_peristiwa" },
    { "peristiwa", "tempat_dilahirkan", "f201_tempat_dilahirkan" },
    { "peristiwa", "jenis_kelahiran", "f201_jenis_kelahiran" },
    { "peristiwa", "penolong", "f201_penolong_kelahiran" },
    { "peristiwa", "sebab", "f201_sebab_kematian" },
    { "peristiwa", "yang_menerangkan", "f201_yang_menerangkan_kematian" },
    { "peristiwa", "klasifikasi", "f103_klasifikasi_pindah" },
    { "peristiwa", "alasan", "f103_alasan_pindah" },
    { "peristiwa", "jenis_kepindahan", "f103_jenis_kepindahan" },
    { "peristiwa", "kk_tidak_pindah", "f103_status_kk_tidak_pindah" },
    { "peristiwa", "kk_pindah", "f103_status_kk_yang_pindah" },
    { "peristiwa", "kode_kel_asal", "wilayah" },
    { "peristiwa", "kode_kel_tujuan", "wilayah" },
    { "peran", "peran", "peran_peristiwa" },
    { "peran", "kewarganegaraan", "kewarganegaraan" },
    { "kunjungan", "hasil", "hasil_kunjungan" },
    { "kunjungan", "alasan_belum_urus", "alasan_belum_urus" },
    { "kunjungan", "kode_kel", "wilayah" },
    { "kegiatan_sosialisasi", "kode_kel", "wilayah" },
    { "lampiran", "keadaan", "keadaan_lampiran" },
    { "syarat_permohonan", "keadaan", "keadaan_syarat" },
    { "catatan", "jenis", "jenis_catatan" },
    { "persetujuan", "dasar", "dasar_persetujuan" },
    { "persetujuan", "cara", "cara_persetujuan" },
    { "putusan_ganda", "putusan", "putusan_ganda" },
};
static const struct {
    const char *column, *table;
} keys[] = {
    { "keluarga_id", "keluarga" },
    { "pemohon_id", "orang" },
    { "orang_id", "orang" },
    { "orang_a", "orang" },
    { "orang_b", "orang" },
    { "kunjungan_id", "kunjungan" },
    { "kegiatan_id", "kegiatan_sosialisasi" },
    { "permohonan_id", "permohonan" },
    { "digabung_ke", "permohonan" },
};

const char *gloss_list(const char *table, const char *column)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(lists[i].column, column) == 0 && strcmp(lists[i].table, table) == 0)
            return lists[i].list;
    return NULL;
}

static const char *key_table(const char *column)
{
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (strcmp(keys[i].column, column) == 0)
            return keys[i].table;
    return NULL;
}

static const char *column_name(const char *table, const char *column)
{
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (strcmp(lists[i].column, column) == 0 && strcmp(lists[i].table, table) == 0)
            return lists[i].column;
    return NULL;
}

void gloss_see(struct gloss *g, const char *table, const char *column, const struct jemput_datum *value)
{
    const char *list = NULL, *of = NULL;
    char text[sizeof g->of[0].value];

    if (value->type == JEMPUT_TYPE_TEXT && value->len < sizeof text && (list = gloss_list(table, column)) != NULL) {
        memcpy(text, value->data, value->len);
        text[value->len] = '\0';
    } else if (value->type == JEMPUT_TYPE_BLOB && 2 * value->len < sizeof text && (of = key_table(column)) != NULL) {
        sodium_bin2hex(text, sizeof text, value->data, value->len);
    } else {
        return;
    }
    for (unsigned i = 0; i < g->count; i++)
        if (g->of[i].list == list && g->of[i].table == of && strcmp(g->of[i].value, text) == 0 && (of || strcmp(g->of[i].column, column) == 0))
            return;
    if (g->count == GLOSS_MAX)
        return;
    g->of[g->count].column = list ? column_name(table, column) : NULL;
    g->of[g->count].list = list;
    g->of[g->count].table = of;
    memcpy(g->of[g->count++].value, text, sizeof text);
}

bool gloss_label(struct reader *r, int64_t space, const char *list, const char *code, char *out, size_t room)
{
    const char *sql = strcmp(list, "wilayah") == 0 ? "SELECT nama FROM wilayah WHERE space = ?1 AND kode = ?3 AND ?2 <> ''"
                      : strcmp(list, "alur_status") == 0
                          ? "SELECT label FROM alur_status WHERE space = ?1 AND kode = ?3 AND ?2 <> ''"
                          : "SELECT label FROM daftar_kode WHERE space = ?1 AND nama_daftar = ?2 AND kode = ?3 ORDER BY versi DESC LIMIT 1";
    struct sqlite3_stmt *stmt;
    struct trouble why;
    bool found = false;

    if (base_prepare(r->office.db, &stmt, sql, &why))
        return false;
    base_bind(stmt, "itt", space, list, code);
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_text(stmt, 0)) {
        snprintf(out, room, "%s", (const char *)sqlite3_column_text(stmt, 0));
        found = true;
    }
    sqlite3_finalize(stmt);
    return found;
}

static void labels_json(const struct gloss *g, struct json *j, struct reader *r, int64_t space)
{
    bool done[GLOSS_MAX] = { false };
    char label[256];

    json_object(j, "labels");
    for (unsigned i = 0; i < g->count; i++) {
        if (!g->of[i].list || done[i])
            continue;
        json_object(j, g->of[i].column);
        for (unsigned k = i; k < g->count; k++) {
            if (!g->of[k].list || strcmp(g->of[k].column, g->of[i].column) != 0)
                continue;
            done[k] = true;
            if (gloss_label(r, space, g->of[k].list, g->of[k].value, label, sizeof label))
                json_text(j, g->of[k].value, label);
        }
        json_end_object(j);
    }
    json_end_object(j);
}

static void names_json(const struct gloss *g, struct json *j, struct reader *r, int64_t space)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_object(j, "names");
    if (base_prepare(r->office.db, &stmt, "SELECT " TITLE_SEEN("?1", "?2", "?3"), &why) == 0) {
        for (unsigned i = 0; i < g->count; i++) {
            uint8_t key[40];
            size_t len;

            if (!g->of[i].table || sodium_hex2bin(key, sizeof key, g->of[i].value, strlen(g->of[i].value), NULL, &len, NULL))
                continue;
            base_bind(stmt, "itb", space, g->of[i].table, key, len);
            if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_bytes(stmt, 0))
                json_column(j, g->of[i].value, stmt, 0);
        }
        sqlite3_finalize(stmt);
    }
    json_end_object(j);
}

void gloss_json(const struct gloss *g, struct json *j, struct reader *r, int64_t space)
{
    labels_json(g, j, r, space);
    names_json(g, j, r, space);
}

void gloss_columns_json(struct json *j, const char *key)
{
    json_object(j, key);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        bool first = i == 0 || strcmp(lists[i].table, lists[i - 1].table) != 0;
        bool last = i + 1 == sizeof lists / sizeof lists[0] || strcmp(lists[i].table, lists[i + 1].table) != 0;

        if (first)
            json_object(j, lists[i].table);
        json_text(j, lists[i].column, lists[i].list);
        if (last)
            json_end_object(j);
    }
    json_end_object(j);
}
