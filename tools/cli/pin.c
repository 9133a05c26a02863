/* pin.c — see pin.h. */
#include "pin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "ask.h"
#include "buffer.h"
#include "failure.h"
#include "file.h"
#include "json.h"
#include "text.h"

/* The first line of a file. */
static bool pin_read(const char *file, char out[PIN_TEXT_MAX], int *code)
{
    struct buffer text = { 0 };
    bool good = file_read(&text, file, PIN_TEXT_MAX, code);

    if (good) {
        snprintf(out, PIN_TEXT_MAX, "%.*s", (int)strcspn(buffer_string(&text), "\r\n"), buffer_string(&text));
        good = out[0] != '\0';
        if (!good)
            *code = failure_problem(T("%s: tidak berisi PIN", "%s: holds no PIN"), file);
    }
    if (text.data)
        sodium_memzero(text.data, text.len);
    buffer_release(&text);
    return good;
}

bool pin_get(const struct cli *cli, char out[PIN_TEXT_MAX], int *code)
{
    const char *given = getenv("JEMPUT_PIN");

    *code = EXIT_OK;
    if (cli->pin_file)
        return pin_read(cli->pin_file, out, code);
    if (given && given[0]) {
        snprintf(out, PIN_TEXT_MAX, "%s", given);
        return true;
    }
    return isatty(STDIN_FILENO) && ask_secret("PIN: ", out, PIN_TEXT_MAX);
}

static bool pin_ask_twice(char out[PIN_TEXT_MAX], int *code)
{
    char again[PIN_TEXT_MAX];
    bool good = isatty(STDIN_FILENO) && ask_secret(T("PIN baru: ", "New PIN: "), out, PIN_TEXT_MAX);

    if (!good) {
        *code = failure_usage(NULL, "%s", T("PIN baru belum disebut: di terminal, atau dengan berkas", "no new PIN was given: at a terminal, or by a file"));
        return false;
    }
    good = ask_secret(T("Sekali lagi: ", "Once more: "), again, sizeof again) && strcmp(out, again) == 0;
    sodium_memzero(again, sizeof again);
    if (!good)
        *code = failure_problem("%s", T("Kedua PIN tidak sama. Tidak ada yang diubah.", "The two PINs are not the same. Nothing was changed."));
    return good;
}

bool pin_new(const struct cli *cli, const char *file, bool own, char out[PIN_TEXT_MAX], int *code)
{
    bool good;

    *code = EXIT_OK;
    if (file)
        good = pin_read(file, out, code);
    else if (own && (cli->pin_file || getenv("JEMPUT_PIN")))
        good = pin_get(cli, out, code);
    else
        good = pin_ask_twice(out, code);
    if (good && strlen(out) < PIN_LEAST) {
        *code = failure_problem(T("PIN paling sedikit %d angka atau huruf. Tidak ada yang diubah.", "A PIN has at least %d digits or letters. "
                                  "Nothing was changed."), PIN_LEAST);
        good = false;
    }
    return good;
}

/* The number of seconds in the engine's sentence; 0 = it says none. */
static unsigned wait_of(const struct jemput_error *err)
{
    const char *at = strstr(err->text, "tried in ");

    return at ? (unsigned)strtoul(at + strlen("tried in "), NULL, 10) : 0;
}

int pin_failed(const char *path, const struct jemput_error *err)
{
    if (err->status == JEMPUT_LOCKED && wait_of(err))
        return failure_told(JEMPUT_LOCKED,
                            T("%s: terlalu banyak PIN salah. Data aman dan tidak dihapus. Coba lagi sesudah %u detik, atau pakai kode pemulihan.",
                              "%s: too many wrong PINs. The data is safe and is not deleted. Try again in %u seconds, or use the recovery code."),
                            path, wait_of(err));
    if (err->status == JEMPUT_LOCKED)
        return failure_told(JEMPUT_LOCKED,
                            T("%s: data terkunci, dan aman. Beri PIN-nya di terminal, dengan --pin-file, atau JEMPUT_PIN. PIN terlupa: jemput pin "
                              "change --recovery",
                              "%s: the data is locked, and safe. Give its PIN at a terminal, by --pin-file, or JEMPUT_PIN. PIN forgotten: jemput pin "
                              "change --recovery"),
                            path);
    if (err->status == JEMPUT_DENIED && strstr(err->text, "this is not the PIN"))
        return failure_told(JEMPUT_DENIED,
                            T("%s: PIN salah. Data aman dan tidak diubah. Periksa, lalu ulangi; sesudah lima kali salah harus menunggu.",
                              "%s: wrong PIN. The data is safe and was not changed. Check it and try again; after five wrong ones there is a wait."),
                            path);
    if (err->status == JEMPUT_DENIED && strstr(err->text, "recovery code"))
        return failure_told(JEMPUT_DENIED,
                            T("%s: kode pemulihan itu bukan milik berkas ini, atau sudah diganti. Data aman dan tidak diubah.",
                              "%s: this recovery code is not of this store, or has been replaced. The data is safe and was not changed."),
                            path);
    if (err->status == JEMPUT_MISUSE && strstr(err->text, "recovery code"))
        return failure_problem("%s", T("Kode pemulihan salah tulis: 28 huruf dan angka dalam tujuh kelompok. Periksa, lalu ulangi.",
                                       "The recovery code is mistyped: it is 28 letters and digits in seven groups. Check it and try again."));
    return failure_status(err);
}

static void failed_json(const struct jemput_error *err)
{
    struct json j = { .out = stdout };

    json_object(&j, NULL);
    failure_json(&j, err);
    json_end_object(&j);
}

struct jemput *pin_open(const struct cli *cli, const char *path, const struct jemput_sealing *sealing, int *code)
{
    char pin[PIN_TEXT_MAX] = "";
    struct jemput_secret secret = { .pin = pin };
    struct jemput *jemput = NULL;
    struct jemput_error err;
    bool waits = sealing->wait_ms > 0, asks = sealing->pin && !waits; /* else there is no use in asking */

    if (asks && !pin_get(cli, pin, code) && *code != EXIT_OK)
        return NULL;
    if (waits) {
        err.status = JEMPUT_LOCKED;
        snprintf(err.text, sizeof err.text, "the next PIN may be tried in %u s", (unsigned)((sealing->wait_ms + 999) / 1000));
    }
    if (waits || jemput_open_sealed(&jemput, path, asks && !pin[0] ? NULL : &secret, NULL, &err)) {
        if (cli->json)
            failed_json(&err);
        *code = pin_failed(path, &err);
    }
    sodium_memzero(pin, sizeof pin);
    return jemput;
}

int pin_recovery_make(struct jemput *jemput)
{
    char text[JEMPUT_RECOVERY_TEXT];
    struct jemput_error err;

    if (jemput_recovery_make(jemput, text, &err))
        return failure_status(&err);
    pin_recovery_print(text);
    sodium_memzero(text, sizeof text);
    return EXIT_OK;
}

void pin_recovery_print(const char *code)
{
    printf(T("Kode pemulihan: %s\nTulis di kertas dan simpan di kantor, terpisah dari perangkat ini: kode ini membuka data bila PIN terlupa,\n"
             "dan tidak ditampilkan lagi.\n",
             "Recovery code: %s\nWrite it on paper and keep it at the office, away from this device: it opens the data if the PIN is forgotten,\n"
             "and is not shown again.\n"),
           code);
}
