/* commands/recap.c — `jemput recap`: what the monthly report of the office needs, from the schema's views. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "failure.h"
#include "json.h"
#include "space.h"
#include "table.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

/* Shares as v_rekap_persen has them (two decimals, half up, in whole numbers), but over the chosen kelurahan alone. */
static const char recap_sql[] =
    "WITH r AS (SELECT bulan, layanan, sum(jumlah) AS n FROM v_rekap_bulanan"
    "            WHERE (?1 IS NULL OR bulan=?1) AND (?2 IS NULL OR kelurahan=?2) GROUP BY bulan, layanan),"
    "     t AS (SELECT bulan, sum(n) AS n FROM r GROUP BY bulan),"
    "     h AS (SELECT r.bulan, r.layanan, r.n, t.n AS semua, (20000*r.n + t.n) / (2*t.n) AS h FROM r JOIN t ON t.bulan=r.bulan) "
    "SELECT bulan, semua, layanan, n, h FROM h ORDER BY bulan, n DESC, layanan";

enum { MONTH, TOTAL, SERVICE, COUNT, SHARE };

struct recap {
    bool json;
    struct json out;
    struct table table;
    struct buffer month; /* being printed */
    int64_t total;
    size_t months;
};

static const char *column(sqlite3_stmt *stmt, int index)
{
    const char *text = (const char *)sqlite3_column_text(stmt, index);

    return text ? text : "";
}

static void month_end(struct recap *r)
{
    if (r->months == 0)
        return;
    if (r->json) {
        json_end_array(&r->out);
        json_end_object(&r->out);
        return;
    }
    table_text(&r->table, T("Jumlah", "Total"));
    table_format(&r->table, "%" PRId64, r->total);
    table_text(&r->table, "");
    table_print(&r->table, stdout);
}

static void month_begin(struct recap *r, sqlite3_stmt *stmt)
{
    month_end(r);
    r->months++;
    r->month.len = 0;
    buffer_text(&r->month, column(stmt, MONTH));
    r->total = sqlite3_column_int64(stmt, TOTAL);
    if (r->json) {
        json_object(&r->out, NULL);
        json_text(&r->out, "month", buffer_string(&r->month));
        json_integer(&r->out, "total", r->total);
        json_array(&r->out, "services");
        return;
    }
    terminal_style(stdout, TERMINAL_BOLD);
    fputs(r->months > 1 ? "\n" : "", stdout);
    terminal_text(stdout, buffer_string(&r->month), r->month.len);
    fputc('\n', stdout);
    terminal_style(stdout, TERMINAL_PLAIN);
    table_columns(&r->table, 3);
    table_text(&r->table, T("layanan", "service"));
    table_text(&r->table, T("jumlah", "count"));
    table_text(&r->table, "%");
}

static void service(struct recap *r, sqlite3_stmt *stmt)
{
    int64_t share = sqlite3_column_int64(stmt, SHARE); /* in hundredths of a percent */

    if (r->months == 0 || strcmp(buffer_string(&r->month), column(stmt, MONTH)) != 0)
        month_begin(r, stmt);
    if (!r->json) {
        table_text(&r->table, column(stmt, SERVICE));
        table_format(&r->table, "%" PRId64, (int64_t)sqlite3_column_int64(stmt, COUNT));
        table_format(&r->table, "%" PRId64 ".%02" PRId64, share / 100, share % 100);
        return;
    }
    json_object(&r->out, NULL);
    json_text(&r->out, "service", column(stmt, SERVICE));
    json_integer(&r->out, "count", sqlite3_column_int64(stmt, COUNT));
    json_hundredths(&r->out, "share", share);
    json_end_object(&r->out);
}

static int recap(struct recap *r, sqlite3 *db, const char *month, const char *kelurahan)
{
    sqlite3_stmt *stmt;
    int rc;

    if (sqlite3_prepare_v2(db, recap_sql, -1, &stmt, NULL) != SQLITE_OK)
        return failure_sql(db, "recap");
    sqlite3_bind_text(stmt, 1, month, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, kelurahan, -1, SQLITE_STATIC);
    if (r->json)
        json_array(&r->out, NULL);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        service(r, stmt);
    month_end(r);
    if (r->json)
        json_end_array(&r->out);
    else if (rc == SQLITE_DONE && r->months == 0)
        puts(T("Tidak ada permohonan.", "There are no applications."));
    sqlite3_finalize(stmt);
    buffer_release(&r->month);
    return rc == SQLITE_DONE ? EXIT_OK : failure_sql(db, "recap");
}

static bool month_valid(const char *month)
{
    unsigned number = 0;
    char end;

    return strlen(month) == 7 && strspn(month, "0123456789") == 4 && month[4] == '-' && strspn(month + 5, "0123456789") == 2 &&
           sscanf(month + 5, "%2u%c", &number, &end) == 1 && number >= 1 && number <= 12;
}

static int cmd_recap(struct cli *cli, int argc, char **argv)
{
    struct recap r = { .out = { .out = stdout } };
    const char *month = NULL, *kelurahan = NULL;
    const struct option_spec specs[] = {
        { .name = "month", .argument = "YYYY-MM", .value = &month, .help = T("hanya bulan ini; tanpa ini: semua", "only this month; else all") },
        { .name = "kelurahan",
          .argument = "CODE",
          .value = &kelurahan,
          .help = T("hanya kode wilayah ini, mis. 16.74.05.1003", "only this region code, e.g. 16.74.05.1003") },
    };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    if (month && !month_valid(month))
        return failure_usage("recap", "%s", T("--month: tulis tahun-bulan, misalnya 2022-12", "--month: write year-month, such as 2022-12"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    r.json = cli->json;
    if (space_has(jemput, "v_rekap_bulanan"))
        code = recap(&r, jemput_app(jemput), month, kelurahan);
    else
        code = failure_problem("%s", T("skema ruang ini tidak punya v_rekap_bulanan; rekap ada pada skema adminduk",
                                       "the schema of this space has no v_rekap_bulanan; the recap belongs to the adminduk schema"));
    jemput_close(jemput);
    return code;
}

const struct command command_recap = {
    .name = "recap",
    .operands = "[--month YYYY-MM] [--kelurahan CODE]",
    .summary_id = "Rekap permohonan per bulan dan layanan.",
    .summary_en = "Applications by month and service.",
    .example = "jemput -s pusat.db recap --month 2022-12",
    .run = cmd_recap,
    .json = true,
};
