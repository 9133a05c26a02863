/* jemput/checkpoint.h — history that ends: signed states, cutting off, forgetting (schema/formats/checkpoint.md). */
#ifndef JEMPUT_CHECKPOINT_H
#define JEMPUT_CHECKPOINT_H

#include <jemput/base.h>

struct jemput_checkpoint_report {
    char segment[65];    /* hash of the segment that states it, hex */
    char state_hash[65]; /* jemput_state_hash() of what it covers */
    uint64_t at_number, number;  /* central's segment that it stands at, and the one that states it */
    uint32_t chunks;     /* how many segments carry it */
    uint64_t bytes;      /* before they were compressed */
};

/* At central: sign the whole state as it was at an own segment, so that a new device can begin from there, and older data can be cut off. What is
 * signed is computed again from the logs, like jemput_rebuild() does, which takes as long and as much room. It goes out with the next sync.
 *   min_age_ms   stand at a segment that was sealed so long ago, by this device's clock: what came later can still be revoked. 0 = now
 *   JEMPUT_DENIED this device is not central, or some of what is here cannot be read   JEMPUT_NOTFOUND nothing is old enough, or all that is has a
 *   checkpoint; or the key that tells which rows are forgotten has not come yet   JEMPUT_CORRUPT the logs here are not whole   JEMPUT_CANCELLED
 *   JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_checkpoint_make(struct jemput *jemput, int64_t min_age_ms, struct jemput_checkpoint_report *report,
                                                     struct jemput_error *err) JEMPUT_CHECKED;

/* At central: sign that what the newest checkpoint covers, and the checkpoint, has been copied to a safe place. Before that, nobody cuts anything
 * off.
 *   JEMPUT_DENIED this device is not central   JEMPUT_NOTFOUND there is no checkpoint   JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_checkpoint_backed_up(struct jemput *jemput, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_cut_report {
    uint64_t segments; /* whose data went */
    uint64_t bytes;    /* that it took in the store */
    int erased;        /* 1 = there are forgotten rows (jemput_forget()), keys to what held them were destroyed, the file was rewritten, its log
                        * emptied: nothing of them is left in it. 0 though there are: somebody was reading (call again), or an edit of one came in
                        * that the checkpoint does not cover (the next one does) */
};

/* Take the data that the newest checkpoint covers out of this store, and give the room back. Who wrote when, and having seen what, stays;
 * what edits were, and their notes, cannot be looked up any more. Before that, the state that the covered segments give here is compared with the one
 * that central signed. In small transactions; cut short, it is called again. Afterwards jemput_rebuild() and jemput_verify() begin at the checkpoint.
 *   JEMPUT_NOTFOUND there is no checkpoint    JEMPUT_DENIED central has not signed that it is backed up, or some of it cannot be read here
 *   JEMPUT_CORRUPT  central signed another state: nothing was cut    JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_checkpoint_cut(struct jemput *jemput, struct jemput_cut_report *report, struct jemput_error *err) JEMPUT_CHECKED;

/* Have a row forgotten (UU 27/2022): as an administrator, or central. The record is signed and goes out with the next sync; every device computes its
 * state again, as if the row had never been written, and leaves out whatever is written to it later. Rows that name it by a FOREIGN KEY are held.
 * Who has the key afterwards knows that there was a row, so the key itself should not be personal data. Old data goes from each store when a
 * checkpoint that covers the record has been made, and is cut off there: jemput_checkpoint_cut().
 *   basis   one line: the legal basis; no personal data    JEMPUT_DENIED not an administrator's device, nor central   JEMPUT_NOTFOUND no such table
 *   JEMPUT_MISUSE invalid key or basis    JEMPUT_BUSY JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM; else as jemput_rebuild(): the record is sealed
 *   then, and the next sync or rebuild does the rest */
JEMPUT_API enum jemput_status jemput_forget(struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned key_count,
                                            const char *basis, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_forget_place { /* a device that has been let in; one that is revoked is told once, whatever keys it has had */
    char writer[33];
    uint32_t device_number;
    char roles[64]; /* as now; of one that is revoked, those that it was let in with */
    int reads;  /* 0 = it has never been handed a key, so there is nothing to erase */
    int erased; /* 1 = it has signed that nothing is left there of all that was forgotten, as known here */
    int revoked; /* 1 = or what had let it in is void: it is out of reach. Unless it had erased before, it may hold a copy as long as it is there */
    uint32_t sealed_since; /* of one that is revoked and has read: it was not handed the key of this key epoch, nor of any later one; 0 = it has the
                            * newest, until central or an administrator has synced */
};
/* The place is borrowed for the call; non-zero ends the telling. */
typedef int (*jemput_forget_place_cb)(void *ctx, const struct jemput_forget_place *place);
/* Which devices have erased what was forgotten, and which are out of reach.   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_forget_places(struct jemput *jemput, jemput_forget_place_cb each, void *ctx,
                                                   struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_prune_report {
    unsigned refs;  /* old generations of logs that went */
    unsigned packs; /* files of the hub that were rewritten without them, or were of no use any more */
    unsigned young; /* files that stay for now, because a push that is under way may have written them: try again in ten minutes */
};
/* Take what is old off a hub in a folder, as an administrator or central: generations of logs whose writers have moved on and that the newest
 * checkpoint covers, once that is backed up; and whatever no log leads to any more. A device that has not heard of the checkpoint yet begins with it.
 *   hub    NULL = the one of the last sync
 *   JEMPUT_DENIED not an administrator's device, nor central; it is not backed up; the hub holds other branches, or cannot be written
 *   JEMPUT_NOTFOUND there is no checkpoint, or no hub   JEMPUT_BUSY somebody else is writing there
 *   JEMPUT_CORRUPT the hub is damaged: nothing of it was taken away
 *   JEMPUT_MISUSE `hub` is NULL and this store knows no hub   JEMPUT_OFFLINE JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_prune_hub(struct jemput *jemput, const char *hub, struct jemput_prune_report *report,
                                               struct jemput_error *err) JEMPUT_CHECKED;
#endif
