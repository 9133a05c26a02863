/* anchor.h — the head of looks.db in central's signed log: so that cutting the chain's end off shows, at every device of every space.
 *
 * A row of daftar_kode (schema/adminduk) a month, which no pick list offers: nama_daftar 'jejak_lihat', versi 1, kode 'YYYY-MM', label "N HASH",
 * written by the night's work when the head has moved. Of a schema that has no such table nothing is written. */
#ifndef JEMPUT_CENTRAL_ANCHOR_H
#define JEMPUT_CENTRAL_ANCHOR_H

#include "looks.h"
#include "opened.h"

/* Write the head into the space's store; it is sent with the next round, which is asked for. No looks.db, nothing new, or no right to: nothing. */
int anchor_write(struct office *office, struct opened *o, struct trouble *why);

struct anchor_check {
    int64_t anchors;      /* that central.db has, of all spaces */
    int64_t cut;          /* an entry that one of them names and the chain has not, or has another; 0 = none */
    char space[NAME_BYTES], month[16]; /* whose that is */
};
/* Compare the chain with all anchors in central.db (which `jemput central audit` compares with the logs). */
int anchors_check(struct anchor_check *out, struct office *office, struct looks *looks, struct trouble *why);

#endif
