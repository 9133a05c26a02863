/* answer.c — see answer.h. */
#define _GNU_SOURCE
#include "answer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>
#include <sqlite3.h>

static bool begin(struct answer *a, const char *type)
{
    answer_release(a);
    a->memory = open_memstream(&a->data, &a->len);
    if (!a->memory) {
        a->status = 503;
        return false;
    }
    a->status = 200;
    a->type = type;
    a->json = (struct json){ .out = a->memory };
    return true;
}

bool answer_open(struct answer *a)
{
    return begin(a, "application/json");
}

bool answer_open_bytes(struct answer *a, const char *type)
{
    return begin(a, type);
}

void answer_close(struct answer *a)
{
    if (!a->memory)
        return;
    if (fclose(a->memory)) {
        free(a->data);
        a->data = NULL;
        a->len = 0;
        a->status = 503;
    }
    a->memory = NULL;
}

void answer_release(struct answer *a)
{
    answer_close(a);
    if (a->data)
        sodium_memzero(a->data, a->len);
    free(a->data);
    if (a->fd > 0)
        close(a->fd);
    a->data = NULL;
    a->len = 0;
    a->fd = 0;
    a->file_name[0] = '\0';
    a->stream = false;
}

bool answer_error_begin(struct answer *a, unsigned status, const char *code, const struct answer_words *words)
{
    unsigned retry_s = a->retry_s;
    struct json *j = &a->json;

    if (!answer_open(a))
        return false;
    a->status = status;
    json_object(j, NULL);
    json_text(j, "code", code);
    json_text(j, "text_id", words->text_id);
    json_text(j, "text_en", words->text_en);
    json_text(j, "safe_id", words->safe_id ? words->safe_id : "Data Anda aman.");
    json_text(j, "safe_en", words->safe_en ? words->safe_en : "Your data is safe.");
    json_text(j, "todo_id", words->todo_id ? words->todo_id : "Coba lagi; bila tetap begini, hubungi administrator.");
    json_text(j, "todo_en", words->todo_en ? words->todo_en : "Try again; if it stays so, ask your administrator.");
    if (retry_s)
        json_count(j, "retry_s", retry_s);
    return true;
}

bool answer_error(struct answer *a, unsigned status, const char *code, const struct answer_words *words)
{
    if (answer_error_begin(a, status, code, words))
        json_end_object(&a->json);
    return false;
}

unsigned answer_http_status(enum jemput_status status)
{
    switch (status) {
    case JEMPUT_OK:
        return 200;
    case JEMPUT_MISUSE:
        return 400;
    case JEMPUT_DENIED:
        return 403;
    case JEMPUT_NOTFOUND:
        return 404;
    case JEMPUT_EXISTS:
        return 409;
    case JEMPUT_LIMIT:
        return 413;
    case JEMPUT_BUSY:
    case JEMPUT_CANCELLED:
        return 503;
    case JEMPUT_OFFLINE:
    case JEMPUT_UNTRUSTED:
        return 502;
    default:
        return 500;
    }
}

bool answer_status(struct answer *a, enum jemput_status status)
{
    const struct jemput_words *id = jemput_status_words(status, "id"), *en = jemput_status_words(status, "en");
    const struct answer_words words = { id->what, en->what, id->safe, en->safe, id->todo, en->todo };

    if (status == JEMPUT_BUSY || status == JEMPUT_CANCELLED)
        a->retry_s = 2;
    return answer_error(a, answer_http_status(status), jemput_status_name(status), &words);
}

bool answer_engine(struct answer *a, const struct jemput_error *err)
{
    if (answer_http_status(err->status) == 500)
        fprintf(stderr, "jemput console: %s: %s\n", jemput_status_name(err->status), err->text);
    return answer_status(a, err->status);
}

bool answer_misuse(struct answer *a, const char *what)
{
    const struct answer_words words = { "Permintaan ini tidak dapat dipahami.",    what, NULL, NULL, "Muat ulang halaman, lalu coba lagi.",
                                        "Load the page again, then try once more." };

    return answer_error(a, 400, "JEMPUT_MISUSE", &words);
}

bool answer_mistake(struct answer *a, const char *text_id, const char *text_en)
{
    const struct answer_words words = { text_id, text_en, "Tidak ada yang diubah.", "Nothing was changed.", "Perbaiki, lalu coba lagi.",
                                        "Put it right, then try again." };

    return answer_error(a, 400, "JEMPUT_MISUSE", &words);
}

bool answer_not_found(struct answer *a)
{
    const struct answer_words words = { "Tidak ada, atau bukan untuk akun Anda.",
                                        "There is no such thing, or it is not for your account.",
                                        NULL,
                                        NULL,
                                        "Periksa daftar; mungkin sudah berubah.",
                                        "Look at the list; it may have changed." };

    return answer_error(a, 404, "JEMPUT_NOTFOUND", &words);
}

bool answer_denied(struct answer *a)
{
    const struct answer_words words = { "Peran akun Anda tidak mengizinkannya.",
                                        "Your account's role does not allow it.",
                                        NULL,
                                        NULL,
                                        "Mintalah admin dinas bila ini tugas Anda.",
                                        "Ask the office's administrator if this is your work." };

    return answer_error(a, 403, "JEMPUT_DENIED", &words);
}

bool answer_trouble(struct answer *a, const struct trouble *why)
{
    const struct answer_words words = { "Ada yang salah di server konsol.",
                                        "Something is wrong in the console's server.",
                                        "Yang sudah tersimpan tetap ada.",
                                        "What was saved is still there.",
                                        "Coba lagi; bila tetap begini, hubungi administrator: sebabnya ada di catatan server.",
                                        "Try again; if it stays so, ask your administrator: the server's log says why." };

    fprintf(stderr, "jemput console: %s\n", why->text);
    return why->kind == TROUBLE_LATER ? answer_status(a, JEMPUT_BUSY) : answer_error(a, 500, "JEMPUT_IO", &words);
}

bool answer_done(struct answer *a)
{
    if (!answer_open(a))
        return false;
    json_object(&a->json, NULL);
    json_bool(&a->json, "done", true);
    json_end_object(&a->json);
    return true;
}

void json_text_or_null(struct json *j, const char *key, const char *text)
{
    if (text)
        json_text(j, key, text);
    else
        json_null(j, key);
}

void json_column(struct json *j, const char *key, struct sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    json_text_of(j, key, text ? text : "", text ? (size_t)sqlite3_column_bytes(stmt, column) : 0);
}

void json_column_or_null(struct json *j, const char *key, struct sqlite3_stmt *stmt, int column)
{
    if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
        json_null(j, key);
    else
        json_column(j, key, stmt, column);
}

void json_number_or_null(struct json *j, const char *key, bool known, int64_t number)
{
    if (known)
        json_integer(j, key, number);
    else
        json_null(j, key);
}

void json_hex(struct json *j, const char *key, const void *bytes, size_t len)
{
    char hex[129];

    if (len > 64)
        len = 64;
    sodium_bin2hex(hex, sizeof hex, bytes, len);
    json_text(j, key, hex);
}

void json_space_error(struct json *j, struct sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);
    const char *id = text && text[0] ? "Layanan pusat tidak dapat menyelesaikan putarannya." : "";
    const char *en = text && text[0] ? "The central service could not complete its round." : "";

    for (enum jemput_status st = JEMPUT_MISUSE; text && st <= JEMPUT_UNTRUSTED; st++)
        if (strstr(text, jemput_status_name(st))) {
            id = jemput_status_words(st, "id")->what;
            en = jemput_status_words(st, "en")->what;
        }
    json_column(j, "error", stmt, column);
    json_text(j, "error_id", id);
    json_text(j, "error_en", en);
}
