#include "view/plural.h"

#define TEXT_MAX 512
#define NODE_MAX 256
#define NEST_MAX 64 /* a bracket takes two */

/* Operators in C's order of precedence; PICK is ?: */
enum op { NUM, VAR, NOT, MUL, DIV, MOD, ADD, SUB, LT, GT, LE, GE, EQ, NE, AND, OR, PICK };

struct node {
    enum op op;
    unsigned long num;
    int kid[3]; /* indexes of operands; always lower than the node's own */
};

struct plural {
    unsigned count;
    int root;
    int node_n;
    struct node node[NODE_MAX];
};

struct parser {
    struct str s;
    size_t i;
    int nest;
    struct plural *p;
};

static const struct {
    const char *sign;
    enum op op;
    int level;
} signs[] = {
    {"||", OR, 0}, {"&&", AND, 1}, {"==", EQ, 2}, {"!=", NE, 2}, {"<=", LE, 3},
    {">=", GE, 3}, {"<", LT, 3},   {">", GT, 3},  {"+", ADD, 4}, {"-", SUB, 4},
    {"*", MUL, 5}, {"/", DIV, 5},  {"%", MOD, 5},
};
#define LEVELS 6

static void skip_blanks(struct parser *r)
{
    while (r->i < r->s.n && (r->s.p[r->i] == ' ' || r->s.p[r->i] == '\t'))
        r->i++;
}

static bool eat(struct parser *r, const char *sign)
{
    skip_blanks(r);
    struct str want = str_c(sign);
    if (!str_starts(str_sub(r->s, r->i, r->s.n), want))
        return false;
    r->i += want.n;
    return true;
}

/* The index of a new node, or -1: too many, or an operand is missing. */
static int node(struct parser *r, enum op op, unsigned long num, const int kid[3],
                int kid_n)
{
    for (int i = 0; i < kid_n; i++)
        if (kid[i] < 0)
            return -1;
    if (r->p->node_n == NODE_MAX)
        return -1;
    struct node *n = &r->p->node[r->p->node_n];
    n->op = op;
    n->num = num;
    for (int i = 0; i < kid_n; i++)
        n->kid[i] = kid[i];
    return r->p->node_n++;
}

static int parse_pick(struct parser *r);

static int parse_number(struct parser *r)
{
    unsigned long num = 0;
    size_t from = r->i;
    while (r->i < r->s.n && r->s.p[r->i] >= '0' && r->s.p[r->i] <= '9' && r->i - from < 9)
        num = num * 10 + (unsigned long)(r->s.p[r->i++] - '0');
    return r->i == from ? -1 : node(r, NUM, num, NULL, 0);
}

static int parse_unary(struct parser *r)
{
    int kid[3] = {-1, -1, -1};
    if (++r->nest > NEST_MAX)
        return -1;
    int out;
    if (eat(r, "!")) {
        kid[0] = parse_unary(r);
        out = node(r, NOT, 0, kid, 1);
    } else if (eat(r, "(")) {
        out = parse_pick(r);
        out = eat(r, ")") ? out : -1;
    } else if (eat(r, "n")) {
        out = node(r, VAR, 0, NULL, 0);
    } else {
        out = parse_number(r);
    }
    r->nest--;
    return out;
}

static bool eat_sign(struct parser *r, int level, enum op *op)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        if (signs[i].level != level || !eat(r, signs[i].sign))
            continue;
        *op = signs[i].op;
        return true;
    }
    return false;
}

/* A chain of operators of one level, from the left. */
static int parse_binary(struct parser *r, int level)
{
    if (level == LEVELS)
        return parse_unary(r);
    int kid[3] = {parse_binary(r, level + 1), -1, -1};
    enum op op;
    while (kid[0] >= 0 && eat_sign(r, level, &op)) {
        kid[1] = parse_binary(r, level + 1);
        kid[0] = node(r, op, 0, kid, 2);
    }
    return kid[0];
}

static int parse_pick(struct parser *r)
{
    if (++r->nest > NEST_MAX)
        return -1;
    int kid[3] = {parse_binary(r, 0), -1, -1};
    int out = kid[0];
    if (out >= 0 && eat(r, "?")) {
        kid[1] = parse_pick(r);
        kid[2] = eat(r, ":") ? parse_pick(r) : -1;
        out = node(r, PICK, 0, kid, 3);
    }
    r->nest--;
    return out;
}

struct plural *plural_parse(struct arena *a, struct str text, struct err *e)
{
    struct plural *p = ARENA_NEW(a, struct plural);
    struct parser r = {.s = text, .p = p};
    if (text.n > TEXT_MAX || !eat(&r, "nplurals") || !eat(&r, "="))
        goto bad;
    skip_blanks(&r);
    int count = parse_number(&r);
    if (count < 0 || p->node[count].num < 1 || p->node[count].num > PLURAL_FORMS_MAX)
        goto bad;
    p->count = (unsigned)p->node[count].num;
    if (!eat(&r, ";") || !eat(&r, "plural") || !eat(&r, "="))
        goto bad;
    p->root = parse_pick(&r);
    eat(&r, ";");
    skip_blanks(&r);
    if (p->root < 0 || r.i != text.n)
        goto bad;
    return p;
bad:
    err_set(e, ERR_INPUT, "Plural-Forms cannot be read at byte %zu", r.i);
    return NULL;
}

static unsigned long compute(enum op op, unsigned long a, unsigned long b)
{
    switch (op) {
    case MUL:
        return a * b;
    case DIV:
        return b == 0 ? 0 : a / b;
    case MOD:
        return b == 0 ? 0 : a % b;
    case ADD:
        return a + b;
    case SUB:
        return a - b;
    case LT:
        return a < b;
    case GT:
        return a > b;
    case LE:
        return a <= b;
    case GE:
        return a >= b;
    case EQ:
        return a == b;
    case NE:
        return a != b;
    case AND:
        return a && b;
    case OR:
        return a || b;
    default:
        return !a; /* NOT */
    }
}

unsigned plural_form(const struct plural *p, int64_t n)
{
    unsigned long val[NODE_MAX] = {0};
    unsigned long num = n < 0 ? 0 - (unsigned long)n : (unsigned long)n;
    /* Operands stand before their operator, so one pass in order is enough; nothing here
     * has side effects, so that both sides of ?: may be computed. */
    for (int i = 0; i <= p->root; i++) {
        const struct node *o = &p->node[i];
        if (o->op == NUM)
            val[i] = o->num;
        else if (o->op == VAR)
            val[i] = num;
        else if (o->op == PICK)
            val[i] = val[o->kid[0]] ? val[o->kid[1]] : val[o->kid[2]];
        else
            val[i] = compute(o->op, val[o->kid[0]], val[o->kid[1]]);
    }
    return val[p->root] < p->count ? (unsigned)val[p->root] : 0;
}
