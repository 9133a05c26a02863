/* cmd_resolve.c — `jemput resolve`: a person decides about one row, with a reason. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "rowkey.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

enum { NAMED_MAX = 512 };

struct named { /* COLUMN=VALUE; COLUMN alone is NULL */
    char *column;
    const char *text; /* behind the '='; NULL = none */
    struct buffer bytes;
    struct jemput_datum value;
};

struct named_list {
    struct named of[NAMED_MAX];
    unsigned count;
    bool too_many;
};

struct resolving {
    struct jemput *jemput;
    const char *table;
    struct row_key key;
    struct named_list sets, hides;
    const char *reason;
    bool keep, drop, restore, undo;
};

static void named_add(void *ctx, const char *word)
{
    struct named_list *list = ctx;
    const char *equals = strchr(word, '=');

    if (list->count == NAMED_MAX) {
        list->too_many = true;
        return;
    }
    list->of[list->count++] = (struct named){ .column = memory_copy(word, equals ? (size_t)(equals - word) : strlen(word)),
                                              .text = equals ? equals + 1 : NULL };
}

static void named_release(struct named_list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        free(list->of[i].column);
        buffer_release(&list->of[i].bytes);
    }
}

/* The declared type of a column; NULL: the table has none of that name. Release it with free(). */
static char *column_type(sqlite3 *db, const char *table, const char *column)
{
    sqlite3_stmt *stmt;
    char *type = NULL;

    if (sqlite3_prepare_v2(db, "SELECT type FROM pragma_table_xinfo(?) WHERE name=?", -1, &stmt, NULL) != SQLITE_OK)
        return NULL;
    sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, column, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(stmt, 0);

        type = memory_copy(text ? text : "", text ? strlen(text) : 0);
    }
    sqlite3_finalize(stmt);
    return type;
}

/* -1 = done; else the exit code. */
static int named_parse(struct resolving *r, struct named_list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        struct named *n = &list->of[i];
        char *type = column_type(jemput_app(r->jemput), r->table, n->column);
        bool good = type && (!n->text || value_parse(&n->value, &n->bytes, n->text, type));

        if (!type)
            return failure_told(JEMPUT_NOTFOUND, T("tabel %s tidak punya kolom '%s'. Tidak ada data yang diubah. Periksa namanya.",
                                                   "table %s has no column '%s'. No data was changed. Check the name."),
                                r->table, n->column);
        free(type);
        if (!good)
            return failure_usage("resolve", T("nilai untuk kolom %s tidak cocok", "the value for column %s does not fit"), n->column);
    }
    return -1;
}

/* --- undoing --- */

struct last_decision { /* columns and values before it, copied */
    struct named_list *sets;
    bool found;
};

static void datum_copy(struct named *out, const struct jemput_datum *value)
{
    out->value = *value;
    if (value->type != JEMPUT_TYPE_TEXT && value->type != JEMPUT_TYPE_BLOB)
        return;
    buffer_add(&out->bytes, value->data, value->len);
    out->value.data = buffer_string(&out->bytes);
}

static int edit_look(void *ctx, const struct jemput_edit *edit)
{
    struct last_decision *last = ctx;

    if (edit->op != 'K')
        return 0;
    last->found = true;
    named_release(last->sets);
    last->sets->count = 0;
    for (unsigned i = 0; i < edit->column_count && last->sets->count < NAMED_MAX; i++) {
        struct named *n = &last->sets->of[last->sets->count++];

        *n = (struct named){ .column = memory_copy(edit->columns[i], strlen(edit->columns[i])) };
        datum_copy(n, &edit->before[i]);
    }
    return 0;
}

/* What the last decision replaced is written again. -1 = done; else the exit code. */
static int undo_read(struct resolving *r)
{
    struct last_decision last = { .sets = &r->sets };
    struct jemput_error err;
    enum jemput_status st = jemput_history(r->jemput, r->table, r->key.values, r->key.count, edit_look, &last, &err);

    if (st)
        return failure_status(&err);
    if (!last.found)
        return failure_problem("%s", T("belum ada keputusan pada baris itu; tidak ada yang dibatalkan",
                                       "there is no decision on that row; nothing was undone"));
    return -1;
}

/* --- what is still to be named --- */

static bool datum_equal(const struct jemput_datum *a, const struct jemput_datum *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case JEMPUT_TYPE_NULL:
        return true;
    case JEMPUT_TYPE_INTEGER:
        return a->integer == b->integer;
    case JEMPUT_TYPE_REAL:
        return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    default:
        return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
    }
}

static bool is_this_row(const struct resolving *r, const struct jemput_conflict *c)
{
    if (strcmp(c->table, r->table) != 0 || c->key_count != r->key.count)
        return false;
    for (unsigned i = 0; i < c->key_count; i++)
        if (!datum_equal(&c->key[i], &r->key.values[i]))
            return false;
    return true;
}

/* A hidden value as the option that names it, so that it can be copied. */
static int hidden_print(void *ctx, const struct jemput_conflict *c)
{
    const struct resolving *r = ctx;
    struct buffer line = { 0 };

    for (unsigned s = 0; is_this_row(r, c) && s < c->side_count; s++)
        for (unsigned i = 0; i < c->column_count && !c->sides[s].shown; i++) {
            line.len = 0;
            buffer_format(&line, "  --hide '%s", c->columns[i]);
            if (c->sides[s].values[i].type != JEMPUT_TYPE_NULL) {
                buffer_text(&line, "=");
                value_write(&line, &c->sides[s].values[i]);
            }
            buffer_text(&line, "'");
            terminal_text(stderr, buffer_string(&line), line.len);
            fputc('\n', stderr);
        }
    buffer_release(&line);
    return 0;
}

static int resolve_denied(struct resolving *r, const struct jemput_error *why)
{
    struct jemput_error err;

    failure_told(why->status, "%s",
                 T("masih ada nilai lain yang belum Anda sebut; tidak ada yang diubah. Kalau memang kalah, sebutkan:",
                   "there are other values that you did not name; nothing was changed. If they are to give way, name them:"));
    if (jemput_conflicts(r->jemput, hidden_print, r, &err))
        return failure_status(&err);
    return failure_code(why->status);
}

/* --- doing it --- */

static int resolve_do(struct resolving *r)
{
    const char *columns[NAMED_MAX];
    struct jemput_datum values[NAMED_MAX];
    struct jemput_hidden_value hidden[NAMED_MAX];
    struct jemput_choice choice = { .table = r->table, .key = r->key.values, .key_count = r->key.count, .column_count = r->sets.count,
                                    .columns = columns, .values = values, .hidden_count = r->hides.count, .hidden = hidden,
                                    .remove = r->drop, .restore = r->restore, .reason = r->reason };
    struct jemput_error err;
    enum jemput_status st;

    for (unsigned i = 0; i < r->sets.count; i++) {
        columns[i] = r->sets.of[i].column;
        values[i] = r->sets.of[i].value;
    }
    for (unsigned i = 0; i < r->hides.count; i++)
        hidden[i] = (struct jemput_hidden_value){ r->hides.of[i].column, r->hides.of[i].value };
    st = jemput_decide(r->jemput, &choice, &err);
    if (st == JEMPUT_DENIED)
        return resolve_denied(r, &err);
    if (st)
        return failure_status(&err);
    puts(T("Diputuskan. Berangkat pada sync berikutnya.", "Decided. It leaves at the next sync."));
    return EXIT_OK;
}

static int resolve(struct resolving *r, char **words, unsigned count)
{
    int code = row_key_read(&r->key, r->jemput, "resolve", r->table, words, count);

    if (code < 0)
        code = named_parse(r, &r->sets);
    if (code < 0)
        code = named_parse(r, &r->hides);
    if (code < 0 && r->undo)
        code = undo_read(r);
    return code < 0 ? resolve_do(r) : code;
}

/* One of the five ways, and a reason. -1 = good; else the exit code. */
static int options_check(const struct resolving *r)
{
    unsigned ways = (r->sets.count > 0) + (unsigned)r->keep + (unsigned)r->drop + (unsigned)r->restore + (unsigned)r->undo;

    if (r->sets.too_many || r->hides.too_many)
        return failure_usage("resolve", T("paling banyak %d kolom", "at most %d columns"), NAMED_MAX);
    if (ways != 1)
        return failure_usage("resolve", "%s", T("pilih satu: --set, --keep, --drop, --restore atau --undo",
                                                "choose one: --set, --keep, --drop, --restore or --undo"));
    if (!r->reason || !*r->reason)
        return failure_usage("resolve", "%s", T("sebutkan alasan: --reason", "give a reason: --reason"));
    return -1;
}

int cmd_resolve(struct cli *cli, int argc, char **argv)
{
    struct resolving *r = memset(memory_resize(NULL, 1, sizeof *r), 0, sizeof *r); /* too large for a small stack */
    const char *column_value = T("KOLOM=NILAI", "COLUMN=VALUE");
    const struct option_spec specs[] = {
        { .name = "set", .argument = column_value, .each = named_add, .ctx = &r->sets,
          .help = T("nilai yang berlaku; KOLOM saja = kosong (NULL); boleh berulang", "the value that holds; COLUMN alone = empty (NULL); may be repeated") },
        { .name = "keep", .flag = &r->keep, .help = T("baris tetap seperti yang tampil", "the row stays as it is shown") },
        { .name = "hide", .argument = column_value, .each = named_add, .ctx = &r->hides,
          .help = T("nilai yang kalah: semua harus disebut; boleh berulang", "a value that gives way: all must be named; may be repeated") },
        { .name = "drop", .flag = &r->drop, .help = T("buang baris yang tertahan", "drop a held row") },
        { .name = "restore", .flag = &r->restore,
          .help = T("kembalikan baris yang dihapus atau dibuang", "bring a deleted or dropped row back") },
        { .name = "undo", .flag = &r->undo,
          .help = T("tulis lagi nilai sebelum keputusan terakhir", "write again what the last decision replaced") },
        { .name = "reason", .argument = T("ALASAN", "REASON"), .value = &r->reason,
          .help = T("wajib; dibaca orang lain di history", "required; others read it in history") },
    };
    int code;

    if (options_read(cli, specs, sizeof specs / sizeof *specs, &argc, argv, 2, 1 + KEY_COLUMNS_MAX, &code)) {
        code = options_check(r);
        r->table = argv[0];
        r->jemput = code < 0 ? space_open(cli, &code) : NULL;
        if (r->jemput)
            code = resolve(r, argv + 1, (unsigned)argc - 1);
        jemput_close(r->jemput);
    }
    named_release(&r->sets);
    named_release(&r->hides);
    row_key_release(&r->key);
    free(r);
    return code;
}
