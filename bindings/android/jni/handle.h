/* handle.h — numbers that Java holds in the place of pointers: a number that is not valid any more is noticed, never followed.
 *
 * A handle is kind (8 bits), slot (24) and generation (32); 0 = none. Whoever uses the object takes it and gives it back; ending a handle makes it
 * invalid at once, and whoever gives the object back last frees it. So a thread may end a handle while others are inside calls on it. A slot is used
 * again with the next generation, and never again when there is none left. Any thread; no JNI in here. */
#ifndef BINDING_HANDLE_H
#define BINDING_HANDLE_H

#include <stdbool.h>
#include <stdint.h>

enum handle_kind { HANDLE_STORE = 1, HANDLE_STATEMENT = 2, HANDLE_SINK = 3, HANDLE_CALL = 4 };

/* A handle of `object`. `end` (NULL: nothing is to be done) is called once with it, on the thread that gives it back last after handle_end(), with no
 * lock held.
 *   0: no memory, or 16 million are in use; `end` was not called */
int64_t handle_new(enum handle_kind kind, void *object, void (*end)(void *object));
/* The object, to be used until handle_give(); NULL: the handle was ended, or is of another kind, or never was one. */
void *handle_take(int64_t handle, enum handle_kind kind);
/* After each handle_take() that was not NULL, with the same handle. May call `end`. */
void handle_give(int64_t handle);
/* Invalid from now on; without users `end` is called at once. false: it was not valid, nothing was done. */
bool handle_end(int64_t handle, enum handle_kind kind);
/* The same, and waits until nobody uses the object: for one that lives on the caller's stack. Not from a thread that has taken it itself. */
bool handle_end_alone(int64_t handle, enum handle_kind kind);
/* How many are valid, or ended and still used: for tests that look for what was forgotten. */
unsigned handle_count(void);

#endif
