/* Intrusive doubly linked list with a head that is a link itself; an unlinked link points to itself.
 * Invariant: l->next->prev == l and l->prev->next == l. Not thread safe. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
    struct list *next, *prev;
};

static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_is_empty(const struct list *l)
{
    return l->next == l;
}
static inline void list_add_tail(struct list *head, struct list *l)
{
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}
static inline void list_del(struct list *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    list_init(l);
}
/* First link taken out, or NULL. */
static inline struct list *list_pop(struct list *head)
{
    struct list *l = head->next;
    if (l == head)
        return NULL;
    list_del(l);
    return l;
}
/* Moves all of `from` to the tail of `to`. */
static inline void list_move_all(struct list *from, struct list *to)
{
    if (list_is_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    list_init(from);
}
#define list_of(link, type, member) ((type *)(void *)((char *)(link) - offsetof(type, member)))
#define list_each(it, head) for (struct list *it = (head)->next, *it##_n = it->next; it != (head); it = it##_n, it##_n = it->next)

#endif
