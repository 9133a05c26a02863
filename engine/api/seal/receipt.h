/* api/seal/receipt.h — how far central has merged the own log. */
#ifndef JEMPUT_API_SEAL_RECEIPT_H
#define JEMPUT_API_SEAL_RECEIPT_H

#include "api/engine.h"

/* The segment whose frontier says what central has merged: its newest, on the line that the hub showed last. JEMPUT_NOTFOUND. */
enum jemput_status engine_receipt_segment(struct jemput *j, const struct jemput_writer *central, struct jemput_segment *out,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Note how far that covers the own log, which may be less than it was. Inside a store transaction. */
enum jemput_status engine_receipt_note(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
