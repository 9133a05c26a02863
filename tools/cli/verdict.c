/* verdict.c — what checking found: numbers, then part by part what holds, then each thing that does not, with what to do. See verdict.h. */
#include "verdict.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "buffer.h"
#include "json.h"
#include "terminal.h"
#include "text.h"

enum { LINES_MAX = 8, LINES_KEPT_MAX = 10000 }; /* of one part on the page; in memory */

int verdict_take(void *verdict, const struct jemput_finding *finding)
{
    struct verdict *v = verdict;

    if (v->count == v->room) {
        v->room = v->room ? 2 * v->room : 16;
        v->lines = memory_resize(v->lines, v->room, sizeof *v->lines);
    }
    v->lines[v->count].part = finding->part;
    v->lines[v->count++].what = memory_copy(finding->what, strlen(finding->what));
    return v->count == LINES_KEPT_MAX;
}

void verdict_release(struct verdict *v)
{
    for (size_t i = 0; i < v->count; i++)
        free(v->lines[i].what);
    free(v->lines);
    memset(v, 0, sizeof *v);
}

static const struct part {
    enum jemput_audit_part part;
    const char *word, *name_id, *name_en, *holds_id, *holds_en;
    bool of_hub;
} parts[] = {
    { JEMPUT_AUDIT_FILE, "file", "berkas", "file", "utuh, dan cocok dengan dirinya sendiri", "whole, and agrees with itself", true },
    { JEMPUT_AUDIT_LOGS, "logs", "catatan", "logs", "tiap tanda tangan, rantai, sidik, dan konteks benar",
      "each signature, chain, hash and context is right", true },
    { JEMPUT_AUDIT_ROSTER, "roster", "perangkat", "devices", "daftar perangkat seperti yang ditandatangani", "the list of devices is what was signed", true },
    { JEMPUT_AUDIT_KEYS, "keys", "kunci", "keys", "tiap kunci yang ada di sini cocok", "each key that is here fits", false },
    { JEMPUT_AUDIT_STATE, "state", "isi", "contents", "dihitung ulang dari segmen: sama, juga tiap penolakan kebijakan",
      "recomputed from the segments: the same, and so is each refusal of the policy", false },
    { JEMPUT_AUDIT_CENTRAL, "central", "isi pusat", "central", "yang ditandatangani pusat sama dengan yang diberikan segmen",
      "what central signed is what the segments give", false },
};
enum { PART_COUNT = sizeof parts / sizeof parts[0] };

static size_t findings_of(const struct verdict *v, enum jemput_audit_part part)
{
    size_t count = 0;

    for (size_t i = 0; i < v->count; i++)
        count += v->lines[i].part == part;
    return count;
}

/* Why nothing is said of a part; NULL = it was looked at. */
static const char *not_looked(const struct jemput_audit *a, const struct part *p, bool hub)
{
    if (hub && !p->of_hub)
        return T("tidak dapat dinilai tanpa kunci dan berkas data", "cannot be judged without keys and a store");
    if (hub && p->part == JEMPUT_AUDIT_ROSTER && !a->devices)
        return T("segmen asal ruang tidak ada di sini", "the space's genesis segment is not here");
    if (p->part == JEMPUT_AUDIT_STATE && !a->logs_hash[0])
        return T("tidak dapat dihitung ulang: lihat yang di bawah", "could not be recomputed: see below");
    if (p->part == JEMPUT_AUDIT_CENTRAL && a->central == 0)
        return a->central_why ? a->central_why : "";
    return NULL;
}

/* --- the page --- */

static void numbers_hub(const struct jemput_audit *a)
{
    printf(T("  segmen       %" PRIu64 " dalam %" PRIu64 " catatan; kendali %" PRIu64 "; tersegel, isinya tidak dinilai: %" PRIu64 "\n",
             "  segments     %" PRIu64 " in %" PRIu64 " logs; control %" PRIu64 "; sealed, contents not judged: %" PRIu64 "\n"),
           a->segments, a->logs, a->control, a->unread);
    printf(T("  catatan      bercabang %" PRIu64 "; dari yang tidak terdaftar %" PRIu64 "; segmen gugur %" PRIu64 "; dilihat yang lain, tidak ada di sini %" PRIu64 "\n",
             "  logs         forked %" PRIu64 "; of nobody enrolled %" PRIu64 "; void segments %" PRIu64 "; seen by others, not here %" PRIu64 "\n"),
           a->logs_forked, a->logs_strange, a->voided, a->seen_missing);
}

static void numbers_store(const struct jemput_audit *a)
{
    printf(T("  segmen       %" PRIu64 " dalam %" PRIu64 " catatan (bercabang %" PRIu64 "); kendali %" PRIu64 "; butuh kunci %" PRIu64 "; dipotong, diwakili titik pangkal %" PRIu64 "\n",
             "  segments     %" PRIu64 " in %" PRIu64 " logs (forked %" PRIu64 "); control %" PRIu64 "; key wanted %" PRIu64 "; cut off, by checkpoint %" PRIu64 "\n"),
           a->segments, a->logs, a->logs_forked, a->control, a->unread, a->cut_off);
    printf(T("  transaksi    %" PRIu64 "; ditolak kebijakan %" PRIu64 "; gugur karena pencabutan %" PRIu64 "\n",
             "  transactions %" PRIu64 "; refused by policy %" PRIu64 "; void by revocation %" PRIu64 "\n"),
           a->txns, a->refused, a->voided);
    printf(T("  isi          %" PRIu64 " baris; bentrok %" PRIu64 "; tertahan %" PRIu64 "\n", "  contents     %" PRIu64 " rows; conflicts %" PRIu64 "; held %" PRIu64 "\n"),
           a->rows, a->conflicts, a->held);
    printf(T("  kunci        %u dari %u masa kunci terbaca di sini\n", "  keys         %u of %u key epochs can be read here\n"), (unsigned)a->epochs_readable,
           (unsigned)a->epochs);
}

static void numbers_print(const struct jemput_audit *a, bool hub)
{
    (hub ? numbers_hub : numbers_store)(a);
    printf(T("  perangkat    %u terdaftar; ditangguhkan %u; dicabut %u. Tindakan %" PRIu64 "; tanpa akibat %" PRIu64 "; menunggu tanda tangan %" PRIu64 "\n",
             "  devices      %u enrolled; suspended %u; revoked %u. Records %" PRIu64 "; without effect %" PRIu64 "; waiting %" PRIu64 "\n"),
           (unsigned)a->devices, (unsigned)a->devices_suspended, (unsigned)a->devices_revoked, a->records, a->records_idle, a->records_waiting);
}

static void part_print(const struct verdict *v, const struct jemput_audit *a, const struct part *p, bool hub)
{
    const char *why = not_looked(a, p, hub);
    size_t found = findings_of(v, p->part);

    printf("  %-12s ", T(p->name_id, p->name_en));
    if (found) {
        terminal_style(stdout, TERMINAL_RED);
        printf(T("TIDAK COCOK: %zu temuan", "DOES NOT HOLD: %zu findings"), found);
    } else if (why) {
        printf(T("tidak dinilai: %s", "not judged: %s"), why);
    } else {
        fputs(T("cocok: ", "holds: "), stdout);
        fputs(T(p->holds_id, p->holds_en), stdout);
    }
    terminal_style(stdout, TERMINAL_PLAIN);
    fputc('\n', stdout);
}

static void line_print(const char *text)
{
    terminal_style(stdout, TERMINAL_RED);
    fputs(T("  masalah: ", "  problem: "), stdout);
    terminal_style(stdout, TERMINAL_PLAIN);
    terminal_text(stdout, text, strlen(text));
    fputc('\n', stdout);
}

static void findings_print(const struct verdict *v, const struct part *p)
{
    struct jemput_finding words = { .part = p->part };
    struct jemput_error ignored;
    size_t found = findings_of(v, p->part), told = 0;

    if (!found || jemput_finding_words(&words, &ignored))
        return;
    terminal_style(stdout, TERMINAL_BOLD);
    printf("\n%s\n", T(words.what_id, words.what_en));
    terminal_style(stdout, TERMINAL_PLAIN);
    for (size_t i = 0; i < v->count && told < LINES_MAX; i++)
        if (v->lines[i].part == p->part && told++ < LINES_MAX)
            line_print(v->lines[i].what);
    if (found > told)
        printf(T("  dan %zu lagi: --json menyebut semuanya\n", "  and %zu more: --json names them all\n"), found - told);
    printf(T("  datanya aman? %s\n", "  is the data safe? %s\n"), T(words.safe_id, words.safe_en));
    printf(T("  yang harus dilakukan: %s\n", "  what to do: %s\n"), T(words.todo_id, words.todo_en));
}

static void end_print(const struct jemput_audit *a, bool hub)
{
    if (a->findings)
        printf(T("\nMasalah: %" PRIu64 ". Jangan menghapus apa pun; simpan halaman ini, dan hubungi administrator.\n",
                 "\nProblems: %" PRIu64 ". Delete nothing; keep this page, and call your administrator.\n"),
               a->findings);
    else if (hub)
        puts(T("Tidak ada masalah: tanda tangan, rantai, dan tempat tiap segmen cocok. Isi yang tersegel tidak dinilai.",
               "No problems: signature, chain and place of each segment agree. What is sealed was not judged."));
    else
        puts(T("Tidak ada masalah: berkas, tanda tangan, rantai, dan isi cocok.", "No problems: file, signatures, chains and contents agree."));
}

void verdict_page(const struct verdict *v, const struct jemput_audit *a, const char *of, bool hub)
{
    struct stat info;
    bool file = stat(of, &info) == 0 && S_ISREG(info.st_mode);

    fputs(!hub ? T("Berkas data ", "Store ") : file ? T("Bundel ", "Bundle ") : T("Hub ", "Hub "), stdout);
    terminal_text(stdout, of, strlen(of));
    printf(T(", ruang %.16s…\n", ", space %.16s…\n"), a->space[0] ? a->space : "?");
    numbers_print(a, hub);
    putchar('\n');
    for (unsigned i = 0; i < PART_COUNT; i++)
        part_print(v, a, &parts[i], hub);
    if (a->state_hash[0])
        printf(T("  Sidik isi: %s\n", "  State hash: %s\n"), a->state_hash);
    for (unsigned i = 0; i < PART_COUNT; i++)
        findings_print(v, &parts[i]);
    end_print(a, hub);
}

/* --- for programs --- */

static void numbers_json(struct json *j, const struct jemput_audit *a, bool hub)
{
    const struct {
        const char *name;
        uint64_t number;
    } numbers[] = { { "logs", a->logs }, { "logs_forked", a->logs_forked }, { "segments", a->segments }, { "control", a->control },
                    { "unread", a->unread }, { "voided", a->voided }, { "records", a->records }, { "records_idle", a->records_idle },
                    { "records_waiting", a->records_waiting }, { "devices", a->devices }, { "devices_suspended", a->devices_suspended },
                    { "devices_revoked", a->devices_revoked }, { "roster_version", a->roster_version }, { "schema_version", a->schema_version } },
      of_hub[] = { { "logs_strange", a->logs_strange }, { "seen_missing", a->seen_missing } },
      of_store[] = { { "transactions", a->txns }, { "refused", a->refused }, { "cut_off", a->cut_off }, { "epochs", a->epochs },
                     { "epochs_readable", a->epochs_readable }, { "rows", a->rows }, { "conflicts", a->conflicts }, { "held", a->held } };

    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        json_count(j, numbers[i].name, numbers[i].number);
    for (size_t i = 0; hub && i < sizeof of_hub / sizeof *of_hub; i++)
        json_count(j, of_hub[i].name, of_hub[i].number);
    for (size_t i = 0; !hub && i < sizeof of_store / sizeof *of_store; i++)
        json_count(j, of_store[i].name, of_store[i].number);
}

static void part_json(struct json *j, const struct verdict *v, const struct jemput_audit *a, const struct part *p, bool hub)
{
    struct jemput_finding words = { .part = p->part };
    struct jemput_error ignored;
    size_t found = findings_of(v, p->part);
    const char *why = not_looked(a, p, hub);

    json_object(j, p->word);
    if (!found && why)
        json_null(j, "holds");
    else
        json_bool(j, "holds", !found);
    if (!found && why)
        json_text(j, "not_judged", why);
    if (found && !jemput_finding_words(&words, &ignored)) {
        json_text(j, "what", T(words.what_id, words.what_en));
        json_text(j, "safe", T(words.safe_id, words.safe_en));
        json_text(j, "todo", T(words.todo_id, words.todo_en));
    }
    json_end_object(j);
}

void verdict_json(const struct verdict *v, const struct jemput_audit *a, bool hub)
{
    struct json j = { .out = stdout };

    json_object(&j, NULL);
    json_array(&j, "problems");
    for (size_t i = 0; i < v->count; i++)
        json_text(&j, NULL, v->lines[i].what);
    json_end_array(&j);
    json_count(&j, "problem_count", a->findings);
    json_bool(&j, "ok", a->findings == 0);
    json_text(&j, "space", a->space);
    if (a->state_hash[0])
        json_text(&j, "state_hash", a->state_hash);
    else
        json_null(&j, "state_hash");
    numbers_json(&j, a, hub);
    json_object(&j, "parts");
    for (unsigned i = 0; i < PART_COUNT; i++)
        part_json(&j, v, a, &parts[i], hub);
    json_end_object(&j);
    json_end_object(&j);
}
