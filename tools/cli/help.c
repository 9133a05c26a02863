/* help.c — help, made from the tables of commands and options. */
#include "help.h"

#include <stdio.h>
#include <string.h>

#include <jemput/error.h>

#include "commands.h"
#include "failure.h"
#include "terminal.h"
#include "text.h"

enum { SCREEN_COLUMNS = 80, OPTION_COLUMNS = 29 };

/* Words, one after the other, none behind the last column of a screen; `indent`: of all lines but the first, of which `at` columns are full. */
static void words_print(const char *text, size_t len, size_t at, size_t indent)
{
    const char *end = text + len;

    while (text < end) {
        size_t blanks = strspn(text, " "), word, width;

        text += blanks;
        word = strcspn(text, " ");
        if (text + word > end)
            word = (size_t)(end - text);
        width = terminal_width(text, word);
        if (at + blanks + width > SCREEN_COLUMNS && at > indent) {
            printf("\n%*s", (int)indent, "");
            at = indent + width;
        } else {
            printf("%*s", (int)blanks, "");
            at += blanks + width;
        }
        fwrite(text, 1, word, stdout);
        text += word;
    }
    putchar('\n');
}

/* Lines that begin with a blank are a list, each for itself. */
static void paragraphs_print(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), indent = strspn(text, " ");

        if (indent)
            indent = 4;
        words_print(text, len, 0, indent);
        text += len + (text[len] == '\n');
    }
}

static void option_print(const char *name, const char *argument, const char *help)
{
    char left[64];

    snprintf(left, sizeof left, "%s%s%s", name, argument ? " " : "", argument ? argument : "");
    printf("  %-26s ", left);
    words_print(help, strlen(help), OPTION_COLUMNS, OPTION_COLUMNS);
}

static void usage_print(const struct command *c)
{
    char line[512];

    snprintf(line, sizeof line, T("Pemakaian: jemput [-s STORE] %s%s%s", "Usage: jemput [-s STORE] %s%s%s"), c->name, c->operands[0] ? " " : "",
             c->operands);
    words_print(line, strlen(line), 0, 4);
}

void help_command(const struct command *c, const struct option_spec *specs, unsigned count)
{
    const char *more = T(c->more_id ? c->more_id : "", c->more_en ? c->more_en : "");
    char name[32];

    usage_print(c);
    printf("\n%s\n", T(c->summary_id, c->summary_en));
    paragraphs_print(more);
    puts(T("\nPilihan:", "\nOptions:"));
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "--%s", specs[i].name);
        option_print(name, specs[i].argument, specs[i].help);
    }
    if (c->json)
        option_print("--json", NULL, T("keluaran untuk program", "output for a program"));
    option_print("-s, --store", "FILE", T("berkas data; juga dari JEMPUT_STORE", "the store file; also from JEMPUT_STORE"));
    option_print("--pin-file", "FILE", T("PIN berkas yang disegel; juga dari JEMPUT_PIN", "PIN of a sealed store; also from JEMPUT_PIN"));
    option_print("--lang", "id|en", T("bahasa", "language"));
    option_print("--help", NULL, T("bantuan ini", "this help"));
    printf(T("\nContoh:\n  %s\n", "\nExample:\n  %s\n"), c->example);
}

struct exit_meaning {
    enum jemput_status status;
    const char *in_indonesian, *in_english;
};

static const struct exit_meaning exit_meanings[] = {
    { JEMPUT_IO, "penyimpanan gagal dibaca atau ditulis", "storage could not be read or written" },
    { JEMPUT_NOMEM, "memori habis", "no memory" },
    { JEMPUT_BUSY, "data sedang dipakai yang lain", "the data is in use by something else" },
    { JEMPUT_FULL, "ruang penyimpanan penuh", "no space left" },
    { JEMPUT_OFFLINE, "hub tidak dapat dihubungi", "the hub cannot be reached" },
    { JEMPUT_LIMIT, "terlalu besar", "too large" },
    { JEMPUT_CORRUPT, "rusak, palsu, atau bukan yang diminta", "damaged, forged, or not what it should be" },
    { JEMPUT_DENIED, "tidak diizinkan, atau kedaluwarsa", "not allowed, or expired" },
    { JEMPUT_NOTFOUND, "tidak ditemukan", "not found" },
    { JEMPUT_EXISTS, "sudah ada; tidak ditimpa", "there already; not overwritten" },
    { JEMPUT_CANCELLED, "dihentikan, atau waktunya habis", "stopped, or out of time" },
    { JEMPUT_UPGRADE, "dibuat oleh versi yang lebih baru", "made by a newer version" },
    { JEMPUT_LOCKED, "terkunci: perlu PIN", "locked: needs its PIN" },
    { JEMPUT_UNTRUSTED, "jalan ke hub tidak dapat dipercaya", "the way to the hub cannot be trusted" },
};

static void help_exit_codes(void)
{
    puts(T("\nKode keluar (tetap):\n   0                    berhasil\n"
           "   1                    ada masalah: temuan verify, baris atau berkas impor\n"
           "                        ditolak, SQL gagal, catatan perangkat dihentikan,\n"
           "                        tidak ada yang dapat dibatalkan\n"
           "   2                    salah pakai",
           "\nExit codes (stable):\n   0                    done\n"
           "   1                    problems: found by verify, refused rows or file of an\n"
           "                        import, failed SQL, stopped log of a device,\n"
           "                        nothing to undo\n"
           "   2                    wrong use"));
    for (unsigned i = 0; i < sizeof exit_meanings / sizeof exit_meanings[0]; i++) {
        const struct exit_meaning *m = &exit_meanings[i];

        printf("  %2d  %-17s %s%s\n", failure_code(m->status), jemput_status_name(m->status), T(m->in_indonesian, m->in_english),
               jemput_status_retryable(m->status) ? T(" (coba lagi nanti)", " (may work later)") : "");
    }
}

static void help_first_steps(void)
{
    puts(T("\nLangkah pertama (hub: folder bersama atau flashdisk USB):\n"
           "  # di kantor, sekali\n"
           "  jemput -s kantor.db init --hub hub.git\n"
           "  # untuk satu tablet\n"
           "  jemput -s kantor.db invite --role petugas --out tablet.undangan\n"
           "  # di tablet; dapat dipakai tanpa sinyal\n"
           "  jemput -s tablet.db join tablet.undangan\n"
           "  jemput -s tablet.db import permohonan.csv\n"
           "  # kapan saja, sesering apa pun\n"
           "  jemput -s tablet.db sync\n"
           "  jemput -s kantor.db sync\n"
           "  jemput -s kantor.db recap",
           "\nFirst steps (the hub: a shared folder or a USB stick):\n"
           "  # at the office, once\n"
           "  jemput -s kantor.db init --hub hub.git\n"
           "  # for one tablet\n"
           "  jemput -s kantor.db invite --role petugas --out tablet.undangan\n"
           "  # on the tablet; works without a signal\n"
           "  jemput -s tablet.db join tablet.undangan\n"
           "  jemput -s tablet.db import permohonan.csv\n"
           "  # at any time, as often as you like\n"
           "  jemput -s tablet.db sync\n"
           "  jemput -s kantor.db sync\n"
           "  jemput -s kantor.db recap"));
}

static void help_commands(void)
{
    unsigned count;
    const struct command_group *groups = commands_groups(&count);

    for (unsigned g = 0; g < count; g++) {
        printf("\n%s\n", T(groups[g].title_id, groups[g].title_en));
        for (const struct command *const *c = groups[g].commands; *c; c++)
            printf("  %-12s %s\n", (*c)->name, T((*c)->summary_id, (*c)->summary_en));
    }
}

void help_program(void)
{
    puts(T("Pemakaian: jemput [-s STORE] [--lang id|en] PERINTAH …\n\n"
           "Mesin data luring untuk pelayanan jemput bola: catat tanpa sinyal, gabungkan\n"
           "tanpa ada yang hilang.\n\n"
           "Perintah:",
           "Usage: jemput [-s STORE] [--lang id|en] COMMAND …\n\n"
           "Offline-first data for door-to-door registration: write without a signal, merge\n"
           "without loss.\n\n"
           "Commands:"));
    help_commands();
    puts(T("\nPilihan:\n  -s, --store FILE   berkas data; juga dari JEMPUT_STORE\n"
           "  --pin-file FILE    PIN berkas yang disegel; juga dari JEMPUT_PIN\n"
           "  --lang id|en       bahasa; bawaannya menurut LC_ALL, LC_MESSAGES, LANG:\n"
           "                     Inggris bila diawali en atau C, selain itu Indonesia\n"
           "  --help             bantuan ini, atau bantuan perintah: jemput PERINTAH --help\n"
           "  --version          versi\n\nNO_COLOR mematikan warna.",
           "\nOptions:\n  -s, --store FILE   the store file; also from JEMPUT_STORE\n"
           "  --pin-file FILE    PIN of a sealed store; also from JEMPUT_PIN\n"
           "  --lang id|en       language; unless given, by LC_ALL, LC_MESSAGES, LANG:\n"
           "                     English where it begins with en or C, else Indonesian\n"
           "  --help             this help, or that of a command: jemput COMMAND --help\n"
           "  --version          versions\n\nNO_COLOR switches colours off."));
    help_exit_codes();
    help_first_steps();
}
