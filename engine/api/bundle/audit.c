/* api/bundle/audit.c — a bundle that is audited in the place of a hub: what its file says of itself, and what it goes on from. See audit/hub.h. */
#include "api/audit/hub.h"
#include "api/bundle/bundle.h"

#include <string.h>

static void bundle_check(struct hub_graph *g, const struct bundle_reading *reading)
{
    const struct jemput_bundle_info *i = &reading->info;

    g->bundle = jemput_bundle_head(reading->bundle);
    g->partial = g->bundle->base_count > 0 || (i->manifest == JEMPUT_MANIFEST_GOOD && reading->manifest.has_since);
    g->audit->part = JEMPUT_AUDIT_FILE;
    if (i->manifest == JEMPUT_MANIFEST_DAMAGED)
        audit_find(g->audit, "the bundle's manifest is damaged, or not signed by the device that it names");
    if (i->blocks_damaged)
        audit_say(g->audit, "%u of the bundle's %u blocks are not what its manifest says, the first one at byte %llu", (unsigned)i->blocks_damaged,
                  (unsigned)i->blocks, (unsigned long long)i->damaged_at);
    if (i->damaged)
        audit_say(g->audit, "the bundle is damaged or cut in %u places", (unsigned)i->damaged);
    if (i->segments_lost)
        audit_say(g->audit, "%llu segments that should be in the bundle are not whole in it", (unsigned long long)i->segments_lost);
    if (i->attachment_chunks_lost)
        audit_say(g->audit, "%llu chunks of attachments that should be in the bundle are not whole in it",
                  (unsigned long long)i->attachment_chunks_lost);
}

static enum jemput_status bundle_refs(struct bundle_reading *reading, struct jemput_hub_carried *out, struct jemput_error *err)
{
    struct jemput_bundle_ref *refs = jemput_arena_array(&reading->arena, reading->ends.count, sizeof *refs);

    if (!refs)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for branches");
    for (uint32_t i = 0; i < reading->ends.count; i++)
        refs[i] = (struct jemput_bundle_ref){ reading->ends.of[i].ref, reading->nodes.of[reading->ends.of[i].node].oid };
    *out = (struct jemput_hub_carried){ reading->bundle, jemput_bundle_source(reading->bundle, NULL), refs, reading->ends.count };
    return JEMPUT_OK;
}

enum jemput_status hub_audited_open(struct hub_graph *g, const char *path, struct jemput_hub **hub, struct bundle_reading *reading,
                                    struct jemput_hub_carried *carried, struct jemput_error *err)
{
    struct jemput_env *env = g->audit->j->env;
    struct jemput_file_info info;

    if (env->stat(env, path, &info, err) || info.kind != JEMPUT_FILE_REGULAR)
        return jemput_hub_open_folder(hub, env, path, err);
    if (bundle_reading_open(reading, env, path, NULL, err) || bundle_refs(reading, carried, err))
        return err->status;
    bundle_check(g, reading);
    return jemput_hub_open_bundle(hub, carried, err);
}

bool hub_bundle_lacks(const struct hub_graph *g, const struct jemput_oid *oid)
{
    for (unsigned i = 0; g->bundle && i < g->bundle->base_count; i++)
        if (memcmp(g->bundle->bases[i].id, oid->id, sizeof oid->id) == 0)
            return true;
    return false;
}
