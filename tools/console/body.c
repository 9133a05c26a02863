/* body.c — see body.h. */
#include "body.h"

#include <string.h>

#include <jansson.h>
#include <sodium.h>

struct json_t *body_read(const char *data, size_t len)
{
    json_t *body = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);

    if (body && !json_is_object(body)) {
        json_decref(body);
        return NULL;
    }
    return body;
}

void body_release(struct json_t *body)
{
    json_decref(body);
}

const char *body_text(const struct json_t *body, const char *name, int max)
{
    const json_t *member = json_object_get(body, name);
    size_t len = json_string_length(member), most = (size_t)(max < 0 ? -max : max);

    return json_is_string(member) && len <= most && (max > 0 || len > 0) && strlen(json_string_value(member)) == len ? json_string_value(member)
                                                                                                                     : NULL;
}

const char *body_word(const struct json_t *body, const char *name, char out[64])
{
    const json_t *member = json_object_get(body, name);

    if (!json_is_integer(member))
        return body_text(body, name, -63);
    snprintf(out, 64, "%lld", (long long)json_integer_value(member));
    return out;
}

bool body_flag(const struct json_t *body, const char *name)
{
    return json_is_true(json_object_get(body, name));
}

bool body_number(const struct json_t *body, const char *name, int64_t min, int64_t max, int64_t *out)
{
    const json_t *member = json_object_get(body, name);

    *out = json_integer_value(member);
    return json_is_integer(member) && *out >= min && *out <= max;
}

const struct json_t *body_list(const struct json_t *body, const char *name, size_t *count)
{
    const json_t *member = json_object_get(body, name);

    *count = json_is_array(member) ? json_array_size(member) : 0;
    return member;
}

const struct json_t *body_at(const struct json_t *list, size_t i)
{
    const json_t *member = json_array_get(list, i);

    return json_is_object(member) ? member : NULL;
}

const struct json_t *body_object(const struct json_t *body, const char *name)
{
    const json_t *member = json_object_get(body, name);

    return json_is_object(member) ? member : NULL;
}

static bool blob_read(const json_t *hex, struct body_value *out)
{
    size_t got;

    if (!json_is_string(hex) || sodium_hex2bin(out->bytes, sizeof out->bytes, json_string_value(hex), json_string_length(hex), NULL, &got, NULL))
        return false;
    if (2 * got != json_string_length(hex))
        return false;
    out->datum = (struct jemput_datum){ .type = JEMPUT_TYPE_BLOB, .data = out->bytes, .len = got };
    return true;
}

static bool value_read(const json_t *member, struct body_value *out)
{
    out->datum = (struct jemput_datum){ .type = JEMPUT_TYPE_NULL };
    if (json_is_null(member))
        return true;
    if (json_is_object(member))
        return blob_read(json_object_get(member, "blob"), out);
    if (json_is_string(member))
        out->datum = (struct jemput_datum){ .type = JEMPUT_TYPE_TEXT, .data = json_string_value(member), .len = json_string_length(member) };
    else if (json_is_integer(member))
        out->datum = (struct jemput_datum){ .type = JEMPUT_TYPE_INTEGER, .integer = json_integer_value(member) };
    else if (json_is_real(member))
        out->datum = (struct jemput_datum){ .type = JEMPUT_TYPE_REAL, .real = json_real_value(member) };
    else
        return false;
    return true;
}

bool body_value(const struct json_t *body, const char *name, struct body_value *out)
{
    const json_t *member = json_object_get(body, name);

    return member && value_read(member, out);
}

int body_each(const struct json_t *object, int (*each)(void *ctx, const char *name, const struct body_value *value), void *ctx)
{
    const char *name;
    json_t *member;
    int rc = 0;

    json_object_foreach((json_t *)object, name, member)
    {
        struct body_value value;

        if (!value_read(member, &value))
            return -1;
        rc = each(ctx, name, &value);
        if (rc)
            break;
    }
    return rc;
}
