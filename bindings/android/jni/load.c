/* load.c — when Java loads the library: what is looked up once; and what needs no store: version, words of a status, folder for temporary files. */
#include "binding.h"
#include "org_jemput_Native.h"

#include <sqlite3.h>
#include <string.h>

struct binding binding;

static jclass class_find(JNIEnv *env, const char *name)
{
    jclass local = (*env)->FindClass(env, name), global = local ? (*env)->NewGlobalRef(env, local) : NULL;

    (*env)->DeleteLocalRef(env, local);
    return global;
}

static jmethodID method_find(JNIEnv *env, const char *class_name, const char *name, const char *signature)
{
    jclass class_of = (*env)->FindClass(env, class_name);
    jmethodID method = class_of ? (*env)->GetMethodID(env, class_of, name, signature) : NULL;

    (*env)->DeleteLocalRef(env, class_of);
    return method;
}

/* false: an exception is pending that names what is missing. */
static bool binding_find(JNIEnv *env, struct binding *b)
{
    b->exception = class_find(env, "org/jemput/JemputException");
    if (b->exception)
        b->exception_new = (*env)->GetMethodID(env, b->exception, "<init>", "(II[B)V");
    if (b->exception_new)
        b->io_exception = class_find(env, "java/io/IOException");
    if (b->io_exception)
        b->init_cause = method_find(env, "java/lang/Throwable", "initCause", "(Ljava/lang/Throwable;)Ljava/lang/Throwable;");
    if (b->init_cause)
        b->upcall_item = method_find(env, "org/jemput/Upcall", "item", "(I[B)Z");
    return b->upcall_item != NULL;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    JNIEnv *env;

    (void)reserved;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_1_6) != JNI_OK)
        return JNI_ERR;
    return binding_find(env, &binding) ? JNI_VERSION_1_6 : JNI_ERR;
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_abi(JNIEnv *env, jclass class_of)
{
    (void)env;
    (void)class_of;
    return org_jemput_Native_ABI; /* of the sources that it was built with: Java compares it with its own */
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_version(JNIEnv *env, jclass class_of)
{
    (void)class_of;
    return text_give(env, jemput_version());
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_name(JNIEnv *env, jclass class_of, jint code)
{
    (void)class_of;
    return text_give(env, jemput_status_name((enum jemput_status)code));
}

JNIEXPORT jint JNICALL Java_org_jemput_Native_traits(JNIEnv *env, jclass class_of, jint code)
{
    (void)env;
    (void)class_of;
    return (jemput_status_retryable((enum jemput_status)code) ? org_jemput_Native_TRAIT_RETRYABLE : 0) |
           (jemput_status_safe((enum jemput_status)code) ? org_jemput_Native_TRAIT_SAFE : 0);
}

static const char *words(enum jemput_status status, int which, const char *language)
{
    const struct jemput_words *words = jemput_status_words(status, language);

    switch (which) {
    case org_jemput_Native_WORDS_WHAT:
        return words->what;
    case org_jemput_Native_WORDS_SAFE:
        return words->safe;
    case org_jemput_Native_WORDS_TODO:
        return words->todo;
    default:
        return jemput_status_advice(status, language);
    }
}

JNIEXPORT jbyteArray JNICALL Java_org_jemput_Native_words(JNIEnv *env, jclass class_of, jint code, jint which, jbyteArray language)
{
    struct jemput_error err;
    struct text lang;
    jbyteArray told;

    (void)class_of;
    if (text_take(env, language, &lang, "language", &err)) /* this call tells of errors, and has none itself */
        return text_give(env, words((enum jemput_status)code, which, NULL));
    told = text_give(env, words((enum jemput_status)code, which, lang.bytes));
    text_release(&lang);
    return told;
}

/* Once SQLite runs: by SQLITE_TMPDIR it could be told before only. Others may be reading the one before: so that is not freed, and nobody names more
 * than a few. */
JNIEXPORT void JNICALL Java_org_jemput_Native_temporary(JNIEnv *env, jclass class_of, jbyteArray folder)
{
    struct call c = call_free(env);
    struct text t;
    char *copy = NULL;
    enum jemput_status st = text_need(env, folder, &t, "folder", &c.err);

    (void)class_of;
    if (!st && (!sqlite3_temp_directory || strcmp(sqlite3_temp_directory, t.bytes) != 0)) {
        copy = sqlite3_mprintf("%s", t.bytes);
        if (copy)
            __atomic_store_n(&sqlite3_temp_directory, copy, __ATOMIC_RELEASE);
        else
            st = error_set(&c.err, JEMPUT_NOMEM, "no memory for the name of a folder");
    }
    text_release(&t);
    call_end(&c, st);
}
