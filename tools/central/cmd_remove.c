/* cmd_remove.c — `jemput central remove`: a space that is over is followed no more. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base.h"
#include "commands.h"
#include "leave.h"
#include "lease.h"
#include "pgtarget.h"

enum { WAIT_TRIES = 40, WAIT_US = 500000 }; /* a round that is at work has a moment to end */

struct removing {
    const char *rows, *confirm;
    struct office office;
    struct space space;
};

/* The name, typed: from the option, or from the next line. */
static bool confirmed(const struct removing *r)
{
    char line[NAME_BYTES + 2];

    if (r->confirm)
        return strcmp(r->confirm, r->space.name) == 0;
    printf(T("%s tidak akan diikuti lagi%s. Berkas datanya tetap ada; jemput central add mengembalikannya.\nKetik nama ruang itu: ",
             "%s will not be followed any more%s. Its store stays; jemput central add brings it back.\nType the name of the space: "),
           r->space.name, strcmp(r->rows, "drop") == 0 ? T(", dan semua barisnya di sini dan di PostgreSQL dihapus",
                                                            ", and all its rows here and in PostgreSQL are deleted") : "");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        return false;
    line[strcspn(line, "\r\n")] = '\0';
    return strcmp(line, r->space.name) == 0;
}

static int lease_wait(struct removing *r, struct trouble *why)
{
    bool held = false;

    for (unsigned i = 0; !held && i < WAIT_TRIES; i++) {
        if (i > 0)
            usleep(WAIT_US);
        if (lease_take(&r->office, r->space.id, lease_holder(), now_ms(), &held, why))
            return -1;
    }
    return held ? 0 : trouble_set(why, TROUBLE_LATER, "central is at work on it: try again");
}

static int rows_drop(struct removing *r, int64_t *here, int64_t *there, struct trouble *why)
{
    struct target *postgres = NULL;
    int rc = 0;

    *there = 0;
    if (r->office.postgres[0]) {
        rc = target_postgres.open(&postgres, &r->office, why) || leave_postgres(postgres, &r->space, there, why) ? -1 : 0;
        target_postgres.close(postgres);
    }
    return rc || leave_lite(&r->office, r->space.id, here, why) ? -1 : 0;
}

static int space_remove(struct removing *r)
{
    int64_t here = 0, there = 0;
    struct trouble why;
    int rc = leave_note(&r->office, r->space.id, &why) || lease_wait(r, &why) ? -1 : 0;

    if (!rc && strcmp(r->rows, "drop") == 0)
        rc = rows_drop(r, &here, &there, &why);
    if (leases_drop(&r->office, lease_holder(), &(struct trouble){ 0 }) && !rc)
        rc = 0; /* it ends by itself */
    if (rc)
        return problem(T("%s tidak diikuti lagi, tetapi barisnya masih ada: %s", "%s is not followed any more, but its rows are still there: %s"),
                       r->space.name, why.text);
    printf(T("%s tidak diikuti lagi.", "%s is not followed any more."), r->space.name);
    if (strcmp(r->rows, "drop") == 0)
        printf(T(" Dihapus: %" PRId64 " baris di central.db, %" PRId64 " di PostgreSQL; cadangan dan WAL PostgreSQL urusan kantor.",
                 " Deleted: %" PRId64 " lines in central.db, %" PRId64 " in PostgreSQL; backups, and PostgreSQL's WAL, are the office's."),
               here, there);
    printf(T("\nBerkas datanya: %s. Mengembalikan: jemput central add %s %s\n", "\nIts store: %s. To bring it back: jemput central add %s %s\n"),
           r->space.store, r->office.folder, r->space.name);
    return EXIT_DONE;
}

static int remove_run(const struct office_command *self, int argc, char **argv)
{
    struct removing r = { .rows = NULL };
    const struct option_spec specs[] = {
        { "rows", "keep|drop", &r.rows, NULL, "barisnya di central.db dan PostgreSQL: tetap, atau dihapus",
          "its rows in central.db and PostgreSQL: stay, or go" },
        { "confirm", "NAME", &r.confirm, NULL, "nama ruang sekali lagi; tanpa ini ditanyakan", "the space's name once more; else it is asked for" },
    };
    struct trouble why;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 2, 2, &code))
        return code;
    if (!r.rows || (strcmp(r.rows, "keep") != 0 && strcmp(r.rows, "drop") != 0))
        return wrong_use(self, "%s", T("--rows keep atau --rows drop: pilih salah satu", "--rows keep or --rows drop: choose"));
    if (office_open(&r.office, argv[0], false, &why) || space_find(&r.space, &r.office, argv[1], &why))
        code = problem("%s", why.text);
    else if (!confirmed(&r))
        code = problem("%s", T("nama ruangnya lain: tidak ada yang diubah", "that is not the space's name: nothing was changed"));
    else
        code = space_remove(&r);
    office_close(&r.office);
    return code;
}

const struct office_command command_remove = {
    .name = "remove",
    .operands = "DIR NAME --rows keep|drop [--confirm NAME]",
    .summary_id = "Ruang yang sudah selesai: tidak diikuti lagi.",
    .summary_en = "A space that is over: it is followed no more.",
    .more_id = "keep: barisnya tetap untuk ekspor dan di PostgreSQL. drop: dihapus dari keduanya. Halaman konsol tidak menampilkannya lagi.\n"
               "Berkas datanya (spaces/NAME.db), hub, dan jejak siapa melihat apa tidak disentuh. Mengembalikan: jemput central add DIR NAME.",
    .more_en = "keep: its rows stay for exports and in PostgreSQL. drop: they are deleted in both. The console's page shows it no more.\n"
               "Its store (spaces/NAME.db), the hub, and who saw what are not touched. To bring it back: jemput central add DIR NAME.",
    .example = "jemput central remove /srv/pusat wonosari --rows keep",
    .run = remove_run,
};
