/* cmd_config.c — `jemput central config`: the service for systemd. A test has systemd look at just what this prints. */
#include <string.h>
#include <unistd.h>

#include "central.h"
#include "commands.h"
#include "template.h"

static const char systemd_text[] =
    "# jemput central, for systemd: /etc/systemd/system/jemput-central.service. Printed by: jemput central config systemd\n"
    "# Its user owns @folder@, which is on an encrypted disk and belongs to the civil registry: central.db holds personal data.\n"
    "[Unit]\n"
    "Description=jemput central\n"
    "After=network-online.target\n"
    "?postgres After=postgresql.service\n"
    "Wants=network-online.target\n"
    "\n"
    "[Service]\n"
    "Type=notify\n"
    "ExecStart=@program@ run @folder@ --listen @listen@@night@@backup@@cut@@key_option@\n"
    "ExecReload=kill -HUP $MAINPID\n"
    "?key LoadCredential=key:@key@\n"
    "WatchdogSec=120\n"
    "Restart=always\n"
    "RestartSec=2\n"
    "User=jemput\n"
    "UMask=0077\n"
    "MemoryMax=1G\n"
    "TasksMax=128\n"
    "LimitNOFILE=4096\n"
    "LimitCORE=0\n"
    "NoNewPrivileges=true\n"
    "ProtectSystem=strict\n"
    "ProtectHome=true\n"
    "PrivateTmp=true\n"
    "PrivateDevices=true\n"
    "ProtectKernelTunables=true\n"
    "ProtectControlGroups=true\n"
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n"
    "SystemCallFilter=@system@\n"
    "SystemCallErrorNumber=EPERM\n"
    "ReadWritePaths=@folder@\n"
    "?hubs ReadWritePaths=@hubs@\n"
    "?stores ReadWritePaths=@stores@\n"
    "?copies ReadWritePaths=@copies@\n"
    "\n"
    "[Install]\n"
    "WantedBy=multi-user.target\n";

struct config {
    const char *folder, *listen, *night, *backup, *key, *hubs, *stores;
    bool cut, postgres;
};

static int systemd_print(const struct config *c)
{
    char program[PATH_BYTES], night[64] = "", backup[PATH_BYTES + 16] = "";
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    const struct template_word words[] = { { "program", program }, { "folder", c->folder }, { "listen", c->listen }, { "night", night },
                                           { "backup", backup }, { "cut", c->cut ? " --cut" : "" }, { "key", c->key }, { "hubs", c->hubs },
                                           { "key_option", c->key ? " --key-file ${CREDENTIALS_DIRECTORY}/key" : "" }, { "copies", c->backup },
                                           { "postgres", c->postgres ? "" : NULL }, { "system", "@system-service" }, { "stores", c->stores },
                                           { NULL, NULL } };

    if (len <= 0)
        return problem("%s", T("program ini tidak tahu tempatnya", "this program does not know where it is"));
    program[len] = '\0';
    if (c->night)
        snprintf(night, sizeof night, " --night %s", c->night);
    if (c->backup)
        snprintf(backup, sizeof backup, " --backup %s", c->backup);
    template_print(systemd_text, words);
    return EXIT_DONE;
}

static int config_run(const struct office_command *self, int argc, char **argv)
{
    struct config c = { .folder = "/srv/pusat", .listen = "127.0.0.1:8420" };
    const struct option_spec specs[] = {
        { "folder", "FOLDER", &c.folder, NULL, "folder pusat (/srv/pusat)", "central's folder (/srv/pusat)" },
        { "listen", "127.0.0.1:PORT", &c.listen, NULL, "/metrics dan /healthz (127.0.0.1:8420)", "/metrics and /healthz (127.0.0.1:8420)" },
        { "key-file", "FILE", &c.key, NULL, "kunci berkas data yang disegel", "key of sealed stores" },
        { "hubs", "FOLDER", &c.hubs, NULL, "hub berupa folder: boleh ditulis", "hubs in a folder: may be written" },
        { "night", "HH:MM", &c.night, NULL, "kerja malam", "night work" },
        { "backup", "FOLDER", &c.backup, NULL, "folder salinan", "folder for the copies" },
        { "cut", NULL, NULL, &c.cut, "potong yang tercakup titik pangkal dan salinan", "cut off what checkpoint and copy cover" },
        { "postgres", NULL, NULL, &c.postgres, "PostgreSQL di mesin ini", "PostgreSQL is on this machine" },
    };
    struct buffer stores = { 0 };
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    if (strcmp(argv[0], "systemd") != 0)
        return wrong_use(self, T("'%s': systemd", "'%s': systemd"), argv[0]);
    spaces_elsewhere(&stores, c.folder);
    c.stores = stores.len ? buffer_string(&stores) : NULL;
    code = systemd_print(&c);
    buffer_release(&stores);
    return code;
}

const struct office_command command_config = {
    .name = "config",
    .operands = "systemd [OPTION]…",
    .summary_id = "Cetak konfigurasi layanan untuk systemd.",
    .summary_en = "Print the service's configuration for systemd.",
    .more_id = "Folder berkas data di luar folder pusat (add --store) dibaca dari central.db: cetak lagi bila bertambah.",
    .more_en = "Folders of stores outside central's (add --store) are read from central.db: print it anew when there are more.",
    .example = "jemput central config systemd --hubs /srv/jemput --night 02:00 --backup /srv/salinan > /etc/systemd/system/jemput-central.service",
    .run = config_run,
};
