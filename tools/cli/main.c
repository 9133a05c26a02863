/* main.c — jemput: the command line program. One table holds the commands, for dispatch, help and suggestions. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "failure.h"
#include "help.h"
#include "terminal.h"
#include "text.h"

static const struct command commands[] = {
    { "init", "[--schema FILE] [--roles admin,pusat] [--hub PATH]", "Dirikan ruang data baru; perangkat ini menjadi administratornya.",
      "Found a new space; this device becomes its administrator.", "jemput -s pusat.jemput init --hub /srv/jemput/wonosari.git", cmd_init, false,
      "Tanpa --schema ruang berisi skema adminduk beserta daftar kodenya. Hub dibuat bila belum ada, lalu diingat.",
      "Without --schema the space has the adminduk schema and its code lists. The hub is made if it is not there, and remembered." },
    { "invite", "--role ROLES [--scope CODE] [--hub PATH] [--days N] [--out FILE]", "Buat undangan untuk satu perangkat.",
      "Make an invitation for one device.", "jemput -s pusat.jemput invite --role petugas --scope 16.74.05.1003 --out tablet-1.undangan", cmd_invite, false,
      "Siapa memegang berkas undangan dapat bergabung sebagai perangkat itu: serahkan langsung. Lalu jalankan sync, agar undangan diketahui hub.",
      "Whoever holds the file can join as that device: hand it over yourself. Then run sync, so that the hub knows of it." },
    { "join", "INVITATION", "Buat berkas data di perangkat ini dari undangan.", "Make this device's store from an invitation.",
      "jemput -s tablet.jemput join tablet-1.undangan", cmd_join, false, "Dapat dipakai seketika tanpa sinyal; diterima pada sinkronisasi pertama. '-' = masukan baku.",
      "Works at once without a signal; it is admitted at its first sync. '-' = standard input." },
    { "import", "FILE [--layout permohonan|opensid|auto] [--dry-run] [--only-petugas N]", "Masukkan permohonan atau data penduduk dari CSV.",
      "Take applications or residents from a CSV file.", "jemput -s tablet.jemput import desember-2022.csv --dry-run", cmd_import, true,
      "NIK dan nomor KK tetap teks. Baris yang salah dilaporkan (baris, kolom, sebab, apa yang harus dilakukan), yang benar masuk.\n"
      "Mengimpor berkas yang sama dua kali tidak mengubah apa pun, juga bila barisnya sudah disunting petugas. Pemisah: koma, titik koma, atau tab.",
      "NIK and KK numbers stay text. Bad rows are reported (line, column, reason, what to do), good ones go in.\n"
      "Importing a file again changes nothing, even where an officer has edited its rows since. Separator: comma, semicolon or tab." },
    { "sql", "[QUERY|-] [--csv]", "Jalankan SQL pada data.", "Run SQL on the data.", "jemput -s tablet.jemput sql \"SELECT count(*) FROM permohonan\"", cmd_sql, true,
      "Tanpa QUERY perintah dibaca dari masukan baku. --json: satu larik objek per pernyataan, satu baris masing-masing.",
      "Without QUERY it is read from standard input. --json: one array of objects a statement, each on a line of its own." },
    { "sync", "[--hub PATH] [--timeout SECONDS]", "Kirim pekerjaan sendiri, ambil dan gabungkan milik yang lain.", "Send own work, fetch and merge that of others.",
      "jemput -s tablet.jemput sync --timeout 60", cmd_sync, true,
      "Aman dihentikan kapan saja (Ctrl-C) dan dimulai lagi: tidak ada yang hilang atau ganda. Kode keluar 1: ada catatan perangkat lain yang dihentikan.",
      "Safe to stop at any moment (Ctrl-C) and to start again: nothing is lost or doubled. Exit code 1: the log of some device was stopped." },
    { "status", "", "Keadaan data di perangkat ini.", "The state of the data on this device.", "jemput -s tablet.jemput status", cmd_status, true, NULL, NULL },
    { "log", "[--writer HEX]", "Segmen bertanda tangan dari semua perangkat.", "Signed segments of all devices.", "jemput -s pusat.jemput log --writer 3f09", cmd_log, true,
      NULL, NULL },
    { "history", "TABLE KEY…", "Siapa mengubah apa pada satu baris.", "Who changed what in one row.",
      "jemput -s pusat.jemput history permohonan 0f1e2d3c4b5a69788796a5b4c3d2e1f0", cmd_history, true,
      "KEY: teks, angka, atau heksadesimal (juga x'0f…') untuk kunci BLOB. Waktu menurut jam perangkat: diakui, bukan bukti.",
      "KEY: text, a number, or hex (also x'0f…') for a BLOB key. Times are by the device's clock: claimed, not evidence." },
    { "conflicts", "", "Nilai yang ditulis bersamaan dan berbeda.", "Values that were written at the same time and differ.", "jemput -s pusat.jemput conflicts", cmd_conflicts,
      true, NULL, NULL },
    { "held", "", "Baris yang disimpan tetapi belum dapat ditampilkan.", "Rows that are kept but cannot be shown yet.", "jemput -s pusat.jemput held", cmd_held, true, NULL, NULL },
    { "verify", "", "Periksa berkas, tanda tangan, rantai, dan isi.", "Check the file, signatures, chains and contents.", "jemput -s pusat.jemput verify", cmd_verify, true,
      "Kode keluar 1: ada masalah.", "Exit code 1: there are problems." },
    { "recap", "[--month YYYY-MM] [--kelurahan CODE]", "Rekap permohonan per bulan dan layanan.", "Applications by month and service.",
      "jemput -s pusat.jemput recap --month 2022-12", cmd_recap, true, NULL, NULL },
    { "export", "TABLE | --query SQL [--out FILE] [--raw]", "Tulis tabel atau kueri sebagai CSV.", "Write a table or a query as CSV.",
      "jemput -s pusat.jemput export v_permohonan --out permohonan.csv", cmd_export, false,
      "Agar lembar sebar membacanya sebagai teks, sel teks yang diawali = + - @ ' TAB CR, dan angka panjang atau berawalan nol (NIK, KK, RT), diberi tanda\n"
      "petik (') di depan; impor membuangnya lagi. --raw: tanpa tanda itu, untuk program.",
      "So that a spreadsheet takes them as text, text cells that begin with = + - @ ' TAB CR, and long numbers or ones with leading zeros (NIK, KK, RT), get an\n"
      "apostrophe (') in front; import takes it off again. --raw: without it, for programs." },
    { "signers", "[--out FILE]", "Tulis berkas allowed_signers untuk git verify-commit.", "Write an allowed_signers file for git verify-commit.",
      "jemput -s pusat.jemput signers --out allowed_signers", cmd_signers, false, NULL, NULL },
    { "version", "", "Versi program dan pustakanya.", "Versions of the program and its libraries.", "jemput version --json", cmd_version, true, NULL, NULL },
};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int command_unknown(const char *name)
{
    const char *names[COMMAND_COUNT];
    const char *nearest;

    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    nearest = options_nearest(name, names, COMMAND_COUNT);
    if (nearest)
        return failure_usage(NULL, T("perintah '%s' tidak ada; mungkin '%s'?", "there is no command '%s'; did you mean '%s'?"), name, nearest);
    return failure_usage(NULL, T("perintah '%s' tidak ada", "there is no command '%s'"), name);
}

static int help(void)
{
    help_program(commands, COMMAND_COUNT);
    return EXIT_OK;
}

static int version(struct cli *cli)
{
    static char name[] = "version";
    char *argv[] = { name, NULL };

    cli->command = command_find(name);
    return cmd_version(cli, 1, argv);
}

/* What a command printed must have arrived: a full disk behind a redirection is an error too. */
static int output_check(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    return code != EXIT_OK ? code : failure_file(T("keluaran baku", "standard output"), errno ? errno : EIO);
}

static int command_run(struct cli *cli, int argc, char **argv)
{
    if (strcmp(argv[0], "help") == 0) {
        static char wanted[] = "--help";
        char *again[] = { argc > 1 ? argv[1] : wanted, wanted, NULL };

        return argc == 1 || again[0][0] == '-' || strcmp(again[0], "help") == 0 ? help() : command_run(cli, 2, again);
    }
    cli->command = command_find(argv[0]);
    return cli->command ? cli->command->run(cli, argc, argv) : command_unknown(argv[0]);
}

/* Options before the command's name: -1 = the rest is for the command, from optind on; else the exit code. */
static int options_before(struct cli *cli, int argc, char **argv)
{
    static const struct option table[] = { { "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' }, { "store", required_argument, NULL, 's' },
        { "lang", required_argument, NULL, 'l' }, { 0 } };
    bool wants_help = false;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "+:hs:", table, NULL)) != -1) {
        if (c == 'h')
            wants_help = true;
        else if (c == 's')
            cli->store = optarg;
        else if (c == 'v')
            return version(cli);
        else if (c == 'l' && !text_language_set(optarg))
            return failure_usage(NULL, T("bahasa '%s' tidak ada: id atau en", "there is no language '%s': id or en"), optarg);
        else if (c == ':')
            return failure_usage(NULL, T("pilihan '%s' perlu nilai", "option '%s' needs a value"), argv[optind - 1]);
        else if (c == '?')
            return failure_usage(NULL, T("pilihan '%s' tidak dikenal", "unknown option '%s'"), argv[optind - 1]);
    }
    if (wants_help)
        return help();
    return optind < argc ? -1 : failure_usage(NULL, "%s", T("perintah belum disebut", "no command was given"));
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    int code;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_DFL); /* `jemput … | head`: whoever has read enough ends the program, quietly. What was committed stays */
    text_language_set(NULL);
    code = options_before(&cli, argc, argv);
    if (code < 0)
        code = command_run(&cli, argc - optind, argv + optind);
    progress_end();
    return output_check(code);
}
