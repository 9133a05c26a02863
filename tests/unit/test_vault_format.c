/* unit/test_vault_format.c — a sealed store that another implementation wrote from schema/formats/vault.md (vectors/vault-*.txt) opens and says what it
 * should; and what the vault writes has that form. */
#include "vault_world.h"

#include "crypto/page.h"
#include "store/vault/recovery.h"
#include "vectors.h"

enum { LINE_MAX_BYTES = 10000 };

/* The value of a name in vault-store.txt, with zeros up to `size`. */
static void part(uint8_t *out, size_t size, const char *name)
{
    static char line[LINE_MAX_BYTES];
    struct jemput_bytes file = vector_load("vault-store.txt"), rest = file;
    size_t len = strlen(name);

    memset(out, 0, size);
    while (vector_line(&rest, line, sizeof line))
        if (strncmp(line, name, len) == 0 && line[len] == ' ') {
            vector_hex(out, size, line + len + 1);
            vector_free(file);
            return;
        }
    fail_msg("no '%s' in the vectors", name);
}

static void store_of_the_vectors_opens_with_its_log_and_without(void **state)
{
    static uint8_t file[JEMPUT_LID_BYTES + 4096], log[32 + 24 + 4096], key[JEMPUT_DATA_KEY_BYTES], bad[JEMPUT_DATA_KEY_BYTES];
    struct jemput_vault *v, *other;
    int rc;

    (void)state;
    part(key, sizeof key, "key");
    part(file, 4096, "head");
    part(file + JEMPUT_LID_COPY_AT(1), 4096, "table");
    part(file + JEMPUT_LID_BYTES, 4096, "page");
    part(log, 32, "log");
    part(log + 32, sizeof log - 32, "frame");
    v = vault_on("crash", key);
    for (int with_log = 0; with_log < 2; with_log++) {
        sqlite3 *db;

        crash_vfs_put(disk, DB, file, sizeof file);
        if (with_log)
            crash_vfs_put(disk, DB "-wal", log, sizeof log);
        db = db_open_on(v, DB, "", &rc);
        assert_non_null(db);
        assert_int_equal(db_int(db, "PRAGMA user_version"), 28 + with_log);
        assert_true(db_is_sound(db));
        sqlite3_close(db);
    }
    memcpy(bad, key, sizeof bad);
    bad[31] ^= 1;
    other = vault_on("crash", bad);
    assert_null(db_open_on(other, DB, "", &rc));
    assert_int_equal(rc, SQLITE_AUTH);
    jemput_vault_close(other);
    jemput_vault_close(v);
}

static void slots_of_the_vectors_open_and_the_table_is_written_back_as_it_was(void **state)
{
    char line[1000], platform_hex[80], code_hex[40], key_hex[80], slot_hex[300];
    uint8_t table[JEMPUT_KEYSLOT_TABLE_BYTES], again[JEMPUT_KEYSLOT_TABLE_BYTES];
    struct jemput_bytes file = vector_load("vault-slots.txt"), rest = file;
    struct jemput_keyslots t;
    struct jemput_error err;
    unsigned count = 0;

    (void)state;
    part(table, sizeof table, "table");
    assert_true(jemput_keyslots_read(&t, table));
    assert_int_equal(t.sequence, 7);
    assert_int_equal(t.failures, 2);
    assert_true(t.boot_id == UINT64_C(0x1122334455667788) && t.monotonic_ms == 99000);
    jemput_keyslots_write(again, &t);
    assert_memory_equal(table, again, sizeof table);
    for (; vector_line(&rest, line, sizeof line); count++) {
        uint8_t platform[32], code[JEMPUT_RECOVERY_BYTES], key[32], slot[JEMPUT_KEYSLOT_BYTES], opened[32];
        struct jemput_way_in way = { .platform = platform, .recovery = code };
        enum jemput_keyslot_kind kind;

        assert_int_equal(sscanf(line, "%79s %39s %79s %299s", platform_hex, code_hex, key_hex, slot_hex), 4);
        vector_hex(platform, sizeof platform, platform_hex);
        vector_hex(code, sizeof code, code_hex);
        vector_hex(key, sizeof key, key_hex);
        assert_int_equal(vector_hex(slot, sizeof slot, slot_hex), sizeof slot);
        kind = (enum jemput_keyslot_kind)(slot[0] - 1);
        assert_memory_equal(t.slots[kind], slot, sizeof slot);
        assert_int_equal(jemput_keyslot_open(opened, &t, kind, &way, &err), JEMPUT_OK);
        assert_memory_equal(opened, key, sizeof key);
    }
    assert_int_equal(count, 2);
    vector_free(file);
}

static void recovery_codes_of_the_vectors_are_written_and_read(void **state)
{
    char line[200], hex[40], text[80], written[JEMPUT_RECOVERY_TEXT_BYTES];
    struct jemput_bytes file = vector_load("vault-recovery.txt"), rest = file;
    struct jemput_error err;
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        uint8_t code[JEMPUT_RECOVERY_BYTES], read[JEMPUT_RECOVERY_BYTES];

        assert_int_equal(sscanf(line, "%39s %79s", hex, text), 2);
        vector_hex(code, sizeof code, hex);
        jemput_recovery_write(written, code);
        assert_string_equal(written, text);
        assert_int_equal(jemput_recovery_read(read, text, &err), JEMPUT_OK);
        assert_memory_equal(read, code, sizeof code);
    }
    assert_true(count > 3);
    vector_free(file);
}

/* What the vault writes, taken apart by the document's offsets. */
static void what_is_written_has_the_form_of_the_document(void **state)
{
    sqlite3 *db = db_open("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(v); INSERT INTO t VALUES('Siti Kenari')");
    uint8_t frame[24 + 4096], page[4096];
    const uint8_t *file;
    size_t len, frames;

    (void)state;
    file = crash_vfs_file(disk, DB "-wal", &len);
    frames = (len - 32) / sizeof frame;
    assert_true(frames >= 3 && (len - 32) % sizeof frame == 0);
    for (size_t i = 0; i < frames; i++) {
        memcpy(frame, file + 32 + i * sizeof frame, sizeof frame);
        assert_true(jemput_page_unseal(frame + 16, 4064, frame + 4104, jemput_bytes_of(frame, 16), frame + 4080, right_key));
    }
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    file = crash_vfs_file(disk, DB, &len);
    assert_true(jemput_lid_fits(file, right_key));
    for (uint8_t i = 0; i < (len - JEMPUT_LID_BYTES) / sizeof page; i++) {
        const uint8_t place[9] = { 'p', i };

        memcpy(page, file + JEMPUT_LID_BYTES + i * sizeof page, sizeof page);
        assert_true(jemput_page_unseal(page, 4056, page + 4080, jemput_bytes_of(place, sizeof place), page + 4056, right_key));
        assert_true(i > 0 || memcmp(page, "SQLite format 3", 16) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(store_of_the_vectors_opens_with_its_log_and_without, setup, teardown),
        cmocka_unit_test_setup_teardown(slots_of_the_vectors_open_and_the_table_is_written_back_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(recovery_codes_of_the_vectors_are_written_and_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_written_has_the_form_of_the_document, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
