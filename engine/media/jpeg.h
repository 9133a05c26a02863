/* media/jpeg.h — a photo's place and owner taken out of a JPEG on its way, by leaving out segments: nothing is decoded, no pixel changes.
 *
 * What is kept is what a picture needs to be shown right (JFIF, ICC profile, Adobe's colour transform, which way is up) and when it was taken; every
 * other application segment and comment goes, with EXIF's GPS, maker's notes and serial numbers, XMP, IPTC; and whatever stands behind the picture's
 * end (phones append whole pictures there, with an EXIF of their own). Bytes that are no JPEG pass as they are.
 * Source: ITU-T T.81, annex B; EXIF 2.3; TIFF 6.0. Holds at most one segment (64 KiB). */
#ifndef JEMPUT_MEDIA_JPEG_H
#define JEMPUT_MEDIA_JPEG_H

#include "base/bytes.h"

/* Given bytes as they may go on; borrowed for the call. Another status than OK ends the work with it. */
typedef enum jemput_status (*jemput_jpeg_fn)(void *ctx, struct jemput_bytes bytes, struct jemput_error *err);

struct jemput_jpeg {
    jemput_jpeg_fn each;
    void *ctx;
    enum { JEMPUT_JPEG_START, JEMPUT_JPEG_PLAIN, JEMPUT_JPEG_MARKER, JEMPUT_JPEG_SEGMENT, JEMPUT_JPEG_SCAN, JEMPUT_JPEG_TAIL } state;
    bool escaped;       /* the last byte was FF */
    bool scanned;       /* a scan has begun: the picture is there, whatever is missing of it */
    bool has_exif;      /* one was kept */
    uint8_t code;       /* of the segment under way */
    size_t wanted;      /* bytes of it, its length field included; 0 = that is not known yet */
    unsigned removed;   /* segments that were left out or cut down, and a tail */
    struct jemput_buf segment;
};

void jemput_jpeg_init(struct jemput_jpeg *j, jemput_jpeg_fn each, void *ctx);
void jemput_jpeg_release(struct jemput_jpeg *j);
/* JEMPUT_CORRUPT: it begins as a JPEG and goes on as none, so that nobody can say what is in it    JEMPUT_NOMEM, or what `each` returned */
enum jemput_status jemput_jpeg_add(struct jemput_jpeg *j, struct jemput_bytes bytes, struct jemput_error *err) JEMPUT_MUST_USE;
/* That was all. JEMPUT_CORRUPT: it was cut before the picture. One that is cut within it passes as far as it goes. */
enum jemput_status jemput_jpeg_end(struct jemput_jpeg *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* After the end: were the bytes a JPEG's? */
bool jemput_jpeg_is_one(const struct jemput_jpeg *j);

/* exif.c: the TIFF bytes behind "Exif\0\0" written anew, with which way is up and when the picture was taken and nothing else; appends nothing if
 * they say neither, or cannot be read. */
void jemput_exif_reduce(struct jemput_buf *out, struct jemput_bytes tiff);

#endif
