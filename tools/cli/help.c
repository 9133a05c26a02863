/* help.c — help, made from the tables of commands and options. */
#include "help.h"

#include <stdio.h>

#include <jemput/error.h>

#include "failure.h"
#include "text.h"

static void option_print(const char *name, const char *argument, const char *help)
{
    char left[64];

    snprintf(left, sizeof left, "%s%s%s", name, argument ? " " : "", argument ? argument : "");
    printf("  %-26s %s\n", left, help);
}

void help_command(const struct command *c, const struct option_spec *specs, unsigned count)
{
    const char *more = T(c->more_id ? c->more_id : "", c->more_en ? c->more_en : "");
    char name[32];

    printf(T("Pemakaian: jemput [-s STORE] %s %s\n\n%s\n", "Usage: jemput [-s STORE] %s %s\n\n%s\n"), c->name, c->operands, T(c->summary_id, c->summary_en));
    if (more[0])
        printf("%s\n", more);
    puts(T("\nPilihan:", "\nOptions:"));
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "--%s", specs[i].name);
        option_print(name, specs[i].argument, specs[i].help);
    }
    if (c->json)
        option_print("--json", NULL, T("keluaran untuk program", "output for a program"));
    option_print("-s, --store", "FILE", T("berkas data; juga dari JEMPUT_STORE", "the store file; also from JEMPUT_STORE"));
    option_print("--lang", "id|en", T("bahasa", "language"));
    option_print("--help", NULL, T("bantuan ini", "this help"));
    printf(T("\nContoh:\n  %s\n", "\nExample:\n  %s\n"), c->example);
}

static void help_exit_codes(void)
{
    static const enum jemput_status statuses[] = { JEMPUT_IO, JEMPUT_NOMEM, JEMPUT_BUSY, JEMPUT_FULL, JEMPUT_OFFLINE, JEMPUT_LIMIT,
        JEMPUT_CORRUPT, JEMPUT_DENIED, JEMPUT_NOTFOUND, JEMPUT_EXISTS, JEMPUT_CANCELLED, JEMPUT_UPGRADE };

    puts(T("\nKode keluar (tetap):\n   0  berhasil\n   1  ada masalah yang ditemukan: verify, baris impor yang ditolak, SQL yang salah, catatan yang dihentikan\n"
           "   2  salah pakai",
           "\nExit codes (stable):\n   0  done\n   1  problems were found: verify, refused rows of an import, failed SQL, stopped logs\n   2  wrong use"));
    for (unsigned i = 0; i < sizeof statuses / sizeof statuses[0]; i++)
        printf("  %2d  %s%s\n", failure_code(statuses[i]), jemput_status_name(statuses[i]),
               jemput_status_retryable(statuses[i]) ? T(" (coba lagi nanti)", " (may work later)") : "");
}

static void help_first_steps(void)
{
    puts(T("\nLangkah pertama (hub: folder bersama atau diska USB):\n"
           "  jemput -s kantor.jemput init --hub hub.git                           # di kantor, sekali\n"
           "  jemput -s kantor.jemput invite --role petugas --out tablet1.undangan # untuk satu tablet\n"
           "  jemput -s tablet1.jemput join tablet1.undangan                       # di tablet; dapat dipakai tanpa sinyal\n"
           "  jemput -s tablet1.jemput import permohonan.csv\n"
           "  jemput -s tablet1.jemput sync                                        # kapan saja, sesering apa pun\n"
           "  jemput -s kantor.jemput sync\n"
           "  jemput -s kantor.jemput recap",
           "\nFirst steps (the hub: a shared folder or a USB stick):\n"
           "  jemput -s kantor.jemput init --hub hub.git                           # at the office, once\n"
           "  jemput -s kantor.jemput invite --role petugas --out tablet1.undangan # for one tablet\n"
           "  jemput -s tablet1.jemput join tablet1.undangan                       # on the tablet; works without a signal\n"
           "  jemput -s tablet1.jemput import permohonan.csv\n"
           "  jemput -s tablet1.jemput sync                                        # at any time, as often as you like\n"
           "  jemput -s kantor.jemput sync\n"
           "  jemput -s kantor.jemput recap"));
}

void help_program(const struct command *commands, unsigned count)
{
    puts(T("Pemakaian: jemput [-s STORE] [--lang id|en] PERINTAH …\n\nMesin data luring untuk pelayanan jemput bola: catat tanpa sinyal, gabungkan tanpa bentrok.\n\n"
           "Perintah:",
           "Usage: jemput [-s STORE] [--lang id|en] COMMAND …\n\nOffline-first data for door-to-door registration: write without a signal, merge without loss.\n\n"
           "Commands:"));
    for (unsigned i = 0; i < count; i++)
        printf("  %-10s %s\n", commands[i].name, T(commands[i].summary_id, commands[i].summary_en));
    puts(T("\nPilihan:\n  -s, --store FILE   berkas data; juga dari JEMPUT_STORE\n"
           "  --lang id|en       bahasa; kalau tidak disebut menurut LC_ALL, LC_MESSAGES, LANG:\n"
           "                     Inggris bila diawali en atau C, selain itu Indonesia\n"
           "  --help             bantuan ini, atau bantuan perintah: jemput PERINTAH --help\n"
           "  --version          versi\n\nNO_COLOR mematikan warna.",
           "\nOptions:\n  -s, --store FILE   the store file; also from JEMPUT_STORE\n"
           "  --lang id|en       language; unless given, by LC_ALL, LC_MESSAGES, LANG:\n"
           "                     English where it begins with en or C, else Indonesian\n"
           "  --help             this help, or that of a command: jemput COMMAND --help\n"
           "  --version          versions\n\nNO_COLOR switches colours off."));
    help_exit_codes();
    help_first_steps();
}
