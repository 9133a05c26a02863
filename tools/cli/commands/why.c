/* commands/why.c — `jemput why`: why a row shows what it shows. */
#include "cmd.h"

#include "failure.h"
#include "space.h"
#include "text.h"
#include "why.h"

struct asked { /* what the command line names */
    const char *table, *column;
    const struct row_key *key;
};

/* Of the operands after TABLE the key takes as many as it has columns; one more is COLUMN. */
static const char *column_take(struct jemput *jemput, int argc, char **argv, unsigned *words)
{
    struct key columns;
    unsigned count;

    key_read(&columns, jemput_app(jemput), argv[0]);
    count = columns.count;
    key_release(&columns);
    *words = (unsigned)argc - 1;
    if (count == 0 || *words != count + 1)
        return NULL;
    --*words;
    return argv[argc - 1];
}

static int column_check(struct jemput *jemput, const struct asked *asked)
{
    sqlite3_stmt *stmt;
    int place = -1;

    if (!asked->column)
        return -1;
    if (sqlite3_prepare_v2(jemput_app(jemput), "SELECT pk FROM pragma_table_xinfo(?1) WHERE name = ?2 COLLATE NOCASE", -1, &stmt, NULL) ==
        SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, asked->table, -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, asked->column, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            place = sqlite3_column_int(stmt, 0);
    }
    sqlite3_finalize(stmt);
    if (place > 0)
        return failure_usage("why", T("kolom '%s' adalah kunci: tidak pernah berubah", "column '%s' is of the key: it never changes"), asked->column);
    return place == 0 ? -1 : failure_usage("why", T("tabel %s tidak punya kolom '%s'", "table %s has no column '%s'"), asked->table, asked->column);
}

static int why_tell(const struct cli *cli, struct jemput *jemput, const struct asked *asked)
{
    struct why why = { 0 };
    int code = column_check(jemput, asked);

    if (code < 0)
        code = why_read(&why, jemput_app(jemput), asked->table, asked->key, asked->column);
    if (code < 0 && !why.state && why.pending.count == 0)
        code = failure_told(JEMPUT_NOTFOUND, T("baris itu tidak pernah ada di sini. Tidak ada data yang diubah. Periksa kuncinya.",
                                               "there was never such a row here. No data was changed. Check the key."));
    if (code < 0) {
        if (cli->json)
            why_json(&why, asked->table, asked->key);
        else
            why_text(&why, asked->table, asked->key, asked->column);
        code = EXIT_OK;
    }
    why_release(&why);
    return code;
}

static int cmd_why(struct cli *cli, int argc, char **argv)
{
    struct row_key key = { .count = 0 };
    struct asked asked = { .key = &key };
    struct jemput *jemput;
    unsigned words;
    int code;

    if (!options_read(cli, NULL, 0, &argc, argv, 2, 2 + KEY_COLUMNS_MAX, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    asked.table = argv[0];
    asked.column = column_take(jemput, argc, argv, &words);
    code = row_key_read(&key, jemput, "why", asked.table, argv + 1, words);
    if (code < 0)
        code = why_tell(cli, jemput, &asked);
    row_key_release(&key);
    jemput_close(jemput);
    return code;
}

const struct command command_why = {
    .name = "why",
    .operands = "TABLE KEY… [COLUMN]",
    .summary_id = "Mengapa satu baris, atau satu kolomnya, menampilkan isinya.",
    .summary_en = "Why a row, or one of its columns, shows what it shows.",
    .example = "jemput -s pusat.db why orang 0f1e... nama",
    .run = cmd_why,
    .json = true,
    .more_id = "KEY: seperti pada history. Tiap kolom (atau kolom yang digabung bersama) yang tidak sepele: aturan yang memutuskan, "
               "lalu setiap tulisan yang masih berlaku dan penulisnya; '*' tampil. Kolom tanpa bentrok satu baris masing-masing; yang "
               "kosong hanya namanya. Dengan COLUMN: kolom itu selengkapnya. Juga: tertahan oleh aturan dan baris mana, dihapus oleh "
               "siapa, apa yang menunggu di sini, dan sampai di mana.",
    .more_en = "KEY: as in history. Each column (or columns that merge together) that is not plain: the rule that decided, then every "
               "write still in force, and who made it; '*' is shown. Columns that are not in conflict take a line each; of empty ones "
               "the name alone. With COLUMN: that one in full. Also: held by which constraint and row, deleted by whom, what waits "
               "here, and how far it has come.",
};
