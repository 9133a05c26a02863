/* cmd_log.c — `jemput log`: the signed segments of all devices. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

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
    table_text(&l->table, segment->unread ? T("butuh kunci", "key wanted") : origin_state(&segment->origin));
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

int cmd_log(struct cli *cli, int argc, char **argv)
{
    struct listing l = { .json = { .out = stdout } };
    const struct option_spec specs[] = {
        { .name = "writer", .argument = "HEX", .value = &l.writer, .help = T("hanya penulis yang diawali ini", "only writers that begin with this") },
    };
    struct jemput_error err;
    struct jemput *jemput;
    enum jemput_status st;
    int code;

    if (!options_read(cli, specs, 1, &argc, argv, 0, 0, &code))
        return code;
    if (l.writer && strspn(l.writer, "0123456789abcdefABCDEF") != strlen(l.writer))
        return failure_usage("log", "%s", T("--writer: sebutkan angka heksadesimal", "--writer: give hexadecimal digits"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    st = log_print(jemput, &l, cli->json, &err);
    jemput_close(jemput);
    return st ? failure_status(&err) : EXIT_OK;
}
