/* bench.h — one run of the benchmark: what was asked for, where it works, what came of it. */
#ifndef JEMPUT_BENCH_BENCH_H
#define JEMPUT_BENCH_BENCH_H

#include "figures.h"
#include "folder.h"
#include "shape.h"

struct bench_size { /* how much work there is */
    const char *name;                /* "small", "large", "peak" */
    const struct shape *shape;
    unsigned tablets, applications;  /* of each tablet */
};

enum { SIZE_SMALL, SIZE_LARGE, SIZE_PEAK, SIZES_MAX };

struct bench_options {
    unsigned block, blocks; /* local write: transactions in a block, and blocks of either side */
    unsigned runs;          /* repetitions of what is done once */
    unsigned photos;        /* photos of 250 kB that are taken in; 0 = that is left out */
    bool sealed;            /* jemput's stores are sealed at rest */
    uint64_t seed;
};

struct bench {
    struct bench_options options;
    struct bench_size sizes[SIZES_MAX];
    bool measured[SIZES_MAX]; /* is asked for; the small one always is */
    unsigned at;              /* which one is being measured */
    char folder[FOLDER_PATH_BYTES]; /* on the disk that is measured */
    char ram[FOLDER_PATH_BYTES];    /* on a RAM disk; "" = there is none */
    const char *central;            /* the program jemput-central; NULL = there is none */
    const char *postgres;           /* how to reach a PostgreSQL server; NULL = none was given */
    const char *peer;               /* another engine's program (peer.c); NULL = none */
    struct figures figures[SIZES_MAX];
};

static inline unsigned bench_applications(const struct bench *b) /* of a tablet at the size that is being measured */
{
    return b->sizes[b->at].applications;
}
static inline unsigned bench_tablets(const struct bench *b)
{
    return b->sizes[b->at].tablets;
}
static inline const struct shape *bench_shape(const struct bench *b)
{
    return b->sizes[b->at].shape;
}

/* Local write, in a folder of its own (write.c). */
void bench_write(struct bench *b);
/* The field day: tablets collect and send, central merges, tablets take over (field.c, centre.c, trickle.c). */
void bench_field(struct bench *b);
void bench_centre(struct bench *b);
void bench_trickle(struct bench *b);
/* After the field day: round trips and bytes over HTTP (trips.c), and what stock git sends (gitpush.c). */
void bench_trips(struct bench *b);
void bench_git(struct bench *b);
/* Does the officer wait for a sync? (beside.c) */
void bench_beside(struct bench *b);
/* Into central.db, and PostgreSQL (project.c). */
void bench_project(struct bench *b);
/* Another engine on the same work (peer.c). After the field day, whose raw figures stand beside its own. */
void bench_peer(struct bench *b);
/* A day with photos, at the small size alone (photo.c). */
void bench_photos(struct bench *b);

#endif
