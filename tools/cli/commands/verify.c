/* commands/verify.c — `jemput verify`: a store, a hub's folder, or a bundle, checked; or the commands by which anyone checks a hub with stock tools. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "embedded.h"
#include "failure.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "verdict.h"

static int verdict_tell(const struct cli *cli, const struct verdict *v, const struct jemput_audit *audit, const char *of, bool hub)
{
    progress_end();
    if (cli->json)
        verdict_json(v, audit, hub);
    else
        verdict_page(v, audit, of, hub);
    return audit->findings ? EXIT_PROBLEMS : EXIT_OK;
}

static int store_verify(struct cli *cli, bool deep)
{
    struct verdict v = { NULL, 0, 0 };
    const struct jemput_audit_options options = { .deep = deep, .each = verdict_take, .ctx = &v };
    struct jemput_audit audit;
    struct jemput_error err;
    int code;
    struct jemput *jemput = space_open(cli, &code);

    if (!jemput)
        return code;
    progress_show(T("memeriksa", "checking"), 0, 0);
    if (jemput_audit(jemput, &options, &audit, &err))
        code = failure_status(&err);
    else
        code = verdict_tell(cli, &v, &audit, space_path(cli, &code), false);
    jemput_close(jemput);
    verdict_release(&v);
    return code;
}

static int hub_verify(const struct cli *cli, const char *folder)
{
    struct verdict v = { NULL, 0, 0 };
    const struct jemput_audit_options options = { .each = verdict_take, .ctx = &v };
    struct jemput_audit audit;
    struct jemput_error err;
    int code;

    progress_show(T("memeriksa", "checking"), 0, 0);
    if (jemput_audit_hub(folder, NULL, &options, &audit, &err))
        code = failure_status(&err);
    else
        code = verdict_tell(cli, &v, &audit, folder, true);
    verdict_release(&v);
    return code;
}

/* --- for who has no jemput --- */

static void commands_print(const char *folder, const char *signers, bool of_store)
{
    struct buffer path = { 0 }, word = { 0 };

    space_hub_path(&path, folder);
    space_word(&word, buffer_string(&path));
    puts("#!/bin/sh");
    printf("# %s\n",
           of_store ? T("Kunci di bawah ini dari daftar perangkat sebuah berkas data.", "The keys below are those of a store's list of devices.")
                    : T("Kunci di bawah ini dari catatan di hub itu sendiri: cocokkan ruangnya (baris terakhir) dengan kata administrator.",
                        "The keys below are from the hub's own records: compare the space (the last line) with what an administrator says."));
    printf("hub=%s\nsigners='%s'\n\n%s", buffer_string(&word), signers, embedded_audit);
    buffer_release(&path);
    buffer_release(&word);
}

static int signers_of_store(const struct cli *cli, struct buffer *hub, char **signers)
{
    struct jemput_info info;
    struct jemput_error err;
    size_t len;
    int code = EXIT_OK;
    struct jemput *jemput = space_open(cli, &code);

    if (!jemput)
        return code;
    if (jemput_info_get(jemput, &info, &err) || jemput_signers(jemput, signers, &len, &err))
        code = failure_status(&err);
    else
        buffer_text(hub, info.hub);
    jemput_close(jemput);
    return code;
}

static int git_commands(const struct cli *cli, const char *folder)
{
    bool of_store = cli->store || getenv("JEMPUT_STORE") || !folder;
    struct buffer hub = { 0 };
    struct jemput_error err;
    char *signers = NULL;
    size_t len;
    int code = EXIT_OK;

    if (of_store)
        code = signers_of_store(cli, &hub, &signers);
    else if (jemput_hub_signers(folder, NULL, &signers, &len, &err))
        code = failure_status(&err);
    if (!code && !folder && !hub.len)
        code = failure_usage("verify", "%s", T("berkas data ini belum mengenal hub: sebutkan foldernya", "this store remembers no hub: name its folder"));
    if (!code)
        commands_print(folder ? folder : buffer_string(&hub), signers, of_store);
    jemput_text_free(signers);
    buffer_release(&hub);
    return code;
}

/* --- the command --- */

/* A file in the place of a folder is not a hub: say what it may be. */
static bool file_is_bundle(const char *path)
{
    struct jemput_bundle_info info;
    struct jemput_error err;
    enum jemput_status st = jemput_bundle_show(path, NULL, NULL, NULL, NULL, &info, &err);

    return st ? st != JEMPUT_CORRUPT && st != JEMPUT_UPGRADE : info.segments > 0 || info.manifest != JEMPUT_MANIFEST_NONE;
}

static int file_refuse(const char *path)
{
    return failure_usage("verify",
                         T("'%s' adalah berkas, bukan folder hub, dan bukan bundel. Berkas data: jemput -s BERKAS verify",
                           "'%s' is a file, not a hub's folder, and no bundle. A store: jemput -s FILE verify"),
                         path);
}

static int cmd_verify(struct cli *cli, int argc, char **argv)
{
    bool deep = false, git = false;
    const struct option_spec specs[] = {
        { .name = "deep",
          .flag = &deep,
          .help = T("hitung ulang juga isi yang terakhir ditandatangani pusat", "also recompute the state that central signed last") },
        { .name = "git",
          .flag = &git,
          .help = T("cetak perintah git dan ssh-keygen untuk pemeriksa tanpa jemput", "print the git and ssh-keygen commands for an auditor without jemput") },
    };
    struct stat about;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 1, &code))
        return code;
    if (argc && stat(argv[0], &about) == 0 && S_ISREG(about.st_mode) && !file_is_bundle(argv[0]))
        return file_refuse(argv[0]);
    if (git && argc && stat(argv[0], &about) == 0 && S_ISREG(about.st_mode))
        return failure_usage("verify", "%s", T("--git memeriksa folder hub; sebuah bundel diperiksa dengan: jemput verify BUNDLE",
                                               "--git checks a hub's folder; a bundle is checked by: jemput verify BUNDLE"));
    if (deep && (git || argc))
        return failure_usage("verify", "%s", T("--deep hanya untuk berkas data", "--deep is for a store only"));
    if (git && cli->json)
        return failure_usage("verify", "%s", T("--git mencetak perintah, bukan JSON", "--git prints commands, not JSON"));
    if (git)
        return git_commands(cli, argc ? argv[0] : NULL);
    return argc ? hub_verify(cli, argv[0]) : store_verify(cli, deep);
}

const struct command command_verify = {
    .name = "verify",
    .operands = "[--deep] | [FOLDER | BUNDLE] | --git [FOLDER]",
    .summary_id = "Periksa berkas data atau hub: tanda tangan, rantai, isi.",
    .summary_en = "Check a store or a hub: signatures, chains, contents.",
    .example = "jemput -s pusat.db verify --deep",
    .run = cmd_verify,
    .json = true,
    .more_id = "Tanpa FOLDER berkas data diperiksa: berkasnya, tiap tanda tangan, rantai, sidik dan konteks, daftar perangkat, kunci, keputusan kebijakan; "
               "isinya dihitung ulang dari segmen (dari titik pangkal, kalau ada) di berkas sementara, lalu dibandingkan beserta sidiknya. Yang belum "
               "disegel disegel dulu. --deep: juga isi yang terakhir ditandatangani pusat.\n"
               "FOLDER: folder hub, atau BUNDLE: berkas dari jemput bundle make; tanpa berkas data dan tanpa kunci. Isi yang tersegel tidak dinilai.\n"
               "--git: jemput verify --git hub.git > periksa.sh && sh periksa.sh\n"
               "Kode keluar 1: ada masalah.",
    .more_en = "Without FOLDER the store is checked: its file, each signature, chain, hash and context, the list of devices, keys, decisions of the "
               "policy; its contents are recomputed from the segments (from the checkpoint, if there is one) in a temporary store, and compared, "
               "with their hash. What is not sealed is sealed first. --deep: also the state that central signed last.\n"
               "FOLDER: a hub's folder, or BUNDLE: a file of jemput bundle make; needs neither store nor keys. What is sealed is not judged.\n"
               "--git: jemput verify --git hub.git > check.sh && sh check.sh\n"
               "Exit code 1: there are problems.",
};
