/* api/handle/writer.h — going on as another writer. */
#ifndef JEMPUT_API_HANDLE_WRITER_H
#define JEMPUT_API_HANDLE_WRITER_H

#include "api/engine.h"

/* Go on as another writer. Inside a store transaction, with nothing pending; the caller puts key, epoch and writer of the handle back if that fails.
 * */
enum jemput_status engine_writer_become(struct jemput *j, const uint8_t seed[JEMPUT_SEED_BYTES], uint32_t epoch,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* If another handle of this store has done so meanwhile: be that writer, too. */
enum jemput_status engine_writer_follow(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
