/* console.h — jemput-console: what its files share. A page for the people who run an office, over the folder of jemput-central: it reads
 * central.db, and what a person decides is signed by that person's own device, whose store (the desk) lies in the folder, sealed under the
 * person's PIN. */
#ifndef JEMPUT_CONSOLE_H
#define JEMPUT_CONSOLE_H

#include "central.h"
#include "option.h"

extern const struct office_command command_account, command_serve, command_looks, command_config;

/* What the server was told; not changed once it serves. */
struct console {
    char folder[PATH_BYTES - 256]; /* of the office, whole path */
    char listen[256];              /* "127.0.0.1:8421" */
    char address[256];             /* "https://kantor.example", as browsers know it; "" = by loopback only */
    const unsigned char *key;      /* 32 bytes that open central's stores; NULL = they are plain */
    bool traces;                   /* tell on stderr what walks over whole tables */
};

enum role { ROLE_PETUGAS = 1, ROLE_KELURAHAN = 2, ROLE_VERIFIKATOR = 4, ROLE_ADMIN = 8, ROLE_PUSAT = 16, ROLE_KOMINFO = 32 };
#define ROLES_OFFICE (ROLE_KELURAHAN | ROLE_VERIFIKATOR | ROLE_ADMIN) /* who works with persons' data; kominfo does not */
/* Of a text such as "admin,pusat"; words that are none are passed over. */
unsigned roles_of(const char *text);

enum { SCOPE_BYTES = 64, SEED_BYTES = 32, SPACES_MAX = 512 };

#endif
