/* riskdoc.h: a rule set as a JSON document (config/rules/early-warning.json). Strict. */
#ifndef WAYMARK_ENGINE_RISKDOC_H
#define WAYMARK_ENGINE_RISKDOC_H

#include "engine/risk.h"

#define RISKDOC_FORMAT "waymark-rules/1"

/* What risk_parse does. */
struct risk_rules *riskdoc_read(struct arena *a, struct str json, struct err *e);

#endif
