/* A story as running text: order of its parts, what is left out, notices. */
#include "codec/plaintext.h"

#include "../tap.h"
#include "sample.h"

static struct buf out = {.max = 1 << 20};

static struct str write(const struct story *s)
{
    struct grant g;
    right_grant_editor(s->head.n, &g);
    buf_reset(&out);
    plaintext_write(&out, &g, s, &SAMPLE_AGENCY);
    return buf_str(&out);
}

static struct str write_notice(const struct story *s)
{
    buf_reset(&out);
    plaintext_write_notice(&out, s);
    return buf_str(&out);
}

int main(void)
{
    struct story *s = sample_story();
    ok_str(write(s),
           "Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı\n\n"
           "Okuma salonu nisandan itibaren hafta içi 23.00'e kadar açık kalacak\n\n"
           "Deniz Yazar\n\n"
           "ÇINARKÖY, Türkiye (AA)\n\n"
           "Çınarköy Halk Kütüphanesi, okurlardan gelen \"gece okuması\" isteği üzerine çalışma saatlerini uzattı.\n\n"
           "Kütüphane Müdürü Ada Örnek, salonun 1 Nisan'dan itibaren hafta içi 23.00'e kadar açık kalacağını söyledi.\n\n"
           "İlk ay deneme\n\n"
           "Uygulama mayıs ayında gözden geçirilecek; araştırma & ödünç bölümü 18.00'de kapanacak.\n\n"
           "--\n\nAra başlık eklendi.\n\nAbone sözleşmesi dışında kullanılamaz.\n",
           "headline, spot, byline, dateline, paragraphs, notes");
    s->head.note = S("Saat düzeltildi.");
    ok(str_has(write(s), S("\n\n--\n\nSaat düzeltildi.\n\nAra başlık eklendi.")), "the note of the version comes first of the notes");
    ok_str(write_notice(s), "Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı\n\n--\n\nSaat düzeltildi.\n",
           "a correction without the text: headline and note");
    s->head.note = STR_NONE;
    ok_str(write_notice(s), "Çınarköy Kütüphanesi \"gece okuması\" için saatlerini uzattı\n", "or the headline alone");
    s->head.note = S("Haberdeki kurum adı yanlıştır.");
    s->head.stage = STAGE_KILLED;
    struct str killed = write(s);
    ok_str(killed,
           "Bu haber geri çekilmiştir. Yayımladıysanız kaldırınız, yayımlamadıysanız kullanmayınız. "
           "Gerekçe: Haberdeki kurum adı yanlıştır.\n",
           "a killed story is its notice, whoever asks");
    s->head.stage = STAGE_HELD;
    ok(!str_has(write(s), S("Kütüphane")), "so is a held one");
    story_unref(&s);

    s = story_new();
    s->language = S("en");
    s->text.headline = S("FLASH: boats stop");
    ok_str(write(s), "FLASH: boats stop\n", "a flash is its headline");
    s->text.country = S("XZ");
    s->text.body = S("<p>One &lt;b&gt;.</p><table><tr><td>a</td><td>1</td></tr></table>");
    ok(str_starts(write(s), S("FLASH: boats stop\n\nXZ (AA)\n\nOne <b>.\n\n")), "a country without a name or a city");
    story_unref(&s);
    buf_fini(&out);
    return tap_end();
}
