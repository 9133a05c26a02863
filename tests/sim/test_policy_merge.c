/* The policy where logs are merged: what a device signs without a right to it counts nowhere, whole transactions at a time, and everything else does;
 * in whatever order and pieces it comes. Hostile devices here are ours with their own checks taken out: what they say of themselves is changed in
 * their store, so that COMMIT lets everything through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/judge/judge.h"
#include "api/judge/policy.h"
#include "bad.h"
#include "roll.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

static const char SCHEMA[] =
    "CREATE TABLE permohonan(id TEXT PRIMARY KEY NOT NULL, status TEXT NOT NULL DEFAULT 'DRAF', catatan TEXT, kode_kel TEXT);\n"
    "CREATE TABLE jejak(id TEXT PRIMARY KEY NOT NULL);\n"
    "CREATE TABLE hitungan(id TEXT PRIMARY KEY NOT NULL, n INTEGER NOT NULL DEFAULT 0);\n"
    "SELECT jemput_replicate('permohonan'); SELECT jemput_replicate('jejak'); SELECT jemput_replicate('hitungan', 'sum=n');\n"
    "SELECT jemput_policy('permohonan', 'petugas', 'insert; update=status,catatan,kode_kel; delete; steps=status:>DRAF,DRAF>LENGKAP; scope=kode_kel');\n"
    "SELECT jemput_policy('permohonan', 'admin', 'insert; update; delete; steps=status:*>DRAF,*>LENGKAP,LENGKAP>DISETUJUI');\n"
    "SELECT jemput_policy('permohonan', 'verifikator', 'update=status; steps=status:LENGKAP>DISETUJUI');\n";

/* From now on the device's own COMMIT asks nobody. */
static void corrupt(struct fleet *f, unsigned device)
{
    struct jemput *j = f->devices[device].jemput;
    struct jemput_error err;

    if (jemput_store_begin(j->store, 0, &err) || engine_rights_put(j, JEMPUT_ROLES_ALL & ~(unsigned)JEMPUT_ROLE_KOMINFO, (struct jemput_bytes){ 0 }, &err) ||
        jemput_store_commit(j->store, &err))
        fail_msg("%s", err.text);
}

static void device_add(struct fleet *f, const char *roles, const char *scope)
{
    struct jemput_error err;
    char *invitation;
    size_t len;

    if (jemput_invite(f->devices[OFFICE].jemput, roles, scope, "", f->devices[OFFICE].sim.wall_ms + 3600000, &invitation, &len, &err))
        fail_msg("%s", err.text);
    fleet_device_add(f, invitation, len);
    jemput_text_free(invitation);
}

static void hash_of(struct fleet *f, unsigned device, char hex[65])
{
    struct jemput_error err;

    if (jemput_state_hash(f->devices[device].jemput, hex, &err))
        fail_msg("device %u: %s", device, err.text);
}

/* It is what the roster says again: verify would tell. */
static void mend(struct fleet *f, unsigned device)
{
    struct jemput *j = f->devices[device].jemput;
    struct jemput_error err;

    if (jemput_store_begin(j->store, 0, &err) || engine_rights_follow(j, &err) || jemput_store_commit(j->store, &err))
        fail_msg("%s", err.text);
}

/* All devices show the same and refuse the same; a rebuild finds nothing to change. Hostile ones are honest from here on. */
static void expect_all_equal(struct fleet *f)
{
    char first[65], hex[65];

    hash_of(f, 0, first);
    for (unsigned i = 0; i < f->count; i++) {
        struct jemput_rebuild_report report;
        struct jemput_error err;

        hash_of(f, i, hex);
        if (strcmp(hex, first) != 0)
            fail_msg("device %u has state %s, device 0 %s", i, hex, first);
        mend(f, i);
        fleet_verify(f, i);
        assert_int_equal(jemput_rebuild(f->devices[i].jemput, NULL, &report, &err), JEMPUT_OK);
        assert_int_equal(report.differences, 0);
        assert_string_equal(report.state_hash, first);
    }
}

static unsigned refused_count(struct fleet *f, unsigned device)
{
    struct jemput_refused_txn r = { .version = 0 };
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    unsigned count = 0;

    while (jemput_store_refusal_next(f->devices[device].jemput->store, r.version, &r, &arena, &err) == JEMPUT_OK)
        count++;
    jemput_arena_release(&arena);
    return count;
}

/* The one refused transaction's reason. */
static unsigned refused_reason(struct fleet *f, unsigned device)
{
    struct jemput_refused_txn r = { .version = 0 };
    struct jemput_arena arena = { 0 };
    struct jemput_error err;

    assert_int_equal(refused_count(f, device), 1);
    assert_int_equal(jemput_store_refusal_next(f->devices[device].jemput->store, 0, &r, &arena, &err), JEMPUT_OK);
    jemput_arena_release(&arena);
    return r.reason;
}

static void what_a_device_may_not_do_counts_nowhere_whole_transactions_at_a_time(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 501);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p1', '16.74.99.1001')");
    fleet_sql(&f, TABLET, "UPDATE permohonan SET status = 'LENGKAP'");
    fleet_settle(&f, 0);
    corrupt(&f, TABLET);
    fleet_sql(&f, TABLET, "BEGIN; UPDATE permohonan SET status = 'DISETUJUI'; INSERT INTO jejak VALUES('a'); COMMIT");
    fleet_sql(&f, TABLET, "BEGIN; UPDATE permohonan SET catatan = 'boleh'; INSERT INTO jejak VALUES('b'); COMMIT");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT id, status, catatan FROM permohonan", "p1|LENGKAP|boleh\n");
        fleet_expect(&f, i, "SELECT id FROM jejak", "b\n"); /* its own device, too */
        assert_int_equal(refused_reason(&f, i), JEMPUT_POLICY_NO_STEP);
    }
    expect_all_equal(&f);
    fleet_release(&f);
}

static void a_device_writes_within_its_region_alone(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 502);
    device_add(&f, "petugas", "16.74.99");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p1', '16.74.99.1001'), ('p2', '16.74.98.1001')");
    fleet_settle(&f, 0);
    corrupt(&f, OTHER);
    fleet_sql(&f, OTHER, "UPDATE permohonan SET catatan = 'sini' WHERE id = 'p1'");
    fleet_sql(&f, OTHER, "UPDATE permohonan SET catatan = 'sana' WHERE id = 'p2'");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT id, catatan FROM permohonan ORDER BY id", "p1|sini\np2|~\n");
        assert_int_equal(refused_reason(&f, i), JEMPUT_POLICY_OUTSIDE);
    }
    fleet_sql(&f, OFFICE, "UPDATE permohonan SET kode_kel = '16.74.99.1002' WHERE id = 'p2'"); /* now it has been there: it is judged again */
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT id, catatan FROM permohonan ORDER BY id", "p1|sini\np2|sana\n");
        assert_int_equal(refused_count(&f, i), 0);
    }
    expect_all_equal(&f);
    fleet_release(&f);
}

/* Once its row's region is known it counts by itself, and a counter would have it twice. */
static void work_that_waits_for_a_region_is_not_adopted_where_it_counts_something(void **state)
{
    struct jemput_error err;
    struct jemput_refused_txn r;
    struct jemput_segment segment;
    struct jemput_arena arena = { 0 };
    jemput_stamp stamp;
    uint32_t adopted = 0;
    char commit[41];
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 509);
    device_add(&f, "petugas", "16.74.99");
    fleet_sql(&f, OFFICE, "INSERT INTO hitungan(id) VALUES('h'); INSERT INTO permohonan(id, kode_kel) VALUES('p1', '16.74.98.1001')");
    fleet_settle(&f, 0);
    corrupt(&f, OTHER);
    fleet_sql(&f, OTHER, "BEGIN; UPDATE permohonan SET catatan = 'sana' WHERE id = 'p1'; UPDATE hitungan SET n = n + 5; COMMIT");
    fleet_settle(&f, 0);
    assert_int_equal(jemput_store_refusal_next(f.devices[OFFICE].jemput->store, 0, &r, &arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_version_find(f.devices[OFFICE].jemput->store, r.version, &segment, &stamp, &err), JEMPUT_OK);
    jemput_arena_release(&arena);
    jemput_hex_encode(commit, segment.commit, sizeof segment.commit);
    assert_int_equal(jemput_adopt(f.devices[OFFICE].jemput, &(struct jemput_adopting){ commit, 0, "boleh" }, &adopted, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "adds to a counter"));
    fleet_sql(&f, OFFICE, "UPDATE permohonan SET kode_kel = '16.74.99.1002' WHERE id = 'p1'");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        fleet_expect(&f, i, "SELECT catatan, n FROM permohonan, hitungan", "sana|5\n");
    expect_all_equal(&f);
    fleet_release(&f);
}

static void of_several_faults_the_one_that_stays_is_told(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 508);
    device_add(&f, "petugas", "16.74.99");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p1', '16.74.98.1001'), ('p2', '16.74.99.1001')");
    fleet_sql(&f, TABLET, "UPDATE permohonan SET status = 'LENGKAP'");
    fleet_settle(&f, 0);
    corrupt(&f, OTHER);
    fleet_sql(&f, OTHER, "BEGIN; UPDATE permohonan SET catatan = 'sana' WHERE id = 'p1'; UPDATE permohonan SET status = 'DISETUJUI' WHERE id = 'p2'; COMMIT");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        assert_int_equal(refused_reason(&f, i), JEMPUT_POLICY_NO_STEP);
        fleet_expect(&f, i, "SELECT tbl, key, col, label FROM jemput_refused", "permohonan|p2|status|tablet 03\n");
    }
    expect_all_equal(&f);
    fleet_release(&f);
}

/* --- random work, in random orders --- */

enum { WRITERS = 4, READERS = 3, ROWS = 6, TXNS_MAX = 400 };

static const char *const REGIONS[] = { "99.1", "99.2", "99.1.7" };
static const char *const SCOPES[WRITERS] = { "99.1", "99.2", "99.1.7", "" };

static uint64_t random_state;

static unsigned below(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((random_state >> 33) % n);
}

struct work { /* one transaction, as the oracle knows it: one change of a row */
    unsigned writer;
    char op; /* I, M(ove), N(ote), D */
    unsigned row, region;
    bool done;
};

struct story {
    struct fleet f;
    struct work of[TXNS_MAX];
    unsigned count;
};

static bool covers(const char *scope, const char *region)
{
    size_t len = strlen(scope);

    return len == 0 || (strncmp(scope, region, len) == 0 && (region[len] == '\0' || region[len] == '.'));
}

/* What it adds to the counter; sums of few are told apart. */
static unsigned weight(unsigned txn)
{
    return 1000000 + txn * txn;
}

static void story_write(struct story *s, unsigned writer)
{
    struct work w = { writer, "IMNND"[below(5)], below(ROWS), below(3), false };
    char sql[256], exists[96], *there;
    unsigned device = 1 + writer;

    snprintf(exists, sizeof exists, "SELECT kode_kel FROM permohonan WHERE id = 'r%u'", w.row);
    there = fleet_rows(&s->f, device, exists);
    if ((w.op == 'I') == (there[0] != '\0') || (w.op == 'M' && strncmp(there, REGIONS[w.region], strlen(there) - 1) == 0)) {
        free(there);
        return; /* it would say nothing */
    }
    free(there);
    if (w.op == 'I')
        snprintf(sql, sizeof sql, "INSERT INTO permohonan(id, kode_kel) VALUES('r%u', '%s')", w.row, REGIONS[w.region]);
    else if (w.op == 'M')
        snprintf(sql, sizeof sql, "UPDATE permohonan SET kode_kel = '%s' WHERE id = 'r%u'", REGIONS[w.region], w.row);
    else if (w.op == 'N')
        snprintf(sql, sizeof sql, "UPDATE permohonan SET catatan = 't%u' WHERE id = 'r%u'", s->count, w.row);
    else
        snprintf(sql, sizeof sql, "DELETE FROM permohonan WHERE id = 'r%u'", w.row);
    fleet_sql(&s->f, device, "BEGIN; INSERT INTO jejak VALUES('t%03u'); UPDATE hitungan SET n = n + %u; %s; COMMIT", s->count, weight(s->count), sql);
    s->of[s->count++] = w;
}

/* What counts, the long way: again and again through all that was done, until nothing more comes in; and what the counter comes to by that. */
static char *story_expect(struct story *s, unsigned *refused)
{
    bool ever[ROWS][3] = { { false } }, more = true;
    char *text = calloc(1, (TXNS_MAX + 4) * 8);
    unsigned sum = 0;
    size_t len;

    while (more) {
        more = false;
        for (unsigned i = 0; i < s->count; i++) {
            struct work *w = &s->of[i];
            const char *scope = SCOPES[w->writer];
            bool was = scope[0] == '\0';

            for (unsigned r = 0; r < 3; r++)
                was |= ever[w->row][r] && covers(scope, REGIONS[r]);
            if (w->done || (w->op != 'I' && !was) || ((w->op == 'I' || w->op == 'M') && !covers(scope, REGIONS[w->region])))
                continue;
            w->done = more = true;
            if (w->op == 'I' || w->op == 'M')
                ever[w->row][w->region] = true;
        }
    }
    for (unsigned i = 0; i < s->count; i++)
        sum += s->of[i].done ? weight(i) : 0;
    len = (size_t)sprintf(text, "n = %u\n", sum);
    *refused = 0;
    for (unsigned i = 0; i < s->count; i++) {
        if (s->of[i].done)
            len += (size_t)sprintf(text + len, "t%03u\n", i);
        *refused += !s->of[i].done;
    }
    return text;
}

static void story_tell(struct story *s, uint64_t seed)
{
    random_state = seed * 77 + 1;
    fleet_init(&s->f, 1, -1, SCHEMA, seed);
    for (unsigned i = 0; i < WRITERS; i++)
        device_add(&s->f, "petugas", SCOPES[i]);
    for (unsigned i = 0; i < READERS; i++)
        device_add(&s->f, "petugas", "");
    for (unsigned i = 0; i < s->f.count; i++)
        fleet_sync(&s->f, i, 0); /* asks */
    fleet_sql(&s->f, OFFICE, "INSERT INTO hitungan(id) VALUES('semua')");
    fleet_settle(&s->f, 0);
    for (unsigned i = 1; i <= WRITERS; i++)
        corrupt(&s->f, i);
    for (unsigned round = 0; round < 12; round++) {
        unsigned writer = below(WRITERS);

        if (round > 2)
            fleet_sync(&s->f, 1 + writer, 1 + below(WRITERS)); /* see what another one has put on its hub, and leave everything there */
        for (unsigned i = below(8) + 4; i > 0; i--)
            story_write(s, writer);
        fleet_sync(&s->f, 1 + writer, 1 + writer);
    }
}

/* Each reader goes to the hubs in an order of its own; one fetches everything from one hub, and one that is let in at the end has all the logs before
 * it has the keys to them. */
static void story_read(struct story *s)
{
    unsigned newcomer = s->f.count;

    device_add(&s->f, "petugas", "");
    for (unsigned k = 1; k <= WRITERS; k++)
        fleet_sync(&s->f, newcomer, k);
    for (unsigned r = 0; r < READERS; r++) {
        unsigned device = 1 + WRITERS + r, first = below(WRITERS);

        for (unsigned k = 0; r > 0 && k < WRITERS; k++)
            fleet_sync(&s->f, device, 1 + (first + (r == 1 ? k : WRITERS - k)) % WRITERS);
    }
    fleet_settle(&s->f, WRITERS + 2); /* all to one: who has seen little so far gets it there at once */
}

static void story_compare(struct story *s, unsigned device, uint64_t seed, const char *expected, unsigned refused)
{
    char *got = fleet_rows(&s->f, device, "SELECT id FROM jejak UNION ALL SELECT 'n = ' || n FROM hitungan ORDER BY id");

    if (strcmp(got, expected) != 0 || refused_count(&s->f, device) != refused)
        fail_msg("seed %u, device %u:\n%s and %u refused, not\n%s and %u", (unsigned)seed, device, got, refused_count(&s->f, device), expected, refused);
    free(got);
}

static void what_counts_is_a_function_of_what_was_written_and_not_of_how_it_came(void **state)
{
    unsigned total = 0, refused_total = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct story s = { .count = 0 };
        unsigned refused;
        char *expected;

        story_tell(&s, seed);
        story_read(&s);
        expected = story_expect(&s, &refused);
        for (unsigned i = 0; i < s.f.count; i++)
            story_compare(&s, i, seed, expected, refused);
        expect_all_equal(&s.f);
        total += s.count;
        refused_total += refused;
        free(expected);
        fleet_release(&s.f);
    }
    print_message("%u transactions, %u of them refused\n", total, refused_total);
    assert_true(refused_total > total / 10 && refused_total < total - total / 10);
}

/* --- schema and rights that change --- */

static void work_of_before_a_policy_came_counts_though_it_comes_afterwards(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 503);
    fleet_sql(&f, OFFICE, "SELECT jemput_migrate('SELECT jemput_policy(''jejak'', ''admin'', ''insert'')')");
    fleet_sync(&f, OFFICE, 0);
    fleet_sql(&f, TABLET, "INSERT INTO jejak VALUES('sebelum')");
    assert_int_equal(fleet_sync(&f, TABLET, 0).complete, 1);
    corrupt(&f, TABLET);
    fleet_sql(&f, TABLET, "INSERT INTO jejak VALUES('sesudah')");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        fleet_expect(&f, i, "SELECT id FROM jejak", "sebelum\n");
    expect_all_equal(&f);
    fleet_release(&f);
}

static void a_scope_that_comes_with_a_migration_knows_what_rows_were_before(void **state)
{
    static const char BARE[] = "CREATE TABLE permohonan(id TEXT PRIMARY KEY NOT NULL, catatan TEXT, kode_kel TEXT);\n"
                               "INSERT INTO permohonan VALUES('s', NULL, '99.1'); SELECT jemput_replicate('permohonan');";
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, BARE, 504);
    device_add(&f, "petugas", "99.1");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan VALUES('a', NULL, '99.1')");
    fleet_sql(&f, TABLET, "UPDATE permohonan SET kode_kel = '99.2'"); /* where they are now, and were not always */
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, TABLET, 0);
    fleet_sql(&f, OFFICE, "SELECT jemput_migrate('SELECT jemput_policy(''permohonan'', ''petugas'', ''insert; update; scope=kode_kel'')')");
    fleet_settle(&f, 0);
    corrupt(&f, OTHER);
    fleet_sql(&f, OTHER, "UPDATE permohonan SET catatan = 'x'");
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++)
        fleet_expect(&f, i, "SELECT id, catatan, kode_kel FROM permohonan ORDER BY id", "a|x|99.2\ns|x|99.2\n");
    expect_all_equal(&f);
    fleet_release(&f);
}

static void work_that_its_device_may_not_do_any_more_when_it_is_sealed_leaves_its_tables_too(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 505);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "verifikator" });
    fleet_sync(&f, OFFICE, 0);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p1', '99.1')"); /* does not know yet */
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT id FROM permohonan", "");
        assert_int_equal(refused_reason(&f, i), JEMPUT_POLICY_NO_INSERT);
    }
    assert_int_equal(fleet_try(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p2', '99.1')"), SQLITE_AUTH);
    expect_all_equal(&f);
    fleet_release(&f);
}

static void an_older_schema_version_in_a_log_that_knew_a_newer_one_counts_for_nothing(void **state)
{
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 507);
    fleet_sql(&f, OFFICE, "SELECT jemput_migrate('SELECT jemput_policy(''jejak'', ''admin'', ''insert'')')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p1', '99.1')");
    fleet_settle(&f, 0);
    corrupt(&f, TABLET);
    fleet_sql(&f, TABLET, "INSERT INTO jejak VALUES('a')");
    f.devices[TABLET].jemput->roster.schema_version = 1; /* under which everybody might */
    assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM jejak", "0\n");
        fleet_expect(&f, i, "SELECT count(*) FROM permohonan", "1\n");
        assert_int_equal(refused_reason(&f, i), JUDGED_SCHEMA);
    }
    expect_all_equal(&f);
    fleet_release(&f);
}

/* Its own log has named no newer one; what it had merged has. OTHER gets the work before it gets the migration. */
static void outdated(const char *migration, uint64_t seed)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;
    struct fleet f;

    fleet_init(&f, 4, -1, SCHEMA, seed);
    fleet_sql(&f, OFFICE, "SELECT jemput_migrate('%s')", migration);
    fleet_sync(&f, OFFICE, 1);
    fleet_sync(&f, TABLET, 1);
    corrupt(&f, TABLET);
    fleet_sql(&f, TABLET, "INSERT INTO jejak VALUES('a')");
    f.devices[TABLET].jemput->roster.schema_version = 1; /* under which everybody might */
    assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, OTHER, 0);
    fleet_expect(&f, OTHER, "SELECT count(*) FROM jejak", "1\n"); /* all that it knows is that everybody may */
    fleet_sync(&f, OTHER, 1);
    fleet_expect(&f, OTHER, "SELECT count(*) FROM jejak", "0\n");
    f.devices[TABLET].jemput->roster.schema_version = 2; /* it has judged itself by that */
    assert_int_equal(jemput_rebuild(f.devices[TABLET].jemput, NULL, &report, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    fleet_settle(&f, 1);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM jejak", "0\n");
        assert_int_equal(refused_reason(&f, i), JUDGED_SCHEMA);
    }
    expect_all_equal(&f);
    fleet_release(&f);
}

static void an_older_schema_version_than_its_writer_had_seen_counts_for_nothing_whatever_comes_first(void **state)
{
    static const char *const migrations[] = { "SELECT jemput_policy(''jejak'', ''admin'', ''insert'')",
                                              "ALTER TABLE permohonan ADD COLUMN loket TEXT" };

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        outdated(migrations[i], 511 + i);
}

static void a_decision_is_refused_before_it_is_signed(void **state)
{
    const char *columns[] = { "status" };
    struct jemput_datum key = fleet_text("p1"), value = fleet_text("DISETUJUI");
    struct jemput_choice choice = { .table = "permohonan", .key = &key, .key_count = 1, .column_count = 1, .columns = columns, .values = &value,
        .reason = "coba" };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 506);
    fleet_sql(&f, TABLET, "INSERT INTO permohonan(id, kode_kel) VALUES('p1', '99.1')");
    fleet_settle(&f, 0);
    assert_int_equal(jemput_decide(f.devices[TABLET].jemput, &choice, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "petugas may not update 'permohonan': column 'status' may not take this step"));
    value = fleet_text("LENGKAP");
    assert_int_equal(jemput_decide(f.devices[TABLET].jemput, &choice, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    fleet_expect(&f, OFFICE, "SELECT status FROM permohonan", "LENGKAP\n");
    expect_all_equal(&f);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_device_may_not_do_counts_nowhere_whole_transactions_at_a_time),
        cmocka_unit_test(a_device_writes_within_its_region_alone),
        cmocka_unit_test(work_that_waits_for_a_region_is_not_adopted_where_it_counts_something),
        cmocka_unit_test(of_several_faults_the_one_that_stays_is_told),
        cmocka_unit_test(what_counts_is_a_function_of_what_was_written_and_not_of_how_it_came),
        cmocka_unit_test(work_of_before_a_policy_came_counts_though_it_comes_afterwards),
        cmocka_unit_test(a_scope_that_comes_with_a_migration_knows_what_rows_were_before),
        cmocka_unit_test(work_that_its_device_may_not_do_any_more_when_it_is_sealed_leaves_its_tables_too),
        cmocka_unit_test(an_older_schema_version_in_a_log_that_knew_a_newer_one_counts_for_nothing),
        cmocka_unit_test(an_older_schema_version_than_its_writer_had_seen_counts_for_nothing_whatever_comes_first),
        cmocka_unit_test(a_decision_is_refused_before_it_is_signed),
    };

    return cmocka_run_group_tests_name("policy at merge", tests, NULL, NULL);
}
