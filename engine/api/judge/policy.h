/* api/judge/policy.h — what the policy lets this device, and the app on it, write. */
#ifndef JEMPUT_API_JUDGE_POLICY_H
#define JEMPUT_API_JUDGE_POLICY_H

#include "api/engine.h"

struct jemput_ask;
struct jemput_policy;
struct jemput_policy_calls;
/* The calls that bear on one table, read; kept in `kept` as long as no call is added. */
enum jemput_status engine_policy_of(struct engine_policies *kept, const struct jemput_policy_calls *calls, const struct jemput_table *table,
                                    const struct jemput_policy **out, struct jemput_error *err) JEMPUT_MUST_USE;
/* The store's hooks of these names. */
enum jemput_status engine_policy_check(void *engine, const struct jemput_table *table, struct jemput_bytes roles, struct jemput_bytes rules,
                                       uint16_t *steps, uint16_t *step_count, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_may_write(void *engine, const struct jemput_ask *ask, struct jemput_error *err) JEMPUT_MUST_USE;
/* handle/act_as.c: what the app's connection may do, of what this device may. */
void engine_acting(const struct jemput *j, unsigned *roles, struct jemput_bytes *scope);
/* Note what this device is: as given, or as the roster has it. Inside a store transaction. */
enum jemput_status engine_rights_put(struct jemput *j, unsigned roles, struct jemput_bytes scope, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_rights_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* As noted. The scope is in the arena. */
enum jemput_status engine_rights_noted(struct jemput *j, struct jemput_rights *out, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
