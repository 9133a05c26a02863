/* commands/resolve.c — `jemput resolve`: a person decides about one row, with a reason. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "hold.h"
#include "named.h"
#include "rowkey.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "undo.h"
#include "value.h"

struct resolving {
    struct jemput *jemput;
    const char *table;
    struct row_key key;
    struct named_list sets, hides;
    const char *reason;
    bool keep, drop, restore, undo;
    struct undo last; /* with --undo: what it turns round */
};

/* --- what is still to be named --- */

static bool is_this_row(const struct resolving *r, const struct jemput_conflict *c)
{
    if (sqlite3_stricmp(c->table, r->table) != 0 || c->key_count != r->key.count)
        return false;
    for (unsigned i = 0; i < c->key_count; i++)
        if (!value_equal(&c->key[i], &r->key.values[i]))
            return false;
    return true;
}

static const struct jemput_conflict_side *side_shown(const struct jemput_conflict *c)
{
    for (unsigned s = 0; s < c->side_count; s++)
        if (c->sides[s].shown)
            return &c->sides[s];
    return NULL;
}

/* Is the conflict about columns that are decided? --keep decides all. */
static bool is_decided(const struct resolving *r, const struct jemput_conflict *c)
{
    for (unsigned i = 0; i < c->column_count && r->sets.count; i++)
        if (named_find(&r->sets, c->columns[i]))
            return true;
    return r->sets.count == 0;
}

/* As jemput_decide() has it: what is shown, or decided, or named already, need not be named. */
static bool must_be_named(const struct resolving *r, const struct jemput_conflict *c, const struct jemput_datum *value, unsigned column)
{
    const struct jemput_conflict_side *shown = side_shown(c);

    return !(shown && value_equal(value, &shown->values[column])) && !named_has(&r->sets, c->columns[column], value) &&
           !named_has(&r->hides, c->columns[column], value);
}

/* A hidden value as the option that names it, so that it can be copied. */
static int hidden_print(void *ctx, const struct jemput_conflict *c)
{
    struct resolving *r = ctx;
    struct buffer named = { 0 }, line = { 0 };

    for (unsigned s = 0; is_this_row(r, c) && is_decided(r, c) && s < c->side_count; s++)
        for (unsigned i = 0; i < c->column_count; i++) {
            const struct jemput_datum *value = &c->sides[s].values[i];

            if (!must_be_named(r, c, value, i))
                continue;
            named.len = line.len = 0;
            buffer_text(&named, c->columns[i]);
            if (value->type != JEMPUT_TYPE_NULL)
                buffer_text(&named, "=");
            value_write(&named, value);
            buffer_text(&line, "  --hide ");
            space_word(&line, buffer_string(&named));
            terminal_text(stderr, buffer_string(&line), line.len);
            fputc('\n', stderr);
            named_put(&r->hides, c->columns[i], value); /* told once, whoever else wrote it */
        }
    buffer_release(&named);
    buffer_release(&line);
    return 0;
}

/* --- what is refused --- */

static int refused_unnamed(struct resolving *r, const struct jemput_error *why)
{
    struct jemput_error err;

    failure_told(why->status, "%s",
                 T("masih ada nilai lain yang belum Anda sebut; tidak ada yang diubah. Kalau memang kalah, sebutkan:",
                   "there are other values that you did not name; nothing was changed. If they are to give way, name them:"));
    if (jemput_conflicts(r->jemput, hidden_print, r, &err))
        return failure_status(&err);
    return failure_code(why->status);
}

/* Causes that have no other mark than the library's words. */
static int refused(struct resolving *r, const struct jemput_error *err)
{
    static const struct {
        const char *mark, *id, *en;
    } causes[] = {
        { "no such hidden value", "nilai yang disebut dengan --hide tidak ada dalam bentrok baris itu. Lihat lagi: jemput conflicts",
          "the value that --hide names is not in a conflict of that row. Look again: jemput conflicts" },
        { "was never made",
          "baris itu belum pernah dibuat: pembuatannya ditolak (jemput refused, adopt), atau belum sampai. Diputuskan sesudah ada",
          "the row was never made: its insert was refused (jemput refused, adopt), or has not come. It is decided when it is there" },
        { "the row is deleted", "baris itu tidak ada: dihapus, atau tidak pernah ada. Mengembalikan yang dihapus: --restore",
          "the row is not there: deleted, or it never was. To bring back a deleted one: --restore" },
        { "the row is there", "baris itu tidak dihapus: ia tampil atau tertahan", "the row is not deleted: it is shown, or held" },
        { "DELETE it there", "baris itu tampil di tabelnya, tidak tertahan. Menghapusnya: jemput sql \"DELETE FROM ...\"",
          "the row is shown in its table, and not held. To delete it: jemput sql \"DELETE FROM ...\"" },
        { "goes on in another", "baris itu sudah menjadi satu dengan baris lain. Membatalkannya: jemput merge-rows ... --undo",
          "the row was merged into another. To undo that: jemput merge-rows ... --undo" },
        { "of the key", "kolom kunci tidak pernah berubah", "a column of the key never changes" },
        { "is generated", "kolom itu dihitung dari kolom lain", "the column is computed from others" },
        { "is set once", "kolom itu diisi sekali untuk selamanya, dan sudah berisi", "the column is set once for ever, and holds a value already" },
        { "must hold an integer", "kolom itu penghitung: isinya bilangan bulat", "the column is a counter: it holds a whole number" },
        { "is named twice", "satu kolom disebut dua kali", "one column is named twice" },
    };

    if (err->status == JEMPUT_DENIED && strstr(err->text, "which the decision does not name"))
        return refused_unnamed(r, err);
    for (size_t i = 0; (err->status == JEMPUT_NOTFOUND || err->status == JEMPUT_MISUSE) && i < sizeof causes / sizeof causes[0]; i++)
        if (strstr(err->text, causes[i].mark)) {
            failure_told(err->status, T("%s. Tidak ada yang diubah.", "%s. Nothing was changed."), T(causes[i].id, causes[i].en));
            return err->status == JEMPUT_MISUSE ? EXIT_USAGE : failure_code(err->status);
        }
    return failure_status(err);
}

/* --- what came of it --- */

static void line_print(struct buffer *line)
{
    terminal_text(stdout, buffer_string(line), line->len);
    fputc('\n', stdout);
    line->len = 0;
}

/* A decided row may be held, still or from now on: nobody should have to find that out. The decision stands even if it cannot be told. */
static void held_tell(struct resolving *r)
{
    struct holds holds = { 0 };
    struct buffer line = { 0 };

    if (!holds_read_row(&holds, jemput_app(r->jemput), r->table, r->key.values, r->key.count))
        puts(T("Apakah barisnya tertahan tidak dapat dilihat sekarang: jemput held", "Whether the row is held cannot be told now: jemput held"));
    for (size_t i = 0; i < holds.count; i++) {
        const struct hold *h = &holds.of[i];

        buffer_format(&line, T("Tertahan (tersimpan utuh, belum tampil): %s (%s)", "Held (kept whole, not shown yet): %s (%s)"),
                      hold_words(h->reason), h->reason);
        line_print(&line);
        if (h->against_table) {
            buffer_text(&line, T("    yang menghalangi: ", "    in its way: "));
            hold_against_write(&line, h);
            line_print(&line);
        }
    }
    buffer_release(&line);
    holds_release(&holds);
}

static int outcome_tell(struct resolving *r)
{
    struct buffer line = { 0 };

    puts(T("Diputuskan. Berangkat pada sync berikutnya; dapat dibatalkan.", "Decided. It leaves at the next sync; it can be undone."));
    for (unsigned i = 0; i < r->sets.count; i++) {
        buffer_format(&line, "    %s = ", r->sets.of[i].column);
        value_say(&line, &r->sets.of[i].value);
        line_print(&line);
    }
    if (r->keep)
        puts(T("    baris tetap seperti yang tampil", "    the row stays as it is shown"));
    if (r->drop)
        puts(T("    baris dibuang; isinya tetap ada di history", "    the row is dropped; its values stay in history"));
    if (r->restore)
        puts(T("    baris kembali seperti semula", "    the row is back as it was"));
    buffer_release(&line);
    held_tell(r);
    return EXIT_OK;
}

/* --- doing it --- */

static int resolve_do(struct resolving *r)
{
    const char *columns[NAMED_MAX];
    struct jemput_datum values[NAMED_MAX];
    struct jemput_hidden_value hidden[NAMED_MAX];
    struct jemput_choice choice = { .table = r->table,
                                    .key = r->key.values,
                                    .key_count = r->key.count,
                                    .column_count = r->sets.count,
                                    .columns = columns,
                                    .values = values,
                                    .hidden_count = r->hides.count,
                                    .hidden = hidden,
                                    .remove = r->drop,
                                    .restore = r->restore,
                                    .reason = r->reason };
    struct jemput_error err;

    for (unsigned i = 0; i < r->sets.count; i++) {
        columns[i] = r->sets.of[i].column;
        values[i] = r->sets.of[i].value;
    }
    for (unsigned i = 0; i < r->hides.count; i++)
        hidden[i] = (struct jemput_hidden_value){ r->hides.of[i].column, r->hides.of[i].value };
    return jemput_decide(r->jemput, &choice, &err) ? refused(r, &err) : outcome_tell(r);
}

/* The last decision turned round becomes what is decided now. -1 = done; else the exit code. */
static int undo_take(struct resolving *r)
{
    int code = undo_read(&r->last, r->jemput, r->table, r->key.values, r->key.count);

    if (code >= 0)
        return code;
    if (r->last.way == UNDO_NONE)
        return failure_problem(
            "%s", T("belum ada keputusan pada baris itu; tidak ada yang dibatalkan", "there is no decision on that row; nothing was undone"));
    if (r->last.way == UNDO_MERGED)
        return failure_problem("%s", T("baris itu digabung ke baris lain; membatalkannya: jemput merge-rows TABLE KEY --undo. Tidak ada yang diubah.",
                                       "the row was made one with another; to undo that: jemput merge-rows TABLE KEY --undo. Nothing was changed."));
    if (r->last.way == UNDO_SET && r->last.counters && r->last.sets.count == 0)
        return failure_problem("%s",
                               T("keputusan terakhir mengubah penghitung, yang sejak itu bisa bertambah: tulis nilainya dengan --set. Tidak ada "
                                 "yang diubah.",
                                 "the last decision changed a counter, which may have gone on since: write its value with --set. Nothing was "
                                 "changed."));
    if (r->last.way == UNDO_SET && r->last.sets.count == 0)
        return failure_problem(
            "%s", T("keputusan terakhir tidak mengubah nilai: baris itu dibiarkan seperti yang tampil. Kalau seharusnya lain: --set, "
                    "atau hapus dengan jemput sql \"DELETE FROM ...\". Tidak ada yang diubah.",
                    "the last decision changed no value: the row was left as it is shown. If it should be otherwise: --set, or delete it "
                    "by jemput sql \"DELETE FROM ...\". Nothing was changed."));
    for (unsigned i = 0; i < r->last.sets.count; i++)
        named_put(&r->sets, r->last.sets.of[i].column, &r->last.sets.of[i].value);
    r->restore = r->last.way == UNDO_RESTORE;
    r->drop = r->last.way == UNDO_DROP;
    return -1;
}

static int resolve(struct resolving *r, char **words, unsigned count)
{
    int code = row_key_read(&r->key, r->jemput, "resolve", r->table, words, count);

    if (code < 0)
        code = named_parse(&r->sets, r->jemput, "resolve", r->table);
    if (code < 0)
        code = named_parse(&r->hides, r->jemput, "resolve", r->table);
    if (code < 0 && r->undo)
        code = undo_take(r);
    return code < 0 ? resolve_do(r) : code;
}

/* One of the five ways, and a reason. -1 = good; else the exit code. */
static int options_check(const struct resolving *r)
{
    unsigned ways = (r->sets.count > 0) + (unsigned)r->keep + (unsigned)r->drop + (unsigned)r->restore + (unsigned)r->undo;

    if (r->sets.too_many || r->hides.too_many)
        return failure_usage("resolve", T("paling banyak %d kolom", "at most %d columns"), NAMED_MAX);
    if (ways != 1)
        return failure_usage("resolve", "%s",
                             T("pilih satu: --set, --keep, --drop, --restore atau --undo", "choose one: --set, --keep, --drop, --restore or --undo"));
    if (!r->reason || !*r->reason)
        return failure_usage("resolve", "%s", T("sebutkan alasan: --reason", "give a reason: --reason"));
    return -1;
}

static int cmd_resolve(struct cli *cli, int argc, char **argv)
{
    struct resolving *r = memset(memory_resize(NULL, 1, sizeof *r), 0, sizeof *r); /* too large for a small stack */
    const char *column_value = T("KOLOM=NILAI", "COLUMN=VALUE");
    const struct option_spec specs[] = {
        { .name = "set",
          .argument = column_value,
          .each = named_add,
          .ctx = &r->sets,
          .help = T("nilai yang berlaku; KOLOM saja = kosong (NULL); boleh berulang",
                    "the value that holds; COLUMN alone = empty (NULL); may be repeated") },
        { .name = "keep", .flag = &r->keep, .help = T("baris tetap seperti yang tampil", "the row stays as it is shown") },
        { .name = "hide",
          .argument = column_value,
          .each = named_add,
          .ctx = &r->hides,
          .help = T("nilai yang kalah: semua harus disebut; boleh berulang", "a value that gives way: all must be named; may be repeated") },
        { .name = "drop", .flag = &r->drop, .help = T("buang baris yang tertahan", "drop a held row") },
        { .name = "restore", .flag = &r->restore, .help = T("kembalikan baris yang dihapus atau dibuang", "bring a deleted or dropped row back") },
        { .name = "undo", .flag = &r->undo, .help = T("batalkan keputusan terakhir pada baris ini", "undo the last decision on this row") },
        { .name = "reason",
          .argument = T("ALASAN", "REASON"),
          .value = &r->reason,
          .help = T("wajib; dibaca orang lain di history", "required; others read it in history") },
    };
    int code;

    if (options_read(cli, OPTIONS(specs), &argc, argv, 2, 1 + KEY_COLUMNS_MAX, &code)) {
        code = options_check(r);
        r->table = argv[0];
        r->jemput = code < 0 ? space_open(cli, &code) : NULL;
        if (r->jemput)
            code = resolve(r, argv + 1, (unsigned)argc - 1);
        jemput_close(r->jemput);
    }
    named_release(&r->sets);
    named_release(&r->hides);
    undo_release(&r->last);
    row_key_release(&r->key);
    free(r);
    return code;
}

const struct command command_resolve = {
    .name = "resolve",
    .operands = "TABLE KEY… (--set COLUMN=VALUE | --keep | --drop | --restore | --undo) [--hide COLUMN=VALUE] --reason TEXT",
    .summary_id = "Putuskan bentrok atau baris tertahan, dengan alasan.",
    .summary_en = "Decide a conflict or a held row, with a reason.",
    .example = "jemput -s pusat.db resolve orang 0f3a... --set 'nama=SITI AMINAH' --hide 'nama=SITI AMINA' --reason 'sesuai akta'",
    .run = cmd_resolve,
    .more_id = "Lihat dulu conflicts dan held. KEY: seperti pada history. Nilai lain yang sedang bentrok harus disebut dengan --hide, "
               "agar tidak ada yang tertutup tanpa dilihat; kalau ada yang belum disebut, daftarnya ditampilkan dan tidak ada yang "
               "diubah. Keputusan ditandatangani dan terlihat di history. Baris tertahan masuk sendiri bila sebabnya hilang; kalau "
               "masih tertahan sesudah diputuskan, sebabnya disebut.\n"
               "--undo membatalkan keputusan terakhir pada baris itu (juga --drop dan --restore); --undo sekali lagi "
               "mengembalikannya. Keputusan lain selalu boleh menggantikannya. Menghapus baris yang tampil: jemput sql dengan DELETE.",
    .more_en = "Look at conflicts and held first. KEY: as in history. Other values of the conflict must be named with --hide, so that "
               "nothing is closed unseen; if some are not named they are listed, and nothing is changed. A decision is signed, and "
               "shows in history. A held row comes in by itself when its reason is gone; if it is held still after the decision, that "
               "is told.\n"
               "--undo undoes the last decision on that row (--drop and --restore, too); --undo once more brings it back. Another "
               "decision may always replace it. To delete a row that is shown: jemput sql with DELETE.",
};
