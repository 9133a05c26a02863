/* cmd_join.c — `jemput join`. */
#include "cmd.h"

#include <string.h>

#include "failure.h"
#include "file.h"
#include "space.h"
#include "text.h"

enum { INVITATION_FILE_BYTES_MAX = 4 * 1024 * 1024 };

static int joined(struct jemput *jemput)
{
    struct jemput_info info;
    struct jemput_error err;

    if (jemput_info_get(jemput, &info, &err))
        return failure_status(&err);
    printf(T("Perangkat %u siap dipakai, juga tanpa sinyal.\n", "Device %u is ready, without a signal too.\n"), (unsigned)info.device_number);
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
                              "%s is there already and was not touched: it is no store that still waits to be let into the space of this invitation. "
                              "Open the existing one, or use another name."),
                            store);
    if (err->status == JEMPUT_CORRUPT)
        return failure_told(
            JEMPUT_CORRUPT,
            T("%s: berkas ini bukan undangan jemput, atau terpotong saat disalin: salin ulang dari pengirimnya. Tidak ada yang diubah.",
              "%s: this file is no jemput invitation, or was cut short when it was copied: copy it again from its sender. "
              "Nothing was changed."),
            file);
    if (err->status == JEMPUT_DENIED && strstr(err->text, "invitation has expired"))
        return failure_told(JEMPUT_DENIED,
                            T("%s: undangan ini sudah kedaluwarsa menurut jam perangkat ini. Tidak ada yang diubah. "
                              "Periksa tanggal dan jam; bila benar, minta undangan baru kepada administrator.",
                              "%s: this invitation has expired by this device's clock. Nothing was changed. "
                              "Check date and time; if they are right, ask your administrator for a new invitation."),
                            file);
    return failure_status(err);
}

int cmd_join(struct cli *cli, int argc, char **argv)
{
    struct buffer invitation = { 0 };
    struct jemput_error err;
    struct jemput *jemput;
    const char *store;
    int code;

    if (!options_read(cli, NULL, 0, &argc, argv, 1, 1, &code))
        return code;
    store = space_path(cli, &code);
    if (!store || !file_read(&invitation, argv[0], INVITATION_FILE_BYTES_MAX, &code)) {
        buffer_release(&invitation);
        return code;
    }
    if (jemput_join(&jemput, store, buffer_string(&invitation), invitation.len, NULL, &err)) {
        code = join_failed(store, argv[0], &err);
    } else {
        code = joined(jemput);
        jemput_close(jemput);
    }
    buffer_release(&invitation);
    return code;
}
