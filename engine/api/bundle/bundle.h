/* api/bundle/bundle.h — a bundle as it was looked through: which segments are whole in it, where each log ends, and what its manifest says.
 *
 * The names of branches in the file's head are not needed for that: each segment says whose it is. So damage in the head costs nothing, and damage in
 * the middle of a log costs what comes after it. */
#ifndef JEMPUT_API_BUNDLE_BUNDLE_H
#define JEMPUT_API_BUNDLE_BUNDLE_H

#include <jemput/bundle.h>

#include "api/engine.h"
#include "log/manifest.h"
#include "repo/bundle.h"

#define BUNDLE_NONE UINT32_MAX

struct bundle_node { /* one segment */
    struct jemput_oid oid;
    struct jemput_oid parent; /* the first one, if it has_parent */
    bool has_parent;
    bool goes_on; /* another one here has it for its first parent, */
    uint32_t before; /* and this is that of its own; BUNDLE_NONE = it is not here */
    struct jemput_writer writer; /* all zero: the genesis segment */
    uint32_t generation;
    uint64_t number;
    struct jemput_hash hash;
    struct jemput_space space;
};
struct bundle_nodes { /* zeroed = empty; once they are linked they are ascending by number */
    struct bundle_node *of;
    uint32_t count, room;
    uint32_t *by_oid; /* places of nodes, ascending by their ids */
};
struct bundle_end { /* where a log ends */
    char ref[LOG_REF_BYTES];
    uint32_t node, first; /* the last one, and the one with which it begins here */
};
struct bundle_ends {
    struct bundle_end *of; /* in the arena given */
    uint32_t count;
};

/* --- bundle/nodes.c --- */

enum jemput_status bundle_node_add(struct bundle_nodes *nodes, const struct jemput_commit *commit, const struct jemput_header *header,
                                   struct jemput_error *err) JEMPUT_MUST_USE;
/* All are added: who follows whom? */
enum jemput_status bundle_nodes_link(struct bundle_nodes *nodes, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of linked ones. BUNDLE_NONE: it is not there. */
uint32_t bundle_node_of(const struct bundle_nodes *nodes, const struct jemput_oid *oid);
/* The ends of all logs, named as branches: the lower ones by the log's own name, others of the same generation beside it by their hash. */
enum jemput_status bundle_ends_find(const struct bundle_nodes *nodes, struct bundle_ends *out, struct jemput_arena *arena,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
void bundle_nodes_release(struct bundle_nodes *nodes);

/* --- bundle/read.c --- */

struct run;
struct bundle_reading {
    struct jemput_env *env;
    const char *path;
    struct jemput_bundle_reader reader; /* if there is no path */
    struct run *run; /* asked at each reading whether it goes on; NULL = it does */
    struct jemput_bundle_file file;
    struct jemput_bundle *bundle;
    struct bundle_nodes nodes;
    struct bundle_ends ends;
    struct jemput_manifest manifest; /* if info.manifest is JEMPUT_MANIFEST_GOOD */
    struct jemput_hash manifest_hash; /* of its text; it names the bundle */
    struct jemput_space space;       /* if info.space is not empty */
    struct jemput_bundle_info info;
    struct jemput_arena arena;
};
/* `reading` is zeroed; release it whatever comes. Errors as jemput_bundle_take() */
enum jemput_status bundle_reading_open(struct bundle_reading *reading, struct jemput_env *env, const char *path,
                                       const struct jemput_bundle_reader *reader, struct jemput_error *err) JEMPUT_MUST_USE;
void bundle_reading_release(struct bundle_reading *reading);
/* Writer, numbers and generation of a log. */
void bundle_log_say(const struct bundle_reading *reading, const struct bundle_end *end, struct jemput_bundle_log *out);

/* --- parcel.c: what this device carries for others --- */

struct bundle_taking;
/* Keep what of the bundle's logs is not for this device to merge, or lacks what comes before; note what is to be handed on. */
enum jemput_status run_parcels_keep(struct run *r, struct bundle_reading *reading, struct jemput_bundle_taken *out,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Let go what central's receipts cover. Inside a transaction. */
enum jemput_status run_parcels_settle(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
