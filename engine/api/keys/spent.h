/* api/keys/spent.h — key epochs that are spent, and their end: keys that open what holds rows that are forgotten, and that nothing that is kept
 * needs.
 *
 * Where rows are forgotten, central begins the checkpoint that covers their records under a new key epoch. Once that is backed up, all epochs of
 * the space with lower numbers are spent, and so are those that devices made for themselves and told of before it; but for keys of marks
 * (forget.h). What is spent is a function of the signed records, so it is the same for all. Nobody hands a spent key on. Each store destroys those
 * that it has when it cuts off what the checkpoint covers, and the seed of its reading key with them, which opens the boxes that handed them out.
 * Before that it seals, by records `single`, the keys of the segments that stay, one by one, under an epoch that stays: no work is lost by it, its
 * own unsent work included. */
#ifndef JEMPUT_API_KEYS_SPENT_H
#define JEMPUT_API_KEYS_SPENT_H

#include "api/checkpoint/checkpoint.h"

#define FACT_KEYS_ERASED "keys erased" /* 32 bytes: segment of the checkpoint for which spent keys were destroyed here */

struct engine_spent {
    bool any;
    uint32_t below;             /* epochs of the space with lower numbers */
    struct engine_checkpoint c; /* by which they are */
};

/* As the roster is now. Also outside of a transaction. */
enum jemput_status engine_spent_find(struct jemput *j, struct engine_spent *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Is this epoch of the space spent? */
bool engine_epoch_spent(const struct jemput *j, const struct engine_spent *spent, uint32_t number);
/* The same of one that a device made for itself. */
enum jemput_status engine_own_epoch_spent(struct jemput *j, const struct engine_spent *spent, uint32_t number, const struct jemput_writer *maker,
                                          bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Is there a record `forget` that counts, which none of the checkpoints that are backed up covers; or did a change of such a row come in later? */
enum jemput_status engine_erasing_due(struct jemput *j, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Destroy the spent keys that are here, and the reading seed: what stays is sealed to this store's new key first. Inside a transaction, with nothing
 * pending; the pages that held them are overwritten by compact.h's calls.
 *   JEMPUT_NOTFOUND   the key of a newer epoch has not come here yet     else as sealing */
enum jemput_status engine_keys_erase(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- single.c --- */

/* Records for data segments that stay and whose epoch is spent, all that are here. */
enum jemput_status engine_singles_due(struct jemput *j, const struct engine_spent *spent, struct engine_records *records,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

#endif
