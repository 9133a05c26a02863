/* stream.h — streams of Java's: InputStream, OutputStream, BundleSource. */
#ifndef BINDING_STREAM_H
#define BINDING_STREAM_H

#include "binding.h"

#define STREAM_BYTES 16384

struct stream {
    struct upcall up;  /* target: the stream */
    jmethodID method;  /* that reads or writes */
    jbyteArray buffer; /* STREAM_BYTES, used again and again */
};

/* false: an exception is kept in s->up. stream_end() it either way. */
bool stream_begin(struct stream *s, JNIEnv *env, jobject target, const char *method, const char *signature);
/* What it threw goes to `up`, if nothing is there already. */
void stream_end(struct stream *s, struct upcall *up);

/* InputStream.read(byte[], int, int): how many bytes, 0 at the end, below 0 if it threw. */
long stream_read(void *stream, void *out, size_t size);
enum jemput_status stream_write(void *stream, const void *data, size_t len, struct jemput_error *err);
/* BundleSource.read(long, byte[], int) */
enum jemput_status stream_read_at(void *stream, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err);

#endif
