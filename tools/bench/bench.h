/* bench.h — one run of the benchmark: what was asked for, where it works, what came of it. */
#ifndef JEMPUT_BENCH_BENCH_H
#define JEMPUT_BENCH_BENCH_H

#include "figures.h"
#include "folder.h"
#include "shape.h"

struct bench_options {
    const struct shape *shape;
    unsigned tablets, applications; /* of each tablet, at the small size */
    unsigned scale;                 /* the large size is so many times the small one; 1 = the small one only */
    unsigned block, blocks;         /* local write: transactions in a block, and blocks of either side */
    unsigned runs;                  /* repetitions of what is done once */
    uint64_t seed;
};

struct bench {
    struct bench_options options;
    char folder[FOLDER_PATH_BYTES]; /* on the disk that is measured */
    char ram[FOLDER_PATH_BYTES];    /* on a RAM disk; "" = there is none */
    unsigned at;                    /* which size is being measured: 0 small, 1 large */
    struct figures figures[2];
};

static inline unsigned bench_applications(const struct bench *b) /* of a tablet at the size that is being measured */
{
    return b->options.applications * (b->at ? b->options.scale : 1);
}

/* Local write, in a folder of its own (write.c). */
void bench_write(struct bench *b);
/* The field day: tablets collect and send, central merges, tablets take over (field.c, centre.c, trickle.c). */
void bench_field(struct bench *b);
void bench_centre(struct bench *b);
void bench_trickle(struct bench *b);

#endif
