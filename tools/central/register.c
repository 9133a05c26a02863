/* register.c — the daily book: applications of a day or several, as a page to print and sign. Its foot holds the state hashes and the head of
 * looks.db, so that paper anchors both chains. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "base.h"
#include "export.h"

static const char register_sql[] =
    "SELECT coalesce(p.kode_kel, k.kode_kel, '') AS kel, coalesce((SELECT w.nama FROM wilayah w WHERE w.space = p.space AND w.kode = "
    "coalesce(p.kode_kel, k.kode_kel)), ''),"
    " p.tanggal, p.kode_tanda_terima, o.nama, coalesce((SELECT d.label FROM daftar_kode d WHERE d.space = p.space AND d.nama_daftar = 'layanan' AND "
    "d.kode = p.layanan"
    " ORDER BY d.versi DESC LIMIT 1), p.layanan), coalesce(s.label, p.status), p.petugas FROM permohonan p"
    " LEFT JOIN orang o ON o.space = p.space AND o.id = p.pemohon_id LEFT JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id"
    " LEFT JOIN alur_status s ON s.space = p.space AND s.kode = p.status WHERE (?1 = 0 OR p.space = ?1) AND (?2 IS NULL OR coalesce(p.kode_kel, "
    "k.kode_kel) = ?2)"
    " AND (?3 IS NULL OR substr(p.tanggal, 1, 7) = ?3) AND (?4 IS NULL OR p.tanggal >= ?4) AND (?5 IS NULL OR p.tanggal <= ?5)"
    " AND reach(p.space, coalesce(p.kode_kel, k.kode_kel)) ORDER BY kel, p.tanggal, p.kode_tanda_terima, p.id";

static const char head_html[] =
    "<!doctype html>\n<html lang=\"id\"><head><meta charset=\"utf-8\"><title>Buku harian permohonan</title><style>\n"
    "@page { size: A4 landscape; margin: 14mm }\nbody { font: 10pt/1.35 system-ui, sans-serif; color: #000; margin: 0 }\n"
    "section { break-after: page }\nh1 { font-size: 14pt; margin: 0 0 2mm }\ntable { border-collapse: collapse; width: 100% }\n"
    "th, td { border: 0.3mm solid #444; padding: 1mm 1.5mm; text-align: left; vertical-align: top }\nthead { display: table-header-group }\n"
    "tr { break-inside: avoid }\n.sign { margin-top: 16mm; display: flex; justify-content: space-between }\n.sign div { width: 70mm; border-top: "
    "0.3mm solid #000; padding-top: 1mm }\n"
    "footer { margin-top: 6mm; font: 8pt/1.3 monospace; overflow-wrap: anywhere }\n</style></head><body>\n";

static void html_text(FILE *out, const char *text)
{
    for (; text && *text; text++) {
        if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else
            fputc(*text, out);
    }
}

static void cell(FILE *out, const char *text)
{
    fputs("<td>", out);
    html_text(out, text);
    fputs("</td>", out);
}

static void page_begin(FILE *out, struct sqlite3_stmt *stmt, const struct export_asked *asked)
{
    fputs("<section><h1>Buku harian permohonan: ", out);
    html_text(out, (const char *)sqlite3_column_text(stmt, 1));
    fputs(" (", out);
    html_text(out, (const char *)sqlite3_column_text(stmt, 0));
    fputs(")</h1><p>", out);
    html_text(out, asked->from ? asked->from : asked->month ? asked->month : "semua tanggal");
    if (asked->to) {
        fputs(" s.d. ", out);
        html_text(out, asked->to);
    }
    fputs("</p><table><thead><tr><th>No</th><th>Tanggal</th><th>Tanda "
          "terima</th><th>Pemohon</th><th>Layanan</th><th>Status</th><th>Petugas</th></tr></thead><tbody>\n",
          out);
}

static void page_end(FILE *out)
{
    fputs("</tbody></table><div class=\"sign\"><div>Petugas</div><div>Lurah / pejabat yang ditunjuk</div></div></section>\n", out);
}

static void hashes_write(FILE *out, const struct export_asked *asked)
{
    struct sqlite3_stmt *stmt;
    struct looks_head head = { 0 };
    struct trouble why;
    char hex[2 * LOOK_HASH_BYTES + 1], when[40];
    time_t now = time(NULL);
    struct tm at;

    localtime_r(&now, &at);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M %z", &at);
    fprintf(out, "<footer>Dicetak %s.", when);
    if (base_prepare(asked->db, &stmt, "SELECT name, coalesce(state_hash, '-') FROM space WHERE (?1 = 0 OR id = ?1) AND may(id) ORDER BY id",
                     &why) == 0) {
        base_bind(stmt, "i", asked->space);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            fputs("<br>Keadaan ", out);
            html_text(out, (const char *)sqlite3_column_text(stmt, 0));
            fprintf(out, ": %s", (const char *)sqlite3_column_text(stmt, 1));
        }
        sqlite3_finalize(stmt);
    }
    if (asked->looks && looks_head(asked->looks, &head, &why) == 0) {
        sodium_bin2hex(hex, sizeof hex, head.hash, sizeof head.hash);
        fprintf(out, "<br>Jejak melihat data: catatan %lld, kepala rantai %s", (long long)head.count, hex);
    }
    fputs("</footer>\n", out);
}

static void row_write(FILE *out, struct sqlite3_stmt *stmt, int64_t number)
{
    fprintf(out, "<tr><td>%lld</td>", (long long)number);
    for (int i = 2; i < 8; i++)
        cell(out, (const char *)sqlite3_column_text(stmt, i));
    fputs("</tr>\n", out);
}

int export_register(const struct export_kind *self, const struct export_asked *asked, const char *path, int64_t *rows, struct trouble *why)
{
    FILE *out = fopen(path, "we");
    struct sqlite3_stmt *stmt;
    char kel[64] = "";
    int64_t number = 0;
    int rc;

    if (!out)
        return trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno));
    if (base_prepare(asked->db, &stmt, register_sql, why))
        return fclose(out), -1;
    base_bind(stmt, "itttt", asked->space, asked->kel, asked->month, asked->from, asked->to);
    fputs(head_html, out);
    for (*rows = 0; (rc = sqlite3_step(stmt)) == SQLITE_ROW; ++*rows) {
        const char *now = (const char *)sqlite3_column_text(stmt, 0);

        if (*rows == 0 || strcmp(kel, now) != 0) {
            if (*rows)
                page_end(out);
            page_begin(out, stmt, asked);
            snprintf(kel, sizeof kel, "%s", now);
            number = 0;
        }
        row_write(out, stmt, ++number);
    }
    if (*rows)
        page_end(out);
    else
        fputs("<p>Tidak ada permohonan.</p>\n", out);
    hashes_write(out, asked);
    fputs("</body></html>\n", out);
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, self->name, asked->db);
    sqlite3_finalize(stmt);
    if (fclose(out))
        return trouble_set(why, TROUBLE_LATER, "%s: %s", self->name, strerror(errno));
    return rc == SQLITE_DONE ? 0 : -1;
}
