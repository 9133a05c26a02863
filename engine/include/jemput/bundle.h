/* jemput/bundle.h — bundles: logs in one file, for a stick that somebody carries where there is no signal.
 *
 * A bundle is a git bundle that stock git verifies and fetches, with a signed manifest in it (schema/formats/bundle.md). What is taken from one goes
 * through the same checks as what a hub shows: nothing rests on who carried it. A device also carries what is not its own to read: that goes on,
 * sealed as it came, to a hub at the next sync, or into the next bundle. Taking the same bundle twice changes nothing; one that is damaged or cut
 * gives what is whole of it. */
#ifndef JEMPUT_BUNDLE_H
#define JEMPUT_BUNDLE_H

#include <jemput/sync.h>

/* Streams of the platform, where a path is not enough. JEMPUT_OFFLINE: it went away, as a stick that is pulled out. */
struct jemput_bundle_reader {
    /* Up to `len` bytes from `offset` on; *got = how many, fewer only at the end. The file is looked through from front to back two times, and then
     * read by places: a stream that cannot go back is opened again for that. NULL = not given. */
    enum jemput_status (*read)(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err);
    void *ctx;
};
struct jemput_bundle_writer {
    enum jemput_status (*write)(void *ctx, const void *data, size_t len, struct jemput_error *err); /* the next bytes; NULL = there is none */
    void *ctx;
};

struct jemput_bundle_make_options {
    const char *path; /* the file to be made. It is written beside ("….part"), flushed, and then given its name in place of what had it */
    struct jemput_bundle_writer writer; /* or a stream: whoever gives it keeps what a failed call has written from being taken for a whole file */
    int full;              /* 1 = all that is here; 0 = what central is not known to have, by its last receipt. At central: what some device has not
                            * said yet that it has */
    const char *made_for;  /* a device, by its number or how its writer begins (4 hex digits at least): what that one is not known to have; NULL =
                            * see above */
    int attachments;       /* 1 = with the chunks of attachments that are here and that no receipt of central's is known for; of any, with `full` or
                            * `made_for`, or at central: who takes them keeps what it wants. They come after all text */
    uint64_t attachment_bytes_max; /* as many attachments as have so many bytes together, the urgent and small ones first, at least one; 0 = all */
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* JEMPUT_PHASE_SEND, in git objects; may be NULL; non-zero cancels */
    void *ctx;
};
struct jemput_bundle_made {
    uint64_t segments;  /* 0, and no attachment_chunks = there is nothing to carry, and no file was made */
    uint64_t own;       /* of those, this device's */
    uint64_t carried;   /* of those, others' that this device only carries */
    uint64_t logs, bytes;
    uint64_t attachments, attachment_chunks, attachment_bytes; /* that are in it, with some of their chunks at least; sealed bytes */
    uint64_t attachments_left; /* for which attachment_bytes_max left no room */
    uint64_t since;     /* what central's segment of this number says that it has is not in it; 0 = all is */
};
/* Seals what is pending, and writes a bundle.
 *   JEMPUT_MISUSE neither a path nor a stream; or several devices are meant by `made_for`    JEMPUT_NOTFOUND no such device
 *   JEMPUT_LIMIT too much for one bundle    JEMPUT_CANCELLED    JEMPUT_DENIED read-only, or not let in yet    JEMPUT_CORRUPT the store is damaged
 *   JEMPUT_FULL JEMPUT_OFFLINE JEMPUT_IO JEMPUT_BUSY JEMPUT_NOMEM: no file, or the one that was there before */
JEMPUT_API enum jemput_status jemput_bundle_make(struct jemput *jemput, const struct jemput_bundle_make_options *options,
                                                 struct jemput_bundle_made *out, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_manifest_state {
    JEMPUT_MANIFEST_GOOD = 0,
    JEMPUT_MANIFEST_NONE = 1,    /* made by another program, or cut off */
    JEMPUT_MANIFEST_DAMAGED = 2, /* not whole, or not signed by the key that it says */
};
struct jemput_bundle_info { /* what a file says of itself, and whether that holds */
    char space[65];          /* hex; "" = nothing whole in it says so */
    enum jemput_manifest_state manifest;
    char carrier[33];        /* writer id of the device that made it; "" without a good manifest, as all down to since_number */
    char carrier_key[81];    /* "ssh-ed25519 …" */
    int64_t made_ms;         /* by that device's clock */
    char made_for[33];
    char since[33];          /* central's writer id, if what its segment since_number covers is left out */
    uint64_t since_number;
    uint64_t bytes, segments;/* of the file; whole ones in it */
    uint64_t segments_lost;  /* that the manifest names, or that were seen to be damaged, and are not whole */
    uint64_t attachment_chunks, attachment_bytes; /* whole ones of attachments, sealed */
    uint64_t attachment_chunks_lost;              /* that the manifest counts, and are not whole */
    uint64_t bases;          /* commits that whoever takes it must have */
    uint32_t damaged;        /* places where something was lost */
    uint32_t blocks, blocks_damaged; /* of 64 KiB, by the manifest's digests; 0 = there are none */
    uint64_t damaged_at;     /* offset of the first of those */
};
enum jemput_bundle_fate {
    JEMPUT_BUNDLE_TAKEN = 1,   /* merged, or all of it was known */
    JEMPUT_BUNDLE_CARRIED = 2, /* kept, to be handed on */
    JEMPUT_BUNDLE_WAITS = 3,   /* its device is not let in */
    JEMPUT_BUNDLE_LACKS = 4,   /* it goes on from segments that are not here: kept until those come. Have a fuller bundle made */
    JEMPUT_BUNDLE_REFUSED = 5, /* a check failed: from there on nothing of it counts */
    JEMPUT_BUNDLE_SHOWN = 6,   /* jemput_bundle_show() */
};
struct jemput_bundle_log { /* segments of one log; borrowed for the call */
    char writer[33]; /* "" = the genesis segment alone */
    uint32_t generation;
    uint64_t first, last; /* numbers, of those that are whole in the file */
    enum jemput_bundle_fate fate;
    uint64_t fresh;       /* of those, that were not here before */
    enum jemput_status status; /* if it was refused, */
    const char *why;      /* why: English, without personal data; NULL = it was not */
};
typedef int (*jemput_bundle_log_cb)(void *ctx, const struct jemput_bundle_log *log); /* non-zero: no more are told */

struct jemput_bundle_take_options {
    const char *path;
    struct jemput_bundle_reader reader; /* or a stream */
    jemput_bundle_log_cb each; /* may be NULL */
    int (*progress)(void *ctx, const struct jemput_progress *progress); /* may be NULL; non-zero cancels */
    void *ctx;
};
struct jemput_bundle_taken {
    struct jemput_bundle_info file;
    struct jemput_sync_report sync; /* what a sync would report, attachments included; nothing is sent */
    uint64_t segments_carried;      /* newly kept for others */
    uint64_t logs_lacking, logs_waiting, logs_refused;
    int taken_before; /* 1 = this very bundle was taken whole before: it was not looked at again. Of one with attachments never: others may be
                       * wanted by now */
};
/* Fetch, verify and merge from a bundle, as jemput_sync() does from a hub; central also seals its receipts, to be sent or carried back. What is not
 * for this device to merge it carries. Safe to cut at any point and to repeat. jemput_cancel() stops it.
 *   out    filled with what was reached even if the call fails; never NULL
 *   JEMPUT_MISUSE neither a path nor a stream
 *   JEMPUT_CORRUPT not a bundle, and nothing in it is whole    JEMPUT_DENIED it is of another space; or see jemput_sync()
 *   JEMPUT_NOTFOUND no such file; or (out->logs_lacking) it goes on from what is not here, and all else was taken: have one made with `full`
 *   JEMPUT_OFFLINE JEMPUT_IO JEMPUT_CANCELLED JEMPUT_FULL JEMPUT_BUSY JEMPUT_UPGRADE JEMPUT_LIMIT JEMPUT_NOMEM
 * Logs that are damaged or forged never fail the call: out->logs_refused, out->file. */
JEMPUT_API enum jemput_status jemput_bundle_take(struct jemput *jemput, const struct jemput_bundle_take_options *options,
                                                 struct jemput_bundle_taken *out, struct jemput_error *err) JEMPUT_CHECKED;

/* What is in a file, with neither store nor keys. `reader` is used if path is NULL. each may be NULL. The signatures of segments are not
 * checked here: jemput_audit_hub().
 *   JEMPUT_MISUSE neither a path nor a stream   JEMPUT_NOTFOUND no such file   JEMPUT_CORRUPT JEMPUT_UPGRADE JEMPUT_LIMIT nothing in it can be read
 *   JEMPUT_OFFLINE JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_bundle_show(const char *path, const struct jemput_bundle_reader *reader, struct jemput_env *env,
                                                 jemput_bundle_log_cb each, void *ctx, struct jemput_bundle_info *out,
                                                 struct jemput_error *err) JEMPUT_CHECKED;
#endif
