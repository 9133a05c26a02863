/* rootkey.c — files of root keys. */
#include "rootkey.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <jemput/jemput.h>
#include <sodium.h>

#include "ask.h"
#include "buffer.h"
#include "failure.h"
#include "file.h"
#include "text.h"

enum { ROOT_FILE_BYTES_MAX = 4096, PIN_BYTES_MAX = 256 };

#define PUBLIC_HEAD "jemput root public key 1\nkey "

void rootkey_wipe(struct rootkey *key)
{
    sodium_memzero(key->seed, sizeof key->seed);
}

/* --- FILE.last: a line for each space, "<space> <segment>" --- */

static FILE *last_open(const struct rootkey *key, const char *tail, const char *mode, struct buffer *path)
{
    buffer_format(path, "%s.last%s", key->file, tail);
    return fopen(buffer_string(path), mode);
}

void rootkey_last_read(struct rootkey *key, const char *space)
{
    struct buffer path = { 0 };
    FILE *file = last_open(key, "", "r", &path);
    char line[256];

    key->segment[0] = '\0';
    while (file && fgets(line, sizeof line, file))
        if (strlen(line) == 130 && strncmp(line, space, 64) == 0)
            snprintf(key->segment, sizeof key->segment, "%.64s", line + 65);
    if (file)
        fclose(file);
    buffer_release(&path);
}

/* A new file in the old one's place, so that a stick that is pulled out has the one or the other. */
void rootkey_last_write(const struct rootkey *key, const char *space, const char *segment)
{
    struct buffer from = { 0 }, to = { 0 };
    FILE *old = last_open(key, "", "r", &from), *new = last_open(key, "-baru", "w", &to);
    char line[256];
    bool good = new != NULL;

    while (good && old && fgets(line, sizeof line, old))
        if (strncmp(line, space, 64) != 0)
            fputs(line, new);
    if (new) {
        fprintf(new, "%s %s\n", space, segment);
        good = fflush(new) == 0 && !ferror(new) && fsync(fileno(new)) == 0;
        good = fclose(new) == 0 && good && rename(buffer_string(&to), buffer_string(&from)) == 0;
    }
    if (old)
        fclose(old);
    if (!good)
        fprintf(stderr, T("%s.last tidak dapat ditulis: sinkronkan perangkat ini sebelum kunci itu dipakai di perangkat lain.\n",
                          "%s.last cannot be written: sync this device before the key is used at another one.\n"),
                key->file);
    buffer_release(&from);
    buffer_release(&to);
}

bool rootkey_pin(char *out, size_t size, bool again)
{
    char second[PIN_BYTES_MAX];
    bool good = ask_secret(T("PIN kunci induk: ", "PIN of the root key: "), out, size);

    if (good && again && isatty(STDIN_FILENO)) {
        good = ask_secret(T("Sekali lagi: ", "Once more: "), second, sizeof second) && strcmp(second, out) == 0;
        sodium_memzero(second, sizeof second);
    }
    return good;
}

static int failed(const struct rootkey *key, const struct jemput_error *err)
{
    if (err->status == JEMPUT_CORRUPT)
        return failure_told(JEMPUT_CORRUPT,
                            T("%s: berkas ini bukan kunci induk jemput, atau rusak. Tidak ada yang diubah.",
                              "%s: this file is not a jemput root key, or it is damaged. Nothing was changed."),
                            key->file);
    if (err->status == JEMPUT_DENIED)
        return failure_told(JEMPUT_DENIED, T("%s: PIN salah. Tidak ada yang diubah.", "%s: wrong PIN. Nothing was changed."), key->file);
    return failure_status(err);
}

bool rootkey_open(struct rootkey *key, int *code)
{
    struct buffer text = { 0 };
    char pin[PIN_BYTES_MAX] = "";
    struct jemput_error err;
    int needs_pin = 0;

    if (!file_read(&text, key->file, ROOT_FILE_BYTES_MAX, code)) {
        buffer_release(&text);
        return false;
    }
    *code = EXIT_OK;
    if (jemput_root_look(buffer_string(&text), text.len, key->public_key, &needs_pin, &err))
        *code = failed(key, &err);
    else if (needs_pin && !rootkey_pin(pin, sizeof pin, false))
        *code = failure_usage(NULL, "%s", T("PIN kunci induk tidak dimasukkan", "no PIN of the root key was given"));
    else if (jemput_root_open(buffer_string(&text), text.len, pin, key->seed, &err))
        *code = failed(key, &err);
    sodium_memzero(pin, sizeof pin);
    sodium_memzero(text.data, text.len);
    buffer_release(&text);
    return *code == EXIT_OK;
}

static bool public_read(struct rootkey *key, const struct buffer *text)
{
    size_t head = sizeof PUBLIC_HEAD - 1, len = 0;

    if (text->len != head + 65 || strncmp(buffer_string(text), PUBLIC_HEAD, head) != 0 || text->data[text->len - 1] != '\n')
        return false;
    return sodium_hex2bin(key->public_key, sizeof key->public_key, text->data + head, 64, NULL, &len, NULL) == 0 && len == 32;
}

bool rootkey_public(struct rootkey *key, int *code)
{
    struct buffer text = { 0 };
    struct jemput_error err;
    int needs_pin;

    if (!file_read(&text, key->file, ROOT_FILE_BYTES_MAX, code)) {
        buffer_release(&text);
        return false;
    }
    *code = EXIT_OK;
    if (!public_read(key, &text) && jemput_root_look(buffer_string(&text), text.len, key->public_key, &needs_pin, &err))
        *code = failed(key, &err);
    if (text.data)
        sodium_memzero(text.data, text.len);
    buffer_release(&text);
    return *code == EXIT_OK;
}
