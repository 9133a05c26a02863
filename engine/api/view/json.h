/* api/view/json.h — SQL values as JSON, and back: a BLOB is the text "x'0f…'", and a text that would look like that begins with "t'". */
#ifndef JEMPUT_API_VIEW_JSON_H
#define JEMPUT_API_VIEW_JSON_H

#include "change/value.h"

void view_json_write(struct jemput_buf *out, const struct jemput_value *value);
/* An array of exactly `count` values; texts and blobs in the arena. false: it is none. *nomem: or there was no memory. */
bool view_json_array(struct jemput_value *out, unsigned count, struct jemput_bytes text, struct jemput_arena *arena, bool *nomem);

#endif
