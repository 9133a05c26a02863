/* account.h — the people who sign in: console.db, and a key file each (pinkey.h). Thread-safe.
 *
 * accounts/NAME.key holds a random seed, sealed under the PIN (Argon2id). The seed opens the account's desks and nothing else; a new PIN seals the
 * same seed anew. Who is who in a space, and what they may, is the roster's business: an account's device there. */
#ifndef JEMPUT_CONSOLE_ACCOUNT_H
#define JEMPUT_CONSOLE_ACCOUNT_H

#include "console.h"
#include "lockout.h"

enum { ACCOUNT_BYTES = 33, LABEL_BYTES = 129 };

struct account {
    char name[ACCOUNT_BYTES], label[LABEL_BYTES]; /* label: what the person is called */
    bool disabled;
    int64_t created_ms, last_sign_in_ms; /* 0 = never */
    struct lockout lockout; /* wrong PINs of all places, and the longest wait that one of them has */
};

struct accounts;
/* `guessed`: account_open() will be called, by people who may guess. */
int accounts_open(struct accounts **out, const char *folder, bool guessed, struct trouble *why);
void accounts_close(struct accounts *a);

/* 2 … 32 of a-z, 0-9, '.', '-', '_', beginning with a letter, and without ".key". */
bool account_name_good(const char *name);
struct account_new {
    const char *name, *label;
    bool pin_by_other; /* who is not its person knows the PIN: nothing goes before it is another one */
};
/* Make one, with a new seed. Stores of one whose key file is gone open for nobody: they are put aside, and the name is free.
 * -1 MOVED: there is one of that name, or its key file, which console.db knows nothing of (it may be an older copy). */
int account_add(struct accounts *a, const struct account_new *new, const char *pin, uint8_t seed[SEED_BYTES], struct trouble *why);
/* Take back one that was just made and leads nowhere. */
void account_drop(struct accounts *a, const char *name);
/* NULL-safe look-up; false: there is none. */
bool account_read(struct accounts *a, const char *name, struct account *out);
int accounts_each(struct accounts *a, int (*each)(void *ctx, const struct account *account), void *ctx, struct trouble *why);
/* Whether it is there and not disabled, as console.db says now: another program may have disabled it. *new_pin: its PIN is one that somebody else
 * chose. */
int account_active(struct accounts *a, const char *name, bool *active, bool *new_pin, struct trouble *why);
/* Whether another program has written into console.db since this was asked last. */
bool accounts_moved(struct accounts *a);
int account_disable(struct accounts *a, const char *name, bool disabled, struct trouble *why);

/* Forget the wrong PINs that were tried with a name: it may be tried again at once. */
int account_unlock(struct accounts *a, const char *name, struct trouble *why);

struct account_desk {
    int64_t space;
    char writer[33]; /* of its log there */
};
/* The desks that were made for it; how many, `max` at most. */
unsigned account_desks(struct accounts *a, const char *name, struct account_desk *out, unsigned max);
int account_desk_note(struct accounts *a, const char *name, int64_t space, const char *writer, struct trouble *why);

enum account_answer { ACCOUNT_IN, ACCOUNT_WRONG, ACCOUNT_WAIT, ACCOUNT_TROUBLE };
struct account_try {
    const char *name, *place; /* lockout_place(); of a session its short name */
    bool session;             /* the account's own session asks: what strangers got wrong is nothing to it */
    bool by_another;          /* an administrator was told the PIN: a right one is no signing in, and makes their place none of the account's own */
};
/* Try a PIN. WRONG: no such account, another PIN, or disabled: all alike, and as dear. WAIT: *retry_s. At most two at once (Argon2id: 64 MiB). */
enum account_answer account_open(struct accounts *a, const struct account_try *t, const char *pin, uint8_t seed[SEED_BYTES], unsigned *retry_s,
                                 struct trouble *why);
/* Its person's choice. Seal the same seed under another PIN; `seed` as account_open() gave it. 0: it holds, and is asked for no more; else the old
 * one holds, and nothing was changed: there is no third way. */
int account_pin_set(struct accounts *a, const char *name, const char *pin, const uint8_t seed[SEED_BYTES], struct trouble *why);

#endif
