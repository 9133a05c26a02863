/* support/crash_disk.h — a disk in memory that loses power: what crash_vfs (SQLite's files) and sim_env (all other files) stand on.
 *
 * A file has what programs see (`now`), what is safe (`durable`), and the writes and truncations between the two, in order. A sync makes the
 * file's bytes safe; names (creations, deletions) are safe once their folder is synced. A power cut decides from a seed for each thing that was
 * not safe whether it is lost, kept, or torn, and then every open handle is dead. Out of memory aborts: the disk is not under test. One thread. */
#ifndef TESTS_SUPPORT_CRASH_DISK_H
#define TESTS_SUPPORT_CRASH_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crash_op {
    CRASH_OP_WRITE, /* the first four change the disk: a power cut can be set at the nth of them */
    CRASH_OP_TRUNCATE,
    CRASH_OP_SYNC,
    CRASH_OP_DELETE, /* and rename */
    CRASH_OP_READ,
    CRASH_OP_OPEN,
    CRASH_OP_ACCESS,
    CRASH_OP_SIZE,
    CRASH_OP_SHM_MAP,
    CRASH_OP_COUNT
};

enum crash_fault {
    CRASH_FAULT_NONE,
    CRASH_FAULT_IO,  /* the nth operation of any kind fails */
    CRASH_FAULT_FULL /* the nth write finds no space */
};

/* What the disk answers to an operation. */
enum crash_answer { CRASH_DONE, CRASH_FAILED, CRASH_NO_SPACE, CRASH_NO_POWER };

struct crash_counters {
    uint64_t ops[CRASH_OP_COUNT];
    uint64_t all_ops;       /* of any kind: the index of CRASH_FAULT_IO */
    uint64_t change_ops;    /* writes, truncations, syncs, deletions: the index of cut_at */
    uint64_t written_bytes; /* by writes */
    uint64_t lost, kept, torn; /* unsynced changes, decided by power cuts */
    uint64_t faults;        /* operations made to fail by fail_at */
};

struct crash_blob {
    uint8_t *data;
    size_t len, cap;
};

struct crash_change { /* that is not safe yet */
    uint64_t seq;
    uint64_t offset; /* of a truncation: the new size */
    size_t len;
    size_t log_at;
    bool is_truncate;
};

struct crash_node {
    struct crash_node *next;
    char *name;
    struct crash_blob now, durable;
    struct crash_blob log; /* bytes of the unsynced writes, one after the other */
    struct crash_change *changes;
    size_t change_count, change_cap;
    uint64_t made_seq, gone_seq;
    bool linked;       /* has its name */
    bool name_durable; /* and would have it after a power cut */
    bool ghost;        /* deleted, but the deletion may be lost */
    bool is_folder;
    int64_t modified_ms;
    unsigned refs;     /* open handles */
    void *lock_state;  /* crash_vfs's, freed with free() */
};

struct crash_disk {
    struct crash_node *nodes;
    struct crash_counters count;
    uint64_t seq;        /* orders unsynced changes over all files */
    uint64_t generation; /* grows with each power cut and restore: handles of an older one are dead */
    uint64_t cut_at;     /* UINT64_MAX = never */
    bool no_power;       /* cut_at was reached: everything fails until crash_disk_power_cut */
    enum crash_fault fault;
    uint64_t fault_at, fault_seen;
    bool fault_sticky;
    bool lying;          /* sync answers done and does nothing */
    uint64_t rng;
    int64_t now_ms;      /* stamped on files; sim_env moves it */
    void (*on_power_cut)(struct crash_node *node); /* forget locks and shared memory */
    void (*on_free)(struct crash_node *node);
};

struct crash_snapshot;

uint64_t crash_rng_next(uint64_t *state); /* splitmix64 */

void crash_disk_init(struct crash_disk *d);
void crash_disk_release(struct crash_disk *d); /* no handle may be open */

/* Count the operation and say whether it may go on. CRASH_FAILED and CRASH_NO_SPACE of a write: write the first half, as disks do. */
enum crash_answer crash_disk_begin(struct crash_disk *d, enum crash_op op);

struct crash_node *crash_disk_find(struct crash_disk *d, const char *name);
struct crash_node *crash_disk_make(struct crash_disk *d, const char *name); /* name NULL = nameless; not yet durable */
void crash_node_ref(struct crash_node *n);
void crash_node_unref(struct crash_disk *d, struct crash_node *n);

/* The whole operation: counted, may fail. A write or truncation that meets the power cut is left unsynced, so it may be lost, kept or torn. */
enum crash_answer crash_disk_write(struct crash_disk *d, struct crash_node *n, const void *data, size_t len, uint64_t offset);
enum crash_answer crash_disk_truncate(struct crash_disk *d, struct crash_node *n, uint64_t size);
enum crash_answer crash_disk_sync(struct crash_disk *d, struct crash_node *n, bool folder_too);
enum crash_answer crash_disk_delete(struct crash_disk *d, struct crash_node *n, bool folder_too);
enum crash_answer crash_disk_rename(struct crash_disk *d, struct crash_node *n, const char *to); /* syncs the folder; replaces `to` */

void crash_disk_power_cut(struct crash_disk *d, uint64_t seed);
void crash_disk_fail_at(struct crash_disk *d, uint64_t index, enum crash_fault kind, bool sticky);

/* Files with names, as they are now and all counted as safe. Restoring kills open handles and disarms cut_at and fail_at. */
struct crash_snapshot *crash_disk_snapshot(struct crash_disk *d);
void crash_disk_restore(struct crash_disk *d, const struct crash_snapshot *s);
void crash_snapshot_free(struct crash_snapshot *s);

/* Put a safe file there, outside of all counting. */
struct crash_node *crash_disk_put(struct crash_disk *d, const char *name, const void *data, size_t len);

#endif
