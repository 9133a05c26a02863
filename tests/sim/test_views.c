/* The views of the app's connection (schema/views.md) against a small fleet: what people see of conflicts, merges, held rows, stopped logs, histories and
 * deliveries, by SQL alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "forge.h"

#define OFFICE 0
#define TABLET 1
#define OTHER 2
#define DAY_MS INT64_C(86400000)

static const char SCHEMA[] =
    "CREATE TABLE kk(no_kk TEXT PRIMARY KEY NOT NULL, alamat TEXT UNIQUE);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT, hp TEXT, rt TEXT, rw TEXT, no_kk TEXT REFERENCES kk(no_kk),"
    " status TEXT DEFAULT 'baru', kali INTEGER NOT NULL DEFAULT 0, cetak TEXT, CHECK(rt IS NULL OR rw IS NOT NULL));"
    "CREATE UNIQUE INDEX orang_hp ON orang(hp) WHERE status <> 'selesai';"
    "CREATE TABLE berkas(kk TEXT NOT NULL, nomor INTEGER NOT NULL, isi BLOB, PRIMARY KEY(kk, nomor)) WITHOUT ROWID;"
    "CREATE TABLE foto(id BLOB PRIMARY KEY NOT NULL, judul TEXT);"
    "CREATE TABLE titip(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT REFERENCES kk(no_kk));"
    "CREATE TABLE salin(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT REFERENCES kk(no_kk) ON DELETE CASCADE);"
    "INSERT INTO foto VALUES(x'aa', 'bawaan');"
    "SELECT jemput_replicate('kk');"
    "SELECT jemput_replicate('orang', 'identity=nama;rank=status:baru<proses<selesai;sum=kali;once=cetak');"
    "SELECT jemput_replicate('berkas');"
    "SELECT jemput_replicate('foto');"
    "SELECT jemput_replicate('titip', 'parent=no_kk:hold');"
    "SELECT jemput_replicate('salin', 'parent=no_kk:cascade');";

static void begin(struct fleet *f)
{
    fleet_init(f, 3, OFFICE, SCHEMA, 7);
    fleet_sql(f, OFFICE, "INSERT INTO orang(id, nama, hp) VALUES('budi', 'Budi', '1')");
    fleet_settle(f, 0);
    sim_env_advance(&f->devices[OTHER].sim, 60000); /* what it writes comes after what the other tablet writes */
}

static const char *writer_of(struct fleet *f, unsigned device)
{
    static char writers[4][33];
    static unsigned next;
    char *writer = writers[next++ % 4];

    snprintf(writer, 33, "%s", bad_info(f, device).writer);
    return writer;
}

/* A query that must fail, with this in its text. */
static void expect_error(struct fleet *f, unsigned device, const char *sql, const char *part)
{
    sqlite3 *db = f->devices[device].sql;

    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || !strstr(sqlite3_errmsg(db), part))
        fail_msg("%s\n  gives '%s', not '%s'", sql, sqlite3_errmsg(db), part);
}

static void expect_all(struct fleet *f, const char *query, const char *rows)
{
    for (unsigned i = 0; i < f->count; i++)
        fleet_expect(f, i, query, rows);
}

/* --- the document --- */

static char *document_read(void)
{
    const char *source = getenv("JEMPUT_SOURCE");
    char path[1024];
    size_t len;
    unsigned char *bytes;
    char *text;

    snprintf(path, sizeof path, "%s/schema/views.md", source ? source : ".");
    bytes = bad_file_read(path, &len);
    text = strndup((char *)bytes, len);
    free(bytes);
    return text;
}

/* The names in the first cells of the section's table, ascending, "a|b|…"; what SQLite's columns are compared with. */
static void section_columns(const char *document, const char *name, char *out, size_t size)
{
    char heading[64], *names[64];
    const char *at, *end;
    unsigned count = 0;

    snprintf(heading, sizeof heading, "\n### %s", name);
    at = strstr(document, heading);
    if (!at || (at[strlen(heading)] != '\n' && at[strlen(heading)] != '('))
        fail_msg("schema/views.md has no section on %s", name);
    at = strstr(at, "|---|---|\n") + strlen("|---|---|\n");
    for (; *at == '|'; at = strchr(at, '\n') + 1)
        for (const char *cell = strchr(at + 1, '|'), *tick = strchr(at, '`'); tick && tick < cell; tick = strchr(end + 1, '`')) {
            end = strchr(tick + 1, '`');
            names[count++] = strndup(tick + 1, (size_t)(end - tick - 1));
        }
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = i + 1; k < count; k++)
            if (strcmp(names[k], names[i]) < 0) {
                char *swap = names[i];

                names[i] = names[k];
                names[k] = swap;
            }
    *out = '\0';
    for (unsigned i = 0; i < count; i++) {
        snprintf(out + strlen(out), size - strlen(out), "%s\n", names[i]);
        free(names[i]);
    }
}

static void every_view_and_each_of_its_columns_is_documented(void **state)
{
    struct fleet f;
    char *document = document_read(), *names;
    unsigned count = 0;

    (void)state;
    begin(&f);
    names = fleet_rows(&f, OFFICE, "SELECT name FROM pragma_module_list WHERE name LIKE 'jemput%' AND name NOT LIKE 'jemput_capture %' ORDER BY name");
    for (char *name = strtok(names, "\n"); name; name = strtok(NULL, "\n"), count++) {
        char wanted[1024], query[200];

        section_columns(document, name, wanted, sizeof wanted);
        snprintf(query, sizeof query, "SELECT name FROM pragma_table_xinfo('%s') WHERE hidden <> 1 ORDER BY name", name);
        fleet_expect(&f, OFFICE, query, wanted);
    }
    assert_int_equal(count, 9);
    free(names);
    free(document);
    fleet_release(&f);
}

/* --- jemput_conflict --- */

static void a_conflict_shows_each_side_what_it_came_from_and_why(void **state)
{
    struct fleet f;
    char wanted[800];

    (void)state;
    begin(&f);
    expect_all(&f, "SELECT * FROM jemput_conflict", "");
    fleet_sql(&f, TABLET, "BEGIN; SELECT jemput_note('menurut KTP lama'); UPDATE orang SET nama = 'Budi S' WHERE id = 'budi'; COMMIT");
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'Budiman' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    snprintf(wanted, sizeof wanted, "orang|budi|nama|0|Budi S|%s|tablet 02|dibatasi|Budi|1|1|menurut KTP lama\n"
                                    "orang|budi|nama|0|Budiman|%s|tablet 03|dibatasi|Budi|1|1|~\n",
             writer_of(&f, TABLET), writer_of(&f, OTHER));
    expect_all(&f, "SELECT tbl, key, grp, deleted, value, writer, label, trust, base, base_known, hard, note FROM jemput_conflict ORDER BY device", wanted);
    expect_all(&f, "SELECT count(*), min(side), max(side), sum(shown), count(DISTINCT since_ms), min(claimed_ms) < min(since_ms), "
                   "max(claimed_ms) = max(since_ms), sum(claimed_ms BETWEEN not_before_ms AND not_after_ms), min(segment) > 0 FROM jemput_conflict",
               "2|1|2|1|1|1|1|2|1\n");
    expect_all(&f, "SELECT value = (SELECT nama FROM orang WHERE id = c.key) FROM jemput_conflict c WHERE shown", "1\n");
    fleet_release(&f);
}

static void columns_that_merge_as_one_are_an_object_and_a_base_that_never_was_is_not_known(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, rt, rw) VALUES('siti', '001', '01')");
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, rt, rw) VALUES('siti', NULL, 'dekat \"pasar\"')");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT grp, value, base, base_known, hard FROM jemput_conflict WHERE key = 'siti' ORDER BY device",
               "rt,rw|{\"rt\":\"001\",\"rw\":\"01\"}|~|0|0\nrt,rw|{\"rt\":null,\"rw\":\"dekat \\\"pasar\\\"\"}|~|0|0\n");
    fleet_sql(&f, OFFICE, "DELETE FROM orang WHERE id = 'budi'"); /* all have seen it: what it held is not where they start from */
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, nama) VALUES('budi', 'Budi A')");
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, nama) VALUES('budi', 'Budi B')");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT value, base, base_known FROM jemput_conflict WHERE key = 'budi' ORDER BY value", "Budi A|~|0\nBudi B|~|0\n");
    fleet_release(&f);
}

/* Of two values that stood side by side before, all sides had seen both: the one that was shown is what they came from. */
static void the_base_is_the_last_value_that_all_sides_had_seen(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '2' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '3' WHERE id = 'budi'"); /* OTHER has not seen it */
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '4' WHERE id = 'budi'");
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'Budi B' WHERE id = 'budi'");
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '5' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT grp, value, base, base_known FROM jemput_conflict ORDER BY value", "hp|4|2|1\nhp|5|2|1\n");
    fleet_release(&f);
}

static void a_delete_against_an_edit_is_told_without_columns(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "DELETE FROM orang WHERE id = 'budi'");
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '9' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT grp, shown, deleted, value, label, hard FROM jemput_conflict ORDER BY device",
               "~|0|1|~|tablet 02|0\n~|1|0|~|tablet 03|0\n");
    expect_all(&f, "SELECT DISTINCT state FROM jemput_why('orang', 'budi')", "hidup lagi\n");
    fleet_release(&f);
}

/* The table shows it already; so it is not told as what another device wrote. */
static void what_waits_here_is_told_as_this_devices(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '2' WHERE id = 'budi'");
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '3' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "BEGIN; SELECT jemput_note('ditelepon'); UPDATE orang SET hp = '4' WHERE id = 'budi'; COMMIT");
    fleet_expect(&f, OFFICE, "SELECT value, label, segment IS NULL, note, trust, not_after_ms FROM jemput_conflict WHERE shown", "4|pusat 01|1|ditelepon|wajar|~\n");
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM jemput_conflict WHERE NOT shown AND segment IS NOT NULL AND label LIKE 'tablet%%'", "1\n");
    fleet_sql(&f, OFFICE, "DELETE FROM orang WHERE id = 'budi'");
    fleet_expect(&f, OFFICE, "SELECT value, deleted, label FROM jemput_conflict WHERE shown", "~|1|pusat 01\n");
    fleet_release(&f);
}

static void a_view_shows_what_is_committed_and_may_be_read_inside_a_transaction(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "BEGIN IMMEDIATE; UPDATE orang SET hp = '77' WHERE id = 'budi'; INSERT INTO kk VALUES('1', 'a')");
    fleet_expect(&f, TABLET, "SELECT count(*) FROM jemput_history('orang', 'budi') WHERE new = '77'", "0\n");
    fleet_sql(&f, TABLET, "COMMIT");
    fleet_expect(&f, TABLET, "SELECT label, op, col, old, new, segment, signature FROM jemput_history('orang', 'budi') WHERE new = '77'",
                 "tablet 02|ubah|hp|1|77|~|belum disegel\n");
    fleet_release(&f);
}

/* --- jemput_parallel --- */

static void changes_that_merged_by_themselves_are_shown_with_the_way_they_did(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    expect_all(&f, "SELECT * FROM jemput_parallel", "");
    fleet_sql(&f, OFFICE, "INSERT INTO orang(id) VALUES('satu'), ('dua'), ('tiga'), ('empat'), ('lima'), ('enam')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "UPDATE orang SET nik = '3374990101900001' WHERE id = 'satu'");
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '81' WHERE id = 'satu'");
    fleet_sql(&f, TABLET, "UPDATE orang SET nama = 'Dua' WHERE id = 'dua'");
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'Dua' WHERE id = 'dua'");
    fleet_sql(&f, TABLET, "UPDATE orang SET status = 'selesai' WHERE id = 'tiga'");
    fleet_sql(&f, OTHER, "UPDATE orang SET status = 'proses' WHERE id = 'tiga'");
    fleet_sql(&f, TABLET, "UPDATE orang SET kali = kali + 2 WHERE id = 'empat'");
    fleet_sql(&f, OTHER, "UPDATE orang SET kali = kali + 3 WHERE id = 'empat'");
    fleet_sql(&f, TABLET, "UPDATE orang SET cetak = 'pagi' WHERE id = 'lima'");
    fleet_sql(&f, OTHER, "UPDATE orang SET cetak = 'siang' WHERE id = 'lima'");
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '61' WHERE id = 'enam'"); /* a conflict, and nothing else */
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '62' WHERE id = 'enam'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT key, grp, how, shown, value, label FROM jemput_parallel ORDER BY key, device",
               "dua|nama|nilai sama|0|Dua|tablet 02\ndua|nama|nilai sama|1|Dua|tablet 03\n"
               "empat|kali|jumlah|0|2|tablet 02\nempat|kali|jumlah|1|3|tablet 03\n"
               "lima|cetak|sekali|1|pagi|tablet 02\nlima|cetak|sekali|0|siang|tablet 03\n"
               "satu|nik|kolom lain|1|3374990101900001|tablet 02\nsatu|hp|kolom lain|1|81|tablet 03\n"
               "tiga|status|peringkat|1|selesai|tablet 02\ntiga|status|peringkat|0|proses|tablet 03\n");
    expect_all(&f, "SELECT DISTINCT key FROM jemput_conflict", "enam\n");
    fleet_sql(&f, OFFICE, "INSERT INTO orang(id) VALUES('tujuh')");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "UPDATE orang SET nama = 'Tujuh' WHERE id = 'tujuh'");
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '71' WHERE id = 'tujuh'"); /* a conflict, and both beside another column */
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '72' WHERE id = 'tujuh'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT grp, how, shown, value, label FROM jemput_parallel WHERE key = 'tujuh' ORDER BY device",
               "nama|kolom lain|1|Tujuh|pusat 01\nhp|kolom lain|0|71|tablet 02\nhp|kolom lain|1|72|tablet 03\n");
    expect_all(&f, "SELECT status, kali, cetak FROM orang WHERE id IN ('tiga', 'empat', 'lima') ORDER BY id", "baru|5|~\nbaru|0|pagi\nselesai|0|~\n");
    fleet_release(&f);
}

/* --- jemput_held --- */

static void a_held_row_names_the_row_that_stands_against_it(void **state)
{
    struct fleet f;
    char wanted[400];

    (void)state;
    begin(&f);
    expect_all(&f, "SELECT * FROM jemput_held", "");
    fleet_sql(&f, TABLET, "INSERT INTO kk VALUES('31', 'Jalan Mawar 1')");
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, nik) VALUES('tono', '3374990101900002')");
    fleet_sql(&f, OTHER, "INSERT INTO kk VALUES('32', 'Jalan Mawar 1')"); /* later: held */
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, no_kk) VALUES('ani', '32')"); /* with its parent */
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, nik, nama) VALUES('toni', '3374990101900002', 'T')");
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, hp, status) VALUES('wati', '1', 'selesai')"); /* outside of the partial index */
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, hp) VALUES('tuti', '8')");
    fleet_sql(&f, OTHER, "INSERT INTO orang(id, hp) VALUES('tati', '8')");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT tbl, key, reason, against_tbl, against_key, label, segment > 0 FROM jemput_held ORDER BY tbl, key",
               "kk|32|UNIQUE kk.alamat|kk|31|tablet 03|1\n"
               "orang|ani|FOREIGN KEY kk|kk|32|tablet 03|1\n"
               "orang|tati|UNIQUE orang.hp|orang|tuti|tablet 03|1\n"
               "orang|toni|UNIQUE orang.nik|orang|tono|tablet 03|1\n");
    snprintf(wanted, sizeof wanted, "{\"id\":\"toni\",\"nik\":\"3374990101900002\",\"nama\":\"T\",\"hp\":null,\"rt\":null,\"rw\":null,\"no_kk\":null,"
                                    "\"status\":\"baru\",\"kali\":0,\"cetak\":null}|%s\n", writer_of(&f, OTHER));
    expect_all(&f, "SELECT row, writer FROM jemput_held WHERE key = 'toni'", wanted);
    expect_all(&f, "SELECT h.since_ms = max(w.claimed_ms) FROM jemput_held h, jemput_why('orang', 'toni') w WHERE h.key = 'toni'", "1\n");
    expect_all(&f, "SELECT h.since_ms = max(w.claimed_ms) FROM jemput_held h, jemput_why('orang', 'ani') w WHERE h.key = 'ani'", "1\n");
    expect_all(&f, "SELECT DISTINCT state FROM jemput_why('orang', 'toni')", "tertahan\n");
    fleet_sql(&f, OFFICE, "UPDATE orang SET nik = NULL WHERE id = 'tono'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT count(*) FROM jemput_held WHERE key = 'toni'", "0\n");
    fleet_sql(&f, OFFICE, "UPDATE orang SET nama = 'Lain' WHERE id = 'toni'"); /* no matter of the constraint */
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "UPDATE orang SET nik = '3374990101900003' WHERE id = 'tono'");
    fleet_sql(&f, OTHER, "UPDATE orang SET nik = '3374990101900003' WHERE id = 'toni'"); /* made later, so held: since this write, the later of the two */
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'Toni' WHERE id = 'toni'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT h.since_ms = w.claimed_ms, h.since_ms > (SELECT claimed_ms FROM jemput_why('orang', 'tono') WHERE grp = 'nik') "
                   "FROM jemput_held h, jemput_why('orang', 'toni') w WHERE h.key = 'toni' AND w.grp = 'nik'", "1|1\n");
    fleet_release(&f);
}

static void a_row_whose_parent_was_deleted_meanwhile_is_held_since_then(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, OFFICE, "INSERT INTO kk VALUES('50', 'Jalan Melati 5')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO titip VALUES('t', '50')");
    fleet_sql(&f, OTHER, "DELETE FROM kk WHERE no_kk = '50'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT tbl, key, reason, against_tbl, against_key, since_ms = (SELECT claimed_ms FROM jemput_why('kk', '50') WHERE deleted) FROM jemput_held",
               "titip|t|FOREIGN KEY kk|kk|50|1\n");
    fleet_release(&f);
}

/* --- jemput_refused --- */

/* What the tablet's log says next, in a form that this version does not know. */
static void send_from_the_future(struct fleet *f)
{
    static const uint8_t noise[64] = { 0xde, 0xad, 0xbe, 0xef };
    struct jemput *tablet = f->devices[TABLET].jemput;
    struct forge_segment segment;
    struct jemput_oid forged;

    forge_next(&segment, tablet);
    segment.payload = jemput_bytes_of(noise, sizeof noise);
    segment.header.klass = JEMPUT_CLASS_DATA;
    segment.header.codec = 9;
    forged = forge_sign(fleet_hub(f, 0), &segment, &tablet->key, NULL);
    forge_ref(fleet_hub(f, 0), bad_ref(f, TABLET), &forged);
}

static void a_stopped_log_says_where_and_why_in_plain_words(void **state)
{
    struct fleet f;
    struct jemput_segment last;
    struct jemput_error err;
    char wanted[600];
    struct jemput_oid tip;

    (void)state;
    begin(&f);
    expect_all(&f, "SELECT * FROM jemput_refused", "");
    tip = forge_tip(fleet_hub(&f, 0), bad_ref(&f, TABLET));
    send_from_the_future(&f);
    fleet_sync(&f, OFFICE, 0);
    assert_int_equal(jemput_store_segment_last(f.devices[TABLET].jemput->store, &f.devices[TABLET].jemput->writer, &last, &err), JEMPUT_OK);
    snprintf(wanted, sizeof wanted, "%s|%s|tablet 02|%llu|40|JEMPUT_UPGRADE|butuh pembaruan|1|1\n", bad_ref(&f, TABLET), writer_of(&f, TABLET),
             (unsigned long long)last.number + 1);
    fleet_expect(&f, OFFICE, "SELECT ref, writer, label, segment, length(\"commit\"), status, reason, detail LIKE '%codec%', since_ms > 0 FROM jemput_refused", wanted);
    forge_ref(fleet_hub(&f, 0), bad_ref(&f, TABLET), &tip);
    fleet_sql(&f, TABLET, "INSERT INTO kk VALUES('1', 'a')");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT * FROM jemput_refused", "");
    fleet_release(&f);
}

/* --- jemput_history --- */

static void a_history_tells_who_changed_what_from_what_to_what(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '2', rt = '003', rw = '03' WHERE id = 'budi'");
    fleet_sql(&f, OTHER, "BEGIN; SELECT jemput_note('salah tulis'); UPDATE orang SET hp = '3' WHERE id = 'budi'; COMMIT");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "UPDATE orang SET rw = '04', kali = kali + 2 WHERE id = 'budi'");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "DELETE FROM orang WHERE id = 'budi'");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, nama) VALUES('budi', 'Budi')");
    expect_all(&f, "SELECT label, op, col, old, new, note FROM jemput_history('orang', 'budi') WHERE segment IS NOT NULL ORDER BY at, op = 'hapus', col",
               "pusat 01|buat|hp|~|1|~\npusat 01|buat|kali|~|0|~\npusat 01|buat|nama|~|Budi|~\npusat 01|buat|status|~|baru|~\n"
               "tablet 02|ubah|hp|1|2|~\ntablet 02|ubah|rt|~|003|~\ntablet 02|ubah|rw|~|03|~\n"
               "tablet 03|ubah|hp|1|3|salah tulis\n"
               "pusat 01|ubah|kali|~|2|~\npusat 01|ubah|rw|03|04|~\n"
               "pusat 01|hapus|~|~|~|~\n");
    expect_all(&f, "SELECT count(*) = sum(trust = 'dibatasi' AND signature = 'sah' AND receipt AND length(writer) = 32 AND at BETWEEN not_before_ms AND not_after_ms) "
                   "FROM jemput_history('orang', 'budi') WHERE segment IS NOT NULL", "1\n");
    fleet_expect(&f, TABLET, "SELECT label, op, col, old, new, signature, receipt FROM jemput_history('orang', 'budi') WHERE segment IS NULL AND col = 'nama'",
                 "tablet 02|buat|nama|~|Budi|belum disegel|0\n");
    fleet_release(&f);
}

static void a_decision_closes_a_conflict_and_says_why_in_the_history(void **state)
{
    static const char *const column = "nama";
    const struct jemput_datum key = { .type = JEMPUT_TYPE_TEXT, .data = "budi", .len = 4 };
    const struct jemput_datum value = { .type = JEMPUT_TYPE_TEXT, .data = "Budi S", .len = 6 };
    const struct jemput_hidden_value hidden = { .column = "nama", .value = value };
    const struct jemput_choice choice = { .table = "orang", .key = &key, .key_count = 1, .column_count = 1, .columns = &column, .values = &value,
        .hidden_count = 1, .hidden = &hidden, .reason = "sesuai akta" };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "UPDATE orang SET nama = 'Budi S' WHERE id = 'budi'");
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'Budiman' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT count(*) FROM jemput_conflict", "2\n");
    if (jemput_decide(f.devices[OFFICE].jemput, &choice, &err))
        fail_msg("decide: %s", err.text);
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM jemput_conflict", "0\n");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT count(*) FROM jemput_conflict", "0\n");
    expect_all(&f, "SELECT label, col, new, note FROM jemput_history('orang', 'budi') WHERE op = 'putusan'", "pusat 01|nama|Budi S|sesuai akta\n");
    expect_all(&f, "SELECT rule, conflict, value, label FROM jemput_why('orang', 'budi') WHERE grp = 'nama'", "latest|0|Budi S|pusat 01\n");
    fleet_release(&f);
}

/* --- jemput_delivery --- */

static void a_write_is_followed_from_this_tablet_to_central(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '2' WHERE id = 'budi'");
    fleet_sql(&f, TABLET, "INSERT INTO orang(id) VALUES('baru')");
    fleet_expect(&f, TABLET, "SELECT state, newest, own, label, segment FROM jemput_delivery('orang', 'baru')", "di tablet ini|1|1|tablet 02|~\n");
    fleet_expect(&f, TABLET, "SELECT state, newest, own, label FROM jemput_delivery('orang', 'budi')", "di tablet ini|1|1|tablet 02\n");
    fleet_expect(&f, OTHER, "SELECT state, newest, own, label FROM jemput_delivery('orang', 'budi')", "diterima pusat|1|0|pusat 01\n");
    fleet_sync(&f, TABLET, 0);
    fleet_expect(&f, TABLET, "SELECT state, newest, own, segment > 0 FROM jemput_delivery('orang', 'baru')", "menunggu sinyal|1|1|1\n");
    fleet_sync(&f, OFFICE, 0);
    fleet_expect(&f, TABLET, "SELECT state FROM jemput_delivery('orang', 'baru')", "menunggu sinyal\n");
    fleet_sync(&f, TABLET, 0);
    fleet_expect(&f, TABLET, "SELECT state FROM jemput_delivery('orang', 'baru')", "diterima pusat\n");
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '7' WHERE id = 'baru'");
    fleet_expect(&f, TABLET, "SELECT state, newest FROM jemput_delivery('orang', 'baru')", "diterima pusat|0\ndi tablet ini|1\n");
    fleet_settle(&f, 0);
    fleet_sql(&f, OTHER, "DELETE FROM orang WHERE id = 'baru'");
    fleet_settle(&f, 0);
    fleet_expect(&f, TABLET, "SELECT state, newest, own, label FROM jemput_delivery('orang', 'baru')",
                 "diterima pusat|0|1|tablet 02\nditerima pusat|0|1|tablet 02\nditerima pusat|1|0|tablet 03\n");
    fleet_expect(&f, TABLET, "SELECT * FROM jemput_delivery('orang', 'tidak ada')", "");
    fleet_expect(&f, TABLET, "SELECT o.id, d.state FROM orang o, jemput_delivery('orang', o.id) d WHERE d.newest", "budi|diterima pusat\n");
    fleet_release(&f);
}

/* --- jemput_why --- */

static void why_names_every_write_in_force_and_the_rule_that_shows_one(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '2', status = 'proses' WHERE id = 'budi'");
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '3' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT grp, state, rule, conflict, shown, gone, parallel, value, label FROM jemput_why('orang', 'budi') WHERE grp IN ('nama', 'hp', 'status', 'kali') ORDER BY grp, device",
               "hp|tampil|latest|1|0|0|0|2|tablet 02\nhp|tampil|latest|1|1|0|1|3|tablet 03\nkali|tampil|sum|0|1|0|0|0|pusat 01\n"
               "nama|tampil|latest|0|1|0|0|Budi|pusat 01\nstatus|tampil|rank|0|1|0|1|proses|tablet 02\n");
    fleet_sql(&f, TABLET, "UPDATE orang SET kali = kali + 2 WHERE id = 'budi'");
    fleet_settle(&f, 0);
    fleet_sql(&f, OTHER, "UPDATE orang SET kali = kali + 3 WHERE id = 'budi'"); /* it has seen the others, and they count on */
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT grp, rule, shown, value, label FROM jemput_why('orang', 'budi') WHERE grp = 'kali' ORDER BY device",
               "kali|sum|0|0|pusat 01\nkali|sum|0|2|tablet 02\nkali|sum|1|3|tablet 03\n");
    fleet_sql(&f, OFFICE, "DELETE FROM orang WHERE id = 'budi'");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT state, rule, shown, deleted, label FROM jemput_why('orang', 'budi') WHERE grp IS NULL", "dihapus|~|0|1|pusat 01\n");
    expect_all(&f, "SELECT count(*), sum(shown), min(gone) FROM jemput_why('orang', 'budi') WHERE grp = 'hp'", "2|0|1\n");
    expect_all(&f, "SELECT * FROM jemput_why('orang', 'tidak ada')", "");
    expect_all(&f, "SELECT label, writer, claimed_ms, value FROM jemput_why('foto', x'aa')", "skema|~|~|bawaan\n");
    fleet_sql(&f, TABLET, "INSERT INTO foto VALUES(x'bb', 'baru')"); /* new here, and not of the schema */
    fleet_expect(&f, TABLET, "SELECT * FROM jemput_why('foto', x'bb')", "");
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, cetak) VALUES('lama', 'pagi')");
    fleet_sql(&f, TABLET, "DELETE FROM orang WHERE id = 'lama'");
    fleet_settle(&f, 0);
    fleet_sql(&f, OTHER, "INSERT INTO orang(id) VALUES('lama')"); /* a fact holds, whatever becomes of the row */
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT rule, shown, gone, value, label FROM jemput_why('orang', 'lama') WHERE grp = 'cetak' ORDER BY device",
               "once|1|1|pagi|tablet 02\nonce|0|0|~|tablet 03\n");
    expect_all(&f, "SELECT cetak FROM orang WHERE id = 'lama'", "pagi\n");
    fleet_sql(&f, TABLET, "UPDATE orang SET nama = 'Lama' WHERE id = 'lama'"); /* shown already, and not what the one before had written */
    fleet_expect(&f, TABLET, "SELECT value, label, segment IS NULL FROM jemput_why('orang', 'lama') WHERE grp = 'nama'", "Lama|tablet 02|1\n");
    fleet_expect(&f, TABLET, "SELECT label, segment IS NULL FROM jemput_why('orang', 'lama') WHERE grp = 'hp' AND shown", "tablet 03|0\n");
    fleet_release(&f);
}

static void a_row_that_came_back_or_went_with_another_says_so(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, OFFICE, "INSERT INTO kk VALUES('60', 'Jalan Melati 6'), ('61', 'Jalan Melati 7')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id, no_kk) VALUES('anak', '60')");
    fleet_sql(&f, TABLET, "INSERT INTO salin VALUES('s', '61')");
    fleet_sql(&f, OTHER, "DELETE FROM kk");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT DISTINCT state, (SELECT group_concat(no_kk) FROM kk) FROM jemput_why('kk', '60')", "dipulihkan|60\n");
    expect_all(&f, "SELECT DISTINCT state, (SELECT count(*) FROM salin) FROM jemput_why('salin', 's')", "ikut induk|0\n");
    fleet_release(&f);
}

/* --- keys and parameters --- */

static void keys_of_all_kinds_are_given_and_taken_in_one_form(void **state)
{
    static const char *const keys[] = { "'biasa'", "'x''41'''", "'t''x'", "''", "char(10) || char(92) || '\"' || char(233) || char(128515)" };
    struct fleet f;

    (void)state;
    begin(&f);
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char *query = sqlite3_mprintf("SELECT count(*), count(DISTINCT c.key) FROM jemput_conflict c, jemput_history('berkas', c.key) h WHERE c.tbl = 'berkas' "
                                      "AND json_extract(c.key, '$[1]') = %u AND h.col = 'isi'", i);

        fleet_sql(&f, TABLET, "INSERT INTO berkas VALUES(%s, %u, 'a')", keys[i], i);
        fleet_sql(&f, OTHER, "INSERT INTO berkas VALUES(%s, %u, 'b')", keys[i], i);
        fleet_settle(&f, 0);
        fleet_expect(&f, OFFICE, query, "4|1\n");
        sqlite3_free(query);
    }
    fleet_expect(&f, OFFICE, "SELECT key FROM jemput_conflict WHERE side = 1 ORDER BY json_extract(key, '$[1]') LIMIT 3",
                 "[\"biasa\",0]\n[\"t'x'41'\",1]\n[\"t't'x\",2]\n");
    fleet_expect(&f, OFFICE, "SELECT DISTINCT col, new FROM jemput_history('berkas', json_array('biasa', 0)) ORDER BY new", "isi|a\nisi|b\n");
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM jemput_history('berkas', ' [ \"b\\u0069asa\" , 0 ] ')", "2\n");
    fleet_sql(&f, TABLET, "INSERT INTO foto VALUES(x'00ff', 'a')");
    fleet_sql(&f, OTHER, "INSERT INTO foto VALUES(x'00ff', 'b')");
    fleet_settle(&f, 0);
    fleet_expect(&f, OFFICE, "SELECT c.key, count(*) FROM jemput_conflict c, jemput_history('foto', c.key) h WHERE c.tbl = 'foto'", "00ff|4\n");
    fleet_release(&f);
}

static void wrong_values_are_errors_that_say_what_to_write(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    expect_error(&f, OFFICE, "SELECT * FROM jemput_history('orang')", "jemput_history: write jemput_history(tbl, key)");
    expect_error(&f, OFFICE, "SELECT * FROM jemput_history", "jemput_history: write jemput_history(tbl, key)");
    expect_error(&f, OFFICE, "SELECT * FROM jemput_history('jemput_row', 1)", "there is no replicated table 'jemput_row'");
    expect_error(&f, OFFICE, "SELECT * FROM jemput_delivery('nihil', 'a')", "there is no replicated table 'nihil'");
    expect_error(&f, OFFICE, "SELECT * FROM jemput_why(3, 'a')", "name of a table");
    expect_error(&f, OFFICE, "SELECT * FROM jemput_history('berkas', 'a')", "the key of table berkas has 2 columns: write json_array");
    for (unsigned i = 0; i < 12; i++) {
        static const char *const bad[] = { "[]", "[\"a\"]", "[\"a\",1,2]", "[\"a\",1] x", "[\"a\" 1]", "[\"a\",]", "[\"a,1]", "[\"\\ud800\",1]", "[\"\\x\",1]",
                                           "[\"x''4''\",1]", "[\"x''4g''\",1]", "{\"a\":1}" };
        char sql[120];

        snprintf(sql, sizeof sql, "SELECT * FROM jemput_history('berkas', '%s')", bad[i]);
        expect_error(&f, OFFICE, sql, "write json_array");
    }
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM jemput_history(NULL, 'a')", "0\n");
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM jemput_history('berkas', '[\"x''4141''\",1e0]')", "0\n");
    fleet_release(&f);
}

static void nobody_writes_drops_or_hides_a_view(void **state)
{
    static const char *const names[] = { "jemput_conflict", "jemput_parallel", "jemput_held", "jemput_refused", "jemput_history", "jemput_delivery", "jemput_why" };
    static const char *const tries[] = { "DELETE FROM %s", "DROP TABLE %s", "DROP VIEW %s", "CREATE TABLE %s(a)", "CREATE TEMP TABLE %s(a)", "CREATE VIEW %s AS SELECT 1",
                                         "CREATE VIRTUAL TABLE v USING %s", "ALTER TABLE %s RENAME TO x", "INSERT INTO %s DEFAULT VALUES" };
    struct fleet f;

    (void)state;
    begin(&f);
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        for (unsigned k = 0; k < sizeof tries / sizeof tries[0]; k++) {
            char sql[200];

            snprintf(sql, sizeof sql, tries[k], names[i]);
            if (fleet_try(&f, OFFICE, sql) == SQLITE_OK)
                fail_msg("it was let through: %s", sql);
        }
    fleet_expect(&f, OFFICE, "SELECT count(*) > 0 FROM jemput_history('orang', 'budi')", "1\n");
    fleet_release(&f);
}

/* --- time --- */

static void a_time_that_cannot_be_is_doubtful(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    sim_env_set_wall(&f.devices[TABLET].sim, f.devices[TABLET].sim.wall_ms + 400 * DAY_MS);
    fleet_sql(&f, TABLET, "UPDATE orang SET hp = '2' WHERE id = 'budi'");
    sim_env_set_wall(&f.devices[TABLET].sim, f.devices[TABLET].sim.wall_ms - 400 * DAY_MS);
    fleet_sql(&f, OTHER, "UPDATE orang SET hp = '3' WHERE id = 'budi'");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT label, trust, claimed_ms > not_after_ms FROM jemput_conflict ORDER BY device", "tablet 02|meragukan|1\ntablet 03|dibatasi|0\n");
        fleet_expect(&f, i, "SELECT DISTINCT trust FROM jemput_history('orang', 'budi') WHERE label = 'tablet 02'", "meragukan\n");
    }
    fleet_release(&f);
}

static void the_bounds_are_the_nearest_that_central_has_signed(void **state)
{
    struct fleet f;
    char query[200];
    int64_t before, after;

    (void)state;
    begin(&f);
    for (unsigned i = 0; i < 12; i++) {
        sim_env_advance(&f.devices[OFFICE].sim, 3600000);
        fleet_sql(&f, OFFICE, "INSERT INTO kk VALUES('%u', '%u')", i, i);
        fleet_sync(&f, OFFICE, 0);
        if (i == 5) {
            before = f.devices[OFFICE].sim.wall_ms;
            fleet_sync(&f, TABLET, 0);
            fleet_sql(&f, TABLET, "UPDATE orang SET hp = '2' WHERE id = 'budi'");
        } else if (i == 8) {
            fleet_sync(&f, TABLET, 0);
        } else if (i == 9) {
            after = f.devices[OFFICE].sim.wall_ms;
        }
    }
    fleet_settle(&f, 0);
    snprintf(query, sizeof query, "SELECT not_before_ms - %lld BETWEEN -5000 AND 0, not_after_ms - %lld BETWEEN -5000 AND 0 FROM jemput_history('orang', 'budi') "
                                  "WHERE new = '2'", (long long)before, (long long)after);
    expect_all(&f, query, "1|1\n");
    fleet_release(&f);
}

static void without_central_nothing_bounds_a_time(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, -1, SCHEMA, 8);
    fleet_sql(&f, TABLET, "INSERT INTO orang(id) VALUES('a')");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT DISTINCT label, trust, not_before_ms, not_after_ms, receipt FROM jemput_history('orang', 'a')", "tablet 02|wajar|~|~|0\n");
    fleet_expect(&f, TABLET, "SELECT state FROM jemput_delivery('orang', 'a')", "menunggu sinyal\n");
    fleet_release(&f);
}

/* --- bounds --- */

static void a_history_that_is_too_much_at_once_is_refused(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, TABLET, "INSERT INTO foto VALUES(x'01', '')");
    for (unsigned i = 0; i < 18; i++)
        fleet_sql(&f, TABLET, "UPDATE foto SET judul = hex(randomblob(500000))");
    expect_error(&f, TABLET, "SELECT * FROM jemput_history('foto', x'01')", "MiB");
    fleet_expect(&f, TABLET, "SELECT count(*) FROM jemput_delivery('foto', x'01')", "19\n");
    fleet_release(&f);
}

static void views_follow_tables_and_devices_that_come_and_a_handle_that_is_opened_again(void **state)
{
    struct fleet f;
    struct jemput_error err;
    char *invitation;
    size_t len;

    (void)state;
    begin(&f);
    expect_error(&f, TABLET, "SELECT * FROM jemput_history('surat', 1)", "there is no replicated table 'surat'");
    fleet_sql(&f, OFFICE, "SELECT jemput_migrate('CREATE TABLE surat(id TEXT PRIMARY KEY NOT NULL, isi TEXT); SELECT jemput_replicate(''surat'')')");
    fleet_settle(&f, 0);
    fleet_sql(&f, OTHER, "INSERT INTO surat VALUES('s', 'a')");
    fleet_settle(&f, 0);
    fleet_expect(&f, TABLET, "SELECT label, col, new FROM jemput_history('surat', 's')", "tablet 03|isi|a\n");
    fleet_reopen(&f, TABLET);
    fleet_expect(&f, TABLET, "SELECT label, col, new FROM jemput_history('surat', 's')", "tablet 03|isi|a\n");
    assert_int_equal(jemput_invite(f.devices[OFFICE].jemput, "kelurahan", "", "", f.devices[OFFICE].sim.wall_ms + DAY_MS, &invitation, &len, &err), JEMPUT_OK);
    fleet_device_add(&f, invitation, len);
    jemput_text_free(invitation);
    fleet_sql(&f, 3, "INSERT INTO kk VALUES('9', 'a')");
    fleet_expect(&f, 3, "SELECT label, device, col FROM jemput_history('kk', '9')", "perangkat ini|4|alamat\n");
    fleet_settle(&f, 0);
    expect_all(&f, "SELECT label, device, col FROM jemput_history('kk', '9')", "kelurahan 04|4|alamat\n");
    fleet_verify(&f, 3);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_view_and_each_of_its_columns_is_documented),
        cmocka_unit_test(a_conflict_shows_each_side_what_it_came_from_and_why),
        cmocka_unit_test(columns_that_merge_as_one_are_an_object_and_a_base_that_never_was_is_not_known),
        cmocka_unit_test(the_base_is_the_last_value_that_all_sides_had_seen),
        cmocka_unit_test(a_delete_against_an_edit_is_told_without_columns),
        cmocka_unit_test(what_waits_here_is_told_as_this_devices),
        cmocka_unit_test(a_view_shows_what_is_committed_and_may_be_read_inside_a_transaction),
        cmocka_unit_test(changes_that_merged_by_themselves_are_shown_with_the_way_they_did),
        cmocka_unit_test(a_held_row_names_the_row_that_stands_against_it),
        cmocka_unit_test(a_row_whose_parent_was_deleted_meanwhile_is_held_since_then),
        cmocka_unit_test(a_stopped_log_says_where_and_why_in_plain_words),
        cmocka_unit_test(a_history_tells_who_changed_what_from_what_to_what),
        cmocka_unit_test(a_decision_closes_a_conflict_and_says_why_in_the_history),
        cmocka_unit_test(a_write_is_followed_from_this_tablet_to_central),
        cmocka_unit_test(why_names_every_write_in_force_and_the_rule_that_shows_one),
        cmocka_unit_test(a_row_that_came_back_or_went_with_another_says_so),
        cmocka_unit_test(keys_of_all_kinds_are_given_and_taken_in_one_form),
        cmocka_unit_test(wrong_values_are_errors_that_say_what_to_write),
        cmocka_unit_test(nobody_writes_drops_or_hides_a_view),
        cmocka_unit_test(a_time_that_cannot_be_is_doubtful),
        cmocka_unit_test(the_bounds_are_the_nearest_that_central_has_signed),
        cmocka_unit_test(without_central_nothing_bounds_a_time),
        cmocka_unit_test(a_history_that_is_too_much_at_once_is_refused),
        cmocka_unit_test(views_follow_tables_and_devices_that_come_and_a_handle_that_is_opened_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
