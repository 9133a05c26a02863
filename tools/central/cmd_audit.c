/* cmd_audit.c — `jemput central audit`: names each row that somebody changed outside the way. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "base.h"
#include "batch.h"
#include "commands.h"
#include "json.h"
#include "keyfile.h"
#include "pgtarget.h"

struct auditing {
    struct office office;
    struct slot slots[SLOTS_MAX];
    unsigned slot_count;
    bool mend, deep, values, as_json;
    struct json json;
    uint64_t problems; /* of all spaces */
};

/* --- telling --- */

static int finding_tell(void *ctx, const struct jemput_finding *finding)
{
    struct auditing *a = ctx;

    if (a->as_json)
        json_text(&a->json, NULL, finding->what);
    else
        printf("  %s (%s)\n", T(finding->what_id, finding->what_en), finding->what);
    return 0;
}

static void difference_say(const struct audit_difference *d)
{
    const char *kind = strcmp(d->kind, "lebih") == 0 ? T("baris yang tidak ada di log", "a row that the logs do not have")
                       : strcmp(d->kind, "kurang") == 0 ? T("barisnya hilang", "its row is missing") : T("berbeda", "differs");

    printf("  %s %s %s: %s%s%s%s\n", d->target, d->table, d->key, kind, *d->columns ? ": " : "", d->values ? d->values : d->columns,
           d->waiting ? T(" (diubah kantor, menunggu giliran)", " (changed by the office, waits its turn)") : "");
}

static void difference_tell(void *ctx, const struct audit_difference *d)
{
    struct auditing *a = ctx;

    if (!a->as_json) {
        difference_say(d);
        return;
    }
    json_object(&a->json, NULL);
    json_text(&a->json, "target", d->target);
    json_text(&a->json, "table", d->table);
    json_text(&a->json, "key", d->key);
    json_text(&a->json, "kind", d->kind);
    json_text(&a->json, "columns", d->columns);
    if (d->values)
        json_text(&a->json, "values", d->values);
    json_bool(&a->json, "waiting", d->waiting);
    json_end_object(&a->json);
}

static void end_tell(struct auditing *a, const struct audit *done, const struct jemput_audit *store, const char *error)
{
    if (a->as_json) {
        json_end_array(&a->json);
        json_count(&a->json, "findings", store->findings);
        json_text(&a->json, "state_hash", store->state_hash);
        json_text(&a->json, "logs_hash", store->logs_hash);
        json_count(&a->json, "count", done->differences);
        json_count(&a->json, "waiting", done->waiting);
        if (error)
            json_text(&a->json, "error", error);
        json_end_object(&a->json);
        return;
    }
    printf(T("%s: log %s, keadaan %.16s, %" PRIu64 " baris diubah di luar jalur, %" PRIu64 " menunggu giliran\n",
             "%s: logs %s, state %.16s, %" PRIu64 " rows changed outside the way, %" PRIu64 " wait their turn\n"),
           done->space->name, store->findings ? T("BERMASALAH", "WITH FINDINGS") : T("sah", "good"), store->state_hash, done->differences,
           done->waiting);
    if (error)
        problem("%s: %s", done->space->name, error);
}

/* --- putting right --- */

static int mend_ask(struct auditing *a, const struct space *space, unsigned slot, struct trouble *why)
{
    int id;

    if (slot == 0)
        return base_do(a->office.db, "UPDATE space SET feed_number = 0, feed_id = zeroblob(16) WHERE id = ?1", why, NULL, NULL, "i", space->id);
    return pgtarget_space(a->slots[slot].target, space, &id, why) || pgtarget_want_whole(a->slots[slot].target, id, why) ? -1 : 0;
}

/* The target is written anew, whole, from the store. */
static int mend(struct auditing *a, const struct space *space, unsigned slot, struct trouble *why)
{
    atomic_bool stop = false;
    struct opened *opened;
    bool people;
    int rc;

    if (mend_ask(a, space, slot, why) || opened_take(&opened, &a->office, space, why))
        return -1;
    rc = batch_run(opened, &a->slots[slot], 1, &stop, &people, why);
    if (!rc && a->slots[slot].why.kind) {
        *why = a->slots[slot].why;
        rc = -1;
    }
    opened_give(opened, false);
    return rc;
}

/* --- a space --- */

static int targets_audit(struct auditing *a, struct audit *audit, struct trouble *why)
{
    int rc = 0;

    for (unsigned i = 0; !rc && i < a->slot_count; i++) {
        uint64_t before = audit->differences;

        rc = i == 0 ? audit_lite(audit, &a->office, why) : audit_postgres(audit, a->slots[i].target, why);
        if (!rc && a->mend && audit->differences > before)
            rc = mend(a, audit->space, i, why);
    }
    return rc;
}

static int store_audit(struct auditing *a, struct audit *audit, struct jemput_audit *out, struct trouble *why)
{
    const struct jemput_audit_options options = { .deep = a->deep, .each = finding_tell, .ctx = a };
    struct jemput_error err;
    int rc;

    if (a->as_json)
        json_array(&a->json, "problems");
    rc = jemput_audit(audit->jemput, &options, out, &err) ? trouble_engine(why, "audit", &err) : 0;
    if (a->as_json) {
        json_end_array(&a->json);
        json_array(&a->json, "differences");
    }
    return rc;
}

static void space_audit(struct auditing *a, const struct space *space)
{
    struct audit audit = { .space = space, .with_values = a->values, .each = difference_tell, .ctx = a };
    struct jemput_audit store = { 0 };
    struct trouble why = { 0 };
    int rc = space_handle(&audit.jemput, &a->office, space, &why);

    if (a->as_json) {
        json_object(&a->json, NULL);
        json_text(&a->json, "space", space->name);
    }
    if (!rc)
        rc = shapes_read(&audit.shapes, audit.jemput, &why);
    if (rc && a->as_json)
        json_array(&a->json, "differences");
    if (!rc)
        rc = store_audit(a, &audit, &store, &why);
    if (!rc)
        rc = targets_audit(a, &audit, &why);
    end_tell(a, &audit, &store, rc ? why.text : NULL);
    a->problems += audit.differences + store.findings + (rc != 0);
    shapes_release(&audit.shapes);
    jemput_close(audit.jemput);
}

/* --- the command --- */

static int spaces_audit(struct auditing *a, const char *name, struct trouble *why)
{
    struct spaces spaces = { 0 };
    struct space one;

    if (name ? space_find(&one, &a->office, name, why) : spaces_read(&spaces, &a->office, why))
        return -1;
    if (name)
        space_audit(a, &one);
    for (unsigned i = 0; i < spaces.count; i++)
        space_audit(a, &spaces.of[i]);
    spaces_release(&spaces);
    return 0;
}

static int targets_open(struct auditing *a, struct trouble *why)
{
    a->slots[a->slot_count++].kind = &target_lite;
    if (a->office.postgres[0])
        a->slots[a->slot_count++].kind = &target_postgres;
    for (unsigned i = 0; i < a->slot_count; i++)
        if (a->slots[i].kind->open(&a->slots[i].target, &a->office, why) && i == 0)
            return -1; /* a server that is away is said of each space, behind what central.db gives */
    return 0;
}

static int audit_run(const struct office_command *self, int argc, char **argv)
{
    struct auditing a = { .json = { .out = stdout } };
    const char *key_file = NULL;
    const struct option_spec specs[] = {
        { "mend", NULL, NULL, &a.mend, "tulis ulang dari log apa yang berbeda", "rewrite what differs from the logs" },
        { "values", NULL, NULL, &a.values, "sebutkan juga isinya (data pribadi)", "also show the values (personal data)" },
        { "deep", NULL, NULL, &a.deep, "periksa juga keadaan yang ditandatangani pusat", "also check the state that central signed" },
        { "json", NULL, NULL, &a.as_json, "untuk program", "for programs" },
        { "key-file", "FILE", &key_file, NULL, "kunci store yang tersegel", "the key of sealed stores" },
    };
    unsigned char key[KEYFILE_BYTES];
    struct trouble why = { 0 };
    int code, rc;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 2, &code))
        return code;
    setenv("SQLITE_TMPDIR", argv[0], 0); /* what is compared holds persons: its temporary files stay on the disk that central.db is on */
    rc = key_file ? keyfile_read(key, key_file, &why) : 0;
    if (!rc)
        rc = office_open(&a.office, argv[0], false, &why);
    a.office.key = key_file ? key : NULL;
    if (!rc)
        rc = targets_open(&a, &why);
    if (a.as_json)
        json_array(&a.json, NULL);
    if (!rc)
        rc = spaces_audit(&a, argc > 1 ? argv[1] : NULL, &why);
    if (a.as_json)
        json_end_array(&a.json);
    for (unsigned i = 0; i < a.slot_count; i++)
        a.slots[i].kind->close(a.slots[i].target);
    opened_close_all();
    office_close(&a.office);
    return rc ? problem("%s", why.text) : a.problems ? EXIT_PROBLEM : EXIT_DONE;
}

const struct office_command command_audit = {
    .name = "audit",
    .operands = "FOLDER [SPACE] [--mend] [--values] [--deep] [--json] [--key-file FILE]",
    .summary_id = "Bandingkan central.db dan PostgreSQL dengan log yang ditandatangani.",
    .summary_en = "Compare central.db and PostgreSQL with the signed logs.",
    .more_id = "Setiap baris yang diubah di luar jalur disebut: tabel, kunci, kolom. Kode 1 bila ada.",
    .more_en = "Each row that was changed outside the way is named: table, key, columns. Exit status 1 if there is one.",
    .example = "jemput central audit /srv/pusat wonosari --values",
    .run = audit_run,
};
