/* Checking everything (jemput_audit, jemput_audit_hub): whatever is changed, in a store or in a hub, is found, and the place is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/facts.h"
#include "bad.h"
#include "folder.h"
#include "forge.h"
#include "store_text.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT, no_kk TEXT UNIQUE) WITHOUT ROWID; SELECT jemput_replicate('warga');"
                             "SELECT jemput_policy('warga', 'petugas,admin,pusat', 'insert; update')";

/* Each device with rows that all have, a conflict, a held row, and on the tablet something that is not sealed yet. */
static void history(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 3, 0, SCHEMA, seed);
    fleet_sql(f, CENTRAL, "INSERT INTO warga VALUES('a', '001', NULL), ('b', '001', NULL)");
    fleet_settle(f, 0);
    fleet_sql(f, TABLET, "UPDATE warga SET rt = '002' WHERE nama = 'a'; INSERT INTO warga VALUES('c', '003', '9')");
    fleet_sql(f, OTHER, "UPDATE warga SET rt = '004' WHERE nama = 'a'; INSERT INTO warga VALUES('d', '003', '9')");
    fleet_settle(f, 0);
}

/* --- what is told --- */

struct told {
    enum jemput_audit_part part; /* of the first finding */
    char text[4096];
};

static int tell(void *ctx, const struct jemput_finding *finding)
{
    struct told *t = ctx;
    size_t len = strlen(t->text);

    if (!t->part)
        t->part = finding->part;
    assert_true(finding->what_id[0] && finding->what_en[0] && finding->safe_id[0] && finding->safe_en[0] && finding->todo_id[0] && finding->todo_en[0]);
    snprintf(t->text + len, sizeof t->text - len, "%d %s\n", (int)finding->part, finding->what);
    return 0;
}

static struct jemput_audit audit(struct fleet *f, unsigned device, int deep, struct told *told)
{
    struct jemput_audit_options options = { .deep = deep, .each = tell, .ctx = told };
    struct jemput_audit out;
    struct jemput_error err;

    memset(told, 0, sizeof *told);
    if (jemput_audit(f->devices[device].jemput, &options, &out, &err))
        fail_msg("device %u: %s", device, err.text);
    assert_int_equal(out.findings > 0, told->text[0] != '\0');
    return out;
}

static struct jemput_audit hub_audit(const char *hub, struct told *told)
{
    struct jemput_audit_options options = { .each = tell, .ctx = told };
    struct jemput_audit out;
    struct jemput_error err;

    memset(told, 0, sizeof *told);
    if (jemput_audit_hub(hub, NULL, &options, &out, &err))
        fail_msg("%s: %s", hub, err.text);
    assert_int_equal(out.findings > 0, told->text[0] != '\0');
    return out;
}

/* --- a whole space --- */

static void what_is_whole_is_counted_and_nothing_is_found(void **state)
{
    struct jemput_audit store[3], hub;
    struct jemput_info info;
    struct fleet f;
    struct told told;

    (void)state;
    history(&f, 1);
    for (unsigned i = 0; i < 3; i++) {
        store[i] = audit(&f, i, 1, &told);
        info = bad_info(&f, i);
        assert_string_equal(told.text, "");
        assert_string_equal(store[i].space, info.space);
        assert_int_equal(store[i].rows, info.rows);
        assert_true(store[i].conflicts == 1 && store[i].held == 1);
        assert_true(store[i].logs == 3 && store[i].logs_forked == 0 && store[i].unread == 0 && store[i].cut_off == 0);
        assert_true(store[i].devices == 3 && store[i].devices_revoked == 0 && store[i].epochs == 1 && store[i].epochs_readable == 1);
        assert_string_equal(store[i].state_hash, store[i].logs_hash);
        assert_string_equal(store[i].state_hash, store[0].state_hash);
        assert_int_equal(store[i].segments, store[0].segments);
    }
    assert_int_equal(store[TABLET].central, 1);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('e', '005', NULL)"); /* which central has not seen, and is not asked about */
    assert_int_equal(audit(&f, TABLET, 1, &told).central, 1);
    assert_string_equal(told.text, "");
    hub = hub_audit(fleet_hub(&f, 0), &told);
    assert_string_equal(told.text, "");
    assert_string_equal(hub.space, store[0].space);
    assert_int_equal(hub.segments, store[0].segments + 1); /* and genesis, which a store keeps as two facts */
    assert_int_equal(hub.unread, store[0].segments - store[0].control);
    assert_true(hub.devices == 3 && hub.logs == 3 && hub.logs_strange == 0 && hub.seen_missing == 0);
    assert_int_equal(hub.roster_version, store[0].roster_version);
    fleet_release(&f);
}

/* --- a store --- */

/* One byte is another. */
#define FLIPPED(column, at) \
    "CAST(substr(" column ", 1, (" at ") - 1) || CASE substr(" column ", " at ", 1) WHEN x'30' THEN x'31' ELSE x'30' END || substr(" column \
    ", (" at ") + 1) AS BLOB)"
#define FLIP(table, column, at) "UPDATE " table " SET " column " = " FLIPPED(column, at) " WHERE "
#define A_DATA_SEGMENT "(SELECT id FROM jemput_segment WHERE NOT control ORDER BY id LIMIT 1)"
#define ITS_COMMIT "oid = (SELECT oid FROM jemput_segment WHERE NOT control ORDER BY id LIMIT 1)"
#define A_RECORD "oid = (SELECT oid FROM jemput_segment WHERE control AND txn_count ORDER BY id DESC LIMIT 1)"

struct damage {
    const char *sql;
    enum jemput_audit_part part; /* 0 = the store does not open */
    const char *place;
};

static const struct damage damages[] = {
    /* objects */
    { FLIP("jemput_object", "data", "length(data) - 20") ITS_COMMIT, JEMPUT_AUDIT_LOGS, "segment" },
    { FLIP("jemput_object", "data", "250") ITS_COMMIT, JEMPUT_AUDIT_LOGS, "segment" },
    { FLIP("jemput_object", "data", "10") ITS_COMMIT, JEMPUT_AUDIT_LOGS, "segment" },
    { FLIP("jemput_object", "data", "length(data)") "kind = 2", 0, "of log" }, /* trees: all of them */
    { FLIP("jemput_object", "data", "length(data) / 2") "kind = 3 AND length(data) >= size AND size > 99", JEMPUT_AUDIT_LOGS, "segment" }, /* sealed payloads do not get smaller */
    { "DELETE FROM jemput_object WHERE " ITS_COMMIT, JEMPUT_AUDIT_LOGS, "segment" },
    { "UPDATE jemput_object SET size = size + 1 WHERE " ITS_COMMIT, JEMPUT_AUDIT_LOGS, "segment" },
    /* the roster's records */
    { FLIP("jemput_object", "data", "length(data) - 20") A_RECORD, 0, "of log" },
    { FLIP("jemput_object", "data", "length(data) - 5") "kind = 3 AND length(data) < size", 0, "of log" },
    { FLIP("jemput_fact", "value", "length(value) - 3") "name = 'genesis payload'", JEMPUT_AUDIT_ROSTER, "genesis payload" },
    { FLIP("jemput_fact", "value", "length(value) - 3") "name = 'genesis header'", JEMPUT_AUDIT_LOGS, "genesis segment's header" },
    /* the register */
    { FLIP("jemput_segment", "hash", "7") "id = " A_DATA_SEGMENT, JEMPUT_AUDIT_FILE, "'jemput_segment'" },
    { FLIP("jemput_segment", "previous", "7") "id = " A_DATA_SEGMENT, JEMPUT_AUDIT_FILE, "'jemput_segment'" },
    { FLIP("jemput_segment", "oid", "7") "id = " A_DATA_SEGMENT, JEMPUT_AUDIT_LOGS, "segment" },
    { "UPDATE jemput_segment SET stamp = stamp + 1 WHERE id = " A_DATA_SEGMENT, JEMPUT_AUDIT_LOGS, "segment" },
    { "UPDATE jemput_segment SET number = number + 7 WHERE id = " A_DATA_SEGMENT, JEMPUT_AUDIT_FILE, "'jemput_segment'" },
    { "UPDATE jemput_segment SET txn_count = txn_count + 1 WHERE id = " A_DATA_SEGMENT, JEMPUT_AUDIT_FILE, "'jemput_segment'" },
    { "UPDATE jemput_segment SET own = 1 - own WHERE id = " A_DATA_SEGMENT, JEMPUT_AUDIT_LOGS, "log" },
    { "UPDATE jemput_line SET writer = " FLIPPED("writer", "3") " WHERE id = 2", JEMPUT_AUDIT_LOGS, "segment" },
    /* who this is, and its keys */
    { "UPDATE jemput_fact SET value = CAST('40' AS BLOB) WHERE name = 'roles'", JEMPUT_AUDIT_ROSTER, "roles" },
    { "UPDATE jemput_fact SET value = 63 WHERE name = 'roles'", JEMPUT_AUDIT_ROSTER, "roles" },
    { "UPDATE jemput_fact SET value = 9 WHERE name = 'device number'", JEMPUT_AUDIT_ROSTER, "number" },
    { FLIP("jemput_fact", "value", "4") "name = 'own commit'", JEMPUT_AUDIT_LOGS, "this device's log" },
    { "UPDATE OR REPLACE jemput_epoch SET key = " FLIPPED("key", "5") " WHERE length(maker) = 0", JEMPUT_AUDIT_KEYS, "key epoch" },
    /* the policy, and what merging goes by */
    { "UPDATE jemput_policy SET rules = 'insert; update; delete'", JEMPUT_AUDIT_STATE, "'jemput_policy'" },
    { "UPDATE jemput_policy SET roles = 'admin'", JEMPUT_AUDIT_STATE, "'jemput_policy'" },
    { "UPDATE jemput_policy SET roles = 'petugas,kominfo'", 0, "policy" }, /* no policy at all */
    { "UPDATE jemput_table SET options = 'once=rt'", JEMPUT_AUDIT_STATE, "'jemput_table'" },
    { "INSERT INTO jemput_refusal VALUES(4096, 3, 1, x'030161', NULL)", JEMPUT_AUDIT_STATE, "'jemput_refusal'" },
    /* rows, and what is known of them */
    { "UPDATE warga SET rt = '999' WHERE nama = 'b'", JEMPUT_AUDIT_STATE, "'warga': a row is here with other values" },
    { "DELETE FROM warga WHERE nama = 'b'", JEMPUT_AUDIT_STATE, "'warga': a row is in the logs and not here" },
    { "INSERT INTO warga VALUES('z', '1', NULL)", JEMPUT_AUDIT_STATE, "'warga': a row is here and not in the logs" },
    { FLIP("jemput_row", "detail", "length(detail)") "detail IS NOT NULL", 0, "row" }, /* another entry, or none that can be: as its bytes fall */
    { "UPDATE jemput_withheld SET reason = 'CHECK apa'", JEMPUT_AUDIT_STATE, "'jemput_withheld'" },
    { "UPDATE jemput_birth SET births = x'80'", JEMPUT_AUDIT_FILE, "births" },
};

/* Does a finding of this part (0 = of any) name the place? */
static bool told_so(const struct told *told, enum jemput_audit_part part, const char *place)
{
    for (const char *line = told->text; *line; line += strcspn(line, "\n") + 1) {
        const char *at = strstr(line, place);

        if (at && at < line + strcspn(line, "\n") && (!part || *line - '0' == (int)part))
            return true;
    }
    return false;
}

static void expect_found(struct fleet *f, const struct damage *d)
{
    struct told told;
    struct jemput_error err;
    uint64_t problems = 0;
    enum jemput_status st = store_damage_try(f, TABLET, d->sql, &err);

    if (st) {
        if (d->part || st != JEMPUT_CORRUPT || !strstr(err.text, d->place))
            fail_msg("%s\n  does not open: %s: %s", d->sql, jemput_status_name(st), err.text);
        return;
    }
    audit(f, TABLET, 1, &told);
    if (!told_so(&told, d->part, d->place))
        fail_msg("%s\n  not in part %d: '%s', but:\n%s", d->sql, (int)d->part, d->place, told.text);
    if (d->part == JEMPUT_AUDIT_ROSTER) { /* the short form, too, where a handle's first call already meets the damage */
        assert_int_equal(jemput_verify(f->devices[TABLET].jemput, NULL, NULL, &problems, &err), JEMPUT_OK);
        assert_true(problems > 0);
    }
}

static void whatever_is_changed_in_a_store_is_found_and_its_place_named(void **state)
{
    struct crash_snapshot *good;
    struct fleet_device *d;
    struct fleet f;

    (void)state;
    history(&f, 2);
    d = &f.devices[TABLET];
    jemput_close(d->jemput);
    d->jemput = NULL;
    good = crash_vfs_snapshot(d->vfs);
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        crash_vfs_restore(d->vfs, good);
        expect_found(&f, &damages[i]);
        jemput_close(d->jemput);
        d->jemput = NULL;
    }
    crash_vfs_restore(d->vfs, good);
    crash_snapshot_free(good);
    fleet_reopen(&f, TABLET);
    fleet_release(&f);
}

/* A word of the first schema is another, packed as it should be. */
static void a_genesis_record_that_is_whole_and_not_the_signed_one_is_found(void **state)
{
    struct jemput_buf payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct jemput_store *store;
    struct jemput_error err;
    struct told told;
    struct fleet f;

    (void)state;
    history(&f, 2);
    store = f.devices[TABLET].jemput->store;
    if (jemput_store_fact_unpack(store, FACT_GENESIS_PAYLOAD, &payload, &err))
        fail_msg("%s", err.text);
    payload.data[payload.len - 4] ^= 1;
    if (jemput_store_begin(store, 0, &err) || jemput_store_fact_pack(store, FACT_GENESIS_PAYLOAD, jemput_buf_bytes(&payload), &err) ||
        jemput_store_commit(store, &err))
        fail_msg("%s", err.text);
    audit(&f, TABLET, 0, &told);
    if (!told_so(&told, JEMPUT_AUDIT_LOGS, "genesis record"))
        fail_msg("not told: the genesis record, but:\n%s", told.text);
    jemput_buf_release(&payload);
    fleet_release(&f);
}

/* --- the change feed --- */

static const char *const feed_damages[] = {
    "UPDATE jemput_feed SET rows = " FLIPPED("rows", "1") " WHERE length(rows) > 1", /* another table, or none */
    "UPDATE jemput_feed SET rows = substr(rows, 1, length(rows) - 1) WHERE length(rows) > 1",
    "UPDATE jemput_feed SET rows = x'00' WHERE number = (SELECT max(number) FROM jemput_feed)",
    "UPDATE jemput_feed SET rows = x'0100' WHERE number = (SELECT max(number) FROM jemput_feed)", /* no key of that table */
    "UPDATE jemput_feed SET rows = 'ab' WHERE number = (SELECT max(number) FROM jemput_feed)",
    "UPDATE jemput_feed SET id = x'0102' WHERE number = (SELECT max(number) FROM jemput_feed)",
    "DELETE FROM jemput_feed WHERE number = (SELECT min(number) + 1 FROM jemput_feed)",
    "UPDATE jemput_feed SET number = -3 WHERE number = (SELECT min(number) FROM jemput_feed)",
    "DELETE FROM jemput_feed",
    "DELETE FROM jemput_fact WHERE name = 'feed'",
};

static int row_ignore(void *ctx, const struct jemput_feed_row *row)
{
    (void)ctx;
    (void)row;
    return 0;
}

/* What the words of that part say heals it. */
static void expect_feed_healed(struct fleet *f, const struct jemput_feed_mark *mark, bool begun)
{
    struct jemput *j = f->devices[TABLET].jemput;
    struct jemput_feed_reading reading;
    struct jemput_rebuild_report report;
    struct jemput_error err;
    struct told told;

    if (!begun)
        assert_int_equal(jemput_feed_begin(j, &err), JEMPUT_OK);
    if (jemput_rebuild(j, NULL, &report, &err))
        fail_msg("%s", err.text);
    assert_int_equal(audit(f, TABLET, 0, &told).findings, 0);
    assert_int_equal(jemput_feed_read(j, mark, row_ignore, NULL, &reading, &err), JEMPUT_OK);
    assert_true(reading.whole);
}

static void a_change_feed_that_is_not_what_it_should_be_is_told_and_a_rebuild_makes_it_whole(void **state)
{
    struct jemput_feed_reading reading;
    struct crash_snapshot *good;
    struct jemput_error err;
    struct fleet_device *d;
    struct told told;
    struct fleet f;

    (void)state;
    history(&f, 4);
    d = &f.devices[TABLET];
    assert_int_equal(jemput_feed_begin(d->jemput, &err), JEMPUT_OK);
    assert_int_equal(jemput_feed_read(d->jemput, NULL, row_ignore, NULL, &reading, &err), JEMPUT_OK);
    for (unsigned i = 0; i < 3; i++) {
        fleet_sql(&f, CENTRAL, "INSERT INTO warga VALUES('f%u', '005', NULL)", i);
        fleet_settle(&f, 0);
    }
    assert_int_equal(audit(&f, TABLET, 0, &told).findings, 0);
    jemput_close(d->jemput);
    d->jemput = NULL;
    good = crash_vfs_snapshot(d->vfs);
    for (size_t i = 0; i < sizeof feed_damages / sizeof feed_damages[0]; i++) {
        crash_vfs_restore(d->vfs, good);
        store_damage(&f, TABLET, feed_damages[i]);
        audit(&f, TABLET, 0, &told);
        if (!told_so(&told, JEMPUT_AUDIT_FILE, "'jemput_feed'"))
            fail_msg("%s\n  not told, but:\n%s", feed_damages[i], told.text);
        expect_feed_healed(&f, &reading.till, !strstr(feed_damages[i], "jemput_fact"));
        jemput_close(d->jemput);
        d->jemput = NULL;
    }
    crash_vfs_restore(d->vfs, good);
    crash_snapshot_free(good);
    fleet_reopen(&f, TABLET);
    fleet_release(&f);
}

static void what_was_captured_and_is_not_sealed_is_looked_at_too(void **state)
{
    struct told told;
    struct fleet f;

    (void)state;
    history(&f, 3);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('e', '005', NULL)");
    store_damage(&f, TABLET, FLIP("jemput_pending", "record", "length(record) - 1") "1");
    audit(&f, TABLET, 0, &told);
    assert_int_equal(told.part, JEMPUT_AUDIT_FILE);
    assert_non_null(strstr(told.text, "pending"));
    fleet_release(&f);
}

/* Checking seals what is pending where all is well, and where it is not leaves the store as it was. */
static void a_damaged_store_is_left_as_it_is(void **state)
{
    struct told told;
    struct fleet f;
    char *before, *after;

    (void)state;
    history(&f, 4);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('e', '005', NULL)");
    store_damage(&f, TABLET, "UPDATE warga SET rt = '999' WHERE nama = 'b'");
    audit(&f, TABLET, 1, &told); /* seals: nothing was wrong before the rows were compared */
    before = store_text(&f, TABLET);
    audit(&f, TABLET, 1, &told);
    after = store_text(&f, TABLET);
    assert_string_equal(before, after);
    assert_non_null(strstr(told.text, "other values"));
    free(before);
    free(after);
    fleet_release(&f);
}

/* --- central --- */

/* A tablet that has written since, so that a sync compares nothing, can check central all the same. */
static void a_lying_centre_is_found_by_who_looks_deep_though_it_has_other_work(void **state)
{
    struct jemput_audit out;
    struct told told;
    struct fleet f;

    (void)state;
    history(&f, 5);
    store_damage(&f, CENTRAL, "UPDATE warga SET rt = '999' WHERE nama = 'b'");
    fleet_sql(&f, OTHER, "INSERT INTO warga VALUES('f', '001', NULL)");
    fleet_sync(&f, OTHER, 0);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('g', '001', NULL)");
    assert_false(fleet_sync(&f, TABLET, 0).states_compared);
    audit(&f, TABLET, 0, &told);
    assert_string_equal(told.text, "");
    out = audit(&f, TABLET, 1, &told);
    assert_int_equal(out.central, 2);
    assert_int_equal(told.part, JEMPUT_AUDIT_CENTRAL);
    audit(&f, CENTRAL, 1, &told); /* and central finds it at home */
    assert_int_equal(told.part, JEMPUT_AUDIT_STATE);
    fleet_release(&f);
}

/* Where central was right and an administrator has revoked somebody since, nothing is compared: no false alarm. */
static void what_counts_otherwise_by_now_is_not_held_against_central(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen", .after = "1" };
    struct jemput_device_act_report report;
    struct jemput_audit out;
    struct jemput_error err;
    struct told told;
    struct fleet f;

    (void)state;
    history(&f, 6);
    assert_int_equal(audit(&f, TABLET, 1, &told).central, 1);
    assert_int_equal(jemput_device_act(f.devices[CENTRAL].jemput, &act, &report, &err), JEMPUT_OK);
    out = audit(&f, CENTRAL, 1, &told);
    assert_int_equal(out.central, 0);
    assert_non_null(out.central_why);
    fleet_settle(&f, 0);
    out = audit(&f, TABLET, 1, &told);
    assert_string_equal(told.text, "");
    assert_true(out.voided > 0 && out.devices_revoked == 1);
    fleet_release(&f);
}

/* --- a hub --- */

static void any_byte_of_a_hub_s_packs_that_a_segment_needs_is_missed(void **state)
{
    struct bad_files packs;
    struct told told;
    struct fleet f;
    char hub[300];
    unsigned flips = 0;

    (void)state;
    history(&f, 7);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    packs = bad_files_find(hub, ".pack");
    assert_true(packs.count > 3);
    for (unsigned p = 0; p < packs.count; p++) {
        size_t len;
        unsigned char *bytes = bad_file_read(packs.paths[p], &len);

        for (size_t at = 12 + p % 29; at + 20 < len; at += 29) { /* behind the header, before the checksum, which git fsck looks at */
            bytes[at] ^= 0x10;
            unlink(packs.paths[p]);
            bad_file_write(packs.paths[p], bytes, len);
            bytes[at] ^= 0x10;
            hub_audit(hub, &told);
            if (told.part != JEMPUT_AUDIT_LOGS || !(strstr(told.text, "commit ") || strstr(told.text, "segment ")))
                fail_msg("%s at %zu: %s", packs.paths[p], at, told.text);
            flips++;
        }
        unlink(packs.paths[p]);
        bad_file_write(packs.paths[p], bytes, len);
        free(bytes);
    }
    assert_true(flips > 100);
    hub_audit(hub, &told);
    assert_string_equal(told.text, "");
    bad_files_free(&packs);
    fleet_release(&f);
}

/* The parent of a commit, as stock git says it. */
static struct jemput_oid parent_of(const char *hub, const struct jemput_oid *commit)
{
    struct jemput_oid parent;
    size_t len;
    unsigned char *text = forge_read(hub, commit, &len);
    const char *line = strstr((const char *)text, "\nparent ");

    assert_non_null(line);
    assert_true(jemput_hex_decode(parent.id, sizeof parent.id, jemput_bytes_of(line + 8, 40)));
    free(text);
    return parent;
}

static void a_hub_that_was_put_back_or_keeps_a_log_from_central_shows_by_what_others_had_seen(void **state)
{
    struct jemput_audit out;
    struct jemput_oid tip, parent;
    struct told told;
    struct fleet f;
    char hub[300], ref[128], other[128];

    (void)state;
    history(&f, 8);
    fleet_sql(&f, OTHER, "INSERT INTO warga VALUES('e', '001', NULL)"); /* its author has seen central's newest segment, and says so */
    fleet_sync(&f, OTHER, 0);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    snprintf(ref, sizeof ref, "%s", bad_ref(&f, CENTRAL));
    snprintf(other, sizeof other, "%s", bad_ref(&f, TABLET));
    tip = forge_tip(hub, ref);
    parent = parent_of(hub, &tip);
    forge_ref(hub, ref, &parent);
    out = hub_audit(hub, &told);
    assert_true(out.seen_missing > 0);
    assert_non_null(strstr(told.text, "is the last one here; others had seen it up to segment"));
    forge_ref(hub, ref, &tip);
    bad_shell("rm '%s/%s'", hub, other); /* central's log names it still, and leads there */
    out = hub_audit(hub, &told);
    assert_string_equal(told.text, "");
    assert_int_equal(out.logs, 3);
    fleet_release(&f);
}

static void branches_of_a_hub_that_are_not_what_they_are_called_are_found(void **state)
{
    struct told told;
    struct jemput_oid tip;
    struct fleet f;
    char hub[300], ref[128], other[128];

    (void)state;
    history(&f, 9);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    snprintf(ref, sizeof ref, "%s", bad_ref(&f, TABLET));
    snprintf(other, sizeof other, "%s", bad_ref(&f, OTHER));
    tip = forge_tip(hub, ref);
    forge_ref(hub, other, &tip);
    hub_audit(hub, &told);
    assert_non_null(strstr(told.text, "of another log or generation than it is called"));
    ref[strlen(ref) - 1] = '\0'; /* log/<writer>/00: one log has one name */
    strcat(ref, "00");
    forge_ref(hub, ref, &tip);
    hub_audit(hub, &told);
    assert_non_null(strstr(told.text, "is not the name of a log"));
    tip.id[3] ^= 1;
    forge_ref(hub, other, &tip);
    hub_audit(hub, &told);
    assert_non_null(strstr(told.text, other));
    fleet_release(&f);
}

static void a_forged_segment_in_a_hub_is_told_and_a_stranger_s_log_counted(void **state)
{
    struct jemput_keypair stranger, wrong;
    struct forge_segment segment;
    struct jemput_oid oid;
    struct told told;
    struct fleet f;
    char hub[300], ref[128];

    (void)state;
    history(&f, 10);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    jemput_keypair_from_seed(&stranger, (const uint8_t *)"0123456789abcdef0123456789abcdef");
    jemput_keypair_from_seed(&wrong, (const uint8_t *)"fedcba9876543210fedcba9876543210");
    forge_first(&segment, f.devices[CENTRAL].jemput, &stranger);
    oid = forge_sign(hub, &segment, &stranger, NULL);
    engine_log_ref(ref, &segment.header.writer, 0);
    forge_ref(hub, ref, &oid);
    assert_int_equal(hub_audit(hub, &told).logs_strange, 1);
    assert_string_equal(told.text, "");
    forge_next(&segment, f.devices[TABLET].jemput); /* in the tablet's name, by another key */
    oid = forge_sign(hub, &segment, &wrong, NULL);
    forge_ref(hub, bad_ref(&f, TABLET), &oid);
    hub_audit(hub, &told);
    assert_int_equal(told.part, JEMPUT_AUDIT_LOGS);
    assert_non_null(strstr(told.text, "the signing key is not the writer's"));
    fleet_release(&f);
}

static void no_folder_no_hub_and_an_empty_hub_are_told_apart(void **state)
{
    struct jemput_audit out;
    struct jemput_error err;
    struct told told;
    struct fleet f;
    char path[400];

    (void)state;
    history(&f, 11);
    snprintf(path, sizeof path, "%s/nowhere", f.folder);
    assert_int_equal(jemput_audit_hub(path, NULL, NULL, &out, &err), JEMPUT_NOTFOUND);
    assert_int_equal(jemput_audit_hub(f.folder, NULL, NULL, &out, &err), JEMPUT_CORRUPT);
    out = hub_audit(fleet_hub(&f, 1), &told);
    assert_non_null(strstr(told.text, "this hub holds no log"));
    fleet_release(&f);
}

/* --- while others write --- */

struct busy {
    struct jemput *jemput;
    atomic_bool stop;
    unsigned written;
};

static void *busy_write(void *ctx)
{
    struct busy *b = ctx;
    struct jemput_error err;

    for (; !atomic_load(&b->stop); b->written++) {
        char sql[100];

        snprintf(sql, sizeof sql, "INSERT INTO warga VALUES('w%u', '001', NULL)", b->written);
        if (sqlite3_exec(jemput_app(b->jemput), sql, NULL, NULL, NULL) || (b->written % 7 == 0 && jemput_seal(b->jemput, NULL, &err)))
            break;
        usleep(2000);
    }
    return NULL;
}

/* Two programs have the store open, as when a nightly check meets a sync: no false alarm. */
static void what_another_program_writes_meanwhile_is_no_finding(void **state)
{
    const char *tmp = getenv("TMPDIR");
    struct busy busy = { .written = 0 };
    char folder[256], path[300];
    struct jemput_error err;
    struct jemput *j;
    uint64_t problems;
    pthread_t thread;

    (void)state;
    snprintf(folder, sizeof folder, "%s/jemput-audit-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/store.db", folder);
    assert_int_equal(jemput_init(&j, path, SCHEMA, NULL, NULL, &err), JEMPUT_OK);
    assert_int_equal(jemput_open(&busy.jemput, path, NULL, &err), JEMPUT_OK);
    assert_int_equal(pthread_create(&thread, NULL, busy_write, &busy), 0);
    for (unsigned i = 0; i < 25; i++) {
        if (jemput_verify(j, NULL, NULL, &problems, &err) && err.status != JEMPUT_BUSY)
            fail_msg("%s", err.text);
        if (err.status != JEMPUT_BUSY)
            assert_int_equal(problems, 0);
        err.status = JEMPUT_OK;
    }
    atomic_store(&busy.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(busy.written > 10);
    jemput_close(busy.jemput);
    jemput_close(j);
    bad_shell("rm -r '%s'", folder);
}

struct stopping { /* at its n-th word of how far it has come */
    unsigned left;
    uint64_t done, total;
    int by_cancel; /* by jemput_cancel(), else by what the callback gives */
    struct jemput *jemput;
};

static int progress_stop(void *ctx, const struct jemput_progress *progress)
{
    struct stopping *s = ctx;

    assert_int_equal(progress->phase, JEMPUT_PHASE_REPLAY);
    assert_true(progress->done >= s->done && progress->total >= s->total && progress->done <= progress->total);
    s->done = progress->done;
    s->total = progress->total;
    if (s->left-- > 0)
        return 0;
    if (s->by_cancel)
        jemput_cancel(s->jemput);
    return !s->by_cancel;
}

static void an_audit_can_be_stopped_at_each_segment_and_then_nobody_s_write_waits(void **state)
{
    struct jemput_audit audit;
    struct jemput_error err;
    enum jemput_status st = JEMPUT_CANCELLED;
    struct fleet f;
    unsigned n = 0;

    (void)state;
    history(&f, 1);
    for (; st; n++) {
        struct stopping s = { .left = n, .by_cancel = (int)(n % 2), .jemput = f.devices[TABLET].jemput };
        const struct jemput_audit_options options = { .deep = 1, .progress = progress_stop, .ctx = &s };

        memset(&audit, 0xa5, sizeof audit);
        st = jemput_audit(s.jemput, &options, &audit, &err);
        assert_true(st == JEMPUT_OK || st == JEMPUT_CANCELLED);
        assert_true(st == JEMPUT_OK ? s.done == s.total : audit.findings == UINT64_C(0xa5a5a5a5a5a5a5a5));
        fleet_sql(&f, TABLET, "BEGIN IMMEDIATE; UPDATE warga SET rt = '009' WHERE nama = 'c'; ROLLBACK");
    }
    assert_true(audit.findings == 0 && audit.central == 1);
    assert_true(n > 2 * audit.segments); /* the logs, central's, and the end */
    assert_int_equal(jemput_verify(f.devices[TABLET].jemput, NULL, NULL, &audit.findings, &err), JEMPUT_OK);
    assert_int_equal(audit.findings, 0);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_whole_is_counted_and_nothing_is_found),
        cmocka_unit_test(whatever_is_changed_in_a_store_is_found_and_its_place_named),
        cmocka_unit_test(a_genesis_record_that_is_whole_and_not_the_signed_one_is_found),
        cmocka_unit_test(a_change_feed_that_is_not_what_it_should_be_is_told_and_a_rebuild_makes_it_whole),
        cmocka_unit_test(what_was_captured_and_is_not_sealed_is_looked_at_too),
        cmocka_unit_test(a_damaged_store_is_left_as_it_is),
        cmocka_unit_test(a_lying_centre_is_found_by_who_looks_deep_though_it_has_other_work),
        cmocka_unit_test(what_counts_otherwise_by_now_is_not_held_against_central),
        cmocka_unit_test(any_byte_of_a_hub_s_packs_that_a_segment_needs_is_missed),
        cmocka_unit_test(a_hub_that_was_put_back_or_keeps_a_log_from_central_shows_by_what_others_had_seen),
        cmocka_unit_test(branches_of_a_hub_that_are_not_what_they_are_called_are_found),
        cmocka_unit_test(a_forged_segment_in_a_hub_is_told_and_a_stranger_s_log_counted),
        cmocka_unit_test(no_folder_no_hub_and_an_empty_hub_are_told_apart),
        cmocka_unit_test(what_another_program_writes_meanwhile_is_no_finding),
        cmocka_unit_test(an_audit_can_be_stopped_at_each_segment_and_then_nobody_s_write_waits),
    };

    return cmocka_run_group_tests_name("audit", tests, NULL, NULL);
}
