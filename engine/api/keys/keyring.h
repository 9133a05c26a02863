/* api/keys/keyring.h — key epochs: which there are, who has been handed their keys, what this device can open, and what it seals under.
 *
 * The space's epochs have a turn (from 1): data is sealed under the highest of which this device has the key. A device that has not been let in seals
 * under an epoch of its own (turn 0), whose key it hands to administrators and central; whoever of them comes first wraps it for everybody else.
 * Which records count is the roster's fold to say (schema/formats/control.md); here the keys themselves come in. Keys that were handed to this device
 * are kept in the store (store/keys/epoch.h); the seed of its reading key is a fact. */
#ifndef JEMPUT_API_KEYS_KEYRING_H
#define JEMPUT_API_KEYS_KEYRING_H

#include "crypto/seal.h"
#include "identity/invitation.h"
#include "log/header.h"
#include "log/payload.h"
#include "repo/repo.h"

struct jemput;

#define ENGINE_EPOCH_TURN_MAX (UINT32_MAX >> JEMPUT_EPOCH_DEVICE_BITS)
#define ENGINE_EPOCH_OWN_MAX ((UINT32_C(1) << JEMPUT_EPOCH_DEVICE_BITS) - 1) /* highest number of a turn 0 */

/* What the control records say of keys; folded with the roster, from whose acts and arena it borrows (keyring.c). */
struct engine_keyring {
    struct engine_keyring_epoch {
        const struct jemput_act *act; /* of a record `epoch` */
        bool let;    /* the roster let it take effect; or an administrator signed it behind a cut: what was sealed under it is read all the same */
        bool made;   /* and its number names its maker */
        bool counts; /* and it is not behind a cut: data may be sealed under it */
        bool hands;  /* it says number and check of one that was made, be it again, for more readers */
        bool marks;  /* rows that are forgotten are marked with its key: nothing is sealed under it, and it is kept (forget.h) */
    } *epochs; /* of the space: ascending by number, then check */
    uint32_t epoch_count;
    const struct jemput_act **handed; /* others that count: epochs of turn 0, grants, wraps */
    uint32_t handed_count;
    const struct jemput_act **singles; /* ascending by the segment that they are for */
    uint32_t single_count;
    const struct jemput_act **readers; /* the newest record `reader` of each writer: ascending by writer */
    uint32_t reader_count;
};

/* --- keyring.c --- */

struct engine_acts;
/* Everything in `arena`. JEMPUT_NOMEM */
enum jemput_status engine_keyring_fold(struct engine_keyring *out, const struct engine_acts *acts, const struct jemput_roster *roster,
                                       struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* The key that this member reads by; NULL = it has told none, or it may not read. */
const uint8_t *engine_reading_key(const struct jemput *j, const struct jemput_member *member);
/* Does a member read at all? `kominfo` alone operates what it cannot read. Nobody reads by a key that was given up: whoever copied the store before
 * the device went on in another log may sign on in the older one, and reads nothing that is written after. */
bool engine_reads(const struct jemput_member *member);
bool engine_roles_read(unsigned roles);
/* The check of a record `epoch` (control.md). */
void engine_epoch_check(uint8_t out[JEMPUT_HASH256_BYTES], const struct jemput_space *space, uint32_t number,
                        const uint8_t key[JEMPUT_SEAL_KEY_BYTES]);
/* What a wrap's key is sealed beside. */
#define ENGINE_WRAP_BESIDE_BYTES (11 + 32 + JEMPUT_WRITER_BYTES + 8)
void engine_wrap_beside(uint8_t out[ENGINE_WRAP_BESIDE_BYTES], const struct jemput_space *space, const struct jemput_writer *maker, uint32_t number,
                        uint32_t under);

/* What a single's key is sealed beside. */
#define ENGINE_SINGLE_BESIDE_BYTES (13 + 32 + JEMPUT_HASH_BYTES + 4)
void engine_single_beside(uint8_t out[ENGINE_SINGLE_BESIDE_BYTES], const struct jemput_space *space, const struct jemput_hash *segment,
                          uint32_t under);
/* The mark of a row that is forgotten, by a key of marks (control.md, "forget"). JEMPUT_CORRUPT: no key is so long */
enum jemput_status engine_mark(uint8_t out[JEMPUT_HASH256_BYTES], const struct jemput_space *space, uint32_t table, struct jemput_bytes row_key,
                               const uint8_t key[JEMPUT_SEAL_KEY_BYTES], struct jemput_error *err) JEMPUT_MUST_USE;
/* Index of the first epoch with this number, or a higher one. */
uint32_t engine_epochs_from(const struct engine_keyring *k, uint32_t number);
/* Are rows marked with the key of this epoch? */
bool engine_epoch_marks(const struct engine_keyring *k, uint32_t number);

/* --- opening.c: inside a store transaction, unless it says otherwise --- */

/* The seed of the own reading key: made when it is first asked for. The caller wipes it. */
enum jemput_status engine_reading_pair(struct jemput *j, struct jemput_reading_pair *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* It, and those that it has replaced since keys were destroyed last, oldest first. The caller wipes it, also where it fails. */
enum { ENGINE_READING_KEYS_MAX = 8 };
struct engine_reading_keys {
    uint32_t count;
    uint8_t seeds[ENGINE_READING_KEYS_MAX][JEMPUT_SEED_BYTES];
};
enum jemput_status engine_reading_keys(struct jemput *j, struct engine_reading_keys *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Keep the keys that the records hand to this device. What does not open or fit is left out: engine_keyring_faults tells it. */
enum jemput_status engine_keyring_open(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* Say what of the keys that were handed to this device does not open, or is another one than its epoch's. Outside of a transaction. */
enum jemput_status engine_keyring_faults(struct jemput *j, void (*each)(void *ctx, const char *what), void *ctx,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* The key here that this record speaks of. JEMPUT_NOTFOUND. The caller wipes it. Also outside of a transaction. */
enum jemput_status engine_epoch_key(struct jemput *j, const struct jemput_key_epoch *epoch, uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* What data is sealed under now: the space's newest epoch of which there is a key here; an own one if there is none, or this device has not been
 * let in. The caller wipes the key. */
enum jemput_status engine_epoch_current(struct jemput *j, uint32_t *number, uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                        struct jemput_error *err) JEMPUT_MUST_USE;

/* --- reading.c --- */

/* Append what a data segment's payload holds, opened by a key that is known here. *unread as below. Also outside of a transaction. */
enum jemput_status engine_payload_open(struct jemput *j, const struct jemput_header *header, const struct jemput_commit *commit,
                                       struct jemput_buf *plain, bool *unread, struct jemput_error *err) JEMPUT_MUST_USE;
/* The transactions of a data segment that was read with its payload, in `arena`. *unread = true: it is sealed, and no key of its epoch is known here;
 * nothing else is set. Also outside of a transaction.
 *   JEMPUT_DENIED   the keys of that epoch do not open it     else as jemput_payload_read() */
enum jemput_status engine_txns_read(struct jemput *j, const struct jemput_header *header, const struct jemput_commit *commit,
                                    struct jemput_txn **txns, uint32_t *count, bool *unread, struct jemput_arena *arena,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* The same, and the id runs that its payload names. */
enum jemput_status engine_txns_read_runs(struct jemput *j, const struct jemput_header *header, const struct jemput_commit *commit,
                                         struct jemput_txn **txns, uint32_t *count, struct jemput_id_runs *runs, bool *unread,
                                         struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* What was handed out for this segment alone: the index-th record; NULL = there are not so many. Borrowed from the roster's arena. */
const struct jemput_single *engine_single(const struct jemput *j, const struct jemput_hash *segment, uint32_t index);
/* The key in it, by the keys of its epoch that are here. JEMPUT_NOTFOUND: none of them opens it. The caller wipes it. */
enum jemput_status engine_single_key(struct jemput *j, const struct jemput_single *s, uint8_t out[JEMPUT_SEAL_KEY_BYTES],
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Append what it opens. JEMPUT_NOTFOUND: no key of its epoch is here     JEMPUT_DENIED: it is the key of something else */
enum jemput_status engine_single_open(struct jemput *j, const struct jemput_single *s, const struct jemput_commit *commit, struct jemput_buf *plain,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Unread segments for which there is one wait for that one's epoch from here on. Inside a transaction. */
enum jemput_status engine_singles_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- epoch.c: records that hand out keys; inside a store transaction, with the roster as it is now --- */

struct engine_records { /* to be sealed; all in `arena` */
    struct jemput_arena *arena;
    struct jemput_record *of;
    uint32_t count, room;
};
enum jemput_status engine_records_add(struct engine_records *records, const struct jemput_record *record, struct jemput_error *err) JEMPUT_MUST_USE;
/* The key in a box for one reader. false: no such reading key can be. */
bool engine_box_make(struct jemput *j, struct jemput_epoch_box *out, const struct jemput_writer *writer, const uint8_t *reading_key,
                     const uint8_t key[JEMPUT_SEAL_KEY_BYTES]);
/* Boxes for members that read, and that `wanted` names; ascending as the roster is. */
enum jemput_status engine_boxes_make(struct jemput *j, struct jemput_key_epoch *epoch, const uint8_t key[JEMPUT_SEAL_KEY_BYTES],
                                     bool (*wanted)(const void *ctx, const struct jemput_member *member), const void *ctx,
                                     struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* The own reading key, for whoever hands out keys. Goes with a device's first records. */
enum jemput_status engine_reader_add(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same with a new one. What others hand to the old one before they hear of it, this device opens still: it may be from one who is revoked by then
 * and hands out nothing again. */
enum jemput_status engine_reader_renew(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same where keys are destroyed: the old ones go, and what is handed to them, this device cannot open. */
enum jemput_status engine_reader_replace(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* A new epoch of the space, for all members that read, and still read by `then`: the roster that what goes into the same segment comes to (NULL = it
 * changes nothing). Its key is kept at once. JEMPUT_LIMIT: there have been as many as there can be. */
enum jemput_status engine_epoch_renew(struct jemput *j, const struct jemput_roster *then, struct engine_records *records,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* The same; *number: the new one. */
enum jemput_status engine_epoch_renew_as(struct jemput *j, const struct jemput_roster *then, struct engine_records *records, uint32_t *number,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* All keys of the space's epochs that are known here, for one reader: a device that is let in by the same segment. */
enum jemput_status engine_epoch_grant(struct jemput *j, const struct jemput_writer *writer, const uint8_t reading_key[JEMPUT_READING_KEY_BYTES],
                                      struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* The first epoch of a space, made by who founds it. */
enum jemput_status engine_epoch_found(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* The epoch of a device that joins, its key handed to these. */
enum jemput_status engine_epoch_join(struct jemput *j, const struct jemput_invitation_reader *readers, uint32_t reader_count,
                                     struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* For an invitation: administrators and central that read, as many as it takes; in `arena`. */
enum jemput_status engine_invitation_readers(struct jemput *j, struct jemput_invitation *inv, struct jemput_arena *arena,
                                             struct jemput_error *err) JEMPUT_MUST_USE;

/* --- grant.c --- */

struct engine_handing { /* who has which key of the space, by the records: ascending by number, then reading key */
    struct engine_handed {
        uint32_t number;
        const uint8_t *check; /* NULL: the record does not say which of several */
        const uint8_t *reading_key;
        const struct jemput_writer *writer;
    } *of;
    uint32_t count;
};
/* In `arena`; borrowed from the roster's. JEMPUT_NOMEM */
enum jemput_status engine_handing_take(struct jemput *j, struct engine_handing *out, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* Keys that are known here, for members that read and lack them; only those with one of `roles`, 0 = all. */
enum jemput_status engine_grants_due(struct jemput *j, const struct engine_handing *handing, unsigned roles, struct engine_records *records,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* The key that data is sealed under now, for every member that reads, whether or not it has it: beside a checkpoint, which may be the first thing
 * that a device reads that was away when the key came. */
enum jemput_status engine_epoch_hand_again(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* Was this epoch's key handed to somebody who does not read any more? */
bool engine_epoch_leaked(const struct jemput *j, const struct engine_handing *handing, uint32_t number);
/* A new epoch, if the newest one's was. */
enum jemput_status engine_renewal_due(struct jemput *j, const struct engine_handing *handing, struct engine_records *records,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* --- keys/own_epoch.c --- */

/* Own epochs of members, wrapped for all who read. */
enum jemput_status engine_wraps_due(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* This device's, for administrators and central that lack its key. */
enum jemput_status engine_own_epochs_due(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- keys/due.c --- */

/* What this device has to tell or hand out now: its own reading key and epoch; and, if it is the one that sees to it (central, or an administrator
 * where there is none), keys for members that lack them, wraps, and a new epoch where a device has the newest key that should not. */
enum jemput_status engine_keys_due(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same, sealed; in a transaction of its own, and only if there is something. */
enum jemput_status engine_keys_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- unread.c --- */

struct jemput_sync_report;
/* Merge what was registered unread and can be read now, in transactions of its own; asks may_go_on (NULL: nobody) between them. */
enum jemput_status engine_unread_follow(struct jemput *j, struct jemput_sync_report *report,
                                        enum jemput_status (*may_go_on)(void *ctx, struct jemput_error *err), void *ctx,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* --- ingest.c --- */

/* Transactions of one log ascend in stamp, and only what this schema has can be merged. JEMPUT_CORRUPT JEMPUT_UPGRADE */
enum jemput_status engine_txns_check(struct jemput *j, const struct jemput_header *header, const struct jemput_txn *txns, uint32_t count,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

#endif
