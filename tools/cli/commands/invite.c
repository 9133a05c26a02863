/* commands/invite.c — `jemput invite`. The file is made before the invitation is: an invitation that nobody can be given would only use up a
 * device number. */
#include "cmd.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>
#include <sqlite3.h>

#include "failure.h"
#include "file.h"
#include "moment.h"
#include "qr.h"
#include "roles.h"
#include "space.h"
#include "text.h"

enum { DEFAULT_NAMES_MAX = 1000 };

struct invite {
    const char *roles, *scope, *hub;
    const char *space;      /* its id */
    int64_t expires_ms;
    bool show;              /* as a QR code on the terminal */
    const char *picture;    /* file for one; NULL = none */
};

enum { DAYS_MAX = 3650, DAY_MS = 86400 * 1000, SCOPE_BYTES_MAX = 63 };

/* undangan-petugas-1.txt and so on: the first that is free. */
static FILE *default_file(struct buffer *path, const char *roles, int *code)
{
    for (unsigned i = 1; i <= DEFAULT_NAMES_MAX; i++) {
        path->len = 0;
        buffer_text(path, "undangan-");
        for (const char *r = roles; *r; r++)
            buffer_format(path, "%c", isalnum((unsigned char)*r) ? *r : '-');
        buffer_format(path, "-%u.txt", i);
        if (access(path->data, F_OK) != 0)
            break;
    }
    return file_new(path->data, code);
}

static int qr_too_long(void)
{
    return failure_told(JEMPUT_LIMIT, "%s", T("Undangan ini terlalu panjang untuk QR: serahkan berkasnya.",
                                              "This invitation is too long for a QR code: hand over the file."));
}

/* The short form, beside the file. */
static int qr_write(const struct invite *invite, const char *text)
{
    FILE *file;
    int code = EXIT_OK;

    if (invite->show && !qr_show(stdout, text))
        return qr_too_long();
    if (invite->show)
        printf(T("Teksnya, bila kamera tidak ada: %s\n", "Its text, where there is no camera: %s\n"), text);
    if (!invite->picture)
        return EXIT_OK;
    file = file_new(invite->picture, &code);
    if (!file)
        return code;
    if (!qr_draw(file, invite->picture, text)) {
        file_drop(file, invite->picture);
        return qr_too_long();
    }
    code = file_finish(file, invite->picture);
    if (!code)
        printf("QR: %s\n", invite->picture);
    return code;
}

static int short_write(struct jemput *jemput, const struct invite *invite, const char *text, size_t len)
{
    struct jemput_error err;
    char *brief = NULL;
    size_t brief_len;
    int code;

    if (!invite->show && !invite->picture)
        return EXIT_OK;
    if (jemput_invite_short(jemput, text, len, &brief, &brief_len, &err))
        return failure_status(&err);
    code = qr_write(invite, brief);
    sodium_memzero(brief, brief_len);
    jemput_text_free(brief);
    return code;
}

static int invite_count(void *ctx, const struct jemput_waiting *waiting)
{
    unsigned *count = ctx;

    *count += strcmp(waiting->kind, "invite") == 0;
    return 0;
}

/* Invitations that too few root administrators have signed. If that cannot be told, nothing is said of it. */
static unsigned invites_waiting(struct jemput *jemput)
{
    struct jemput_error unsaid;
    unsigned count = 0;

    return jemput_waiting_each(jemput, invite_count, &count, &unsaid) ? 0 : count;
}

static int invite_write(struct jemput *jemput, const struct invite *invite, FILE *file, const char *path)
{
    char until[MOMENT_BYTES];
    struct jemput_error err;
    char *text = NULL;
    unsigned waiting = invites_waiting(jemput);
    size_t len = 0;
    int code;

    if (jemput_invite(jemput, invite->roles, invite->scope, invite->hub, invite->expires_ms, &text, &len, &err)) {
        if (file != stdout)
            file_drop(file, path);
        return failure_status(&err);
    }
    fwrite(text, 1, len, file);
    code = short_write(jemput, invite, text, len);
    sodium_memzero(text, len);
    jemput_text_free(text);
    if (file == stdout)
        return code;
    if (file_finish(file, path))
        return EXIT_STATUS + JEMPUT_IO;
    moment_local(until, invite->expires_ms);
    printf(T("Undangan: %s (untuk satu perangkat, berlaku sampai %s)\nSerahkan langsung kepada petugasnya, lalu jalankan: jemput sync\n"
             "Di perangkat itu jemput join menyebut ruang %.16s%s%s: kalau lain, jangan dipakai.\n",
             "Invitation: %s (for one device, valid until %s)\nHand it over yourself, then run: jemput sync\n"
             "On that device jemput join names space %.16s%s%s: if it is another one, do not use it.\n"),
           path, until, invite->space, invite->hub[0] ? T(" dan hub ", " and hub ") : "", invite->hub);
    if (invites_waiting(jemput) > waiting)
        puts(T("Undangan ini belum berlaku: administrator induk lain harus ikut menandatanganinya. Lihat: jemput devices",
               "This invitation has no effect yet: other root administrators have to sign it, too. See: jemput devices"));
    return code;
}

/* A prefix that no region has is no mistake for certain: the store may not know the newest codes. */
static void scope_check(struct jemput *jemput, const char *scope)
{
    sqlite3_stmt *stmt;

    if (!scope[0] || space_has(jemput, "wilayah") != 't')
        return;
    if (sqlite3_prepare_v2(jemput_app(jemput), "SELECT 1 FROM wilayah WHERE substr(kode, 1, length(?1))=?1", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, scope, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_DONE)
            fprintf(stderr,
                    T("Peringatan: tidak ada wilayah yang kodenya diawali '%s' di daftar wilayah ruang ini. Undangan tetap dibuat.\n",
                      "Warning: no region of this space's list has a code that begins with '%s'. The invitation was made anyway.\n"),
                    scope);
    }
    sqlite3_finalize(stmt);
}

static int invite_make(struct jemput *jemput, struct invite *invite, const char *out)
{
    struct buffer path = { 0 };
    struct jemput_info info;
    struct jemput_error err;
    FILE *file = NULL;
    int code = EXIT_OK;

    if (jemput_info_get(jemput, &info, &err))
        return failure_status(&err);
    if (!invite->hub)
        invite->hub = info.hub;
    invite->space = info.space;
    if ((invite->show || invite->picture) && !invite->hub[0])
        return failure_usage("invite", "%s", T("--qr perlu hub: perangkat itu mengambil skema dari sana. Sebut --hub",
                                               "--qr needs a hub: the device takes the schema from there. Give --hub"));
    if (out && strcmp(out, "-") == 0) {
        file = stdout;
    } else if (out) {
        buffer_text(&path, out);
        file = file_new(out, &code);
    } else {
        file = default_file(&path, invite->roles, &code);
    }
    if (file)
        scope_check(jemput, invite->scope);
    if (file)
        code = invite_write(jemput, invite, file, buffer_string(&path));
    buffer_release(&path);
    return code;
}

/* "0.5", and "0,5" as it is written in Indonesia. */
static bool expiry_read(struct invite *invite, const char *days)
{
    struct timespec now;
    char number[32], *end = number;
    double count;

    snprintf(number, sizeof number, "%s", days);
    if (strchr(number, ','))
        *strchr(number, ',') = '.';
    count = strtod(number, &end);
    clock_gettime(CLOCK_REALTIME, &now);
    if (strlen(days) >= sizeof number || *end || !(count * DAY_MS >= 1000 && count <= DAYS_MAX))
        return false;
    invite->expires_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + (int64_t)(count * DAY_MS);
    return true;
}

/* -1 = good; else the exit code. */
static int invite_check(struct invite *invite, const char *days)
{
    static const char scope_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";

    if (!invite->roles)
        return failure_usage("invite", "%s", T("--role belum disebut", "--role was not given"));
    if (!roles_valid(invite->roles))
        return failure_usage(
            "invite",
            T("--role '%s': pilih dari " ROLES_ALL "; beberapa dipisah koma", "--role '%s': choose from " ROLES_ALL "; several with commas between"),
            invite->roles);
    if (strlen(invite->scope) > SCOPE_BYTES_MAX || invite->scope[strspn(invite->scope, scope_characters)])
        return failure_usage("invite",
                             T("--scope '%s': tulis awalan kode wilayah, misalnya 16.74.05 atau 16.74.05.1003",
                               "--scope '%s': write a region prefix, such as 16.74.05 or 16.74.05.1003"),
                             invite->scope);
    if (invite->picture && !qr_picture_is(invite->picture))
        return failure_usage("invite", T("--qr-file '%s': akhiri dengan .svg atau .pbm", "--qr-file '%s': end it in .svg or .pbm"), invite->picture);
    if (!expiry_read(invite, days))
        return failure_usage("invite",
                             T("--days '%s': undangan harus berlaku sekurangnya 1 detik dan paling lama 3650 hari; 0,5 = 12 jam",
                               "--days '%s': an invitation must be valid for at least 1 second and at most 3650 days; 0.5 = 12 hours"),
                             days);
    return -1;
}

static int cmd_invite(struct cli *cli, int argc, char **argv)
{
    const char *hub = NULL, *days = "7", *out = NULL;
    struct invite invite = { .scope = "" };
    const struct option_spec specs[] = {
        { .name = "role", .argument = "ROLES", .value = &invite.roles, .help = ROLES_ALL },
        { .name = "scope",
          .argument = "CODE",
          .value = &invite.scope,
          .help = T("awalan kode wilayah; tanpa ini: seluruh ruang", "region prefix (default: the whole space)") },
        { .name = "hub",
          .argument = "PATH",
          .value = &hub,
          .help = T("tempat perangkat itu bersinkron; tanpa ini: hub yang diingat", "where that device syncs (default: the remembered hub)") },
        { .name = "days",
          .argument = "N",
          .value = &days,
          .help =
              T("berlaku sekian hari, juga pecahan: 0,5 = 12 jam (bawaan 7)", "valid for N days, fractions too: 0.5 = 12 hours (default 7)") },
        { .name = "out",
          .argument = "FILE",
          .value = &out,
          .help = T("berkas baru, hanya terbaca pemiliknya; '-' = keluaran baku; tanpa ini: undangan-PERAN-1.txt, -2 dan seterusnya",
                    "new file, readable by its owner only; '-' = standard output; else undangan-ROLES-1.txt, -2 and so on") },
        { .name = "qr",
          .flag = &invite.show,
          .help = T("tampilkan juga sebagai QR di layar; perangkat itu lalu perlu mencapai hub", "show it as a QR code, too; the device must then reach the hub") },
        { .name = "qr-file",
          .argument = "FILE",
          .value = &invite.picture,
          .help = T("QR sebagai gambar: FILE.svg atau FILE.pbm", "the QR code as a picture: FILE.svg or FILE.pbm") },
    };
    struct buffer hub_path = { 0 };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    code = invite_check(&invite, days);
    if (code >= 0)
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    if (hub) {
        space_hub_path(&hub_path, hub);
        invite.hub = buffer_string(&hub_path);
    }
    code = invite_make(jemput, &invite, out);
    buffer_release(&hub_path);
    jemput_close(jemput);
    return code;
}

const struct command command_invite = {
    .name = "invite",
    .operands = "--role ROLES [--scope CODE] [--hub PATH] [--days N] [--out FILE] [--qr] [--qr-file FILE]",
    .summary_id = "Buat undangan untuk satu perangkat.",
    .summary_en = "Make an invitation for one device.",
    .example = "jemput -s kantor.db invite --role petugas --scope 16.74.05.1003 --out tablet.undangan",
    .run = cmd_invite,
    .more_id = "Siapa memegang berkas undangan dapat bergabung sebagai perangkat itu: serahkan langsung. Lalu jalankan sync, agar undangan "
               "diketahui hub.\nQR memuat undangan yang sama, dan sama rahasianya; perangkat itu mengambil skemanya dari hub saat bergabung.",
    .more_en = "Whoever holds the file can join as that device: hand it over yourself. Then run sync, so that the hub knows of it.\n"
               "A QR code holds the same invitation, as secret; the device takes the schema from the hub when it joins.",
};
