/* jemput/media.h — attachments: photos of documents and other files, beside the rows that they belong to.
 *
 * The schema has one table for them, CREATE TABLE and all, with jemput_replicate('…', 'attachments=BYTES'): its columns, and what a device may add
 * in a day, are told in schema/formats/media.md. A row of it says what there is: an ordinary replicated row, so policy, conflicts, history and
 * erasure are as of any other. The bytes travel beside the log, sealed in chunks, and never before it: whatever happens to them, text is not kept
 * waiting. */
#ifndef JEMPUT_MEDIA_H
#define JEMPUT_MEDIA_H

#include <jemput/base.h>

#define JEMPUT_ATTACHMENT_ID_BYTES 16
#define JEMPUT_ATTACHMENT_BYTES_MAX (128u * 1024 * 1024)

struct jemput_attaching {
    const char *table; /* the row that it belongs to, of a replicated table, and its primary key's values in key order */
    const struct jemput_datum *key;
    unsigned key_count;
    const char *kind; /* "kk-lama"; NULL = "" */
    const char *mime; /* "image/jpeg"; NULL = "application/octet-stream" */
    /* Put up to `size` bytes into `out`; gives how many, 0 at the end, below 0 if it cannot. */
    long (*read)(void *ctx, void *out, size_t size);
    void *ctx;
    int keep_location; /* 1 = a JPEG stays as it is; 0 = EXIF but for date and orientation, XMP, IPTC and comments are left out */
    int urgent;        /* 1 = is sent before those that are not */
};
/* Only JPEGs are looked into. Phones write where they were into HEIC, PNG, WebP, video and PDF files, too, and these are taken as they are: an app
 * that does not want that lets the camera make JPEGs, or asks the officer. */
enum jemput_attached_location {
    JEMPUT_LOCATION_LEFT_OUT = 1,      /* a JPEG: it does not say where it was taken, now */
    JEMPUT_LOCATION_NOT_LOOKED_AT = 2, /* no JPEG, whatever its `mime` says: it may say where it was made */
    JEMPUT_LOCATION_KEPT = 3           /* taken as it is: keep_location */
};
struct jemput_attached {
    enum jemput_attached_location location;
    unsigned removed; /* segments that were left out of a JPEG, and an appended rest */
};
/* Add an attachment. Its chunks are put into the store as they are read, then the row is inserted on the app's connection: in the transaction that is
 * open there, if it has read and written nothing yet, or in one of its own. Needs no network; a call that is cut leaves nothing that counts.
 *   id        of the row of attachments; set on JEMPUT_OK
 *   told      what became of the place in it; set on JEMPUT_OK; may be NULL
 *   JEMPUT_NOTFOUND no such table or row, or no table of attachments     JEMPUT_MISUSE invalid key; kind or mime above 63 bytes
 *   JEMPUT_LIMIT    larger than JEMPUT_ATTACHMENT_BYTES_MAX, or more than this device may add in a day
 *   JEMPUT_CORRUPT  a JPEG whose head is damaged: what it says of places cannot be told; keep_location takes it as it is
 *   JEMPUT_DENIED   the policy does not allow the row     JEMPUT_CANCELLED `read` could not
 *   JEMPUT_BUSY another writes: the app's connection, perhaps     JEMPUT_FULL JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_attach(struct jemput *jemput, const struct jemput_attaching *attaching, uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES],
                                            struct jemput_attached *told, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_attachment_state {
    JEMPUT_ATTACHMENT_UNSENT = 1,  /* belum dikirim: nothing of it has left the device that made it, as far as this one knows */
    JEMPUT_ATTACHMENT_PARTLY = 2,  /* sebagian: parts_done of parts; all of them: it waits for central's receipt */
    JEMPUT_ATTACHMENT_RECEIVED = 3 /* diterima: the device that is central has signed that it has all of it; where another one becomes
                                      central, it waits for that one's signature from the next sync on */
};
struct jemput_attachment {
    const uint8_t *id; /* JEMPUT_ATTACHMENT_ID_BYTES */
    const char *table;
    unsigned key_count; /* 0 = of a table that is not known here */
    const struct jemput_datum *key;
    const char *kind, *mime;
    uint64_t size_bytes;
    int urgent;
    enum jemput_attachment_state state;
    uint32_t parts, parts_done; /* its chunks and their list; where it was made, those that the hub has; elsewhere those that are here */
    int own;                    /* 1 = it was added on this device */
    int here;                   /* 1 = jemput_attachment_read() gives it */
    int asked;                  /* 1 = jemput_attachment_ask() was called, and it has not come */
};
typedef int (*jemput_attachment_cb)(void *ctx, const struct jemput_attachment *attachment);
/* Those of a row, in a fixed order; table NULL = all there are.
 *   JEMPUT_NOTFOUND no such table    JEMPUT_MISUSE invalid key    JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_attachments(struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned key_count,
                                                 jemput_attachment_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;
/* The bytes are borrowed for the call; non-zero ends the reading. */
typedef int (*jemput_attachment_bytes_cb)(void *ctx, const void *bytes, size_t len);
/* Its bytes, in pieces of at most 256 KiB, each checked before it is given.
 *   JEMPUT_NOTFOUND no such attachment, or not all of it is here: jemput_attachment_ask(), then sync    JEMPUT_CORRUPT it was damaged
 *   JEMPUT_CANCELLED `each` gave non-zero    JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_attachment_read(struct jemput *jemput, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES],
                                                     jemput_attachment_bytes_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;
/* Its bytes from `offset` on: up to `size` of them; *got = how many, fewer only at its end. What was opened last is kept in the handle, so reading on
 * in pieces of any size costs little more than jemput_attachment_read(). Errors as there. */
JEMPUT_API enum jemput_status jemput_attachment_part(struct jemput *jemput, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES], uint64_t offset, void *out,
                                                     size_t size, size_t *got, struct jemput_error *err) JEMPUT_CHECKED;
/* Have it fetched by the next sync, if the hub has it. Central fetches all without being asked.
 *   JEMPUT_NOTFOUND JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_attachment_ask(struct jemput *jemput, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES],
                                                    struct jemput_error *err) JEMPUT_CHECKED;
/* Delete its row, here and everywhere, as an ordinary signed write; its bytes go from each store at its next sync. The history keeps the row until it
 * is forgotten: jemput_forget() of the row that it belongs to forgets its attachments, too.
 *   JEMPUT_NOTFOUND JEMPUT_DENIED the policy JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_attachment_remove(struct jemput *jemput, const uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES],
                                                       struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_purge_report {
    uint64_t attachments, bytes; /* that were let go */
    uint64_t kept;               /* received, but too recently */
    uint64_t not_backed_up;      /* received so long ago, but central has not signed that what it had by then is backed up */
};
/* Let go of the bytes, here, of attachments for which this device has seen central's receipt `days` ago or more: by its own clock, and by the times
 * that central has signed since; and if the same device has signed, too, that a checkpoint after that receipt is backed up
 * (jemput_checkpoint_backed_up()), and is central still. Else nothing ever goes. They can be asked for again. At central nothing goes: JEMPUT_DENIED.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_attachments_purge(struct jemput *jemput, unsigned days, struct jemput_purge_report *report,
                                                       struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_attachment_counts {
    uint64_t unsent, partly, received; /* of those that were added on this device */
    uint64_t asked;                    /* that were asked for and have not come */
    uint64_t here, bytes_here;         /* that can be read, whoever made them */
};
/* JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_attachment_count(struct jemput *jemput, struct jemput_attachment_counts *out,
                                                      struct jemput_error *err) JEMPUT_CHECKED;
#endif
