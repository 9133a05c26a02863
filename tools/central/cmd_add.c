/* cmd_add.c — `jemput central add`: a space joins the folder, by an invitation or by a store that is there. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jemput/jemput.h>
#include <sodium.h>

#include "backup.h"
#include "base.h"
#include "commands.h"
#include "file.h"
#include "keyfile.h"

enum { INVITATION_FILE_BYTES_MAX = 4 * 1024 * 1024 };

struct adding {
    const char *name, *hub, *invitation, *store;
    char path[PATH_BYTES]; /* of the store */
    bool inside;           /* it is, or will be, in the folder's spaces/ */
    char wanted[65];       /* the space that the invitation names; "" = none that can be read here (a short one) */
};

/* schema/formats/invitation.md: a line "space HEX" */
static void wanted_read(struct adding *a, const char *text)
{
    const char *line = strstr(text, "\nspace ");

    if (line && strspn(line + 7, "0123456789abcdef") == 64)
        snprintf(a->wanted, sizeof a->wanted, "%.64s", line + 7);
}

static int store_open(const struct adding *a, const struct office *office, struct jemput **out)
{
    struct space space = { 0 };
    struct trouble why;

    snprintf(space.name, sizeof space.name, "%s", a->name);
    memcpy(space.store, a->path, sizeof space.store);
    return space_handle(out, office, &space, &why) ? problem("%s", why.text) : EXIT_DONE;
}

/* One that waits to be let in is asked again at its next sync; one that is let in is not joined twice. */
static int store_join(struct adding *a, const struct office *office, struct jemput **out)
{
    const struct jemput_secret secret = { .key = office->key };
    struct jemput_joining joining = { .hub = a->hub, .secret = office->key ? &secret : NULL };
    struct jemput_error err;
    struct buffer text = { 0 };
    enum jemput_status st;
    int code;

    if (!file_read(&text, a->invitation, INVITATION_FILE_BYTES_MAX, &code))
        return code;
    joining.invitation = buffer_string(&text);
    joining.invitation_len = text.len;
    wanted_read(a, joining.invitation);
    st = jemput_join_with(out, a->path, &joining, NULL, &err);
    sodium_memzero(text.data, text.len);
    buffer_release(&text);
    if (st == JEMPUT_EXISTS) /* joined before, and the line was not written: space.hex tells whether it is the same */
        return store_open(a, office, out);
    return st ? problem("%s: %s", jemput_status_name(st), err.text) : EXIT_DONE;
}

static int line_write(const struct adding *a, struct office *office, const char *hex)
{
    char inside[NAME_BYTES + 16];
    struct trouble why;
    bool there;

    snprintf(inside, sizeof inside, "spaces/%s.db", a->name);
    if (base_do(office->db, "SELECT 1 FROM space WHERE (name = ?1 OR hex = ?2) AND NOT (hex = ?2 AND left_ms IS NOT NULL)", &why, &there, NULL, "tt",
                a->name, hex))
        return problem("%s", why.text);
    if (there)
        return problem(T("ruang '%s' sudah ada di sini", "the space '%s' is here already"), a->name);
    if (base_do(office->db, "UPDATE space SET left_ms = NULL, name = ?1, store = ?3, hub = coalesce(?4, hub), poke = poke + 1 "
                "WHERE hex = ?2 RETURNING 1", &why, &there, NULL, "tttt", a->name, hex, a->inside ? inside : a->path, a->hub))
        return problem("%s", why.text);
    if (!there && base_do(office->db, "INSERT INTO space(name, hex, store, hub) VALUES(?1, ?2, ?3, ?4)", &why, NULL, NULL, "tttt", a->name, hex,
                a->inside ? inside : a->path, a->hub))
        return problem("%s", why.text);
    printf(T("Ruang %s ditambahkan. Berikutnya: jemput central run %s\n", "The space %s was added. Next: jemput central run %s\n"), a->name,
           office->folder);
    if (!a->inside)
        printf(T("Berkas datanya di luar %s. Cetak lagi unit systemd: jemput central config systemd, jemput console config systemd\n",
                 "Its store lies outside %s. Print the systemd units anew: jemput central config systemd, jemput console config systemd\n"),
               office->folder);
    return EXIT_DONE;
}

static int space_add(struct adding *a, struct office *office)
{
    struct jemput *jemput = NULL;
    struct jemput_info info;
    struct jemput_error err;
    int code = a->invitation ? store_join(a, office, &jemput) : store_open(a, office, &jemput);

    if (!code && jemput_info_get(jemput, &info, &err))
        code = problem("%s", err.text);
    if (!code && a->wanted[0] && strcmp(a->wanted, info.space) != 0)
        code = problem(T("%s: berkas data ruang lain sudah ada di situ", "%s: a store of another space is there"), a->path);
    if (!code && (info.roles[0] || a->store) && !strstr(info.roles, "pusat")) /* one that joins now has none before it is let in */
        code = problem(T("berkas data ini milik perangkat dengan peran '%s', bukan pusat",
                         "this store is of a device with the role '%s', not central"),
                       info.roles);
    if (!code && jemput_feed_begin(jemput, &err))
        code = problem("%s", err.text);
    jemput_close(jemput);
    return code ? code : line_write(a, office, info.space);
}

/* One that was removed comes back from where its store was. */
static int left_set(struct adding *a, struct office *office)
{
    struct space space;
    struct trouble why;
    bool left;

    if (base_do(office->db, "SELECT 1 FROM space WHERE name = ?1 AND left_ms IS NOT NULL", &why, &left, NULL, "t", a->name))
        return problem("%s", why.text);
    if (!left) {
        problem(T("'%s' belum pernah ada di sini: sebutkan --join atau --store",
                         "'%s' has not been here before: give --join or --store"), a->name);
        return EXIT_WRONG_USE;
    }
    if (space_find(&space, office, a->name, &why))
        return problem("%s", why.text);
    snprintf(a->path, sizeof a->path, "%s", space.store);
    a->store = a->path;
    return EXIT_DONE;
}

static int paths_set(struct adding *a, const struct office *office)
{
    char *real;

    if (a->invitation) {
        a->inside = true;
        return office_path(a->path, office, "spaces/%s.db", a->name) ? EXIT_DONE : problem("%s: %s", office->folder, strerror(ENAMETOOLONG));
    }
    real = realpath(a->store, NULL);
    if (!real)
        return problem("%s: %s", a->store, strerror(errno));
    snprintf(a->path, sizeof a->path, "%s", real);
    free(real);
    return EXIT_DONE;
}

static int add_run(const struct office_command *self, int argc, char **argv)
{
    const char *key_file = NULL;
    struct adding a = { .name = NULL };
    const struct option_spec specs[] = {
        { "join", "FILE", &a.invitation, NULL, "undangan dengan peran pusat", "an invitation with the role pusat" },
        { "store", "FILE", &a.store, NULL, "atau berkas data pusat yang sudah ada", "or an existing store of central's" },
        { "hub", "PATH|URL", &a.hub, NULL, "hub, bila bukan yang di undangan", "the hub (default: the invitation's)" },
        { "key-file", "FILE", &key_file, NULL, "kunci berkas data yang disegel: 64 angka heksadesimal",
          "key of sealed stores: 64 hexadecimal digits" },
    };
    unsigned char key[KEYFILE_BYTES];
    struct office office;
    struct trouble why;
    char hub[PATH_BYTES];
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 2, 2, &code))
        return code;
    if (a.invitation && a.store)
        return wrong_use(self, "%s", T("--join atau --store: salah satu", "give either --join or --store"));
    a.name = argv[1];
    if (!office_name_good(a.name, strlen(a.name)))
        return wrong_use(self, "%s", T("NAMA: huruf, angka, '-', '_' dan '.'", "NAME: letters, digits, '-', '_' and '.'"));
    if (backup_name_taken(a.name))
        return wrong_use(self, T("NAMA '%s': salinan berkas lain sudah bernama begitu", "NAME '%s': the copy of another file has that name"), a.name);
    if (a.hub && !strstr(a.hub, "://") && realpath(a.hub, hub))
        a.hub = hub;
    if (office_open(&office, argv[0], false, &why) || (key_file && keyfile_read(key, key_file, &why))) {
        office_close(&office);
        return problem("%s", why.text);
    }
    office.key = key_file ? key : NULL;
    code = a.invitation || a.store ? EXIT_DONE : left_set(&a, &office);
    if (!code)
        code = paths_set(&a, &office);
    if (!code)
        code = space_add(&a, &office);
    office_close(&office);
    return code;
}

const struct office_command command_add = {
    .name = "add",
    .operands = "FOLDER NAME (--join FILE | --store FILE) [--hub PATH|URL] [--key-file FILE]",
    .summary_id = "Tambahkan ruang: pusat bergabung dengan undangan.",
    .summary_en = "Add a space: central joins it by an invitation.",
    .more_id = "Administrator ruang mengundang pusat: jemput -s kantor.db invite --role pusat --out pusat.undangan\n"
               "Agar pekerjaan kantor di PostgreSQL boleh menyetujui permohonan, undang dengan --role pusat,verifikator.\n"
               "Ruang yang pernah ada di sini (jemput central remove) kembali dengan namanya saja.",
    .more_en = "The space's administrator invites central: jemput -s kantor.db invite --role pusat --out pusat.undangan\n"
               "So that the office's work in PostgreSQL may approve applications, invite it with --role pusat,verifikator.\n"
               "A space that has been here before (jemput central remove) comes back by its name alone.",
    .example = "jemput central add /srv/pusat wonosari --join pusat.undangan",
    .run = add_run,
};
