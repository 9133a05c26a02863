/* Objects in the hub that are cut, gone, or have a bit flipped: packs, their indexes, and loose files.
 *
 * Two tablets have sent a row each. One of the files of the first is damaged: the sync of central says OK, the first log is merged whole or stops with a report, the
 * second is merged, and the tables hold what was really written. The file comes back: the first log goes on by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bad.h"
#include "folder.h"

#define CENTRAL 0

/* A hub with files of one log in it that somebody has not read yet. */
struct scene {
    struct fleet f;
    char hub[300];
    unsigned reader;              /* whose sync is looked at */
    const char *all, *without;    /* rows with the damaged log, and without */
    struct crash_snapshot *ready; /* of the reader's disk */
    struct folder_state *good;    /* the hub */
    struct bad_files files;       /* of the log that is damaged */
};

static bool listed(const struct bad_files *files, const char *path)
{
    for (unsigned i = 0; i < files->count; i++)
        if (strcmp(files->paths[i], path) == 0)
            return true;
    return false;
}

/* The files that have come since `before`. */
static struct bad_files files_since(const struct bad_files *before, const char *folder)
{
    struct bad_files now = bad_files_find(folder, ""), fresh = { 0 };

    fresh.paths = malloc(now.count * sizeof *fresh.paths);
    for (unsigned i = 0; i < now.count; i++)
        if (!listed(before, now.paths[i]))
            fresh.paths[fresh.count++] = strdup(now.paths[i]);
    bad_files_free(&now);
    return fresh;
}

/* As a git that unpacks what it receives leaves them. */
static void unpack_all(const char *hub)
{
    bad_shell("cd '%s' && mkdir ../packs && mv objects/pack/* ../packs && for p in ../packs/*.pack; do git unpack-objects -q <\"$p\" || exit 1; done; rm -r ../packs", hub);
}

static void scene_remember(struct scene *s)
{
    bad_close(&s->f, s->reader);
    s->ready = crash_vfs_snapshot(s->f.devices[s->reader].vfs);
    s->good = folder_remember(s->hub);
    bad_open(&s->f, s->reader);
}

/* Central has not read what two tablets have sent; the first's is damaged. */
static void tablets_begin(struct scene *s, bool loose)
{
    struct bad_files before;

    memset(s, 0, sizeof *s);
    bad_begin(&s->f, 5);
    snprintf(s->hub, sizeof s->hub, "%s", fleet_hub(&s->f, 0));
    s->reader = CENTRAL;
    s->all = "abcdef";
    s->without = "abcf";
    bad_write(&s->f, 2, "f");
    fleet_sync(&s->f, 2, 0);
    if (loose)
        unpack_all(s->hub);
    before = bad_files_find(bad_path(s->hub, "objects"), "");
    bad_write(&s->f, 1, "d");
    fleet_sql(&s->f, 1, "UPDATE warga SET rt = '009' WHERE nama = 'a'");
    bad_write(&s->f, 1, "e");
    fleet_sync(&s->f, 1, 0);
    if (loose)
        unpack_all(s->hub);
    s->files = files_since(&before, bad_path(s->hub, "objects"));
    bad_files_free(&before);
    scene_remember(s);
}

/* A tablet has not read what central has sent, which names the log of the other tablet as accepted; central's is damaged. */
static void central_begin(struct scene *s)
{
    struct bad_files before;

    memset(s, 0, sizeof *s);
    bad_begin(&s->f, 6);
    snprintf(s->hub, sizeof s->hub, "%s", fleet_hub(&s->f, 0));
    s->reader = 2;
    s->all = "abcdef";
    s->without = "abc";
    bad_write(&s->f, 1, "d");
    fleet_sync(&s->f, 1, 0);
    bad_write(&s->f, CENTRAL, "e");
    bad_write(&s->f, CENTRAL, "f");
    before = bad_files_find(bad_path(s->hub, "objects"), "");
    fleet_sync(&s->f, CENTRAL, 0);
    s->files = files_since(&before, bad_path(s->hub, "objects"));
    bad_files_free(&before);
    scene_remember(s);
}

static void scene_end(struct scene *s)
{
    crash_snapshot_free(s->ready);
    folder_forget(s->good);
    bad_files_free(&s->files);
    fleet_settle(&s->f, 0);
    bad_end(&s->f);
}

static void scene_restore(struct scene *s)
{
    folder_restore(s->good);
    bad_close(&s->f, s->reader);
    crash_vfs_restore(s->f.devices[s->reader].vfs, s->ready);
    bad_open(&s->f, s->reader);
}

static const char *names_now(struct scene *s)
{
    static char names[64];
    char *got = fleet_rows(&s->f, s->reader, "SELECT group_concat(nama, '') FROM (SELECT nama FROM warga ORDER BY nama)");

    snprintf(names, sizeof names, "%s", got);
    names[strcspn(names, "\n")] = '\0';
    free(got);
    return names;
}

/* What the reader makes of the damaged hub. Gives whether the log was stopped. */
static bool damaged_check(struct scene *s, const char *what, const char *path, size_t at)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    char *asides;
    bool stopped;

    if (bad_sync(&s->f, s->reader, s->hub, &report, &err))
        fail_msg("%s at %zu of %s: %s: %s", what, at, path, jemput_status_name(err.status), err.text);
    stopped = report.logs_stopped > 0;
    asides = bad_asides(&s->f, s->reader);
    if (strcmp(names_now(s), s->all) != 0 && (!stopped || strcmp(names_now(s), s->without) != 0))
        fail_msg("%s at %zu of %s: %u logs are stopped, and the rows are '%s'\n%s", what, at, path, (unsigned)report.logs_stopped, names_now(s), asides);
    if (stopped != (asides[0] != '\0') || (bad_info(&s->f, s->reader).logs_stopped > 0) != stopped)
        fail_msg("%s at %zu of %s: %u logs are stopped, and the list of them is '%s'", what, at, path, (unsigned)report.logs_stopped, asides);
    free(asides);
    return stopped;
}

/* The file is whole again. */
static void repaired_check(struct scene *s)
{
    folder_restore(s->good);
    bad_expect_sync(&s->f, s->reader, s->hub, JEMPUT_OK, "");
    bad_expect_names(&s->f, s->reader, s->all);
    assert_int_equal(bad_info(&s->f, s->reader).logs_stopped, 0);
    fleet_verify(&s->f, s->reader);
}

static unsigned file_damage(struct scene *s, const char *path)
{
    size_t len, cuts[9];
    unsigned char *data = bad_file_read(path, &len);
    unsigned stopped = 0;

    cuts[0] = 0, cuts[1] = 1, cuts[2] = 4, cuts[3] = 12, cuts[4] = len / 3, cuts[5] = len / 2, cuts[6] = len - 40, cuts[7] = len - 20, cuts[8] = len - 1;
    for (unsigned i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        if (cuts[i] >= len)
            continue;
        scene_restore(s);
        bad_file_write(path, data, cuts[i]);
        stopped += damaged_check(s, "cut", path, cuts[i]);
        repaired_check(s);
    }
    scene_restore(s);
    unlink(path);
    stopped += damaged_check(s, "gone", path, 0);
    repaired_check(s);
    for (size_t at = 0; at < len; at += len < 256 ? 3 : 13) {
        scene_restore(s);
        data[at] ^= (unsigned char)(1 << at % 8);
        bad_file_write(path, data, len);
        data[at] ^= (unsigned char)(1 << at % 8);
        stopped += damaged_check(s, "bit flipped", path, at);
        repaired_check(s);
    }
    free(data);
    return stopped;
}

static void scene_damage_each_file(struct scene *s, unsigned files_least)
{
    assert_true(s->files.count >= files_least);
    for (unsigned i = 0; i < s->files.count; i++)
        if (file_damage(s, s->files.paths[i]) == 0)
            fail_msg("no damage of %s was noticed", s->files.paths[i]);
    scene_restore(s);
    scene_end(s);
}

static void damaged_packs_and_indexes_stop_their_log_alone(void **state)
{
    struct scene s;

    (void)state;
    tablets_begin(&s, false);
    scene_damage_each_file(&s, 2);
}

static void damaged_loose_objects_stop_their_log_alone(void **state)
{
    struct scene s;

    (void)state;
    tablets_begin(&s, true);
    scene_damage_each_file(&s, 3);
}

static void damage_to_centrals_log_stops_it_on_a_tablet_until_the_hub_is_repaired(void **state)
{
    struct scene s;

    (void)state;
    central_begin(&s);
    scene_damage_each_file(&s, 2);
}

/* --- a newcomer reads everything, the genesis commit too --- */

static void any_damage_leaves_a_newcomer_waiting_and_never_with_wrong_rows(void **state)
{
    struct fleet f;
    struct folder_state *good;
    struct bad_files files;
    const char *hub;

    (void)state;
    bad_begin(&f, 8);
    hub = bad_path(f.folder, "hub0.git");
    unpack_all(hub);
    good = folder_remember(hub);
    files = bad_files_find(bad_path(hub, "objects"), "");
    assert_true(files.count > 20);
    for (unsigned i = 0; i < files.count; i++) {
        struct crash_vfs *vfs = crash_vfs_new("newcomer");
        struct fleet one = { .count = 1 }; /* so that the helpers can look at it */
        struct fleet_device *d = &one.devices[0];
        struct jemput_sync_report report;
        struct jemput_error err;
        char *invitation, *rows;
        size_t len;

        assert_int_equal(jemput_invite(f.devices[0].jemput, "petugas", "", "", f.devices[0].sim.wall_ms + 1000000, &invitation, &len, &err), JEMPUT_OK);
        sim_env_init(&d->sim, vfs, 1000 + i);
        assert_int_equal(jemput_join(&d->jemput, "n.db", invitation, len, &d->sim.env, &err), JEMPUT_OK);
        jemput_text_free(invitation);
        d->sql = jemput_app(d->jemput);
        sim_env_use_real_files(&d->sim, jemput_env_posix());

        if (i % 2)
            unlink(files.paths[i]);
        else
            bad_file_write(files.paths[i], "x", 1);
        if (bad_sync(&one, 0, hub, &report, &err))
            fail_msg("%s: %s", files.paths[i], err.text);
        rows = fleet_rows(&one, 0, "SELECT count(*) FROM warga WHERE nama NOT IN ('a', 'b', 'c')");
        assert_string_equal(rows, "0\n");
        free(rows);
        folder_restore(good);
        if (bad_sync(&one, 0, hub, &report, &err) || bad_sync(&f, 0, hub, &report, &err) || bad_sync(&one, 0, hub, &report, &err))
            fail_msg("%s, repaired: %s", files.paths[i], err.text);
        bad_expect_names(&one, 0, "abc"); /* the office has let it in meanwhile: it has the keys */
        fleet_verify(&one, 0);
        folder_restore(good); /* without the newcomer's request */
        jemput_close(d->jemput);
        crash_vfs_free(vfs);
    }
    bad_files_free(&files);
    folder_forget(good);
    fleet_settle(&f, 0);
    bad_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_packs_and_indexes_stop_their_log_alone),
        cmocka_unit_test(damaged_loose_objects_stop_their_log_alone),
        cmocka_unit_test(damage_to_centrals_log_stops_it_on_a_tablet_until_the_hub_is_repaired),
        cmocka_unit_test(any_damage_leaves_a_newcomer_waiting_and_never_with_wrong_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
