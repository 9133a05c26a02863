/* unit/random_sql.h — random SQL over tables that use what SQLite has to change rows by: REPLACE, UPSERT, triggers, savepoints,
 * changed keys, foreign key actions.
 *
 * orang.induk has no index: in SQLite 3.40.1, UPDATE OR REPLACE that removes a row whose ON DELETE SET NULL changes the row being updated
 * leaves a wrong index, with or without the engine. */
#ifndef TESTS_UNIT_RANDOM_SQL_H
#define TESTS_UNIT_RANDOM_SQL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "support/crash_disk.h"

static const char RANDOM_SCHEMA[] =
    "CREATE TABLE keluarga(id PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, jumlah INTEGER NOT NULL DEFAULT 0, status TEXT);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'x', umur INTEGER "
    "CHECK(umur < 5),"
    " keluarga REFERENCES keluarga(id) ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED, besar AS (upper(nama)), induk TEXT"
    " REFERENCES orang(id) ON DELETE SET NULL ON UPDATE CASCADE, CHECK(umur <> 3 OR nama <> '3'));"
    "CREATE UNIQUE INDEX orang_ekspresi ON orang(lower(nama), umur) WHERE umur > 1;"
    "CREATE INDEX orang_keluarga ON orang(keluarga);"
    "CREATE TABLE peran(n INTEGER, orang TEXT REFERENCES orang(id) ON DELETE CASCADE ON UPDATE CASCADE, ket, PRIMARY KEY(orang, n)) WITHOUT ROWID;"
    "CREATE TABLE nomor(n INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT REPLACE, b REFERENCES nomor(n) ON DELETE SET NULL);"
    "CREATE TABLE hitung(id TEXT PRIMARY KEY NOT NULL, n INTEGER DEFAULT 0, dicetak TEXT, status TEXT, alasan, m INT NOT NULL DEFAULT 7);"
    "SELECT jemput_replicate('keluarga', 'before=status;group=jumlah,status'); SELECT jemput_replicate('orang', 'identity=nik'); SELECT "
    "jemput_replicate('peran');"
    "SELECT jemput_replicate('nomor', 'key=app');"
    "SELECT jemput_replicate('hitung', 'sum=n; once=dicetak; group=status,alasan; rank=status:0<1<2<3; sum=m; before=m');";

static const char RANDOM_APP[] =
    "CREATE TABLE lokal(id INTEGER PRIMARY KEY, a);"
    "CREATE TRIGGER tambah AFTER INSERT ON orang BEGIN UPDATE keluarga SET jumlah = jumlah + 1 WHERE id = NEW.keluarga; END;"
    "CREATE TRIGGER kurang AFTER DELETE ON orang BEGIN UPDATE keluarga SET jumlah = jumlah - 1 WHERE id = OLD.keluarga;"
    " INSERT OR REPLACE INTO nomor(n, a) VALUES(length(OLD.nama) + 50, OLD.id); END;"
    "CREATE TRIGGER ubah AFTER UPDATE OF nama ON orang WHEN NEW.nama = '3' BEGIN DELETE FROM peran WHERE orang = NEW.id; END;"
    "CREATE TRIGGER gusur BEFORE INSERT ON nomor WHEN NEW.n = 5 BEGIN DELETE FROM nomor WHERE n = 4; INSERT INTO lokal(a) VALUES(1); END;"
    "CREATE TRIGGER tolak BEFORE DELETE ON nomor WHEN OLD.n = 3 AND OLD.a = 2 BEGIN SELECT RAISE(IGNORE); END;"
    "CREATE TRIGGER batal AFTER UPDATE ON nomor WHEN NEW.a = 1 AND NEW.b = 1 BEGIN SELECT RAISE(ABORT, 'batal'); END;"
    "CREATE TRIGGER rapi AFTER INSERT ON keluarga WHEN NEW.no_kk = '4' BEGIN UPDATE keluarga SET status = 'empat', id = id || 'x' WHERE id = "
    "NEW.id; END;";

/* # = a digit from 0 to 5, @ = a conflict clause or none, ~ = a value of any kind */
static const char *const random_statements[] = {
    "INSERT @ INTO keluarga(id, no_kk, status) VALUES('#', '#', ~)",
    "INSERT @ INTO keluarga(id, no_kk) VALUES(jemput_id(), '#')",
    "INSERT @ INTO orang(id, nik, nama, umur, keluarga, induk) VALUES('#', '#', '#', #, '#', '#')",
    "INSERT @ INTO orang(id, nik, nama, umur) VALUES('#', NULL, NULL, #), ('#', '#', '#', #), ('#', '#', '#', #)",
    "INSERT @ INTO orang(id, nik, keluarga) SELECT '#', '#', id FROM keluarga ORDER BY id LIMIT 1",
    "INSERT @ INTO peran SELECT #, id, ~ FROM orang",
    "INSERT @ INTO nomor VALUES(#, #, (SELECT n FROM nomor LIMIT 1)), (#, ~, NULL)",
    "INSERT INTO keluarga(id) VALUES('#') ON CONFLICT(id) DO UPDATE SET status = ~, no_kk = '#'",
    "INSERT INTO orang(id, nik) VALUES('#', '#') ON CONFLICT(nik) DO UPDATE SET nama = excluded.id, umur = # ON CONFLICT DO UPDATE SET id = '#'",
    "INSERT INTO nomor VALUES(#, #, #) ON CONFLICT(n) DO UPDATE SET n = #, a = ~",
    "INSERT INTO peran VALUES(#, '#', ~) ON CONFLICT DO NOTHING",
    "UPDATE @ keluarga SET id = '#' WHERE id = '#'",
    "UPDATE @ keluarga SET jumlah = ~ WHERE no_kk = '#'",
    "UPDATE @ orang SET id = '#', umur = # WHERE id = '#'",
    "UPDATE @ orang SET nik = '#' WHERE umur < #",
    "UPDATE @ orang SET nama = '#'",
    "UPDATE @ orang SET nama = NULL, induk = '#' WHERE id >= '#'",
    "UPDATE @ orang SET nama = k.status FROM keluarga AS k WHERE k.id = orang.keluarga",
    "UPDATE @ peran SET n = n + # WHERE n = #",
    "UPDATE @ peran SET orang = '#', ket = ~ WHERE n = #",
    "UPDATE @ nomor SET n = #, a = #, b = # WHERE n = #",
    "UPDATE @ nomor SET rowid = rowid + # WHERE n < #",
    "DELETE FROM keluarga WHERE id = '#'",
    "DELETE FROM orang WHERE id = '#' RETURNING nama",
    "DELETE FROM orang",
    "DELETE FROM peran",
    "DELETE FROM nomor",
    "DELETE FROM nomor WHERE n > #",
    "DELETE FROM keluarga WHERE typeof(id) = 'blob'",
    "SELECT count(*) FROM orang",
    "INSERT @ INTO hitung(id, n, dicetak) VALUES('#', #, nullif('#', '0'))",
    "INSERT @ INTO hitung(id, status, alasan) VALUES('#', '#', ~)",
    "INSERT INTO hitung(id, n) VALUES('#', #) ON CONFLICT DO UPDATE SET n = n + excluded.n, m = m - 1",
    "UPDATE @ hitung SET n = n + # - 2 WHERE id < '#'",
    "UPDATE @ hitung SET m = m + #, status = '#'",
    "UPDATE @ hitung SET status = '#', alasan = ~ WHERE id = '#'",
    "UPDATE @ hitung SET dicetak = '#' WHERE id = '#' AND dicetak IS NULL",
    "UPDATE @ hitung SET dicetak = '#', n = ~ WHERE id = '#'",
    "UPDATE @ hitung SET id = '#' WHERE id = '#'",
    "DELETE FROM hitung WHERE id >= '#'",
};
static const char *const random_controls[] = { "SAVEPOINT s#", "SAVEPOINT s#", "ROLLBACK TO s#", "ROLLBACK TO s#", "RELEASE s#", "COMMIT", "COMMIT",
                                               "COMMIT", "ROLLBACK" };
static const char *const random_conflicts[] = { "", "", "OR REPLACE", "OR REPLACE", "OR IGNORE", "OR FAIL", "OR ABORT", "OR ROLLBACK" };
static const char *const random_values[] = { "NULL", "1", "2.5", "'x'", "x'00'", "''", "-9e999", "'1'" };

static inline uint64_t random_pick(uint64_t *rng, uint64_t below)
{
    return (crash_rng_next(rng) >> 11) % below;
}

static inline void random_fill(char *out, size_t size, const char *template, uint64_t *rng)
{
    size_t len = 0;

    for (; *template; template++) {
        const char *put = *template == '@' ? random_conflicts[random_pick(rng, 8)] : random_values[random_pick(rng, 8)];

        if (*template == '#')
            len += (size_t)snprintf(out + len, size - len, "%d", (int)random_pick(rng, 6));
        else if (*template == '@' || *template == '~')
            len += (size_t)snprintf(out + len, size - len, "%s", put);
        else
            len += (size_t)snprintf(out + len, size - len, "%c", *template);
    }
}

struct random_tally {
    unsigned ok, refused, busy;
};

/* One statement, mostly a change; errors that random SQL must make are counted, others fail the test. */
static inline void random_sql_step(sqlite3 *app, uint64_t *rng, struct random_tally *tally)
{
    bool open = !sqlite3_get_autocommit(app);
    const char *template = random_statements[random_pick(rng, sizeof random_statements / sizeof random_statements[0])];
    char sql[512];
    int rc;

    if (open && random_pick(rng, 3) == 0)
        template = random_controls[random_pick(rng, sizeof random_controls / sizeof random_controls[0])];
    else if (!open && random_pick(rng, 4) == 0)
        template = random_pick(rng, 2) ? "BEGIN" : random_pick(rng, 2) ? "BEGIN IMMEDIATE" : "SAVEPOINT s0";
    random_fill(sql, sizeof sql, template, rng);
    rc = sqlite3_exec(app, sql, NULL, NULL, NULL) & 0xff;
    if (rc == SQLITE_OK)
        tally->ok++;
    else if (rc == SQLITE_BUSY)
        tally->busy++;
    else if (rc == SQLITE_CONSTRAINT || (rc == SQLITE_ERROR && strstr(sqlite3_errmsg(app), "no such savepoint")) ||
             (rc == SQLITE_AUTH && (strstr(sqlite3_errmsg(app), "primary key") || strstr(sqlite3_errmsg(app), "must hold an integer") ||
                                    strstr(sqlite3_errmsg(app), "is set once"))))
        tally->refused++;
    else
        fail_msg("%s\n  gives %d %s", sql, rc, sqlite3_errmsg(app));
}

#endif
