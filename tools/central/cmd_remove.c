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
    const char *rows, *lines, *confirm; /* options; NULL = not given */
    bool drop;
    struct office office;
    struct space space;
    struct target *postgres;    /* NULL = the office has none */
    struct leave_outbox outbox; /* there */
    int64_t here, there;        /* lines that went */
};

/* The name, typed: from the option, or from the next line. */
static bool confirmed(const struct removing *r)
{
    char line[NAME_BYTES + 2];

    if (r->confirm)
        return strcmp(r->confirm, r->space.name) == 0;
    printf(T("%s tidak akan diikuti lagi%s. Berkas datanya tetap ada; jemput central add mengembalikannya.\nKetik nama ruang itu: ",
             "%s will not be followed any more%s. Its store stays; jemput central add brings it back.\nType the name of the space: "),
           r->space.name, r->drop ? T(", dan semua barisnya di sini dan di PostgreSQL dihapus",
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

/* Rounds of other programs keep away as long as the space has left; that this lease is kept, too, spares them the look. */
static void lease_keep(void *ctx)
{
    struct removing *r = ctx;
    struct trouble unsaid;
    bool held;

    (void)lease_take(&r->office, r->space.id, lease_holder(), now_ms(), &held, &unsaid);
}

static int rows_leave(struct removing *r, struct trouble *why)
{
    const struct leave_how how = { r->drop, r->lines != NULL, lease_keep, r };

    if (r->postgres && leave_postgres(r->postgres, &r->space, &how, &r->there, &r->outbox, why))
        return -1;
    lease_keep(r);
    return r->drop ? leave_lite(&r->office, r->space.id, &r->here, why) : 0;
}

/* What PostgreSQL alone has goes with a word of its own only. Asked before anything is done, and once more where nobody can add to it any more. */
static int unsigned_check(struct removing *r)
{
    struct trouble why;

    if (!r->office.postgres[0])
        return EXIT_DONE;
    if ((target_postgres.open(&r->postgres, &r->office, &why) || leave_waiting(r->postgres, &r->space, &r->outbox, &why)) && r->drop)
        return problem(T("%s; tidak ada yang diubah", "%s; nothing was changed"), why.text);
    if (!r->drop || r->lines || !r->outbox.waiting)
        return EXIT_DONE;
    return problem(T("%" PRId64 " perubahan dari sistem kantor di PostgreSQL belum ditandatangani, dan akan ikut terhapus. Biarkan pusat\n"
                     "menandatanganinya dulu (jemput central run %s --once; ruang yang sudah dilepas: jemput central add lebih dulu), atau\n"
                     "--unsigned drop. Tidak ada yang diubah.",
                     "%" PRId64 " changes by the office's systems in PostgreSQL are not signed yet, and would be deleted. Let central sign\n"
                     "them first (jemput central run %s --once; of a space that has left already: jemput central add before that), or say\n"
                     "--unsigned drop. Nothing was changed."),
                   r->outbox.waiting, r->office.folder);
}

static void told(const struct removing *r)
{
    printf(T("%s tidak diikuti lagi.", "%s is not followed any more."), r->space.name);
    if (r->drop)
        printf(T(" Dihapus: %" PRId64 " baris di central.db, %" PRId64 " di PostgreSQL; cadangan dan WAL PostgreSQL urusan kantor.",
                 " Deleted: %" PRId64 " lines in central.db, %" PRId64 " in PostgreSQL; backups, and PostgreSQL's WAL, are the office's."),
               r->here, r->there);
    if (r->outbox.waiting || (r->drop && r->outbox.refused))
        printf(r->drop ? T(" Di antaranya perubahan dari sistem kantor: %" PRId64 " belum ditandatangani, %" PRId64 " ditolak.",
                           " Among them changes by the office's systems: %" PRId64 " unsigned, %" PRId64 " refused.")
                       : T(" %" PRId64 " perubahan dari sistem kantor menunggu di PostgreSQL, dan ditandatangani bila ruangnya kembali (%" PRId64
                           " ditolak).",
                           " %" PRId64 " changes by the office's systems wait in PostgreSQL, and are signed if the space comes back (%" PRId64
                           " refused)."),
               r->outbox.waiting, r->outbox.refused);
    printf(T("\nBerkas datanya: %s. Mengembalikan: jemput central add %s %s\n", "\nIts store: %s. To bring it back: jemput central add %s %s\n"),
           r->space.store, r->office.folder, r->space.name);
}

static int space_remove(struct removing *r)
{
    struct trouble why, unsaid;
    int rc = leave_note(&r->office, r->space.id, &why) || lease_wait(r, &why) || rows_leave(r, &why) ? -1 : 0;

    (void)leases_drop(&r->office, lease_holder(), &unsaid); /* it ends by itself */
    if (!rc) {
        told(r);
        return EXIT_DONE;
    }
    if (why.kind == TROUBLE_MOVED) {
        (void)space_poke(&r->office, r->space.id, &unsaid);
        return problem(T("%s: %s; barisnya tetap, atau datang lagi", "%s: %s; its rows stay, or come anew"), r->space.name, why.text);
    }
    if (r->drop)
        return problem(T("%s tidak diikuti lagi, tetapi barisnya masih ada: %s", "%s is not followed any more, but its rows are still there: %s"),
                       r->space.name, why.text);
    return problem(T("%s tidak diikuti lagi, tetapi PostgreSQL belum diberi tahu, dan perubahan di sana tidak dibaca siapa pun: %s\n"
                     "Ulangi perintah ini.",
                     "%s is not followed any more, but PostgreSQL was not told, and nobody reads changes there: %s\nGive this command again."),
                   r->space.name, why.text);
}

static int remove_run(const struct office_command *self, int argc, char **argv)
{
    struct removing r = { .rows = NULL };
    const struct option_spec specs[] = {
        { "rows", "keep|drop", &r.rows, NULL, "barisnya di central.db dan PostgreSQL: tetap, atau dihapus",
          "its rows in central.db and PostgreSQL: keep or delete" },
        { "unsigned", "drop", &r.lines, NULL, "drop: juga perubahan dari sistem kantor di PostgreSQL yang belum ditandatangani",
          "drop: also drop changes by the office's systems in PostgreSQL that are not signed yet" },
        { "confirm", "NAME", &r.confirm, NULL, "nama ruang sekali lagi; tanpa ini ditanyakan",
          "the space's name once more (default: it is asked for)" },
    };
    struct trouble why;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 2, 2, &code))
        return code;
    if (!r.rows || (strcmp(r.rows, "keep") != 0 && strcmp(r.rows, "drop") != 0))
        return wrong_use(self, "%s", T("--rows keep atau --rows drop: pilih salah satu", "--rows keep or --rows drop: choose"));
    r.drop = strcmp(r.rows, "drop") == 0;
    if (r.lines && (!r.drop || strcmp(r.lines, "drop") != 0))
        return wrong_use(self, "%s", T("--unsigned drop, dan hanya dengan --rows drop", "--unsigned drop, and with --rows drop alone"));
    if (office_open(&r.office, argv[0], false, &why) || space_find(&r.space, &r.office, argv[1], &why))
        code = problem("%s", why.text);
    else if (!confirmed(&r))
        code = problem("%s", T("nama ruangnya lain: tidak ada yang diubah", "that is not the space's name: nothing was changed"));
    else
        code = unsigned_check(&r);
    if (!code)
        code = space_remove(&r);
    target_postgres.close(r.postgres);
    office_close(&r.office);
    return code;
}

const struct office_command command_remove = {
    .name = "remove",
    .operands = "FOLDER NAME --rows keep|drop [--unsigned drop] [--confirm NAME]",
    .summary_id = "Ruang yang sudah selesai: tidak diikuti lagi.",
    .summary_en = "Stop following a space that is over.",
    .more_id = "keep: barisnya tetap untuk ekspor dan di PostgreSQL, yang menolak perubahan padanya. drop: dihapus dari keduanya, juga dari\n"
               "jemput.outbox; ada perubahan di sana yang belum ditandatangani: ditolak, kecuali --unsigned drop. Halaman konsol tidak\n"
               "menampilkannya lagi.\n"
               "Berkas datanya (spaces/NAME.db), hub, dan jejak siapa melihat apa tidak disentuh. Mengembalikan: jemput central add FOLDER NAME.",
    .more_en = "keep: its rows stay for exports and in PostgreSQL, which refuses changes of them. drop: they are deleted in both,\n"
               "and from jemput.outbox; while a change waits there unsigned, this is refused without --unsigned drop. The console's page\n"
               "no longer shows it.\n"
               "Its store (spaces/NAME.db), the hub, and who saw what are not touched. To bring it back: jemput central add FOLDER NAME.",
    .example = "jemput central remove /srv/pusat wonosari --rows keep",
    .run = remove_run,
};
