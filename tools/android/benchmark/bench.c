/* The work of Bench.java in C, by the engine's own calls and SQLite's: what the binding's figures are held against. Each line: who, what,
 * microseconds of the best of several rounds.
 *
 *   bench FOLDER */
#include <jemput/jemput.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INSERTS = 20000, QUERIES = 200, OPENS = 20, ROUNDS = 7 };

static const char SCHEMA[] =
    "CREATE TABLE warga(id INTEGER PRIMARY KEY, nama TEXT, umur INTEGER); SELECT jemput_replicate('warga', 'key=app');";
static const char LOCAL[] = "CREATE TABLE lokal(id INTEGER PRIMARY KEY, nama TEXT, umur INTEGER)";

struct bench {
    struct jemput *store;
    sqlite3 *db;
    char path[512];
    const char *sql; /* of the job */
};

static void must(int good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static double now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void measure(struct bench *b, const char *what, int times, void (*job)(struct bench *b, int round))
{
    double best = 1e18;

    for (int round = 0; round < ROUNDS; round++) {
        double begun = now_us(), took;

        job(b, round);
        took = (now_us() - begun) / times;
        best = took < best ? took : best;
    }
    printf("c %s %.3f\n", what, best);
}

static void insert(struct bench *b, int round)
{
    sqlite3_stmt *put;

    must(!sqlite3_exec(b->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) && !sqlite3_prepare_v2(b->db, b->sql, -1, &put, NULL), "prepare");
    for (int i = 0; i < INSERTS; i++) {
        sqlite3_bind_int64(put, 1, (sqlite3_int64)round * INSERTS + i);
        sqlite3_bind_text(put, 2, "Siti Aminah", -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(put, 3, i % 90);
        must(sqlite3_step(put) == SQLITE_DONE, sqlite3_errmsg(b->db));
        sqlite3_reset(put);
    }
    sqlite3_finalize(put);
    must(!sqlite3_exec(b->db, "COMMIT", NULL, NULL, NULL), "commit");
}

static void query(struct bench *b, int round)
{
    static volatile size_t sink;
    sqlite3_stmt *ask;

    (void)round;
    must(!sqlite3_prepare_v2(b->db, "SELECT id, nama, umur FROM lokal WHERE id >= ? LIMIT 1000", -1, &ask, NULL), "prepare");
    for (int i = 0; i < QUERIES; i++) {
        sqlite3_bind_int64(ask, 1, i * 100);
        while (sqlite3_step(ask) == SQLITE_ROW)
            sink += (size_t)sqlite3_column_int64(ask, 0) + strlen((const char *)sqlite3_column_text(ask, 1)) + (size_t)sqlite3_column_int64(ask, 2);
        sqlite3_reset(ask);
    }
    sqlite3_finalize(ask);
}

static void open_and_close(struct bench *b, int round)
{
    struct jemput_error err;

    (void)round;
    for (int i = 0; i < OPENS; i++) {
        must(!jemput_open(&b->store, b->path, NULL, &err), "open");
        jemput_close(b->store);
    }
}

int main(int argc, char **argv)
{
    const struct jemput_founding founding = { .schema = SCHEMA };
    struct jemput_error err;
    struct bench b;

    must(argc == 2, "a folder is wanted");
    snprintf(b.path, sizeof b.path, "%s/c.db", argv[1]);
    must(!jemput_found(&b.store, b.path, &founding, NULL, &err), "found");
    b.db = jemput_app(b.store);
    must(!sqlite3_exec(b.db, LOCAL, NULL, NULL, NULL), "schema");
    b.sql = "INSERT INTO lokal(id, nama, umur) VALUES(?, ?, ?)";
    measure(&b, "insert-local", INSERTS, insert);
    b.sql = "INSERT INTO warga(id, nama, umur) VALUES(?, ?, ?)";
    measure(&b, "insert-replicated", INSERTS, insert);
    measure(&b, "query-1000", QUERIES, query);
    jemput_close(b.store);
    measure(&b, "open", OPENS, open_and_close);
    return 0;
}
