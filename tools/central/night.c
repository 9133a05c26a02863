/* night.c — see night.h. The order is the promise: nothing is cut off that no checkpoint states and no copy holds. */
#include "night.h"

#include <time.h>

#include <jemput/jemput.h>

#include "anchor.h"
#include "backup.h"
#include "base.h"
#include "beat.h"
#include "hubmove.h"

#define WINDOW_MINUTES 240       /* behind the time that was given */
#define AGAIN_MS (20 * 3600000ll) /* one night's work is done once */
#define DAY_MS 86400000ll
#define CHECKPOINT_DAYS 7
#define SILENT_MS 7200000 /* the longest that a checkpoint, or cutting off, may take: they say nothing on their way */
#define CHECKPOINT_SEGMENTS 1000 /* or so many that are new */

bool night_due(const struct night *night, struct office *office, const struct space *space, int64_t now)
{
    time_t seconds = (time_t)(now / 1000);
    struct trouble why;
    struct tm local;
    int64_t last;
    int minute;

    if (!localtime_r(&seconds, &local))
        return false;
    minute = local.tm_hour * 60 + local.tm_min;
    if ((minute - night->minute + 1440) % 1440 >= WINDOW_MINUTES)
        return false;
    return base_do(office->db, "SELECT night_ms FROM space WHERE id = ?1", &why, NULL, &last, "i", space->id) == 0 && now - last > AGAIN_MS;
}

/* Is there enough that is new? *segments: of all logs now. */
static int checkpoint_wanted(struct office *office, const struct space *space, bool *wanted, int64_t *segments, struct trouble *why)
{
    return base_do(office->db, "SELECT coalesce(sum(segments), 0) FROM device_ WHERE space = ?1", why, NULL, segments, "i", space->id) ||
           base_do(office->db, "SELECT 1 FROM space WHERE id = ?1 AND "
                   "(checkpoint_ms IS NULL OR ?2 - checkpoint_ms >= ?3 OR ?4 - checkpoint_segments >= ?5)", why, wanted, NULL, "iiiii", space->id,
                   now_ms(), (int64_t)(CHECKPOINT_DAYS * DAY_MS), *segments, (int64_t)CHECKPOINT_SEGMENTS) ? -1 : 0;
}

/* Nothing that is old enough is no failure. */
static int checkpoint_make(const struct night *night, struct office *office, struct opened *o, struct trouble *why)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err;
    int64_t segments;
    bool wanted;

    if (checkpoint_wanted(office, &o->space, &wanted, &segments, why))
        return -1;
    if (!wanted)
        return 0;
    beat_for(SILENT_MS);
    if (jemput_checkpoint_make(o->jemput, night->revocation_days * DAY_MS, &report, &err))
        return err.status == JEMPUT_NOTFOUND ? 0 : trouble_engine(why, "checkpoint", &err);
    return base_do(office->db, "UPDATE space SET checkpoint_ms = ?2, checkpoint_segments = ?3 WHERE id = ?1", why, NULL, NULL, "iii", o->space.id,
                   now_ms(), segments);
}

static int copies_make(const struct night *night, struct office *office, struct opened *o, struct trouble *why)
{
    struct jemput_error err;

    if (backup_store(night->backup, office, o, why))
        return -1;
    if (jemput_checkpoint_backed_up(o->jemput, &err) && err.status != JEMPUT_NOTFOUND)
        return trouble_engine(why, "backed up", &err);
    if (base_do(office->db, "UPDATE space SET backup_ms = ?2 WHERE id = ?1", why, NULL, NULL, "ii", o->space.id, now_ms()))
        return -1;
    return backup_base(night->backup, office, why);
}

static int cut_off(struct opened *o, struct trouble *why)
{
    struct jemput_cut_report cut;
    struct jemput_prune_report pruned;
    struct jemput_error err;

    beat_for(SILENT_MS);
    if (jemput_checkpoint_cut(o->jemput, &cut, &err))
        return err.status == JEMPUT_NOTFOUND ? 0 : trouble_engine(why, "cut off", &err);
    if (o->hub[0] && !hub_is_address(o->hub) && jemput_prune_hub(o->jemput, o->hub, &pruned, &err) && err.status != JEMPUT_NOTFOUND)
        return trouble_engine(why, "prune the hub", &err);
    return 0;
}

/* A looks.db that cannot be read keeps nobody's data from its copy: what failed first is told, and the rest done. */
int night_run(const struct night *night, struct office *office, struct opened *o, struct trouble *why)
{
    struct trouble later, *told = why;
    bool anchored;

    if (base_do(office->db, "UPDATE space SET night_ms = ?2 WHERE id = ?1", why, NULL, NULL, "ii", o->space.id, now_ms()))
        return -1;
    anchored = anchor_write(office, o, why) == 0;
    if (!anchored)
        told = &later;
    if (checkpoint_make(night, office, o, told) || (night->backup && copies_make(night, office, o, told)) || (night->cut && cut_off(o, told)))
        return -1;
    return anchored ? 0 : -1;
}
