#include "base/list.h"
#include "../tap.h"

struct item {
    int n;
    struct list link;
};

static int sum_in_order(struct list *head)
{
    int digits = 0;
    list_each(l, head) digits = digits * 10 + list_of(l, struct item, link)->n;
    return digits;
}

int main(void)
{
    struct list a, b;
    struct item v[5];
    list_init(&a);
    list_init(&b);
    ok(list_is_empty(&a) && list_pop(&a) == NULL, "empty");
    for (int i = 0; i < 5; i++) {
        v[i].n = i + 1;
        list_init(&v[i].link);
        list_add_tail(i < 3 ? &a : &b, &v[i].link);
    }
    ok_int(sum_in_order(&a), 123, "in order");
    list_move_all(&b, &a);
    ok_int(sum_in_order(&a), 12345, "moved behind");
    ok(list_is_empty(&b), "the source is empty");
    list_move_all(&b, &a);
    ok_int(sum_in_order(&a), 12345, "moving nothing changes nothing");
    list_del(&v[2].link);
    list_del(&v[2].link);
    ok_int(sum_in_order(&a), 1245, "taken out, twice harmlessly");
    list_each(l, &a) if (list_of(l, struct item, link)->n % 2 == 0) list_del(l);
    ok_int(sum_in_order(&a), 15, "taken out while walking");
    ok_int(list_of(list_pop(&a), struct item, link)->n, 1, "popped the first");
    return tap_end();
}
