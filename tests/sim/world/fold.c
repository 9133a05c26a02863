/* sim/world/fold.c — see fold.h. */
#include "fold.h"

#include <string.h>

#include "acts.h"
#include "failure.h"

#include "unit/roster_passes.h"

static struct world space;
static struct oracle told;
static struct jemput_act folding[ACTS_MAX];

/* --- which segments lie up to a head --- */

static const struct history *logs;
static struct segmentset here;
static uint32_t folded; /* of so many acts */

static uint32_t segment_known(const uint8_t *hash)
{
    uint32_t s = history_segment(logs, hash);

    return s != NONE && segments_has(&here, s) ? s : NONE;
}

static bool lies_up_to(void *ctx, const struct jemput_head *head, const struct jemput_head *at)
{
    uint32_t s = segment_known(head->hash.bytes);

    (void)ctx;
    if (s == NONE)
        return at->number <= head->number;
    for (; s != NONE; s = segment_known(logs->segments[s].previous))
        if (memcmp(logs->segments[s].hash, at->hash.bytes, sizeof at->hash.bytes) == 0)
            return true;
    return false;
}

static const struct jemput_ancestry ancestry = { lies_up_to, NULL };

/* --- the fold --- */

void fold_run(const struct history *h, const struct segmentset *known)
{
    const struct acts *all = acts_all();
    uint32_t count = 0;

    if (logs == h && folded == all->count && memcmp(&here, known, sizeof here) == 0)
        return;
    logs = h;
    here = *known;
    folded = all->count;
    for (uint32_t i = 0; i < all->count; i++)
        if (all->of[i].segment == NONE || segments_has(known, all->of[i].segment))
            folding[count++] = all->of[i].act;
    memcpy(space.space.id, folding[0].segment.bytes, sizeof space.space.id);
    oracle_fold(&told, &space, folding, count, &ancestry);
}

void fold_rights_of(const uint8_t writer[16], uint32_t segment, struct fold_rights *out)
{
    struct jemput_head at = { .number = UINT64_MAX };
    const uint8_t *public_key;
    struct o_rights rights;
    struct o_member m;
    uint32_t epoch;

    memset(at.hash.bytes, 0xff, sizeof at.hash.bytes); /* nobody has it */
    memcpy(at.writer.id, writer, sizeof at.writer.id);
    if (segment != NONE) {
        at.number = logs->segments[segment].number;
        memcpy(at.hash.bytes, logs->segments[segment].hash, sizeof at.hash.bytes);
    }
    *out = (struct fold_rights){ .member = o_find(&told, NEVER, &at.writer, &m) };
    for (uint32_t i = 1; i < told.count && !out->member; i++)
        out->former = out->former || (told.stood[i] && o_makes(&told, i, 0, &public_key, &epoch) && o_writer(&told.made[4 + i], &at.writer));
    if (!out->member)
        return;
    rights = o_rights(&told, &m, &at);
    out->is_void = o_void(&told, m.key, m.epoch, &at);
    out->given_up = o_gave_up(&told, m.key);
    out->roles = rights.roles;
    memcpy(out->key, m.key, sizeof out->key);
    out->epoch = m.epoch;
    out->number = o_number(&told, &m);
    memcpy(out->scope, rights.scope.len ? (const char *)rights.scope.data : "", rights.scope.len);
}
