/* binding.h — what the files of this folder share: how a call of Java's becomes a call of jemput.h.
 *
 * Each native method copies its arguments, makes one call, maps what comes of it, and lets go again:
 *
 *     struct call c;
 *     if (!call_begin(&c, env, store, CALL_WHOLE))
 *         return;                        an exception is pending
 *     st = jemput_attachment_ask(c.jemput, …, &c.err);
 *     call_end(&c, st);                  throws JemputException if st is another than JEMPUT_OK
 *
 * Threads: a method may be called on any of Java's threads. Which calls of one handle may run beside each other is said by what they take of the
 * store: its engine, its app's connection, its life. Java's own locks give order; this is what keeps memory whole if they are wrong.
 * Upcalls: only on Java's thread that is inside the method, never with an exception pending. One that Java throws is kept, ends the call, and is
 * thrown when it has ended. No thread of ours is ever attached.
 * Text is UTF-8 in byte[]: JNI's own strings are something else. No Java object's field is read or written. */
#ifndef BINDING_BINDING_H
#define BINDING_BINDING_H

#include <jni.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include <jemput/jemput.h>

#include "handle.h"
#include "pack.h"

#if defined(__GNUC__)
#define BINDING_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define BINDING_PRINTF(fmt, args)
#endif

/* --- found once, when the library is loaded (load.c); classes are global references --- */

struct binding {
    jclass exception; /* JemputException(int code, int sqlite, byte[] text) */
    jmethodID exception_new;
    jclass io_exception;    /* java.io.IOException */
    jmethodID init_cause;   /* Throwable.initCause */
    jmethodID upcall_item;  /* boolean Upcall.item(int kind, byte[] packed) */
};
extern struct binding binding;

/* --- errors (error.c) --- */

enum jemput_status error_set(struct jemput_error *err, enum jemput_status status, const char *fmt, ...) BINDING_PRINTF(3, 4);
/* Throw JemputException. `sqlite`: SQLite's extended code; 0 = none. An exception that is pending already stays. */
void error_throw(JNIEnv *env, const struct jemput_error *err, int sqlite);
void error_throw_text(JNIEnv *env, enum jemput_status status, const char *text);

/* --- text and bytes (text.c) --- */

struct text {   /* zeroed: NULL */
    char *bytes; /* with a NUL behind them; NULL = null in Java */
    size_t len;
};
/* A copy. JEMPUT_MISUSE: a NUL in it; `what` is named in the text. JEMPUT_NOMEM. After an error it is NULL. */
enum jemput_status text_take(JNIEnv *env, jbyteArray from, struct text *out, const char *what, struct jemput_error *err);
/* The same, and what is not text may be in it. */
enum jemput_status bytes_take(JNIEnv *env, jbyteArray from, struct text *out, struct jemput_error *err);
/* JEMPUT_MISUSE also if it is null. */
enum jemput_status text_need(JNIEnv *env, jbyteArray from, struct text *out, const char *what, struct jemput_error *err);
void text_release(struct text *t);
void text_wipe(struct text *t); /* the same, of a secret */
void memory_wipe(void *at, size_t len);
/* A new array; NULL with OutOfMemoryError pending. data NULL: null. */
jbyteArray bytes_give(JNIEnv *env, const void *data, size_t len);
jbyteArray text_give(JNIEnv *env, const char *text);
/* A message, which is released. A failed one throws JEMPUT_NOMEM. */
jbyteArray pack_give(JNIEnv *env, struct pack *p);

/* A secret of Java's three; all null: none. Wiped by secret_wipe(), also after an error. */
struct secret {
    struct jemput_secret secret;
    struct text pin, recovery;
    unsigned char key[JEMPUT_SECRET_KEY];
    bool given;
};
enum jemput_status secret_take(JNIEnv *env, jbyteArray pin, jbyteArray key, jbyteArray recovery, struct secret *out, struct jemput_error *err);
const struct jemput_secret *secret_given(const struct secret *s); /* NULL: none */
void secret_wipe(struct secret *s);

/* --- calls back to Java (upcall.c) --- */

enum { UPCALL_PROGRESS = 1, UPCALL_ITEM = 2 }; /* as in Upcall */

struct upcall {
    JNIEnv *env;
    jobject target;    /* of class Upcall, or null: nobody is told. Or what else is called: a stream, a bridge */
    jthrowable thrown; /* by Java, kept; global */
};
struct upcall upcall_of(JNIEnv *env, jobject target);
/* Tell Java; non-zero: stop, because it said so, or threw, or memory is out (which it throws as well). The message stays the caller's. */
int upcall_item(struct upcall *u, int kind, const struct pack *message);
/* After any other call of Java's: did it throw? It is kept then, the first of several, and nothing is pending any more. */
bool upcall_threw(struct upcall *u);
/* Before a call that may make several local references, and after it. false: no memory, kept as thrown. */
bool upcall_frame(struct upcall *u);
void upcall_frame_end(struct upcall *u);
/* When the C call has ended: throw what was kept; true: there was something. An IOException becomes JemputException(IO) with it as its cause. */
bool upcall_rethrow(struct upcall *u);

/* --- stores and calls on them (store.c, call.c) --- */

struct statement;
struct watch { /* of a store: whom its changes are told (sink.c) */
    int64_t handle; /* of the sink, taken; 0 = nobody */
    struct sink *sink;
    int32_t tag;
};

struct box { /* what a handle of a store stands for */
    struct jemput *jemput;     /* NULL: closed */
    pthread_mutex_t engine;    /* one call at a time, as the engine wants it */
    pthread_mutex_t app;       /* the app's connection and its statements, which may be used during a sync */
    pthread_mutex_t life;      /* it is not locked, unlocked or restricted meanwhile */
    struct statement *statements;
    struct pack scratch;       /* rows on their way out; under `app` */
    struct watch watch;        /* under `engine` and `app` */
    atomic_uint refs;          /* the handle, and each statement */
};

/* What a call takes, in this order. */
enum {
    CALL_ENGINE = 1, /* sync and bundles, during which others may use the app's connection */
    CALL_APP = 2,
    CALL_LIFE = 4,   /* jemput_beside(), jemput_cancel(): nothing but that it is there */
    CALL_WHOLE = CALL_ENGINE | CALL_APP, /* most calls */
    CALL_ALL = CALL_WHOLE | CALL_LIFE,   /* lock, unlock */
};

struct call {
    JNIEnv *env;
    jlong handle;
    struct box *box;
    struct jemput *jemput;
    unsigned takes;
    int sqlite;        /* SQLite's code, for the exception */
    struct upcall *up; /* set by who makes upcalls: what they threw goes before the status */
    struct jemput_error err;
};
/* false: an exception is pending (the store is closed; this very thread is inside a call on it). */
bool call_begin(struct call *c, JNIEnv *env, jlong store, unsigned takes);
/* Give all back, then throw, if there is something to throw. */
void call_end(struct call *c, enum jemput_status st);
/* A call without a store, to be ended likewise: env, up and err alone are looked at. */
struct call call_free(JNIEnv *env);
/* `app` alone, where nothing may fail. false: this very thread has it already, in an upcall, and is not to give it back. */
bool app_lock(struct box *box);
void app_unlock(struct box *box, bool locked);

/* A box of an opened store, and its handle; 0 with an exception pending: the store was closed. */
jlong box_new(JNIEnv *env, struct jemput *jemput);
void box_give(struct box *box); /* one reference less */

/* --- the files' parts of closing a store --- */

void statements_end(struct box *box); /* statement.c: all of them; under `app` */
void watch_end(struct watch *watch);  /* sink.c: after the store was closed */

#endif
