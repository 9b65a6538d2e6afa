/* words.h: from the engine's facts (JSON in state rows) to sentences: message ids with
 * what goes into them. The texts are in templates/i18n. */
#ifndef WAYMARK_LEARN_WORDS_H
#define WAYMARK_LEARN_WORDS_H

#include "base/js.h"
#include "learn/panel.h"
#include "store/activity.h"

/* Why a card is shown: sets its fact, link and way out (ids why.*) and when the fact was.
 * `skill` is the card's; `title` gives the title of a skill code, or an empty text. */
struct words_card {
    struct str reason; /* the engine's code */
    struct str facts;  /* JSON object */
    struct str change; /* what would change it (learn/change.h); empty: not known */
    const struct panel_skill *skill;
    struct str (*title)(void *ctx, struct str code);
    void *ctx;
};
void words_card(struct arena *a, const struct words_card *in, struct panel_card *card);

/* What a flag says (ids flag_fact.*), and its mark: struggle, idle, off_usual or missing.
 * Activities are looked up in `acts`, which is sorted by activity_id. */
struct say words_flag(struct arena *a, struct str facts, const struct activity *acts,
                      size_t acts_n, struct str *mark);

/* The texts of a JSON array of strings. */
struct str *words_list(struct arena *a, struct str json, size_t *n);

/* A requirement: one of these skill codes suffices. */
struct words_want {
    struct str *codes;
    size_t n;
};

/* The requirements of a JSON array as skill.needs and state_ready.missing hold them
 * (engine/skill.h, skill_wants_json). */
struct words_want *words_wants(struct arena *a, struct str json, size_t *n);

/* The length of a JSON array. */
size_t words_count(struct arena *a, struct str json);

#endif
