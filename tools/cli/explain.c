/* explain.c — one segment explained. See explain.h. */
#include "explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "json.h"
#include "moment.h"
#include "origin.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

enum { CHANGES_MAX = 20, COLUMNS_MAX = 8 }; /* of one transaction, of one row, on the page */

static void line(const char *label, const struct buffer *text)
{
    printf("%-16s", label);
    terminal_text(stdout, buffer_string(text), text->len);
    fputc('\n', stdout);
}

static void line_text(const char *label, const char *text)
{
    printf("%-16s", label);
    terminal_text(stdout, text, strlen(text));
    fputc('\n', stdout);
}

static const char *fate_words(enum jemput_fate fate)
{
    switch (fate) {
    case JEMPUT_FATE_REFUSED:
        return T("ditolak", "refused");
    case JEMPUT_FATE_VOID:
        return T("gugur", "void");
    case JEMPUT_FATE_UNREAD:
        return T("butuh kunci: disimpan utuh, belum terbaca di sini", "key wanted: kept whole, not read here");
    case JEMPUT_FATE_WAITS:
        return T("menunggu tanda tangan administrator induk", "waits for signatures of root administrators");
    case JEMPUT_FATE_CUT_OFF:
        return T("datanya dipotong di sini: titik pangkal mewakilinya", "its data was cut off here: a checkpoint stands for it");
    default:
        return T("berlaku", "counts");
    }
}

static const char *fate_word(enum jemput_fate fate)
{
    static const char *const words[] = { [JEMPUT_FATE_COUNTS] = "counts", [JEMPUT_FATE_REFUSED] = "refused", [JEMPUT_FATE_VOID] = "void",
        [JEMPUT_FATE_UNREAD] = "unread", [JEMPUT_FATE_WAITS] = "waits", [JEMPUT_FATE_CUT_OFF] = "cut-off" };

    return words[fate];
}

/* --- who, when, behind what --- */

static void who_print(const struct jemput_explained *x)
{
    struct buffer text = { 0 };

    buffer_format(&text, "%s, %s %s", x->label[0] ? x->label : T("tidak terdaftar", "not enrolled"), T("penulis", "writer"), x->info.origin.writer);
    line(T("ditandatangani", "signed by"), &text);
    text.len = 0;
    buffer_format(&text, "%s%s%s", x->roles[0] ? x->roles : T("tanpa peran", "no role"), x->scope[0] ? T(", wilayah ", ", scope ") : "", x->scope);
    line(T("haknya di situ", "rights there"), &text);
    buffer_release(&text);
}

static void when_print(const struct jemput_explained *x)
{
    char when[MOMENT_BYTES], after[MOMENT_BYTES], before[MOMENT_BYTES];
    struct buffer text = { 0 };

    moment_local(when, x->info.origin.claimed_ms);
    moment_local(after, x->after_ms);
    moment_local(before, x->before_ms);
    buffer_format(&text, T("%s menurut jamnya sendiri (pengakuan, bukan bukti)", "%s by its own clock (claimed, not evidence)"), when);
    line(T("waktu", "time"), &text);
    text.len = 0;
    if (x->after_ms && x->before_ms)
        buffer_format(&text, T("menurut jam pusat antara %s dan %s", "by central's clock between %s and %s"), after, before);
    else if (x->after_ms)
        buffer_format(&text, T("menurut jam pusat sesudah %s", "by central's clock after %s"), after);
    else if (x->before_ms)
        buffer_format(&text, T("menurut jam pusat sebelum %s", "by central's clock before %s"), before);
    if (text.len)
        line("", &text);
    buffer_release(&text);
}

static void behind_print(const struct jemput_explained *x)
{
    struct buffer text = { 0 };

    if (x->follows)
        buffer_format(&text, T("segmen %" PRIu64 " catatannya sendiri (%.16s…)", "segment %" PRIu64 " of its own log (%.16s…)"), x->follows, x->previous);
    else
        buffer_text(&text, T("tidak ada: ia memulai catatannya", "none: it begins its log"));
    line(T("mengikuti", "follows"), &text);
    for (unsigned i = 0; i < x->head_count; i++) {
        const struct jemput_explained_head *h = &x->heads[i];

        text.len = 0;
        buffer_format(&text, T("%s sampai segmen %" PRIu64 "%s", "%s up to segment %" PRIu64 "%s"), h->label[0] ? h->label : h->writer, h->number,
                      h->known ? "" : T(" (tidak ada di sini)", " (not here)"));
        line(i ? "" : T("sudah melihat", "had seen"), &text);
    }
    buffer_release(&text);
}

static void fate_print(const struct jemput_explained *x)
{
    struct buffer text = { 0 };

    buffer_text(&text, fate_words(x->fate));
    if (x->cut_kind)
        buffer_format(&text, T("; oleh %s%s%s dari %s, segmen %.16s…", "; by a %s%s%s of %s, segment %.16s…"), x->cut_kind, x->cut_reason[0] ? " " : "",
                      x->cut_reason, x->cut_label[0] ? x->cut_label : "?", x->cut_segment);
    line(T("di sini", "here"), &text);
    line_text("", origin_state(&x->info.origin));
    buffer_release(&text);
}

/* --- what is in it --- */

static void change_print(const struct jemput_explained_change *c)
{
    struct buffer text = { 0 };

    buffer_format(&text, "    %c %s ", c->op, c->table);
    value_write_all(&text, c->key, c->key_count);
    for (unsigned i = 0; i < c->column_count && i < COLUMNS_MAX; i++)
        buffer_format(&text, "%s%s", i ? ", " : ": ", c->columns[i]);
    if (c->column_count > COLUMNS_MAX)
        buffer_format(&text, T(" dan %u kolom lagi", " and %u columns more"), c->column_count - COLUMNS_MAX);
    if (c->held)
        buffer_text(&text, T("  [tertahan]", "  [held]"));
    terminal_text(stdout, buffer_string(&text), text.len);
    fputc('\n', stdout);
    buffer_release(&text);
}

static void txn_print(const struct jemput_explained_txn *t)
{
    struct buffer text = { 0 };
    char when[MOMENT_BYTES];

    moment_local(when, t->claimed_ms);
    buffer_format(&text, T("  transaksi %u  %s  %u baris  %s", "  transaction %u  %s  %u rows  %s"), (unsigned)t->place, when, t->change_count,
                  fate_words(t->fate));
    if (t->why_id)
        buffer_format(&text, ": %s", T(t->why_id, t->why_en));
    if (t->adopted) {
        buffer_text(&text, T("; diterima oleh ", "; adopted by "));
        origin_write(&text, &t->by);
    }
    terminal_text(stdout, buffer_string(&text), text.len);
    fputc('\n', stdout);
    if (t->note[0]) {
        text.len = 0;
        buffer_format(&text, T("    catatan: %s", "    note: %s"), t->note);
        terminal_text(stdout, buffer_string(&text), text.len);
        fputc('\n', stdout);
    }
    for (unsigned i = 0; i < t->change_count && i < CHANGES_MAX; i++)
        change_print(&t->changes[i]);
    if (t->change_count > CHANGES_MAX)
        printf(T("    dan %u baris lagi (--json)\n", "    and %u rows more (--json)\n"), t->change_count - CHANGES_MAX);
    buffer_release(&text);
}

static void record_print(const struct jemput_explained_record *r)
{
    struct buffer text = { 0 };
    const char *at = r->text;

    buffer_format(&text, "  %s  %s%s%s", r->kind, fate_words(r->fate), r->why ? ": " : "", r->why ? r->why : "");
    terminal_text(stdout, buffer_string(&text), text.len);
    fputc('\n', stdout);
    for (unsigned lines = 0; *at && lines < 8; lines++) { /* the schema's text, for one, is long */
        size_t len = strcspn(at, "\n"), shown = len > 100 ? 100 : len;

        fputs("      ", stdout);
        terminal_text(stdout, at, shown);
        puts(shown < len ? " …" : "");
        at += len + (at[len] == '\n');
    }
    if (*at)
        puts("      …");
    buffer_release(&text);
}

static void contents_print(const struct jemput_explained *x)
{
    for (unsigned i = 0; i < x->txn_count; i++)
        txn_print(&x->txns[i]);
    for (unsigned i = 0; i < x->record_count; i++)
        record_print(&x->records[i]);
    if (x->info.control && !x->record_count && x->fate != JEMPUT_FATE_CUT_OFF)
        puts(T("  tanda terima: ia hanya menyatakan apa yang sudah digabungkan", "  a receipt: it says nothing but what was merged"));
    if (x->rule_count)
        puts(T("Kebijakan yang mengatur tabel dan perannya:", "The policy's rules for its tables and roles:"));
    else if (x->txn_count)
        puts(T("Kebijakan: tidak ada aturan untuk tabel dan peran ini.", "Policy: there is no rule for these tables and roles."));
    for (unsigned i = 0; i < x->rule_count; i++) {
        fputs("  ", stdout);
        terminal_text(stdout, x->rules[i], strlen(x->rules[i]));
        fputc('\n', stdout);
    }
}

int explain_text(void *ctx, const struct jemput_explained *x)
{
    struct buffer text = { 0 };

    (void)ctx;
    buffer_format(&text, "%s %" PRIu64 ", %s, %s", T("Segmen", "Segment"), x->info.number, x->info.control ? T("kendali", "control") : T("data", "data"),
                  x->segment);
    terminal_style(stdout, TERMINAL_BOLD);
    puts(buffer_string(&text));
    terminal_style(stdout, TERMINAL_PLAIN);
    line_text("commit", x->info.commit);
    who_print(x);
    when_print(x);
    behind_print(x);
    text.len = 0;
    buffer_format(&text, T("daftar perangkat %u, skema %u, masa kunci %u", "roster %u, schema %u, key epoch %u"), (unsigned)x->roster_version,
                  (unsigned)x->schema_version, (unsigned)x->key_epoch);
    if (x->fate != JEMPUT_FATE_CUT_OFF)
        line(T("versi", "versions"), &text);
    if (x->state_hash[0])
        line_text(T("sidik isi", "state hash"), x->state_hash);
    fate_print(x);
    contents_print(x);
    buffer_release(&text);
    return 0;
}

/* --- for programs --- */

static void txn_json(struct json *j, const struct jemput_explained_txn *t)
{
    json_object(j, NULL);
    json_count(j, "place", t->place);
    json_moment(j, "claimed", t->claimed_ms);
    json_text(j, "note", t->note);
    json_text(j, "fate", fate_word(t->fate));
    if (t->why_id)
        json_text(j, "why", T(t->why_id, t->why_en));
    if (t->adopted) {
        json_object(j, "adopted_by");
        origin_json(j, &t->by);
        json_end_object(j);
    }
    json_array(j, "changes");
    for (unsigned i = 0; i < t->change_count; i++) {
        const struct jemput_explained_change *c = &t->changes[i];
        const char op[2] = { c->op, 0 };

        json_object(j, NULL);
        json_text(j, "op", op);
        json_text(j, "table", c->table);
        json_array(j, "key");
        for (unsigned k = 0; k < c->key_count; k++)
            json_datum(j, NULL, &c->key[k]);
        json_end_array(j);
        json_array(j, "columns");
        for (unsigned k = 0; k < c->column_count; k++)
            json_text(j, NULL, c->columns[k]);
        json_end_array(j);
        json_bool(j, "held", c->held != 0);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
}

static void record_json(struct json *j, const struct jemput_explained_record *r)
{
    json_object(j, NULL);
    json_text(j, "kind", r->kind);
    json_text(j, "text", r->text);
    json_text(j, "fate", fate_word(r->fate));
    if (r->why)
        json_text(j, "why", r->why);
    json_end_object(j);
}

static void head_json(struct json *j, const struct jemput_explained_head *h)
{
    json_object(j, NULL);
    json_text(j, "writer", h->writer);
    json_text(j, "label", h->label);
    json_count(j, "number", h->number);
    json_text(j, "segment", h->segment);
    json_bool(j, "known", h->known != 0);
    json_end_object(j);
}

static void header_json(struct json *j, const struct jemput_explained *x)
{
    json_text(j, "segment", x->segment);
    json_text(j, "commit", x->info.commit);
    json_count(j, "number", x->info.number);
    json_text(j, "class", x->info.control ? "control" : "data");
    json_text(j, "label", x->label);
    origin_json(j, &x->info.origin);
    json_text(j, "signer", x->signer);
    json_text(j, "rights", x->roles);
    json_text(j, "scope", x->scope);
    json_moment(j, "after", x->after_ms);
    json_moment(j, "before", x->before_ms);
    json_text(j, "previous", x->previous);
    json_count(j, "roster_version", x->roster_version);
    json_count(j, "schema_version", x->schema_version);
    json_count(j, "key_epoch", x->key_epoch);
    json_text(j, "state_hash", x->state_hash);
    json_text(j, "fate", fate_word(x->fate));
    if (x->cut_kind) {
        json_object(j, "cut");
        json_text(j, "kind", x->cut_kind);
        json_text(j, "reason", x->cut_reason);
        json_text(j, "by", x->cut_label);
        json_text(j, "segment", x->cut_segment);
        json_end_object(j);
    }
}

int explain_json(void *ctx, const struct jemput_explained *x)
{
    struct json j = { .out = stdout };

    (void)ctx;
    json_object(&j, NULL);
    header_json(&j, x);
    json_array(&j, "had_seen");
    for (unsigned i = 0; i < x->head_count; i++)
        head_json(&j, &x->heads[i]);
    json_end_array(&j);
    json_array(&j, "transactions");
    for (unsigned i = 0; i < x->txn_count; i++)
        txn_json(&j, &x->txns[i]);
    json_end_array(&j);
    json_array(&j, "records");
    for (unsigned i = 0; i < x->record_count; i++)
        record_json(&j, &x->records[i]);
    json_end_array(&j);
    json_array(&j, "rules");
    for (unsigned i = 0; i < x->rule_count; i++)
        json_text(&j, NULL, x->rules[i]);
    json_end_array(&j);
    json_end_object(&j);
    return 0;
}
