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

struct anchor_check {
    int64_t anchors; /* that central.db has, of all spaces, signed by this folder's own devices */
    int64_t missing; /* of those: whose entry the chain has not, or has another */
    int64_t cut;     /* the entry that the first of these names; 0 = none that can be read */
    char space[NAME_BYTES], code[32]; /* whose that is, and its kode */
};
/* Compare the chain with all own anchors in central.db (which `jemput central audit` compares with the logs). */
int anchors_check(struct anchor_check *out, struct office *office, struct looks *looks, struct trouble *why);

#endif
