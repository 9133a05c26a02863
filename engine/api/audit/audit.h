/* api/audit/audit.h — checking everything: what its parts share. The public call is jemput_audit() (audit.c); of a hub's folder, audit/hub.c. */
#ifndef JEMPUT_API_AUDIT_AUDIT_H
#define JEMPUT_API_AUDIT_AUDIT_H

#include "api/engine.h"

struct audit {
    struct jemput *j;
    const struct jemput_audit_options *options;
    struct jemput_audit *out;
    enum jemput_audit_part part; /* that is looked at now */
    bool silent;                 /* the callback wants no more */
    uint64_t steps, steps_total; /* segments that were looked at, and those known to come */
};
/* One finding of the part that is looked at. */
void audit_find(void *audit, const char *what);
/* The same, put together. */
void audit_say(struct audit *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A pass over all segments after that one begins. */
enum jemput_status audit_expect(struct audit *a, int64_t after, struct jemput_error *err) JEMPUT_MUST_USE;
/* Before each segment: tell how far it has come.   JEMPUT_CANCELLED */
enum jemput_status audit_step(struct audit *a, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status audit_is_over(struct audit *a, struct jemput_error *err) JEMPUT_MUST_USE; /* JEMPUT_CANCELLED */

/* --- audit/who.c: who this is, and who may what --- */

/* The genesis segment's parts are those that the space is the hash of; the key is this device's; its log ends where the next segment will begin. */
enum jemput_status audit_identity(struct audit *a, struct jemput_error *err) JEMPUT_MUST_USE;
/* The roster, in numbers; and what this device notes of itself against it. */
enum jemput_status audit_roster(struct audit *a, struct jemput_error *err) JEMPUT_MUST_USE;
/* Boxes that do not open, and kept keys that are none of their epoch's. */
enum jemput_status audit_keys(struct audit *a, struct jemput_error *err) JEMPUT_MUST_USE;
/* Numbers of a roster, of a store's or a hub's. */
void audit_roster_count(struct jemput_audit *out, const struct jemput_roster *roster);

/* --- audit/log.c: segments, and what they give --- */

enum jemput_status audit_logs(struct audit *a, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- audit/central.c --- */

enum jemput_status audit_central(struct audit *a, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
