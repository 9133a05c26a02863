/* store/replace/mend.h — contexts that are damaged, and what names them. */
#ifndef JEMPUT_STORE_REPLACE_MEND_H
#define JEMPUT_STORE_REPLACE_MEND_H

#include "store/check/check.h"

/* Take out what is damaged, and make anew what named it: the frontier, and the contexts of pending transactions. Segments and lines are whole.
 * Inside a transaction; *changed is set if there was something. */
enum jemput_status jemput_contexts_mend(struct jemput_store *store, struct jemput_tally *t, bool *changed, struct jemput_error *err) JEMPUT_MUST_USE;

/* Would that find nothing? Of a store with nothing pending. */
enum jemput_status jemput_contexts_sound(struct jemput_store *store, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
