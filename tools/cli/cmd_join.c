/* cmd_join.c — `jemput join`. */
#include "cmd.h"

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
        printf(T("Hub: %s. Diterima pada sinkronisasi pertama: jemput sync\n", "Hub: %s. Admitted at the first sync: jemput sync\n"), info.hub);
    else
        puts(T("Hub belum disebut. Diterima pada sinkronisasi pertama: jemput sync --hub PATH", "No hub was named. Admitted at the first sync: jemput sync --hub PATH"));
    return EXIT_OK;
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
        code = failure_status(&err);
    } else {
        code = joined(jemput);
        jemput_close(jemput);
    }
    buffer_release(&invitation);
    return code;
}
