/* api/audit/hub.h — checking a hub's folder: its segments as nodes of one graph, and what follows from them.
 *
 * There is no store and no key here. Each segment certifies itself (segment.c); chains, contexts and the roster are looked at over the nodes. */
#ifndef JEMPUT_API_AUDIT_HUB_H
#define JEMPUT_API_AUDIT_HUB_H

#include "api/audit/audit.h"
#include "api/ingest/segment.h"

struct hub_node { /* a segment that holds by itself */
    struct jemput_writer writer;
    uint64_t number; /* 0 = genesis */
    uint32_t generation;
    struct jemput_hash hash, previous;
    struct jemput_oid oid;
    uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES];
    jemput_stamp stamp;
    struct jemput_context merged; /* in the graph's arena */
    bool control;
    struct jemput_bytes payload; /* of control segments, likewise */
    bool in_file;    /* told by the hub's roster file; */
    bool filed;      /* and on no branch, as far as was walked */
    uint32_t parent; /* node before it in its log; HUB_NONE */
    uint32_t mark;   /* of the walk that was here last */
};
#define HUB_NONE UINT32_MAX

struct hub_graph {
    struct audit *audit;
    struct jemput_source *source;
    struct jemput_arena arena;
    struct hub_node *nodes;
    uint32_t count, room;
    uint32_t *by_hash; /* open addressing, a power of two of places: node + 1; 0 = empty */
    uint32_t places;
    uint32_t *todo; /* scratch of walks: `room` of them */
    uint32_t walk;
    const struct jemput_bundle_head *bundle; /* it is a bundle, and no hub; NULL = a hub */
    bool partial; /* a bundle that goes on from what is not in it */
    bool filed;   /* the hub has a roster file: its logs may begin behind a checkpoint */
};

struct bundle_reading;
/* A folder, or the file of a bundle, of whose damage there are findings then (bundle/audit.c). `reading` is zeroed, and released after the hub. */
enum jemput_status hub_audited_open(struct hub_graph *g, const char *path, struct jemput_hub **hub, struct bundle_reading *reading,
                                    struct jemput_hub_carried *carried, struct jemput_error *err) JEMPUT_MUST_USE;
/* May a commit be missing: does the bundle say that whoever takes it has it? */
bool hub_bundle_lacks(const struct hub_graph *g, const struct jemput_oid *oid);

/* Of a segment that was read into the graph's arena, and whose hash is not there yet. */
enum jemput_status hub_node_add(struct hub_graph *g, const struct engine_segment *s, uint32_t *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* HUB_NONE: it is not here. */
uint32_t hub_node_of(const struct hub_graph *g, const struct jemput_hash *hash);
struct hub_name {
    char text[64];
};
/* "segment 7 of log 0f3a91c2", for findings. */
struct hub_name hub_place(const struct hub_node *node);

/* --- audit/hub.c, for hub/gate.c --- */

/* Is given the roster; NULL = there is none. */
typedef enum jemput_status (*hub_roster_fn)(void *ctx, const struct jemput_roster *roster, struct jemput_error *err);
enum jemput_status hub_roster_use(const char *path, struct jemput_env *env, hub_roster_fn use, void *ctx, char space[65],
                                  struct jemput_error *err) JEMPUT_MUST_USE;

/* --- hub/roster_file.c --- */

/* The control segments that stand in the hub's roster file, if it has one, as nodes; then the space is known, too. JEMPUT_CORRUPT: damaged */
enum jemput_status hub_roster_file_read(struct hub_graph *g, const char *path, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- audit/hub_media.c --- */

/* Branches of attachments, commit by commit. */
enum jemput_status hub_media(struct hub_graph *g, struct jemput_hub *hub, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- audit/hub_context.c --- */

/* What segments had seen is here, as they say it; counts logs. */
enum jemput_status hub_contexts(struct hub_graph *g, struct jemput_error *err) JEMPUT_MUST_USE;
/* Count logs that go on in two ways. */
enum jemput_status hub_forks(struct hub_graph *g, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- audit/hub_roster.c --- */

/* Fold the control records; count who is enrolled, and what is void. *found = false: there is no genesis segment to begin with, and `roster` is not
 * set; else it is in the graph's arena. */
enum jemput_status hub_roster(struct hub_graph *g, struct jemput_roster *roster, bool *found, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
