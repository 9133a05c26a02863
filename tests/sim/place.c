/* sim/place.c — see place.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "place.h"

static const char schema[] = "CREATE TABLE orang(id TEXT PRIMARY KEY, nama TEXT, rt INTEGER) WITHOUT ROWID;SELECT jemput_replicate('orang');";

static struct place *here;

static enum jemput_status lent_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                        struct jemput_error *err)
{
    (void)http;
    if (here->in_memory)
        return here->mem.link.http.exchange(&here->mem.link.http, request, answer, err);
    return here->git.http.exchange(&here->git.http, request, answer, err);
}

static void lent_close(struct jemput_http *http)
{
    (void)http;
    here->opened--;
}

static enum jemput_status lent_open(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err)
{
    (void)env, (void)err;
    here->opened++;
    *out = &here->lent;
    return JEMPUT_OK;
}

void place_open(struct place *p, unsigned devices)
{
    place_open_under(p, devices, CENTRAL);
}

void place_open_under(struct place *p, unsigned devices, int central)
{
    here = p;
    fleet_init(&p->f, devices, central, schema, 7);
    git_http_open(&p->git, p->f.folder);
    p->lent = (struct jemput_http){ .exchange = lent_exchange, .close = lent_close };
    p->opened = 0;
    p->in_memory = false;
    for (unsigned i = 0; i < devices; i++)
        p->f.devices[i].sim.env.http_open = lent_open;
    p->f.http_open = lent_open;
}

void place_open_in_memory(struct place *p, unsigned devices)
{
    place_open(p, devices);
    mem_git_open(&p->mem);
    p->in_memory = true;
    place_settle(p);
}

void place_close(struct place *p)
{
    if (p->in_memory)
        mem_git_release(&p->mem);
    assert_int_equal(p->opened, 0);
    fleet_release(&p->f);
}

enum jemput_status place_try(struct place *p, unsigned device, struct jemput_sync_report *report, struct jemput_error *err)
{
    return jemput_sync(p->f.devices[device].jemput, &(struct jemput_sync_options){ .hub = ADDRESS }, report, err);
}

struct jemput_sync_report place_sync(struct place *p, unsigned device)
{
    struct jemput_sync_report report;
    struct jemput_error err;

    if (place_try(p, device, &report, &err))
        fail_msg("device %u: %s (%s)", device, err.text, jemput_status_name(err.status));
    assert_int_equal(report.complete, 1);
    return report;
}

void place_settle(struct place *p)
{
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < p->f.count; i++)
            place_sync(p, i);
}

void place_people(struct place *p, unsigned device, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++)
        fleet_sql(&p->f, device, "INSERT INTO orang VALUES('%u-%u', 'Warga %u', %u)", device, i, i, i % 9);
}

void place_expect_equal(struct place *p)
{
    char *rows = fleet_rows(&p->f, 0, "SELECT * FROM orang ORDER BY id");

    for (unsigned i = 1; i < p->f.count; i++)
        fleet_expect(&p->f, i, "SELECT * FROM orang ORDER BY id", rows);
    for (unsigned i = 0; i < p->f.count; i++)
        fleet_verify(&p->f, i);
    free(rows);
}
