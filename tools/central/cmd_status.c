/* cmd_status.c — `jemput central status`: how every space is, as central.db has it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "commands.h"
#include "json.h"
#include "moment.h"
#include "terminal.h"

static const char status_sql[] =
    "SELECT s.id, s.name, s.hex, s.synced_ms, s.projected_ms, s.failing_ms, s.error, s.state_hash, s.feed_number, s.checkpoint_ms, s.backup_ms, "
    "s.left_ms, (SELECT n FROM count_ WHERE space = s.id AND name = 'rows'), (SELECT n FROM count_ WHERE space = s.id AND name = 'conflicts'), "
    "(SELECT n FROM count_ WHERE space = s.id AND name = 'held'), (SELECT n FROM count_ WHERE space = s.id AND name = 'refused'), "
    "(SELECT n FROM count_ WHERE space = s.id AND name = 'cases_open'), (SELECT n FROM count_ WHERE space = s.id AND name = 'unsent'), "
    "(SELECT holder FROM lease WHERE space = s.id AND until_ms >= ?1), t.feed_number, t.error FROM space s "
    "LEFT JOIN target_ t ON t.space = s.id AND t.name = 'postgresql' ORDER BY s.name";
enum { ID, NAME, HEX, SYNCED, PROJECTED, FAILING, ERROR_TEXT, HASH, FEED, CHECKPOINT, BACKUP, LEFT, ROWS, CONFLICTS, HELD, REFUSED, CASES, UNSENT,
       HOLDER, POSTGRES_FEED, POSTGRES_ERROR };

static const char *text(struct sqlite3_stmt *stmt, int column)
{
    const char *value = (const char *)sqlite3_column_text(stmt, column);

    return value ? value : "";
}

static void space_print(struct sqlite3_stmt *stmt)
{
    char moment[MOMENT_BYTES];

    terminal_style(stdout, TERMINAL_BOLD);
    printf("%s\n", text(stmt, NAME));
    terminal_style(stdout, TERMINAL_PLAIN);
    if (sqlite3_column_type(stmt, LEFT) != SQLITE_NULL) {
        moment_local(moment, sqlite3_column_int64(stmt, LEFT));
        printf(T("  tidak diikuti lagi sejak %s\n", "  not followed any more since %s\n"), moment);
        return;
    }
    moment_local(moment, sqlite3_column_int64(stmt, SYNCED));
    printf(T("  sinkron terakhir %s; baris %" PRId64 ", bentrok %" PRId64 ", tertahan %" PRId64 ", ditolak %" PRId64 ", kasus %" PRId64
             ", belum bertanda terima %" PRId64 "\n",
             "  last sync %s; rows %" PRId64 ", conflicts %" PRId64 ", held %" PRId64 ", refused %" PRId64 ", cases %" PRId64
             ", without receipt %" PRId64 "\n"),
           moment, (int64_t)sqlite3_column_int64(stmt, ROWS), (int64_t)sqlite3_column_int64(stmt, CONFLICTS),
           (int64_t)sqlite3_column_int64(stmt, HELD), (int64_t)sqlite3_column_int64(stmt, REFUSED), (int64_t)sqlite3_column_int64(stmt, CASES),
           (int64_t)sqlite3_column_int64(stmt, UNSENT));
    if (sqlite3_column_type(stmt, POSTGRES_FEED) != SQLITE_NULL)
        printf(T("  PostgreSQL tertinggal %" PRId64 " catatan\n", "  PostgreSQL is %" PRId64 " notes behind\n"),
               (int64_t)(sqlite3_column_int64(stmt, FEED) - sqlite3_column_int64(stmt, POSTGRES_FEED)));
    if (sqlite3_column_type(stmt, POSTGRES_ERROR) != SQLITE_NULL)
        printf("  PostgreSQL: %s\n", text(stmt, POSTGRES_ERROR));
    if (sqlite3_column_type(stmt, ERROR_TEXT) != SQLITE_NULL)
        printf(T("  gagal: %s\n", "  fails: %s\n"), text(stmt, ERROR_TEXT));
}

static void number_json(struct json *j, const char *key, struct sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        json_null(j, key);
    else
        json_integer(j, key, sqlite3_column_int64(stmt, column));
}

static void text_json(struct json *j, const char *key, struct sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        json_null(j, key);
    else
        json_text(j, key, text(stmt, column));
}

static void space_json(struct json *j, struct sqlite3_stmt *stmt)
{
    static const struct {
        const char *key;
        int column;
    } numbers[] = { { "id", ID }, { "synced_ms", SYNCED }, { "projected_ms", PROJECTED }, { "failing_ms", FAILING }, { "checkpoint_ms", CHECKPOINT },
                    { "backup_ms", BACKUP }, { "left_ms", LEFT }, { "rows", ROWS },
                    { "conflicts", CONFLICTS }, { "held", HELD }, { "refused", REFUSED },
                    { "cases_open", CASES }, { "unsent", UNSENT }, { "feed_number", FEED }, { "postgres_feed_number", POSTGRES_FEED } };

    json_object(j, NULL);
    text_json(j, "name", stmt, NAME);
    text_json(j, "space", stmt, HEX);
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        number_json(j, numbers[i].key, stmt, numbers[i].column);
    text_json(j, "state_hash", stmt, HASH);
    text_json(j, "error", stmt, ERROR_TEXT);
    text_json(j, "postgres_error", stmt, POSTGRES_ERROR);
    text_json(j, "holder", stmt, HOLDER);
    json_end_object(j);
}

static int spaces_tell(struct office *office, bool json)
{
    struct json j = { .out = stdout };
    struct sqlite3_stmt *stmt;
    struct trouble why;
    int rc, code = EXIT_DONE;

    if (base_prepare(office->db, &stmt, status_sql, &why))
        return problem("%s", why.text);
    sqlite3_bind_int64(stmt, 1, now_ms());
    if (json)
        json_array(&j, NULL);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        if (json)
            space_json(&j, stmt);
        else
            space_print(stmt);
        if (sqlite3_column_type(stmt, ERROR_TEXT) != SQLITE_NULL && sqlite3_column_type(stmt, LEFT) == SQLITE_NULL)
            code = EXIT_PROBLEM;
    }
    if (json)
        json_end_array(&j);
    if (rc != SQLITE_DONE)
        code = problem("%s", sqlite3_errmsg(office->db));
    sqlite3_finalize(stmt);
    return code;
}

static int status_run(const struct office_command *self, int argc, char **argv)
{
    bool json = false;
    const struct option_spec specs[] = { { "json", NULL, NULL, &json, "untuk program", "for programs" } };
    struct office office;
    struct trouble why;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    code = office_open(&office, argv[0], true, &why) ? problem("%s", why.text) : spaces_tell(&office, json);
    office_close(&office);
    return code;
}

const struct office_command command_status = {
    .name = "status",
    .operands = "FOLDER [--json]",
    .summary_id = "Keadaan tiap ruang.",
    .summary_en = "Show the state of every space.",
    .more_id = "Kode keluar 1: putaran terakhir dari suatu ruang gagal.",
    .more_en = "Exit code 1: the last round of some space failed.",
    .example = "jemput central status /srv/pusat",
    .run = status_run,
};
