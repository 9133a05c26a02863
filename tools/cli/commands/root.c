/* commands/root.c — `jemput root`: the key of a root administrator that is in no store. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include <jemput/jemput.h>
#include <sodium.h>

#include "buffer.h"
#include "failure.h"
#include "file.h"
#include "rootkey.h"
#include "text.h"

enum { PIN_BYTES_MAX = 256, PIN_BYTES_MIN = 6 };

static int write_new(const char *path, const char *text, size_t len)
{
    int code = EXIT_OK;
    FILE *file = file_new(path, &code);

    if (!file)
        return code;
    fwrite(text, 1, len, file);
    return file_finish(file, path);
}

static int public_write(const char *path, const unsigned char public_key[32])
{
    struct buffer text = { 0 };
    char hex[65];
    int code;

    sodium_bin2hex(hex, sizeof hex, public_key, 32);
    buffer_format(&text, "jemput root public key 1\nkey %s\n", hex);
    code = write_new(path, buffer_string(&text), text.len);
    buffer_release(&text);
    return code;
}

static int key_make(const char *file, const char *pin)
{
    struct buffer public_file = { 0 };
    unsigned char public_key[32];
    struct jemput_error err;
    char *text = NULL;
    size_t len = 0;
    int code;

    if (jemput_root_new(pin, NULL, &text, &len, public_key, &err))
        return failure_status(&err);
    code = write_new(file, text, len);
    sodium_memzero(text, len);
    jemput_text_free(text);
    buffer_format(&public_file, "%s.pub", file);
    if (!code)
        code = public_write(buffer_string(&public_file), public_key);
    if (!code)
        printf(T("Kunci induk: %s (rahasia; simpan terpisah, dan buat satu salinan)\nBagian umumnya: %s, untuk: jemput init --root\n",
                 "Root key: %s (secret; keep it apart, and one copy elsewhere)\nIts public part: %s, for: jemput init --root\n"),
               file, buffer_string(&public_file));
    buffer_release(&public_file);
    return code;
}

static int cmd_root(struct cli *cli, int argc, char **argv)
{
    char pin[PIN_BYTES_MAX] = "";
    bool plain = false;
    const struct option_spec specs[] = {
        { .name = "plain",
          .flag = &plain,
          .help = T("tanpa PIN: siapa pun yang memegang berkas itu memegang kuncinya", "without PIN: whoever has the file has the key") },
    };
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 2, 2, &code))
        return code;
    if (strcmp(argv[0], "new") != 0)
        return failure_usage("root", T("'%s' tidak dikenal: jemput root new FILE", "unknown '%s': jemput root new FILE"), argv[0]);
    if (!plain && (!rootkey_pin(pin, sizeof pin, true) || strlen(pin) < PIN_BYTES_MIN)) {
        sodium_memzero(pin, sizeof pin);
        return failure_usage("root", "%s",
                             T("PIN sekurangnya 6 karakter, dua kali sama; atau --plain, bila berkasnya dijaga dengan cara lain",
                               "a PIN of at least 6 characters, twice the same; or --plain, if the file is guarded otherwise"));
    }
    code = key_make(argv[1], plain ? NULL : pin);
    sodium_memzero(pin, sizeof pin);
    return code;
}

const struct command command_root = {
    .name = "root",
    .operands = "new FILE [--plain]",
    .summary_id = "Buat kunci induk di flashdisk, di luar semua perangkat.",
    .summary_en = "Make a root administrator's key on a stick, outside all devices.",
    .example = "jemput root new /media/usb/induk.key",
    .run = cmd_root,
    .more_id = "FILE dikunci PIN; di sampingnya FILE.pub, bagian umumnya, untuk jemput init --root FILE.pub. Kunci itu tidak pernah masuk "
               "ke berkas data: dipakai dengan --root FILE pada device, approve, dan admit, lalu cabut flashdisknya.",
    .more_en = "FILE is locked by a PIN; beside it FILE.pub, its public part, for jemput init --root FILE.pub. The key never enters a "
               "store: use it by --root FILE with device, approve and admit, then take the stick out.",
};
