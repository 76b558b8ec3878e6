#include "news/portion.h"

#include "base/text.h"
#include "news/summary.h"

#define FLASH_PRIORITY 1
#define FLASH_WORDS 40 /* a flash with a longer body is a story like others */

void portion_default(struct portion_rule *r)
{
    *r = (struct portion_rule){.share_percent = 40, .sentences = 14};
    codeset_add(&r->package, 1);
    for (unsigned p = 1; p <= 5; p++)
        codeset_add(&r->priority, p);
    r->any = 1U << CODE_PROVIDER | 1U << CODE_TYPE | 1U << CODE_CATEGORY | 1U << CODE_LANGUAGE;
}

/* ---- the rule's text ---- */

static enum err bad(struct why *why, struct str key, struct str value, const char *wanted)
{
    char at[96];
    snprintf(at, sizeof at, "public_rule/%.*s", (int)(key.n < 40 ? key.n : 40), key.p);
    return err_why(why, ERR_FIELD, at, "\"%.*s\" must be %s", (int)(value.n < 60 ? value.n : 60), value.p, wanted);
}

static bool read_code(struct str s, unsigned *out)
{
    uint64_t n;
    if (!str_u64(s, &n) || n < 1 || n > 255)
        return false;
    *out = (unsigned)n;
    return true;
}

/* "1-5,7" */
static bool read_codes(struct str list, struct codeset *out)
{
    struct codeset set = {{0}};
    struct str item;
    while (str_split(&list, ',', &item)) {
        size_t dash = str_find_char(item, '-');
        unsigned from, to;
        if (!read_code(dash == SIZE_MAX ? item : str_sub(item, 0, dash), &from))
            return false;
        to = from;
        if (dash != SIZE_MAX && (!read_code(str_sub(item, dash + 1, item.n), &to) || to < from))
            return false;
        for (unsigned c = from; c <= to; c++)
            codeset_add(&set, c);
    }
    *out = set;
    return true;
}

static bool read_delay(struct str s, int64_t *out)
{
    static const struct {
        char letter;
        int64_t ms;
    } UNITS[] = {{'s', 1000}, {'m', 60000}, {'h', 3600000}, {'d', 86400000}};
    if (s.n < 2)
        return false;
    uint64_t n;
    if (!str_u64(str_sub(s, 0, s.n - 1), &n) || n > 100000)
        return false;
    for (size_t i = 0; i < sizeof UNITS / sizeof UNITS[0]; i++)
        if (s.p[s.n - 1] == UNITS[i].letter) {
            *out = (int64_t)n * UNITS[i].ms;
            return true;
        }
    return false;
}

static enum err set_codes(struct portion_rule *r, enum code_kind k, struct str value, struct why *why)
{
    struct codeset *sets[CODE_KINDS] = {[CODE_PACKAGE] = &r->package, [CODE_CATEGORY] = &r->category,
                                        [CODE_PRIORITY] = &r->priority, [CODE_LANGUAGE] = &r->language};
    struct str key = str_from(code_kind_name(k));
    if (!sets[k])
        return bad(why, key, key, "package, category, priority, language, per_day or delay");
    if (str_is(value, "*")) {
        r->any |= 1U << k;
        return OK;
    }
    if (!read_codes(value, sets[k]))
        return bad(why, key, value, "*, codes or ranges of codes, as in 1-5,7");
    r->any &= ~(1U << k);
    return OK;
}

static enum err set_value(struct portion_rule *r, struct str key, struct str value, struct why *why)
{
    enum code_kind kind;
    if (code_kind_parse(key, &kind))
        return set_codes(r, kind, value, why);
    if (str_is(key, "per_day")) {
        uint64_t n;
        if (!str_u64(value, &n) || n > 1000000)
            return bad(why, key, value, "a number of stories a day, 0 for no cap");
        r->per_day = (unsigned)n;
        return OK;
    }
    if (str_is(key, "delay"))
        return read_delay(value, &r->delay_ms) ? OK : bad(why, key, value, "a time such as 0s, 10m, 2h or 1d");
    return bad(why, key, key, "package, category, priority, language, per_day or delay");
}

enum err portion_parse(struct str text, struct portion_rule *r, struct why *why)
{
    struct portion_rule rule = *r;
    struct str word, rest = str_trim(text);
    while (str_split(&rest, ' ', &word)) {
        word = str_trim(word);
        if (word.n == 0)
            continue;
        size_t eq = str_find_char(word, '=');
        if (eq == SIZE_MAX)
            return bad(why, word, word, "key=value");
        enum err e = set_value(&rule, str_sub(word, 0, eq), str_sub(word, eq + 1, word.n), why);
        if (e)
            return e;
    }
    *r = rule;
    return OK;
}

/* ---- which stories ---- */

bool portion_has(const struct portion_rule *r, const struct story *s)
{
    if (s->head.stage != STAGE_LIVE || s->codes.kind == KIND_ADVISORY || s->public_mode == PUBLIC_NONE)
        return false;
    if (s->public_mode == PUBLIC_SUMMARY)
        return true;
    const struct story_codes *c = &s->codes;
    return ((r->any >> CODE_PACKAGE & 1) || codeset_meets(&r->package, &c->package)) &&
           ((r->any >> CODE_CATEGORY & 1) || codeset_meets(&r->category, &c->category)) &&
           ((r->any >> CODE_PRIORITY & 1) || codeset_has(&r->priority, c->priority)) &&
           ((r->any >> CODE_LANGUAGE & 1) || codeset_has(&r->language, c->language));
}

/* ---- the making of a brief ---- */

/* Where a story is listed: under the site's language with its primary tag ("en" for "en-GB"), as its page's address. */
static struct str edition_of(const struct portion_rule *r, struct str language)
{
    struct str primary = str_sub(language, 0, str_find_char(language, '-'));
    for (size_t i = 0; i < r->editions.n; i++)
        if (str_eq_nocase(r->editions.v[i], primary))
            return r->editions.v[i];
    return r->edition.n ? r->edition : primary;
}

static struct brief *head_of(const struct story *s)
{
    struct brief *b = brief_new();
    struct arena *a = b->arena;
    b->n = s->head.n;
    b->version = s->head.version;
    b->first_ms = s->times.first_ms;
    b->at_ms = s->times.at_ms;
    b->priority = s->codes.priority;
    b->category = (uint8_t)codeset_first(&s->codes.category);
    b->kind = s->codes.kind;
    b->language_code = s->codes.language;
    b->id = arena_str(a, s->head.id);
    b->language = arena_str(a, s->language);
    return b;
}

/* "ISTANBUL (AA) - " at the head of a body: kept as a field (city), so the summary need not repeat it. */
static struct str past_dateline(struct str paragraph)
{
    struct str head = str_sub(paragraph, 0, 100);
    size_t open = str_find(head, S(" (")), close = str_find_char(head, ')');
    if (open == SIZE_MAX || close == SIZE_MAX || close < open + 3 || close > open + 12)
        return paragraph;
    for (size_t i = open + 2; i < close; i++)
        if (head.p[i] < 'A' || head.p[i] > 'Z')
            return paragraph;
    static const struct str DASHES[] = {S(" - "), S(" – "), S(" — ")};
    for (size_t i = 0; i < sizeof DASHES / sizeof DASHES[0]; i++)
        if (str_starts(str_sub(paragraph, close + 1, paragraph.n), DASHES[i]))
            return str_sub(paragraph, close + 1 + DASHES[i].n, paragraph.n);
    return paragraph;
}

/* The editor's own text: HTML as from the body's editor, or plain with blank lines. */
static struct strs own_paragraphs(struct arena *a, struct str text)
{
    return summary_paragraphs(a, text, false);
}

static void fill_own(struct brief *b, const struct story *s)
{
    b->summary = own_paragraphs(b->arena, s->text.public_summary);
    /* No share cap: the editor has decided. */
    struct summary_caps caps = {.words = 60};
    struct strs lead = summary_of(b->arena, s->language, s->text.public_summary, &caps);
    b->teaser = lead.n ? lead.v[0] : STR_NONE;
}

/* `body` lives in `a`, the brief does not. */
static void fill_automatic(struct brief *b, const struct portion_rule *r, struct arena *a, const struct summary_body *body)
{
    struct summary_caps caps = {.share_percent = r->share_percent, .sentences = r->sentences};
    b->summary = arena_strs(b->arena, summary_cut(a, body, &caps));
    b->teaser = arena_str(b->arena, past_dateline(summary_cut_teaser(a, body)));
    if (b->summary.n > 0) {
        struct str *own = arena_array(b->arena, struct str, b->summary.n);
        memcpy(own, b->summary.v, b->summary.n * sizeof own[0]);
        own[0] = past_dateline(own[0]);
        b->summary.v = own;
    }
}

/* Flashes, and bodies that are tables. */
static bool is_headline_alone(const struct story *s, const struct summary_body *body)
{
    bool has_table = !summary_has_prose(body) && str_trim(s->text.body).n > 0;
    return has_table || (s->codes.priority == FLASH_PRIORITY && summary_words(body) < FLASH_WORDS);
}

/* The story's body decides; false when the brief is its headline and no more. */
static bool fill_from_body(struct brief *b, const struct portion_rule *r, const struct story *s)
{
    struct arena *a = arena_new(32 * 1024);
    const struct summary_body *body = summary_read(a, s->language, s->text.body);
    bool has_more = !is_headline_alone(s, body);
    if (has_more)
        fill_automatic(b, r, a, body);
    arena_free(&a);
    return has_more;
}

struct brief *portion_brief(const struct portion_rule *r, const struct story *s, const struct brief_note *notes,
                            size_t note_count)
{
    must(s->head.stage == STAGE_LIVE && s->public_mode != PUBLIC_NONE);
    struct brief *b = head_of(s);
    struct arena *a = b->arena;
    bool has_own = str_trim(s->text.public_summary).n > 0;
    b->headline = arena_str(a, s->text.headline);
    b->byline = arena_str(a, s->text.byline);
    b->city = arena_str(a, s->text.city);
    b->country = arena_str(a, s->text.country);
    b->sections = arena_strs(a, s->sections);
    b->keywords = arena_strs(a, s->keywords);
    b->edition = arena_str(a, edition_of(r, s->language));
    if (has_own)
        fill_own(b, s);
    else
        b->is_headline_only = !fill_from_body(b, r, s);
    if (!b->is_headline_only)
        b->spot = arena_str(a, s->text.spot);
    struct brief_note *own = note_count ? arena_array(a, struct brief_note, note_count) : NULL;
    for (size_t i = 0; i < note_count; i++)
        own[i] = (struct brief_note){notes[i].at_ms, arena_str(a, notes[i].text)};
    b->notes = own;
    b->note_count = note_count;
    return brief_freeze(b);
}

/* The reason of a kill is for those who have the story; told to everybody it could repeat what had to go. */
static struct str notice_of(struct str lang)
{
    if (str_starts(lang, S("tr")))
        return S("Bu haber geri çekilmiştir.");
    if (str_starts(lang, S("ar")))
        return S("تم سحب هذا الخبر.");
    return S("This story has been withdrawn.");
}

struct brief *portion_notice(const struct story *s)
{
    struct brief *b = head_of(s);
    b->is_killed = true;
    b->headline = notice_of(b->language);
    return brief_freeze(b);
}
