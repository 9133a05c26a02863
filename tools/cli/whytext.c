/* whytext.c — why a row shows what it shows, in words. */
#include "why.h"

#include <stdio.h>
#include <string.h>

#include "hold.h"
#include "moment.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct whole { /* the row that is asked about */
    const char *table;
    const struct row_key *key;
};

static void line_print(struct buffer *line)
{
    terminal_text(stdout, buffer_string(line), line->len);
    fputc('\n', stdout);
    line->len = 0;
}

static void kept_say(struct buffer *line, sqlite3_value *value, const char *words)
{
    struct jemput_datum d = value_datum(value);

    if (words)
        buffer_text(line, words);
    else
        value_say(line, &d);
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
    if (g->writes.of[0].gone)
        return T("isi terakhir sebelum barisnya dihapus", "what it held when its row was deleted");
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
        kept_say(&line, g->writes.of[i].value, g->writes.of[i].words);
        write_say(&line, &g->writes.of[i]);
        if (g->writes.of[i].gone)
            buffer_text(&line, T(" (terhapus bersama barisnya)", " (deleted with its row)"));
        line_print(&line);
    }
    if (g->conflict && g->base_known) {
        buffer_text(&line, T("    sebelumnya, dilihat semua pihak: ", "    before, seen by all sides: "));
        kept_say(&line, g->base, g->base_words);
        line_print(&line);
    }
    buffer_release(&line);
}

/* --- of a whole row, what nobody disputes: a line each --- */

static bool is_plain(const struct why_group *g)
{
    return !g->conflict && g->writes.count == 1 && g->columns && (!g->rule || strcmp(g->rule, "latest") == 0);
}

static void plain_print(const struct why_group *g, struct buffer *line)
{
    if (g->writes.of[0].words)
        buffer_text(line, "  ");
    else
        buffer_format(line, "  %s = ", g->columns);
    kept_say(line, g->writes.of[0].value, g->writes.of[0].words);
    write_say(line, &g->writes.of[0]);
    line_print(line);
}

/* Disputed columns, and those with a rule of their own, come first, with their reasons; then the others; then the names of the empty ones. */
static void groups_print(const struct why *why)
{
    struct buffer line = { 0 }, empty = { 0 };
    unsigned plain = 0;

    for (size_t i = 0; i < why->group_count; i++)
        if (!is_plain(&why->groups[i]))
            group_print(&why->groups[i]);
    for (size_t i = 0; i < why->group_count; i++) {
        const struct why_group *g = &why->groups[i];

        if (!is_plain(g))
            continue;
        if (g->empty) {
            buffer_format(&empty, "%s%s", empty.len ? ", " : "", g->columns);
            continue;
        }
        if (plain++ == 0)
            puts(T("tanpa bentrok, tulisan terakhir:", "not in conflict, the last write:"));
        plain_print(g, &line);
    }
    if (empty.len) {
        buffer_format(&line, T("kosong: %s", "empty: %s"), buffer_string(&empty));
        line_print(&line);
    }
    buffer_release(&empty);
    buffer_release(&line);
}

/* --- of the row --- */

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

static void state_print(const struct why *why, const struct whole *row)
{
    struct buffer line = { 0 };
    bool shown = why->state && strcmp(why->state, "tampil") == 0;

    buffer_format(&line, "%s ", row->table);
    value_write_all(&line, row->key->values, row->key->count);
    buffer_format(&line, ": %s", state_say(why));
    line_print(&line);
    for (size_t i = 0; i < why->deletes.count; i++) {
        buffer_text(&line,
                    shown ? T("    pernah dihapus, lalu ditulis lagi", "    was deleted, and written again since") : T("    dihapus", "    deleted"));
        write_say(&line, &why->deletes.of[i]);
        if (value_datum(why->deletes.of[i].value).type != JEMPUT_TYPE_NULL) {
            buffer_text(&line, T(", diteruskan pada baris ", ", goes on in the row "));
            kept_say(&line, why->deletes.of[i].value, NULL);
        }
        line_print(&line);
    }
    if (why->state && strcmp(why->state, "dihapus") == 0) {
        buffer_text(&line, why->deletes.count && value_datum(why->deletes.of[0].value).type != JEMPUT_TYPE_NULL
                               ? T("    membatalkan: jemput merge-rows ... --undo", "    to undo: jemput merge-rows ... --undo")
                               : T("    mengembalikan: jemput resolve ... --restore", "    to bring it back: jemput resolve ... --restore"));
        line_print(&line);
    }
    if (why->held) {
        buffer_format(&line, "    %s: %s", hold_words(why->held), why->held);
        if (why->against_table) {
            line_print(&line);
            buffer_format(&line, T("    yang menghalangi: %s ", "    in its way: %s "), why->against_table);
            kept_say(&line, why->against_key, NULL);
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
            kept_say(&line, why->pending.of[i].value, NULL);
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

void why_text(const struct why *why, const char *table, const struct row_key *key, const char *column)
{
    const struct whole row = { table, key };

    state_print(why, &row);
    if (column)
        for (size_t i = 0; i < why->group_count; i++)
            group_print(&why->groups[i]);
    else
        groups_print(why);
    pending_print(why);
    delivery_print(why);
}
