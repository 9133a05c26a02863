/* commands/join.c — `jemput join`. */
#include "cmd.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "failure.h"
#include "file.h"
#include "pin.h"
#include "space.h"
#include "text.h"

enum { INVITATION_FILE_BYTES_MAX = 4 * 1024 * 1024 };

static int joined(struct jemput *jemput)
{
    struct jemput_info info;
    struct jemput_error err;

    if (jemput_info_get(jemput, &info, &err))
        return failure_status(&err);
    printf(T("Perangkat %u siap dipakai, juga tanpa sinyal.\n", "Device %u is ready to use, even without a signal.\n"), (unsigned)info.device_number);
    printf(T("Ruang %.16s. Cocokkan ruang dan hub dengan yang dicetak di kantor saat mengundang: kalau lain, jangan dipakai.\n",
             "Space %.16s. Compare space and hub with what the office printed when it invited you: if they are others, do not use it.\n"), info.space);
    if (info.hub[0])
        printf(T("Hub: %s. Diterima pada sinkronisasi berikutnya: jemput sync\n", "Hub: %s. Admitted at its next sync: jemput sync\n"), info.hub);
    else
        puts(T("Hub belum disebut. Diterima pada sinkronisasi berikutnya: jemput sync --hub PATH",
               "No hub was named. Admitted at its next sync: jemput sync --hub PATH"));
    return EXIT_OK;
}

static int join_failed(const char *store, const char *file, const struct jemput_error *err)
{
    if (err->status == JEMPUT_EXISTS)
        return failure_told(JEMPUT_EXISTS,
                            T("%s sudah ada dan tidak disentuh: itu bukan berkas data yang masih menunggu diterima di ruang undangan ini. "
                              "Buka yang sudah ada, atau pakai nama lain.",
                              "%s already exists and was not touched: it is not a store that waits to be let into the space of this invitation. "
                              "Open the existing one, or use another name."),
                            store);
    if (err->status == JEMPUT_CORRUPT)
        return failure_told(
            JEMPUT_CORRUPT,
            T("%s: berkas ini bukan undangan jemput, atau terpotong saat disalin: salin ulang dari pengirimnya. Tidak ada yang diubah.",
              "%s: this file is not a jemput invitation, or was cut short when it was copied: copy it again from its sender. "
              "Nothing was changed."),
            file);
    if (err->status == JEMPUT_DENIED && strstr(err->text, "invitation has expired"))
        return failure_told(JEMPUT_DENIED,
                            T("%s: undangan ini sudah kedaluwarsa menurut jam perangkat ini. Tidak ada yang diubah. "
                              "Periksa tanggal dan jam; bila benar, minta undangan baru kepada administrator.",
                              "%s: this invitation has expired by this device's clock. Nothing was changed. "
                              "Check date and time; if they are right, ask your administrator for a new invitation."),
                            file);
    if (err->status == JEMPUT_LOCKED)
        return pin_failed(store, err);
    if (err->status == JEMPUT_OFFLINE)
        return failure_told(JEMPUT_OFFLINE,
                            T("Undangan QR perlu hub saat bergabung, dan kantor harus sudah bersinkron. Tidak ada yang diubah. Pasang hub (--hub), "
                              "atau minta berkas undangannya.",
                              "A QR invitation needs the hub when it is used, and the office must have synced. Nothing was changed. Connect the hub "
                              "(--hub), or ask for the invitation's file."));
    return failure_status(err);
}

/* The text of a QR code, and no file's name? */
static bool text_is(const char *word)
{
    return strncmp(word, "JEMPUT", 6) == 0 && word[6] && word[7] == '/' && strlen(word) > 100;
}

static int join(const char *store, const char *file, const struct jemput_joining *joining)
{
    struct jemput_sealing sealing;
    struct jemput_error err;
    struct jemput *jemput;
    int code;

    if (jemput_join_with(&jemput, store, joining, NULL, &err))
        return join_failed(store, file, &err);
    code = joined(jemput);
    if (code == EXIT_OK && joining->secret && !jemput_sealing_get(store, NULL, &sealing, &err) && !sealing.recovery)
        code = pin_recovery_make(jemput);
    jemput_close(jemput);
    return code;
}

static int cmd_join(struct cli *cli, int argc, char **argv)
{
    struct buffer invitation = { 0 }, hub_path = { 0 };
    struct jemput_joining joining = { .hub = NULL };
    const char *store, *hub = NULL;
    char pin[PIN_TEXT_MAX] = "";
    const struct jemput_secret secret = { .pin = pin };
    bool seals = false;
    const struct option_spec specs[] = {
        { .name = "hub",
          .argument = "PATH",
          .value = &hub,
          .help = T("tempat hub di perangkat ini; tanpa ini: seperti di undangan", "where this device reaches the hub (default: as in the invitation)") },
        { .name = "pin", .flag = &seals, .help = T("segel berkas dengan PIN", "seal the store with a PIN") },
    };
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 1, 1, &code))
        return code;
    code = EXIT_OK;
    store = space_path(cli, &code);
    if (store && text_is(argv[0]))
        buffer_text(&invitation, argv[0]);
    else if (store)
        file_read(&invitation, argv[0], INVITATION_FILE_BYTES_MAX, &code);
    if (store && code == EXIT_OK && (!seals || pin_new(cli, NULL, true, pin, &code))) {
        joining.secret = seals ? &secret : NULL;
        if (hub) {
            space_hub_path(&hub_path, hub);
            joining.hub = buffer_string(&hub_path);
        }
        joining.invitation = buffer_string(&invitation);
        joining.invitation_len = invitation.len;
        code = join(store, text_is(argv[0]) ? T("teks undangan", "invitation text") : argv[0], &joining);
    }
    sodium_memzero(pin, sizeof pin);
    buffer_release(&invitation);
    buffer_release(&hub_path);
    return code;
}

const struct command command_join = {
    .name = "join",
    .operands = "INVITATION [--hub PATH] [--pin]",
    .summary_id = "Buat berkas data di perangkat ini dari undangan.",
    .summary_en = "Make this device's store from an invitation.",
    .example = "jemput -s tablet.db join tablet.undangan",
    .run = cmd_join,
    .more_id = "INVITATION: berkas undangan, atau teks sebuah QR (JEMPUT1/…), yang perlu hub.\n"
               "Dapat dipakai seketika tanpa sinyal; diterima pada sinkronisasi pertama. '-' = masukan baku.\n"
               "Kalau undangan lama sudah kedaluwarsa atau dipakai perangkat lain: join sekali lagi dengan undangan baru; "
               "semua yang tersimpan di sini tetap ada.",
    .more_en = "INVITATION: the file, or the text of a QR code (JEMPUT1/…), which needs the hub.\n"
               "Works at once without a signal; it is admitted at its first sync. '-' = standard input.\n"
               "If the old invitation expired, or another device used it: join once more with a new one; "
               "everything that is saved here stays.",
};
