/* base/zip.h — zlib, in one place: deflate and inflate of whole buffers with limits and an optional preset dictionary.
 *
 * JEMPUT_NOMEM and JEMPUT_LIMIT (above the buffer's max) are possible in both directions; a failure leaves `out` as it was. */
#ifndef JEMPUT_BASE_ZIP_H
#define JEMPUT_BASE_ZIP_H

#include "base/bytes.h"

/* Append the zlib stream of `in` to `out`. level 1..9; dictionary may be empty. */
enum jemput_status jemput_zip_deflate(struct jemput_buf *out, struct jemput_bytes in, int level, struct jemput_bytes dictionary,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* Append the inflated bytes of exactly one whole zlib stream.
 *   JEMPUT_CORRUPT   damaged, cut, trailing bytes, or asks for another dictionary
 *   JEMPUT_LIMIT     more than bytes_max or than `out` may hold, or more than ratio_max times in.len once above 64 KiB (0 = no ratio limit);
 *                    stops at the first byte above */
enum jemput_status jemput_zip_inflate(struct jemput_buf *out, struct jemput_bytes in, size_t bytes_max, unsigned ratio_max,
                                      struct jemput_bytes dictionary, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
