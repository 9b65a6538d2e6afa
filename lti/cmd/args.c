#include "cmd/args.h"

#include <string.h>

static const struct arg *find(const struct arg *table, size_t n, struct str name)
{
    for (size_t i = 0; i < n; i++)
        if (str_is(name, table[i].name))
            return &table[i];
    return NULL;
}

static int push(struct arg_list *l, const char *v, size_t max, struct err *e)
{
    if (l->n >= max || l->n >= ARG_LIST_MAX)
        return err_set(e, ERR_INPUT, "\"%.80s\" is one word too many", v);
    l->v[l->n++] = v;
    return 0;
}

static int store(const struct arg *a, const char *value, struct err *e)
{
    switch (a->kind) {
    case ARG_FLAG:
        *(bool *)a->into = true;
        return 0;
    case ARG_TEXT:
        *(const char **)a->into = value;
        return 0;
    case ARG_LIST:
        return push(a->into, value, ARG_LIST_MAX, e);
    case ARG_INT:
        if (!str_i64(str_c(value), a->into))
            return err_set(e, ERR_INPUT, "%s takes a whole number, not \"%.40s\"",
                           a->name, value);
        return 0;
    }
    return 0;
}

static bool is_set(const struct arg *a)
{
    return a->kind == ARG_TEXT   ? *(const char **)a->into != NULL
           : a->kind == ARG_LIST ? ((struct arg_list *)a->into)->n > 0
                                 : true;
}

/* argv[*i] is an option: store it, and step over its value. */
static int option(int argc, char **argv, int *i, const struct arg *table, size_t n,
                  struct err *e)
{
    struct str name, value;
    bool joined = str_cut(str_c(argv[*i]), '=', &name, &value);
    const struct arg *a = find(table, n, name);
    if (a == NULL)
        return err_set(e, ERR_INPUT, "there is no option %.*s", STR_ARG(name));
    if (a->kind == ARG_FLAG)
        return joined ? err_set(e, ERR_INPUT, "%s takes no value", a->name)
                      : store(a, NULL, e);
    if (joined)
        return store(a, value.p, e);
    if (*i + 1 >= argc)
        return err_set(e, ERR_INPUT, "%s needs a value (%s)", a->name, a->value);
    return store(a, argv[++*i], e);
}

int args_read(int argc, char **argv, const struct arg *table, size_t n,
              struct arg_list *rest, size_t max, struct err *e)
{
    bool only_words = false;
    rest->n = 0;
    for (int i = 0; i < argc; i++) {
        if (!only_words && strcmp(argv[i], "--") == 0)
            only_words = true;
        else if (!only_words && argv[i][0] == '-' && argv[i][1] != 0) {
            if (option(argc, argv, &i, table, n, e) != 0)
                return -1;
        } else if (push(rest, argv[i], max, e) != 0) {
            return -1;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (table[i].required && !is_set(&table[i]))
            return err_set(e, ERR_INPUT, "%s %s is needed: %s", table[i].name,
                           table[i].value, table[i].text);
    return 0;
}

void args_help(FILE *out, const struct arg *table, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char head[64];
        snprintf(head, sizeof head, "%s%s%s", table[i].name, table[i].value ? " " : "",
                 table[i].value ? table[i].value : "");
        fprintf(out, "  %-26s %s%s\n", head, table[i].text,
                table[i].required ? " (needed)" : "");
    }
}
