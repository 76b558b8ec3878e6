/* Prints one ninjs document per line for ninjs_schema.py: the sample in all its states, and random stories. */
#include "codec/ninjs.h"
#include "sample.h"
#include "story_random.h"

#include <stdio.h>

static void print(const struct story *s, const struct codes *codes, bool is_notice)
{
    struct buf b = BUF_INIT(1 << 22);
    if (is_notice)
        ninjs_write_notice(&b, s, codes, &SAMPLE_AGENCY);
    else
        ninjs_write(&b, s, codes, &SAMPLE_AGENCY);
    must(buf_ok(&b));
    printf("%.*s\n", STR_FMT(buf_str(&b)));
    buf_fini(&b);
}

static void print_states(const struct codes *codes)
{
    static const enum stage stages[] = {STAGE_LIVE, STAGE_HELD, STAGE_KILLED};
    for (size_t i = 0; i < 3; i++) {
        struct story *s = sample_story();
        s->head.stage = stages[i];
        s->head.note = S("A figure was wrong.");
        s->times.embargo_ms = s->times.at_ms;
        s->times.expires_ms = s->times.at_ms + 1;
        s->codes.kind = KIND_ADVISORY;
        print(s, codes, false);
        print(s, codes, true);
        story_unref(&s);
    }
}

int main(void)
{
    struct codes *codes = codes_seed(S("AA"));
    print_states(codes);
    for (int i = 0; i < 200; i++) {
        struct story *s = random_story();
        sample_head(s);
        s->media = sample_list(s->arena, "aa:graph:20260314:7", NULL, NULL);
        for (size_t l = 0; l < s->link_count; l++)
            ((struct story_link *)s->links)[l].id = S("aa:text:20260314:5");
        print(s, codes, i % 4 == 0);
        story_unref(&s);
    }
    codes_unref(&codes);
    return 0;
}
