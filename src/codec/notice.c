#include "codec/notice.h"

static const struct notice {
    const char *lang, *killed, *held, *killed_todo, *held_todo, *reason;
} NOTICES[] = {
    {"tr", "Bu haber geri çekilmiştir.", "Bu haberin kullanımı durdurulmuştur.",
     "Yayımladıysanız kaldırınız, yayımlamadıysanız kullanmayınız.", "Yeni bir duyuruya kadar kullanmayınız.", "Gerekçe"},
    {"ar", "تم سحب هذا الخبر.", "تم تعليق استخدام هذا الخبر.", "يرجى حذفه إن كان منشورا وعدم استخدامه.",
     "يرجى عدم استخدامه حتى إشعار آخر.", "السبب"},
    {"en", "This story has been withdrawn.", "This story is on hold.",
     "If it was published, remove it; if it was not, do not use it.", "Do not use it until further notice.", "Reason"},
};

/* The last row serves all other languages. */
static const struct notice *find(struct str lang)
{
    size_t last = sizeof NOTICES / sizeof NOTICES[0] - 1;
    for (size_t i = 0; i < last; i++)
        if (str_eq(str_sub(lang, 0, 2), str_from(NOTICES[i].lang)) && (lang.n == 2 || lang.p[2] == '-'))
            return &NOTICES[i];
    return &NOTICES[last];
}

struct str notice_headline(const struct story *s)
{
    const struct notice *n = find(s->language);
    return str_from(s->head.stage == STAGE_HELD ? n->held : n->killed);
}

void notice_text(const struct story *s, struct buf *out)
{
    const struct notice *n = find(s->language);
    buf_add(out, notice_headline(s));
    buf_printf(out, " %s", s->head.stage == STAGE_HELD ? n->held_todo : n->killed_todo);
    if (s->head.note.n)
        buf_printf(out, " %s: %.*s", n->reason, STR_FMT(s->head.note));
}
