/* cmd_looks.c — `jemput console looks`: who saw what, and does its chain hold? */
#include <stdio.h>
#include <string.h>

#include <sodium.h>
#include <sqlite3.h>

#include "anchor.h"
#include "console.h"
#include "json.h"
#include "looks.h"
#include "moment.h"

static void head_print(const struct looks_head *head, const struct anchor_check *anchors, bool json)
{
    char hex[2 * LOOK_HASH_BYTES + 1];

    sodium_bin2hex(hex, sizeof hex, head->hash, sizeof head->hash);
    if (json) {
        struct json j = { .out = stdout };

        json_object(&j, NULL);
        json_integer(&j, "entries", head->count);
        json_text(&j, "hash", hex);
        json_bool(&j, "holds", head->broken == 0);
        json_integer(&j, "broken", head->broken);
        json_integer(&j, "anchors", anchors->anchors);
        json_integer(&j, "missing", anchors->missing);
        json_integer(&j, "cut", anchors->cut);
        json_end_object(&j);
    } else if (head->broken) {
        printf(T("RUSAK: catatan %lld bukan sambungan dari yang sebelumnya. %lld catatan sebelumnya utuh.\n",
                 "BROKEN: entry %lld does not follow the one before. The %lld before it hold.\n"),
               (long long)head->broken, (long long)head->count);
    } else if (anchors->missing) {
        printf(T("TERPOTONG: catatan %lld, yang ditandatangani pusat di ruang %s (%s), tidak ada atau lain isinya. Yang ada: %lld.\n",
                 "CUT OFF: entry %lld, which central has signed in space %s (%s), is not there, or another. There are %lld.\n"),
               (long long)anchors->cut, anchors->space, anchors->code, (long long)head->count);
    } else {
        printf(T("Utuh: %lld catatan. Kepala rantai: %s\n", "It holds: %lld entries. Head of the chain: %s\n"), (long long)head->count, hex);
    }
}

static int verify(struct office *office, struct looks *looks, bool json)
{
    struct anchor_check anchors;
    struct looks_head head;
    struct trouble why;

    if (looks_verify(looks, &head, &why) || anchors_check(&anchors, office, looks, &why))
        return problem("%s", why.text);
    head_print(&head, &anchors, json);
    return head.broken || anchors.missing ? EXIT_PROBLEM : EXIT_DONE;
}

static int show(struct looks *looks, bool json)
{
    static const char *const names[] = { "n",     "at_ms", "account", "device", "role",   "session", "act",
                                         "space", "tbl",   "key",     "count",  "detail", "reason" };
    struct json j = { .out = stdout };
    sqlite3_stmt *stmt;
    char when[MOMENT_BYTES];

    if (sqlite3_prepare_v2(looks_db(looks),
                           "SELECT n, at_ms, account, device, role, session, act, space, tbl, key, count, detail, reason FROM look ORDER BY n", -1,
                           &stmt, NULL))
        return problem("looks.db: %s", sqlite3_errmsg(looks_db(looks)));
    if (json)
        json_array(&j, NULL);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (!json) {
            moment_local(when, sqlite3_column_int64(stmt, 1));
            printf("%6lld  %s  %-16s %-12s %s %s %s  %s\n", (long long)sqlite3_column_int64(stmt, 0), when, sqlite3_column_text(stmt, 2),
                   sqlite3_column_text(stmt, 6), sqlite3_column_text(stmt, 8), sqlite3_column_text(stmt, 9), sqlite3_column_text(stmt, 11),
                   sqlite3_column_text(stmt, 12));
            continue;
        }
        json_object(&j, NULL);
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            if (sqlite3_column_type(stmt, i) == SQLITE_INTEGER)
                json_integer(&j, names[i], sqlite3_column_int64(stmt, i));
            else
                json_text(&j, names[i], (const char *)sqlite3_column_text(stmt, i));
        json_end_object(&j);
    }
    if (json)
        json_end_array(&j);
    sqlite3_finalize(stmt);
    return EXIT_DONE;
}

static int looks_run(const struct office_command *self, int argc, char **argv)
{
    bool json = false;
    const struct option_spec specs[] = { { "json", NULL, NULL, &json, "bagi program", "for programs" } };
    struct office office;
    struct looks *looks;
    struct trouble why;
    char path[PATH_BYTES];
    int code;

    if (!option_read(self, specs, 1, &argc, argv, 2, 2, &code))
        return code;
    if (strcmp(argv[0], "show") != 0 && strcmp(argv[0], "verify") != 0)
        return wrong_use(self, T("'%s': show atau verify", "'%s': show or verify"), argv[0]);
    if (office_open(&office, argv[1], true, &why))
        return problem("%s", why.text);
    code = office_path(path, &office, "looks.db") && looks_open(&looks, path, &why) == 0 ? EXIT_DONE : problem("%s", why.text);
    if (!code) {
        code = argv[0][0] == 's' ? show(looks, json) : verify(&office, looks, json);
        looks_close(looks);
    }
    office_close(&office);
    return code;
}

const struct office_command command_looks = {
    .name = "looks",
    .operands = "show|verify DIR [--json]",
    .summary_id = "Siapa melihat apa: tampilkan, atau periksa rantainya.",
    .summary_en = "Who saw what: show it, or check its chain.",
    .more_id = "verify: kode keluar 1 bila sebuah catatan diubah atau hilang, atau rantainya dipotong sebelum sebuah kepala yang\n"
               "tiap malam ditandatangani pusat ini (jemput central run --night) di log tiap ruang; semuanya tetap di sana. Yang\n"
               "sesudah itu: kepala rantai di buku harian (jemput central export DIR register).",
    .more_en = "verify: exit status 1 where an entry was changed or is missing, or the chain was cut off before a head that this\n"
               "central signs every night (jemput central run --night) in the log of each space; all of them stay there. What\n"
               "came since: the head in the daily book (jemput central export DIR register).",
    .example = "jemput console looks verify /srv/pusat",
    .run = looks_run,
};
