/* person.h — the persons and households of a store, as they are compared: shown rows and held ones. */
#ifndef JEMPUT_SHARED_PERSON_H
#define JEMPUT_SHARED_PERSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jemput/jemput.h>

#include "cell.h"
#include "names.h"

struct party { /* a person or a household; texts owned, "" where the row says nothing */
    struct jemput_datum id; /* a key of one value; its bytes are owned */
    bool held;
    char *title;         /* how people call it: the name, or that of the head */
    char number[CELL_DIGITS + 1]; /* NIK or KK number as it is compared: 16 digits, one of which may be '?'; "" = none that says something */
    struct name name;    /* of the person, or the head */
    /* persons */
    char *born;          /* yyyy-mm-dd; else as written */
    char *sex, *household; /* household: its id as bytes in hex */
    struct name birthplace, mother;
    /* households */
    char *address, *quarter; /* quarter: RT/RW and kelurahan */
};

struct parties {
    size_t count, capacity;
    struct party *of;
};

enum party_kind { PARTY_ORANG, PARTY_KELUARGA };

/* Every row of the table, shown or held. The exit code; -1 = done. Release in both cases. */
int parties_read(struct parties *out, struct jemput *jemput, enum party_kind kind);
void parties_release(struct parties *parties);

#endif
