/* store/object/media.h — attachments as the store has them: the rows of the one table with option attachments=, which say what there is; and beside
 * them what this store alone knows, which chunks it has and has sent. Format: schema/formats/media.md.
 *
 * A row is ordinary replicated data, with all that goes for such: policy, merging, history, erasure. Chunks are blobs (jemput_store_object_put). */
#ifndef JEMPUT_STORE_OBJECT_MEDIA_H
#define JEMPUT_STORE_OBJECT_MEDIA_H

#include "store/store.h"

#define JEMPUT_MEDIA_COLUMNS "id", "owner_table", "owner_key", "kind", "mime", "size", "content", "urgent", "received"
#define JEMPUT_MEDIA_ID_BYTES 16

/* The table with option attachments= (the first of several); NULL = there is none. Borrowed until the schema changes. */
const struct jemput_table *jemput_store_media_table(struct jemput_store *store);

struct jemput_media_row { /* borrowed for the call */
    struct jemput_bytes id, owner_key, content, received; /* received: empty = NULL */
    struct jemput_bytes owner_table, kind, mime;          /* text */
    int64_t size_bytes;
    bool urgent;
    bool known;             /* this store has noted it (jemput_store_media_note) */
    bool own, asked, whole; /* made here; somebody asked for it; all its chunks are here */
    int64_t made_ms;
    int64_t received_ms, central_ms; /* when a receipt was first seen here, by this clock, and what time central had signed by then; -1 = not yet */
    bool receipt_noted;     /* what `received` says now was found to count */
    struct jemput_bytes noted; /* the receipt that was found to count last; empty = none */
    uint32_t here, sent;    /* chunks of it that are here, or on the hub; its list counts as one */
};
typedef enum jemput_status (*jemput_media_fn)(void *ctx, const struct jemput_media_row *row, struct jemput_error *err);

/* Which rows. */
enum jemput_media_filter {
    JEMPUT_MEDIA_ALL,
    JEMPUT_MEDIA_OF_OWNER, /* jemput_media_ask.owner_table, owner_key */
    JEMPUT_MEDIA_ONE,      /* .id */
    JEMPUT_MEDIA_TWINS,    /* .content */
    JEMPUT_MEDIA_LACKING,  /* not all of it is here, and (with .asked) it was asked for */
    JEMPUT_MEDIA_UNSIGNED, /* all of it is here, and what `received` says is not noted as one that counts */
    JEMPUT_MEDIA_RECEIVED, /* it is noted here, and something says, or was found to say, that it was received */
    JEMPUT_MEDIA_NOTED     /* a receipt was found to count */
};
struct jemput_media_ask {
    enum jemput_media_filter filter;
    struct jemput_bytes owner_table, owner_key, id, content;
    bool asked;
};
/* Each such row, ascending by owner and id. Nothing may be written before it is over. Also outside of a transaction. No table: none. */
enum jemput_status jemput_store_media_each(struct jemput_store *store, const struct jemput_media_ask *ask, jemput_media_fn each, void *ctx,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

/* Is there a row of this key in its table? Asked on the app's connection, so that a transaction that is open there counts. */
enum jemput_status jemput_store_media_owner(struct jemput_store *store, const struct jemput_table *table, struct jemput_bytes key, bool *there,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* A new id, of the app's run; on the app's connection, and so is the INSERT of a row, in the transaction that is open there, or in one of its own.
 * JEMPUT_NOTFOUND: there is no such table    JEMPUT_DENIED: the policy, or a constraint    JEMPUT_BUSY */
enum jemput_status jemput_store_media_id(struct jemput_store *store, uint8_t id[JEMPUT_MEDIA_ID_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_media_insert(struct jemput_store *store, const struct jemput_media_row *row,
                                             struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what this store alone knows; inside a transaction, but for what only reads --- */

/* Note an attachment; one that is noted stays as it is. Of `row`: id, own, urgent, size_bytes, made_ms. */
enum jemput_status jemput_store_media_note(struct jemput_store *store, const struct jemput_media_row *row, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_media_ask(struct jemput_store *store, struct jemput_bytes id, bool asked, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_media_whole(struct jemput_store *store, struct jemput_bytes id, bool whole, struct jemput_error *err) JEMPUT_MUST_USE;
/* This receipt counts. The times are those of the first one. */
enum jemput_status jemput_store_media_received(struct jemput_store *store, struct jemput_bytes id, struct jemput_bytes receipt, int64_t now_ms,
                                               int64_t central_ms, struct jemput_error *err) JEMPUT_MUST_USE;
/* No receipt counts for it any more. */
enum jemput_status jemput_store_media_fell(struct jemput_store *store, struct jemput_bytes id, struct jemput_error *err) JEMPUT_MUST_USE;
/* What was noted and has a row counts as listed from here on: its row was there, so it is gone once it is not. */
enum jemput_status jemput_store_media_list(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Ids (16 bytes each, appended) of what is noted and has no row: it was listed, or was made before `before_ms`. */
enum jemput_status jemput_store_media_lost(struct jemput_store *store, int64_t before_ms, struct jemput_buf *ids,
                                           struct jemput_error *err) JEMPUT_MUST_USE;
/* Bytes that were added here since then. */
enum jemput_status jemput_store_media_made_since(struct jemput_store *store, int64_t since_ms, int64_t *bytes,
                                                 struct jemput_error *err) JEMPUT_MUST_USE;

/* --- chunks (chunk.c) --- */

enum jemput_chunk_sent { /* in the file */
    JEMPUT_CHUNK_UNSENT = 0,
    JEMPUT_CHUNK_SENT = 1,     /* the hub has it, from this device */
    JEMPUT_CHUNK_ELSEWHERE = 2 /* it need not go: it came from the hub, or central has signed for an attachment that has it */
};
struct jemput_chunk {
    uint8_t oid[20];
    uint32_t bytes; /* sealed */
    enum jemput_chunk_sent sent;
};
/* `place`: 0 = the list, then the chunks from 1 on. `id` empty: no list names it yet; `place` is any number that tells it from others. One that is
 * noted stays as it is. One whose bytes this device has sent is sent; one of an attachment that was made elsewhere need not go if they need not. */
enum jemput_status jemput_store_chunk_put(struct jemput_store *store, struct jemput_bytes id, uint64_t place, const struct jemput_chunk *chunk,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* It came from a hub: noted without an attachment, unless one has it. */
enum jemput_status jemput_store_chunk_arrived(struct jemput_store *store, uint64_t place, const struct jemput_chunk *chunk,
                                              struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_chunk_sent(struct jemput_store *store, const uint8_t oid[20], struct jemput_error *err) JEMPUT_MUST_USE;
/* All of an attachment's need not go: central has its bytes already. */
enum jemput_status jemput_store_chunks_sent(struct jemput_store *store, struct jemput_bytes id, struct jemput_error *err) JEMPUT_MUST_USE;
/* The hub has lost what this device has sent: of what was made here it is to go again, unless an attachment that is received has the same chunk. */
enum jemput_status jemput_store_chunks_unsent(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* The hub has none of this attachment: if it was made here, all of it is to go. */
enum jemput_status jemput_store_chunks_lost(struct jemput_store *store, struct jemput_bytes id, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of what was made here and did not have to go that is to go now for which no attachment that is received has the same chunk. */
enum jemput_status jemput_store_chunks_due(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
typedef enum jemput_status (*jemput_chunk_each_fn)(void *ctx, const struct jemput_chunk *chunk, struct jemput_error *err);
/* Those of listed attachments that were made here (or, with `others`, anywhere) and are not sent, each once: urgent ones first, then small
 * attachments before large ones. Up to bytes_max in all, at least one. Reads only. */
enum jemput_status jemput_store_chunks_next(struct jemput_store *store, bool others, uint64_t bytes_max, jemput_chunk_each_fn each, void *ctx,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Chunks that are here, of each listed attachment (`size_bytes`: its own) without a known receipt, or (`all`) of any; in the order of the former. */
typedef enum jemput_status (*jemput_chunk_of_fn)(void *ctx, struct jemput_bytes id, uint64_t size_bytes, const struct jemput_chunk *chunk,
                                                 struct jemput_error *err);
enum jemput_status jemput_store_chunks_each(struct jemput_store *store, bool all, jemput_chunk_of_fn each, void *ctx,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
struct jemput_chunk_counts {
    uint64_t unsent, unsent_bytes; /* as jemput_store_chunks_next() would give them */
    uint64_t own_unreceived;       /* attachments made here that are listed and of which no receipt is known */
};
enum jemput_status jemput_store_chunk_counts(struct jemput_store *store, bool others, struct jemput_chunk_counts *out,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* Take the bytes of an attachment's chunks out of the store, but for those that another one has, too. Adds to *bytes what they took. `forget`: and
 * all that is noted of it. */
enum jemput_status jemput_store_chunks_drop(struct jemput_store *store, struct jemput_bytes id, bool forget, uint64_t *bytes,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

#endif
