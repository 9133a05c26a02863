/* commands/duplicates.c — `jemput duplicates`: persons and households that may be there twice. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "duplicates.h"
#include "failure.h"
#include "json.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct reason_text {
    const char *in_indonesian, *in_english;
};

/* By bit, as reason_codes; of households the number is that of the KK, the name that of the head. */
static const struct reason_text reason_texts[REASON_COUNT] = {
    { "nomor sama", "same number" },
    { "nomor beda satu angka", "number with one digit different" },
    { "dua angka nomor tertukar", "two digits of the number swapped" },
    { "nomor berbeda (melawan)", "another number (against)" },
    { "nama sama", "same name" },
    { "nama sama menurut ejaan", "same name, spelled otherwise" },
    { "nama sama menurut bunyi", "same name by its sound" },
    { "nama mirip", "like name" },
    { "nama berbeda (melawan)", "another name (against)" },
    { "tanggal lahir sama", "same birth date" },
    { "hari dan bulan lahir tertukar", "day and month of birth swapped" },
    { "tanggal lahir beda satu angka", "birth date with one digit different" },
    { "tanggal lahir salah satunya tidak diketahui", "the birth date of one is not known" },
    { "tanggal lahir berbeda (melawan)", "another birth date (against)" },
    { "nama ibu sama", "same mother's name" },
    { "nama ibu berbeda (melawan)", "another mother's name (against)" },
    { "tempat lahir sama", "same birth place" },
    { "satu keluarga", "one household" },
    { "jenis kelamin berbeda (melawan)", "another sex (against)" },
    { "alamat sama", "same address" },
    { "RT/RW sama", "same RT/RW" },
};

static const char *const kind_names[] = { "orang", "keluarga" };

struct duplicates {
    struct jemput *jemput;
    unsigned min;
    bool all;
    struct json json;
    size_t told;
    size_t decided_count;
    char **decided; /* "a b": ids in hex, the smaller first; ascending */
};

/* --- pairs that were decided --- */

static char *pair_word(const struct jemput_datum *a, const struct jemput_datum *b)
{
    struct buffer one = { 0 }, other = { 0 }, word = { 0 };
    bool swap;

    value_write(&one, a);
    value_write(&other, b);
    swap = strcmp(buffer_string(&one), buffer_string(&other)) > 0;
    buffer_format(&word, "%s %s", buffer_string(swap ? &other : &one), buffer_string(swap ? &one : &other));
    buffer_release(&one);
    buffer_release(&other);
    return word.data;
}

static int word_compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

/* In a space without that table nothing is decided. */
static void decided_read(struct duplicates *d)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(jemput_app(d->jemput), "SELECT orang_a, orang_b FROM putusan_ganda", -1, &stmt, NULL) != SQLITE_OK)
        return;
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        struct jemput_datum a = value_column(stmt, 0), b = value_column(stmt, 1);

        d->decided = memory_resize(d->decided, d->decided_count + 1, sizeof *d->decided);
        d->decided[d->decided_count++] = pair_word(&a, &b);
    }
    sqlite3_finalize(stmt);
    if (d->decided_count)
        qsort(d->decided, d->decided_count, sizeof *d->decided, word_compare);
}

static bool pair_is_decided(const struct duplicates *d, const struct party *a, const struct party *b)
{
    char *word = pair_word(&a->id, &b->id);
    bool found = d->decided_count && bsearch(&word, d->decided, d->decided_count, sizeof *d->decided, word_compare);

    free(word);
    return found;
}

/* --- for people --- */

static void party_print(const struct party *p, unsigned indent)
{
    struct buffer line = { 0 };

    buffer_format(&line, "%*s", (int)indent, "");
    value_write(&line, &p->id);
    buffer_format(&line, "  %s", p->title[0] ? p->title : T("(tanpa nama)", "(without a name)"));
    if (p->born && p->born[0])
        buffer_format(&line, ", %s", p->born);
    if (p->quarter && p->quarter[0] != '/')
        buffer_format(&line, ", RT/RW %s", p->quarter);
    if (p->held)
        buffer_text(&line, T("  [tertahan]", "  [held]"));
    terminal_text(stdout, buffer_string(&line), line.len);
    fputc('\n', stdout);
    buffer_release(&line);
}

static void suspicion_print(const struct suspicion *s, const struct party *a, const struct party *b, enum party_kind kind)
{
    struct buffer line = { 0 };

    terminal_style(stdout, TERMINAL_BOLD);
    printf("%3u  %s\n", s->score, kind_names[kind]);
    terminal_style(stdout, TERMINAL_PLAIN);
    party_print(a, 5);
    party_print(b, 5);
    for (unsigned i = 0; i < REASON_COUNT; i++)
        if (s->reasons & 1u << i)
            buffer_format(&line, "%s%s", line.len ? "; " : "     ", T(reason_texts[i].in_indonesian, reason_texts[i].in_english));
    puts(buffer_string(&line));
    buffer_release(&line);
}

/* --- for programs --- */

static void party_json(struct json *j, const char *name, const struct party *p)
{
    json_object(j, name);
    json_datum(j, "id", &p->id);
    json_text(j, "title", p->title);
    json_bool(j, "held", p->held);
    json_end_object(j);
}

static void suspicion_json(struct json *j, const struct suspicion *s, const struct party *a, const struct party *b, enum party_kind kind)
{
    json_object(j, NULL);
    json_text(j, "table", kind_names[kind]);
    json_count(j, "score", s->score);
    party_json(j, "a", a);
    party_json(j, "b", b);
    json_array(j, "reasons");
    for (unsigned i = 0; i < REASON_COUNT; i++)
        if (s->reasons & 1u << i) {
            json_object(j, NULL);
            json_text(j, "code", reason_codes[i]);
            json_text(j, "text", T(reason_texts[i].in_indonesian, reason_texts[i].in_english));
            json_end_object(j);
        }
    json_end_array(j);
    json_end_object(j);
}

/* --- all of them --- */

static void progress(uint64_t done, uint64_t total)
{
    progress_show(T("bandingkan", "compare"), done, total);
}

static int kind_tell(struct duplicates *d, enum party_kind kind, bool json)
{
    struct suspicions s = { 0 };
    struct parties parties = { 0 };
    int code = parties_read(&parties, d->jemput, kind);

    if (code < 0)
        suspicions_find(&s, &parties, kind, d->min, progress);
    progress_end();
    for (size_t i = 0; code < 0 && i < s.count; i++) {
        const struct party *a = &parties.of[s.of[i].a], *b = &parties.of[s.of[i].b];

        if (kind == PARTY_ORANG && !d->all && pair_is_decided(d, a, b))
            continue;
        d->told++;
        if (json)
            suspicion_json(&d->json, &s.of[i], a, b, kind);
        else
            suspicion_print(&s.of[i], a, b, kind);
    }
    suspicions_release(&s);
    parties_release(&parties);
    return code;
}

static int duplicates(struct duplicates *d, const char *table, bool json)
{
    int code = -1;

    decided_read(d);
    if (json)
        json_array(&d->json, NULL);
    for (unsigned kind = PARTY_ORANG; code < 0 && kind <= PARTY_KELUARGA; kind++)
        if (!table || strcmp(table, kind_names[kind]) == 0)
            code = kind_tell(d, (enum party_kind)kind, json);
    if (json)
        json_end_array(&d->json);
    else if (code < 0 && d->told == 0)
        puts(T("Tidak ada yang diduga ganda.", "No duplicates are suspected."));
    else if (code < 0)
        printf(
            T("Dugaan: %zu; tidak ada yang diubah. Kalau satu: jemput merge-rows TABLE KEY-TETAP KEY-PERGI; kalau berbeda: jemput duplicates "
              "--help\n",
              "Suspected: %zu; nothing was changed. If they are one: jemput merge-rows TABLE KEEP GONE; if they differ: jemput duplicates --help\n"),
            d->told);
    for (size_t i = 0; i < d->decided_count; i++)
        free(d->decided[i]);
    free(d->decided);
    return code < 0 ? EXIT_OK : code;
}

static int cmd_duplicates(struct cli *cli, int argc, char **argv)
{
    struct duplicates d = { .json = { .out = stdout } };
    const char *table = NULL, *min = "60";
    const struct option_spec specs[] = {
        { .name = "table", .argument = "orang|keluarga", .value = &table, .help = T("hanya tabel ini", "this table only") },
        { .name = "min",
          .argument = T("NILAI", "SCORE"),
          .value = &min,
          .help = T("paling sedikit nilai ini, 1 sampai 100; bawaan 60", "at least this score, 1 to 100; else 60") },
        { .name = "all", .flag = &d.all, .help = T("juga pasangan yang sudah diputus", "pairs that were decided, too") },
    };
    long number;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    if (!options_number(min, 1, 100, &number))
        return failure_usage("duplicates", "%s", T("--min: bilangan dari 1 sampai 100", "--min: a number from 1 to 100"));
    if (table && strcmp(table, kind_names[PARTY_ORANG]) != 0 && strcmp(table, kind_names[PARTY_KELUARGA]) != 0)
        return failure_usage("duplicates", "%s", T("--table: orang atau keluarga", "--table: orang or keluarga"));
    d.min = (unsigned)number;
    d.jemput = space_open(cli, &code);
    if (!d.jemput)
        return code;
    code = duplicates(&d, table, cli->json);
    jemput_close(d.jemput);
    return code;
}

const struct command command_duplicates = {
    .name = "duplicates",
    .operands = "[--table orang|keluarga] [--min SCORE] [--all]",
    .summary_id = "Orang atau keluarga yang mungkin tercatat dua kali.",
    .summary_en = "Persons or households that may have been entered twice.",
    .example = "jemput -s pusat.db duplicates --table orang --min 80",
    .run = cmd_duplicates,
    .json = true,
    .more_id = "Tiap dugaan: nilai 0 sampai 100, kedua baris, dan alasannya satu per satu. Yang dibandingkan: NIK dan nomor KK "
               "seperti tertulis, juga bila salah satu angka atau dua angka tertukar; nama menurut ejaannya (oe/u, dj/j, tj/c, y/i, "
               "huruf ganda, gelar, bin/binti, M./Muhammad); tanggal lahir; kepala keluarga dan alamat. Baris tertahan ikut "
               "diperiksa. Tidak ada yang diubah.\n"
               "Kalau keduanya satu: jemput merge-rows. Kalau dua orang yang berbeda, catat itu; pasangan yang sudah diputus tidak "
               "ditampilkan lagi, kecuali dengan --all:\n"
               "  INSERT INTO putusan_ganda(orang_a, orang_b, putusan, alasan) VALUES(x'KEY1', x'KEY2', 'BEDA', '...')",
    .more_en = "Each suspicion: a score from 0 to 100, both rows, and the reasons one by one. Compared are: NIK and KK numbers as "
               "written, also with one digit wrong or two swapped; names by their spelling (oe/u, dj/j, tj/c, y/i, double letters, "
               "titles, bin/binti, M./Muhammad); birth dates; heads of households and addresses. Held rows are looked at, too. "
               "Nothing is changed.\n"
               "If they are one: jemput merge-rows. If they are two persons, write that down; pairs that were decided are not shown "
               "again, unless --all is given:\n"
               "  INSERT INTO putusan_ganda(orang_a, orang_b, putusan, alasan) VALUES(x'KEY1', x'KEY2', 'BEDA', '...')",
};
