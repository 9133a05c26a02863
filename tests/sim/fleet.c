/* sim/fleet.c — see fleet.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet.h"
#include "support/sealed.h"

#define HOUR_MS 3600000

static void must(enum jemput_status st, const struct jemput_error *err, const char *what)
{
    if (st)
        fail_msg("%s: %s (%s)", what, err->text, jemput_status_name(st));
}

const char *fleet_hub(struct fleet *f, unsigned hub)
{
    static char path[300];
    struct jemput_error err;

    for (; f->hubs <= hub; f->hubs++) { /* made on first use only: nothing else may fail where a test makes calls fail */
        snprintf(path, sizeof path, "%s/hub%u.git", f->folder, f->hubs);
        must(jemput_hub_init(path, NULL, &err), &err, "make hub");
    }
    snprintf(path, sizeof path, "%s/hub%u.git", f->folder, hub);
    return path;
}

static void device_init(struct fleet *f, unsigned i, uint64_t seed)
{
    struct fleet_device *d = &f->devices[i];
    char name[64];

    snprintf(name, sizeof name, "fleet-%p-%u", (void *)f, i);
    snprintf(d->path, sizeof d->path, "device%u.db", i);
    d->vfs = crash_vfs_new(name);
    sim_env_init(&d->sim, d->vfs, seed * 100 + i + 1);
}

static void device_ready(struct fleet_device *d, struct jemput *j)
{
    d->jemput = j;
    d->sql = jemput_app(j);
    sim_env_use_real_files(&d->sim, jemput_env_posix()); /* hubs are real folders */
}

static void device_join(struct fleet *f, unsigned i, const char *roles)
{
    struct fleet_device *d = &f->devices[i], *admin = &f->devices[0];
    struct jemput_error err;
    struct jemput *j;
    char *invitation;
    size_t len;

    must(jemput_invite(admin->jemput, roles, "", "", admin->sim.wall_ms + 24 * HOUR_MS, &invitation, &len, &err), &err, "invite");
    must(jemput_join_sealed(&j, d->path, invitation, len, test_secret(), &d->sim.env, &err), &err, "join");
    jemput_text_free(invitation);
    device_ready(d, j);
}

void fleet_init(struct fleet *f, unsigned count, int central, const char *schema, uint64_t seed)
{
    const struct jemput_founding founding = { .schema = schema, .roles = central == 0 ? "admin,pusat" : "admin", .secret = test_secret() };
    struct jemput_error err;
    struct jemput *j;
    const char *tmp = getenv("TMPDIR");

    memset(f, 0, sizeof *f);
    f->count = count;
    snprintf(f->folder, sizeof f->folder, "%s/jemput-fleet-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(f->folder))
        fail_msg("no temporary folder");
    for (unsigned i = 0; i < count; i++)
        device_init(f, i, seed);
    must(jemput_found(&j, f->devices[0].path, &founding, &f->devices[0].sim.env, &err), &err, "init");
    device_ready(&f->devices[0], j);
    for (unsigned i = 1; i < count; i++)
        device_join(f, i, (int)i == central ? "pusat" : "petugas");
    fleet_settle(f, 0);
}

void fleet_device_add(struct fleet *f, const char *invitation, size_t len)
{
    struct fleet_device *d = &f->devices[f->count];
    struct jemput_error err;
    struct jemput *j;

    assert_true(f->count < FLEET_DEVICES_MAX);
    device_init(f, f->count, 1000 + f->count);
    d->sim.env.http_open = f->http_open;
    must(jemput_join_sealed(&j, d->path, invitation, len, test_secret(), &d->sim.env, &err), &err, "join");
    device_ready(d, j);
    f->count++;
}

void fleet_newcomer(struct fleet *f, unsigned by)
{
    struct fleet_device *from = &f->devices[by];
    struct jemput_error err;
    char *invitation;
    size_t len;

    must(jemput_invite(from->jemput, "petugas", "", "", from->sim.wall_ms + INT64_C(86400000), &invitation, &len, &err), &err, "invite");
    fleet_device_add(f, invitation, len);
    f->devices[f->count - 1].sim.wall_ms = from->sim.wall_ms;
    jemput_text_free(invitation);
}

static void device_open(struct fleet_device *d)
{
    struct jemput_error err;
    struct jemput *j;

    must(jemput_open_sealed(&j, d->path, test_secret(), &d->sim.env, &err), &err, "open");
    device_ready(d, j);
}

unsigned fleet_clone(struct fleet *f, unsigned device)
{
    struct fleet_device *from = &f->devices[device], *to = &f->devices[f->count];
    struct crash_snapshot *files;

    assert_true(f->count < FLEET_DEVICES_MAX);
    jemput_close(from->jemput);
    files = crash_vfs_snapshot(from->vfs);
    device_init(f, f->count, 2000 + f->count);
    memcpy(to->path, from->path, sizeof to->path);
    to->sim.wall_ms = from->sim.wall_ms;
    crash_vfs_restore(to->vfs, files);
    crash_snapshot_free(files);
    device_open(from);
    device_open(to);
    return f->count++;
}

void fleet_release(struct fleet *f)
{
    char command[400];

    for (unsigned i = 0; i < f->count; i++) {
        jemput_close(f->devices[i].jemput);
        crash_vfs_free(f->devices[i].vfs);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", f->folder);
    if (system(command))
        print_message("could not remove %s\n", f->folder);
}

int fleet_try(struct fleet *f, unsigned device, const char *sql)
{
    sim_env_advance(&f->devices[device].sim, 5);
    return sqlite3_exec(f->devices[device].sql, sql, NULL, NULL, NULL);
}

void fleet_sql(struct fleet *f, unsigned device, const char *fmt, ...)
{
    va_list args;
    char *sql;

    va_start(args, fmt);
    sql = sqlite3_vmprintf(fmt, args);
    va_end(args);
    if (fleet_try(f, device, sql))
        fail_msg("device %u: %s: %s", device, sql, sqlite3_errmsg(f->devices[device].sql));
    sqlite3_free(sql);
}

static void cell_text(sqlite3_str *out, sqlite3_stmt *s, int i)
{
    if (sqlite3_column_type(s, i) == SQLITE_NULL) {
        sqlite3_str_appendchar(out, 1, '~');
    } else if (sqlite3_column_type(s, i) == SQLITE_BLOB) {
        const unsigned char *b = sqlite3_column_blob(s, i);
        for (int k = 0; k < sqlite3_column_bytes(s, i); k++)
            sqlite3_str_appendf(out, "%02x", b[k]);
    } else {
        sqlite3_str_appendall(out, (const char *)sqlite3_column_text(s, i));
    }
}

static char *text_of(sqlite3_str *s)
{
    char *text = sqlite3_str_finish(s), *copy = strdup(text ? text : "");

    sqlite3_free(text);
    return copy;
}

char *fleet_rows(struct fleet *f, unsigned device, const char *query)
{
    sqlite3 *db = f->devices[device].sql;
    sqlite3_str *out = sqlite3_str_new(NULL);
    sqlite3_stmt *s;
    int rc;

    if (sqlite3_prepare_v2(db, query, -1, &s, NULL))
        fail_msg("device %u: %s: %s", device, query, sqlite3_errmsg(db));
    while ((rc = sqlite3_step(s)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(s); i++) {
            if (i)
                sqlite3_str_appendchar(out, 1, '|');
            cell_text(out, s, i);
        }
        sqlite3_str_appendchar(out, 1, '\n');
    }
    if (rc != SQLITE_DONE)
        fail_msg("device %u: %s: %s", device, query, sqlite3_errmsg(db));
    sqlite3_finalize(s);
    return text_of(out);
}

void fleet_expect(struct fleet *f, unsigned device, const char *query, const char *rows)
{
    char *got = fleet_rows(f, device, query);

    if (strcmp(got, rows) != 0)
        fail_msg("device %u: %s\n  expected: %s\n  got:      %s", device, query, rows, got);
    free(got);
}

struct jemput_sync_report fleet_sync(struct fleet *f, unsigned device, unsigned hub)
{
    struct jemput_sync_options options = { .hub = fleet_hub(f, hub) };
    struct jemput_sync_report report;
    struct jemput_error err;

    sim_env_advance(&f->devices[device].sim, 1000);
    must(jemput_sync(f->devices[device].jemput, &options, &report, &err), &err, "sync");
    return report;
}

void fleet_settle(struct fleet *f, unsigned hub)
{
    for (unsigned round = 0; round < 10; round++) {
        uint64_t moved = 0;

        for (unsigned i = 0; i < f->count; i++) {
            struct jemput_sync_report r = fleet_sync(f, i, hub);
            moved += r.segments_sent + r.segments_fetched;
        }
        if (moved == 0)
            return;
    }
    fail_msg("the fleet does not come to rest");
}

static void datum_text(sqlite3_str *out, const struct jemput_datum *d)
{
    switch (d->type) {
    case JEMPUT_TYPE_NULL:
        sqlite3_str_appendchar(out, 1, '~');
        break;
    case JEMPUT_TYPE_INTEGER:
        sqlite3_str_appendf(out, "%lld", (long long)d->integer);
        break;
    case JEMPUT_TYPE_REAL:
        sqlite3_str_appendf(out, "%!.17g", d->real);
        break;
    case JEMPUT_TYPE_TEXT:
        sqlite3_str_append(out, d->data, (int)d->len);
        break;
    case JEMPUT_TYPE_BLOB:
        for (size_t i = 0; i < d->len; i++)
            sqlite3_str_appendf(out, "%02x", ((const unsigned char *)d->data)[i]);
        break;
    }
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Lines in one order, whatever order they came in. */
struct lines {
    char *of[4096];
    unsigned count;
};

static char *lines_join(struct lines *l)
{
    sqlite3_str *out = sqlite3_str_new(NULL);

    qsort(l->of, l->count, sizeof l->of[0], text_compare);
    for (unsigned i = 0; i < l->count; i++) {
        sqlite3_str_appendall(out, l->of[i]);
        free(l->of[i]);
    }
    return text_of(out);
}

static int conflict_line(void *ctx, const struct jemput_conflict *c)
{
    struct lines *l = ctx, sides = { .count = 0 };
    sqlite3_str *out = sqlite3_str_new(NULL);
    char *joined;

    for (unsigned s = 0; s < c->side_count; s++) {
        sqlite3_str *side = sqlite3_str_new(NULL);
        for (unsigned i = 0; i < c->column_count; i++) {
            sqlite3_str_appendall(side, i ? "," : " ");
            datum_text(side, &c->sides[s].values[i]);
        }
        sqlite3_str_appendf(side, "%s@%s", c->sides[s].shown ? "*" : "", c->sides[s].origin.writer);
        sides.of[sides.count++] = text_of(side);
    }
    joined = lines_join(&sides);
    sqlite3_str_appendf(out, "%s", c->table);
    for (unsigned i = 0; i < c->key_count; i++) {
        sqlite3_str_appendchar(out, 1, ' ');
        datum_text(out, &c->key[i]);
    }
    for (unsigned i = 0; i < c->column_count; i++)
        sqlite3_str_appendf(out, "%s%s", i ? "," : " ", c->columns[i]);
    if (c->column_count == 0)
        sqlite3_str_appendall(out, " edit/delete");
    sqlite3_str_appendf(out, ":%s\n", joined);
    free(joined);
    l->of[l->count++] = text_of(out);
    return l->count == 4096;
}

char *fleet_conflicts(struct fleet *f, unsigned device)
{
    struct lines l = { .count = 0 };
    struct jemput_error err;

    must(jemput_conflicts(f->devices[device].jemput, conflict_line, &l, &err), &err, "conflicts");
    return lines_join(&l);
}

static int held_line(void *ctx, const struct jemput_held_row *h)
{
    struct lines *l = ctx;
    sqlite3_str *out = sqlite3_str_new(NULL);

    sqlite3_str_appendf(out, "%s [%s]", h->table, h->reason);
    for (unsigned i = 0; i < h->column_count; i++) {
        sqlite3_str_appendchar(out, 1, ' ');
        datum_text(out, &h->values[i]);
    }
    sqlite3_str_appendchar(out, 1, '\n');
    l->of[l->count++] = text_of(out);
    return l->count == 4096;
}

char *fleet_held(struct fleet *f, unsigned device)
{
    struct lines l = { .count = 0 };
    struct jemput_error err;

    must(jemput_held_rows(f->devices[device].jemput, held_line, &l, &err), &err, "held rows");
    return lines_join(&l);
}

void fleet_expect_all(struct fleet *f, const char *query, const char *rows)
{
    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++)
        fleet_expect(f, i, query, rows);
}

void fleet_expect_conflicts(struct fleet *f, const char *one, const char *other)
{
    for (unsigned i = 0; i < f->count; i++) {
        char *c = fleet_conflicts(f, i);

        if ((one && !strstr(c, one)) || (other && !strstr(c, other)) || (!one && *c))
            fail_msg("device %u: expected '%s' and '%s' in:\n%s", i, one ? one : "nothing", other ? other : "nothing", c);
        free(c);
    }
}

struct jemput_datum fleet_text(const char *text)
{
    return (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = text, .len = strlen(text) };
}

static void problem_print(void *ctx, const char *what)
{
    print_message("device %u: %s\n", *(unsigned *)ctx, what);
}

void fleet_verify(struct fleet *f, unsigned device)
{
    struct jemput_error err;
    uint64_t problems;

    must(jemput_verify(f->devices[device].jemput, problem_print, &device, &problems, &err), &err, "verify");
    if (problems)
        fail_msg("device %u: verify found %llu problems", device, (unsigned long long)problems);
}

void fleet_reopen(struct fleet *f, unsigned device)
{
    struct fleet_device *d = &f->devices[device];
    struct jemput_error err;

    jemput_close(d->jemput);
    d->jemput = NULL;
    sim_env_use_real_files(&d->sim, NULL);
    must(jemput_open_sealed(&d->jemput, d->path, test_secret(), &d->sim.env, &err), &err, "open");
    device_ready(d, d->jemput);
}
