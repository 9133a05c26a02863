/* ask_account.c — GET /api/accounts: who may sign in, as what, and who is. */
#include <stdlib.h>
#include <string.h>

#include "account.h"
#include "govern.h"

/* Where somebody signs in from is for those alone who may end it. */
static void sessions_json(struct request *q, struct json *j, const char *account)
{
    struct session_told of[SESSIONS_AN_ACCOUNT + 1];
    const struct session *own = q->session;
    unsigned count = strcmp(account, own->account) == 0 || governs(q, account) ? sessions_of(account, of, SESSIONS_AN_ACCOUNT + 1) : 0;

    json_array(j, "sessions");
    for (unsigned i = 0; i < count; i++) {
        json_object(j, NULL);
        json_text(j, "session", of[i].short_name);
        json_integer(j, "since_ms", of[i].since_ms);
        json_integer(j, "seen_ms", of[i].seen_ms);
        json_text(j, "address", of[i].address);
        json_bool(j, "current", strcmp(of[i].short_name, own->short_name) == 0);
        json_end_object(j);
    }
    json_end_array(j);
}

static const char device_sql[] =
    "SELECT s.name, d.number, d.roles, d.scope, d.state FROM space s LEFT JOIN device_ d ON d.space = s.id AND d.writer = ?2 WHERE s.id = ?1";

static const char *state_of(struct sqlite3_stmt *stmt)
{
    const char *state = (const char *)sqlite3_column_text(stmt, 4);

    return !state || strcmp(state, "menunggu") == 0 ? "asks"
           : strcmp(state, "aktif") == 0            ? "active"
           : strcmp(state, "ditangguhkan") == 0     ? "suspended"
                                                    : "revoked";
}

static void spaces_json(struct request *q, struct json *j, const char *account)
{
    struct account_desk of[SPACES_MAX / 4];
    unsigned count = account_desks(request_accounts(), account, of, SPACES_MAX / 4);
    bool own = strcmp(account, q->session->account) == 0;
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "spaces");
    if (base_prepare(q->reader->office.db, &stmt, device_sql, &why) == 0) {
        for (unsigned i = 0; i < count; i++) {
            base_bind(stmt, "it", of[i].space, of[i].writer);
            if (!reach_find(&q->reach, of[i].space) && !own)
                continue; /* what it is in other spaces is their administrators' business */
            if (sqlite3_step(stmt) != SQLITE_ROW)
                continue;
            json_object(j, NULL);
            json_integer(j, "id", of[i].space);
            json_column(j, "name", stmt, 0);
            json_integer(j, "device", sqlite3_column_int64(stmt, 1));
            json_text(j, "roles", sqlite3_column_text(stmt, 2) ? (const char *)sqlite3_column_text(stmt, 2) : "");
            json_text(j, "scope", sqlite3_column_text(stmt, 3) ? (const char *)sqlite3_column_text(stmt, 3) : "");
            json_text(j, "state", state_of(stmt));
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

static void account_json(struct request *q, const struct account *account)
{
    struct json *j = &q->answer.json;

    json_object(j, NULL);
    json_text(j, "account", account->name);
    json_text(j, "name", account->label);
    json_text(j, "state", account->disabled ? "disabled" : "active");
    spaces_json(q, j, account->name);
    json_number_or_null(j, "last_sign_in_ms", account->last_sign_in_ms != 0, account->last_sign_in_ms);
    json_integer(j, "wrong", account->lockout.wrong);
    json_integer(j, "wait_s", lockout_wait_s(&account->lockout, now_ms()));
    sessions_json(q, j, account->name);
    json_end_object(j);
}

bool ask_accounts(struct request *q)
{
    struct json *j = &q->answer.json;
    struct account_names names;
    struct account account;
    struct trouble why;

    if (account_names_read(&names, &why) || !answer_open(&q->answer))
        return free(names.of), answer_trouble(&q->answer, &why);
    json_object(j, NULL);
    json_array(j, "items");
    for (size_t i = 0; i < names.count; i++)
        if ((strcmp(names.of[i], q->session->account) == 0 || governs_some(q, names.of[i])) &&
            account_read(request_accounts(), names.of[i], &account))
            account_json(q, &account);
    json_end_array(j);
    json_end_object(j);
    free(names.of);
    return true;
}
