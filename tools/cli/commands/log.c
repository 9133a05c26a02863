/* commands/log.c — `jemput log`: the signed segments of all devices. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "explain.h"
#include "failure.h"
#include "json.h"
#include "moment.h"
#include "origin.h"
#include "space.h"
#include "table.h"
#include "text.h"

struct listing {
    const char *writer; /* what its hex begins with; NULL = all */
    struct json json;
    struct table table;
};

static bool listed(const struct listing *l, const struct jemput_segment_info *segment)
{
    return !l->writer || strncasecmp(segment->origin.writer, l->writer, strlen(l->writer)) == 0;
}

static int segment_json(void *ctx, const struct jemput_segment_info *segment)
{
    struct listing *l = ctx;

    if (!listed(l, segment))
        return 0;
    json_object(&l->json, NULL);
    json_count(&l->json, "number", segment->number);
    json_text(&l->json, "class", segment->control ? "control" : "data");
    json_text(&l->json, "commit", segment->commit);
    json_count(&l->json, "transactions", segment->txns);
    json_count(&l->json, "payload_bytes", segment->payload_bytes);
    json_bool(&l->json, "unread", segment->unread);
    json_bool(&l->json, "cut_off", segment->cut_off);
    origin_json(&l->json, &segment->origin);
    json_end_object(&l->json);
    return 0;
}

static int segment_text(void *ctx, const struct jemput_segment_info *segment)
{
    struct listing *l = ctx;
    struct buffer who = { 0 };
    char when[MOMENT_BYTES];

    if (!listed(l, segment))
        return 0;
    origin_write(&who, &segment->origin);
    moment_local(when, segment->origin.claimed_ms);
    table_text(&l->table, buffer_string(&who));
    table_format(&l->table, "%" PRIu64, segment->number);
    table_text(&l->table, segment->control ? T("kendali", "control") : T("data", "data"));
    table_format(&l->table, "%u", (unsigned)segment->txns);
    table_format(&l->table, "%" PRIu64, segment->payload_bytes);
    table_text(&l->table, when);
    table_text(&l->table, segment->unread    ? T("butuh kunci", "key wanted")
                          : segment->cut_off ? T("dipotong", "cut off")
                                             : origin_state(&segment->origin));
    table_add(&l->table, segment->commit, strnlen(segment->commit, 12), false);
    buffer_release(&who);
    return 0;
}

static enum jemput_status log_print(struct jemput *jemput, struct listing *l, bool json, struct jemput_error *err)
{
    const char *const heading[] = { T("penulis", "writer"), T("nomor", "number"),           T("jenis", "class"),   T("transaksi", "transactions"),
                                    T("bita", "bytes"),     T("menurut jamnya", "claimed"), T("keadaan", "state"), "commit" };
    enum jemput_status st;

    if (json) {
        json_array(&l->json, NULL);
        st = jemput_log(jemput, segment_json, l, err);
        json_end_array(&l->json);
        return st;
    }
    table_columns(&l->table, sizeof heading / sizeof heading[0]);
    for (unsigned i = 0; i < sizeof heading / sizeof heading[0]; i++)
        table_text(&l->table, heading[i]);
    st = jemput_log(jemput, segment_text, l, err);
    table_print(&l->table, stdout);
    return st;
}

static int cmd_log(struct cli *cli, int argc, char **argv)
{
    struct listing l = { .json = { .out = stdout } };
    const char *explained = NULL;
    const struct option_spec specs[] = {
        { .name = "explain",
          .argument = "SEGMENT",
          .value = &explained,
          .help = T("jelaskan satu segmen: awal sidik atau commit-nya, atau PENULIS:NOMOR", "explain one segment: how its hash or commit begins, or WRITER:NUMBER") },
        { .name = "writer", .argument = "HEX", .value = &l.writer, .help = T("hanya penulis yang diawali ini", "only writers that begin with this") },
    };
    struct jemput_error err;
    struct jemput *jemput;
    enum jemput_status st;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    if (l.writer && strspn(l.writer, "0123456789abcdefABCDEF") != strlen(l.writer))
        return failure_usage("log", "%s", T("--writer: sebutkan angka heksadesimal", "--writer: give hexadecimal digits"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    st = explained ? jemput_log_explain(jemput, explained, cli->json ? explain_json : explain_text, NULL, &err) : log_print(jemput, &l, cli->json, &err);
    jemput_close(jemput);
    return st ? failure_status(&err) : EXIT_OK;
}

const struct command command_log = {
    .name = "log",
    .operands = "[--writer HEX] | --explain SEGMENT",
    .summary_id = "Segmen bertanda tangan dari semua perangkat.",
    .summary_en = "Signed segments of all devices.",
    .example = "jemput -s pusat.db log --explain 7:12",
    .run = cmd_log,
    .json = true,
    .more_id = "Satu baris satu segmen, menurut urutan dikenal di sini: penulis, nomor dalam catatan penulis itu, jenis (data; kendali = "
               "keanggotaan dan "
               "tanda terima), banyaknya transaksi, besarnya, waktu menurut jam penulis (pengakuan, bukan bukti), keadaan, dan commit git-nya.\n"
               "--explain: siapa menandatangani, kapan (pengakuan, dan batasnya menurut jam pusat), apa yang sudah dilihatnya, isinya baris demi baris, "
               "apa jadinya di sini (berlaku, ditolak, gugur, tertahan, butuh kunci) dan sebabnya, dan aturan kebijakan yang mengaturnya. PENULIS: nomor "
               "perangkat, atau awal penulisnya.",
    .more_en = "One line is one segment, in the order in which they became known here: writer, number in that writer's log, class (data; control "
               "= members "
               "and receipts), transactions, size, time by the writer's clock (claimed, not evidence), state, and its git commit.\n"
               "--explain: who signed it, when (claimed, and the bounds by central's clock), what it had seen, what is in it, row by row, what became of "
               "it here (counts, refused, void, held, key wanted) and why, and the policy's rules for it. WRITER: a device's number, or how its writer "
               "begins.",
};
