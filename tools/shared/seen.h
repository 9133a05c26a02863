/* seen.h — a set of ids that one run of the import has met, with a number and a note for each. */
#ifndef JEMPUT_SHARED_SEEN_H
#define JEMPUT_SHARED_SEEN_H

#include <stddef.h>
#include <stdint.h>

enum { ID_BYTES = 16 };

struct id {
    uint8_t bytes[ID_BYTES];
};

struct seen_entry {
    struct id id;
    unsigned count;     /* the caller's */
    unsigned long line; /* the caller's; of the file's row that made it */
    uint64_t *cells;    /* the caller's, freed with the set: what that row said */
};

struct seen { /* zeroed = empty */
    size_t count, capacity;
    struct seen_entry **slots;
};

/* The id's entry, made (all zero) if there is none yet. Stays where it is until seen_release(). */
struct seen_entry *seen_get(struct seen *seen, const struct id *id);
void seen_release(struct seen *seen);

#endif
