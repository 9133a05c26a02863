/* config.c — `jemput hub config`: configurations for others that run a hub: nginx and lighttpd before git itself, or before `jemput hub serve`, and
 * systemd. The tests start nginx and lighttpd with just what this prints (tests/http/servers.py). */
#include "hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct config {
    const char *folder, *server_name, *listen, *cert, *key, *state, *users, *max_mb, *hub;
    char backend[PATH_BYTES], program[PATH_BYTES];
};

/* Each @word@ of the text is replaced; lines that begin with "?word " are there only if that has a value. */
struct word {
    const char *name, *value;
};

static const char *value_of(const struct word *words, const char *name, size_t len)
{
    for (; words->name; words++)
        if (strlen(words->name) == len && strncmp(words->name, name, len) == 0)
            return words->value;
    return NULL;
}

static void line_print(const char *line, size_t len, const struct word *words)
{
    const char *end = line + len, *mark, *close;

    while (line < end) {
        mark = memchr(line, '@', (size_t)(end - line));
        close = mark ? memchr(mark + 1, '@', (size_t)(end - mark - 1)) : NULL;
        if (!close) {
            fwrite(line, 1, (size_t)(end - line), stdout);
            break;
        }
        fwrite(line, 1, (size_t)(mark - line), stdout);
        fputs(value_of(words, mark + 1, (size_t)(close - mark - 1)), stdout);
        line = close + 1;
    }
    putchar('\n');
}

static void text_print(const char *text, const struct word *words)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), name = text[0] == '?' || text[0] == '!' ? strcspn(text, " ") : 0;
        const char *value = name ? value_of(words, text + 1, name - 1) : NULL;

        if (!name)
            line_print(text, len, words);
        else if ((text[0] == '?') == (value != NULL))
            line_print(text + name + 1, len - name - 1, words);
        text += len + (text[len] == '\n');
    }
}

static const char nginx_text[] =
    "# nginx, before git http-backend (packages nginx-light, fcgiwrap) or before `jemput hub serve`. Printed by: jemput hub config nginx\n"
    "# fcgiwrap: fcgiwrap -c 8 -s unix:@state@/fcgi, as a user that may write @folder@\n"
    "limit_req_zone $binary_remote_addr zone=jemput:10m rate=20r/s;\n"
    "limit_conn_zone $server_name zone=jemput_all:1m;\n"
    "server {\n"
    "  listen @listen@@ssl@;\n"
    "  server_name @server@;\n"
    "?cert   ssl_certificate @cert@;\n"
    "?cert   ssl_certificate_key @key@;\n"
    "  client_max_body_size @max@m;\n"
    "  client_body_timeout 60s;      # nothing comes: a stalled link, or a slow loris\n"
    "  client_header_timeout 30s;\n"
    "  keepalive_timeout 30s;\n"
    "  limit_req zone=jemput burst=400 nodelay;\n"
    "  limit_conn jemput_all 2048;\n"
    "  limit_req_status 429;         # tablets wait, and come again\n"
    "  limit_conn_status 429;\n"
    "  error_page 429 = @busy;\n"
    "  location @busy { internal; add_header Retry-After 10 always; return 429; }\n"
    "  location ~ ^/[A-Za-z0-9_-][A-Za-z0-9._-]*\\.git/(info/refs|git-upload-pack|git-receive-pack)$ {\n"
    "?users     auth_basic jemput;\n"
    "?users     auth_basic_user_file @users@;\n"
    "?hub     proxy_pass http://@hub@;\n"
    "?hub     proxy_set_header Host $http_host;\n"
    "?hub     proxy_set_header X-Real-IP $remote_addr;   # who guesses passwords: jemput hub serve --behind-proxy\n"
    "?hub     proxy_read_timeout 700s;                   # git has 600 s, and devices wait for 660\n"
    "!hub     fastcgi_pass unix:@state@/fcgi;\n"
    "!hub     fastcgi_read_timeout 700s;                 # devices wait for 660\n"
    "!hub     fastcgi_param SCRIPT_FILENAME @backend@;\n"
    "!hub     fastcgi_param PATH_INFO $uri;\n"
    "!hub     fastcgi_param QUERY_STRING $query_string;\n"
    "!hub     fastcgi_param REQUEST_METHOD $request_method;\n"
    "!hub     fastcgi_param CONTENT_TYPE $content_type;\n"
    "!hub     fastcgi_param CONTENT_LENGTH $content_length;\n"
    "!hub     fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;\n"
    "!hub     fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;\n"
    "!hub     fastcgi_param REMOTE_USER $remote_user;\n"
    "!hub     fastcgi_param GIT_PROJECT_ROOT @folder@;\n"
    "!hub     fastcgi_param GIT_HTTP_EXPORT_ALL 1;\n"
    "  }\n"
    "  location / { return 404; }\n"
    "}\n";

static const char lighttpd_text[] =
    "# lighttpd, before git http-backend. Printed by: jemput hub config lighttpd\n"
    "server.modules = (\"mod_alias\", \"mod_setenv\", \"mod_cgi\", \"mod_auth\", \"mod_authn_file\"@tls_module@)\n"
    "server.document-root = \"@state@\"\n"
    "server.bind = \"@host@\"\n"
    "server.port = @port@\n"
    "server.errorlog = \"@state@/lighttpd-error.log\"\n"
    "server.upload-dirs = (\"@state@\")\n"
    "server.max-request-size = @max_kb@\n"
    "server.max-connections = 2048\n"
    "server.max-fds = 4096\n"
    "server.max-read-idle = 60\n"
    "server.max-keep-alive-idle = 30\n"
    "?cert ssl.engine = \"enable\"\n"
    "?cert ssl.pemfile = \"@cert@\"\n"
    "?cert ssl.privkey = \"@key@\"\n"
    "$HTTP[\"url\"] =~ \"^/[A-Za-z0-9_-][A-Za-z0-9._-]*\\.git/(info/refs|git-upload-pack|git-receive-pack)$\" {\n"
    "  alias.url = (\"/\" => \"@backend@/\")\n"
    "  cgi.assign = (\"\" => \"\")\n"
    "  setenv.set-environment = (\"GIT_PROJECT_ROOT\" => \"@folder@\", \"GIT_HTTP_EXPORT_ALL\" => \"1\", \"GIT_CONFIG_COUNT\" => \"1\",\n"
    "    \"GIT_CONFIG_KEY_0\" => \"safe.directory\", \"GIT_CONFIG_VALUE_0\" => \"*\")\n"
    "?users   auth.backend = \"plain\"\n"
    "?users   auth.backend.plain.userfile = \"@users@\"\n"
    "?users   auth.require = (\"/\" => (\"method\" => \"basic\", \"realm\" => \"jemput\", \"require\" => \"valid-user\"))\n"
    "}\n";

static const char systemd_text[] =
    "# jemput hub, for systemd: /etc/systemd/system/jemput-hub.service. Printed by: jemput hub config systemd\n"
    "[Unit]\n"
    "Description=jemput hub\n"
    "After=network.target\n"
    "\n"
    "[Service]\n"
    "ExecStart=@program@ serve @folder@ --listen @listen@@address@\n"
    "User=jemput\n"
    "Restart=on-failure\n"
    "LimitNOFILE=65536\n"
    "MemoryMax=1G\n"
    "TasksMax=1024\n"
    "NoNewPrivileges=true\n"
    "ProtectSystem=strict\n"
    "ProtectHome=true\n"
    "PrivateTmp=true\n"
    "ReadWritePaths=@folder@\n"
    "\n"
    "[Install]\n"
    "WantedBy=multi-user.target\n";

static int config_print(const struct hub_command *self, const char *what, const struct config *c)
{
    const char *colon = strrchr(c->listen, ':');
    char host[256], address[600] = "", kilobytes[32];
    const struct word words[] = {
        { "folder", c->folder }, { "server", c->server_name ? c->server_name : "_" }, { "listen", c->listen }, { "cert", c->cert },
        { "key", c->key }, { "state", c->state }, { "users", c->users }, { "max", c->max_mb }, { "max_kb", kilobytes }, { "hub", c->hub },
        { "backend", c->backend },
        { "program", c->program }, { "ssl", c->cert ? " ssl" : "" }, { "tls_module", c->cert ? ", \"mod_openssl\"" : "" }, { "host", host },
        { "port", colon ? colon + 1 : "" }, { "address", address }, { NULL, NULL },
    };

    if (!colon || colon == c->listen || (size_t)(colon - c->listen) >= sizeof host)
        return wrong_use(self, "--listen %s: %s", c->listen, T("sebutkan ALAMAT:PORT", "give ADDRESS:PORT"));
    snprintf(host, sizeof host, "%.*s", (int)(colon - c->listen), c->listen);
    snprintf(kilobytes, sizeof kilobytes, "%ld", strtol(c->max_mb, NULL, 10) * 1024);
    if (c->server_name)
        snprintf(address, sizeof address, " --address https://%s --behind-proxy", c->server_name);
    if (strcmp(what, "nginx") == 0)
        text_print(nginx_text, words);
    else if (strcmp(what, "lighttpd") == 0)
        text_print(lighttpd_text, words);
    else if (strcmp(what, "systemd") == 0)
        text_print(systemd_text, words);
    else
        return wrong_use(self, T("'%s': nginx, lighttpd atau systemd", "'%s': nginx, lighttpd or systemd"), what);
    return EXIT_DONE;
}

static int config_run(const struct hub_command *self, int argc, char **argv)
{
    struct config c = { .folder = "/srv/jemput", .listen = "127.0.0.1:8418", .state = "/run/jemput", .max_mb = "64" };
    const struct option_spec specs[] = {
        { "folder", "FOLDER", &c.folder, NULL, "folder repositori (/srv/jemput)", "folder of the repositories (/srv/jemput)" },
        { "server-name", "NAME", &c.server_name, NULL, "nama host hub", "host name of the hub" },
        { "listen", "ADDRESS:PORT", &c.listen, NULL, "bawaannya 127.0.0.1:8418", "127.0.0.1:8418 by default" },
        { "tls-cert", "FILE", &c.cert, NULL, "sertifikat, PEM", "certificate, PEM" },
        { "tls-key", "FILE", &c.key, NULL, "kuncinya, PEM", "its key, PEM" },
        { "state", "FOLDER", &c.state, NULL, "soket dan berkas sementara (/run/jemput)", "sockets and temporary files (/run/jemput)" },
        { "users", "FILE", &c.users, NULL, "sandi, dalam bentuk server itu", "passwords, in that server's format" },
        { "max-mb", "N", &c.max_mb, NULL, "satu kiriman paling besar, dalam MB (64)", "largest single push, in MB (64)" },
        { "hub", "ADDRESS:PORT", &c.hub, NULL, "nginx: di depan jemput hub serve ini, bukan git sendiri",
          "nginx: in front of this jemput hub serve, not of git itself" },
    };
    char *const ask[] = { "git", "--exec-path", NULL };
    char folder[PATH_BYTES - 32];
    long ignored;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    if (!c.cert != !c.key)
        return wrong_use(self, "%s", T("--tls-cert dan --tls-key: keduanya, atau tidak sama sekali", "--tls-cert and --tls-key: both, or neither"));
    if (!option_number(c.max_mb, 1, 4096, &ignored))
        return wrong_use(self, T("--max-mb: sebutkan 1 sampai 4096", "--max-mb: give 1 to 4096"));
    if (!program_path(c.program) || !process_line(ask, folder, sizeof folder))
        return problem("%s", T("git tidak ada", "git is not there"));
    snprintf(c.backend, sizeof c.backend, "%s/git-http-backend", folder);
    return config_print(self, argv[0], &c);
}

const struct hub_command command_config = {
    .name = "config",
    .operands = "nginx|lighttpd|systemd [OPTION]…",
    .summary_id = "Cetak konfigurasi yang sudah diuji: server web di depan git, atau systemd.",
    .summary_en = "Print a tested configuration: a web server in front of git, or systemd.",
    .more_id = "nginx dan lighttpd di depan git memeriksa tanda tangan (penjaga repositori), dan bertanya sandi saja;\n"
               "kunci perangkat dan pencabutan hanya diperiksa oleh jemput hub serve (nginx: --hub).",
    .more_en = "nginx and lighttpd before git look at signatures (the repository's guards), and ask for passwords only;\n"
               "devices' keys and revocations are looked at by jemput hub serve alone (nginx: --hub).",
    .example = "jemput hub config nginx --server-name hub.example --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem",
    .run = config_run,
};
