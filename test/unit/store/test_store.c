/* The folder: lock, modes, keys, epoch, demo mark, and what a second start finds. */
#include "base/clock.h"
#include "store/store.h"
#include "../tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static enum err open_it(struct store **out, bool *is_new, bool is_demo, struct why *why)
{
    struct store_options o = {.dir = dir, .agency = {S("Tellal Haber"), S("TH"), S("https://tellal.example"), S("aa")}, .is_demo = is_demo};
    portion_default(&o.rule);
    *why = (struct why){0};
    return store_open(&o, out, is_new, why);
}

static unsigned mode_of(const char *name)
{
    char path[128];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &st) == 0 ? st.st_mode & 0777 : 0;
}

static void sh(const char *name, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    must(chmod(path, mode) == 0);
}

int main(void)
{
    struct store *s = NULL, *other = NULL;
    struct why why;
    bool is_new = false;
    char epoch[32] = "";
    uint8_t key[32];
    char base[64] = "/tmp/tellal-store-XXXXXX";
    id_init();
    clock_set_zone("Europe/Istanbul");
    must(mkdtemp(base) != NULL);
    snprintf(dir, sizeof dir, "%.40s/data", base);
    ok(!store_is_locked(dir), "no folder, no lock");
    ok_int(open_it(&s, &is_new, false, &why), OK, "a first start (%s)", why.text);
    ok(is_new, "knows that it is the first");
    ok_int(mode_of(""), 0700, "the folder is its owner's");
    ok(mode_of("keys") == 0700 && mode_of("keys/token.key") == 0600 && mode_of("keys/embargo.key") == 0600, "so are the keys");
    ok(store_is_locked(dir), "the lock is held");
    ok_int(open_it(&other, &is_new, false, &why), ERR_BUSY, "nobody else may in");
    char pid[32];
    snprintf(pid, sizeof pid, "process %ld", (long)getpid());
    ok(strstr(why.text, pid) != NULL, "and is told who is: %s", why.text);
    ok_int((long long)tape_head(store_tape(s)), 1, "the first record opens the epoch");
    ok_int((long long)store_epoch(s).n, 16, "which has an id");
    must(str_copy(store_epoch(s), epoch, sizeof epoch));
    memcpy(key, store_token_key(s), sizeof key);
    ok(store_readers(s) && store_secrets(s) && store_people(s) && store_sessions(s) && store_main_reader(s), "all parts are there");
    ok(store_stories(s)->has_master, "embargoes can be sealed");
    store_close(&s);
    ok(!store_is_locked(dir), "after the end the lock is free");

    ok_int(open_it(&s, &is_new, true, &why), ERR_STATE, "a real folder is no demo's");
    ok_int(open_it(&s, &is_new, false, &why), OK, "a second start (%s)", why.text);
    ok(!is_new, "is no first");
    ok_str(store_epoch(s), epoch, "the same epoch");
    ok(tape_head(store_tape(s)) == 1 && memcmp(key, store_token_key(s), 32) == 0, "the same head and key");
    store_close(&s);
    sh("keys/token.key", 0640);
    ok_int(open_it(&s, &is_new, false, &why), ERR_STATE, "a key that others can read: no start (%s)", why.text);
    sh("keys/token.key", 0600);
    ok_int(open_it(&s, &is_new, false, &why), OK, "mended, it starts");
    store_close(&s);
    char clean[128];
    snprintf(clean, sizeof clean, "%s/tellal.db", dir);
    int fd = open(clean, O_WRONLY);
    must(fd >= 0 && pwrite(fd, "no database at all", 18, 0) == 18);
    close(fd);
    ok_int(open_it(&s, &is_new, false, &why), ERR_IO, "a damaged file is told (%s)", why.text);
    static const char *const FILES[] = {"data/tellal.db", "data/tellal.db-wal", "data/tellal.db-shm", "data/lock", "data/keys/token.key",
                                        "data/keys/embargo.key"};
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        snprintf(clean, sizeof clean, "%.40s/%s", base, FILES[i]);
        unlink(clean);
    }
    snprintf(clean, sizeof clean, "%.40s/data/keys", base);
    rmdir(clean);
    rmdir(dir);
    rmdir(base);
    return tap_end();
}
