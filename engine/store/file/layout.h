/* store/file/layout.h — the tables of a store file, and the marks by which one is known.  Documented column by column in schema/formats/store.md. */
#ifndef JEMPUT_STORE_FILE_LAYOUT_H
#define JEMPUT_STORE_FILE_LAYOUT_H

#include "store/internal.h"

#define JEMPUT_APPLICATION_ID 0x6a6d7074 /* "jmpt" */
#define JEMPUT_FORMAT_VERSION 3          /* user_version; a file with a higher one is JEMPUT_UPGRADE */

/* Names of facts that more than one file or room reads. */
#define JEMPUT_FACT_STAMP "stamp"                   /* highest stamp made or seen when pending transactions were last sealed, or later */
#define JEMPUT_FACT_FRONTIER "frontier"             /* local number of the context that this replica has merged; missing = the empty one */
#define JEMPUT_FACT_FRONTIER_HELD "frontier held"   /* 1: rows of the checkpoint with which this store begins are not here yet */
#define JEMPUT_FACT_WRITER "writer"                 /* id of the writer that this device is now; missing = that of its newest own segment */
#define JEMPUT_FACT_REMADE "schema made anew"       /* so many times */
/* By which it is noticed that the policy is another than the one that was read. */
#define JEMPUT_POLICY_SERIAL_SQL \
    "(SELECT coalesce(max(id), 0) FROM main.jemput_policy) + " \
    "4294967296 * coalesce((SELECT value FROM main.jemput_fact WHERE name = '" JEMPUT_FACT_REMADE "'), 0)"
#define JEMPUT_FACT_REBUILD_DUE "rebuild due"    /* so many times the tables have become due to be computed anew */
#define JEMPUT_FACT_SCHEMA_VERSION "schema version" /* of the replicated schema; missing = 0 */
#define JEMPUT_FACT_FAILED_TRIGGERS "failed triggers" /* triggers for merged rows that have failed (trigger/fail.c); missing = none */
#define JEMPUT_BIRTH_KEY_BYTES 16
#define JEMPUT_FACT_TRIGGERS_SEEN "triggers seen"   /* for which schema, in which form, triggers were all in place (open.c); missing = for none */
#define JEMPUT_FACT_BIRTH_KEY "birth key"           /* 16 bytes: of the hash in jemput_birth; made when first needed */
#define JEMPUT_FACT_ROLES "roles"                   /* of this device, by the roster or its invitation; bits; missing = none */
#define JEMPUT_FACT_SCOPE "scope"                   /* likewise; text; missing = the whole space */
#define JEMPUT_FACT_READ_LATE "read late"           /* how many segments were merged after they were registered, when a key had come; missing = 0 */
#define JEMPUT_FACT_FEED "feed"                     /* 1: which rows have moved is noted in jemput_feed (feed.h); missing = it is not */
#define JEMPUT_FACT_DEVICE_NUMBER "device number"   /* for jemput_serial(); put there by enrolment */

/* Mark an empty file as a store. Before it has a write-ahead log, so that the mark is in the file itself from the start
 * (jemput_layout_check_mark). */
enum jemput_status jemput_layout_mark(sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
/* Make all tables; runs inside the caller's transaction. */
enum jemput_status jemput_layout_create(sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
/* Has the file a store's mark? JEMPUT_CORRUPT: it has not. */
enum jemput_status jemput_layout_check_mark(sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
/* Is this a store that this program can use? JEMPUT_CORRUPT no store; JEMPUT_UPGRADE a newer one. */
enum jemput_status jemput_layout_check(sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
