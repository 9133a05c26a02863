/* api/media/media.h — attachments: what the files of this noun share. The idea: media/content.h; the format: schema/formats/media.md. */
#ifndef JEMPUT_API_MEDIA_MEDIA_H
#define JEMPUT_API_MEDIA_MEDIA_H

#include "api/sync/run.h"
#include "media/keep.h"
#include "store/object/incoming.h"
#include "sync/media.h"

#define FACT_MEDIA_BRANCH "media branch"   /* where this writer's attachments go on at the hub (media/send.c) */
#define FACT_MEDIA_PENDING "media pending" /* 20 bytes for each commit of it that was made, and is not known to be there */
#define FACT_MEDIA_CENTRAL "media central" /* hash of the keys whose receipts counted when those that are noted were last looked at */
#define FACT_MEDIA_COMING "media coming"   /* 1: a branch of attachments was on its way when the link was cut: what has come is kept */

/* --- attachment.c --- */

/* The one row of this id. JEMPUT_NOTFOUND. */
enum jemput_status engine_media_find(struct jemput *j, const uint8_t id[JEMPUT_MEDIA_ID_BYTES], jemput_media_fn each, void *ctx,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

/* --- media/part.c --- */

void engine_part_free(struct engine_part *part); /* wipes it; NULL is allowed */

/* --- media/receipt.c --- */

#define MEDIA_RECEIPT_CONTEXT "jemput media receipt 1"
#define MEDIA_RECEIPT_TEXT_BYTES 80
/* What is signed: space | id | BLAKE2b-256 of the content. Which bytes, of which row, of which space. */
void engine_media_receipt_text(uint8_t out[MEDIA_RECEIPT_TEXT_BYTES], const struct jemput *j, const struct jemput_media_row *row);
/* Is `receipt` the signature of a device that is central now, under the key that it has or one that it had, for these bytes of this attachment?
 * Then its number, else 0. What one has signed that is central no more says nothing of what the present one has. */
uint32_t engine_media_signer(const struct jemput *j, const struct jemput_media_row *row, struct jemput_bytes receipt);
/* Of what its row says. */
bool engine_media_received(const struct jemput *j, const struct jemput_media_row *row);
/* Notes follow the rows: what was added is listed, what is gone lets its chunks go, what has a receipt is received since now; and where another
 * device has become central, what none of its receipts covers waits again. In transactions of its own. */
enum jemput_status engine_media_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* Of what is forgotten its attachments, too: those of this row. Inside a transaction. */
enum jemput_status engine_media_forget(struct jemput *j, const struct jemput_table *table, struct jemput_bytes key, const char *basis,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

/* --- the steps of a sync; each in a file of its own --- */

struct media_branch { /* of another device, at the hub */
    char ref[LOG_REF_BYTES];
    struct jemput_oid tip;
    bool closed; /* read, or stopped, in this run */
};
struct media_lack { /* an attachment that is to be had here */
    uint8_t id[JEMPUT_MEDIA_ID_BYTES];
    struct jemput_media_content content;
    int64_t size_bytes;
    bool urgent;
    bool signed_for; /* at central: it has signed that it has it */
    bool nowhere;    /* and so it is not true any more: the hub has not got it, either */
};
struct media_run {
    struct run *r;
    struct jemput_media_sync sync;
    struct jemput_media_world world;
    struct media_branch *branches;
    uint32_t branch_count, branch_room;
    bool hub_asked;    /* it was looked whether the hub still has the own branch */
    bool counted;      /* what is wanted was counted, */
    bool gathered;     /* and listed: */
    struct media_lack *lacks;
    uint32_t lack_count, lack_room, lack_done;
    uint32_t nowhere;         /* of `lacks` */
    uint32_t own_number;      /* of this device; known when they are listed */
    uint64_t due, due_before; /* at central: attachments to be signed for, now and before the last ones were */
    uint32_t gets;     /* attachments that central has asked the hub for by name in this run */
};

/* All of it, after the text is out and noted; or, where text found no room to come in, what goes out alone. What goes wrong is told in the report
 * alone. */
void run_media(struct run *r, bool sends_only);
/* The same of a bundle: nothing is sent, and what is to be had here is taken out of it, whatever it has of that. */
void run_media_carried(struct run *r);
/* The first thing that went wrong, for the report. */
void media_note(struct media_run *m, const struct jemput_error *err);
enum jemput_status media_send(struct media_run *m, struct jemput_error *err) JEMPUT_MUST_USE;  /* media/send.c */
/* Does the hub have the own branch where it was left? Else its chunks are to be sent anew. Or what was on its way when the link was cut? */
enum jemput_status media_send_look(struct media_run *m, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status media_list(struct media_run *m, struct jemput_error *err) JEMPUT_MUST_USE;  /* media/take.c */
enum jemput_status media_take(struct media_run *m, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status media_get(struct media_run *m, struct jemput_error *err) JEMPUT_MUST_USE; /* media/get.c */

/* At central: sign for what is here, once it has been read through. What cannot be read is not whole any more, and is told; for what is nowhere its
 * receipt is taken back: whoever has it still sends it again (media/sign.c). */
enum jemput_status media_sign(struct media_run *m, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
