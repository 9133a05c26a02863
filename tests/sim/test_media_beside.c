/* sim/test_media_beside.c — attachments and what else goes on: in the app's own transaction, and read by a handle beside the one that syncs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"
#include "media_world.h"

#define ATTACHMENTS "SELECT count(*) FROM berkas"

static void an_attachment_is_a_part_of_the_transaction_that_the_app_has_begun(void **state)
{
    struct media_file file = media_file_make(100000, 1);
    uint8_t id[16];
    struct fleet f;

    (void)state;
    media_fleet(&f, 3, "0");
    fleet_sql(&f, OFFICER, "BEGIN");
    media_attach(&f, OFFICER, &file, id);
    fleet_sql(&f, OFFICER, "INSERT INTO orang VALUES('baru', 'Bersama'); ROLLBACK");
    fleet_expect(&f, OFFICER, ATTACHMENTS, "0\n");
    fleet_sql(&f, OFFICER, "BEGIN");
    media_attach(&f, OFFICER, &file, id);
    fleet_sql(&f, OFFICER, "INSERT INTO orang VALUES('baru', 'Bersama'); COMMIT");
    fleet_expect(&f, OFFICER, ATTACHMENTS, "1\n");
    fleet_settle(&f, 0);
    fleet_expect_all(&f, "SELECT nama FROM orang WHERE id = 'baru'", "Bersama\n");
    fleet_expect_all(&f, ATTACHMENTS, "1\n");
    free(file.bytes);
    fleet_release(&f);
}

/* Whose devices it knows is of the moment when it is asked, and not of when it was asked first. */
static void a_handle_beside_reads_what_came_in_by_the_other(void **state)
{
    struct jemput_attachment_counts counts;
    struct media_file file = media_file_make(5000, 2);
    struct jemput *beside = NULL;
    struct jemput_error err;
    uint8_t id[16];
    struct fleet f;

    (void)state;
    media_fleet(&f, 3, "0");
    assert_int_equal(jemput_beside(f.devices[OFFICER].jemput, &beside, &err), JEMPUT_OK);
    assert_int_equal(jemput_attachment_count(beside, &counts, &err), JEMPUT_OK);
    for (int round = 0; round < 2; round++) {
        unsigned other = f.count;
        char *invitation;
        size_t len;

        assert_int_equal(jemput_invite(f.devices[0].jemput, "petugas", "", "", INT64_MAX, &invitation, &len, &err), JEMPUT_OK);
        fleet_sync(&f, 0, 0);
        fleet_device_add(&f, invitation, len);
        jemput_text_free(invitation);
        fleet_sql(&f, other, "INSERT INTO orang VALUES('w-%u', 'Warga')", other);
        fleet_settle(&f, 0);
        media_attach(&f, other, &file, id);
        file.at = 0;
        fleet_settle(&f, 0);
        if (jemput_attachment_count(beside, &counts, &err))
            fail_msg("%s", err.text);
        assert_int_equal(counts.unsent + counts.partly + counts.received, 0);
    }
    jemput_close(beside);
    free(file.bytes);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attachment_is_a_part_of_the_transaction_that_the_app_has_begun),
        cmocka_unit_test(a_handle_beside_reads_what_came_in_by_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
