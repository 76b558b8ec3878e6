/* How many stories a second one store thread keeps for good: bench_store [stories] [in flight] [prepare: 1|0] [dir].
 * Turkish text of 2.5 KB, prepared on the posting threads as the door does it. Prints one line of key=value. */
#include "base/clock.h"
#include "base/id.h"
#include "base/log.h"
#include "store/store.h"

#include <dirent.h>
#include <pthread.h>
#include <unistd.h>

static const char *const WORDS[] = {"liman",    "köprü",     "bakanlık", "toplantı", "açıklama", "ekonomi",  "üretim",   "belediye",
                                    "yatırım",  "hastane",   "öğrenci",  "trafik",   "deprem",   "yağmur",   "şirket",   "ihracat",
                                    "müze",     "sergi",     "takım",    "maç",      "gol",      "seçim",    "meclis",   "yasa",
                                    "İstanbul", "Ankara'da", "İzmir",    "Kayseri",  "çiftçi",   "buğday",   "zeytin",   "ihale",
                                    "kurulu",   "başkanı",   "söyledi",  "belirtti", "kaydetti", "katıldı",  "açıldı",   "bulundu",
                                    "ve",       "ile",       "için",     "olarak",   "sonra",    "önce",     "yüzde",    "milyon"};
#define WORD_COUNT (sizeof WORDS / sizeof WORDS[0])

struct one {
    struct story_command command;
    int64_t posted_us;
};

static struct store *store;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t room = PTHREAD_COND_INITIALIZER;
static long in_flight, finished, refused, *took;

static uint64_t random_next(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

/* As often as in real text: some forms all the time, thousands now and then, names and numbers once. An index of few
 * words is half the work of a true one. */
static void add_word(struct buf *b, uint64_t *seed)
{
    static const char *const ENDS[] = {"",    "lar",  "ler",   "da",   "de",   "dan", "den", "nın", "nin", "ya",  "ye", "yı",
                                       "yle", "ları", "lerin", "daki", "deki", "lık", "siz", "cı",  "mız", "ına", "ki", "mış"};
    const size_t forms = WORD_COUNT * (sizeof ENDS / sizeof ENDS[0]);
    uint64_t r = random_next(seed);
    double u = (double)(r >> 11) / 9007199254740992.0;
    size_t rank = (size_t)((double)forms * u * u * u);
    buf_puts(b, WORDS[rank % WORD_COUNT]);
    buf_puts(b, ENDS[rank / WORD_COUNT]);
    if (r % 16 == 0)
        buf_printf(b, " %c%c%c%c%c", (char)('A' + random_next(seed) % 26), (char)('a' + random_next(seed) % 6),
                   (char)('k' + random_next(seed) % 6), (char)('a' + random_next(seed) % 8), (char)('l' + random_next(seed) % 4));
    if (r % 32 == 1)
        buf_printf(b, " %llu", (unsigned long long)(random_next(seed) % 100000));
}

static struct story *make_story(uint64_t *seed)
{
    struct story *s = story_new();
    struct buf b = BUF_INIT(8192);
    buf_puts(&b, "<p>");
    for (unsigned in_sentence = 0; b.n < 2500;) {
        add_word(&b, seed);
        bool ends = ++in_sentence > 11;
        buf_puts(&b, !ends ? " " : random_next(seed) % 4 ? ". " : ".</p><p>");
        in_sentence = ends ? 0 : in_sentence;
    }
    buf_puts(&b, ".</p>");
    s->text.body = arena_str(s->arena, buf_str(&b));
    buf_reset(&b);
    for (int i = 0; i < 7; i++)
        buf_printf(&b, "%s%s", i ? " " : "", WORDS[random_next(seed) % WORD_COUNT]);
    s->text.headline = arena_str(s->arena, buf_str(&b));
    s->text.spot = s->text.headline;
    s->text.city = S("Ankara");
    buf_fini(&b);
    s->language = S("tr");
    s->codes = (struct story_codes){.type = TYPE_TEXT, .language = 1, .priority = 4, .provider = 1};
    codeset_add(&s->codes.package, 1);
    codeset_add(&s->codes.category, 1 + (unsigned)(random_next(seed) % 8));
    return s;
}

static void done(struct command *c)
{
    struct one *o = list_of(c, struct one, command.command);
    pthread_mutex_lock(&lock);
    in_flight--;
    took[finished++] = (long)(clock_mono_us() - o->posted_us);
    refused += c->result != OK;
    pthread_cond_broadcast(&room);
    pthread_mutex_unlock(&lock);
    story_command_fini(&o->command);
    mem_free(o);
}

static int by_size(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;
    return (x > y) - (x < y);
}

/* Processor time of a thread by its name, in microseconds: what the machine does besides does not count. */
static long cpu_us(const char *name)
{
    long best = 0;
    DIR *d = opendir("/proc/self/task");
    for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
        char path[300], line[1024] = "";
        long long ran = 0;
        snprintf(path, sizeof path, "/proc/self/task/%s/comm", e->d_name);
        FILE *f = fopen(path, "r");
        bool is_it = f && fgets(line, sizeof line, f) && !strncmp(line, name, strlen(name));
        if (f)
            fclose(f);
        snprintf(path, sizeof path, "/proc/self/task/%s/schedstat", e->d_name);
        f = is_it ? fopen(path, "r") : NULL;
        if (f && fscanf(f, "%lld", &ran) == 1)
            best += (long)(ran / 1000);
        if (f)
            fclose(f);
    }
    if (d)
        closedir(d);
    return best;
}

static struct one *make_one(long i, uint64_t *seed)
{
    struct one *o = mem_new(struct one);
    story_command_init(&o->command, store_stories(store));
    o->command.command.done = done;
    o->command.is_new = true;
    o->command.ask = STAGE_LIVE;
    o->command.story = make_story(seed);
    snprintf(o->command.by, sizeof o->command.by, "bench");
    snprintf(o->command.key, sizeof o->command.key, "bench-%ld", i);
    return o;
}

static void post(struct one *o, long most)
{
    pthread_mutex_lock(&lock);
    while (in_flight >= most)
        pthread_cond_wait(&room, &lock);
    in_flight++;
    pthread_mutex_unlock(&lock);
    o->posted_us = clock_mono_us();
    while (!writer_post(store_writer(store), &o->command.command))
        usleep(1000);
}

static void wait_all(void)
{
    pthread_mutex_lock(&lock);
    while (in_flight)
        pthread_cond_wait(&room, &lock);
    pthread_mutex_unlock(&lock);
}

int main(int argc, char **argv)
{
    long total = argc > 1 ? strtol(argv[1], NULL, 10) : 10000, most = argc > 2 ? strtol(argv[2], NULL, 10) : 8;
    bool is_prepared = argc <= 3 || argv[3][0] != '0', is_new;
    char dir[256] = "/tmp/bench-store-XXXXXX";
    struct why why = {0};
    id_init();
    clock_set_zone("Europe/Istanbul");
    if (argc > 4 ? !str_copy(str_from(argv[4]), dir, sizeof dir) : mkdtemp(dir) == NULL)
        return 2;
    struct store_options o = {.dir = dir, .agency = {S("Bench"), S("BB"), S("https://bench.example"), S("aa")}};
    portion_default(&o.rule);
    if (store_open(&o, &store, &is_new, &why) != OK) {
        fprintf(stderr, "bench_store: %s\n", why.text);
        return 1;
    }
    took = mem_array(long, (size_t)total);
    /* Stories are made and prepared before the clock runs: the door has other threads for that. */
    struct one **all = mem_array(struct one *, (size_t)total);
    uint64_t seed = 88172645463325252u;
    for (long i = 0; i < total; i++)
        all[i] = make_one(i, &seed);
    long before_us = cpu_us("bench_store");
    for (long i = 0; is_prepared && i < total; i++)
        story_command_prepare(&all[i]->command);
    long prepare_us = (cpu_us("bench_store") - before_us) / total;
    int64_t start = clock_mono_us();
    for (long i = 0; i < total; i++)
        post(all[i], most);
    wait_all();
    double seconds = (double)(clock_mono_us() - start) / 1e6;
    mem_free(all);
    qsort(took, (size_t)total, sizeof *took, by_size);
    printf("bench=store stories=%ld in_flight=%ld prepared=%d refused=%ld seconds=%.2f per_second=%.0f p50_ms=%.2f p99_ms=%.2f max_ms=%.2f "
           "store_cpu_us=%ld prepare_cpu_us=%ld dir=%s\n",
           total, most, is_prepared, refused, seconds, (double)total / seconds, (double)took[total / 2] / 1e3,
           (double)took[total * 99 / 100] / 1e3, (double)took[total - 1] / 1e3, cpu_us("store") / total,
           prepare_us, dir);
    mem_free(took);
    store_close(&store);
    return refused != 0;
}
