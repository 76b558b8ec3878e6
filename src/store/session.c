#include "store/session.h"

#include "base/clock.h"
#include "base/map.h"

#include <pthread.h>

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define TEXT_BYTES 200 /* of an address or agent that is kept */

/* What counts are the monotonic times; the real ones are for people and for the next start. */
struct session {
    struct session_info info;
    int64_t created_mono, seen_mono, written_mono;
};
struct sessions {
    pthread_mutex_t lock;
    struct map *by_hash;
    int64_t purged_mono;
};

static struct str key_of(const uint8_t hash[static ID_HASH])
{
    return str_of((const char *)hash, ID_HASH);
}

struct sessions *sessions_new(void)
{
    struct sessions *s = mem_new(struct sessions);
    must(pthread_mutex_init(&s->lock, NULL) == 0);
    s->by_hash = map_new();
    s->purged_mono = clock_mono_ms();
    return s;
}

void sessions_free(struct sessions **s)
{
    struct sessions *own = *s;
    *s = NULL;
    if (!own)
        return;
    map_free(&own->by_hash, mem_free);
    pthread_mutex_destroy(&own->lock);
    mem_free(own);
}

static void put(struct sessions *s, const uint8_t hash[static ID_HASH], const struct session_info *info, int64_t now_ms)
{
    int64_t mono = clock_mono_ms();
    struct session *own = mem_new(struct session);
    own->info = *info;
    own->info.needs_touch = false;
    /* A time in the future (the clock was set back) counts as now. */
    own->created_mono = mono - (now_ms > info->created_ms ? now_ms - info->created_ms : 0);
    own->seen_mono = mono - (now_ms > info->seen_ms ? now_ms - info->seen_ms : 0);
    own->written_mono = mono;
    pthread_mutex_lock(&s->lock);
    struct session *old = map_set(s->by_hash, key_of(hash), own);
    pthread_mutex_unlock(&s->lock);
    mem_free(old);
}

enum err sessions_load(struct sessions *s, struct db *d)
{
    int64_t now = clock_now_ms();
    struct statement *st = db_get(d, SQL_SESSIONS_ALL);
    while (db_step(st)) {
        struct session_info info = {
            .user = (uint32_t)db_col_int(st, 1), .created_ms = db_col_int(st, 3), .seen_ms = db_col_int(st, 4)};
        struct str hash = db_col_text(st, 0);
        if (hash.n == ID_HASH && str_copy(db_col_text(st, 2), info.csrf, sizeof info.csrf))
            put(s, (const uint8_t *)hash.p, &info, now);
    }
    db_reset(st);
    return db_status(d);
}

static bool is_old(const struct session *s, int64_t mono, bool is_desk)
{
    return mono - s->created_mono >= (is_desk ? 12 * HOUR : 7 * DAY);
}

static bool is_over(const struct session *s, int64_t mono, bool is_desk)
{
    return mono - s->seen_mono >= (is_desk ? 30 * MINUTE : 12 * HOUR) || is_old(s, mono, is_desk);
}

bool sessions_has(struct sessions *s, const uint8_t hash[static ID_HASH], bool is_desk)
{
    int64_t mono = clock_mono_ms();
    pthread_mutex_lock(&s->lock);
    const struct session *is = map_get(s->by_hash, key_of(hash));
    bool is_there = is && !is_old(is, mono, is_desk);
    pthread_mutex_unlock(&s->lock);
    return is_there;
}

static void drop(struct sessions *s, const uint8_t hash[static ID_HASH])
{
    pthread_mutex_lock(&s->lock);
    struct session *old = map_del(s->by_hash, key_of(hash));
    pthread_mutex_unlock(&s->lock);
    mem_free(old);
}

bool sessions_find(struct sessions *s, const uint8_t hash[static ID_HASH], int64_t now_ms,
                   bool (*is_desk)(uint32_t user, void *arg), void *arg, struct session_info *out)
{
    int64_t mono = clock_mono_ms();
    struct session seen;
    pthread_mutex_lock(&s->lock);
    const struct session *is = map_get(s->by_hash, key_of(hash));
    if (is)
        seen = *is;
    pthread_mutex_unlock(&s->lock);
    if (!is)
        return false;
    if (is_over(&seen, mono, is_desk(seen.info.user, arg))) {
        drop(s, hash);
        return false;
    }
    pthread_mutex_lock(&s->lock);
    struct session *now = map_get(s->by_hash, key_of(hash)); /* may have been ended meanwhile */
    if (now) {
        now->seen_mono = mono;
        now->info.seen_ms = now_ms;
        *out = now->info;
        out->needs_touch = mono - now->written_mono >= MINUTE;
        if (out->needs_touch)
            now->written_mono = mono;
    }
    pthread_mutex_unlock(&s->lock);
    return now != NULL;
}

/* Keys of the sessions that `is_wanted` picks, copied: the map must not change while it is walked. */
static size_t pick(struct sessions *s, bool (*is_wanted)(const struct session *s, int64_t of), int64_t of,
                   uint8_t (**out)[ID_HASH])
{
    size_t at = 0, n = 0;
    struct str key;
    void *value;
    pthread_mutex_lock(&s->lock);
    *out = mem_zeros(map_count(s->by_hash) + 1, ID_HASH);
    while (map_next(s->by_hash, &at, &key, &value))
        if (is_wanted(value, of))
            memcpy((*out)[n++], key.p, ID_HASH);
    pthread_mutex_unlock(&s->lock);
    return n;
}

static void drop_where(struct sessions *s, bool (*is_wanted)(const struct session *s, int64_t of), int64_t of)
{
    uint8_t(*keys)[ID_HASH];
    size_t n = pick(s, is_wanted, of, &keys);
    for (size_t i = 0; i < n; i++)
        drop(s, keys[i]);
    mem_free(keys);
}

static bool is_of_user(const struct session *s, int64_t user)
{
    return s->info.user == (uint32_t)user;
}

void sessions_forget(struct sessions *s, uint32_t user)
{
    drop_where(s, is_of_user, user);
}

static bool is_ended(const struct session *s, int64_t mono)
{
    return is_over(s, mono, false);
}

/* ---- the command ---- */

static enum err add(struct writer *w, struct session_command *c)
{
    int64_t now = writer_now(w);
    struct db *d = writer_db(w);
    if (!c->info.created_ms)
        c->info.created_ms = now;
    c->info.seen_ms = c->info.created_ms;
    struct statement *s = db_get(d, SQL_SESSIONS_PURGE); /* addresses and agents have their end (trust P21) */
    db_int(s, 1, now - 7 * DAY);
    enum err e = db_run(s);
    if (e)
        return e;
    s = db_get(d, SQL_SESSION_ADD);
    db_blob(s, 1, c->hash, ID_HASH);
    db_int(s, 2, c->info.user);
    db_text(s, 3, str_from(c->info.csrf));
    db_int(s, 4, c->info.created_ms);
    db_text(s, 5, str_sub(c->address, 0, TEXT_BYTES));
    db_text(s, 6, str_sub(c->agent, 0, TEXT_BYTES));
    return db_run(s);
}

static enum err touch(struct db *d, const struct session_command *c, int64_t now_ms)
{
    struct statement *s = db_get(d, SQL_SESSION_TOUCH);
    db_blob(s, 1, c->hash, ID_HASH);
    db_int(s, 2, now_ms);
    return db_run(s);
}

static enum err session_apply(struct writer *w, struct command *command)
{
    struct session_command *c = list_of(command, struct session_command, command);
    struct db *d = writer_db(w);
    struct statement *s;
    if (c->is_end_all) {
        sessions_forget(c->sessions, c->info.user);
        s = db_get(d, SQL_SESSION_END_ALL);
        db_int(s, 1, c->info.user);
        return db_run(s);
    }
    if (c->is_end) {
        /* Memory first: who signs out is out, also on a full disk. */
        drop(c->sessions, c->hash);
        s = db_get(d, SQL_SESSION_END);
        db_blob(s, 1, c->hash, ID_HASH);
        return db_run(s);
    }
    return c->is_touch ? touch(d, c, writer_now(w)) : add(w, c);
}

static void session_committed(struct command *command)
{
    struct session_command *c = list_of(command, struct session_command, command);
    if (c->is_end || c->is_end_all || c->is_touch)
        return;
    struct sessions *s = c->sessions;
    put(s, c->hash, &c->info, c->info.created_ms);
    int64_t mono = clock_mono_ms();
    if (mono - s->purged_mono < HOUR) /* store thread alone */
        return;
    s->purged_mono = mono;
    drop_where(s, is_ended, mono);
}

void session_command_init(struct session_command *c, struct sessions *s)
{
    *c = (struct session_command){.sessions = s};
    c->command.apply = session_apply;
    c->command.committed = session_committed;
}

size_t session_list(struct reader *r, struct arena *a, uint32_t user, struct session_row **out)
{
    enum { MOST = 200 };
    size_t n = 0;
    *out = arena_array(a, struct session_row, MOST);
    struct statement *s = db_get(reader_db(r), SQL_SESSIONS_OF);
    db_int(s, 1, user);
    while (n < MOST && db_step(s)) {
        struct session_row *row = &(*out)[n];
        struct str hash = db_col_text(s, 0);
        if (hash.n != ID_HASH)
            continue;
        memcpy(row->hash, hash.p, ID_HASH);
        row->created_ms = db_col_int(s, 1);
        row->seen_ms = db_col_int(s, 2);
        row->address = arena_str(a, db_col_text(s, 3));
        row->agent = arena_str(a, db_col_text(s, 4));
        n++;
    }
    db_reset(s);
    return n;
}
