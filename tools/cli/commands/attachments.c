/* commands/attachments.c — `jemput attachments`: which there are, and how they stand; get one, ask for one, remove one, let go of old ones. */
#include "cmd.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "failure.h"
#include "file.h"
#include "json.h"
#include "rowkey.h"
#include "space.h"
#include "text.h"

#define ID_HEX_BYTES (2 * JEMPUT_ATTACHMENT_ID_BYTES + 1)
#define DAYS_MAX 36500

static void id_hex(char out[ID_HEX_BYTES], const uint8_t *id)
{
    for (unsigned i = 0; i < JEMPUT_ATTACHMENT_ID_BYTES; i++)
        snprintf(out + 2 * i, 3, "%02x", id[i]);
}

/* --- the list --- */

struct listing {
    struct json json;
    bool for_program;
    unsigned count;
};

static const char *state_name(enum jemput_attachment_state state)
{
    return state == JEMPUT_ATTACHMENT_RECEIVED ? "received" : state == JEMPUT_ATTACHMENT_PARTLY ? "partly" : "unsent";
}

static void state_print(const struct jemput_attachment *a)
{
    if (a->state == JEMPUT_ATTACHMENT_RECEIVED)
        fputs(T("diterima", "received"), stdout);
    else if (a->state == JEMPUT_ATTACHMENT_PARTLY)
        printf(T("sebagian, %u dari %u", "partly, %u of %u"), (unsigned)a->parts_done, (unsigned)a->parts);
    else
        fputs(T("belum dikirim", "not sent yet"), stdout);
    if (!a->here)
        fputs(a->asked ? T("; diminta", "; asked for") : T("; isinya tidak di sini", "; not here"), stdout);
}

static void row_json(struct json *j, const struct jemput_attachment *a, const char *hex)
{
    json_object(j, NULL);
    json_text(j, "id", hex);
    json_text(j, "table", a->table);
    json_text(j, "kind", a->kind);
    json_text(j, "mime", a->mime);
    json_count(j, "size", a->size_bytes);
    json_text(j, "state", state_name(a->state));
    json_count(j, "parts", a->parts);
    json_count(j, "parts_done", a->parts_done);
    json_bool(j, "urgent", a->urgent);
    json_bool(j, "own", a->own);
    json_bool(j, "here", a->here);
    json_bool(j, "asked", a->asked);
    json_end_object(j);
}

static int row_tell(void *ctx, const struct jemput_attachment *a)
{
    struct listing *l = ctx;
    char hex[ID_HEX_BYTES];

    l->count++;
    id_hex(hex, a->id);
    if (l->for_program) {
        row_json(&l->json, a, hex);
        return 0;
    }
    printf("%s  %s  %s  %s  %" PRIu64 "  ", hex, a->table, a->kind[0] ? a->kind : "-", a->mime, a->size_bytes);
    state_print(a);
    putchar('\n');
    return 0;
}

static int list(const struct cli *cli, struct jemput *jemput, const char *table, const struct row_key *key)
{
    struct listing l = { .json = { .out = stdout }, .for_program = cli->json };
    struct jemput_error err;
    enum jemput_status st;

    if (cli->json)
        json_array(&l.json, NULL);
    st = jemput_attachments(jemput, table, key->values, key->count, row_tell, &l, &err);
    if (cli->json)
        json_end_array(&l.json);
    if (st)
        return failure_status(&err);
    if (!cli->json && !l.count)
        puts(T("Tidak ada lampiran.", "There are no attachments."));
    return EXIT_OK;
}

/* --- one of them, by its id or the beginning of it --- */

struct search {
    const char *begins;
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES];
    unsigned found;
};

static int id_see(void *ctx, const struct jemput_attachment *a)
{
    struct search *s = ctx;
    char hex[ID_HEX_BYTES];

    id_hex(hex, a->id);
    if (strncmp(hex, s->begins, strlen(s->begins)) == 0) {
        s->found++;
        memcpy(s->id, a->id, sizeof s->id);
    }
    return 0;
}

/* false: reported with *code. */
static bool id_find(struct jemput *jemput, const char *text, uint8_t *id, int *code)
{
    struct search s = { .begins = text };
    struct jemput_error err;

    *code = EXIT_OK;
    if (jemput_attachments(jemput, NULL, NULL, 0, id_see, &s, &err))
        *code = failure_status(&err);
    else if (s.found != 1 || strlen(text) < 4)
        *code = failure_usage("attachments", s.found > 1 ? T("%s: ada beberapa; tulis lebih panjang", "%s: several begin like this; write more of it")
                                                         : T("%s: tidak ada lampiran itu", "%s: there is no such attachment"), text);
    memcpy(id, s.id, sizeof s.id);
    return *code == EXIT_OK;
}

static int piece_write(void *ctx, const void *bytes, size_t len)
{
    return fwrite(bytes, 1, len, ctx) != len;
}

static int get(struct jemput *jemput, const uint8_t *id, const char *path)
{
    struct jemput_error err;
    enum jemput_status st;
    int code = EXIT_OK;
    FILE *file = file_new(path, &code);

    if (!file)
        return code;
    st = jemput_attachment_read(jemput, id, piece_write, file, &err);
    if (!st)
        return file_finish(file, path);
    file_drop(file, path);
    if (st == JEMPUT_NOTFOUND)
        fputs(T("Isinya tidak ada di sini: minta dengan jemput attachments --ask, lalu sync.\n",
                "It is not here: ask for it with jemput attachments --ask, then sync.\n"), stderr);
    return failure_status(&err);
}

static int done_tell(const struct cli *cli, const char *word, const char *text)
{
    struct json json = { .out = stdout };

    if (cli->json) {
        json_object(&json, NULL);
        json_bool(&json, word, true);
        json_end_object(&json);
    } else {
        puts(text);
    }
    return EXIT_OK;
}

static int purge(const struct cli *cli, struct jemput *jemput, unsigned days)
{
    struct json json = { .out = stdout };
    struct jemput_purge_report report;
    struct jemput_error err;

    if (jemput_attachments_purge(jemput, days, &report, &err))
        return failure_status(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_count(&json, "attachments", report.attachments);
        json_count(&json, "bytes", report.bytes);
        json_count(&json, "kept", report.kept);
        json_count(&json, "not_backed_up", report.not_backed_up);
        json_end_object(&json);
        return EXIT_OK;
    }
    printf(T("Dilepas dari sini: %" PRIu64 " lampiran, %" PRIu64 " bita; semuanya ada di pusat. Diterima belum selama itu: %" PRIu64 ".\n",
             "Removed here: %" PRIu64 " attachments, %" PRIu64 " bytes; central has them all. Received too recently: %" PRIu64 ".\n"),
           report.attachments, report.bytes, report.kept);
    if (report.not_backed_up)
        printf(T("Menunggu pusat menandatangani bahwa cadangannya sudah dibuat (di pusat: jemput checkpoint, lalu --backed-up): %" PRIu64 ".\n",
                 "Waiting until central has signed that it is backed up (there: jemput checkpoint, then --backed-up): %" PRIu64 ".\n"),
               report.not_backed_up);
    return EXIT_OK;
}

struct wish { /* what was asked for on the command line */
    const char *ask, *remove, *purge;
};

static int one_do(const struct cli *cli, struct jemput *jemput, const struct wish *w)
{
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES];
    struct jemput_error err;
    int code;

    if (!id_find(jemput, w->ask ? w->ask : w->remove, id, &code))
        return code;
    if (w->ask)
        return jemput_attachment_ask(jemput, id, &err) ? failure_status(&err)
                   : done_tell(cli, "asked",
                               T("Diminta: datang pada sync berikutnya, kalau hub sudah punya.", "Asked for: it comes at the next sync, if the hub has it."));
    return jemput_attachment_remove(jemput, id, &err) ? failure_status(&err)
               : done_tell(cli, "removed", T("Dihapus: di perangkat lain sesudah sync.", "Removed: elsewhere after a sync."));
}

static int wish_do(const struct cli *cli, struct jemput *jemput, const struct wish *w, int argc, char **argv)
{
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES];
    struct row_key key = { 0 };
    long days;
    int code;

    if (w->purge)
        return options_number(w->purge, 0, DAYS_MAX, &days)
                   ? purge(cli, jemput, (unsigned)days)
                   : failure_usage("attachments", T("--purge %s: tulis jumlah hari", "--purge %s: write a number of days"), w->purge);
    if (w->ask || w->remove)
        return one_do(cli, jemput, w);
    if (argc == 3 && strcmp(argv[0], "get") == 0)
        return id_find(jemput, argv[1], id, &code) ? get(jemput, id, argv[2]) : code;
    if (argc == 0)
        return list(cli, jemput, NULL, &key);
    code = argc > 1 ? row_key_read(&key, jemput, "attachments", argv[0], argv + 1, (unsigned)argc - 1)
                    : failure_usage("attachments", "%s", T("sebutkan TABLE dan KEY, atau tidak keduanya", "give TABLE and KEY, or neither"));
    if (code < 0)
        code = list(cli, jemput, argv[0], &key);
    row_key_release(&key);
    return code;
}

static int cmd_attachments(struct cli *cli, int argc, char **argv)
{
    struct wish w = { 0 };
    const struct option_spec specs[] = {
        { .name = "ask",
          .argument = "ID",
          .value = &w.ask,
          .help = T("minta isinya; datang pada sync berikutnya", "ask for its contents; they come at the next sync") },
        { .name = "remove", .argument = "ID", .value = &w.remove, .help = T("hapus, di mana-mana", "remove it, everywhere") },
        { .name = "purge",
          .argument = T("HARI", "DAYS"),
          .value = &w.purge,
          .help = T("lepas isi yang diterima pusat sekian hari lalu atau lebih", "remove here what central received DAYS ago or earlier") },
    };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 1 + KEY_COLUMNS_MAX, &code))
        return code;
    if ((w.ask != NULL) + (w.remove != NULL) + (w.purge != NULL) + (argc > 0) > 1)
        return failure_usage("attachments", "%s", T("satu permintaan saja sekali jalan", "give only one of these at a time"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = wish_do(cli, jemput, &w, argc, argv);
    jemput_close(jemput);
    return code;
}

const struct command command_attachments = {
    .name = "attachments",
    .operands = "[TABLE KEY… | get ID FILE | --ask ID | --remove ID | --purge DAYS]",
    .summary_id = "Lampiran: mana saja, dan sampai di mana.",
    .summary_en = "List attachments, and how far each has come.",
    .example = "jemput -s tablet.db attachments permohonan 5f0c…",
    .run = cmd_attachments,
    .json = true,
    .more_id = "Keadaan: belum dikirim; sebagian (n dari m bagian di hub); diterima (pusat menandatangani bahwa semuanya ada di sana).\n"
               "Dari ID cukup awalnya. Tanpa tanda terima pusat, dan tanda tangannya bahwa cadangan sudah dibuat sesudah itu, tidak ada yang\n"
               "dilepas, berapa pun harinya; pusat sendiri menyimpan semuanya.",
    .more_en = "State: not sent yet; partly (n of m parts at the hub); received (central has signed that it has all of it).\n"
               "The beginning of an ID is enough. --purge removes only what central has received and then signed to be backed up,\n"
               "whatever the days; central itself keeps all.",
};
