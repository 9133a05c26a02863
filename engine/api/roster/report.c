/* api/roster/report.c — what this device says of itself for those who look after devices (schema/formats/control.md, "report"): its program's
 * version, the size of its store, the room that is left. Signed like all else, and seldom: it goes along with work, and only where a size has moved
 * far. */
#include "api/roster/device.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"

#include <string.h>

#include "store/file/compact.h"

#define MIB (UINT64_C(1) << 20)
#define MOVED_MIB_MIN 64 /* less is told by nobody: a day's photos */

_Static_assert(sizeof JEMPUT_VERSION > 1, "a report has a version");

static uint32_t mib_of(uint64_t bytes)
{
    return bytes / MIB < UINT32_MAX ? (uint32_t)(bytes / MIB) : UINT32_MAX;
}

/* *known = false: nobody can tell what room is left. That is no reason to fail. */
static enum jemput_status report_make(struct jemput *j, struct jemput_device_report *out, bool *known, struct jemput_error *err)
{
    struct jemput_error unsaid;
    uint64_t store = 0, room = 0;
    enum jemput_status st = jemput_store_size(j->store, &store, err);

    *known = !st && j->env->room && j->env->room(j->env, j->path, &room, &unsaid) == JEMPUT_OK;
    *out = (struct jemput_device_report){ jemput_bytes_str(JEMPUT_VERSION), mib_of(store), mib_of(room) };
    return st;
}

/* The newest of a key. counting: that has an effect; of a revoked key's what it said behind the cut has none. */
static const struct jemput_device_report *report_newest(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES], bool counting)
{
    const struct jemput_act *newest = NULL;

    for (uint32_t i = 0; i < j->acts.count; i++) {
        const struct jemput_act *act = &j->acts.of[i].act;

        if (act->record.kind == JEMPUT_RECORD_REPORT && memcmp(act->author_key, public_key, sizeof act->author_key) == 0 &&
            (!newest || act->number >= newest->number) && (!counting || engine_act_counts(j, act)))
            newest = act;
    }
    return newest ? &newest->record.as.report : NULL;
}

const struct jemput_device_report *engine_report_of(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    return report_newest(j, public_key, true);
}

static bool has_grown(uint32_t before, uint32_t now, uint32_t times)
{
    return now > before && now - before >= MOVED_MIB_MIN && now / times >= before;
}

/* Told at once is what gets worse, by half; what gets better when it is four times as good: so a size that goes to and fro is told once. */
static bool is_due(const struct jemput_device_report *told, const struct jemput_device_report *now)
{
    return !told || !jemput_bytes_equal(told->version, now->version) || has_grown(told->store_mib, now->store_mib, 2) ||
           has_grown(now->store_mib, told->store_mib, 4) || has_grown(now->free_mib, told->free_mib, 2) ||
           has_grown(told->free_mib, now->free_mib, 4);
}

enum jemput_status engine_report_add(struct jemput *j, struct engine_records *records, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_REPORT };
    bool known = false;
    enum jemput_status st = report_make(j, &record.as.report, &known, err);

    return st || !known ? st : engine_records_add(records, &record, err);
}

enum jemput_status engine_report_seal(struct jemput *j, unsigned *count, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_REPORT };
    bool known = false;
    enum jemput_status st = report_make(j, &record.as.report, &known, err);

    if (st || !known || !is_due(report_newest(j, j->key.public_key, false), &record.as.report))
        return st;
    st = engine_seal_control(j, &record, 1, err);
    if (!st)
        st = engine_roster_load(j, err);
    if (!st)
        ++*count;
    return st;
}
