/* android/fault.c — memory that runs out when a Java test says so, and is counted, in a copy of the library that is linked with it: allocations of
 * the binding and of the engine, and SQLite's through the engine, on the thread that asked for it. */
#include <jni.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
char *__real_strdup(const char *text);
void __real_free(void *at);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *at);

static _Thread_local jlong left = -1; /* so many more succeed, one fails, and then all succeed; -1 = none is to fail */
static _Thread_local jboolean failed;
static _Thread_local jlong blocks; /* that this thread has, less those that it gave back */

static jboolean fails(void)
{
    if (left < 0 || left-- > 0)
        return JNI_FALSE;
    failed = JNI_TRUE;
    return JNI_TRUE;
}

static void *counted(void *block)
{
    if (block)
        blocks++;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : counted(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(count, size));
}

void *__wrap_realloc(void *at, size_t size)
{
    if (fails())
        return NULL;
    return at ? __real_realloc(at, size) : counted(__real_realloc(NULL, size));
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : counted(__real_strdup(text));
}

void __wrap_free(void *at)
{
    if (at)
        blocks--;
    __real_free(at);
}

JNIEXPORT void JNICALL Java_org_jemput_FaultAlone_arm(JNIEnv *env, jclass class_of, jlong nth);
JNIEXPORT jboolean JNICALL Java_org_jemput_FaultAlone_disarm(JNIEnv *env, jclass class_of);
JNIEXPORT jlong JNICALL Java_org_jemput_FaultAlone_blocks(JNIEnv *env, jclass class_of);

JNIEXPORT void JNICALL Java_org_jemput_FaultAlone_arm(JNIEnv *env, jclass class_of, jlong nth)
{
    (void)env;
    (void)class_of;
    failed = JNI_FALSE;
    left = nth;
}

/* Did the nth come? */
JNIEXPORT jboolean JNICALL Java_org_jemput_FaultAlone_disarm(JNIEnv *env, jclass class_of)
{
    (void)env;
    (void)class_of;
    left = -1;
    return failed;
}

JNIEXPORT jlong JNICALL Java_org_jemput_FaultAlone_blocks(JNIEnv *env, jclass class_of)
{
    (void)env;
    (void)class_of;
    return blocks;
}
