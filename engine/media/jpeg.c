/* media/jpeg.c — segments of a JPEG, one after the other: kept, cut down, or left out. See jpeg.h. */
#include "media/jpeg.h"

#include <string.h>

#define SEGMENT_BYTES_MAX 65535 /* length field included */
#define SOI 0xd8
#define EOI 0xd9
#define SOS 0xda
#define APP0 0xe0
#define COM 0xfe
#define JFIF_BYTES 14 /* without a picture */

void jemput_jpeg_init(struct jemput_jpeg *j, jemput_jpeg_fn each, void *ctx)
{
    *j = (struct jemput_jpeg){ .each = each, .ctx = ctx, .segment = JEMPUT_BUF_INIT(SEGMENT_BYTES_MAX) };
}

void jemput_jpeg_release(struct jemput_jpeg *j)
{
    jemput_buf_release(&j->segment);
}

static enum jemput_status bytes_give(struct jemput_jpeg *j, const void *data, size_t len, struct jemput_error *err)
{
    return len ? j->each(j->ctx, jemput_bytes_of(data, len), err) : JEMPUT_OK;
}

static enum jemput_status marker_give(struct jemput_jpeg *j, uint8_t code, struct jemput_error *err)
{
    uint8_t marker[2] = { 0xff, code };

    return bytes_give(j, marker, sizeof marker, err);
}

/* --- segments --- */

static bool begins(struct jemput_bytes body, const char *words, size_t len)
{
    return body.len >= len && memcmp(body.data, words, len) == 0;
}

static bool is_kept(uint8_t code, struct jemput_bytes body)
{
    switch (code) {
    case APP0:
        return begins(body, "JFIF", 5) && body.len == JFIF_BYTES; /* behind that stands a small picture, as the whole one was before it was cut */
    case APP0 + 2:
        return begins(body, "ICC_PROFILE", 12);
    case APP0 + 14:
        return begins(body, "Adobe", 5);
    case COM:
        return false;
    default:
        return code < APP0 || code > APP0 + 15;
    }
}

/* The first EXIF segment, with little left in it. */
static enum jemput_status exif_give(struct jemput_jpeg *j, struct jemput_bytes body, struct jemput_error *err)
{
    struct jemput_buf made = JEMPUT_BUF_INIT(SEGMENT_BYTES_MAX);
    enum jemput_status st = JEMPUT_OK;
    size_t len;

    jemput_buf_append(&made, "\xff\xe1\0\0Exif\0\0", 10);
    jemput_exif_reduce(&made, jemput_bytes_of(body.data + 6, body.len - 6));
    st = jemput_buf_check(&made, "EXIF", err);
    len = made.len - 2;
    if (!st && made.len > 10) {
        made.data[2] = (uint8_t)(len >> 8);
        made.data[3] = (uint8_t)len;
        j->has_exif = true;
        st = bytes_give(j, made.data, made.len, err);
    }
    jemput_buf_release(&made);
    return st;
}

static enum jemput_status segment_end(struct jemput_jpeg *j, struct jemput_error *err)
{
    struct jemput_bytes body = jemput_bytes_of(j->segment.data + 2, j->segment.len - 2);
    enum jemput_status st = JEMPUT_OK;

    j->state = j->code == SOS ? JEMPUT_JPEG_SCAN : JEMPUT_JPEG_MARKER;
    j->scanned = j->scanned || j->code == SOS;
    if (is_kept(j->code, body)) {
        st = marker_give(j, j->code, err);
        if (!st)
            st = bytes_give(j, j->segment.data, j->segment.len, err);
    } else {
        j->removed++;
        if (j->code == APP0 + 1 && begins(body, "Exif\0", 6) && !j->has_exif)
            st = exif_give(j, body, err);
    }
    jemput_buf_clear(&j->segment);
    j->wanted = 0;
    return st;
}

/* As much of `bytes` as belongs to the segment; *used of it. */
static enum jemput_status segment_add(struct jemput_jpeg *j, struct jemput_bytes bytes, size_t *used, struct jemput_error *err)
{
    size_t need = (j->wanted ? j->wanted : 2) - j->segment.len;

    *used = bytes.len < need ? bytes.len : need;
    jemput_buf_append(&j->segment, bytes.data, *used);
    if (j->segment.failed)
        return jemput_buf_check(&j->segment, "segment", err);
    if (!j->wanted && j->segment.len == 2) {
        j->wanted = (size_t)j->segment.data[0] << 8 | j->segment.data[1];
        if (j->wanted < 2)
            return jemput_fail(err, JEMPUT_CORRUPT, "JPEG: a segment of no length");
    }
    return j->wanted && j->segment.len == j->wanted ? segment_end(j, err) : JEMPUT_OK;
}

/* --- markers and scans --- */

static enum jemput_status marker_take(struct jemput_jpeg *j, uint8_t code, struct jemput_error *err)
{
    j->escaped = false;
    if (code == EOI) {
        j->state = JEMPUT_JPEG_TAIL;
        return marker_give(j, code, err);
    }
    if (code == 0 || code == SOI)
        return jemput_fail(err, JEMPUT_CORRUPT, "JPEG: marker %02x stands where none may", code);
    if (code == 0x01 || (code >= 0xd0 && code <= 0xd7))
        return marker_give(j, code, err);
    j->code = code;
    j->state = JEMPUT_JPEG_SEGMENT;
    return JEMPUT_OK;
}

static enum jemput_status marker_add(struct jemput_jpeg *j, uint8_t byte, struct jemput_error *err)
{
    if (byte == 0xff) { /* any number of them before a marker */
        j->escaped = true;
        return JEMPUT_OK;
    }
    if (!j->escaped)
        return jemput_fail(err, JEMPUT_CORRUPT, "JPEG: no marker where one must be");
    return marker_take(j, byte, err);
}

/* Coded pixels, up to a marker that ends them. */
static enum jemput_status scan_add(struct jemput_jpeg *j, struct jemput_bytes bytes, size_t *used, struct jemput_error *err)
{
    const uint8_t *escape;

    *used = 1;
    if (j->escaped && (bytes.data[0] == 0 || (bytes.data[0] >= 0xd0 && bytes.data[0] <= 0xd7))) {
        j->escaped = false;
        return marker_give(j, bytes.data[0], err);
    }
    if (j->escaped && bytes.data[0] != 0xff) {
        j->state = JEMPUT_JPEG_MARKER;
        return marker_take(j, bytes.data[0], err);
    }
    if (bytes.data[0] == 0xff) {
        j->escaped = true;
        return JEMPUT_OK;
    }
    escape = memchr(bytes.data, 0xff, bytes.len);
    *used = escape ? (size_t)(escape - bytes.data) : bytes.len;
    return bytes_give(j, bytes.data, *used, err);
}

static enum jemput_status start_add(struct jemput_jpeg *j, uint8_t byte, struct jemput_error *err)
{
    if (!j->escaped && byte == 0xff) {
        j->escaped = true;
        return JEMPUT_OK;
    }
    if (j->escaped && byte == SOI) {
        j->escaped = false;
        j->state = JEMPUT_JPEG_MARKER;
        return marker_give(j, byte, err);
    }
    j->state = JEMPUT_JPEG_PLAIN;
    if (!j->escaped)
        return bytes_give(j, &byte, 1, err);
    j->escaped = false;
    return marker_give(j, byte, err);
}

enum jemput_status jemput_jpeg_add(struct jemput_jpeg *j, struct jemput_bytes bytes, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st && bytes.len) {
        size_t used = 1;

        switch (j->state) {
        case JEMPUT_JPEG_START:
            st = start_add(j, bytes.data[0], err);
            break;
        case JEMPUT_JPEG_PLAIN:
            used = bytes.len;
            st = bytes_give(j, bytes.data, bytes.len, err);
            break;
        case JEMPUT_JPEG_MARKER:
            st = marker_add(j, bytes.data[0], err);
            break;
        case JEMPUT_JPEG_SEGMENT:
            st = segment_add(j, bytes, &used, err);
            break;
        case JEMPUT_JPEG_SCAN:
            st = scan_add(j, bytes, &used, err);
            break;
        case JEMPUT_JPEG_TAIL:
            j->removed += !j->escaped; /* told once */
            j->escaped = true;
            used = bytes.len;
            break;
        }
        bytes = jemput_bytes_of(bytes.data + used, bytes.len - used);
    }
    return st;
}

enum jemput_status jemput_jpeg_end(struct jemput_jpeg *j, struct jemput_error *err)
{
    if (j->state == JEMPUT_JPEG_START && j->escaped)
        return bytes_give(j, "\xff", 1, err);
    if ((j->state == JEMPUT_JPEG_MARKER || j->state == JEMPUT_JPEG_SEGMENT) && !j->scanned)
        return jemput_fail(err, JEMPUT_CORRUPT, "JPEG: cut before the picture begins");
    return JEMPUT_OK;
}

bool jemput_jpeg_is_one(const struct jemput_jpeg *j)
{
    return j->state != JEMPUT_JPEG_START && j->state != JEMPUT_JPEG_PLAIN;
}
