/* commands/pin.c — `jemput pin`: sealing a store at rest, and the ways into it. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "ask.h"
#include "failure.h"
#include "file.h"
#include "pin.h"
#include "space.h"
#include "text.h"

enum { CODE_TEXT_MAX = 128 };

struct pin_options {
    const char *new_file;      /* NULL = not said */
    bool recovery;             /* by the recovery code */
    const char *recovery_file; /* NULL = asked for */
};

struct secrets { /* what opens the store now; wiped at the end */
    char pin[PIN_TEXT_MAX], code[CODE_TEXT_MAX];
    struct jemput_secret secret;
};

static bool code_read(const char *file, char out[CODE_TEXT_MAX], int *code)
{
    struct buffer text = { 0 };
    bool good = file_read(&text, file, CODE_TEXT_MAX - 1, code);

    if (good)
        snprintf(out, CODE_TEXT_MAX, "%s", buffer_string(&text));
    if (text.data)
        sodium_memzero(text.data, text.len);
    buffer_release(&text);
    return good;
}

/* false: reported. */
static bool secrets_get(const struct cli *cli, const struct pin_options *o, const char *path, struct secrets *s, int *code)
{
    const struct jemput_error locked = { .status = JEMPUT_LOCKED };

    *code = EXIT_OK;
    if (o->recovery_file) {
        s->secret.recovery = s->code;
        return code_read(o->recovery_file, s->code, code);
    }
    if (o->recovery) {
        s->secret.recovery = s->code;
        if (ask_secret(T("Kode pemulihan: ", "Recovery code: "), s->code, sizeof s->code))
            return true;
    } else {
        s->secret.pin = s->pin;
        if (pin_get(cli, s->pin, code))
            return true;
    }
    if (*code == EXIT_OK)
        *code = pin_failed(path, &locked);
    return false;
}

/* The state that the verb is for; the exit code, EXIT_OK = it is so. */
static int state_check(const char *path, bool sealed)
{
    struct jemput_sealing s;
    struct jemput_error err;

    if (jemput_sealing_get(path, NULL, &s, &err))
        return failure_status(&err);
    if (sealed == (s.sealed != 0))
        return EXIT_OK;
    if (s.sealed)
        return failure_problem(T("%s sudah disegel. Mengganti PIN: jemput pin change", "%s is sealed already. To change its PIN: jemput pin change"), path);
    return failure_problem(T("%s tidak disegel. Menyegelnya: jemput pin set", "%s is not sealed. To seal it: jemput pin set"), path);
}

static int set(const struct cli *cli, const char *path, const struct pin_options *o)
{
    char pin[PIN_TEXT_MAX] = "", recovery[JEMPUT_RECOVERY_TEXT];
    const struct jemput_secret to = { .pin = pin };
    struct jemput_error err;
    int code;

    if (pin_new(cli, o->new_file, true, pin, &code)) {
        if (jemput_protect(path, NULL, &to, recovery, NULL, &err)) {
            code = pin_failed(path, &err);
        } else {
            puts(T("Disegel: tanpa PIN isi berkas ini tidak terbaca, juga dari salinannya.", "Sealed: without the PIN nobody can read this file, or "
                   "a copy of it."));
            pin_recovery_print(recovery);
            sodium_memzero(recovery, sizeof recovery);
        }
    }
    sodium_memzero(pin, sizeof pin);
    return code;
}

static int change(const struct cli *cli, const char *path, const struct pin_options *o, struct jemput *jemput)
{
    char pin[PIN_TEXT_MAX] = "";
    struct jemput_error err;
    int code;

    if (pin_new(cli, o->new_file, false, pin, &code)) {
        if (jemput_pin_set(jemput, pin, NULL, &err))
            code = pin_failed(path, &err);
        else
            puts(T("PIN diganti.", "The PIN was changed."));
    }
    sodium_memzero(pin, sizeof pin);
    return code;
}

static int remove_pin(const char *path, const struct jemput_secret *secret)
{
    struct jemput_error err;

    if (jemput_protect(path, secret, NULL, NULL, NULL, &err))
        return pin_failed(path, &err);
    puts(T("Segel dilepas: siapa memegang berkas ini dapat membacanya.", "Encryption was removed: anyone who has this file can read it."));
    return EXIT_OK;
}

static int opened(const struct cli *cli, const char *verb, const char *path, const struct pin_options *o, const struct jemput_secret *secret)
{
    struct jemput_error err;
    struct jemput *jemput;
    int code;

    if (jemput_open_sealed(&jemput, path, secret, NULL, &err))
        return pin_failed(path, &err);
    code = strcmp(verb, "change") == 0 ? change(cli, path, o, jemput) : pin_recovery_make(jemput);
    jemput_close(jemput);
    return code;
}

static int run(const struct cli *cli, const char *verb, const char *path, const struct pin_options *o)
{
    bool sets = strcmp(verb, "set") == 0;
    struct secrets s = { .pin = "" };
    int code = state_check(path, !sets);

    if (code != EXIT_OK || sets)
        return code != EXIT_OK ? code : set(cli, path, o);
    if (secrets_get(cli, o, path, &s, &code))
        code = strcmp(verb, "remove") == 0 ? remove_pin(path, &s.secret) : opened(cli, verb, path, o, &s.secret);
    sodium_memzero(&s, sizeof s);
    return code;
}

static int cmd_pin(struct cli *cli, int argc, char **argv)
{
    struct pin_options o = { .new_file = NULL };
    const char *path;
    const struct option_spec specs[] = {
        { .name = "new-pin-file",
          .argument = "FILE",
          .value = &o.new_file,
          .help = T("PIN baru: baris pertama berkas ini; tanpa ini ditanyakan", "the new PIN: the file's first line (default: it is asked for)") },
        { .name = "recovery", .flag = &o.recovery, .help = T("buka dengan kode pemulihan, bukan PIN", "open by the recovery code, not the PIN") },
        { .name = "recovery-file",
          .argument = "FILE",
          .value = &o.recovery_file,
          .help = T("sama, kodenya di berkas ini", "the same, with the code in this file") },
    };
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 1, 1, &code))
        return code;
    if (strcmp(argv[0], "set") != 0 && strcmp(argv[0], "change") != 0 && strcmp(argv[0], "remove") != 0 && strcmp(argv[0], "recovery") != 0)
        return failure_usage("pin", T("'%s': pilih set, change, remove, atau recovery", "'%s': choose set, change, remove or recovery"), argv[0]);
    path = space_path(cli, &code);
    return path ? run(cli, argv[0], path, &o) : code;
}

const struct command command_pin = {
    .name = "pin",
    .operands = "set|change|remove|recovery [--recovery | --recovery-file FILE] [--new-pin-file FILE]",
    .summary_id = "Segel berkas data dengan PIN, agar pencuri tidak membacanya.",
    .summary_en = "Seal the store with a PIN, so that a thief reads nothing.",
    .example = "jemput -s tablet.db pin set",
    .run = cmd_pin,
    .more_id = "set: semua isi berkas disandikan; sejak itu setiap perintah menanyakan PIN. Sebuah kode pemulihan dicetak sekali: simpan di "
               "kantor.\n"
               "change: ganti PIN. Lupa PIN: change --recovery. recovery: kode pemulihan baru; yang lama tidak berlaku lagi. remove: lepas segel.\n"
               "PIN dari: --pin-file FILE (perintah apa pun), JEMPUT_PIN, atau terminal. Sesudah lima PIN salah harus menunggu, makin lama; data "
               "tidak pernah dihapus karenanya. Isi lama tetap ada di penyimpanan sampai tertimpa: segel perangkat sebelum dipakai.",
    .more_en = "set: all that is in the file is encrypted; from then on each command asks for the PIN. A recovery code is printed once: keep it "
               "at the office.\n"
               "change: another PIN. PIN forgotten: change --recovery. recovery: a new recovery code; the old one is void. remove: take the seal "
               "off.\n"
               "The PIN comes from --pin-file FILE (any command), JEMPUT_PIN, or the terminal. After five wrong ones there is a wait that grows; "
               "nothing is ever deleted because of it. What the file held before stays on the flash until it is overwritten: seal a device before it is "
               "used.",
};
