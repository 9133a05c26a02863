/* commands/fork_proof.c — `jemput fork-proof`: logs that go on in two ways, and what proves it to anyone. */
#include "cmd.h"

#include <dirent.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "buffer.h"
#include "failure.h"
#include "file.h"
#include "json.h"
#include "moment.h"
#include "space.h"
#include "terminal.h"
#include "text.h"

#define PROOF_BYTES_MAX (1024 * 1024)

struct proofs {
    const char *device; /* number, or what the writer's hex begins with; NULL = all */
    const char *out;    /* folder; NULL = print only */
    struct json json;
    unsigned count;
    int code;
};

/* One file of a proof. One that is there is not touched. */
static void proof_file(struct proofs *p, const char *folder, const char *name, const char *text, size_t len, const char *tail)
{
    struct buffer path = { 0 };
    FILE *out;

    if (p->code)
        return;
    buffer_format(&path, "%s/%s", folder, name);
    out = file_new(buffer_string(&path), &p->code);
    if (out) {
        fwrite(text, 1, len, out);
        fputs(tail, out);
        p->code = file_finish(out, buffer_string(&path));
    }
    buffer_release(&path);
}

/* FOLDER/<writer>-<number>/: a and b, each as it was signed, with its signature; and the key. */
static void proof_write(struct proofs *p, const struct jemput_fork *fork, struct buffer *folder)
{
    buffer_format(folder, "%s/%.8s-%" PRIu64, p->out, fork->writer, fork->number);
    mkdir(p->out, 0700);
    mkdir(buffer_string(folder), 0700); /* what cannot be made shows when its files are */
    proof_file(p, buffer_string(folder), "a", fork->sides[0].text, fork->sides[0].text_len, "");
    proof_file(p, buffer_string(folder), "a.sig", fork->sides[0].signature, fork->sides[0].signature_len, "\n");
    proof_file(p, buffer_string(folder), "b", fork->sides[1].text, fork->sides[1].text_len, "");
    proof_file(p, buffer_string(folder), "b.sig", fork->sides[1].signature, fork->sides[1].signature_len, "\n");
    proof_file(p, buffer_string(folder), "allowed_signers", fork->signer, strlen(fork->signer), "");
}

static void commands_print(const struct jemput_fork *fork, const char *folder)
{
    struct buffer word = { 0 };

    space_word(&word, folder);
    printf(T("  Memeriksanya tanpa jemput, di folder %s:\n", "  To check it without jemput, in the folder %s:\n"), buffer_string(&word));
    for (const char *side = "ab"; *side; side++)
        printf("    ssh-keygen -Y verify -n git -f allowed_signers -I %s -s %c.sig < %c\n", fork->writer, *side, *side);
    puts("    grep '^writer ' a b");
    buffer_release(&word);
}

static void side_print(const struct jemput_fork_side *side, char name)
{
    char when[MOMENT_BYTES];

    moment_local(when, side->claimed_ms);
    printf(T("  %c: commit %.12s, menurut jamnya %s, sampai segmen %" PRIu64 "%s\n",
             "  %c: commit %.12s, claims %s, goes on to segment %" PRIu64 "%s\n"),
           name, side->commit, when, side->last, side->own ? T(", ditulis di sini", ", written here") : "");
}

/* A store that begins behind the fork, with a checkpoint, knows of it and has not what proves it. */
static bool fork_proved(const struct jemput_fork *fork)
{
    return fork->sides[0].text && fork->sides[1].text;
}

static int fork_print(struct proofs *p, const struct jemput_fork *fork)
{
    struct buffer folder = { 0 };

    printf(T("Perangkat %u menandatangani segmen %" PRIu64 " dua kali, sebagai penulis %s:\n",
             "Device %u has signed segment %" PRIu64 " twice, as writer %s:\n"),
           (unsigned)fork->device_number, fork->number, fork->writer);
    side_print(&fork->sides[0], 'a');
    side_print(&fork->sides[1], 'b');
    puts(fork->resumed ? T("  Data aman: kedua cabang disimpan dan digabungkan. Perangkat itu sudah melanjutkan sebagai penulis baru.",
                           "  The data is safe: both branches are kept and merged. The device goes on as a new writer already.")
                       : T("  Data aman: kedua cabang disimpan dan digabungkan. Perangkat itu melanjutkan sebagai penulis baru begitu ia tahu.",
                           "  The data is safe: both branches are kept and merged. The device goes on as a new writer once it knows."));
    if (!fork_proved(fork))
        puts(T("  Buktinya tidak ada di sini: berkas data ini dimulai dari titik pangkal sesudahnya. Minta dari pusat.",
               "  The proof is not here: this store begins with a later checkpoint. Ask central for it."));
    else if (p->out) {
        proof_write(p, fork, &folder);
        if (!p->code)
            commands_print(fork, buffer_string(&folder));
    }
    buffer_release(&folder);
    return p->code != 0;
}

static void fork_json(struct json *j, const struct jemput_fork *fork)
{
    json_object(j, NULL);
    json_text(j, "writer", fork->writer);
    json_count(j, "device_number", fork->device_number);
    json_count(j, "number", fork->number);
    json_bool(j, "resumed", fork->resumed != 0);
    json_bool(j, "proof", fork_proved(fork));
    json_array(j, "sides");
    for (unsigned i = 0; i < 2; i++) {
        json_object(j, NULL);
        json_text(j, "commit", fork->sides[i].commit);
        json_text(j, "segment", fork->sides[i].segment);
        json_moment(j, "claimed", fork->sides[i].claimed_ms);
        json_count(j, "last", fork->sides[i].last);
        json_bool(j, "own", fork->sides[i].own != 0);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
}

static bool fork_meant(const struct proofs *p, const struct jemput_fork *fork)
{
    char number[16];

    snprintf(number, sizeof number, "%u", (unsigned)fork->device_number);
    return !p->device || strcmp(p->device, number) == 0 || (strlen(p->device) >= 4 && strncasecmp(fork->writer, p->device, strlen(p->device)) == 0);
}

static int fork_see(void *ctx, const struct jemput_fork *fork)
{
    struct proofs *p = ctx;
    struct buffer folder = { 0 };

    if (!fork_meant(p, fork))
        return 0;
    p->count++;
    if (!p->json.out)
        return fork_print(p, fork);
    fork_json(&p->json, fork);
    if (p->out && fork_proved(fork))
        proof_write(p, fork, &folder);
    buffer_release(&folder);
    return p->code != 0;
}

/* --- checking a proof that somebody gave --- */

static bool side_read(struct buffer files[2], struct jemput_fork_side *side, const char *folder, char name, int *code)
{
    struct buffer path = { 0 };
    bool ok;

    buffer_format(&path, "%s/%c", folder, name);
    ok = file_read(&files[0], buffer_string(&path), PROOF_BYTES_MAX, code);
    buffer_format(&path, ".sig");
    ok = ok && file_read(&files[1], buffer_string(&path), PROOF_BYTES_MAX, code);
    buffer_release(&path);
    side->text = ok ? buffer_string(&files[0]) : NULL;
    side->text_len = files[0].len;
    side->signature = ok ? buffer_string(&files[1]) : NULL;
    side->signature_len = files[1].len;
    if (ok && side->signature_len && side->signature[side->signature_len - 1] == '\n')
        side->signature_len--;
    return ok;
}

static int proof_one_check(const char *folder)
{
    struct buffer files[4] = { { 0 }, { 0 }, { 0 }, { 0 } };
    struct jemput_fork_side sides[2] = { { .text = NULL }, { .text = NULL } };
    struct jemput_error err;
    uint64_t number;
    char writer[33];
    int code = EXIT_OK;

    if (side_read(files, &sides[0], folder, 'a', &code) && side_read(files + 2, &sides[1], folder, 'b', &code)) {
        if (jemput_fork_check(sides, writer, &number, &err))
            code = failure_status(&err);
        else
            printf(T("Terbukti: satu kunci menandatangani dua segmen bernomor %" PRIu64 " sebagai penulis %s.\n",
                     "Proved: one key has signed two segments of number %" PRIu64 " as writer %s.\n"),
                   number, writer);
    }
    for (unsigned i = 0; i < 4; i++)
        buffer_release(&files[i]);
    return code;
}

static bool is_folder(const char *folder, const char *name)
{
    struct buffer path = { 0 };
    struct stat info;
    bool is;

    buffer_format(&path, "%s/%s", folder, name);
    is = stat(buffer_string(&path), &info) == 0 && S_ISDIR(info.st_mode);
    buffer_release(&path);
    return is;
}

/* A proof, or what --out has written: a folder of them, each of which has to hold. */
static int proof_check(const char *folder)
{
    DIR *all = opendir(folder);
    struct dirent *entry;
    unsigned count = 0;
    int code = EXIT_OK;

    while (all && !code && (entry = readdir(all)) != NULL) {
        struct buffer path = { 0 };

        if (entry->d_name[0] == '.' || !is_folder(folder, entry->d_name))
            continue;
        count++;
        buffer_format(&path, "%s/%s", folder, entry->d_name);
        code = proof_one_check(buffer_string(&path));
        buffer_release(&path);
    }
    if (all)
        closedir(all);
    return count ? code : proof_one_check(folder);
}

/* --- the command --- */

static int proofs_run(const struct cli *cli, struct proofs *p, struct jemput *jemput)
{
    struct jemput_error err;
    enum jemput_status st;

    if (cli->json) {
        p->json.out = stdout;
        json_array(&p->json, NULL);
    }
    st = jemput_forks(jemput, fork_see, p, &err);
    if (cli->json)
        json_end_array(&p->json);
    if (st)
        return failure_status(&err);
    if (!cli->json && !p->count)
        puts(T("Tidak ada: setiap catatan perangkat satu rangkaian.", "None: every device's log is one chain."));
    return p->code;
}

static int cmd_fork_proof(struct cli *cli, int argc, char **argv)
{
    struct proofs p = { .device = NULL };
    const char *check = NULL;
    const struct option_spec specs[] = {
        { .name = "out", .argument = "FOLDER", .value = &p.out, .help = T("tulis bukti ke folder ini", "write the proof to this folder") },
        { .name = "check", .argument = "FOLDER", .value = &check,
          .help = T("periksa bukti di folder ini; tidak memerlukan berkas data", "check the proof in this folder; needs no store") },
    };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 1, &code))
        return code;
    if (check)
        return proof_check(check);
    p.device = argc ? argv[0] : NULL;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = proofs_run(cli, &p, jemput);
    jemput_close(jemput);
    return code;
}

const struct command command_fork_proof = {
    .name = "fork-proof",
    .operands = "[DEVICE] [--out FOLDER] | --check FOLDER",
    .summary_id = "Catatan perangkat yang bercabang, dan buktinya.",
    .summary_en = "Logs of devices that have branched, and the proof of it.",
    .example = "jemput -s pusat.db fork-proof 7 --out bukti",
    .run = cmd_fork_proof,
    .json = true,
    .more_id = "Bercabang: berkas data perangkat itu disalin, atau dikembalikan ke salinan lama, lalu keduanya dipakai. Tidak ada yang hilang: "
               "kedua cabang digabungkan di semua perangkat, dan tiap salinan melanjutkan sendiri sebagai penulis baru.\n"
               "DEVICE: nomor perangkat, atau awal penulisnya; tanpa itu: semua. --out menulis dua kepala segmen dengan tanda tangannya; siapa pun "
               "dapat memeriksanya dengan ssh-keygen, tanpa jemput dan tanpa mempercayai siapa pun.",
    .more_en = "Branched: the device's store was copied, or put back to an older copy, and both were used. Nothing is lost: both branches are "
               "merged on all devices, and each copy goes on as a new writer by itself.\n"
               "DEVICE: the device's number, or how its writer begins; else all. --out writes the two segment headers with their signatures; "
               "anyone can check them with ssh-keygen, without jemput and without trusting anybody.",
};
