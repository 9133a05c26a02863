/* sim/scene.h — the reference scene for cuts and failures: a central with rows sealed and pending, a hub with a tablet's log to be merged, and the three
 * pieces of work that are disturbed: writing, sealing, syncing. Central's disk and the hub are put back fast, thousands of times. */
#ifndef TESTS_SIM_SCENE_H
#define TESTS_SIM_SCENE_H

#include "fleet.h"
#include "folder.h"

#define CENTRAL 0
#define TABLET 1

struct scene {
    struct fleet f;
    struct crash_snapshot *ready; /* of central's disk, closed */
    struct folder_state *hub;
    int64_t rows_before;          /* in keluarga */
    char *final_rows;             /* what a sync ends with; set by the first one */
};

void scene_init(struct scene *s);
void scene_release(struct scene *s); /* central must be closed */
void scene_restore(struct scene *s);

/* JEMPUT_OK, or why not. */
enum jemput_status scene_open(struct scene *s, struct jemput_error *err);
void scene_close(struct scene *s); /* central may be closed already */

/* Gives how many transactions were acknowledged, and the status of the engine's call. */
typedef unsigned (*scene_work)(struct scene *s, struct jemput_error *err);
unsigned scene_write(struct scene *s, struct jemput_error *err);
unsigned scene_seal(struct scene *s, struct jemput_error *err);
unsigned scene_sync(struct scene *s, struct jemput_error *err);

/* Every acknowledged transaction is there, at most one more, and replaying the logs gives the rows. */
void scene_check_rows(struct scene *s, unsigned acked);
/* The next sync ends complete, with the same rows, conflicts and held rows as every other. */
void scene_check_sync(struct scene *s, unsigned acked);

#endif
