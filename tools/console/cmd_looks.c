/* cmd_looks.c — `jemput console looks`: who saw what, does its chain hold, and what an administrator says of a gap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <sqlite3.h>

#include "adminstore.h"
#include "anchor.h"
#include "base.h"
#include "console.h"
#include "json.h"
#include "looks.h"
#include "moment.h"

enum { REASON_LEAST = 10 }; /* letters: "restored" alone says nothing */

struct verifying {
    struct json json; /* .out: what is told, which goes out once it is whole */
    bool as_json;
};

/* A gap that an administrator has acknowledged is no alarm; it is told whenever somebody looks. */
static void gap_tell(void *ctx, const struct anchor_gap *gap)
{
    struct verifying *v = ctx;
    struct json *j = &v->json;
    char when[MOMENT_BYTES];

    if (v->as_json) {
        json_object(j, NULL);
        json_text(j, "space", gap->space);
        json_text(j, "code", gap->code);
        json_integer(j, "entry", gap->n);
        json_bool(j, "acknowledged", gap->reason != NULL);
        json_text(j, "reason", gap->reason ? gap->reason : "");
        json_integer(j, "device", gap->reason ? gap->device : 0);
        json_integer(j, "at_ms", gap->reason ? gap->at_ms : 0);
        json_end_object(j);
    } else if (gap->reason) {
        moment_local(when, gap->at_ms);
        fprintf(j->out, T("Diakui: catatan %lld di ruang %s (%s) tidak ada lagi; perangkat %lld, %s: %s\n",
                          "Acknowledged: entry %lld in space %s (%s) is not there any more; device %lld, %s: %s\n"),
                (long long)gap->n, gap->space, gap->code, (long long)gap->device, when, gap->reason);
    }
}

static void head_json(struct json *j, const struct looks_head *head, const struct anchor_check *anchors, const char *hex)
{
    json_integer(j, "entries", head->count);
    json_text(j, "hash", hex);
    json_bool(j, "holds", head->broken == 0);
    json_integer(j, "broken", head->broken);
    json_integer(j, "anchors", anchors->anchors);
    json_integer(j, "missing", anchors->missing);
    json_integer(j, "acknowledged", anchors->acknowledged);
    json_integer(j, "cut", anchors->cut);
}

static void head_print(FILE *out, const struct looks_head *head, const struct anchor_check *anchors, const char *hex)
{
    if (head->broken) {
        fprintf(out, T("RUSAK: catatan %lld bukan sambungan dari yang sebelumnya. %lld catatan sebelumnya utuh.\n",
                       "BROKEN: entry %lld does not follow the one before. The %lld before it hold.\n"),
               (long long)head->broken, (long long)head->count);
    } else if (anchors->missing) {
        fprintf(out, T("TERPOTONG: catatan %lld, yang ditandatangani pusat di ruang %s (%s), tidak ada atau lain isinya. Yang ada: %lld.\n"
                       "Bila looks.db memang dipulihkan dari salinan lama: jemput console looks acknowledge --help\n",
                       "CUT OFF: entry %lld, which central has signed in space %s (%s), is not there, or another. There are %lld.\n"
                       "If looks.db was put back from an older copy: jemput console looks acknowledge --help\n"),
               (long long)anchors->cut, anchors->space, anchors->code, (long long)head->count);
    } else {
        fprintf(out, T("Utuh: %lld catatan. Kepala rantai: %s\n", "It holds: %lld entries. Head of the chain: %s\n"), (long long)head->count, hex);
    }
}

/* Half an object is none that a program can read: nothing is told before all is known. */
static int verify_tell(struct verifying *v, struct office *office, struct looks *looks, bool *holds, struct trouble *why)
{
    char hex[2 * LOOK_HASH_BYTES + 1];
    struct anchor_check anchors;
    struct looks_head head;

    if (looks_verify(looks, &head, why))
        return -1;
    if (v->as_json) {
        json_object(&v->json, NULL);
        json_array(&v->json, "gaps");
    }
    if (anchors_check(&anchors, office, looks, gap_tell, v, why))
        return -1;
    sodium_bin2hex(hex, sizeof hex, head.hash, sizeof head.hash);
    if (v->as_json) {
        json_end_array(&v->json);
        head_json(&v->json, &head, &anchors, hex);
        json_end_object(&v->json);
    } else {
        head_print(v->json.out, &head, &anchors, hex);
    }
    *holds = !head.broken && !anchors.missing;
    return 0;
}

static int verify(struct office *office, struct looks *looks, bool json)
{
    char *text = NULL;
    size_t len = 0;
    struct verifying v = { .json = { .out = open_memstream(&text, &len) }, .as_json = json };
    struct trouble why;
    bool holds = false;
    int rc = v.json.out ? verify_tell(&v, office, looks, &holds, &why) : trouble_set(&why, TROUBLE_LATER, "no memory");

    if (v.json.out && fclose(v.json.out) && !rc)
        rc = trouble_set(&why, TROUBLE_LATER, "no memory");
    if (!rc)
        fwrite(text, 1, len, stdout);
    free(text);
    if (rc)
        return problem("%s", why.text);
    return holds ? EXIT_DONE : EXIT_PROBLEM;
}

/* --- an administrator's word on what a restore has lost --- */

struct asked { /* options; NULL = not given */
    const char *by, *by_key, *reason;
    bool json;
};

static int space_of(struct jemput *admin, struct office *office, struct space *space, struct trouble *why)
{
    struct jemput_info info;
    struct jemput_error err;
    int64_t id = 0;
    char name[24];

    if (jemput_info_get(admin, &info, &err))
        return trouble_engine(why, "the administrator's store", &err);
    if (base_do(office->db, "SELECT id FROM space WHERE hex = ?1", why, NULL, &id, "t", info.space))
        return -1;
    snprintf(name, sizeof name, "%lld", (long long)id);
    return id ? space_find(space, office, name, why) : trouble_set(why, TROUBLE_BROKEN, "that store is of a space that is not here");
}

struct open_gaps { /* of one space */
    int64_t space, count;
};

static void gap_count(void *ctx, const struct anchor_gap *gap)
{
    struct open_gaps *gaps = ctx;

    gaps->count += gap->space_id == gaps->space && !gap->reason;
}

/* Like each look and each act: written down before it is done. What came of it is the signed row itself. */
static int asked_note(struct looks *looks, const struct asked *a, const struct space *space, int64_t count, struct trouble *why)
{
    char who[128], detail[NAME_BYTES + 48];
    const struct look look = { .account = who, .act = "looks", .space = space->id, .detail = detail, .reason = a->reason };

    looks_caller(who, sizeof who);
    snprintf(detail, sizeof detail, "asked acknowledge %lld %s", (long long)count, space->name);
    return looks_add(looks, &look, why);
}

/* A chain that does not hold is no gap: nobody's word mends it. */
static int gaps_acknowledge(struct jemput *admin, struct office *office, struct looks *looks, const struct asked *a, struct space *space,
                            int64_t *count, struct trouble *why)
{
    struct anchor_check check;
    struct open_gaps gaps;
    struct looks_head head;

    if (looks_verify(looks, &head, why))
        return -1;
    if (head.broken)
        return trouble_set(why, TROUBLE_BROKEN, "entry %lld does not follow the one before: that is no gap of a restore", (long long)head.broken);
    if (space_of(admin, office, space, why))
        return -1;
    gaps = (struct open_gaps){ .space = space->id };
    if (anchors_check(&check, office, looks, gap_count, &gaps, why))
        return -1;
    if (!gaps.count)
        return 0;
    return asked_note(looks, a, space, gaps.count, why) || anchors_acknowledge(office, looks, space->id, admin, a->reason, count, why) ? -1 : 0;
}

static int acknowledge(const struct office_command *self, struct office *office, struct looks *looks, const struct asked *a)
{
    struct jemput *admin;
    struct space space;
    struct trouble why;
    int64_t count = 0;
    int rc;

    if (!a->by || !a->reason || strlen(a->reason) < REASON_LEAST)
        return wrong_use(self, "%s", T("acknowledge perlu --by dan --reason, yang menyebut apa yang terjadi",
                                       "acknowledge wants --by, and a --reason that says what happened"));
    admin = adminstore_open(a->by, a->by_key, &why);
    if (!admin)
        return problem("%s", why.text);
    rc = gaps_acknowledge(admin, office, looks, a, &space, &count, &why);
    jemput_close(admin);
    if (rc)
        return problem("%s", why.text);
    if (!count)
        return problem(T("%s: tidak ada celah yang belum diakui", "%s: there is no gap that nobody has acknowledged"), space.name);
    printf(T("%s: %lld celah diakui. Berlaku setelah jemput -s %s sync dan putaran pusat berikutnya; tetap disebut untuk seterusnya.\n",
             "%s: %lld gaps acknowledged. It holds after jemput -s %s sync and central's next round; it is told for ever.\n"),
           space.name, (long long)count, a->by);
    return EXIT_DONE;
}

static int show(struct looks *looks, bool json)
{
    static const char *const names[] = { "n",     "at_ms", "account", "device", "role",   "session", "act",
                                         "space", "tbl",   "key",     "count",  "detail", "reason" };
    struct json j = { .out = stdout };
    sqlite3_stmt *stmt;
    char when[MOMENT_BYTES];
    int rc;

    if (sqlite3_prepare_v2(looks_db(looks),
                           "SELECT n, at_ms, account, device, role, session, act, space, tbl, key, count, detail, reason FROM look ORDER BY n", -1,
                           &stmt, NULL))
        return problem("looks.db: %s", sqlite3_errmsg(looks_db(looks)));
    if (json)
        json_array(&j, NULL);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
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
    if (rc != SQLITE_DONE)
        return problem(T("looks.db: %s; yang di atas belum semuanya", "looks.db: %s; what stands above is not all"), sqlite3_errmsg(looks_db(looks)));
    return EXIT_DONE;
}

static int looks_do(const struct office_command *self, struct office *office, struct looks *looks, const struct asked *a, const char *what)
{
    if (strcmp(what, "show") == 0)
        return show(looks, a->json);
    if (strcmp(what, "verify") == 0)
        return verify(office, looks, a->json);
    if (strcmp(what, "acknowledge") == 0)
        return acknowledge(self, office, looks, a);
    return wrong_use(self, T("'%s': show, verify atau acknowledge", "'%s': show, verify or acknowledge"), what);
}

static int looks_run(const struct office_command *self, int argc, char **argv)
{
    struct asked a = { .by = NULL };
    const struct option_spec specs[] = {
        { "json", NULL, NULL, &a.json, "bagi program", "for programs" },
        { "by", "STORE", &a.by, NULL, "acknowledge: penyimpanan administrator ruang itu", "acknowledge: store of an administrator of that space" },
        { "by-key", "FILE", &a.by_key, NULL, "kuncinya, bila tersegel: 64 angka heksadesimal", "its key, if it is sealed: 64 hexadecimal digits" },
        { "reason", "TEXT", &a.reason, NULL, "acknowledge: apa yang terjadi", "acknowledge: what happened" },
    };
    struct office office;
    struct looks *looks;
    struct trouble why;
    char path[PATH_BYTES];
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 2, 2, &code))
        return code;
    if (office_open(&office, argv[1], true, &why))
        return problem("%s", why.text);
    code = office_path(path, &office, "looks.db") && looks_open(&looks, path, &why) == 0 ? EXIT_DONE : problem("%s", why.text);
    if (!code) {
        code = looks_do(self, &office, looks, &a, argv[0]);
        looks_close(looks);
    }
    office_close(&office);
    return code;
}

/* What a space of an older schema needs; a migration's policy takes the place of the one before. */
#define CLOSING "  jemput -s kantor.db sql \"SELECT jemput_migrate('SELECT jemput_policy(''daftar_kode'', ''admin,pusat'', ''insert; update'')')\""

const struct office_command command_looks = {
    .name = "looks",
    .operands = "show|verify|acknowledge FOLDER [--json] [--by STORE] [--by-key FILE] [--reason TEXT]",
    .summary_id = "Siapa melihat apa: tampilkan, periksa rantainya, akui celah sesudah pemulihan.",
    .summary_en = "Who saw what: show it, check its chain, acknowledge a gap that a restore has left.",
    .more_id = "verify: kode keluar 1 bila sebuah catatan diubah atau hilang, atau rantainya dipotong sebelum sebuah kepala yang\n"
               "tiap malam ditandatangani pusat ini (jemput central run --night) di log tiap ruang; semuanya tetap di sana. Yang\n"
               "sesudah itu: kepala rantai di buku harian (jemput central export FOLDER register).\n"
               "acknowledge: bila looks.db dipulihkan dari salinan lama, catatan sesudahnya hilang, dan verify berkata TERPOTONG.\n"
               "Administrator tiap ruang menandatangani dengan berkas datanya sendiri bahwa itu benar dan mengapa; celahnya tetap disebut.\n"
               "Kepala rantai itu baris daftar_kode, yang tidak boleh dihapus siapa pun. Ruang yang didirikan dengan skema lama masih\n"
               "membolehkannya; administratornya menutupnya sekali, lalu sync:\n"
               CLOSING,
    .more_en = "verify: exit status 1 where an entry was changed or is missing, or the chain was cut off before a head that this\n"
               "central signs every night (jemput central run --night) in the log of each space; all of them stay there. What\n"
               "came since: the head in the daily book (jemput central export FOLDER register).\n"
               "acknowledge: where looks.db was put back from an older copy, what came after that is lost, and verify says CUT OFF.\n"
               "An administrator of each space signs by their own store that this is so, and why; the gap is told for ever.\n"
               "Those heads are rows of daftar_kode, which nobody may delete. A space that was founded with an older schema still lets\n"
               "administrators and central do it; its administrator closes that once, and syncs:\n"
               CLOSING,
    .example = "jemput console looks acknowledge /srv/pusat --by kantor.db --reason 'dipulihkan dari salinan 25 November, disk rusak'",
    .run = looks_run,
};
