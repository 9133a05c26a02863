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
    struct stat st;
    int code;

    if (!option_read(self, NULL, 0, &argc, argv, 2, 2, &code))
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
    code = repository_prepare(path, program);
    if (!code && roster_renew(path))
        code = EXIT_PROBLEM;
    if (!code)
        printf(T("%s siap. Alamatnya: https://NAMA-HUB/%s.git\n", "%s is ready. Its address: https://NAME-OF-THE-HUB/%s.git\n"), path, argv[1]);
    return code;
}

const struct hub_command command_add = {
    .name = "add",
    .operands = "FOLDER NAME",
    .summary_id = "Buat repositori NAME.git untuk satu ruang, atau perbarui setelan dan penjaganya.",
    .summary_en = "Make the repository NAME.git for one space, or renew its settings and guards.",
    .more_id = "Ruangnya menjadi milik yang pertama kali menyinkronkannya: sinkronkan segera dari mesin pendiri.",
    .more_en = "It becomes that of the space that is synced to it first: sync the founder's machine at once.",
    .example = "jemput hub add /srv/jemput wonosari",
    .run = add_run,
};
