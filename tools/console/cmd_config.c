/* cmd_config.c — `jemput console config`: nginx with HTTPS before the console, and systemd. A test starts nginx with just what this prints. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "console.h"
#include "template.h"

static const char nginx_text[] =
    "# nginx before `jemput console serve`. Printed by: jemput console config nginx\n"
    "# Start the console with: --listen @console@ --address https://@server@@port@\n"
    "limit_req_zone $binary_remote_addr zone=jemput_console:1m rate=30r/s;\n"
    "limit_req_zone $binary_remote_addr zone=jemput_sign_in:1m rate=20r/m;\n"
    "limit_conn_zone $binary_remote_addr zone=jemput_conn:1m;\n"
    "log_format jemput_console '$remote_addr [$time_local] $request_method $uri $status $body_bytes_sent'; # no query, no referrer\n"
    "server {\n"
    "  listen @listen@ ssl;\n"
    "  server_name @server@;\n"
    "  ssl_certificate @cert@;\n"
    "  ssl_certificate_key @key@;\n"
    "  ssl_protocols TLSv1.2 TLSv1.3;\n"
    "?allow   allow @allow@;\n"
    "?allow   deny all;\n"
    "  access_log @log@ jemput_console;\n"
    "  server_tokens off;\n"
    "  client_max_body_size 8m;      # an import\n"
    "  client_body_timeout 60s;\n"
    "  client_header_timeout 30s;\n"
    "  large_client_header_buffers 4 16k;\n"
    "  limit_req zone=jemput_console burst=120 nodelay;\n"
    "  limit_conn jemput_conn 32;\n"
    "  limit_req_status 429;\n"
    "  limit_conn_status 429;\n"
    "  proxy_http_version 1.1;\n"
    "  proxy_set_header Connection \"\";\n"
    "  proxy_set_header Host $http_host;\n"
    "  proxy_set_header X-Real-IP $remote_addr; # whom a wrong PIN is counted for\n"
    "  proxy_read_timeout 60s;       # events send a word each 15 s\n"
    "  proxy_intercept_errors off;\n"
    "  proxy_temp_path @temp@;\n"
    "  client_body_temp_path @temp@;\n"
    "  location = /api/sign-in { limit_req zone=jemput_sign_in burst=10 nodelay; proxy_pass http://@console@; }\n"
    "  location = /api/events { proxy_buffering off; proxy_pass http://@console@; }\n"
    "  location /api/export/ { proxy_max_temp_file_size 0; proxy_pass http://@console@; } # persons' data: not on this disk\n"
    "  location = /api/import { proxy_request_buffering off; proxy_pass http://@console@; }\n"
    "  location / { proxy_pass http://@console@; }\n"
    "}\n";

static const char systemd_text[] =
    "# jemput console, for systemd: /etc/systemd/system/jemput-console.service. Printed by: jemput console config systemd\n"
    "[Unit]\n"
    "Description=jemput console\n"
    "After=network.target jemput-central.service\n"
    "\n"
    "[Service]\n"
    "ExecStart=@program@ serve @folder@ --listen @console@@address@@key_option@\n"
    "?key LoadCredential=key:@key@\n"
    "User=jemput\n"
    "UMask=0077\n"
    "Restart=on-failure\n"
    "MemoryMax=1G\n"
    "TasksMax=64\n"
    "LimitMEMLOCK=1M\n"
    "LimitNOFILE=65536\n"
    "LimitCORE=0\n"
    "NoNewPrivileges=true\n"
    "ProtectSystem=strict\n"
    "ProtectHome=true\n"
    "PrivateTmp=true\n"
    "PrivateDevices=true\n"
    "ProtectKernelTunables=true\n"
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX\n"
    "SystemCallFilter=@system-service\n"
    "ReadWritePaths=@folder@\n"
    "?hubs ReadWritePaths=@hubs@\n"
    "?stores ReadWritePaths=@stores@\n"
    "\n"
    "[Install]\n"
    "WantedBy=multi-user.target\n";

struct config {
    const char *folder, *console, *server, *listen, *cert, *key, *log, *temp, *allow, *hubs, *stores;
};

static int nginx_print(const struct office_command *self, const struct config *c)
{
    const char *colon = c->listen ? strrchr(c->listen, ':') : NULL;
    char port[16] = "";
    const struct template_word words[] = { { "console", c->console }, { "server", c->server }, { "listen", c->listen }, { "cert", c->cert },
                                           { "key", c->key },         { "log", c->log },       { "temp", c->temp },     { "allow", c->allow },
                                           { "port", port },          { NULL, NULL } };

    if (!c->server || !c->cert || !c->key)
        return wrong_use(self, "%s", T("nginx perlu --server-name, --tls-cert dan --tls-key", "nginx wants --server-name, --tls-cert and --tls-key"));
    if (colon && strcmp(colon, ":443") != 0)
        snprintf(port, sizeof port, "%s", colon);
    template_print(nginx_text, words);
    return EXIT_DONE;
}

static int systemd_print(const struct config *c)
{
    char program[PATH_BYTES], address[300] = "";
    ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    const struct template_word words[] = {
        { "program", program }, { "folder", c->folder }, { "console", c->console },
        { "address", address }, { "key", c->key },       { "key_option", c->key ? " --key-file ${CREDENTIALS_DIRECTORY}/key" : "" },
        { "hubs", c->hubs },     { "stores", c->stores }, { NULL, NULL }
    };

    if (len <= 0)
        return problem("%s", T("program ini tidak tahu tempatnya", "this program does not know where it is"));
    program[len] = '\0';
    if (c->server)
        snprintf(address, sizeof address, " --address https://%s", c->server);
    template_print(systemd_text, words);
    return EXIT_DONE;
}

static int config_run(const struct office_command *self, int argc, char **argv)
{
    struct config c = { .folder = "/srv/pusat",
                        .console = "127.0.0.1:8421",
                        .listen = "0.0.0.0:443",
                        .log = "/var/log/nginx/jemput-console.log",
                        .temp = "/var/lib/nginx/jemput" };
    const struct option_spec specs[] = {
        { "folder", "FOLDER", &c.folder, NULL, "folder pusat (/srv/pusat)", "central's folder (/srv/pusat)" },
        { "console", "ADDRESS:PORT", &c.console, NULL, "tempat konsol mendengar (127.0.0.1:8421)", "where the console listens (127.0.0.1:8421)" },
        { "server-name", "NAME", &c.server, NULL, "nama host bagi peramban", "host name for browsers" },
        { "listen", "ADDRESS:PORT", &c.listen, NULL, "nginx: bawaannya 0.0.0.0:443", "nginx: 0.0.0.0:443 by default" },
        { "tls-cert", "FILE", &c.cert, NULL, "nginx: sertifikat, PEM", "nginx: certificate, PEM" },
        { "tls-key", "FILE", &c.key, NULL, "nginx: kuncinya, PEM; systemd: kunci penyimpanan pusat",
          "nginx: its key, PEM; systemd: the key to central's stores" },
        { "allow", "NETWORK", &c.allow, NULL, "nginx: hanya jaringan ini, mis. 10.0.0.0/8", "nginx: this network only, such as 10.0.0.0/8" },
        { "log", "FILE", &c.log, NULL, "nginx: catatan akses, tanpa pertanyaan", "nginx: access log, without queries" },
        { "hubs", "FOLDER", &c.hubs, NULL, "systemd: hub berupa folder: boleh ditulis", "systemd: hubs in a folder: may be written" },
        { "temp", "FOLDER", &c.temp, NULL, "nginx: berkas sementara", "nginx: temporary files" },
    };
    struct buffer stores = { 0 };
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    if (strcmp(argv[0], "nginx") == 0)
        return nginx_print(self, &c);
    if (strcmp(argv[0], "systemd") == 0) {
        spaces_elsewhere(&stores, c.folder);
        c.stores = stores.len ? buffer_string(&stores) : NULL;
        code = systemd_print(&c);
        buffer_release(&stores);
        return code;
    }
    return wrong_use(self, T("'%s': nginx atau systemd", "'%s': nginx or systemd"), argv[0]);
}

const struct office_command command_config = {
    .name = "config",
    .operands = "nginx|systemd [OPTION]…",
    .summary_id = "Cetak konfigurasi yang sudah diuji: nginx dengan HTTPS di depan konsol, atau systemd.",
    .summary_en = "Print a tested configuration: nginx with HTTPS in front of the console, or systemd.",
    .example = "jemput console config nginx --server-name kantor.example --tls-cert cert.pem --tls-key key.pem",
    .run = config_run,
};
