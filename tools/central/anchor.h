/* anchor.h — the head of looks.db in central's signed log: so that cutting the chain's end off shows, at every device of every space.
 *
 * A row of daftar_kode (schema/adminduk) a day, which no pick list offers: nama_daftar 'jejak_lihat', versi 1, kode 'YYYY-MM-DD DEVICE' (central's
 * number in that space), label "N HASH"; written by the night's work when the head has moved, and never changed: what the next night signs of a chain
 * whose end was cut off stands beside what shows it. Of a schema that has no such table nothing is written. */
#ifndef JEMPUT_CENTRAL_ANCHOR_H
#define JEMPUT_CENTRAL_ANCHOR_H

#include "looks.h"
#include "opened.h"

/* Write the head into the space's store; it is sent with the next round, which is asked for. No looks.db, nothing new, or no right to: nothing. */
int anchor_write(struct office *office, struct opened *o, struct trouble *why);

struct anchor_gap { /* an anchor whose entry the chain has not, or has another, or that somebody has changed; borrowed for the call */
    int64_t space_id;
    const char *space, *code, *label;
    int64_t n; /* the entry that it names; 0 = none that can be read */
    /* What an administrator of that space has signed of it: looks.db was put back from an older copy, and why. NULL = nobody has. */
    const char *reason;
    int64_t device, at_ms; /* whose device, and when by its clock */
};
struct anchor_check {
    int64_t anchors;      /* that central.db has, of all spaces, signed by this folder's own devices */
    int64_t missing;      /* gaps that nobody has acknowledged */
    int64_t acknowledged; /* gaps that an administrator has: no alarm any more, and told for ever */
    int64_t cut;          /* the entry that the first missing one names; 0 = none that can be read */
    char space[NAME_BYTES], code[32]; /* whose that is, and its kode */
};
/* Compare the chain with all own anchors in central.db (which `jemput central audit` compares with the logs); `each` (NULL = nobody) hears of gaps.
 * An anchor that went with its row would not be missed: the schema's policy lets nobody delete a code (what a space of
 * an older one needs: jemput console looks --help). */
int anchors_check(struct anchor_check *out, struct office *office, struct looks *looks, void (*each)(void *ctx, const struct anchor_gap *gap),
                  void *ctx, struct trouble *why);
/* An administrator's word on all gaps of a space that nobody has acknowledged, written into their own store there, `admin`: signed with its next sync
 * (daftar_kode 'jejak_lihat_akui', a row a gap, its kode that of the anchor and something by chance). *count: so many; failed: none. BROKEN: they may
 * not. It counts as long as who signed it is an administrator there. */
int anchors_acknowledge(struct office *office, struct looks *looks, int64_t space, struct jemput *admin, const char *reason, int64_t *count,
                        struct trouble *why);

#endif
