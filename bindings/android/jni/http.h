/* http.h — the platform's HTTP for one call of the engine: struct jemput_http over HttpBridge of Java's. */
#ifndef BINDING_HTTP_H
#define BINDING_HTTP_H

#include "binding.h"

#include <jemput/http.h>

struct bridge {
    struct jemput_http http;
    struct upcall up; /* target: the HttpBridge; what it threw */
};

/* Lives on the caller's stack, for a call on this very thread. target null: there is none. */
void bridge_init(struct bridge *b, JNIEnv *env, jobject target);
/* For the engine; NULL if there is none. */
struct jemput_http *bridge_http(struct bridge *b);
/* The call is over: Java is told so, and what it threw goes to `up`, if nothing is there already. */
void bridge_end(struct bridge *b, struct upcall *up);

#endif
