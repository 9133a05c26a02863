/* sim/roll.h — what the tests of devices ask of a fleet: acts that must go well or be refused, and what the list says of a device. */
#ifndef TESTS_SIM_ROLL_H
#define TESTS_SIM_ROLL_H

#include "api/engine.h"
#include "fleet.h"

/* The act goes well. */
struct jemput_device_act_report roll_act(struct fleet *f, unsigned device, struct jemput_device_act act);
/* It is refused so, with this word in the text. */
void roll_refused(struct fleet *f, unsigned device, struct jemput_device_act act, enum jemput_status expected, const char *word);

struct roll_device { /* as jemput_devices() tells it, with texts of its own */
    int found;
    enum jemput_device_state state;
    char key[65], writer[33], roles[64], scope[64], reason[16], why[128], label[32], version[64];
    uint32_t root, carries_on_for, schema_version, key_turn;
    int self, clock_doubtful;
    uint64_t segments, unsent;
    int64_t last_seen_ms, last_receipt_ms, store_mib, free_mib;
};
/* By number: the last of that number in the list of `device`. A number that is not there fails the test. */
struct roll_device roll_device(struct fleet *f, unsigned device, uint32_t number);
/* The one that asks to be let in whose key begins so ("" = any); found = 0: there is none. */
struct roll_device roll_asks(struct fleet *f, unsigned device, const char *key);
void roll_expect(struct fleet *f, unsigned device, uint32_t number, enum jemput_device_state state, const char *roles, const char *scope);
unsigned roll_waiting(struct fleet *f, unsigned device, char act[65], uint32_t *signers); /* root acts that wait; the last of them */

/* The key epoch that it seals under now. */
uint32_t roll_epoch(struct fleet *f, unsigned device);

/* Segments of a device's own log, as the device has it. */
uint64_t roll_segments(struct fleet *f, unsigned device);
/* One more device, invited by `by`; it has met no hub yet. Gives its number in the fleet. */
unsigned roll_join(struct fleet *f, unsigned by, const char *roles);

/* Where a device's branch stands at a hub, and putting it there. */
struct jemput_oid roll_tip(struct fleet *f, unsigned device, unsigned hub);
void roll_tip_put(struct fleet *f, unsigned device, unsigned hub, const struct jemput_oid *tip);

#endif
