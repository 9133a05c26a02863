/* api/checkpoint/prune.c — old generations of logs taken off a hub in a folder: those whose writer has moved on, and that a checkpoint which is
 * backed up covers. What no ref leads to then goes with them (repo/hub.h). */
#include <jemput/device.h>

#include "api/checkpoint/checkpoint.h"
#include "api/roster/roster.h"

#include <string.h>

#include "repo/hub.h"

struct seen { /* a log's ref at the hub */
    char name[LOG_REF_BYTES];
    struct jemput_writer writer;
    struct jemput_oid oid;
    uint32_t generation;
    bool branch;
};

struct listing {
    struct jemput_arena arena;
    struct seen *of;
    uint32_t count, room;
};

static enum jemput_status ref_take(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct listing *l = ctx;
    struct seen s = { .oid = *oid }, *of;

    if (!engine_ref_parse(name, &s.writer, &s.branch, &s.generation))
        return JEMPUT_OK;
    of = jemput_arena_room(&l->arena, l->of, l->count, &l->room, sizeof *of);
    if (!of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for refs");
    l->of = of;
    memcpy(s.name, name, strlen(name) + 1); /* it is short enough, or it would not have been parsed */
    l->of[l->count++] = s;
    return JEMPUT_OK;
}

static bool has_moved_on(const struct listing *l, const struct seen *s)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (!l->of[i].branch && l->of[i].generation > s->generation && jemput_writer_compare(&l->of[i].writer, &s->writer) == 0)
            return true;
    return false;
}

/* Is all of it in the state that central has signed and backed up? */
static enum jemput_status may_go(struct jemput *j, const struct engine_checkpoint *c, const struct listing *l, const struct seen *s, bool *out,
                                 struct jemput_error *err)
{
    struct jemput_segment tip;
    enum jemput_status st;

    *out = false;
    if (!has_moved_on(l, s))
        return JEMPUT_OK;
    st = jemput_store_segment_of_commit(j->store, s->oid.id, &tip, err);
    if (!st)
        st = engine_checkpoint_covers(j, c, tip.id, out, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

struct lacking {
    struct jemput *j;
    const struct engine_checkpoint *c;
};

static enum jemput_status commit_lacks(void *ctx, const struct jemput_oid *commit, bool *out, struct jemput_error *err)
{
    const struct lacking *l = ctx;
    struct jemput_segment segment;
    enum jemput_status st = jemput_store_segment_of_commit(l->j->store, commit->id, &segment, err);

    *out = false;
    if (!st)
        st = engine_checkpoint_covers(l->j, l->c, segment.id, out, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status prune(struct jemput *j, struct jemput_hub *hub, struct jemput_prune_report *report, struct jemput_error *err)
{
    struct listing l = { .count = 0 };
    struct jemput_hub_drop *drops = NULL;
    size_t records_len = 0;
    char *records = NULL;
    struct jemput_hub_pruned done = { 0 };
    struct engine_checkpoint c;
    struct lacking lacking = { j, &c };
    unsigned count = 0, skipped;
    enum jemput_status st = engine_checkpoint_newest(j, &c, err);

    if (!st && !engine_checkpoint_backed_up(j, &c))
        st = jemput_fail(err, JEMPUT_DENIED, "central has not signed that the newest checkpoint is backed up: jemput checkpoint --backed-up, there");
    if (!st)
        st = jemput_hub_refs(hub, LOG_REF_PREFIX, ref_take, &l, &skipped, err);
    if (!st) {
        drops = jemput_arena_array(&l.arena, l.count, sizeof *drops);
        st = drops ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for refs");
    }
    for (uint32_t i = 0; !st && i < l.count; i++) {
        bool goes;

        st = may_go(j, &c, &l, &l.of[i], &goes, err);
        if (!st && goes)
            drops[count++] = (struct jemput_hub_drop){ l.of[i].name, l.of[i].oid };
    }
    if (!st)
        st = jemput_roster_file(j, &records, &records_len, err);
    if (!st)
        st = jemput_hub_prune(hub, jemput_bytes_of(records, records_len), drops, count, commit_lacks, &lacking, &done, err);
    jemput_text_free(records);
    jemput_arena_release(&l.arena);
    if (!st)
        *report = (struct jemput_prune_report){ .refs = done.refs, .packs = done.packs, .young = done.young };
    return st;
}

enum jemput_status jemput_prune_hub(struct jemput *j, const char *path, struct jemput_prune_report *report, struct jemput_error *err)
{
    struct jemput_hub *hub = NULL;
    struct jemput_info info;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_roster_refresh(j, err);
    if (!st && !engine_has_role(j, JEMPUT_ROLE_ADMIN) && !engine_has_role(j, JEMPUT_ROLE_PUSAT))
        st = jemput_fail(err, JEMPUT_DENIED, "only an administrator or central takes old logs off a hub");
    if (!st && !path)
        st = jemput_info_get(j, &info, err);
    if (!st && !path && !info.hub[0])
        st = jemput_fail(err, JEMPUT_MISUSE, "no hub is known to this store yet: name one");
    if (!st)
        st = jemput_hub_open_folder(&hub, j->env, path ? path : info.hub, err);
    if (!st)
        st = prune(j, hub, report, err);
    jemput_hub_close(hub);
    return st ? jemput_wrap(err, "prune hub") : JEMPUT_OK;
}
