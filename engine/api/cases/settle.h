/* api/cases/settle.h — a person's word on a case: nothing is to be decided on it (schema/formats/control.md, "settle"). */
#ifndef JEMPUT_API_CASES_SETTLE_H
#define JEMPUT_API_CASES_SETTLE_H

#include "api/engine.h"

/* The act that holds for the case, if it has settled it as it is now; NULL = none. */
const struct jemput_act *case_settled(const struct jemput *j, const struct jemput_case *told);
bool case_may_be_settled(const char *kind);
/* How often the key has asked to be let in, as far as is known here. */
uint64_t case_asked_times(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES]);
/* Has it settled that this key asks to be let in? */
bool case_ask_settled(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES]);

#endif
