/* casewrite.h: a competency framework as a CFPackage in JSON, of the members that case.h
 * reads: CASE 1.0, or 1.1 when something in it needs that (isTranslationOf). */
#ifndef WAYMARK_FILE_CASEWRITE_H
#define WAYMARK_FILE_CASEWRITE_H

#include "file/case.h"

/* p->id and the items' ids should be UUIDs (the format asks for it; one that a publisher
 * gave otherwise stays), p->changed and theirs times with a zone. A link whose `to` is -1
 * leads to the document (to_id is p->id) or out of the package (to_uri). The same package
 * gives the same bytes. */
struct str casewrite(struct arena *a, const struct case_package *p);

/* A UUID that says nothing but is always the same for a text (version 8, RFC 9562). */
struct str casewrite_uuid(struct arena *a, struct str text);

/* Is it a UUID in its usual form? */
bool casewrite_is_uuid(struct str s);

#endif
