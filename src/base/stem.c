#include "base/stem.h"
#include "base/mem.h"
#include "base/text.h"

#include <libstemmer.h>
#include <pthread.h>

#define WORD_MOST 200 /* bytes: longer runs are addresses and encoded data; they are indexed whole, unstemmed */

static const struct {
    const char *tag, *mark, *algorithm;
} languages[] = {
    {"tr", "tr0", "turkish"}, {"en", "en0", "english"}, {"ar", "ar0", "arabic"}, {"ru", "ru0", "russian"},
    {"de", "de0", "german"}, {"fr", "fr0", "french"}, {"es", "es0", "spanish"}, {"it", "it0", "italian"},
    {"pt", "pt0", "portuguese"}, {"nl", "nl0", "dutch"}, {"da", "da0", "danish"}, {"sv", "sv0", "swedish"},
    {"no", "no0", "norwegian"}, {"nb", "no0", "norwegian"}, {"nn", "no0", "norwegian"}, {"fi", "fi0", "finnish"},
    {"hu", "hu0", "hungarian"}, {"ro", "ro0", "romanian"}, {"el", "el0", "greek"}, {"ca", "ca0", "catalan"},
    {"eu", "eu0", "basque"}, {"ga", "ga0", "irish"}, {"hy", "hy0", "armenian"}, {"hi", "hi0", "hindi"},
    {"id", "id0", "indonesian"}, {"lt", "lt0", "lithuanian"}, {"ne", "ne0", "nepali"}, {"sr", "sr0", "serbian"},
    {"ta", "ta0", "tamil"}, {"yi", "yi0", "yiddish"},
};
#define N_LANGUAGES (sizeof languages / sizeof *languages)

/* Stems met before: news repeats its words, and a stemmer takes ten times as long as a look here. A slot holds the last
 * word that fell into it. */
#define MEMO_SLOTS 4096
#define MEMO_WORD 23
struct memo {
    uint8_t word_bytes, stem_bytes; /* 0 = empty slot */
    char word[MEMO_WORD], stem[MEMO_WORD];
};
struct stemmer {
    struct sb_stemmer *snowball;
    struct memo memo[MEMO_SLOTS];
};

/* A stemmer has a state of its own, so each thread keeps its own set, made on first use. */
struct kit {
    struct stemmer *of[N_LANGUAGES];
};

static pthread_key_t kit_key;
static pthread_once_t kit_once = PTHREAD_ONCE_INIT;
static _Thread_local struct kit *thread_kit;

static void kit_free(void *arg)
{
    struct kit *kit = arg;
    for (size_t i = 0; i < N_LANGUAGES; i++) {
        if (kit->of[i])
            sb_stemmer_delete(kit->of[i]->snowball);
        mem_free(kit->of[i]);
    }
    mem_free(kit);
    thread_kit = NULL;
}

static void kit_key_make(void)
{
    must(pthread_key_create(&kit_key, kit_free) == 0);
}

static int language_of(struct str lang)
{
    size_t n = 0;
    while (n < lang.n && lang.p[n] != '-' && lang.p[n] != '_')
        n++;
    struct str primary = str_of(lang.p, n);
    for (size_t i = 0; i < N_LANGUAGES; i++)
        if (str_eq_nocase(primary, str_from(languages[i].tag)))
            return (int)i;
    return -1;
}

const char *stem_mark(struct str lang)
{
    int i = language_of(lang);
    return i < 0 ? "xx0" : languages[i].mark;
}

static struct stemmer *stemmer_of(struct str lang)
{
    int i = language_of(lang);
    if (i < 0)
        return NULL;
    if (thread_kit == NULL) {
        must(pthread_once(&kit_once, kit_key_make) == 0);
        thread_kit = mem_new(struct kit);
        must(pthread_setspecific(kit_key, thread_kit) == 0);
    }
    if (thread_kit->of[i] == NULL) {
        thread_kit->of[i] = mem_new(struct stemmer);
        thread_kit->of[i]->snowball = sb_stemmer_new(languages[i].algorithm, NULL);
        must(thread_kit->of[i]->snowball != NULL);
    }
    return thread_kit->of[i];
}

/* Scripts written without spaces: each character is a word, and a phrase query finds the longer ones. */
static bool is_alone(uint32_t cp)
{
    return (cp >= 0x0E01 && cp <= 0x0E4E) || (cp >= 0x3005 && cp <= 0x3007) || (cp >= 0x3041 && cp <= 0x30FF) ||
           (cp >= 0x31F0 && cp <= 0x31FF) || (cp >= 0x3400 && cp <= 0x4DBF) || (cp >= 0x4E00 && cp <= 0x9FFF) ||
           (cp >= 0xF900 && cp <= 0xFAFF) || (cp >= 0xFF66 && cp <= 0xFF9F) || (cp >= 0x20000 && cp <= 0x3FFFF);
}

static bool is_part(uint32_t cp)
{
    bool is_unseen = cp == 0xAD || cp == 0x200D; /* inside a word, dropped by folding */
    return (text_is_letter(cp) || text_is_digit(cp) || is_unseen) && !text_is_apostrophe(cp);
}

struct walk {
    struct str lang, text;
    struct stemmer *stemmer;
    struct buf folded;
    bool is_turkish;
    void (*each)(void *arg, const struct stem_word *w);
    void *arg;
};

static struct str stem_of(struct stemmer *s, struct str word)
{
    struct memo *m = &s->memo[str_hash(word) % MEMO_SLOTS];
    if (m->word_bytes == word.n && memcmp(m->word, word.p, word.n) == 0)
        return str_of(m->stem, m->stem_bytes);
    const sb_symbol *stem = sb_stemmer_stem(s->snowball, (const sb_symbol *)word.p, (int)word.n);
    must(stem != NULL);
    int n = sb_stemmer_length(s->snowball);
    if (n <= 0)
        return word;
    struct str out = str_of((const char *)stem, (size_t)n);
    if (word.n <= MEMO_WORD && out.n <= MEMO_WORD) {
        m->word_bytes = (uint8_t)word.n;
        m->stem_bytes = (uint8_t)out.n;
        memcpy(m->word, word.p, word.n);
        memcpy(m->stem, out.p, out.n);
    }
    return out;
}

static void give(struct walk *k, size_t from, size_t to)
{
    buf_reset(&k->folded);
    text_fold(k->lang, str_sub(k->text, from, to - from), &k->folded);
    struct stem_word w = {.exact = buf_str(&k->folded), .at = from, .bytes = to - from};
    if (w.exact.n == 0)
        return;
    w.stem = w.exact;
    if (k->stemmer && w.exact.n <= WORD_MOST)
        w.stem = stem_of(k->stemmer, w.exact);
    k->each(k->arg, &w);
}

/* The end of the run of word characters at `at`. */
static size_t run_end(struct str text, size_t at)
{
    while (at < text.n) {
        size_t next = at;
        uint32_t cp = text_next(text, &next);
        if (!is_part(cp) || is_alone(cp))
            break;
        at = next;
    }
    return at;
}

/* True for a capital followed by a small letter: the Brien of O'Brien, never the DA of ANKARA'DA. */
static bool is_name(struct str text, size_t at)
{
    uint32_t first = text_next(text, &at), second = text_next(text, &at);
    return text_is_capital(first) && text_is_letter(second) && !text_is_capital(second);
}

/* After a Turkish word that ends at `at`: skips an apostrophe with its suffix. */
static size_t skip_suffix(struct str text, size_t at)
{
    size_t next = at;
    if (!text_is_apostrophe(text_next(text, &next)) || is_name(text, next))
        return at;
    return run_end(text, next);
}

void stem_words(struct str lang, struct str text, void (*each)(void *arg, const struct stem_word *w), void *arg)
{
    struct walk k = {lang, text, stemmer_of(lang), BUF_INIT(SIZE_MAX / 2), str_is(str_of(stem_mark(lang), 2), "tr"),
                     each, arg};
    for (size_t at = 0; at < text.n;) {
        size_t next = at;
        uint32_t cp = text_next(text, &next);
        if (!is_part(cp)) {
            at = next;
        } else if (is_alone(cp)) {
            give(&k, at, next);
            at = next;
        } else {
            next = run_end(text, at);
            give(&k, at, next);
            at = k.is_turkish ? skip_suffix(text, next) : next;
        }
    }
    buf_fini(&k.folded);
}

struct index_out {
    struct buf *exact, *stems;
    const char *mark;
};

static void index_word(void *arg, const struct stem_word *w)
{
    struct index_out *to = arg;
    if (to->exact) {
        if (to->exact->n > 0)
            buf_addc(to->exact, ' ');
        buf_add(to->exact, w->exact);
    }
    if (to->stems) {
        if (to->stems->n > 0)
            buf_addc(to->stems, ' ');
        buf_puts(to->stems, to->mark);
        buf_add(to->stems, w->stem);
    }
}

void stem_index(struct str lang, struct str text, struct buf *exact, struct buf *stems)
{
    struct index_out to = {exact, stems, stem_mark(lang)};
    stem_words(lang, text, index_word, &to);
}
