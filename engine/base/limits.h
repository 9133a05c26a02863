/* base/limits.h — every limit on outside data, by name. A limit that is met gives JEMPUT_LIMIT or JEMPUT_CORRUPT, never a crash. */
#ifndef JEMPUT_BASE_LIMITS_H
#define JEMPUT_BASE_LIMITS_H

enum {
    JEMPUT_SEGMENT_PAYLOAD_BYTES_TARGET = 12 * 1024,      /* sealing stops here; one larger transaction is the exception */
    JEMPUT_SEGMENT_WEIGHT_TARGET = 224 * 1024,            /* likewise, as change/change.h measures: no payload of the target size unfolds to more */
    JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX = 16 * 1024 * 1024,  /* as sent */
    JEMPUT_SEGMENT_BODY_BYTES_MAX = 64 * 1024 * 1024,     /* inflated */
    JEMPUT_SEGMENT_RATIO_MAX = 200,                       /* inflated : sent, above 64 KiB inflated */
    JEMPUT_OBJECT_RATIO_MAX = 50,                         /* git object : file that it is read from, above 1 MiB. Payloads are compressed already */
    JEMPUT_OBJECT_RATIO_FREE_BYTES = 1024 * 1024,
    JEMPUT_ID_RUNS_MAX = 256,                             /* that one payload names */
    JEMPUT_ID_RUN_JOINED_MAX = 64 * 1024,                 /* ids of a run that is made of several: about as many as are ever tried for one payload */
    JEMPUT_RUN_BOOK_BYTES_MAX = 16 * 1024 * 1024,         /* runs of all segments that a checkpoint's writer knows: 400000 of them */
    JEMPUT_SEGMENT_TXNS_MAX = 4096,                       /* a version number has 12 bits for the transaction */
    JEMPUT_BATCH_BYTES_MAX = 3 * 1024 * 1024,             /* of segments that are merged together, decoded: it bounds the memory of a merge */
    JEMPUT_BATCH_MS = 25,                                 /* a batch is to keep others from writing so long; one segment is the exception */
    JEMPUT_HEADER_BYTES_MAX = 256 * 1024,                 /* two full contexts: merged and under */
    JEMPUT_COMMIT_BYTES_MAX = 320 * 1024,                 /* the header, and a parent for each head */
    JEMPUT_CONTEXT_HEADS_MAX = 1024,
    JEMPUT_ANNOUNCED_HEADS_MAX = JEMPUT_CONTEXT_HEADS_MAX / 2, /* in a header of ours; what is more is told in several segments */
    JEMPUT_PARENTS_MAX = JEMPUT_CONTEXT_HEADS_MAX + 1,    /* the log's previous commit, and all accepted heads */
    JEMPUT_COLUMNS_MAX = 512,                             /* of one replicated table */
    JEMPUT_KEY_COLUMNS_MAX = 16,
    JEMPUT_KEY_BYTES_MAX = 4096,
    JEMPUT_NAME_BYTES_MAX = 63,                           /* table and column names: [A-Za-z_][A-Za-z0-9_]* */
    JEMPUT_RANKS_MAX = 64,                                /* values of one option rank= */
    JEMPUT_TRIGGERS_MAX = 64,                             /* of one table, named by triggers= */
    JEMPUT_VALUE_BYTES_MAX = 1024 * 1024,                 /* one text or blob; larger things are attachments */
    JEMPUT_TXN_BYTES_MAX = 8 * 1024 * 1024,               /* half of a payload: what a COMMIT accepts can always be sealed and sent */
    JEMPUT_ROW_BYTES_MAX = 512 * 1024 * 1024,             /* one row with all siblings: 64 concurrent writers may each fill a transaction with it */
    JEMPUT_STOOD_MAX = 16 * 1024,                         /* notes of what conflicts showed before a merge moved them on: the newest are kept */
    JEMPUT_NOTE_BYTES_MAX = 1024,
    JEMPUT_SCHEMA_BYTES_MAX = 1024 * 1024,
    JEMPUT_INVITATION_BYTES_MAX = 2 * 1024 * 1024,
    JEMPUT_LOOK_BYTES_MAX = 32 * 1024 * 1024,             /* what one reading of a view such as jemput_held may fill */
    JEMPUT_LOOK_PARAMETERS_MAX = 4                        /* of a table-valued function */
};

#endif
