/* base/limits.h — every limit on the size of outside data, by name. A limit that is met gives JEMPUT_LIMIT or JEMPUT_CORRUPT, never a crash.
 * Each is tried by a test (tests/structure/test_limits.py). Sizes that a format fixes (a signature, a key) stand with their format; what an app is
 * told stands in the public headers: JEMPUT_ATTACHMENT_BYTES_MAX (jemput/media.h). */
#ifndef JEMPUT_BASE_LIMITS_H
#define JEMPUT_BASE_LIMITS_H

/* --- aims: what our own writers keep to; nobody else need --- */

enum {
    JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET = 12 * 1024,      /* sealing stops here; one larger transaction is the exception */
    JEMPUT_SEGMENT_WEIGHT_TARGET = 224 * 1024,            /* likewise, as change/change.h measures: no payload of the target size unfolds to more */
    JEMPUT_BATCH_BYTES_TARGET = 3 * 1024 * 1024,          /* of segments that are merged together, decoded: it bounds the memory of a merge */
    JEMPUT_BATCH_MS_TARGET = 25,                          /* a batch is to keep others from writing so long; one segment is the exception */
    JEMPUT_ID_RUN_JOINED_TARGET = 64 * 1024,              /* ids of a run that is made of several: about as many as are ever tried for one payload */
    JEMPUT_ANNOUNCED_HEADS_TARGET = 512                   /* half of JEMPUT_CONTEXT_HEADS_MAX; what is more is told in several segments */
};

/* --- segments and what is in them --- */

enum {
    JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX = 16 * 1024 * 1024,  /* as sent */
    JEMPUT_SEGMENT_BODY_BYTES_MAX = 64 * 1024 * 1024,     /* inflated */
    JEMPUT_SEGMENT_RATIO_MAX = 200,                       /* inflated : sent, above 64 KiB inflated */
    JEMPUT_SEGMENT_TXNS_MAX = 4096,                       /* a version number has 12 bits for the transaction */
    JEMPUT_HEADER_BYTES_MAX = 256 * 1024,                 /* two full contexts: merged and under */
    JEMPUT_CONTEXT_HEADS_MAX = 1024,
    JEMPUT_ID_RUNS_MAX = 256,                             /* that one payload names */
    JEMPUT_TXN_BYTES_MAX = 8 * 1024 * 1024,               /* half of a payload: what a COMMIT accepts can always be sealed and sent */
    JEMPUT_TXN_WEIGHT_MAX = 1024 * 1024,                  /* what it takes in memory, as jemput_txn_weight() measures (change/change.h) */
    JEMPUT_PAYLOAD_WEIGHT_MAX = 2 * JEMPUT_TXN_WEIGHT_MAX, /* likewise, of all that one payload unfolds to */
    JEMPUT_SPARES_MAX = 4096,                             /* writes that one change leaves open although it had seen them */
    JEMPUT_NOTE_BYTES_MAX = 1024,
    JEMPUT_VALUE_BYTES_MAX = 1024 * 1024,                 /* one text or blob; larger things are attachments */
    JEMPUT_KEY_BYTES_MAX = 4096,
    JEMPUT_ROW_BYTES_MAX = 512 * 1024 * 1024              /* one row with all siblings: 64 concurrent writers may each fill a transaction with it */
};

/* --- schema --- */

enum {
    JEMPUT_SCHEMA_BYTES_MAX = 1024 * 1024,
    JEMPUT_COLUMNS_MAX = 512,                             /* of one replicated table */
    JEMPUT_KEY_COLUMNS_MAX = 16,
    JEMPUT_NAME_BYTES_MAX = 63,                           /* table and column names: [A-Za-z_][A-Za-z0-9_]* */
    JEMPUT_RANKS_MAX = 64,                                /* values of one option rank= */
    JEMPUT_TRIGGERS_MAX = 64,                             /* of one table, named by triggers= */
    JEMPUT_POLICY_STEPS_MAX = 256                         /* of one rule */
};

/* --- roster, keys, invitations --- */

enum {
    JEMPUT_RECORDS_MAX = 4096,                            /* in one control payload */
    JEMPUT_RECORD_WORD_BYTES_MAX = 31,                    /* of a record's kind: [a-z][a-z0-9-]* */
    JEMPUT_SCOPE_BYTES_MAX = 63,
    JEMPUT_GENESIS_ADMINS_MAX = 64,
    JEMPUT_DEVICE_NUMBER_MAX = 999999,                    /* from 1; small, because people read it in receipt codes */
    JEMPUT_EPOCH_BOXES_MAX = 4096,                        /* readers to whom one record hands a key epoch */
    JEMPUT_INVITATION_BYTES_MAX = 2 * 1024 * 1024,
    JEMPUT_INVITATION_HUB_BYTES_MAX = 4096,
    JEMPUT_INVITATION_MIGRATIONS_MAX = 4096,
    JEMPUT_INVITATION_READERS_MAX = 16,
    JEMPUT_SHORT_BYTES_MAX = 4096,                        /* of a short invitation's text; a QR code takes 4296 such characters */
    JEMPUT_SHORT_MIGRATIONS_MAX = 64,
    JEMPUT_ROOT_KEY_BYTES_MAX = 1024,                     /* of the file */
    JEMPUT_PIN_BYTES_MAX = 256,
    JEMPUT_HUB_ADDRESS_MAX = 512,                         /* of an address in its one form, with a NUL */
    JEMPUT_HUB_TOKEN_TEXT_MAX = 288                       /* with a NUL */
};

/* --- git objects, packs, bundles --- */

enum {
    JEMPUT_OBJECT_RATIO_MAX = 50,                         /* git object : file that it is read from, above JEMPUT_OBJECT_RATIO_FREE_BYTES */
    JEMPUT_OBJECT_RATIO_FREE_BYTES = 1024 * 1024,         /* payloads are compressed already: a larger object hardly shrinks */
    JEMPUT_PUSHED_RATIO_MAX = 20,                         /* likewise, of what a hub takes: git's own form of it may be shorter */
    JEMPUT_STRANGER_BYTES_MAX = 2 * 1024 * 1024,          /* that are fetched of a log whose writer nobody has let in: its commits come first */
    JEMPUT_COMMIT_BYTES_MAX = 320 * 1024,                 /* the header, and a parent for each head */
    JEMPUT_PARENTS_MAX = JEMPUT_CONTEXT_HEADS_MAX + 1,    /* the log's previous commit, and all accepted heads */
    JEMPUT_ARMOR_BYTES_MAX = 2048,                        /* an Ed25519 signature takes 290 or so */
    JEMPUT_REF_NAME_BYTES_MAX = 255,
    JEMPUT_PATH_BYTES_MAX = 4096,
    JEMPUT_PACK_BYTES_MAX = 64 * 1024 * 1024,             /* one push; the log is sent in prefixes far below it */
    JEMPUT_MANIFEST_LOGS_MAX = 1024                       /* in one bundle */
};

/* --- attachments --- */

enum {
    JEMPUT_MEDIA_CHUNK_BYTES_MAX = 256 * 1024,
    JEMPUT_MEDIA_CHUNKS_MAX = 2048,                       /* of one attachment */
    JEMPUT_MEDIA_CONTENT_BYTES_MAX = 96,                  /* of the value that names it in a row */
    JEMPUT_MEDIA_COMMITS_MAX = 1024 * 1024                /* of one branch that are read at once: 64 GiB, and 20 MB for their names */
};

/* --- checkpoints --- */

enum {
    JEMPUT_CHECKPOINT_CHUNKS_MAX = 1024 * 1024,           /* of 256 KiB */
    JEMPUT_RUN_BOOK_BYTES_MAX = 16 * 1024 * 1024          /* runs of all segments that a checkpoint's writer knows: 400000 of them */
};

/* --- what is kept for people and apps --- */

enum {
    JEMPUT_STOOD_MAX = 16 * 1024,                         /* notes of what conflicts showed before a merge moved them on: the newest are kept */
    JEMPUT_LOOK_BYTES_MAX = 32 * 1024 * 1024,             /* what one reading of a view such as jemput_held may fill */
    JEMPUT_FEED_BLOCKS_MAX = 16384,                       /* older blocks go: nobody can let the file grow by not reading */
    JEMPUT_FEED_BLOCK_BYTES_MAX = 4 * 1024 * 1024,        /* of the notes of one transaction; more: everything */
    JEMPUT_FEED_READ_BYTES_MAX = 32 * 1024 * 1024         /* of the notes of one reading; more: it is whole */
};

#endif
