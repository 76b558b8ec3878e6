#include "news/code.h"

#include "base/arena.h"
#include "base/mem.h"

struct codes {
    struct ref refs;
    struct arena *arena;
    const struct code *rows[CODE_KINDS][256];
};

void codeset_add(struct codeset *s, unsigned code)
{
    must(code >= 1 && code <= 255);
    s->w[code / 64] |= UINT64_C(1) << (code % 64);
}

bool codeset_has(const struct codeset *s, unsigned code)
{
    return code >= 1 && code <= 255 && (s->w[code / 64] >> (code % 64) & 1);
}

bool codeset_is_empty(const struct codeset *s)
{
    return !(s->w[0] | s->w[1] | s->w[2] | s->w[3]);
}

bool codeset_meets(const struct codeset *a, const struct codeset *b)
{
    return ((a->w[0] & b->w[0]) | (a->w[1] & b->w[1]) | (a->w[2] & b->w[2]) | (a->w[3] & b->w[3])) != 0;
}

bool codeset_eq(const struct codeset *a, const struct codeset *b)
{
    return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}

unsigned codeset_next(const struct codeset *s, unsigned after)
{
    for (unsigned c = after + 1; c <= 255;) {
        uint64_t rest = s->w[c / 64] >> (c % 64);
        if (rest)
            return c + (unsigned)__builtin_ctzll(rest);
        c = (c / 64 + 1) * 64;
    }
    return 0;
}

unsigned codeset_first(const struct codeset *s)
{
    return codeset_next(s, 0);
}

static const char *const KIND_NAMES[CODE_KINDS] = {"provider", "package", "category", "type", "language", "priority"};

const char *code_kind_name(enum code_kind k)
{
    must((unsigned)k < CODE_KINDS);
    return KIND_NAMES[k];
}

bool code_kind_parse(struct str s, enum code_kind *out)
{
    for (unsigned k = 0; k < CODE_KINDS; k++)
        if (str_is(s, KIND_NAMES[k])) {
            *out = (enum code_kind)k;
            return true;
        }
    return false;
}

/* Rows of has-api.md 11, one table per kind but provider; code = place in the table. */
struct seed {
    const char *word, *tr, *en, *ar;
};
static const struct seed PACKAGES[] = {
    {"general", "Genel", "General", "عام"},
    {"special", "Özel", "Special", "خاص"},
    {"local", "Yerel", "Local", "محلي"},
};
static const struct seed CATEGORIES[] = {
    {"GUN", "Genel", "General", "عام"},
    {"SPO", "Spor", "Sport", "رياضة"},
    {"EKO", "Ekonomi", "Economy", "اقتصاد"},
    {"SAG", "Sağlık", "Health", "صحة"},
    {"BIL", "Bilim, Teknoloji", "Science, Technology", "علوم وتكنولوجيا"},
    {"POL", "Politika", "Politics", "سياسة"},
    {"KUL", "Kültür, Sanat, Yaşam", "Culture, Art, Life", "ثقافة وفن وحياة"},
};
static const struct seed TYPES[] = {
    {"text", "Haber", "News", "خبر"},
    {"picture", "Fotoğraf", "Photo", "صورة"},
    {"video", "Video", "Video", "فيديو"},
    {"file", "Dosya", "File", "ملف"},
    {"graph", "Grafik", "Graphic", "رسم بياني"},
};
/* 1-3 are the contract's; the rest are languages agencies of the region publish in, sixteen as the live table has. */
static const struct seed LANGUAGES[] = {
    {"tr", "Türkçe", "Turkish", "التركية"},
    {"en", "İngilizce", "English", "الإنجليزية"},
    {"ar", "Arapça", "Arabic", "العربية"},
    {"fr", "Fransızca", "French", "الفرنسية"},
    {"ru", "Rusça", "Russian", "الروسية"},
    {"bs", "Boşnakça", "Bosnian", "البوسنية"},
    {"ku", "Kürtçe (Kurmançça)", "Kurdish (Kurmanji)", "الكردية (الكرمانجية)"},
    {"ckb", "Kürtçe (Soranice)", "Kurdish (Sorani)", "الكردية (السورانية)"},
    {"sq", "Arnavutça", "Albanian", "الألبانية"},
    {"fa", "Farsça", "Persian", "الفارسية"},
    {"mk", "Makedonca", "Macedonian", "المقدونية"},
    {"id", "Endonezce", "Indonesian", "الإندونيسية"},
    {"es", "İspanyolca", "Spanish", "الإسبانية"},
    {"de", "Almanca", "German", "الألمانية"},
    {"el", "Yunanca", "Greek", "اليونانية"},
    {"zh", "Çince", "Chinese", "الصينية"},
};
static const struct seed PRIORITIES[] = {
    {"flash", "Flaş", "Flash", "عاجل جدا"},
    {"urgent", "Acil", "Urgent", "عاجل"},
    {"important", "Önemli", "Important", "مهم"},
    {"routine", "Rutin", "Routine", "اعتيادي"},
    {"special", "Özel", "Special", "خاص"},
    {"archive", "Arşiv", "Archive", "أرشيف"},
};

static struct codes *codes_new(void)
{
    struct codes *c = mem_new(struct codes);
    ref_init(&c->refs);
    c->arena = arena_new(8192);
    return c;
}

static void put_row(struct codes *c, enum code_kind k, const struct code *row)
{
    must(row->code >= 1);
    struct code *own = arena_make(c->arena, struct code);
    own->code = row->code;
    own->word = arena_str(c->arena, row->word);
    own->tr = arena_str(c->arena, row->tr);
    own->en = arena_str(c->arena, row->en);
    own->ar = arena_str(c->arena, row->ar);
    c->rows[k][own->code] = own;
}

static void put_seed(struct codes *c, enum code_kind k, const struct seed *table, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct seed *s = &table[i];
        struct code row = {(uint8_t)(i + 1), str_from(s->word), str_from(s->tr), str_from(s->en), str_from(s->ar)};
        put_row(c, k, &row);
    }
}

#define SEED(c, kind, table) put_seed((c), (kind), (table), sizeof(table) / sizeof((table)[0]))

struct codes *codes_seed(struct str agency_code)
{
    struct codes *c = codes_new();
    struct code agency = {1, agency_code, agency_code, agency_code, agency_code};
    put_row(c, CODE_PROVIDER, &agency);
    SEED(c, CODE_PACKAGE, PACKAGES);
    SEED(c, CODE_CATEGORY, CATEGORIES);
    SEED(c, CODE_TYPE, TYPES);
    SEED(c, CODE_LANGUAGE, LANGUAGES);
    SEED(c, CODE_PRIORITY, PRIORITIES);
    return c;
}

struct codes *codes_ref(struct codes *c)
{
    ref_hold(&c->refs);
    return c;
}

void codes_unref(struct codes **c)
{
    struct codes *own = *c;
    *c = NULL;
    if (!own || !ref_drop(&own->refs))
        return;
    arena_free(&own->arena);
    mem_free(own);
}

struct codes *codes_with(const struct codes *c, enum code_kind k, const struct code *row)
{
    must((unsigned)k < CODE_KINDS);
    struct codes *copy = codes_new();
    for (unsigned kind = 0; kind < CODE_KINDS; kind++)
        for (unsigned code = 1; code <= 255; code++)
            if (c->rows[kind][code] && !(kind == (unsigned)k && code == row->code))
                put_row(copy, (enum code_kind)kind, c->rows[kind][code]);
    put_row(copy, k, row);
    return copy;
}

const struct code *codes_get(const struct codes *c, enum code_kind k, unsigned code)
{
    return code <= 255 ? c->rows[k][code] : NULL;
}

const struct code *codes_find(const struct codes *c, enum code_kind k, struct str word)
{
    for (const struct code *row = codes_next(c, k, 0); row; row = codes_next(c, k, row->code))
        if (str_eq_nocase(row->word, word))
            return row;
    return NULL;
}

const struct code *codes_next(const struct codes *c, enum code_kind k, unsigned after)
{
    for (unsigned code = after + 1; code <= 255; code++)
        if (c->rows[k][code])
            return c->rows[k][code];
    return NULL;
}

struct str code_label(const struct code *row, struct str lang)
{
    struct str label = row->en;
    if (str_starts(lang, S("tr")))
        label = row->tr;
    else if (str_starts(lang, S("ar")))
        label = row->ar;
    if (label.n == 0)
        label = row->en.n ? row->en : row->tr;
    return label.n ? label : row->word;
}

/* Clients write "tr_TR" for tr (has-api 4.2) and "graphic" for graph (has-api 6). */
static const struct code *find_alias(const struct codes *c, enum code_kind k, struct str word)
{
    if (k == CODE_TYPE && str_eq_nocase(word, S("graphic")))
        return codes_find(c, k, S("graph"));
    if (k != CODE_LANGUAGE)
        return NULL;
    size_t cut = str_find_char(word, '_');
    if (cut == SIZE_MAX)
        cut = str_find_char(word, '-');
    return cut == SIZE_MAX ? NULL : codes_find(c, k, str_sub(word, 0, cut));
}

static enum err parse_item(const struct codes *c, enum code_kind k, struct str item, struct codeset *set, struct why *why)
{
    uint64_t number;
    if (str_u64(item, &number)) {
        if (number < 1 || number > 255)
            return err_why(why, ERR_FIELD, KIND_NAMES[k], "%s code %.*s is out of 1-255", KIND_NAMES[k], STR_FMT(item));
        codeset_add(set, (unsigned)number);
        return OK;
    }
    const struct code *row = codes_find(c, k, item);
    if (!row)
        row = find_alias(c, k, item);
    if (!row)
        return err_why(why, ERR_FIELD, KIND_NAMES[k], "\"%.*s\" is no %s: give codes (1,2), words of the list, or *",
                       (int)(item.n < 40 ? item.n : 40), item.p, KIND_NAMES[k]);
    codeset_add(set, row->code);
    return OK;
}

enum err codes_parse_list(const struct codes *c, enum code_kind k, struct str list, struct codeset *out, bool *out_is_any,
                          struct why *why)
{
    struct codeset set = {{0}};
    list = str_trim(list);
    bool is_any = list.n == 0 || str_is(list, "*");
    struct str item;
    for (struct str rest = list; !is_any && str_split(&rest, ',', &item);) {
        item = str_trim(item);
        if (item.n == 0)
            continue;
        enum err e = parse_item(c, k, item, &set, why);
        if (e)
            return e;
    }
    if (!is_any && codeset_is_empty(&set))
        return err_why(why, ERR_FIELD, KIND_NAMES[k], "no %s in the list: give codes (1,2), words, or *", KIND_NAMES[k]);
    *out = set;
    *out_is_any = is_any;
    return OK;
}
