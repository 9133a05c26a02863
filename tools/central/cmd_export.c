/* cmd_export.c — `jemput central export` and `jemput central recap`. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "export.h"
#include "json.h"
#include "recap.h"

struct asked {
    const char *space, *kel, *month, *from, *to, *out, *reason;
    bool small_cells;
};

static int look_add(struct looks *looks, const char *what, const struct asked *a, int64_t space, struct trouble *why)
{
    char who[128], detail[160];
    const struct look look = { .account = who, .act = "export", .space = space, .detail = detail, .reason = a->reason };

    looks_caller(who, sizeof who);
    snprintf(detail, sizeof detail, "%s kel=%s month=%s from=%s to=%s%s", what, a->kel ? a->kel : "", a->month ? a->month : "",
             a->from ? a->from : "", a->to ? a->to : "", a->small_cells ? " small-cells" : "");
    return looks_add(looks, &look, why);
}

static int export_write(const struct export_kind *kind, struct export_asked *of, const struct asked *a, struct looks *looks)
{
    int fd = open(a->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    struct trouble why;
    int64_t rows = 0;

    if (fd == -1)
        return problem("%s: %s", a->out, strerror(errno));
    close(fd);
    if (look_add(looks, kind->name, a, of->space, &why) || kind->write(kind, of, a->out, &rows, &why)) {
        unlink(a->out);
        return problem("%s", why.text);
    }
    printf(T("%s: %lld baris. Alasannya tercatat di looks.db.\n", "%s: %lld rows. The reason is in looks.db.\n"), a->out, (long long)rows);
    return EXIT_DONE;
}

static int export_do(const char *folder, const struct export_kind *kind, const struct asked *a)
{
    struct office office;
    struct space space = { .id = 0 };
    struct looks *looks = NULL;
    struct trouble why;
    char path[PATH_BYTES];
    int code = EXIT_DONE;

    if (office_open(&office, folder, true, &why))
        return problem("%s", why.text);
    if ((a->space && space_find(&space, &office, a->space, &why)) || !office_path(path, &office, "looks.db") || looks_open(&looks, path, &why) ||
        export_reach_all(office.db, &why)) {
        code = problem("%s", why.text);
    } else {
        struct export_asked of = { .db = office.db,
                                   .kel = a->kel,
                                   .month = a->month,
                                   .from = a->from,
                                   .to = a->to,
                                   .space = space.id,
                                   .small_cells = a->small_cells,
                                   .looks = looks,
                                   .folder = office.folder };
        const char *why_id, *why_en;

        code = export_narrows(kind, &of, &why_id, &why_en) ? export_write(kind, &of, a, looks) : problem("%s: %s", kind->name, T(why_id, why_en));
    }
    looks_close(looks);
    office_close(&office);
    return code;
}

static int kinds_print(void)
{
    for (unsigned i = 0; i < export_kind_count; i++)
        printf("  %s\n", export_kinds[i].name);
    return EXIT_WRONG_USE;
}

/* What several tables of one time have in common gives single applications away: so one whole month, when it is over, as on the page. */
static bool publishable(const struct asked *a)
{
    return a->small_cells || (a->month && recap_month_over(a->month) && !a->space && !a->kel && !a->from && !a->to);
}

static int export_run(const struct office_command *self, int argc, char **argv)
{
    struct asked a = { .space = NULL };
    const struct option_spec specs[] = {
        { "space", "NAME", &a.space, NULL, "hanya ruang ini", "this space only" },
        { "kelurahan", "CODE", &a.kel, NULL, "hanya kelurahan ini", "this kelurahan only" },
        { "month", "YYYY-MM", &a.month, NULL, "hanya bulan ini", "this month only" },
        { "from", "DATE", &a.from, NULL, "sejak tanggal ini", "from this date on" },
        { "to", "DATE", &a.to, NULL, "sampai tanggal ini", "up to this date" },
        { "out", "FILE", &a.out, NULL, "berkas baru, hanya terbaca pemiliknya", "new file, readable by its owner only" },
        { "reason", "TEXT", &a.reason, NULL, "alasannya; tercatat di looks.db", "why; written into looks.db" },
        { "small-cells", NULL, NULL, &a.small_cells, "public: tampilkan juga sel kecil", "public: small cells, too" },
    };
    const struct export_kind *kind;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 2, 2, &code))
        return code;
    kind = export_find(argv[1]);
    if (!kind) {
        wrong_use(self, T("'%s': salah satu dari", "'%s': one of"), argv[1]);
        return kinds_print();
    }
    if (!a.out || !a.reason || !a.reason[0])
        return wrong_use(self, "%s", T("sebutkan --out dan --reason", "give --out and --reason"));
    if (strncmp(kind->name, "public", 6) == 0 && !publishable(&a))
        return wrong_use(self, "%s", T("public.csv adalah satu bulan yang sudah lewat, seluruhnya: --month saja (untuk dalam kantor: --small-cells)",
                                       "public.csv is one whole month that is over: --month alone (inside the office: --small-cells)"));
    return export_do(argv[0], kind, &a);
}

const struct office_command command_export = {
    .name = "export",
    .operands = "FOLDER WHAT --out FILE --reason TEXT [--space NAME] [--kelurahan CODE] [--month YYYY-MM] [--from DATE] [--to DATE] [--small-cells]",
    .summary_id = "Tulis berkas: rekap, permohonan, penduduk (OpenSID), kunjungan, buku harian, jejak.",
    .summary_en = "Write a file: recap, applications, persons (OpenSID), visits, the daily book, who saw what.",
    .more_id = "WHAT: recap.csv recap.xlsx public.csv applications.csv applications.xlsx persons.csv persons.xlsx visits.csv\n"
               "visits.geojson register.html looks.csv looks.json. public.csv boleh diumumkan: sel 1 sampai 4 dan sel lain yang\n"
               "membukanya ditulis *; satu bulan seluruhnya, setelah lewat. persons memuat NIK: hanya bagi Instansi Pelaksana.",
    .more_en = "WHAT: recap.csv recap.xlsx public.csv applications.csv applications.xlsx persons.csv persons.xlsx visits.csv\n"
               "visits.geojson register.html looks.csv looks.json. public.csv may be published: cells of 1 to 4, and others that\n"
               "would give them away, are written *; one whole month, once it is over. persons holds NIKs: for the civil registry alone.",
    .example = "jemput central export /srv/pusat public.csv --month 2022-12 --out rekap.csv --reason 'laporan bulanan'",
    .run = export_run,
};

/* --- the recap --- */

static void shares_print(const struct recap *r, bool json, const char *month)
{
    struct recap_share shares[64];
    int64_t total;
    unsigned count = recap_shares(r, shares, 64, &total);
    struct json j = { .out = stdout };

    if (!json) {
        for (unsigned i = 0; i < count; i++)
            printf("%-24s %6lld  %3lld.%02lld %%\n", shares[i].service, (long long)shares[i].count, (long long)shares[i].hundredths / 100,
                   (long long)shares[i].hundredths % 100);
        printf("%-24s %6lld\n", T("Jumlah", "Total"), (long long)total);
        return;
    }
    json_object(&j, NULL);
    json_text(&j, "month", month ? month : "");
    json_integer(&j, "total", total);
    json_array(&j, "services");
    for (unsigned i = 0; i < count; i++) {
        json_object(&j, NULL);
        json_text(&j, "service", shares[i].service);
        json_integer(&j, "count", shares[i].count);
        json_hundredths(&j, "share", shares[i].hundredths);
        json_end_object(&j);
    }
    json_end_array(&j);
    json_end_object(&j);
}

static int recap_run(const struct office_command *self, int argc, char **argv)
{
    struct recap_asked asked = { .month = NULL };
    const char *space_name = NULL;
    bool json = false;
    const struct option_spec specs[] = {
        { "month", "YYYY-MM", &asked.month, NULL, "hanya bulan ini", "this month only" },
        { "kelurahan", "CODE", &asked.kel, NULL, "hanya kelurahan ini", "this kelurahan only" },
        { "space", "NAME", &space_name, NULL, "hanya ruang ini", "this space only" },
        { "json", NULL, NULL, &json, "bagi program", "for programs" },
    };
    struct office office;
    struct space space;
    struct trouble why;
    struct recap r = { 0 };
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    if (office_open(&office, argv[0], true, &why))
        return problem("%s", why.text);
    if ((space_name && space_find(&space, &office, space_name, &why)) ||
        (asked.space = space_name ? space.id : 0, recap_read(&r, office.db, &asked, &why)))
        code = problem("%s", why.text);
    else
        shares_print(&r, json, asked.month);
    recap_release(&r);
    office_close(&office);
    return code;
}

const struct office_command command_recap = {
    .name = "recap",
    .operands = "FOLDER [--month YYYY-MM] [--kelurahan CODE] [--space NAME] [--json]",
    .summary_id = "Rekap permohonan semua ruang per layanan.",
    .summary_en = "Applications of all spaces by service.",
    .example = "jemput central recap /srv/pusat --month 2022-12",
    .run = recap_run,
};
