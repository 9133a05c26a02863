/* whyjson.c — what `jemput why` found, for programs. */
#include "value.h"
#include "why.h"

#include <stdio.h>
#include <string.h>

#include "json.h"

static void value_json(struct json *j, const char *name, sqlite3_value *value)
{
    struct jemput_datum d = value_datum(value);

    json_datum(j, name, &d);
}

static void text_or_null(struct json *j, const char *name, const char *text)
{
    if (text)
        json_text(j, name, text);
    else
        json_null(j, name);
}

static void names_json(struct json *j, const char *columns)
{
    json_array(j, "columns");
    for (const char *at = columns; at && *at;) {
        size_t len = strcspn(at, ",");

        json_text_of(j, NULL, at, len);
        at += len + (at[len] == ',');
    }
    json_end_array(j);
}

static void write_json(struct json *j, const struct why_write *w)
{
    value_json(j, "value", w->value);
    text_or_null(j, "writer", w->writer);
    text_or_null(j, "label", w->label);
    json_moment(j, "claimed", w->claimed_ms);
    text_or_null(j, "trust", w->trust);
    json_integer(j, "segment", w->segment);
}

static void writes_json(struct json *j, const char *name, const struct why_writes *writes)
{
    json_array(j, name);
    for (size_t i = 0; i < writes->count; i++) {
        json_object(j, NULL);
        json_bool(j, "shown", writes->of[i].shown);
        json_bool(j, "deleted_with_row", writes->of[i].gone);
        json_bool(j, "parallel", writes->of[i].parallel);
        write_json(j, &writes->of[i]);
        json_end_object(j);
    }
    json_end_array(j);
}

static void group_json(struct json *j, const struct why_group *g)
{
    json_object(j, NULL);
    names_json(j, g->columns);
    text_or_null(j, "rule", g->rule);
    json_bool(j, "conflict", g->conflict);
    json_bool(j, "identity", g->hard);
    json_bool(j, "base_known", g->base_known);
    value_json(j, "base", g->base);
    writes_json(j, "writes", &g->writes);
    json_end_object(j);
}

static void pending_json(struct json *j, const struct why *why)
{
    json_array(j, "pending");
    for (size_t i = 0; i < why->pending.count; i++) {
        json_object(j, NULL);
        text_or_null(j, "column", why->pending_columns[i]);
        write_json(j, &why->pending.of[i]);
        text_or_null(j, "note", why->pending.of[i].note);
        json_end_object(j);
    }
    json_end_array(j);
}

static void held_json(struct json *j, const struct why *why)
{
    if (!why->held) {
        json_null(j, "held");
        return;
    }
    json_object(j, "held");
    json_text(j, "reason", why->held);
    text_or_null(j, "against_table", why->against_table);
    value_json(j, "against_key", why->against_key);
    json_end_object(j);
}

static void delivery_json(struct json *j, const struct why *why)
{
    json_array(j, "delivery");
    for (size_t i = 0; i < why->delivery_count; i++) {
        json_object(j, NULL);
        text_or_null(j, "state", why->deliveries[i].state);
        text_or_null(j, "label", why->deliveries[i].label);
        json_moment(j, "claimed", why->deliveries[i].claimed_ms);
        json_bool(j, "newest", why->deliveries[i].newest);
        json_bool(j, "own", why->deliveries[i].own);
        json_end_object(j);
    }
    json_end_array(j);
}

void why_json(const struct why *why, const char *table, const struct row_key *key)
{
    struct json j = { .out = stdout };

    json_object(&j, NULL);
    json_text(&j, "table", table);
    json_array(&j, "key");
    for (unsigned i = 0; i < key->count; i++)
        json_datum(&j, NULL, &key->values[i]);
    json_end_array(&j);
    text_or_null(&j, "state", why->state);
    held_json(&j, why);
    writes_json(&j, "deletions", &why->deletes);
    json_array(&j, "groups");
    for (size_t i = 0; i < why->group_count; i++)
        group_json(&j, &why->groups[i]);
    json_end_array(&j);
    pending_json(&j, why);
    delivery_json(&j, why);
    json_end_object(&j);
}
