/* jemput_diff through the public API: what it tells is what the next sync then does, row by row, conflict by conflict; and it leaves store and hub as they
 * are, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "store_text.h"
#include "support/fault_alloc.h"

enum { CENTRAL, TABLET, TABLET_B };

static const char SCHEMA[] = "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT);"
                             "CREATE TABLE orang(id INTEGER NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, keluarga TEXT REFERENCES keluarga(id),"
                             " PRIMARY KEY(id)) WITHOUT ROWID;"
                             "SELECT jemput_replicate('keluarga'); SELECT jemput_replicate('orang');";

static struct fault_alloc memory;

/* --- everything that is told, as text --- */

static void datum_text(sqlite3_str *out, const struct jemput_datum *d)
{
    if (d->type == JEMPUT_TYPE_NULL)
        sqlite3_str_appendchar(out, 1, '~');
    else if (d->type == JEMPUT_TYPE_INTEGER)
        sqlite3_str_appendf(out, "%lld", (long long)d->integer);
    else
        sqlite3_str_append(out, d->data, (int)d->len);
}

static const char *const kinds[] = { "?", "insert", "update", "delete", "conflict", "conflict gone", "held", "held gone" };

struct telling {
    sqlite3_str *out;
    unsigned count, stop_at; /* the telling stops after so many; 0 = never */
};

static int tell(void *ctx, const struct jemput_difference *d)
{
    struct telling *t = ctx;

    sqlite3_str_appendf(t->out, "%s %s", kinds[d->kind], d->table);
    for (unsigned i = 0; i < d->key_count; i++) {
        sqlite3_str_appendchar(t->out, 1, ' ');
        datum_text(t->out, &d->key[i]);
    }
    for (unsigned i = 0; i < d->column_count; i++) {
        sqlite3_str_appendf(t->out, " %s=", d->columns[i]);
        if (d->before)
            datum_text(t->out, &d->before[i]);
        sqlite3_str_appendall(t->out, d->before && d->after ? ">" : "");
        if (d->after)
            datum_text(t->out, &d->after[i]);
    }
    for (unsigned i = 0; d->conflict && i < d->conflict->column_count; i++)
        sqlite3_str_appendf(t->out, " %s", d->conflict->columns[i]);
    for (unsigned i = 0; d->conflict && i < d->conflict->side_count; i++) {
        const struct jemput_conflict_side *side = &d->conflict->sides[i];

        sqlite3_str_appendf(t->out, " %s%s", side->deleted ? "deleted" : "", side->shown ? "*" : "");
        if (d->conflict->column_count)
            datum_text(t->out, &side->values[0]);
    }
    if (d->held)
        sqlite3_str_appendf(t->out, " [%s]", d->held->reason);
    assert_true((d->conflict != NULL) == (d->kind == JEMPUT_DIFFERENCE_CONFLICT || d->kind == JEMPUT_DIFFERENCE_CONFLICT_GONE));
    assert_true((d->held != NULL) == (d->kind == JEMPUT_DIFFERENCE_HELD || d->kind == JEMPUT_DIFFERENCE_HELD_GONE));
    sqlite3_str_appendchar(t->out, 1, '\n');
    return ++t->count == t->stop_at;
}

static char *diff_text(struct fleet *f, unsigned device, struct jemput_sync_report *report)
{
    struct jemput_sync_options options = { .hub = fleet_hub(f, 0) };
    struct telling t = { .out = sqlite3_str_new(NULL) };
    struct jemput_error err;
    char *text, *copy;

    if (jemput_diff(f->devices[device].jemput, &options, tell, &t, report, &err))
        fail_msg("device %u: %s", device, err.text);
    text = sqlite3_str_finish(t.out);
    copy = strdup(text ? text : "");
    sqlite3_free(text);
    return copy;
}

static void expect_diff(struct fleet *f, unsigned device, const char *wanted)
{
    char *text = diff_text(f, device, NULL);

    assert_string_equal(text, wanted);
    free(text);
}

/* --- nothing is written --- */

/* Names, sizes, times and sums of all files in the hub. */
static char *hub_text(struct fleet *f)
{
    char command[400], *text = calloc(1, 1 << 20);
    size_t len = 0, got;
    FILE *pipe;

    snprintf(command, sizeof command, "cd '%s' && find . -type f -printf '%%p %%s %%T@\\n' -exec cksum {} + -o -type d -print | sort", fleet_hub(f, 0));
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while ((got = fread(text + len, 1, (1 << 20) - 1 - len, pipe)) > 0)
        len += got;
    assert_int_equal(pclose(pipe), 0);
    assert_true(len > 100);
    return text;
}

static void expect_untouched(struct fleet *f, char *store, char *hub)
{
    char *store_now = store_text(f, CENTRAL), *hub_now = hub_text(f);

    assert_string_equal(store, store_now);
    assert_string_equal(hub, hub_now);
    free(store);
    free(store_now);
    free(hub);
    free(hub_now);
}

static void start(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 3, 0, SCHEMA, seed);
    fleet_sql(f, CENTRAL, "INSERT INTO keluarga VALUES('k1', '1', 'Jl. Melati'), ('k2', '2', 'Jl. Mawar')");
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES(1, '11', 'Siti', 'k1'), (2, '12', 'Budi', 'k1'), (3, NULL, 'Ani', 'k2')");
    fleet_settle(f, 0);
}

static void each_kind_of_change_is_told_and_neither_store_nor_hub_is_touched(void **state)
{
    struct jemput_sync_report report;
    char *store, *hub, *text;
    struct fleet f;

    (void)state;
    start(&f, 1);
    fleet_sql(&f, TABLET, "UPDATE orang SET nama = 'Siti Aminah', keluarga = NULL WHERE id = 1; DELETE FROM orang WHERE id = 2");
    fleet_sql(&f, TABLET, "INSERT INTO orang VALUES(4, '14', 'Tono', 'k2'); UPDATE keluarga SET alamat = 'Jl. Kenanga' WHERE id = 'k2'");
    fleet_sql(&f, TABLET, "DELETE FROM orang WHERE id = 3");
    fleet_sync(&f, TABLET, 0);
    fleet_sql(&f, CENTRAL, "UPDATE keluarga SET alamat = 'Jl. Dahlia' WHERE id = 'k2'; UPDATE orang SET nama = 'Anik' WHERE id = 3");
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES(5, '14', 'Toni', 'k2')"); /* pending */
    store = store_text(&f, CENTRAL);
    hub = hub_text(&f);
    text = diff_text(&f, CENTRAL, &report);
    assert_string_equal(text, "update orang 1 nama=Siti>Siti Aminah keluarga=k1>~\n"
                              "delete orang 2 id=2 nik=12 nama=Budi keluarga=k1\n"
                              "insert orang 4 id=4 nik=14 nama=Tono keluarga=k2\n"
                              "delete orang 5 id=5 nik=14 nama=Toni keluarga=k2\n"
                              "conflict keluarga k2 alamat *Jl. Dahlia Jl. Kenanga\n"
                              "conflict orang 3 deleted *\n"
                              "held orang 5 [UNIQUE orang.nik]\n");
    assert_int_equal(report.segments_fetched, 1);
    expect_untouched(&f, store, hub);
    free(text);
    fleet_release(&f);
}

/* What stands against each other goes when somebody decides. */
static void what_would_go_is_told(void **state)
{
    struct fleet f;

    (void)state;
    start(&f, 2);
    fleet_sql(&f, TABLET, "UPDATE keluarga SET alamat = 'Jl. Kenanga' WHERE id = 'k1'; INSERT INTO orang VALUES(4, '14', 'Tono', 'k2')");
    sim_env_advance(&f.devices[TABLET_B].sim, 60000); /* which of the two shows must not depend on a hash */
    fleet_sql(&f, TABLET_B, "UPDATE keluarga SET alamat = 'Jl. Dahlia' WHERE id = 'k1'; INSERT INTO orang VALUES(5, '14', 'Toni', 'k2')");
    fleet_settle(&f, 0);
    expect_diff(&f, TABLET, "");
    fleet_sql(&f, TABLET, "UPDATE keluarga SET alamat = 'Jl. Teratai' WHERE id = 'k2'");
    sim_env_advance(&f.devices[TABLET_B].sim, 60000);
    fleet_sql(&f, TABLET_B, "UPDATE keluarga SET alamat = 'Jl. Tanjung' WHERE id = 'k2'");
    fleet_sync(&f, TABLET_B, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, TABLET, 0); /* it has the two */
    sim_env_advance(&f.devices[CENTRAL].sim, 60000);
    fleet_sql(&f, CENTRAL, "BEGIN; SELECT jemput_under(1); UPDATE keluarga SET alamat = 'Jl. Soka' WHERE id = 'k2'; COMMIT"); /* had seen nothing */
    fleet_sync(&f, CENTRAL, 0);
    expect_diff(&f, TABLET, "update keluarga k2 alamat=Jl. Tanjung>Jl. Soka\nconflict keluarga k2 alamat Jl. Teratai Jl. Tanjung *Jl. Soka\n");
    fleet_sync(&f, TABLET, 0);
    fleet_sql(&f, CENTRAL, "UPDATE keluarga SET alamat = 'Jl. Cempaka' WHERE id = 'k1'; UPDATE orang SET nik = nik || '0'");
    fleet_sync(&f, CENTRAL, 0);
    expect_diff(&f, TABLET, "update keluarga k1 alamat=Jl. Dahlia>Jl. Cempaka\n"
                            "update orang 1 nik=11>110\n"
                            "update orang 2 nik=12>120\n"
                            "update orang 4 nik=14>140\n"
                            "insert orang 5 id=5 nik=14 nama=Toni keluarga=k2\n"
                            "conflict gone keluarga k1 alamat Jl. Kenanga *Jl. Dahlia\n"
                            "held gone orang 5 [UNIQUE orang.nik]\n");
    fleet_release(&f);
}

/* --- what is told is what comes --- */

struct model { /* rows, conflicts and held rows as lines, each a name and what is told of it */
    char *lines[4096];
    unsigned count;
};

static unsigned model_find(const struct model *m, const char *name)
{
    unsigned i = 0;

    while (i < m->count && (strncmp(m->lines[i], name, strlen(name)) != 0 || m->lines[i][strlen(name)] != '|'))
        i++;
    return i;
}

static void model_put(struct model *m, char *line)
{
    assert_true(m->count < 4096);
    m->lines[m->count++] = line;
}

static void model_drop(struct model *m, const char *name)
{
    unsigned i = model_find(m, name);

    assert_true(i < m->count);
    free(m->lines[i]);
    m->lines[i] = m->lines[--m->count];
}

static const char *const model_columns[2][4] = { { "id", "no_kk", "alamat", NULL }, { "id", "nik", "nama", "keluarga" } };

static char *line_of(sqlite3_str *s)
{
    char *text = sqlite3_str_finish(s), *copy = strdup(text);

    sqlite3_free(text);
    return copy;
}

/* "row orang 4|4|14|Tono|k2|" with one column after the other changed to what is told. */
static char *row_line(const char *name, const char *old, const struct jemput_difference *d)
{
    const char *const *columns = model_columns[strcmp(d->table, "orang") == 0];
    sqlite3_str *out = sqlite3_str_new(NULL);
    const char *at = old ? strchr(old, '|') + 1 : NULL;

    sqlite3_str_appendf(out, "%s|", name);
    for (unsigned i = 0; i < 4 && columns[i]; i++) {
        size_t len = at ? strcspn(at, "|") : 0;
        unsigned k = 0;

        while (k < d->column_count && strcmp(d->columns[k], columns[i]) != 0)
            k++;
        if (k < d->column_count)
            datum_text(out, &d->after[k]);
        else
            sqlite3_str_append(out, at, (int)len);
        if (k < d->column_count && d->before) { /* as it was */
            sqlite3_str *before = sqlite3_str_new(NULL);
            char *text;

            datum_text(before, &d->before[k]);
            text = sqlite3_str_finish(before);
            assert_true(text && strlen(text) == len && strncmp(text, at, len) == 0);
            sqlite3_free(text);
        }
        sqlite3_str_appendall(out, "|");
        at = at ? at + len + 1 : NULL;
    }
    return line_of(out);
}

static char *name_of(const char *kind, const struct jemput_difference *d)
{
    sqlite3_str *out = sqlite3_str_new(NULL);

    sqlite3_str_appendf(out, "%s %s ", kind, d->table);
    datum_text(out, &d->key[0]);
    for (unsigned i = 0; d->conflict && i < d->conflict->column_count; i++)
        sqlite3_str_appendf(out, " %s", d->conflict->columns[i]);
    return line_of(out);
}

static int apply(void *ctx, const struct jemput_difference *d)
{
    struct model *m = ctx;
    char *name = name_of(d->conflict ? "conflict" : d->held ? "held" : "row", d);
    unsigned at = model_find(m, name);
    bool known = at < m->count;

    if (d->kind == JEMPUT_DIFFERENCE_INSERT || d->kind == JEMPUT_DIFFERENCE_UPDATE) {
        char *line = row_line(name, known ? m->lines[at] : NULL, d);

        assert_int_equal(known, d->kind == JEMPUT_DIFFERENCE_UPDATE);
        if (known)
            model_drop(m, name);
        model_put(m, line);
    } else if (d->kind == JEMPUT_DIFFERENCE_CONFLICT || d->kind == JEMPUT_DIFFERENCE_HELD) {
        if (!known)
            model_put(m, sqlite3_snprintf(200, malloc(200), "%s|", name));
    } else {
        model_drop(m, name);
    }
    free(name);
    return 0;
}

static int model_conflict(void *ctx, const struct jemput_conflict *c)
{
    struct jemput_difference d = { .table = c->table, .key = c->key, .conflict = c };
    char *name = name_of("conflict", &d);

    model_put(ctx, sqlite3_snprintf(200, malloc(200), "%s|", name));
    free(name);
    return 0;
}

static int model_held(void *ctx, const struct jemput_held_row *h)
{
    struct jemput_difference d = { .table = h->table, .key = &h->values[0], .held = h };
    char *name = name_of("held", &d);

    model_put(ctx, sqlite3_snprintf(200, malloc(200), "%s|", name));
    free(name);
    return 0;
}

static int line_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void model_read(struct model *m, struct fleet *f, unsigned device)
{
    char *rows = fleet_rows(f, device, "SELECT 'row keluarga ' || id, id, no_kk, alamat || '|' FROM keluarga UNION ALL "
                                       "SELECT 'row orang ' || id, id, nik, nama || '|' || ifnull(keluarga, '~') || '|' FROM orang");
    struct jemput_error err;

    m->count = 0;
    for (char *line = strtok(rows, "\n"); line; line = strtok(NULL, "\n"))
        model_put(m, strdup(line));
    free(rows);
    assert_int_equal(jemput_conflicts(f->devices[device].jemput, model_conflict, m, &err), JEMPUT_OK);
    assert_int_equal(jemput_held_rows(f->devices[device].jemput, model_held, m, &err), JEMPUT_OK);
    qsort(m->lines, m->count, sizeof m->lines[0], line_compare);
}

static void model_release(struct model *m)
{
    for (unsigned i = 0; i < m->count; i++)
        free(m->lines[i]);
    m->count = 0;
}

static uint32_t below(uint64_t *rng, uint32_t n)
{
    *rng ^= *rng << 13;
    *rng ^= *rng >> 7;
    *rng ^= *rng << 17;
    return (uint32_t)(*rng >> 11) % n;
}

static void random_write(struct fleet *f, unsigned device, uint64_t *rng)
{
    static const char *const writes[] = {
        "INSERT OR IGNORE INTO orang VALUES(%u, %u, 'nama %u', 'k' || %u)", "UPDATE orang SET nik = %u WHERE id = %u + 0 * %u * %u",
        "UPDATE orang SET nama = 'n%u%u' WHERE id = %u + 0 * %u", "DELETE FROM orang WHERE id = %u + 0 * %u * %u * %u",
        "INSERT OR IGNORE INTO keluarga VALUES('k%u', %u, 'Jl. %u' || %u)", "UPDATE keluarga SET alamat = 'Jl. %u%u' WHERE id = 'k%u' || substr('', %u)",
        "UPDATE keluarga SET no_kk = %u WHERE id = 'k%u' || substr('', %u) || substr('', %u)",
        "DELETE FROM keluarga WHERE id = 'k%u' || substr('', %u + %u + %u)", "UPDATE orang SET keluarga = 'k%u' WHERE id = %u + 0 * %u * %u" };
    char sql[300];

    sqlite3_snprintf(sizeof sql, sql, writes[below(rng, sizeof writes / sizeof writes[0])], below(rng, 8), below(rng, 8), below(rng, 8), below(rng, 8));
    fleet_try(f, device, sql); /* a constraint may refuse it */
}

static void diff_then_sync(struct fleet *f, unsigned device, uint64_t *told)
{
    struct jemput_sync_options options = { .hub = fleet_hub(f, 0) };
    static struct model before, after;
    struct jemput_sync_report would, did;
    struct jemput_error err;
    unsigned sealed = 0;

    /* Between equal stamps a segment's hash decides, and what is not sealed has none yet. */
    if (jemput_seal(f->devices[device].jemput, &sealed, &err))
        fail_msg("seal: %s", err.text);
    model_read(&before, f, device);
    told[0] -= before.count;
    if (jemput_diff(f->devices[device].jemput, &options, apply, &before, &would, &err))
        fail_msg("diff: %s", err.text);
    qsort(before.lines, before.count, sizeof before.lines[0], line_compare);
    did = fleet_sync(f, device, 0);
    model_read(&after, f, device);
    told[0] += after.count;
    for (unsigned i = 0; i < before.count || i < after.count; i++)
        if (i >= before.count || i >= after.count || strcmp(before.lines[i], after.lines[i]) != 0)
            fail_msg("told: %s\n  is: %s", i < before.count ? before.lines[i] : "nothing", i < after.count ? after.lines[i] : "nothing");
    assert_int_equal(would.segments_fetched, did.segments_fetched);
    assert_int_equal(would.rows_merged, did.rows_merged);
    assert_int_equal(would.conflicts_new, did.conflicts_new);
    assert_int_equal(would.segments_sent, 0);
    told[1] += did.conflicts_new;
    told[2] += did.held_new;
    told[3] += did.rows_merged;
    model_release(&before);
    model_release(&after);
}

static void what_is_told_is_what_the_next_sync_does(void **state)
{
    uint64_t told[4] = { 0 };

    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        uint64_t rng = seed * 0x9E3779B97F4A7C15u;
        struct fleet f;

        start(&f, 100 + seed);
        for (unsigned step = 0; step < 60; step++) {
            unsigned device = below(&rng, 3);

            for (unsigned i = below(&rng, 8); i > 0; i--)
                random_write(&f, device, &rng);
            if (below(&rng, 2))
                diff_then_sync(&f, device, told);
        }
        fleet_settle(&f, 0);
        for (unsigned i = 0; i < f.count; i++)
            fleet_verify(&f, i);
        fleet_release(&f);
    }
    assert_true(told[1] > 40 && told[2] > 5 && told[3] > 300); /* conflicts, held rows, rows */
}

/* --- what else may come --- */

static void a_column_that_would_come_counts_as_having_its_default(void **state)
{
    struct fleet f;

    (void)state;
    start(&f, 4);
    fleet_sql(&f, CENTRAL, "SELECT jemput_migrate('ALTER TABLE orang ADD COLUMN agama TEXT DEFAULT ''belum''; ALTER TABLE orang ADD COLUMN hp TEXT;"
                           "CREATE TABLE catatan(id INTEGER NOT NULL, isi TEXT, PRIMARY KEY(id)) WITHOUT ROWID; SELECT jemput_replicate(''catatan'')')");
    fleet_sql(&f, CENTRAL, "UPDATE orang SET agama = 'Islam' WHERE id = 2; UPDATE orang SET hp = '0812' WHERE id = 3; INSERT INTO catatan VALUES(7, 'baru')");
    fleet_sync(&f, CENTRAL, 0);
    expect_diff(&f, TABLET, "update orang 2 agama=belum>Islam\nupdate orang 3 hp=~>0812\ninsert catatan 7 id=7 isi=baru\n");
    fleet_sql(&f, TABLET, "UPDATE orang SET nama = 'Tono' WHERE id = 1"); /* it still has the old schema */
    fleet_settle(&f, 0);
    expect_diff(&f, TABLET, "");
    fleet_release(&f);
}

static void the_work_of_a_device_that_would_be_let_in_is_told_and_it_is_not_let_in(void **state)
{
    struct jemput_sync_report report;
    struct jemput_info info;
    struct jemput_error err;
    char *invitation, *text;
    struct fleet f;
    size_t len;

    (void)state;
    start(&f, 5);
    assert_int_equal(jemput_invite(f.devices[CENTRAL].jemput, "petugas", "", "", f.devices[CENTRAL].sim.wall_ms + 1000000, &invitation, &len, &err),
                     JEMPUT_OK);
    fleet_sync(&f, CENTRAL, 0);
    fleet_device_add(&f, invitation, len);
    jemput_text_free(invitation);
    fleet_sync(&f, 3, 0);
    fleet_sql(&f, 3, "INSERT INTO keluarga VALUES('k9', '9', 'Jl. Jauh')");
    fleet_sync(&f, 3, 0);
    text = diff_text(&f, CENTRAL, &report);
    assert_string_equal(text, "insert keluarga k9 id=k9 no_kk=9 alamat=Jl. Jauh\n");
    assert_int_equal(report.admitted_devices, 1);
    assert_int_equal(jemput_info_get(f.devices[CENTRAL].jemput, &info, &err), JEMPUT_OK);
    assert_int_equal(info.logs, 3);
    assert_int_equal(fleet_sync(&f, CENTRAL, 0).admitted_devices, 1);
    free(text);
    fleet_release(&f);
}

/* --- stopping and failing --- */

struct stopping {
    uint64_t calls, at;
};

static int stop(void *ctx, const struct jemput_progress *progress)
{
    struct stopping *s = ctx;

    (void)progress;
    return s->calls++ == s->at;
}

static void something_new(struct fleet *f, uint64_t seed)
{
    start(f, seed);
    fleet_sql(f, TABLET, "UPDATE orang SET nama = 'Siti A'; UPDATE keluarga SET alamat = 'Jl. A'; INSERT INTO orang VALUES(4, '14', 'Tono', 'k2')");
    fleet_sync(f, TABLET, 0);
    fleet_sql(f, CENTRAL, "UPDATE keluarga SET alamat = 'Jl. B'; INSERT INTO orang VALUES(5, '14', 'Toni', 'k1')");
}

static void a_diff_can_be_cancelled_at_every_step_and_its_telling_stopped_at_every_line(void **state)
{
    struct jemput_error err;
    struct fleet f;
    char *store, *hub;
    unsigned lines = 0;

    (void)state;
    something_new(&f, 6);
    store = store_text(&f, CENTRAL);
    hub = hub_text(&f);
    for (struct stopping s = { 0 };; s = (struct stopping){ .at = s.at + 1 }) {
        struct jemput_sync_options options = { .hub = fleet_hub(&f, 0), .progress = stop, .ctx = &s };
        struct telling t = { .out = sqlite3_str_new(NULL), .stop_at = (unsigned)s.at + 1 };
        enum jemput_status st = jemput_diff(f.devices[CENTRAL].jemput, &options, tell, &t, NULL, &err);

        sqlite3_free(sqlite3_str_finish(t.out));
        if (st && st != JEMPUT_CANCELLED)
            fail_msg("step %u: %s", (unsigned)s.at, err.text);
        assert_int_equal(st == JEMPUT_CANCELLED, s.calls > s.at);
        if (!st)
            assert_int_equal(t.count, t.stop_at < 8 ? t.stop_at : 8); /* 4 and 1 rows change, 2 conflicts, 1 held row */
        lines += t.count;
        if (!st && s.at > 12)
            break;
    }
    assert_true(lines > 0);
    expect_untouched(&f, store, hub);
    fleet_release(&f);
}

static void an_allocation_that_fails_fails_it_and_nothing_else(void **state)
{
    struct jemput_error err;
    struct fleet f;
    char *store, *hub;
    uint64_t nth = 0;
    size_t live;
    bool failed = true;

    (void)state;
    something_new(&f, 7);
    free(diff_text(&f, CENTRAL, NULL)); /* libgit2 and SQLite keep what they make the first time */
    store = store_text(&f, CENTRAL);
    hub = hub_text(&f);
    live = memory.live_blocks;
    for (; failed; nth++) {
        struct jemput_sync_options options = { .hub = fleet_hub(&f, 0) };
        struct telling t = { .out = sqlite3_str_new(NULL) };
        enum jemput_status st;

        fault_alloc_arm(&memory, nth, false);
        st = jemput_diff(f.devices[CENTRAL].jemput, &options, tell, &t, NULL, &err);
        fault_alloc_disarm(&memory);
        failed = memory.failures > 0;
        sqlite3_free(sqlite3_str_finish(t.out));
        if (st && st != JEMPUT_NOMEM)
            fail_msg("allocation %llu: %s", (unsigned long long)nth, err.text);
        if (memory.live_blocks != live)
            fail_msg("allocation %llu: blocks were not freed", (unsigned long long)nth);
    }
    assert_true(nth > 100);
    expect_untouched(&f, store, hub);
    fleet_release(&f);
}

static void without_a_hub_it_says_so(void **state)
{
    struct jemput_sync_options gone = { .hub = "/no/such/hub.git" };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    start(&f, 8);
    assert_int_equal(jemput_diff(f.devices[TABLET].jemput, &gone, tell, NULL, NULL, &err), JEMPUT_NOTFOUND);
    store_damage(&f, TABLET, "DELETE FROM jemput_fact WHERE name = 'hub'");
    assert_int_equal(jemput_diff(f.devices[TABLET].jemput, NULL, tell, NULL, NULL, &err), JEMPUT_MISUSE);
    assert_non_null(strstr(err.text, "no hub is known to this store yet"));
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_change_is_told_and_neither_store_nor_hub_is_touched),
        cmocka_unit_test(what_would_go_is_told),
        cmocka_unit_test(what_is_told_is_what_the_next_sync_does),
        cmocka_unit_test(a_column_that_would_come_counts_as_having_its_default),
        cmocka_unit_test(the_work_of_a_device_that_would_be_let_in_is_told_and_it_is_not_let_in),
        cmocka_unit_test(a_diff_can_be_cancelled_at_every_step_and_its_telling_stopped_at_every_line),
        cmocka_unit_test(an_allocation_that_fails_fails_it_and_nothing_else),
        cmocka_unit_test(without_a_hub_it_says_so),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
