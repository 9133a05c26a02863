/* cmd_why.c — `jemput why`: why a row shows what it shows, in words. */
#include "cmd.h"

#include <string.h>

#include "failure.h"
#include "moment.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"
#include "why.h"

struct asked { /* what the command line names */
    const char *table, *column;
    const struct row_key *key;
};

/* --- for people --- */

static void line_print(struct buffer *line)
{
    terminal_text(stdout, buffer_string(line), line->len);
    fputc('\n', stdout);
    line->len = 0;
}

static void value_say(struct buffer *line, sqlite3_value *value, const char *words)
{
    struct jemput_datum d = value_datum(value);

    if (words) {
        buffer_text(line, words);
        return;
    }
    value_write(line, &d);
    if (d.type == JEMPUT_TYPE_NULL)
        buffer_text(line, T("(kosong)", "(empty)"));
}

static void write_say(struct buffer *line, const struct why_write *w)
{
    char when[MOMENT_BYTES];

    moment_local(when, w->claimed_ms);
    buffer_format(line, "  — %s", w->label ? w->label : "?");
    if (w->claimed_ms)
        buffer_format(line, ", %s", when);
    if (w->trust && strcmp(w->trust, "meragukan") == 0)
        buffer_text(line, T(" (waktu meragukan)", " (doubtful time)"));
    if (w->note)
        buffer_format(line, T(", catatan: %s", ", note: %s"), w->note);
}

static const char *rule_say(const struct why_group *g)
{
    bool parallel = false;

    for (size_t i = 0; i < g->writes.count; i++)
        parallel = parallel || g->writes.of[i].parallel;
    if (g->conflict)
        return g->hard
                   ? T("bentrok: ditulis bersamaan, belum saling melihat. Yang bertanda * tampil; kolom identitas perlu keputusan (resolve)",
                       "conflict: written at the same time, neither had seen the other. * is shown; an identity column needs a decision (resolve)")
                   : T("bentrok: ditulis bersamaan, belum saling melihat. Yang bertanda * tampil sampai ada yang memutuskan",
                       "conflict: written at the same time, neither had seen the other. * is shown until somebody decides");
    if (g->rule && strcmp(g->rule, "sum") == 0)
        return T("penghitung: tambahan dari semua perangkat dijumlahkan", "counter: what all devices added is totalled");
    if (g->rule && strcmp(g->rule, "rank") == 0)
        return T("yang peringkatnya tertinggi tampil", "the value that ranks highest is shown");
    if (g->rule && strcmp(g->rule, "once") == 0)
        return T("yang ditulis pertama tetap berlaku", "what was written first holds for ever");
    if (g->writes.count > 1)
        return T("ditulis bersamaan dengan nilai yang sama: tidak ada bentrok", "written at the same time with the same value: no conflict");
    return parallel ? T("tulisan terakhir; kolom lain diubah bersamaan, tanpa bentrok", "the last write; other columns were changed at the same time")
                    : T("tulisan terakhir: ia sudah melihat semua yang sebelumnya", "the last write: it had seen all before it");
}

static void group_print(const struct why_group *g)
{
    struct buffer line = { 0 };

    terminal_style(stdout, g->conflict ? TERMINAL_YELLOW : TERMINAL_BOLD);
    buffer_text(&line, g->columns ? g->columns : T("(baris)", "(row)"));
    terminal_text(stdout, buffer_string(&line), line.len);
    terminal_style(stdout, TERMINAL_PLAIN);
    line.len = 0;
    buffer_format(&line, ": %s", rule_say(g));
    line_print(&line);
    for (size_t i = 0; i < g->writes.count; i++) {
        buffer_text(&line, g->writes.of[i].shown ? "  * " : "    ");
        value_say(&line, g->writes.of[i].value, g->writes.of[i].words);
        write_say(&line, &g->writes.of[i]);
        if (g->writes.of[i].gone)
            buffer_text(&line, T(" (terhapus bersama barisnya)", " (deleted with its row)"));
        line_print(&line);
    }
    if (g->conflict && g->base_known) {
        buffer_text(&line, T("    sebelumnya, dilihat semua pihak: ", "    before, seen by all sides: "));
        value_say(&line, g->base, g->base_words);
        line_print(&line);
    }
    buffer_release(&line);
}

static const char *state_say(const struct why *why)
{
    static const struct {
        const char *state, *id, *en;
    } states[] = {
        { "tampil", "baris ini tampil", "the row is shown" },
        { "tertahan", "baris ini tertahan: disimpan utuh, belum tampil", "the row is held: kept whole, not shown" },
        { "hidup lagi", "baris ini tampil walau ada yang menghapusnya: perubahan yang ditulis bersamaan menang atas penghapusan",
          "the row is shown although somebody deleted it: an edit made at the same time wins over a deletion" },
        { "dipulihkan", "baris ini dihapus, tetapi dipulihkan: baris lain yang ditulis bersamaan membutuhkannya",
          "the row was deleted, and restored: another row that was written at the same time needs it" },
        { "dihapus", "baris ini dihapus", "the row is deleted" },
        { "ikut induk", "baris ini ikut terhapus dengan induknya, dan kembali bersamanya", "the row went with its parent, and comes back with it" },
        { "menunggu awal", "baris ini menunggu: tulisan yang membuatnya belum sampai di sini",
          "the row waits: the write that made it has not come here yet" },
    };

    for (size_t i = 0; why->state && i < sizeof states / sizeof states[0]; i++)
        if (strcmp(why->state, states[i].state) == 0)
            return strcmp(text_language(), "en") == 0 ? states[i].en : states[i].id;
    return T("baris ini baru ditulis di sini dan belum disegel", "the row was written here just now, and is not sealed yet");
}

static void state_print(const struct why *why, const struct asked *asked)
{
    struct buffer line = { 0 };

    buffer_format(&line, "%s ", asked->table);
    value_write_all(&line, asked->key->values, asked->key->count);
    buffer_format(&line, ": %s", state_say(why));
    line_print(&line);
    for (size_t i = 0; i < why->deletes.count; i++) {
        buffer_text(&line, T("    dihapus", "    deleted"));
        write_say(&line, &why->deletes.of[i]);
        if (value_datum(why->deletes.of[i].value).type != JEMPUT_TYPE_NULL) {
            buffer_text(&line, T(", diteruskan pada baris ", ", goes on in the row "));
            value_say(&line, why->deletes.of[i].value, NULL);
        }
        line_print(&line);
    }
    if (why->held) {
        buffer_format(&line, T("    aturan yang dilanggar: %s", "    the constraint that it breaks: %s"), why->held);
        if (why->against_table) {
            buffer_format(&line, T("; yang menghalangi: %s ", "; what stands in its way: %s "), why->against_table);
            value_say(&line, why->against_key, NULL);
        }
        line_print(&line);
    }
    buffer_release(&line);
}

static void pending_print(const struct why *why)
{
    struct buffer line = { 0 };

    for (size_t i = 0; i < why->pending.count; i++) {
        if (why->pending_columns[i]) {
            buffer_format(&line, T("menunggu di sini, belum disegel: %s = ", "waits here, not sealed: %s = "), why->pending_columns[i]);
            value_say(&line, why->pending.of[i].value, NULL);
        } else {
            buffer_text(&line, T("menunggu di sini, belum disegel", "waits here, not sealed"));
        }
        write_say(&line, &why->pending.of[i]);
        line_print(&line);
    }
    buffer_release(&line);
}

static const char *delivery_say(const char *state)
{
    if (strcmp(text_language(), "en") != 0)
        return state;
    return strcmp(state, "di tablet ini") == 0    ? "on this device"
           : strcmp(state, "diterima pusat") == 0 ? "received by central"
                                                  : "waiting for a signal";
}

static void delivery_print(const struct why *why)
{
    struct buffer line = { 0 };
    char when[MOMENT_BYTES];

    for (size_t i = 0; i < why->delivery_count; i++) {
        const struct why_delivery *d = &why->deliveries[i];

        if (!d->newest)
            continue;
        moment_local(when, d->claimed_ms);
        buffer_format(&line, T("tulisan terbaru: %s, %s: %s", "newest write: %s, %s: %s"), d->label ? d->label : "?", when, delivery_say(d->state));
        line_print(&line);
    }
    buffer_release(&line);
}

static void why_text(const struct why *why, const struct asked *asked)
{
    state_print(why, asked);
    for (size_t i = 0; i < why->group_count; i++)
        group_print(&why->groups[i]);
    pending_print(why);
    delivery_print(why);
}

/* --- the command --- */

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
            why_text(&why, asked);
        code = EXIT_OK;
    }
    why_release(&why);
    return code;
}

int cmd_why(struct cli *cli, int argc, char **argv)
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
