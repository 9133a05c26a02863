/* world.c — see world.h. */
#include "world.h"

#include "env/env.h"
#include "meter.h"
#include "random.h"
#include "repo/internal.h"
#include "trouble.h"

static struct {
    struct jemput_env env;
    struct random random;
    uint64_t branches, openings;
    int64_t now_ms;
    bool flows, stands;
    double since_us; /* by the real clock */
} world = { .now_ms = WORLD_START_MS };

static int64_t world_now_ms(struct jemput_env *env)
{
    (void)env;
    return world.now_ms;
}

static uint64_t world_monotonic_ms(struct jemput_env *env)
{
    uint64_t standing = (uint64_t)(world.now_ms - WORLD_START_MS + WORLD_DAY_MS);

    (void)env;
    return world.flows ? standing + (uint64_t)((meter_wall_us() - world.since_us) / 1000) : standing;
}

static uint64_t world_boot_id(struct jemput_env *env)
{
    (void)env;
    return UINT64_C(0x1234567890abcdef);
}

static void world_random(struct jemput_env *env, void *out, size_t len)
{
    uint8_t *bytes = out;

    (void)env;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(random_next(&world.random) >> 40);
}

struct jemput_env *world_of(uint64_t seed, unsigned device)
{
    world.env = *jemput_env_posix();
    world.env.now_ms = world_now_ms;
    world.env.monotonic_ms = world_monotonic_ms;
    world.env.boot_id = world_boot_id;
    world.env.random = world_random;
    random_init(&world.random, ((seed * 1000 + device) << 32) + (world.branches << 16) + ++world.openings);
    return &world.env;
}

void world_git_start(void)
{
    struct jemput_error err;

    must(jemput_git_ready(&err), &err, "start");
}

void world_branch(void)
{
    world.branches++;
}

void world_branch_to(uint64_t number)
{
    world.branches = number;
    world.openings = 0;
}

void world_set(int64_t now_ms)
{
    world.now_ms = now_ms;
    world.flows = false;
}

void world_flow(void)
{
    world.flows = !world.stands;
    world.since_us = meter_wall_us();
}

void world_stand(void)
{
    world.stands = true;
}

int64_t world_now(void)
{
    return world.now_ms;
}
