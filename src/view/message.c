#include "view/message.h"

#include "base/map.h"
#include "base/mem.h"

struct message {
    struct str key;
    struct str text[MESSAGE_LANGUAGES];
};

struct messages {
    struct arena *arena;
    struct map *by_key; /* key -> struct message */
    struct message **list;
    size_t count, room;
};

static const char *const file_names[MESSAGE_LANGUAGES] = {"msg/tr.msg", "msg/en.msg", "msg/ar.msg"};

const char *message_file(enum message_language lang)
{
    return file_names[lang];
}

static enum err line_error(struct why *why, enum message_language lang, unsigned line, const char *what)
{
    char at[64];
    snprintf(at, sizeof at, "%s line %u", file_names[lang], line);
    return err_why(why, ERR_FIELD, at, "%s", what);
}

static bool is_key(struct str key)
{
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-'))
            return false;
    }
    return key.n > 0;
}

static struct message *need(struct messages *m, struct str key)
{
    struct message *found = map_get(m->by_key, key);
    if (found)
        return found;
    found = arena_make(m->arena, struct message);
    found->key = key;
    map_set(m->by_key, key, found);
    if (m->count == m->room) {
        m->room = m->room ? m->room * 2 : 256;
        m->list = mem_grow(m->list, m->room * sizeof *m->list);
    }
    m->list[m->count++] = found;
    return found;
}

static enum err load_file(struct messages *m, enum message_language lang, struct str text, struct why *why)
{
    struct str line;
    unsigned at = 0;
    if (!text.p)
        return err_why(why, ERR_FIELD, file_names[lang], "the file is missing");
    while (str_split(&text, '\n', &line)) {
        at++;
        line = str_trim(line);
        if (line.n == 0 || line.p[0] == '#')
            continue;
        size_t eq = str_find_char(line, '=');
        if (eq == SIZE_MAX)
            return line_error(why, lang, at, "a line is `key = text`");
        struct str key = str_trim(str_sub(line, 0, eq)), value = str_trim(str_sub(line, eq + 1, line.n));
        if (!is_key(key))
            return line_error(why, lang, at, "a key has small letters, digits, '.', '_' and '-' only");
        if (value.n == 0)
            return line_error(why, lang, at, "the text is empty");
        struct message *message = need(m, key);
        if (message->text[lang].p)
            return line_error(why, lang, at, "the key stands here a second time");
        message->text[lang] = value;
    }
    return OK;
}

static size_t holes(struct str text)
{
    size_t n = 0;
    for (size_t at = 0; at + 1 < text.n; at++)
        n += text.p[at] == '{' && text.p[at + 1] == '}';
    return n;
}

static enum err check(const struct messages *m, struct why *why)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct message *message = m->list[i];
        char at[96];
        str_copy(message->key, at, sizeof at);
        for (unsigned lang = 0; lang < MESSAGE_LANGUAGES; lang++) {
            if (!message->text[lang].p)
                return err_why(why, ERR_FIELD, at, "%s lacks this message", file_names[lang]);
            if (holes(message->text[lang]) != holes(message->text[0]))
                return err_why(why, ERR_FIELD, at, "%s has another number of {} than %s", file_names[lang],
                               file_names[0]);
        }
    }
    return OK;
}

enum err message_load(struct arena *a, const struct str files[static MESSAGE_LANGUAGES], struct messages **out,
                      struct why *why)
{
    struct messages *m = arena_make(a, struct messages);
    m->arena = a;
    m->by_key = map_new();
    enum err e = OK;
    for (unsigned lang = 0; e == OK && lang < MESSAGE_LANGUAGES; lang++)
        e = load_file(m, (enum message_language)lang, files[lang], why);
    if (e == OK)
        e = check(m, why);
    if (e == OK) {
        /* a number found again by key: the table now says where in the list */
        for (size_t i = 0; i < m->count; i++)
            map_set(m->by_key, m->list[i]->key, &m->list[i]);
        *out = m;
        return OK;
    }
    message_free(&m);
    return e;
}

void message_free(struct messages **m)
{
    struct messages *own = *m;
    *m = NULL;
    if (!own)
        return;
    map_free(&own->by_key, NULL);
    mem_free(own->list);
}

size_t message_find(const struct messages *m, struct str key)
{
    struct message **slot = map_get(m->by_key, key);
    return slot ? (size_t)(slot - m->list) : SIZE_MAX;
}

struct str message_text(const struct messages *m, enum message_language lang, size_t at)
{
    must(at < m->count);
    return m->list[at]->text[lang];
}

enum message_language message_language(struct str tag)
{
    struct str primary = str_sub(tag, 0, 2);
    bool is_short = tag.n == 2 || (tag.n > 2 && tag.p[2] == '-');
    if (is_short && str_eq_nocase(primary, S("tr")))
        return MESSAGE_TR;
    if (is_short && str_eq_nocase(primary, S("ar")))
        return MESSAGE_AR;
    return MESSAGE_EN;
}
