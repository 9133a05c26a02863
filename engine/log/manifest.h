/* log/manifest.h — a bundle's manifest: the canonical text that its signed commit carries as its message, and the digests of the file's blocks as
 * that commit's payload.
 *
 * Segments are signed by themselves, so nothing rests on the manifest: it tells what should be in the file, who carried it and since when, and where
 * it is damaged (schema/formats/bundle.md). There is one text for a manifest, as for a header. */
#ifndef JEMPUT_LOG_MANIFEST_H
#define JEMPUT_LOG_MANIFEST_H

#include "base/limits.h"
#include "change/context.h"
#include "clock/hlc.h"
#include "identity/writer.h"

#define JEMPUT_MANIFEST_BLOCK_BYTES (64u * 1024)

struct jemput_manifest_log { /* segments of one generation of a log, up to one end */
    struct jemput_writer writer;
    uint32_t generation;
    uint64_t first, last;     /* numbers; 0 = the genesis segment */
    struct jemput_hash hash;  /* of the last one */
    uint8_t commit[20];       /* likewise */
};

struct jemput_manifest {
    struct jemput_space space;
    struct jemput_writer carrier;
    uint32_t epoch;            /* the carrier's */
    uint64_t made_ms;          /* by the carrier's clock: claimed */
    bool has_for;
    struct jemput_writer made_for;
    bool has_since;            /* what central's segment `since` says that it has is not in the file */
    struct jemput_head since;
    uint32_t log_count;
    struct jemput_manifest_log *logs; /* ascending; in the owner's arena */
    uint32_t chunk_count;             /* of attachments, */
    uint64_t chunk_bytes;             /* sealed; without any the text is of format 1 */
    uint64_t pack_at, pack_bytes;     /* the part of the file that the digests are of: up to the manifest's own objects */
    uint32_t block_count;             /* of JEMPUT_MANIFEST_BLOCK_BYTES, the last one may be shorter */
    struct jemput_hash blocks_hash;   /* BLAKE2b-256 of all digests, one behind the other */
};

/* Sort the logs, which the text wants in order. */
void jemput_manifest_sort(struct jemput_manifest *m);
void jemput_manifest_write(struct jemput_buf *out, const struct jemput_manifest *m);
/* JEMPUT_CORRUPT all that jemput_manifest_write would not have written    JEMPUT_UPGRADE a newer format    JEMPUT_NOMEM JEMPUT_LIMIT */
enum jemput_status jemput_manifest_read(struct jemput_manifest *out, struct jemput_bytes text, struct jemput_arena *arena,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* Is it a manifest, of whatever format? */
bool jemput_manifest_is(struct jemput_bytes text);

#endif
