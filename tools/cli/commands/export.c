/* commands/export.c — `jemput export`: a table or a query as CSV that a spreadsheet does not spoil (csv_writer.h). */
#include "cmd.h"

#include <string.h>

#include "failure.h"
#include "file.h"
#include "query.h"
#include "space.h"
#include "text.h"

static int export_write(sqlite3 *db, sqlite3_stmt *stmt, bool raw, const char *path)
{
    FILE *out = stdout;
    int code = EXIT_OK, rc;
    size_t rows;

    if (path && strcmp(path, "-") != 0) {
        out = file_new(path, &code);
        if (!out)
            return code;
    }
    rc = query_print(stmt, raw ? QUERY_CSV : QUERY_CSV_GUARDED, out, &rows);
    if (rc != SQLITE_DONE) {
        if (out != stdout)
            file_drop(out, path);
        return failure_sql(db, "export");
    }
    if (out == stdout)
        return EXIT_OK;
    code = file_finish(out, path);
    if (!code)
        fprintf(stderr, T("%zu baris ditulis ke %s\n", "%zu rows written to %s\n"), rows, path);
    return code;
}

static int export_prepare(struct jemput *jemput, const char *table, const char *query, sqlite3_stmt **stmt)
{
    sqlite3 *db = jemput_app(jemput);
    char *sql = NULL;
    int rc;

    if (table && !space_has(jemput, table)) {
        struct jemput_error err = { .status = JEMPUT_NOTFOUND };

        snprintf(err.text, sizeof err.text, T("tabel '%s' tidak ada", "there is no table '%s'"), table);
        return failure_status(&err);
    }
    if (table)
        sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    rc = sqlite3_prepare_v2(db, table ? sql : query, -1, stmt, NULL);
    sqlite3_free(sql);
    if (rc != SQLITE_OK)
        return failure_sql(db, "export");
    if (*stmt && sqlite3_stmt_readonly(*stmt) && sqlite3_column_count(*stmt) > 0)
        return EXIT_OK;
    sqlite3_finalize(*stmt);
    return failure_usage("export", "%s", T("--query hanya untuk SELECT", "--query is for SELECT only"));
}

struct left_out { /* held rows of the table */
    const char *table;
    unsigned count;
};

static int left_out_see(void *ctx, const struct jemput_held_row *row)
{
    struct left_out *left = ctx;

    left->count += sqlite3_stricmp(row->table, left->table) == 0;
    return 0;
}

/* They are the table's, too, and whoever hands the file on should know. The export stands even if they cannot be counted. */
static void left_out_tell(struct jemput *jemput, const char *table)
{
    struct left_out left = { .table = table };
    struct jemput_error err;

    if (jemput_held_rows(jemput, left_out_see, &left, &err))
        fputs(T("Apakah ada baris yang tertahan tidak dapat dilihat sekarang: jemput held\n", "Whether rows are held cannot be told now: jemput held\n"),
              stderr);
    else if (left.count)
        fprintf(stderr,
                T("%u baris tabel ini tertahan dan tidak ikut: jemput held; sebagai CSV: --query \"SELECT * FROM jemput_held\"\n",
                  "%u rows of this table are held, and not in it: jemput held; as CSV: --query \"SELECT * FROM jemput_held\"\n"),
                left.count);
}

static int cmd_export(struct cli *cli, int argc, char **argv)
{
    const char *query = NULL, *out = NULL;
    bool raw = false;
    const struct option_spec specs[] = {
        { .name = "query",
          .argument = "SQL",
          .value = &query,
          .help = T("hasil kueri ini, bukan satu tabel", "the result of this query instead of a table") },
        { .name = "out",
          .argument = "FILE",
          .value = &out,
          .help =
              T("berkas baru, hanya terbaca pemiliknya; tanpa ini: keluaran baku", "new file, readable by its owner only; else standard output") },
        { .name = "raw", .flag = &raw, .help = T("tanpa tanda petik pengaman", "without guarding apostrophes") },
    };
    sqlite3_stmt *stmt = NULL;
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 1, &code))
        return code;
    if ((argc == 1) == (query != NULL))
        return failure_usage("export", "%s", T("sebutkan TABLE atau --query, salah satu", "give TABLE or --query, one of them"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = export_prepare(jemput, argc == 1 ? argv[0] : NULL, query, &stmt);
    if (!code) {
        code = export_write(jemput_app(jemput), stmt, raw, out);
        sqlite3_finalize(stmt);
    }
    if (!code && argc == 1)
        left_out_tell(jemput, argv[0]);
    jemput_close(jemput);
    return code;
}

const struct command command_export = {
    .name = "export",
    .operands = "TABLE | --query SQL [--out FILE] [--raw]",
    .summary_id = "Tulis tabel atau kueri sebagai CSV.",
    .summary_en = "Write a table or a query as CSV.",
    .example = "jemput -s pusat.db export v_permohonan --out permohonan.csv",
    .run = cmd_export,
    .more_id =
        "Agar lembar sebar membacanya sebagai teks, sel teks yang diawali = + - @ ' TAB CR, dan angka panjang atau berawalan nol (NIK, KK, RT), "
        "diberi tanda petik (') di depan, juga di belakang ; TAB atau ganti baris di dalam sel; impor "
        "membuangnya lagi. --raw: tanpa tanda itu, untuk program.\n"
        "Baris yang tertahan (jemput held) tidak ikut; kalau ada, jumlahnya disebut di stderr.",
    .more_en =
        "So that a spreadsheet takes them as text, text cells that begin with = + - @ ' TAB CR, and long numbers or ones with leading zeros "
        "(NIK, KK, RT), get an apostrophe (') in front, and so behind ; TAB or a line break inside a cell; import "
        "takes it off again. --raw: without it, for programs.\n"
        "Held rows (jemput held) are not in it; if there are any, stderr says how many.",
};
