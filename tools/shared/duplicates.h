/* duplicates.h — which persons, or households, may be one: pairs, each with a score and its reasons. Pure.
 *
 * Not every pair is looked at: only those that share a key (the number, or all of it but one digit or two swapped ones; the birth date; the name by
 * its sound with most of the birth date; for households the number, the head, the address). So the work grows with the rows, not their square. */
#ifndef JEMPUT_SHARED_DUPLICATES_H
#define JEMPUT_SHARED_DUPLICATES_H

#include "person.h"

/* Reasons, as bits. */
enum {
    REASON_NUMBER_SAME = 1 << 0,
    REASON_NUMBER_DIGIT = 1 << 1, /* one digit differs, or could not be read */
    REASON_NUMBER_SWAPPED = 1 << 2,
    REASON_NUMBER_OTHER = 1 << 3, /* speaks against it */
    REASON_NAME_SAME = 1 << 4,
    REASON_NAME_SPELLS = 1 << 5,
    REASON_NAME_SOUNDS = 1 << 6,
    REASON_NAME_SIMILAR = 1 << 7,
    REASON_NAME_OTHER = 1 << 8, /* against */
    REASON_BORN_SAME = 1 << 9,
    REASON_BORN_SWAPPED = 1 << 10, /* day and month */
    REASON_BORN_DIGIT = 1 << 11,
    REASON_BORN_UNKNOWN = 1 << 12, /* of one of the two */
    REASON_BORN_OTHER = 1 << 13,   /* against */
    REASON_MOTHER_SAME = 1 << 14,
    REASON_MOTHER_OTHER = 1 << 15, /* against */
    REASON_PLACE_SAME = 1 << 16,
    REASON_HOUSEHOLD_SAME = 1 << 17,
    REASON_SEX_OTHER = 1 << 18, /* against */
    REASON_ADDRESS_SAME = 1 << 19,
    REASON_QUARTER_SAME = 1 << 20, /* RT, RW and kelurahan */
    REASON_COUNT = 21
};
/* "NOMOR_SAMA": by bit, for programs. */
extern const char *const reason_codes[REASON_COUNT];

struct suspicion {
    uint32_t a, b;  /* places among the parties, a < b */
    unsigned score; /* 0 … 100 */
    uint32_t reasons;
};

struct suspicions {
    size_t count, capacity;
    struct suspicion *of; /* highest score first */
};

/* Those of at least `min`. `progress`: called now and then with how many pairs were looked at, and of how many. Release `out`. */
void suspicions_find(struct suspicions *out, const struct parties *parties, enum party_kind kind, unsigned min,
                     void (*progress)(uint64_t done, uint64_t total));
void suspicions_release(struct suspicions *s);
/* Of two rows alone. */
struct suspicion suspicion_of(const struct party *a, const struct party *b, enum party_kind kind);

#endif
