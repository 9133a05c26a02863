/* sim/test_adminduk.c — fleets that work by the schema that the offices use, as chance has it: households, applications with their steps,
 * requirements, notes, edits of the same rows at once, deletions, and syncs in between. Each acknowledged value is remembered where it was written;
 * when all have met, it shows, or its row's history says what came of it. What random schemas do is the simulator's affair (world/). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "support/crash_disk.h"

enum { DEVICES = 4, CENTRAL = 1, STEPS = 100, FLEETS = 4, WRITES_MAX = 4096, VALUE_BYTES = 40 };

struct written { /* one value of one cell, by a COMMIT that said that it is there */
    const char *table, *column;
    char key[33];
    char value[VALUE_BYTES];
};

struct office {
    struct fleet fleet;
    uint64_t chance;
    unsigned step;
    uint32_t count, committed; /* those behind `committed` are of the transaction under way */
    struct written writes[WRITES_MAX];
};

static unsigned below(struct office *o, unsigned n)
{
    return (unsigned)((crash_rng_next(&o->chance) >> 11) % n);
}

static char *schema_read(void)
{
    char path[600], *text = calloc(1, 1 << 18);
    const char *source = getenv("JEMPUT_SOURCE");
    FILE *f;

    assert_non_null(source);
    assert_non_null(text);
    snprintf(path, sizeof path, "%s/schema/adminduk/schema.sql", source);
    f = fopen(path, "rb");
    assert_non_null(f);
    assert_true(fread(text, 1, (1 << 18) - 1, f) > 0);
    fclose(f);
    return text;
}

/* --- writing --- */

static void note(struct office *o, const char *table, const char *key, const char *column, const char *value)
{
    struct written *w = &o->writes[o->count++];

    assert_true(o->count < WRITES_MAX);
    *w = (struct written){ .table = table, .column = column };
    snprintf(w->key, sizeof w->key, "%s", key);
    snprintf(w->value, sizeof w->value, "%s", value);
}

static void key_new(struct office *o, unsigned device, char key[33])
{
    char *hex = fleet_rows(&o->fleet, device, "SELECT lower(hex(jemput_id()))");

    snprintf(key, 33, "%.32s", hex);
    free(hex);
}

/* A row of the table that this device has; "" = there is none. */
static void key_some(struct office *o, unsigned device, const char *table, char key[33])
{
    char query[200], *rows;

    snprintf(query, sizeof query, "SELECT lower(hex(id)) FROM %s ORDER BY id LIMIT 1 OFFSET (%u %% max(1, (SELECT count(*) FROM %s)))", table,
             below(o, 1000), table);
    rows = fleet_rows(&o->fleet, device, query);
    snprintf(key, 33, "%.32s", rows);
    key[strcspn(key, "\n")] = '\0';
    free(rows);
}

static void must_write(struct office *o, unsigned device, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void must_write(struct office *o, unsigned device, const char *fmt, ...)
{
    char sql[600];
    va_list args;

    va_start(args, fmt);
    vsnprintf(sql, sizeof sql, fmt, args);
    va_end(args);
    fleet_sql(&o->fleet, device, "%s", sql);
}

/* A visit: a household with a person, and the application that they ask for. */
static void visit(struct office *o, unsigned device)
{
    char household[33], person[33], application[33], value[VALUE_BYTES];

    key_new(o, device, household);
    key_new(o, device, person);
    key_new(o, device, application);
    must_write(o, device, "INSERT INTO keluarga(id, no_kk, alamat, kode_kel) VALUES(x'%s', '167499%010u', 'Jalan %u', '16.74.99.1001')", household,
               o->step, o->step);
    snprintf(value, sizeof value, "Jalan %u", o->step);
    note(o, "keluarga", household, "alamat", value);
    snprintf(value, sizeof value, "Warga %u", o->step);
    must_write(o, device, "INSERT INTO orang(id, keluarga_id, nama, nik) VALUES(x'%s', x'%s', '%s', '167499%010u')", person, household, value,
               o->step);
    note(o, "orang", person, "nama", value);
    must_write(o, device, "INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, keluarga_id, kode_kel) "
                          "VALUES(x'%s', 'KK', '2026-03-%02u', x'%s', x'%s', '16.74.99.1001')",
               application, 1 + o->step % 28, person, household);
    note(o, "permohonan", application, "status", "DRAF");
    must_write(o, device, "INSERT INTO syarat_permohonan(permohonan_id, kode_syarat, keadaan) VALUES(x'%s', 'KK_LAMA', 'ADA')", application);
}

static void person_edit(struct office *o, unsigned device)
{
    static const char *const columns[] = { "nama", "nik", "tempat_lahir", "telepon", "status_kawin", "keterangan" };
    const char *column = columns[below(o, sizeof columns / sizeof *columns)];
    char key[33], value[VALUE_BYTES];

    key_some(o, device, "orang", key);
    if (!key[0])
        return;
    snprintf(value, sizeof value, "%s %u", column, o->step);
    must_write(o, device, "UPDATE orang SET %s = '%s' WHERE id = x'%s'", column, value, key);
    note(o, "orang", key, column, value);
}

static void household_edit(struct office *o, unsigned device)
{
    char key[33], value[VALUE_BYTES];

    key_some(o, device, "keluarga", key);
    if (!key[0])
        return;
    snprintf(value, sizeof value, "Jalan baru %u", o->step);
    must_write(o, device, "UPDATE keluarga SET alamat = '%s', rt = '%03u' WHERE id = x'%s'", value, o->step, key);
    note(o, "keluarga", key, "alamat", value);
}

/* Steps that any role of this fleet may take. */
static void application_step(struct office *o, unsigned device)
{
    static const char *const to[] = { "KURANG", "LENGKAP", "DIBATALKAN" };
    const char *status = to[below(o, 3)];
    char key[33], sql[200], *changed;

    key_some(o, device, "permohonan", key);
    if (!key[0])
        return;
    snprintf(sql, sizeof sql, "UPDATE permohonan SET status = '%s' WHERE id = x'%s' AND status = 'DRAF' RETURNING 1", status, key);
    changed = fleet_rows(&o->fleet, device, sql);
    if (changed[0])
        note(o, "permohonan", key, "status", status);
    free(changed);
}

static void remark(struct office *o, unsigned device)
{
    char key[33], of[33], value[VALUE_BYTES];

    key_some(o, device, "orang", of);
    if (!of[0])
        return;
    key_new(o, device, key);
    snprintf(value, sizeof value, "Catatan %u", o->step);
    must_write(o, device, "INSERT INTO catatan(id, orang_id, isi) VALUES(x'%s', x'%s', '%s')", key, of, value);
    note(o, "catatan", key, "isi", value);
}

/* A person with whatever depends on it here; where others wrote to it meanwhile it comes back. Only the office may. */
static void person_delete(struct office *o, unsigned device)
{
    char key[33];

    if (device != 0)
        return;
    key_some(o, device, "orang", key);
    if (!key[0])
        return;
    must_write(o, device, "DELETE FROM catatan WHERE orang_id = x'%s'", key);
    must_write(o, device, "UPDATE permohonan SET pemohon_id = NULL WHERE pemohon_id = x'%s'", key);
    must_write(o, device, "DELETE FROM orang WHERE id = x'%s'", key);
}

/* Of what the transaction wrote, what it leaves: not what it wrote over or deleted itself. */
static void leavings_keep(struct office *o, unsigned device)
{
    uint32_t kept = o->committed;

    for (uint32_t i = o->committed; i < o->count; i++) {
        const struct written *w = &o->writes[i];
        char query[300], *rows;

        snprintf(query, sizeof query, "SELECT count(*) FROM %s WHERE id = x'%s' AND %s = '%s'", w->table, w->key, w->column, w->value);
        rows = fleet_rows(&o->fleet, device, query);
        if (rows[0] == '1')
            o->writes[kept++] = *w;
        free(rows);
    }
    o->count = kept;
}

/* false: an application that is made and cancelled at once takes a step that nobody may. Nothing of that transaction was saved. */
static bool commit(struct office *o, unsigned device)
{
    sqlite3 *sql = o->fleet.devices[device].sql;

    if (fleet_try(&o->fleet, device, "COMMIT") == SQLITE_OK)
        return true;
    assert_non_null(strstr(sqlite3_errmsg(sql), "policy"));
    return false;
}

static void work(struct office *o, unsigned device)
{
    static void (*const acts[])(struct office *, unsigned) = { visit,          visit,            person_edit,      person_edit, person_edit,
                                                               household_edit, application_step, application_step, remark,      person_delete };

    must_write(o, device, "BEGIN IMMEDIATE");
    for (unsigned i = 1 + below(o, 3); i > 0; i--)
        acts[below(o, sizeof acts / sizeof *acts)](o, device);
    leavings_keep(o, device);
    if (below(o, 8) == 0)
        must_write(o, device, "ROLLBACK");
    else if (commit(o, device))
        o->committed = o->count;
    o->count = o->committed;
}

/* --- what must have come of it --- */

static bool is_true(struct office *o, const char *fmt, const struct written *w)
{
    char query[500], *rows;
    bool out;

    snprintf(query, sizeof query, fmt, w->table, w->key, w->column, w->value);
    rows = fleet_rows(&o->fleet, CENTRAL, query);
    out = strcmp(rows, "1\n") == 0;
    free(rows);
    return out;
}

static bool is_alone(const struct office *o, const struct written *w)
{
    unsigned same = 0;

    for (uint32_t i = 0; i < o->committed; i++)
        same += strcmp(o->writes[i].key, w->key) == 0 && strcmp(o->writes[i].column, w->column) == 0;
    return same == 1;
}

static void writes_check(struct office *o)
{
    for (uint32_t i = 0; i < o->committed; i++) {
        const struct written *w = &o->writes[i];

        if (!is_true(o, "SELECT count(*) > 0 FROM jemput_history('%s', x'%s') WHERE col = '%s' AND new = '%s' AND signature = 'sah'", w))
            fail_msg("%s %s: %s = '%s' was acknowledged, and is in no history", w->table, w->key, w->column, w->value);
        if (is_alone(o, w) && !is_true(o, "SELECT count(*) = 0 FROM %s WHERE id = x'%s' AND %s IS NOT '%s'", w))
            fail_msg("%s %s: %s = '%s' was written once, and something else shows", w->table, w->key, w->column, w->value);
    }
}

static void fleet_check(struct office *o)
{
    char hash[DEVICES][65];
    struct jemput_error err;

    for (unsigned i = 0; i < DEVICES; i++) {
        fleet_expect(&o->fleet, i, "SELECT count(*) FROM pragma_foreign_key_check", "0\n");
        fleet_expect(&o->fleet, i, "SELECT * FROM pragma_integrity_check", "ok\n");
        fleet_expect(&o->fleet, i, "SELECT count(*) FROM jemput_refused", "0\n");
        assert_int_equal(jemput_state_hash(o->fleet.devices[i].jemput, hash[i], &err), JEMPUT_OK);
        assert_string_equal(hash[i], hash[0]);
    }
    fleet_verify(&o->fleet, CENTRAL);
    fleet_verify(&o->fleet, DEVICES - 1);
}

static void a_fleet_that_works_by_the_offices_schema_loses_nothing_and_agrees(void **state)
{
    static struct office o;
    char *schema = schema_read();
    bool conflicts = false;

    (void)state;
    for (unsigned n = 0; n < FLEETS; n++) {
        char *rows;

        o = (struct office){ .chance = 100 + n };
        fleet_init(&o.fleet, DEVICES, CENTRAL, schema, 500 + n);
        for (o.step = 0; o.step < STEPS; o.step++) {
            unsigned device = below(&o, DEVICES);

            if (below(&o, 4) == 0)
                fleet_sync(&o.fleet, device, below(&o, 2));
            else
                work(&o, device);
        }
        for (unsigned round = 0; round < 2; round++) /* what lies at one hub reaches the other */
            for (unsigned hub = 0; hub < 2; hub++)
                fleet_settle(&o.fleet, hub);
        fleet_check(&o);
        writes_check(&o);
        rows = fleet_rows(&o.fleet, CENTRAL, "SELECT count(*) > 0 FROM jemput_conflict UNION ALL SELECT count(*) > 0 FROM jemput_parallel");
        conflicts = conflicts || strchr(rows, '1');
        free(rows);
        fleet_release(&o.fleet);
    }
    assert_true(conflicts);
    free(schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fleet_that_works_by_the_offices_schema_loses_nothing_and_agrees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
