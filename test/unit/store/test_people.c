#include "kit.h"

#include "store/people_check.h"

#include <pthread.h>

static struct terms category(unsigned code)
{
    struct terms t;
    terms_init(&t);
    t.any &= ~(1U << CODE_CATEGORY);
    codeset_add(&t.sets[CODE_CATEGORY], code);
    return t;
}

static bool allows(const struct right *r, unsigned code)
{
    struct story_codes c = {.type = TYPE_TEXT, .provider = 1, .language = 1, .priority = 4};
    codeset_add(&c.category, code);
    codeset_add(&c.package, 1);
    return r && right_allows(r, &c);
}

static void test_words(void)
{
    enum role role;
    unsigned scopes = 0;
    struct why why = {0};
    ok(role_parse(S("editor"), &role) && role == ROLE_EDITOR, "a role by its word");
    ok(!role_parse(S("Editor"), &role), "words of roles are lower case");
    ok(scope_parse(S("read, wire"), &scopes, &why) && scopes == (SCOPE_READ | SCOPE_WIRE), "scopes by their words");
    ok(!scope_parse(S("read,wires"), &scopes, &why) && strstr(why.text, "wires"), "an unknown scope is named");
    ok(!scope_parse(S(""), &scopes, &why), "no scope is an error");
    ok((role_scopes(ROLE_REPORTER) & SCOPE_PUBLISH) && (role_scopes(ROLE_REPORTER) & SCOPE_WIRE) &&
           !(role_scopes(ROLE_REPORTER) & SCOPE_KILL),
       "a reporter reads, writes and watches the wire, and does not kill");
    ok((role_scopes(ROLE_EDITOR) & SCOPE_KILL) && !(role_scopes(ROLE_EDITOR) & SCOPE_ADMIN),
       "an editor kills and does not administer");
    ok(role_scopes(ROLE_API) == role_scopes(ROLE_SUBSCRIBER), "machine and person of a subscriber may the same");
}

static void test_history(struct kit *k)
{
    struct terms sport = category(2), culture = category(7);
    uint64_t before = tape_head(k->tape);
    uint32_t id = kit_org(k, "Gazete A", &sport);
    uint64_t added = tape_head(k->tape);
    ok(id > 0 && added == before + 1, "an organisation is one record");

    struct org_command c;
    org_command_init(&c, k->people);
    c.id = id;
    c.has_terms = true;
    c.terms = culture;
    ok_int(writer_run(k->writer, &c.command), OK, "its terms change");
    uint64_t changed = tape_head(k->tape);

    org_command_init(&c, k->people);
    c.id = id;
    c.is_close = true;
    ok_int(writer_run(k->writer, &c.command), OK, "it is closed");
    uint64_t closed = tape_head(k->tape);
    org_command_init(&c, k->people);
    c.id = id;
    c.is_close = true;
    ok_int(writer_run(k->writer, &c.command), OK, "closing it again is no error");
    ok_int(tape_head(k->tape), closed, "and no record");

    struct org *o = people_org(k->people, id);
    ok(o && o->history_count == 3, "three terms are known");
    ok(org_right_at(o, added - 1) == NULL, "no right before the first terms");
    ok(allows(org_right_at(o, added), 2) && !allows(org_right_at(o, added), 7),
       "the first terms hold from their record on");
    ok(allows(org_right_at(o, changed), 7) && !allows(org_right_at(o, changed), 2), "the second from theirs");
    ok(!allows(org_right_at(o, closed + 5), 7), "nothing after the end");
    ok(o->closed_at_ms > 0 && !allows(o->right, 7), "now: nothing");
    org_unref(&o);

    struct frame *f[4];
    bool is_gap;
    size_t n = tape_read(k->tape, added - 1, f, 4, &is_gap);
    ok(n == 3 && f[0]->event == EVENT_ORG && f[0]->subject == id, "frames say whose terms changed");
    ok(n == 3 && allows(f[0]->right, 2) && allows(f[1]->right, 7) && !allows(f[2]->right, 7),
       "and carry the right from there on");
    for (size_t i = 0; i < n; i++)
        frame_unref(&f[i]);

    org_command_init(&c, k->people);
    c.id = id;
    c.has_terms = true;
    c.terms = sport;
    ok_int(writer_run(k->writer, &c.command), OK, "new terms open it again");
    o = people_org(k->people, id);
    ok(o->closed_at_ms == 0 && allows(o->right, 2), "with the new right");
    org_unref(&o);
}

static void test_users(struct kit *k)
{
    struct terms sport = category(2), culture = category(7);
    uint32_t org = kit_org(k, "Gazete B", &sport);
    uint32_t id = kit_user(k, "ayşe", ROLE_SUBSCRIBER, org);
    ok(id > 0, "a user is added");
    ok_int(kit_user(k, "ayşe", ROLE_SUBSCRIBER, org), 0, "a name is given once");
    ok(kit_user(k, "Editor", ROLE_EDITOR, 0) > 0 && kit_user(k, "eDITOR", ROLE_EDITOR, 0) == 0,
       "whatever its capitals");
    struct user *u = people_user_named(k->people, S("ayşe"));
    ok(u && u->id == id && u->org && u->org->id == org, "found by name, with the organisation");
    struct right *r = user_right(u);
    ok(allows(r, 2) && !allows(r, 7), "has its right");
    right_unref(&r);
    user_unref(&u);
    u = people_user_named(k->people, S("EDITOR"));
    r = u ? user_right(u) : NULL;
    ok(u && allows(r, 200), "the desk has every right, found in any capitals");
    right_unref(&r);
    user_unref(&u);

    uint64_t generation = people_generation(k->people);
    struct org_command oc;
    org_command_init(&oc, k->people);
    oc.id = org;
    oc.has_terms = true;
    oc.terms = culture;
    (void)writer_run(k->writer, &oc.command);
    ok(people_generation(k->people) > generation, "a change moves the generation");
    u = people_user(k->people, id);
    r = user_right(u);
    ok(allows(r, 7) && !allows(r, 2), "a change of the organisation reaches its people");
    right_unref(&r);
    user_unref(&u);

    struct user_command c;
    user_command_init(&c, k->people);
    c.id = id;
    c.is_disabled = 1;
    uint64_t head = tape_head(k->tape);
    ok_int(writer_run(k->writer, &c.command), OK, "a user is disabled");
    struct frame *f;
    bool is_gap;
    ok(tape_read(k->tape, head, &f, 1, &is_gap) == 1 && f->event == EVENT_USER && f->subject == id,
       "the record says who");
    frame_unref(&f);
    u = people_user(k->people, id);
    r = user_right(u);
    ok(u->is_disabled && !allows(r, 7), "and has no right any more");
    right_unref(&r);
    user_unref(&u);
}

static void test_fields(struct kit *k)
{
    static const char *const BAD_NAMES[] = {"", " a", "a ", "a\nb", "a\u202eb", "\xff", "a:b"};
    for (size_t i = 0; i < sizeof BAD_NAMES / sizeof BAD_NAMES[0]; i++)
        ok_int(kit_user(k, BAD_NAMES[i], ROLE_EDITOR, 0), 0, "refused as a user's name: %zu", i);
    char longer[80];
    memset(longer, 'x', sizeof longer);
    longer[64] = 0;
    ok_int(kit_user(k, longer, ROLE_EDITOR, 0), 0, "64 bytes are too many");
    longer[63] = 0;
    ok(kit_user(k, longer, ROLE_EDITOR, 0) > 0, "63 are not");
    ok_int(kit_user(k, "nobody's", ROLE_API, 4711), 0, "an organisation must exist");
    static const struct {
        const char *mail;
        bool is_good;
    } MAILS[] = {{"a@b", true}, {"", true},       {"a", false},     {"@b", false},
                 {"a@", false}, {"a@b@c", false}, {"a b@c", false}, {"a@b\r\nBcc: x@y", false}};
    for (size_t i = 0; i < sizeof MAILS / sizeof MAILS[0]; i++)
        ok((people_check_mail(str_from(MAILS[i].mail), NULL) == OK) == MAILS[i].is_good, "mail address %zu", i);
    struct buf b = BUF_INIT(4096);
    ok(people_check_contact(S("{\"phone\":\"1\",\"name\":\"Ad\",\"mail\":\"\"}"), &b, NULL) == OK, "a contact");
    ok_str(buf_str(&b), "{\"name\":\"Ad\",\"phone\":\"1\"}", "is kept in canonical form");
    ok(people_check_contact(S("{\"salary\":\"1\"}"), &b, NULL) == ERR_FIELD, "and holds nothing else");
    buf_fini(&b);
    struct org_command c;
    org_command_init(&c, k->people);
    c.name = S("Gazete C");
    c.has_terms = true;
    c.terms.address = S("10.0.0.0/8,nonsense");
    ok_int(writer_run(k->writer, &c.command), ERR_FIELD, "terms with a bad address are refused");
    char sizes[70000];
    memset(sizes, 'w', sizeof sizes);
    c.terms.address = S("");
    c.terms.photo_size = str_of(sizes, sizeof sizes);
    ok_int(writer_run(k->writer, &c.command), ERR_FIELD, "sizes longer than their room are refused, not cut off");
    c.terms.photo_size = S("web\nprint");
    ok_int(writer_run(k->writer, &c.command), ERR_FIELD, "so are sizes on two lines");
    struct org *o = people_org_named(k->people, S("Gazete C"));
    ok(o == NULL, "and nothing is left of them");
    org_unref(&o);
}

static void test_tokens(struct kit *k)
{
    uint32_t org = kit_org(k, "Gazete D", NULL), id = kit_user(k, "makine", ROLE_API, org);
    struct token_command c;
    token_command_init(&c, k->people);
    c.user = id;
    c.scope = SCOPE_WIRE | SCOPE_KILL;
    ok_int(writer_run(k->writer, &c.command), ERR_FIELD, "a token has no scope that the role lacks");
    token_command_init(&c, k->people);
    c.user = id;
    c.scope = SCOPE_WIRE;
    c.expires_ms = 5000;
    memset(c.hash, 7, sizeof c.hash);
    ok_int(writer_run(k->writer, &c.command), OK, "a token is added");
    uint32_t token = c.out_id;
    struct account a = {0};
    ok(people_token(k->people, c.hash, 4999, &a) && a.user->id == id && a.scopes == SCOPE_WIRE && a.token_id == token,
       "it tells who");
    account_fini(&a);
    ok(!people_token(k->people, c.hash, 5000, &a), "until it expires");
    uint8_t other[ID_HASH] = {1};
    ok(!people_token(k->people, other, 0, &a), "an unknown one tells nobody");
    uint64_t head = tape_head(k->tape);
    token_command_init(&c, k->people);
    c.revoke_id = token;
    ok_int(writer_run(k->writer, &c.command), OK, "it is revoked");
    ok_int(tape_head(k->tape), head + 1, "which is a record: open streams must end");
    memset(c.hash, 7, sizeof c.hash);
    ok(!people_token(k->people, c.hash, 0, &a), "and tells nobody from then on");
    struct arena *arena = arena_new(512);
    struct token_row *rows;
    ok(people_tokens(reader_db(k->reader), arena, id, &rows) == 1 && rows[0].revoked_ms > 0, "it stays in the list");
    arena_free(&arena);
}

static void test_restart(struct kit *k)
{
    struct people *again = people_new();
    struct why why = {0};
    ok_int(people_load(again, reader_db(k->reader), &why), OK, "people are read at start");
    size_t n, m;
    struct user **now = people_users(k->people, &n), **then = people_users(again, &m);
    bool is_same = n == m;
    for (size_t i = 0; i < n && is_same; i++) {
        struct right *a = user_right(now[i]), *b = user_right(then[i]);
        is_same = str_eq(now[i]->name, then[i]->name) && now[i]->version == then[i]->version &&
                  now[i]->org_id == then[i]->org_id && now[i]->is_disabled == then[i]->is_disabled && right_eq(a, b);
        right_unref(&a);
        right_unref(&b);
    }
    ok(is_same && n > 3, "and are as they were in memory");
    for (size_t i = 0; i < n; i++)
        user_unref(&now[i]);
    for (size_t i = 0; i < m; i++)
        user_unref(&then[i]);
    mem_free(now);
    mem_free(then);
    people_free(&again);
}

/* ---- under threads: lookups while terms change; the sanitizers judge ---- */

struct race {
    struct kit *k;
    uint32_t user, org;
    atomic_bool is_over;
    atomic_ulong seen;
};

static void *look(void *arg)
{
    struct race *race = arg;
    while (!atomic_load(&race->is_over)) {
        struct user *u = people_user(race->k->people, race->user);
        struct right *r = user_right(u);
        if (!allows(r, 2) && !allows(r, 7))
            atomic_store(&race->is_over, true); /* a state that never was */
        right_unref(&r);
        user_unref(&u);
        struct org *o = people_org_named(race->k->people, S("Gazete E"));
        (void)org_right_at(o, UINT64_MAX);
        org_unref(&o);
        atomic_fetch_add(&race->seen, 1);
    }
    return NULL;
}

static void test_threads(struct kit *k)
{
    struct terms terms[] = {category(2), category(7)};
    struct race race = {.k = k, .org = kit_org(k, "Gazete E", &terms[0])};
    race.user = kit_user(k, "koşucu", ROLE_SUBSCRIBER, race.org);
    pthread_t thread[3];
    for (size_t i = 0; i < 3; i++)
        must(pthread_create(&thread[i], NULL, look, &race) == 0);
    bool is_good = true;
    for (unsigned i = 0; i < 60 && is_good; i++) {
        struct org_command c;
        org_command_init(&c, k->people);
        c.id = race.org;
        c.has_terms = true;
        c.terms = terms[i % 2];
        is_good = writer_run(k->writer, &c.command) == OK && !atomic_load(&race.is_over);
    }
    atomic_store(&race.is_over, true);
    for (size_t i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    ok(is_good && atomic_load(&race.seen) > 0, "lookups and changes at the same time");
}

int main(void)
{
    struct kit k;
    kit_open(&k);
    test_words();
    test_history(&k);
    test_users(&k);
    test_fields(&k);
    test_tokens(&k);
    test_restart(&k);
    test_threads(&k);
    kit_close(&k);
    return tap_end();
}
