/* device.h — acts on devices, for the commands that make them: words, root keys, carrying out, telling what came of it. */
#ifndef JEMPUT_CLI_DEVICE_H
#define JEMPUT_CLI_DEVICE_H

#include <stdbool.h>

#include <jemput/jemput.h>

#include "options.h"

/* For programs: "active", "suspended", "rotated", "revoked", "asks". */
const char *device_state_word(enum jemput_device_state state);
/* For people; `reason` of a revocation. */
const char *device_state_text(enum jemput_device_state state, const char *reason);
/* What the engine says of why a device waits, in the user's language. */
const char *device_why_text(const char *why);

/* If this device was revoked or suspended, say so, and what becomes of its work; else nothing. */
void device_standing_text(const struct jemput_info *info);

/* Report why an act came to nothing, in the user's language. The exit code. */
int device_failed(const struct jemput_error *err);

struct device_doing {
    struct jemput_device_act act;
    const char *root; /* file of a root key; NULL = this device signs */
    bool dry_run;
    bool as_now;      /* of a change: roles or scope that were not said stay as they are; else they are as when the device was let in */
    char root_segment[65]; /* out: what the root key has signed; "" = nothing */
    void (*tell)(const struct jemput_device_act *act, const struct jemput_device_act_report *report); /* what will happen, or has */
};
/* Open the store, say what will happen, do it, and say what is left to do. The exit code. */
int device_do(struct cli *cli, struct device_doing *doing);

#endif
