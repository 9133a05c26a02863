/* commands/sql.c — `jemput sql`: SQL on the app's connection. */
#include "cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "query.h"
#include "space.h"
#include "text.h"

/* Statements as they come, a line at a time. A person may try again after a mistake; a script stops. */
static int sql_read(sqlite3 *db, enum query_format format)
{
    bool person = isatty(STDIN_FILENO) == 1;
    struct buffer sql = { 0 };
    size_t capacity = 0;
    char *line = NULL;
    int code = EXIT_OK;
    ssize_t len;

    while (fputs(person ? sql.len ? "   ...> " : "jemput> " : "", stderr), (len = getline(&line, &capacity, stdin)) >= 0) {
        if (memchr(line, '\0', (size_t)len)) { /* SQLite would read up to there, and run half a statement */
            code = failure_problem("%s",
                                   T("SQL: ada bita NUL; pernyataan itu tidak dijalankan", "SQL: there is a NUL byte; that statement was not run"));
            sql.len = 0;
            break;
        }
        buffer_add(&sql, line, (size_t)len);
        if (!sqlite3_complete(buffer_string(&sql)))
            continue;
        code = query_run(db, buffer_string(&sql), format, stdout);
        fflush(stdout); /* who writes the next statement may first want to read what this one gave */
        sql.len = 0;
        if (code && !person)
            break;
    }
    if (sql.len > 0 && !(code && !person))
        code = query_run(db, buffer_string(&sql), format, stdout);
    if (person)
        fputc('\n', stderr);
    free(line);
    buffer_release(&sql);
    return code;
}

/* Who is no administrator changes rows, and neither the space nor other files. A store too damaged to say is for looking at. */
static void sql_restrict(struct jemput *jemput)
{
    struct jemput_error ignored;
    struct jemput_info info;

    if (jemput_info_get(jemput, &info, &ignored) || !strstr(info.roles, "admin"))
        jemput_restrict(jemput);
}

static int cmd_sql(struct cli *cli, int argc, char **argv)
{
    bool csv = false;
    const struct option_spec specs[] = {
        { .name = "csv", .flag = &csv, .help = T("keluaran CSV, tanpa tanda petik pengaman", "CSV output, without guarding apostrophes") },
    };
    enum query_format format;
    struct jemput *jemput;
    sqlite3 *db;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 1, &code))
        return code;
    if (csv && cli->json)
        return failure_usage("sql", "%s", T("pilih --csv atau --json, tidak keduanya", "choose --csv or --json, not both"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    sql_restrict(jemput);
    db = jemput_app(jemput);
    format = cli->json ? QUERY_JSON : csv ? QUERY_CSV : QUERY_TABLE;
    if (argc == 0 || strcmp(argv[0], "-") == 0)
        code = sql_read(db, format);
    else
        code = query_run(db, argv[0], format, stdout);
    if (!code && !sqlite3_get_autocommit(db))
        code = failure_problem("%s",
                               T("transaksi belum ditutup dengan COMMIT: dibatalkan", "the transaction was not closed by COMMIT: it is rolled back"));
    jemput_close(jemput);
    return code;
}

const struct command command_sql = {
    .name = "sql",
    .operands = "[QUERY|-] [--csv]",
    .summary_id = "Jalankan SQL pada data.",
    .summary_en = "Run SQL on the data.",
    .example = "jemput -s tablet.db sql \"SELECT count(*) FROM permohonan\"",
    .run = cmd_sql,
    .json = true,
    .more_id = "Tanpa QUERY perintah dibaca dari masukan baku. --json: satu larik objek per pernyataan, satu baris masing-masing.\n"
               "Kode keluar 1: sebuah pernyataan gagal, dan yang sesudahnya tidak dijalankan.",
    .more_en = "Without QUERY it is read from standard input. --json: one array of objects a statement, each on a line of its own.\n"
               "Exit code 1: a statement failed, and those after it were not run.",
};
