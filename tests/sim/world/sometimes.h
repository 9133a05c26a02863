/* sim/world/sometimes.h — rare states by name: how often each was reached. A run of many seeds in which one never was has not tested it. */
#ifndef TESTS_SIM_WORLD_SOMETIMES_H
#define TESTS_SIM_WORLD_SOMETIMES_H

#include <stdbool.h>
#include <stdint.h>

/* name, what it says, and of how many seeds one reaches it at least (0 = not expected) */
#define SOMETIMES_LIST(X)                                                                                                                            \
    X(TXN, "a transaction was committed", 1)                                                                                                         \
    X(SAVEPOINT, "a savepoint was rolled back and the transaction committed", 50)                                                                    \
    X(ROLLBACK, "a transaction was rolled back", 20)                                                                                                 \
    X(COMMIT_REFUSED, "a deferred FOREIGN KEY refused a COMMIT", 200)                                                                                \
    X(LOST_COUNT, "SQLite let a FOREIGN KEY pass that names no row", 0)                                                                              \
    X(VICTIM, "one statement inserted a row and deleted another of its table", 100)                                                                  \
    X(CASCADE, "one statement deleted rows of two tables", 100)                                                                                      \
    X(TRIGGER, "a trigger of the app ran", 20)                                                                                                       \
    X(REKEY, "a key was changed", 50)                                                                                                                \
    X(REINSERT, "a deleted row was inserted again", 50)                                                                                              \
    X(BIG_TXN, "a transaction changed ten rows", 500)                                                                                                \
    X(CONFLICT, "two values of one group stood in conflict", 5)                                                                                      \
    X(THREE_SIDES, "a conflict had three sides", 50)                                                                                                 \
    X(WIDE_CONFLICT, "a group of several columns stood in conflict", 50)                                                                             \
    X(SAME_KEY, "one key was inserted on two devices that had not seen each other", 10)                                                              \
    X(REVIVED, "an edit won over a delete", 20)                                                                                                      \
    X(TWO_DELETES, "one row was deleted on two devices that had not seen each other", 50)                                                            \
    X(LATE_WRITE, "a write under an edit token did not replace what had come since", 50)                                                             \
    X(HELD_UNIQUE, "a row was held for UNIQUE", 10)                                                                                                  \
    X(HELD_EXPRESSION, "a row was held for UNIQUE over an expression", 100)                                                                          \
    X(HELD_PARTIAL, "a row was held for UNIQUE of a partial index", 200)                                                                             \
    X(HELD_PARENT, "a row was held for its FOREIGN KEY", 20)                                                                                         \
    X(HELD_CHECK, "a row was held for a CHECK", 50)                                                                                                  \
    X(HELD_NOT_NULL, "a row was held for NOT NULL", 50)                                                                                              \
    X(HELD_CONFLICT, "a held row had a conflict", 100)                                                                                               \
    X(ADMITTED, "a held row was admitted", 20)                                                                                                       \
    X(ADMITTED_PARENT, "a row held for its FOREIGN KEY was admitted", 50)                                                                            \
    X(EJECTED, "a row that was shown was held later", 50)                                                                                            \
    X(CYCLE, "rows that name each other in a circle were shown", 500)                                                                                \
    X(SELF_REFERENCE, "a row named a row of its own table", 50)                                                                                      \
    X(MERGED, "a sync merged transactions", 1)                                                                                                       \
    X(MERGE_MANY, "a sync merged ten segments", 50)                                                                                                  \
    X(ADDRESS_MERGED, "a sync over HTTP merged transactions", 10)                                                                                    \
    X(ADDRESS_SENT, "a sync over HTTP sent segments", 10)                                                                                            \
    X(LINK_CUT, "the link to a hub was cut in an exchange", 200)                                                                                     \
    X(LINK_FAILED, "something else than the hub answered, or the hub refused", 200)                                                                  \
    X(NO_CENTRAL, "devices met without a central", 100)                                                                                              \
    X(MANY_HUBS, "one log lay on three hubs", 50)                                                                                                    \
    X(NOT_WHOLE, "a segment had seen one that its reader did not have", 100)                                                                         \
    X(POWER_WRITE, "the power went while a transaction was written", 20)                                                                             \
    X(POWER_SEAL, "the power went while sealing", 100)                                                                                               \
    X(POWER_SYNC, "the power went during a sync", 20)                                                                                                \
    X(POWER_OPEN, "the power went again while a store was opened and closed", 100)                                                                   \
    X(TORN_WRITE, "a power cut tore a write of a transaction", 50)                                                                                   \
    X(TORN_SYNC, "a power cut tore a write during a sync", 50)                                                                                       \
    X(LOST, "a power cut lost a write", 20)                                                                                                          \
    X(KILL_WRITE, "the app was killed while a transaction was written", 20)                                                                          \
    X(KILL_SYNC, "the app was killed during a sync", 20)                                                                                             \
    X(KILL_OPEN, "the app was closed inside a transaction", 50)                                                                                      \
    X(DOUBTFUL, "a COMMIT that failed was there after all", 500)                                                                                     \
    X(IO_WRITE, "the disk failed while a transaction was written", 20)                                                                               \
    X(IO_SYNC, "the disk failed during a sync", 20)                                                                                                  \
    X(FULL_WRITE, "the disk was full while a transaction was written", 20)                                                                           \
    X(FULL_SYNC, "the disk was full during a sync", 20)                                                                                              \
    X(ALLOC_WRITE, "an allocation failed while a transaction was written", 20)                                                                       \
    X(ALLOC_SYNC, "an allocation failed during a sync", 20)                                                                                          \
    X(HUB_CALL, "a file call at the hub failed", 20)                                                                                                 \
    X(HUB_CUT, "a hub went away during a transfer", 20)                                                                                              \
    X(HUB_TORN, "a transfer was cut inside a file of the hub", 50)                                                                                   \
    X(CANCELLED, "a sync was cancelled", 20)                                                                                                         \
    X(CLOCK_1970, "a clock jumped to 1970", 50)                                                                                                      \
    X(CLOCK_2038, "a clock jumped to 2038", 50)                                                                                                      \
    X(CLOCK_BACK, "a clock jumped backwards", 20)                                                                                                    \
    X(EQUAL_STAMPS, "two transactions had one stamp", 500)                                                                                           \
    X(OLD_HUB, "a hub went back to an older state", 50)                                                                                              \
    X(COPIED_HUB, "a hub became a copy of another", 50)                                                                                              \
    X(RESTORED, "an old copy of a device came back", 50)                                                                                             \
    X(REFUSED_COPY, "an old copy of a device was refused by a hub", 0)                                                                               \
    X(FORK, "two logs of one writer were merged", 200)                                                                                               \
    X(STATE_COMPARED, "a device compared its state with what central had signed", 8)                                                                 \
    X(VERIFIED, "a store was verified in the middle", 20)                                                                                            \
    X(REBUILT, "a state was computed anew in the middle", 20)                                                                                        \
    X(RANKED, "two ranked values stood against each other", 50)                                                                                      \
    X(SUMMED, "a counter was added to on two devices", 50)                                                                                           \
    X(FACT, "a fact was set on two devices", 50)                                                                                                     \
    X(SPARED, "an update left another identity value open", 0)                                                                                       \
    X(RESTORED_PARENT, "a deleted parent came back for a child", 50)                                                                                 \
    X(CASCADED, "a row went with its deleted parent", 100)                                                                                           \
    X(DECIDED_CONFLICT, "a decision closed a conflict", 20)                                                                                          \
    X(DECIDED_BLIND, "a decision that did not name all that it hides was refused", 50)                                                               \
    X(DECIDED_HELD, "a held row came in by a decision", 50)                                                                                          \
    X(DECIDED_REMOVE, "a held row was dropped by a decision", 50)                                                                                    \
    X(DECIDED_RESTORE, "a deleted row came back by a decision", 50)                                                                                  \
    X(DECIDED_AGAIN, "a decision replaced another", 50)                                                                                              \
    X(DECIDED_LATE, "a decision and an edit of the same values had not seen each other", 50)                                                         \
    X(UNREAD, "a segment waited for its key", 50)                                                                                                    \
    X(RIGHTS_REFUSED, "what an officer may not write was refused at its device", 20)                                                                 \
    X(RIGHTS_FORGED, "an officer wrote what it may not, and it counted nowhere", 50)                                                                 \
    X(RIGHTS_ACT, "a decision of an officer who may not make it was refused", 100)                                                                   \
    X(RIGHTS_OWN, "what the policy refused was beyond what its device may write", 100)                                                               \
    X(UNBORN, "a row was written to whose insert counts nowhere", 500)                                                                               \
    X(REFUSED_STEP, "a step of a status that is not its device's was refused", 500)                                                                  \
    X(REFUSED_REGION, "a write outside of its device's region was refused", 500)                                                                     \
    X(LET_IN, "what was refused at a device counted there later", 2000)                                                                              \
    X(REFUSED_SUSPENDED, "what a suspended device wrote was refused", 500)                                                                           \
    X(REFUSED_SCHEMA, "what went by an older schema version was refused", 0)                                                                         \
    X(CLONED, "a store was copied, and both copies were used", 500)                                                                                  \
    X(FORK_PROVED, "a fork was told with a proof", 500)                                                                                              \
    X(STOLEN, "a device was stolen and used", 500)                                                                                                   \
    X(REVOKED, "a device was revoked", 500)                                                                                                          \
    X(SUSPENDED, "a device was suspended", 500)                                                                                                      \
    X(CHANGED, "a device was given other roles", 500)                                                                                                \
    X(CUT_KEYS, "a cut went through several keys of a device", 2000)                                                                                 \
    X(CUT_FALLS, "a cut took away what had been merged", 500)                                                                                        \
    X(VOID, "what lay behind a revocation counted nowhere", 500)                                                                                     \
    X(LIE_FROZEN, "a hub showed a device always the same", 500)                                                                                      \
    X(LIE_SPLIT, "a hub was another for some devices", 500)                                                                                          \
    X(LIE_BACK, "a hub showed a device how it was at the beginning", 500)                                                                            \
    X(LIE_OMITS, "a hub left out logs", 500)                                                                                                         \
    X(LIE_SWAPS, "a hub showed a log as another's", 500)                                                                                             \
    X(LIE_DAMAGED, "a hub gave a damaged file", 500)                                                                                                 \
    X(LIE_TOLD, "a device told that a hub had less than before", 20000)                                                                              \
    X(FORGED_ACT, "an officer signed an act that is an administrator's", 500)                                                                        \
    X(BACKDATED, "an officer sealed work under an older schema version", 0)                                                                          \
    X(CHECKPOINT, "central made a checkpoint", 500)                                                                                                  \
    X(CUT_OFF, "a device cut off what a checkpoint covers", 500)                                                                                     \
    X(FORGOTTEN, "a row was forgotten", 500)                                                                                                         \
    X(SECOND_ACTED, "a second administrator acted", 500)                                                                                             \
    X(ROOT_WAITS, "an act waited for another root administrator's signature", 5000)                                                                  \
    X(ROOT_SIGNED, "a root administrator's signature completed an act", 5000)                                                                        \
    X(ACT_DENIED, "an act on a device was refused", 500)                                                                                             \
    X(SUCCEEDED, "a device was told to carry on for another", 2000)                                                                                  \
    X(ROTATED, "a device took another key", 500)                                                                                                     \
    X(ROTATED_STOLEN, "a stolen device took another key", 5000)                                                                                      \
    X(UNITED, "two rows became one", 20)                                                                                                             \
    X(UNITED_CHILD, "a row that named one that went on in another named that", 200)                                                                  \
    X(UNITED_KEY, "a row went on under another key, because its key named one that did", 500)                                                        \
    X(UNITED_COUNT, "a counter went on in another row", 200)                                                                                         \
    X(UNITED_OPEN, "two rows were not made one, for an open conflict", 500)                                                                          \
    X(PARTED, "a row that had gone on in another came back", 50)                                                                                     \
    X(PARTED_AT_ONCE, "two rows were made one and two again, and were as before", 100)                                                               \
    X(CARRIED, "a late write reached the row in which its own goes on", 100)                                                                         \
    X(CARRIED_OPEN, "a late write that was carried after left another open", 200)                                                                    \
    X(BESIDE_COMMITTED, "the app committed in the middle of a sync", 20)                                                                             \
    X(BESIDE_HELD, "a transaction of the app that writes was open during a sync", 20)                                                                \
    X(BESIDE_READ, "a transaction of the app that reads was open during a sync", 20)                                                                 \
    X(STICK, "a device merged what came in a bundle", 50)                                                                                            \
    X(STICK_CARRIED, "a bundle held what its device only carried", 500)                                                                              \
    X(STICK_DAMAGED, "a bundle was damaged on its way", 100)                                                                                         \
    X(JOINED, "a device joined in the middle", 20)                                                                                                   \
    X(JOINED_SECOND, "a device joined that the second administrator had invited", 2000)                                                              \
    X(JOINED_BY_HAND, "a device was let in by a person: its number had gone to another", 0)                                                          \
    X(JOINED_LATE, "a device joined after a column came", 100)                                                                                       \
    X(SEALED_STORE, "a store was sealed at rest", 5)                                                                                                 \
    X(PLAIN_STORE, "a store was plain", 5)                                                                                                           \
    X(FEED_READ, "somebody who follows a device read what had moved", 5)                                                                             \
    X(FEED_WHOLE, "somebody who follows a device read everything", 20)                                                                               \
    X(MIGRATED, "a column was added in the middle", 20)                                                                                              \
    X(MIGRATED_LATE, "a row was inserted where a column that others had was not known yet", 50)                                                      \
    X(MIGRATED_AHEAD, "a log that knew a column waited at a device that did not", 100)

enum sometimes {
#define X(name, text, seeds) SOMETIMES_##name,
    SOMETIMES_LIST(X)
#undef X
        SOMETIMES_COUNT
};

struct sometimes_table {
    uint64_t seeds, steps, txns, syncs, faults, segments, rows;
    uint64_t of[SOMETIMES_COUNT];
    uint64_t in_seeds[SOMETIMES_COUNT]; /* in how many seeds */
};

void sometimes_use(struct sometimes_table *table); /* where to count */
struct sometimes_table *sometimes_table(void);
void sometimes(enum sometimes what);
void sometimes_seed_end(void);
const char *sometimes_text(enum sometimes what);
void sometimes_print(const struct sometimes_table *table);
/* Names those that a run of so many seeds should have reached and never did; returns how many there are. */
unsigned sometimes_missing(const struct sometimes_table *table, bool print);

#endif
