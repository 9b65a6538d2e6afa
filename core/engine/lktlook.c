#include "engine/lktlook.h"

#include "engine/num.h"

#include <string.h>

#define SITTING_S 1800
/* Invented answers behind a rate of an item's contexts, and of a skill's. */
#define ITEM_STRENGTH 8
#define SKILL_STRENGTH 10

/* --- what a person did ---------------------------------------------------------- */

/* What is kept of one item or skill. Ability: the sum of (share - expected) over the
 * sum of expected (1 - expected) + 1, older answers fading: one Newton step of the
 * Rasch ability (Rasch 1960) with a prior of variance 1. */
struct seen {
    int64_t at_s;
    float surplus, spread; /* the two sums */
    float recent;          /* mean share, the last few counting most */
    int32_t n, last;       /* answers; the person's n at the last */
    uint8_t pattern;
};

struct slot {
    uint64_t key;
    uint32_t era, index;
};

enum about { ITEM = 1, SKILL, Q_SKILL };

struct lkt_person {
    struct arena *a;
    struct slot *slots;
    size_t mask;
    struct seen *seen;
    uint32_t seen_n, seen_cap;
    uint32_t era; /* slots of earlier eras are empty */

    int32_t n, run, streak, sitting;
    int32_t item, item2, skill,
        skill2; /* of the answer before, and the one before that */
    uint8_t pattern;
    int64_t at_s;
    double surplus, spread, late_surplus, late_spread, shortly, middle;
    float last_odds;

    bool looked; /* `look` is about the answer `at`, by `rates` */
    struct answer at;
    const struct lktlook_rates *rates;
    struct lktlook look;
};

static void start(struct lkt_person *p)
{
    p->era++;
    p->seen_n = 0;
    p->n = p->run = p->streak = p->sitting = 0;
    p->item = p->item2 = p->skill = p->skill2 = -1;
    p->pattern = 1;
    p->at_s = 0;
    p->surplus = p->spread = p->late_surplus = p->late_spread = 0;
    p->shortly = p->middle = 0;
    p->last_odds = 0;
    p->looked = false;
}
struct lkt_person *lktlook_person(struct arena *a)
{
    struct lkt_person *p = ARENA_NEW(a, struct lkt_person);
    p->a = a;
    p->mask = 63;
    p->slots = ARENA_ARRAY(a, struct slot, p->mask + 1);
    start(p);
    return p;
}

void lktlook_reset(struct lkt_person *p)
{
    if (p->era == UINT32_MAX) {
        memset(p->slots, 0, (p->mask + 1) * sizeof *p->slots);
        p->era = 0;
    }
    start(p);
}

static size_t slot_of(const struct lkt_person *p, uint64_t key)
{
    uint64_t h = key * UINT64_C(0x9e3779b97f4a7c15);
    size_t i = (size_t)(h >> 29) & p->mask;
    while (p->slots[i].era == p->era && p->slots[i].key != key)
        i = (i + 1) & p->mask;
    return i;
}

static uint64_t key_of(enum about about, int32_t number)
{
    return (uint64_t)about << 32 | (uint32_t)number;
}

/* What the person did about it; `none` if nothing. */
static const struct seen *seen_of(const struct lkt_person *p, enum about about,
                                  int32_t number)
{
    static const struct seen none = {.pattern = 1};
    const struct slot *s = &p->slots[slot_of(p, key_of(about, number))];
    return number >= 0 && s->era == p->era ? &p->seen[s->index] : &none;
}

static void widen(struct lkt_person *p)
{
    const struct slot *old = p->slots;
    size_t n = p->mask + 1;
    p->mask = n * 2 - 1;
    p->slots = ARENA_ARRAY(p->a, struct slot, n * 2);
    for (size_t i = 0; i < n; i++)
        if (old[i].era == p->era)
            p->slots[slot_of(p, old[i].key)] = old[i];
}

/* The same, made if need be. Moves the others. */
static struct seen *seen_for(struct lkt_person *p, enum about about, int32_t number)
{
    uint64_t key = key_of(about, number);
    size_t i = slot_of(p, key);
    if (p->slots[i].era == p->era)
        return &p->seen[p->slots[i].index];
    if (p->seen_n == p->seen_cap) {
        uint32_t cap = p->seen_cap > 0 ? p->seen_cap * 2 : 32;
        struct seen *bigger = ARENA_ARRAY(p->a, struct seen, cap);
        if (p->seen_n > 0)
            memcpy(bigger, p->seen, p->seen_n * sizeof *bigger);
        p->seen = bigger;
        p->seen_cap = cap;
    }
    p->slots[i] = (struct slot){key, p->era, p->seen_n};
    p->seen[p->seen_n] = (struct seen){.pattern = 1};
    if (++p->seen_n * 2 > p->mask)
        widen(p);
    return &p->seen[p->seen_n - 1];
}

/* --- bins ----------------------------------------------------------------------- */

#define NEVER INT32_MAX
#define LAST_BIN (LKTLOOK_BINS - 1)

static uint8_t odds_bin(double x)
{
    if (!(x > -8))
        return 0;
    return x < 8 ? (uint8_t)((x + 8) * 4) : LAST_BIN;
}

/* 0 to 7, then four an octave. */
static uint8_t count_bin(int32_t n)
{
    if (n < 8)
        return (uint8_t)(n > 0 ? n : 0);
    int octave = 31 - __builtin_clz((unsigned)n);
    int bin = 8 + 4 * (octave - 3) + (int)((unsigned)n >> (octave - 2) & 3);
    return (uint8_t)(bin < LAST_BIN ? bin : LAST_BIN);
}

/* From one known moment to another, or 0. */
static uint8_t pause_bin(int64_t from_s, int64_t to_s)
{
    if (from_s <= 0 || to_s <= 0)
        return 0;
    int64_t s = to_s > from_s ? to_s - from_s : 0;
    int bits = s > 0 ? 64 - __builtin_clzll((unsigned long long)s) : 0;
    return (uint8_t)(bits < LAST_BIN ? 1 + bits : LAST_BIN);
}

/* Did a sitting end in between? Unknown: no. */
static bool apart(int64_t from_s, int64_t to_s)
{
    return from_s > 0 && to_s > from_s && to_s - from_s > SITTING_S;
}

static uint8_t share_bin(const struct seen *s)
{
    return s->n > 0 ? (uint8_t)(1 + (int)num_clamp((double)s->recent * 31, 0, 31)) : 0;
}

static uint8_t streak_bin(int32_t streak)
{
    return (uint8_t)(32 + (streak > 31 ? 31 : streak < -31 ? -31 : streak));
}

int lktlook_coarse(enum lktlook_scale scale, int bin)
{
    int c = bin;
    switch (scale) {
    case LKTLOOK_BY_ODDS: /* a half each, -4 to 4 */
        c = bin < 16 ? 0 : (bin - 16) / 2;
        break;
    case LKTLOOK_BY_COUNT: /* 0, 1, 2, 3, 4-5, 6-7, 8-15, 16-31, ..., never */
        c = bin < 4 ? bin : bin < 8 ? 2 + bin / 2 : 4 + bin / 4;
        c = bin == LAST_BIN ? LKTLOOK_COARSE - 1 : c < 14 ? c : 14;
        break;
    case LKTLOOK_BY_PATTERN: /* the last three */
        c = bin < 16 ? bin : 8 | (bin & 7);
        break;
    case LKTLOOK_BY_SECONDS:
    case LKTLOOK_BY_SHARE:
        c = (bin + 1) / 2;
        break;
    }
    return c < LKTLOOK_COARSE ? c : LKTLOOK_COARSE - 1;
}

const enum lktlook_scale lktlook_scales[LKTLOOK_N_FEATURES] = {
#define X(name, scale, part) LKTLOOK_BY_##scale,
    LKTLOOK_FEATURES(X)
#undef X
};

const enum lkt_part lktlook_parts[LKTLOOK_N_FEATURES] = {
#define X(name, scale, part) LKT_##part,
    LKTLOOK_FEATURES(X)
#undef X
};

/* --- rates ---------------------------------------------------------------------- */

/* The last `k` answers of a pattern of five behind a leading 1. */
static uint8_t last_of(uint8_t pattern, int k)
{
    unsigned all = 1u << k;
    return (uint8_t)(pattern < all ? pattern : all | (pattern & (all - 1)));
}

void lktlook_keys(struct lkt_person *p, const struct answer *next, struct lktlook *out)
{
    const struct seen *k = seen_of(p, SKILL, next->skill);
    const struct seen *i = seen_of(p, ITEM, next->item);
    uint8_t one = last_of(p->pattern, 1), two = last_of(p->pattern, 2);
    int32_t it = next->item, sk = next->skill;
    const struct lktrate_key keys[LKTLOOK_KEYS] = {
        {sk, -1, -1, LKTRATE_SKILL, 0},
        {it, -1, -1, LKTRATE_ITEM, 0},
        {it, -1, -1, LKTRATE_ITEM_SKILL, last_of(k->pattern, 2)},
        {it, -1, -1, LKTRATE_ITEM_AGAIN, last_of(i->pattern, 3)},
        {it, -1, -1, LKTRATE_ITEM_RIGHT, one},
        {it, p->item, -1, LKTRATE_ITEM_AFTER, one},
        {it, p->item, p->item2, LKTRATE_ITEM_AFTER2, two},
        {sk, -1, -1, LKTRATE_SKILL_RUN, k->pattern},
        {sk, p->skill, -1, LKTRATE_SKILL_AFTER, one},
        {sk, p->skill, p->skill2, LKTRATE_SKILL_AFTER2, two},
    };
    memcpy(out->keys, keys, sizeof keys);
}

/* A chain of contexts, the widest first; each is drawn towards the one before. */
struct chain {
    uint8_t n;
    uint8_t kinds[6];
};

static const struct chain chains[] = {
    {1, {LKTRATE_SKILL}},
    {2, {LKTRATE_SKILL, LKTRATE_ITEM}},
    {5,
     {LKTRATE_SKILL, LKTRATE_ITEM, LKTRATE_ITEM_RIGHT, LKTRATE_ITEM_AFTER,
      LKTRATE_ITEM_AFTER2}},
    {3, {LKTRATE_SKILL, LKTRATE_ITEM, LKTRATE_ITEM_SKILL}},
    {3, {LKTRATE_SKILL, LKTRATE_ITEM, LKTRATE_ITEM_AGAIN}},
    {2, {LKTRATE_SKILL, LKTRATE_SKILL_RUN}},
    {2, {LKTRATE_SKILL, LKTRATE_SKILL_AFTER}},
    {3, {LKTRATE_SKILL, LKTRATE_SKILL_AFTER, LKTRATE_SKILL_AFTER2}},
};
static const enum lktlook_feature chain_of[] = {
    LKTLOOK_SKILL,      LKTLOOK_ITEM,      LKTLOOK_CONTEXT,     LKTLOOK_ITEM_SKILL,
    LKTLOOK_ITEM_AGAIN, LKTLOOK_SKILL_RUN, LKTLOOK_SKILL_AFTER, LKTLOOK_SKILL_AFTER2};
#define CHAINS (sizeof chains / sizeof chains[0])

static double strength_of(uint8_t kind)
{
    bool skill = kind == LKTRATE_SKILL || kind >= LKTRATE_SKILL_RUN;
    return skill ? SKILL_STRENGTH : ITEM_STRENGTH;
}

void lktlook_settle(struct lktrate *rates, const struct lktlook_rates *r,
                    const struct lktrate_key *keys)
{
    for (size_t c = 0; c < CHAINS; c++) {
        double p = r->mean, n = 0;
        for (uint8_t i = 0; i < chains[c].n; i++) {
            uint8_t kind = chains[c].kinds[i];
            const struct lktrate_key *key = &keys[kind - 1];
            lktrate_settle(rates, key, p, strength_of(kind), r->curve);
            p = lktrate_without(rates, key, -1, p, strength_of(kind), &n);
        }
    }
}

/* Every chain's log-odds, out of fold; *item_n: the answers behind the item's. */
static void odds_without(const struct lktlook_rates *r, const struct lktrate_key *keys,
                         double *odds, double *item_n)
{
    double p[LKTRATE_KINDS], n = 0;
    p[LKTRATE_NONE] = r->mean;
    for (size_t c = 0; c < CHAINS; c++) {
        const struct chain *ch = &chains[c];
        uint8_t last = LKTRATE_NONE;
        for (uint8_t i = 0; i < ch->n; last = ch->kinds[i++]) {
            uint8_t kind = ch->kinds[i];
            if (c > 1 && i < 2 && kind <= LKTRATE_ITEM)
                continue; /* known from the first two chains */
            p[kind] = lktrate_without(r->rates, &keys[kind - 1], r->fold, p[last],
                                      strength_of(kind), &n);
            if (kind == LKTRATE_ITEM)
                *item_n = n;
        }
        odds[c] = lktcurve_logit(r->curve, p[last]);
    }
}

/* The same from settled rates: the narrowest context that is known. */
static void odds_settled(const struct lktlook_rates *r, const struct lktrate_key *keys,
                         double *odds, double *item_n)
{
    double mean = lktcurve_logit(r->curve, r->mean);
    for (size_t c = 0; c < CHAINS; c++) {
        const struct chain *ch = &chains[c];
        bool from_item = ch->n > 1 && ch->kinds[1] == LKTRATE_ITEM && c > 1;
        odds[c] = c == 0 ? mean : from_item ? odds[1] : odds[0];
        for (uint8_t i = ch->n; i > (c == 0 ? 0 : from_item ? 2 : 1); i--) {
            uint8_t kind = ch->kinds[i - 1];
            const struct lktrate_entry *e = lktrate_find(r->rates, &keys[kind - 1]);
            if (e == NULL)
                continue;
            odds[c] = (double)e->log_odds;
            if (kind == LKTRATE_ITEM)
                *item_n = (double)e->n;
            break;
        }
    }
}

/* --- everything ----------------------------------------------------------------- */

static double ability(double surplus, double spread)
{
    return surplus / (spread + 1);
}

static double ability_of(const struct seen *s)
{
    return ability((double)s->surplus, (double)s->spread);
}

/* The q-skills of a row's skill: how many. */
static int32_t q_skills(const struct lktlook_rates *r, int32_t skill, const int32_t **out)
{
    if (skill < 0 || skill >= r->skill_n)
        return 0;
    int32_t n = r->q_from[skill + 1] - r->q_from[skill];
    if (n > 0)
        *out = r->q_skill + r->q_from[skill];
    return n;
}

static void look_at_rates(const struct lktlook_rates *r, struct lktlook *out)
{
    double odds[CHAINS] = {0}, item_n = 0, mean = lktcurve_logit(r->curve, r->mean);
    if (r->fold == LKTLOOK_SETTLED)
        odds_settled(r, out->keys, odds, &item_n);
    else
        odds_without(r, out->keys, odds, &item_n);
    for (size_t c = 0; c < CHAINS; c++) {
        double x = odds[c] - mean;
        out->x[chain_of[c]] = (float)x;
        out->bin[chain_of[c]] = odds_bin(x);
        if (chain_of[c] == LKTLOOK_CONTEXT)
            out->expected = lktcurve_logistic(r->curve, odds[c]);
    }
    out->bin[LKTLOOK_ITEM_N] = count_bin((int32_t)item_n);
}

static void put(struct lktlook *out, enum lktlook_feature f, double x)
{
    out->x[f] = (float)x;
    out->bin[f] = odds_bin(x);
}

static int32_t lag(const struct lkt_person *p, const struct seen *s)
{
    return s->n > 0 ? p->n - s->last : NEVER;
}

static void look_at_skills(const struct lktlook_rates *r, struct lkt_person *p,
                           const struct answer *next, struct lktlook *out)
{
    const struct seen *k = seen_of(p, SKILL, next->skill);
    const int32_t *list = NULL;
    int32_t n = q_skills(r, next->skill, &list), answers = k->n;
    double able = ability_of(k);
    put(out, LKTLOOK_K_ABLE, able);
    out->bin[LKTLOOK_K_N] = count_bin(k->n);
    out->bin[LKTLOOK_K_SHORT] = share_bin(k);
    out->bin[LKTLOOK_K_PATTERN] = k->pattern;
    out->bin[LKTLOOK_K_LAG] = count_bin(lag(p, k));
    out->bin[LKTLOOK_K_PAUSE] = pause_bin(k->at_s, next->at_s);
    if (n > 0)
        able = answers = 0;
    for (int32_t i = 0; i < n; i++) {
        const struct seen *q = seen_of(p, Q_SKILL, list[i]);
        able += ability_of(q) / n;
        answers += q->n;
    }
    put(out, LKTLOOK_Q_ABLE, able);
    out->bin[LKTLOOK_Q_N] = count_bin(n > 0 ? answers / n : answers);
    out->bin[LKTLOOK_SKILLS] = count_bin(n);
}

static void look(const struct lktlook_rates *r, struct lkt_person *p,
                 const struct answer *next, struct lktlook *out)
{
    const struct seen *i = seen_of(p, ITEM, next->item);
    bool far = apart(p->at_s, next->at_s);
    lktlook_keys(p, next, out);
    look_at_rates(r, out);
    look_at_skills(r, p, next, out);
    put(out, LKTLOOK_SHORT, 8 * p->shortly);
    put(out, LKTLOOK_MIDDLE, 8 * p->middle);
    put(out, LKTLOOK_ABLE, ability(p->surplus, p->spread));
    put(out, LKTLOOK_LATE, ability(p->late_surplus, p->late_spread));
    put(out, LKTLOOK_I_ABLE, ability_of(i));
    out->bin[LKTLOOK_N] = count_bin(p->n);
    out->bin[LKTLOOK_PATTERN] = p->pattern;
    out->bin[LKTLOOK_STREAK] = streak_bin(p->streak);
    out->bin[LKTLOOK_I_N] = count_bin(i->n);
    out->bin[LKTLOOK_I_PATTERN] = i->pattern;
    out->bin[LKTLOOK_I_LAG] = count_bin(lag(p, i));
    out->bin[LKTLOOK_RUN] = count_bin(next->skill == p->skill ? p->run : 0);
    out->bin[LKTLOOK_PAUSE] = pause_bin(p->at_s, next->at_s);
    out->bin[LKTLOOK_I_PAUSE] = pause_bin(i->at_s, next->at_s);
    out->bin[LKTLOOK_SITTING] = count_bin(far ? 0 : p->sitting);
    out->bin[LKTLOOK_LAST_ODDS] = odds_bin((double)p->last_odds);
}

const struct lktlook *lktlook_all(const struct lktlook_rates *r, struct lkt_person *p,
                                  const struct answer *next)
{
    bool known = p->looked && p->rates == r && p->at.item == next->item &&
                 p->at.skill == next->skill && p->at.at_s == next->at_s;
    if (!known)
        look(r, p, next, &p->look);
    p->looked = true;
    p->rates = r;
    p->at = *next;
    return &p->look;
}

static uint8_t pushed(uint8_t pattern, bool right)
{
    unsigned wide = (unsigned)pattern << 1 | right;
    return (uint8_t)(wide < 64 ? wide : 32 | (wide & 31));
}

/* What one answer leaves behind. */
struct mark {
    double share, surplus, spread;
    bool right;
    int64_t at_s;
};

static void take(struct seen *s, const struct mark *m, int32_t n)
{
    const double fade = 0.9;
    s->surplus = (float)(fade * (double)s->surplus + m->surplus);
    s->spread = (float)(fade * (double)s->spread + m->spread);
    s->recent += (float)(0.3 * (m->share - (double)s->recent));
    s->pattern = pushed(s->pattern, m->right);
    s->at_s = m->at_s;
    s->last = n;
    s->n++;
}

static void take_overall(struct lkt_person *p, const struct mark *m)
{
    const double fade = 0.97;
    p->surplus += m->surplus;
    p->spread += m->spread;
    p->late_surplus = fade * p->late_surplus + m->surplus;
    p->late_spread = fade * p->late_spread + m->spread;
    p->shortly += 0.3 * (m->surplus - p->shortly);
    p->middle += 0.08 * (m->surplus - p->middle);
    p->pattern = pushed(p->pattern, m->right);
    p->streak = m->right ? (p->streak > 0 ? p->streak + 1 : 1)
                         : (p->streak < 0 ? p->streak - 1 : -1);
    p->sitting = apart(p->at_s, m->at_s) ? 1 : p->sitting + 1;
    p->at_s = m->at_s;
    p->n++;
}

void lktlook_take(const struct lktlook_rates *r, struct lkt_person *p,
                  const struct answer *given, const struct lktlook *seen)
{
    double share = answer_share(given), e = seen != NULL ? seen->expected : 0;
    struct mark m = {share, seen != NULL ? share - e : 0, e * (1 - e), share >= 0.5,
                     given->at_s};
    const int32_t *list = NULL;
    int32_t n = q_skills(r, given->skill, &list);
    if (given->item >= 0)
        take(seen_for(p, ITEM, given->item), &m, p->n);
    if (given->skill >= 0)
        take(seen_for(p, SKILL, given->skill), &m, p->n);
    for (int32_t i = 0; i < n; i++)
        take(seen_for(p, Q_SKILL, list[i]), &m, p->n);
    take_overall(p, &m);
    p->looked = false;
    p->run = given->skill == p->skill ? p->run + 1 : 1;
    p->item2 = p->item;
    p->skill2 = p->skill;
    p->item = given->item;
    p->skill = given->skill;
    p->last_odds = seen != NULL ? seen->x[LKTLOOK_CONTEXT] : 0;
}
