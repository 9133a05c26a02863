/* commands/devices.c — `jemput devices`: who is in the space and may what, who asks to be let in, and which root acts wait for signatures. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "buffer.h"
#include "device.h"
#include "failure.h"
#include "file.h"
#include "json.h"
#include "moment.h"
#include "space.h"
#include "table.h"
#include "terminal.h"
#include "text.h"

struct listing {
    struct json json;
    struct table table;
    unsigned asking, waiting;
};

/* --- for programs --- */

/* What a device has not said is null. */
static void mib_json(struct json *j, const char *name, int64_t mib)
{
    if (mib < 0)
        json_null(j, name);
    else
        json_count(j, name, (uint64_t)mib);
}

static int device_json(void *ctx, const struct jemput_device *d)
{
    struct json *j = &((struct listing *)ctx)->json;

    json_object(j, NULL);
    json_text(j, "key", d->key);
    json_text(j, "writer", d->writer);
    json_count(j, "device_number", d->device_number);
    json_text(j, "label", d->label);
    json_text(j, "state", device_state_word(d->state));
    json_text(j, "roles", d->roles);
    json_text(j, "scope", d->scope);
    json_bool(j, "self", d->self);
    json_count(j, "root", d->root);
    json_text(j, "reason", d->reason);
    json_text(j, "why", d->why);
    json_count(j, "carries_on_for", d->carries_on_for);
    json_count(j, "segments", d->segments);
    json_count(j, "unsent", d->unsent);
    json_moment(j, "last_seen", d->last_seen_ms);
    json_moment(j, "last_receipt", d->last_receipt_ms);
    json_bool(j, "clock_doubtful", d->clock_doubtful);
    json_count(j, "schema_version", d->schema_version);
    json_count(j, "key_turn", d->key_turn);
    json_text(j, "version", d->version);
    mib_json(j, "store_mib", d->store_mib);
    mib_json(j, "free_mib", d->free_mib);
    json_count(j, "copies", d->copies);
    json_end_object(j);
    return 0;
}

static int waiting_json(void *ctx, const struct jemput_waiting *w)
{
    struct json *j = &((struct listing *)ctx)->json;

    json_object(j, NULL);
    json_text(j, "act", w->act);
    json_text(j, "kind", w->kind);
    json_text(j, "text", w->text);
    json_count(j, "device_number", w->device_number);
    json_count(j, "signers", w->signers);
    json_count(j, "needed", w->needed);
    json_count(j, "by", w->by);
    json_moment(j, "claimed", w->claimed_ms);
    json_end_object(j);
    return 0;
}

static int devices_json(struct jemput *jemput)
{
    struct listing l = { .json = { .out = stdout } };
    struct jemput_error err;
    enum jemput_status st;

    json_object(&l.json, NULL);
    json_array(&l.json, "devices");
    st = jemput_devices(jemput, device_json, &l, &err);
    json_end_array(&l.json);
    json_array(&l.json, "waiting");
    if (!st)
        st = jemput_waiting_each(jemput, waiting_json, &l, &err);
    json_end_array(&l.json);
    json_end_object(&l.json);
    return st ? failure_status(&err) : EXIT_OK;
}

/* --- for people --- */

static void note_add(struct buffer *out, bool applies, const char *note)
{
    if (applies)
        buffer_format(out, "%s%s", out->len ? ", " : "", note);
}

/* What is not as it should be comes first. */
static void note_text(struct table *table, const struct jemput_device *d)
{
    struct buffer note = { 0 };

    note_add(&note, d->copies > 1, T("salinannya dipakai", "a copy is used"));
    note_add(&note, d->clock_doubtful, T("jam meragukan", "clock doubtful"));
    if (d->carries_on_for)
        buffer_format(&note, T("%spengganti %u", "%sreplaces %u"), note.len ? ", " : "", (unsigned)d->carries_on_for);
    note_add(&note, d->self, T("perangkat ini", "this device"));
    note_add(&note, d->root, T("induk", "root"));
    table_text(table, buffer_string(&note));
    buffer_release(&note);
}

/* "93 MB", "4,6 GB"; units of 1024. */
static void mib_text(struct table *table, int64_t mib)
{
    if (mib < 0)
        table_text(table, "-");
    else if (mib < 64) /* the step in which it is told */
        table_text(table, "<64 MB");
    else if (mib < 1024)
        table_format(table, "%" PRId64 " MB", mib);
    else
        table_format(table, T("%" PRId64 ",%" PRId64 " GB", "%" PRId64 ".%" PRId64 " GB"), mib / 1024, mib % 1024 * 10 / 1024);
}

static int device_text(void *ctx, const struct jemput_device *d)
{
    struct listing *l = ctx;
    char seen[MOMENT_BYTES], receipt[MOMENT_BYTES];

    if (d->state == JEMPUT_DEVICE_ASKS) {
        l->asking++;
        return 0;
    }
    moment_local(seen, d->last_seen_ms);
    moment_local(receipt, d->last_receipt_ms);
    table_format(&l->table, "%u", (unsigned)d->device_number);
    table_text(&l->table, d->label);
    table_format(&l->table, "%.8s", d->key);
    table_text(&l->table, device_state_text(d->state, d->reason));
    table_text(&l->table, d->roles[0] ? d->roles : "-");
    table_text(&l->table, d->scope[0] ? d->scope : "*");
    table_text(&l->table, seen);
    table_text(&l->table, receipt);
    table_format(&l->table, "%" PRIu64, d->unsent);
    table_format(&l->table, "%u", (unsigned)d->schema_version);
    table_text(&l->table, d->version[0] ? d->version : "-");
    table_format(&l->table, d->key_turn ? "%u" : "-", (unsigned)d->key_turn);
    mib_text(&l->table, d->store_mib);
    mib_text(&l->table, d->free_mib);
    note_text(&l->table, d);
    return 0;
}

static int asking_text(void *ctx, const struct jemput_device *d)
{
    (void)ctx;
    if (d->state == JEMPUT_DEVICE_ASKS)
        printf("  %u  %s  %s: %s\n", (unsigned)d->device_number, d->roles[0] ? d->roles : "-", d->key, device_why_text(d->why));
    return 0;
}

static int waiting_text(void *ctx, const struct jemput_waiting *w)
{
    struct listing *l = ctx;

    if (!l->waiting++)
        puts(T("\nTindakan induk yang menunggu tanda tangan (jemput approve ACT):",
               "\nRoot acts that wait for signatures (jemput approve ACT):"));
    printf(T("  %.16s  %s, perangkat %u, oleh perangkat %u: %u dari %u tanda tangan\n",
             "  %.16s  %s, device %u, by device %u: %u of %u signatures\n"),
           w->act, w->kind, (unsigned)w->device_number, (unsigned)w->by, (unsigned)w->signers, (unsigned)w->needed);
    return 0;
}

static void heading(struct table *table)
{
    table_columns(table, 15);
    table_text(table, T("No", "No"));
    table_text(table, T("Perangkat", "Device"));
    table_text(table, T("Kunci", "Key"));
    table_text(table, T("Keadaan", "State"));
    table_text(table, T("Peran", "Roles"));
    table_text(table, T("Wilayah", "Scope"));
    table_text(table, T("Terakhir terlihat", "Last seen"));
    table_text(table, T("Diterima pusat", "Central has"));
    table_text(table, T("Belum terkirim", "Unsent"));
    table_text(table, T("Skema", "Schema"));
    table_text(table, T("Versi", "Version"));
    table_text(table, T("Giliran kunci", "Key turn"));
    table_text(table, T("Data", "Store"));
    table_text(table, T("Sisa", "Free"));
    table_text(table, T("Catatan", "Note"));
}

static int devices_text(struct jemput *jemput)
{
    struct listing l = { .asking = 0 };
    struct jemput_error err;
    enum jemput_status st;

    heading(&l.table);
    st = jemput_devices(jemput, device_text, &l, &err);
    table_print(&l.table, stdout);
    if (!st && l.asking) {
        puts(T("\nMenunggu keputusan atau sinkronisasi kantor (jemput admit KEY):", "\nWaiting to be let in (jemput admit KEY):"));
        st = jemput_devices(jemput, asking_text, &l, &err);
    }
    if (!st)
        st = jemput_waiting_each(jemput, waiting_text, &l, &err);
    return st ? failure_status(&err) : EXIT_OK;
}

static int devices(const struct cli *cli, struct jemput *jemput)
{
    return cli->json ? devices_json(jemput) : devices_text(jemput);
}

static int for_hub(struct jemput *jemput, const char *path)
{
    struct jemput_error err;
    char *text;
    size_t len;
    FILE *out;
    int code = EXIT_OK;

    if (jemput_roster_file(jemput, &text, &len, &err))
        return failure_status(&err);
    out = file_new(path, &code);
    if (out) {
        fwrite(text, 1, len, out);
        code = file_finish(out, path);
    }
    jemput_text_free(text);
    return code;
}

static int cmd_devices(struct cli *cli, int argc, char **argv)
{
    const char *hub_file = NULL;
    const struct option_spec specs[] = {
        { .name = "for-hub", .argument = "FILE", .value = &hub_file,
          .help = T("tulis ke berkas baru: daftar bertanda tangan untuk jemput hub add --roster",
                    "write a new file: the signed list for jemput hub add --roster") },
    };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = hub_file ? for_hub(jemput, hub_file) : devices(cli, jemput);
    jemput_close(jemput);
    return code;
}

const struct command command_devices = {
    .name = "devices",
    .operands = "[--for-hub FILE]",
    .summary_id = "Perangkat ruang ini, dan yang menunggu keputusan.",
    .summary_en = "The devices of this space, and what waits for a decision.",
    .example = "jemput -s kantor.db devices",
    .run = cmd_devices,
    .json = true,
    .more_id = "Tiap perangkat: nomor, awal kuncinya, keadaan, peran, wilayah; segmen terakhirnya yang dikenal di sini, yang terakhir "
               "diterima pusat (waktu menurut pengakuan perangkat), transaksinya yang belum tercakup tanda terima, versi skemanya. Lalu yang "
               "dilaporkannya sendiri bersama pekerjaannya: versi program, ukuran berkas datanya, sisa ruang diska; dan giliran kunci "
               "yang menyegel pekerjaan terakhirnya.\n"
               "Lalu perangkat yang meminta diterima: kunci selengkapnya dan sebabnya menunggu. Undangan yang dipakai dua perangkat "
               "tidak menerima satu pun: tanyakan kepada petugasnya, lalu jemput admit KEY.\n"
               "Lalu tindakan induk yang tanda tangannya belum cukup.\n"
               "--for-hub FILE: untuk hub lain di belakang checkpoint (jemput hub add --help).",
    .more_en = "Each device: number, how its key begins, state, roles, scope; its newest segment known here, the newest that central has "
               "(times as the device claims them), its transactions that no receipt covers, its schema version. Then what it has told with its "
               "work: its program's version, the size of its store, the room left on its disk; and which turn of the space's keys its "
               "newest work is sealed under.\n"
               "Then devices that ask to be let in: their whole key, and why they wait. An invitation that two devices use lets in "
               "neither: ask the officer, then jemput admit KEY.\n"
               "Then root acts that too few have signed.\n"
               "--for-hub FILE: for another hub behind a checkpoint (jemput hub add --help).",
};
