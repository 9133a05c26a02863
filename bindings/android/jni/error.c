/* error.c — a status of the engine as an exception of Java's. */
#include "binding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum jemput_status error_set(struct jemput_error *err, enum jemput_status status, const char *fmt, ...)
{
    va_list args;

    err->status = status;
    va_start(args, fmt);
    vsnprintf(err->text, sizeof err->text, fmt, args);
    va_end(args);
    return status;
}

void error_throw(JNIEnv *env, const struct jemput_error *err, int sqlite)
{
    jbyteArray text;
    jobject exception;

    if ((*env)->ExceptionCheck(env))
        return;
    text = text_give(env, err->text);
    exception = text ? (*env)->NewObject(env, binding.exception, binding.exception_new, (jint)err->status, (jint)sqlite, text) : NULL;
    if (exception)
        (*env)->Throw(env, exception);
    (*env)->DeleteLocalRef(env, exception);
    (*env)->DeleteLocalRef(env, text);
}

void error_throw_text(JNIEnv *env, enum jemput_status status, const char *text)
{
    struct jemput_error err;

    error_set(&err, status, "%s", text);
    error_throw(env, &err, 0);
}
