/* Archives read as backups are: every member has a plain name, and no more bytes come out than went in. What is taken is
 * written again and read back the same. Manifests: whatever is read has a number, an epoch and members. */
#include "store/manifest.h"
#include "store/tar.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void again(const struct tar_member *m)
{
    char *p = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&p, &n);
    tar_head(to, m, 0);
    fclose(to);
    must(n == 512 && tar_is_one(str_of(p, n)));
    FILE *from = fmemopen(p, n, "r");
    struct tar t = {.from = from};
    struct tar_member got;
    bool is_end;
    must(tar_next(&t, &got, &is_end, NULL) == OK && !is_end && got.bytes == m->bytes && strcmp(got.name, m->name) == 0);
    fclose(from);
    free(p);
}

static void try_archive(FILE *f, size_t size)
{
    struct tar t = {.from = f};
    struct tar_member m;
    struct why why = {0};
    char bytes[700];
    size_t out = 0, got;
    bool is_end = false;
    while (tar_next(&t, &m, &is_end, &why) == OK && !is_end) {
        must(tar_name_is_plain(m.name));
        again(&m);
        while (m.name[0] != 's' && /* those are passed over unread */ tar_read(&t, bytes, sizeof bytes, &got, &why) == OK && got)
            out += got;
    }
    must(out <= size && (is_end || why.text[0]));
}

static void try_manifest(struct str text)
{
    struct arena *a = arena_new(1024);
    struct manifest m;
    struct why why = {0};
    if (manifest_read(text, a, &m, &why) == OK)
        must(m.head && m.epoch[0] && m.count && m.members[0].name.n);
    else
        must(why.text[0]);
    arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t nothing;
    FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "r") : fopen("/dev/null", "r");
    must(f);
    try_archive(f, size);
    fclose(f);
    try_manifest(str_of((const char *)(size ? data : &nothing), size));
    return 0;
}
