/* cmd_account.c — `jemput console account`: the first administrator, and when nobody can sign in any more. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jemput/jemput.h>
#include <sodium.h>

#include "account.h"
#include "adminstore.h"
#include "ask.h"
#include "moment.h"
#include "newdesk.h"
#include "pins.h"
#include "roles.h"

enum { PIN_ROOM = PIN_BYTES_MAX + 2 };

struct asked { /* options; NULL = not given */
    const char *space, *roles, *scope, *by, *by_key, *label, *pin_file;
    bool own_pin;
};

static bool pin_line(const char *file, char pin[PIN_ROOM], int *code)
{
    FILE *f = fopen(file, "re");
    bool good = f && fgets(pin, PIN_ROOM, f);

    if (f)
        fclose(f);
    if (!good)
        *code = problem("%s: %s", file, strerror(f ? ENODATA : errno));
    else
        pin[strcspn(pin, "\r\n")] = '\0';
    return good;
}

/* From the file's first line, or asked for twice. */
static bool pin_get(const char *file, const char *account, char pin[PIN_ROOM], int *code)
{
    char again[PIN_ROOM];
    const char *id, *en;

    *code = EXIT_PROBLEM;
    if (file) {
        if (!pin_line(file, pin, code))
            return false;
    } else if (!ask_secret(T("PIN baru: ", "New PIN: "), pin, PIN_ROOM) || !ask_secret(T("Sekali lagi: ", "Once more: "), again, sizeof again) ||
               strcmp(pin, again) != 0) {
        return problem("%s", T("kedua PIN tidak sama", "the two PINs differ")), false;
    }
    id = pin_refusal(pin, account, &en);
    if (id)
        return problem("%s", T(id, en)), false;
    *code = EXIT_DONE;
    return true;
}

/* Its own, asked for once. */
static bool pin_known(const char *file, char pin[PIN_ROOM], int *code)
{
    return file ? pin_line(file, pin, code) : ask_secret(T("PIN akun itu: ", "The account's PIN: "), pin, PIN_ROOM);
}

/* *kept: the desk is there, sent or not. */
static int desk_add(struct office *office, struct accounts *accounts, const struct asked *a, const char *name, const uint8_t seed[SEED_BYTES],
                    bool *kept)
{
    const struct desk_invitation as = { .roles = a->roles, .scope = a->scope ? a->scope : "" };
    struct newdesk made;
    struct space space;
    struct trouble why;
    struct jemput *admin;
    bool sent;

    *kept = false;
    if (space_find(&space, office, a->space, &why))
        return problem("%s", why.text);
    admin = adminstore_open(a->by, a->by_key, &why);
    if (!admin)
        return problem("%s", why.text);
    if (store_sync(&space, admin, "look what others have invited", &why) || newdesk_make(&made, office, &space, name, seed, admin, &as, &why)) {
        jemput_close(admin);
        return problem("%s", why.text);
    }
    *kept = account_desk_note(accounts, name, space.id, made.writer, &why) == 0;
    sent = *kept && store_sync(&space, admin, "send the invitation", &why) == 0 && newdesk_send(&made, &space, &why) == 0;
    jemput_close(admin);
    if (*kept)
        newdesk_close(&made);
    else
        newdesk_drop(&made);
    if (!sent && *kept)
        problem(T("Akun %s sudah diundang ke %s, tetapi belum dipastikan sampai di hub: jalankan 'jemput -s %s sync', jangan dibuat ulang",
                  "Account %s is invited to %s, but that is not known to be at the hub yet: run 'jemput -s %s sync', do not do it again"),
                name, space.name, a->by);
    if (!sent)
        return problem("%s", why.text);
    printf(T("Akun %s: meja di %s sebagai %s. Ia dapat masuk setelah putaran pusat berikutnya.\n",
             "Account %s: a desk in %s as %s. It can sign in after central's next round.\n"),
           name, space.name, a->roles);
    return EXIT_DONE;
}

static int account_new(struct office *office, struct accounts *accounts, const struct asked *a, const char *name)
{
    struct account_new made;
    uint8_t seed[SEED_BYTES];
    char pin[PIN_ROOM];
    struct trouble why;
    bool kept;
    int code;

    if (!account_name_good(name))
        return problem(T("'%s': 2 sampai 32 dari a-z 0-9 . - _, diawali huruf", "'%s': 2 to 32 of a-z 0-9 . - _, a letter first"), name);
    if (!roles_valid(a->roles))
        return problem(T("--role '%s': pilih dari " ROLES_ALL, "--role '%s': choose from " ROLES_ALL), a->roles);
    if (!pin_get(a->pin_file, name, pin, &code))
        return code;
    made.name = name;
    made.label = a->label ? a->label : name;
    made.pin_by_other = a->pin_file && !a->own_pin; /* at the prompt the person types it */
    if (account_add(accounts, &made, pin, seed, &why)) {
        code = problem("%s", why.text);
    } else {
        code = desk_add(office, accounts, a, name, seed, &kept);
        if (!kept)
            account_drop(accounts, name);
    }
    sodium_memzero(pin, sizeof pin);
    sodium_memzero(seed, sizeof seed);
    return code;
}

/* Another space for one that is there. */
static int account_more(struct office *office, struct accounts *accounts, const struct asked *a, const char *name)
{
    const struct account_try t = { .name = name, .place = "cli", .by_another = true };
    uint8_t seed[SEED_BYTES];
    char pin[PIN_ROOM];
    struct trouble why;
    unsigned retry_s = 0;
    int code = EXIT_PROBLEM;
    bool kept;

    if (!roles_valid(a->roles))
        return problem(T("--role '%s': pilih dari " ROLES_ALL, "--role '%s': choose from " ROLES_ALL), a->roles);
    if (!pin_known(a->pin_file, pin, &code))
        return code;
    switch (account_open(accounts, &t, pin, seed, &retry_s, &why)) {
    case ACCOUNT_IN:
        code = desk_add(office, accounts, a, name, seed, &kept);
        break;
    case ACCOUNT_WAIT:
        code = problem(T("terlalu banyak percobaan: tunggu %u detik", "too many tries: wait %u seconds"), retry_s);
        break;
    case ACCOUNT_TROUBLE:
        code = problem("%s", why.text);
        break;
    case ACCOUNT_WRONG:
        code = problem("%s", T("akun atau PIN-nya keliru", "the account or its PIN is wrong"));
        break;
    }
    sodium_memzero(pin, sizeof pin);
    sodium_memzero(seed, sizeof seed);
    return code;
}

static int line_print(void *ctx, const struct account *account)
{
    char when[MOMENT_BYTES];

    (void)ctx;
    moment_local(when, account->last_sign_in_ms);
    printf("%-20s %-28s %-10s %s\n", account->name, account->label, account->disabled ? T("nonaktif", "disabled") : T("aktif", "active"), when);
    return 0;
}

/* Somebody's wrong PINs keep the account's own person waiting: they may try again. */
static int account_free(struct accounts *accounts, const char *name)
{
    struct account account;
    struct trouble why;

    if (!account_read(accounts, name, &account))
        return problem(T("tidak ada akun '%s'", "there is no account '%s'"), name);
    if (account_unlock(accounts, name, &why))
        return problem("%s", why.text);
    printf(T("Akun %s: %u PIN keliru dilupakan; dapat dicoba lagi sekarang.\n", "Account %s: %u wrong PINs forgotten; it can be tried again now.\n"),
           name, (unsigned)account.lockout.wrong);
    return EXIT_DONE;
}

static int account_do(const struct office_command *self, struct office *office, struct accounts *accounts, const struct asked *a, const char *what,
                      const char *name)
{
    struct trouble why;

    if (strcmp(what, "list") == 0)
        return accounts_each(accounts, line_print, NULL, &why) ? problem("%s", why.text) : EXIT_DONE;
    if (!name)
        return wrong_use(self, "%s", T("sebutkan nama akunnya", "name the account"));
    if (strcmp(what, "add") == 0 || strcmp(what, "space") == 0) {
        if (!a->space || !a->roles || !a->by)
            return wrong_use(self, T("%s perlu --space, --role dan --by", "%s wants --space, --role and --by"), what);
        return what[0] == 'a' ? account_new(office, accounts, a, name) : account_more(office, accounts, a, name);
    }
    if (strcmp(what, "disable") == 0 || strcmp(what, "enable") == 0)
        return account_disable(accounts, name, what[0] == 'd', &why) ? problem("%s", why.text) : EXIT_DONE;
    if (strcmp(what, "unlock") == 0)
        return account_free(accounts, name);
    return wrong_use(self, T("'%s': add, space, disable, enable, unlock atau list", "'%s': add, space, disable, enable, unlock or list"), what);
}

static int account_run(const struct office_command *self, int argc, char **argv)
{
    struct asked a = { .space = NULL };
    const struct option_spec specs[] = {
        { "space", "NAME", &a.space, NULL, "ruang tempat meja itu", "space of the desk" },
        { "role", "ROLES", &a.roles, NULL, "kelurahan, verifikator, admin atau kominfo", "kelurahan, verifikator, admin or kominfo" },
        { "scope", "CODE", &a.scope, NULL, "awalan kode wilayah; tanpa ini: seluruh ruang", "region prefix (default: the whole space)" },
        { "by", "STORE", &a.by, NULL, "penyimpanan administrator yang mengundang", "store of the administrator who invites" },
        { "by-key", "FILE", &a.by_key, NULL, "kuncinya, bila tersegel: 64 angka heksadesimal", "its key, if it is sealed: 64 hexadecimal digits" },
        { "name", "TEXT", &a.label, NULL, "nama orangnya", "the person's name" },
        { "pin-file", "FILE", &a.pin_file, NULL, "PIN dari baris pertama; tanpa ini ditanyakan",
          "the PIN from its first line (default: it is asked for)" },
        { "own-pin", NULL, NULL, &a.own_pin, "PIN dalam berkas itu pilihan orangnya; tanpa ini ia harus menggantinya saat masuk pertama",
          "the PIN in that file is the person's choice (default: it is to be changed at the first sign-in)" },
    };
    struct accounts *accounts;
    struct office office;
    struct trouble why;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 2, 3, &code))
        return code;
    if (office_open(&office, argv[1], true, &why))
        return problem("%s", why.text);
    if (accounts_open(&accounts, office.folder, false, &why)) {
        code = problem("%s", why.text);
    } else {
        code = account_do(self, &office, accounts, &a, argv[0], argc > 2 ? argv[2] : NULL);
        accounts_close(accounts);
    }
    office_close(&office);
    return code;
}

const struct office_command command_account = {
    .name = "account",
    .operands = "add|space|disable|enable|unlock|list FOLDER [NAME] [OPTION]…",
    .summary_id = "Akun konsol: administrator pertama; menonaktifkan; membuka kuncian; daftar.",
    .summary_en = "Accounts of the console: the first administrator; switching off; ending a wait; a list.",
    .more_id = "space: ruang lain bagi akun yang sudah ada, dengan PIN akun itu (juga di halaman Akun).\n"
               "Akun lain dibuat di halaman Akun. PIN yang lupa tidak dapat dipulihkan: buat akun baru, dan cabut perangkat akun\n"
               "lama (jemput device revoke). Menonaktifkan di sini menutup konsol; hak tanda tangannya dicabut oleh revoke.\n"
               "unlock: setelah PIN keliru berkali-kali (oleh siapa pun), akun itu tidak perlu menunggu lagi.",
    .more_en = "space: another space for an account that is there, by that account's PIN (also on the page Akun).\n"
               "Other accounts are made on the page Akun. A PIN that was forgotten cannot be had back: make a new account, and\n"
               "revoke the old one's device (jemput device revoke). Disabling here closes the console; revoke ends what it may sign.\n"
               "unlock: after many wrong PINs (whoever's) the account need not wait any longer.",
    .example = "jemput console account add /srv/pusat siti --space wonosari --role admin --by kantor.db --name 'Siti Rahmah'",
    .run = account_run,
};
