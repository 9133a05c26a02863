/* text.c — text and bytes from and to Java: copies, checked for NUL bytes; those of secrets are wiped. */
#include "binding.h"

#include <stdlib.h>
#include <string.h>

void memory_wipe(void *at, size_t len)
{
    for (volatile unsigned char *byte = at; len; len--)
        *byte++ = 0;
}

enum jemput_status bytes_take(JNIEnv *env, jbyteArray from, struct text *out, struct jemput_error *err)
{
    struct text t = { NULL, 0 };

    *out = t;
    if (!from)
        return JEMPUT_OK;
    t.len = (size_t)(*env)->GetArrayLength(env, from);
    t.bytes = malloc(t.len + 1);
    if (!t.bytes)
        return error_set(err, JEMPUT_NOMEM, "no memory for %zu bytes", t.len);
    (*env)->GetByteArrayRegion(env, from, 0, (jsize)t.len, (jbyte *)t.bytes);
    t.bytes[t.len] = '\0';
    *out = t;
    return JEMPUT_OK;
}

enum jemput_status text_take(JNIEnv *env, jbyteArray from, struct text *out, const char *what, struct jemput_error *err)
{
    enum jemput_status st = bytes_take(env, from, out, err);

    if (st || !out->bytes || !memchr(out->bytes, '\0', out->len))
        return st;
    text_wipe(out);
    return error_set(err, JEMPUT_MISUSE, "%s: there is a NUL character in it", what);
}

enum jemput_status text_need(JNIEnv *env, jbyteArray from, struct text *out, const char *what, struct jemput_error *err)
{
    enum jemput_status st = text_take(env, from, out, what, err);

    return st || out->bytes ? st : error_set(err, JEMPUT_MISUSE, "%s: it is null", what);
}

void text_release(struct text *t)
{
    free(t->bytes);
    *t = (struct text){ NULL, 0 };
}

void text_wipe(struct text *t)
{
    memory_wipe(t->bytes, t->len);
    text_release(t);
}

jbyteArray bytes_give(JNIEnv *env, const void *data, size_t len)
{
    jbyteArray array;

    if (!data)
        return NULL;
    array = (*env)->NewByteArray(env, (jsize)len);
    if (array)
        (*env)->SetByteArrayRegion(env, array, 0, (jsize)len, data);
    return array;
}

jbyteArray text_give(JNIEnv *env, const char *text)
{
    return bytes_give(env, text, text ? strlen(text) : 0);
}

jbyteArray pack_give(JNIEnv *env, struct pack *p)
{
    jbyteArray array = NULL;

    if (p->failed)
        error_throw_text(env, JEMPUT_NOMEM, "no memory for what is to be told");
    else
        array = bytes_give(env, p->data ? (const void *)p->data : "", p->len);
    pack_release(p);
    return array;
}

enum jemput_status secret_take(JNIEnv *env, jbyteArray pin, jbyteArray key, jbyteArray recovery, struct secret *out, struct jemput_error *err)
{
    enum jemput_status st;

    *out = (struct secret){ .given = pin || key || recovery };
    if (key && (*env)->GetArrayLength(env, key) != JEMPUT_SECRET_KEY)
        return error_set(err, JEMPUT_MISUSE, "a key has %d bytes", JEMPUT_SECRET_KEY);
    if (key)
        (*env)->GetByteArrayRegion(env, key, 0, JEMPUT_SECRET_KEY, (jbyte *)out->key);
    st = text_take(env, pin, &out->pin, "PIN", err);
    if (!st)
        st = text_take(env, recovery, &out->recovery, "recovery code", err);
    out->secret = (struct jemput_secret){ .pin = out->pin.bytes, .key = key ? out->key : NULL, .recovery = out->recovery.bytes };
    return st;
}

const struct jemput_secret *secret_given(const struct secret *s)
{
    return s->given ? &s->secret : NULL;
}

void secret_wipe(struct secret *s)
{
    text_wipe(&s->pin);
    text_wipe(&s->recovery);
    memory_wipe(s, sizeof *s);
}
