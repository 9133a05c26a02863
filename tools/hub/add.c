/* add.c — `jemput hub add`: a repository for a space. */
#include "hub.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int add_run(const struct hub_command *self, int argc, char **argv)
{
    char path[PATH_BYTES], program[PATH_BYTES];
    char *const init[] = { "git", "init", "-q", "--bare", path, NULL };
    const char *roster = NULL;
    const struct option_spec specs[] = {
        { "roster", "FILE", &roster, NULL, "hub lain di belakang checkpoint: berkas dari jemput devices --for-hub",
          "another hub behind a checkpoint: what jemput devices --for-hub has written" },
    };
    struct stat st;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 2, 2, &code))
        return code;
    if (!repository_name(argv[1], strlen(argv[1])))
        return wrong_use(self, T("'%s': pakai huruf, angka, titik, - dan _ saja, paling banyak %d", 
                                 "'%s': use letters, digits, dots, - and _ only, at most %d"),
                         argv[1], NAME_MAX_BYTES);
    if (!repository_path(path, argv[0], argv[1]) || !program_path(program))
        return problem("%s: %s", argv[0], strerror(ENAMETOOLONG));
    if (stat(argv[0], &st) || !S_ISDIR(st.st_mode))
        return problem("%s: %s", argv[0], T("folder tidak ada", "there is no such folder"));
    if (stat(path, &st) && process_run(init, false) != 0)
        return problem("%s: %s", path, T("git init gagal", "git init failed"));
    if (roster && roster_begin(path, roster))
        return EXIT_PROBLEM;
    code = repository_prepare(path, program);
    if (!code && roster_renew(path))
        code = EXIT_PROBLEM;
    if (!code)
        printf(T("%s siap. Alamatnya: https://NAMA-HUB/%s.git\n", "%s is ready. Its address: https://NAME-OF-THE-HUB/%s.git\n"), path, argv[1]);
    return code;
}

const struct hub_command command_add = {
    .name = "add",
    .operands = "FOLDER NAME [--roster FILE]",
    .summary_id = "Buat repositori NAME.git untuk satu ruang, atau perbarui setelan dan penjaganya.",
    .summary_en = "Make the repository NAME.git for one space, or renew its settings and guards.",
    .more_id = "Ruangnya menjadi milik yang pertama kali menyinkronkannya: sinkronkan segera dari mesin pendiri.\n"
               "Hub lain untuk ruang yang catatannya sudah dipotong di belakang checkpoint: awal catatan tidak ada lagi, maka\n"
               "hub tidak dapat membaca sendiri siapa yang terdaftar. Di kantor: jemput devices --for-hub FILE, lalu beri FILE\n"
               "itu di sini dengan --roster. Isinya ditandatangani dan diperiksa; tidak ada data warga di dalamnya.",
    .more_en = "It becomes that of the space that is synced to it first: sync the founder's machine at once.\n"
               "Another hub for a space whose logs were cut off behind a checkpoint: their beginnings are nowhere any more, so\n"
               "a hub cannot read by itself who is enrolled. At the office: jemput devices --for-hub FILE; give that FILE here\n"
               "with --roster. What it holds is signed, and checked; there are no citizens' data in it.",
    .example = "jemput hub add /srv/jemput wonosari\n"
               "  jemput hub add /srv/jemput wonosari --roster wonosari.roster",
    .run = add_run,
};
