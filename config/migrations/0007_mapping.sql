-- 0007: which activity tells about which skill, as a teacher says. See 0001 for how to read this.

-- A teacher's word outranks the map's match rules and survives a new version of the map.
CREATE TABLE tie_choice (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,       -- 0: every activity with a tag; `item` is its KIND:VALUE
    item TEXT NOT NULL,                -- question slot, or '' for the whole activity
    skill_code TEXT NOT NULL,          -- as it was when it was said: see skill.replaced_by
    weight DOUBLE PRECISION,           -- 0: material; NULL: "tells nothing about that skill"
    by_person_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, activity_id, item, skill_code)
) /*sqlite WITHOUT ROWID*/;

-- Everything that was ever said about ties: who, when, and what stood there before, so that it
-- can be taken back. Rows are only added.
CREATE TABLE tie_change (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    item TEXT NOT NULL,
    skill_code TEXT NOT NULL,
    was_chosen BIGINT NOT NULL,        -- 0: nobody had said anything
    was_weight DOUBLE PRECISION,
    is_chosen BIGINT NOT NULL,         -- 0: what was said was taken back
    is_weight DOUBLE PRECISION,
    by_person_id BIGINT NOT NULL,      -- 0: the command line
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, change_id)
) /*sqlite WITHOUT ROWID*/;

-- What the LMS says of an activity beside its title: tags, outcomes and competencies.
CREATE TABLE activity_tag (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    item TEXT NOT NULL,                -- question slot, or '' for the whole activity
    kind TEXT NOT NULL,                -- tag, outcome, section
    value TEXT NOT NULL,               -- the tag; code or address of an outcome; the section
    title TEXT NOT NULL,               -- of an outcome in words, or ''
    seen_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, activity_id, item, kind, value)
) /*sqlite WITHOUT ROWID*/;

-- Ties that a person made; the others are the map's match rules'.
ALTER TABLE activity_skill ADD COLUMN chosen BIGINT NOT NULL DEFAULT 0;
-- Raised by each change of the course's ties: who works with older ones begins again.
ALTER TABLE course ADD COLUMN ties_n BIGINT NOT NULL DEFAULT 0;

-- What keeps people out of an activity: it is over, or the LMS opens it to some only.
ALTER TABLE activity ADD COLUMN closes_ms BIGINT;
ALTER TABLE activity ADD COLUMN restricted BIGINT NOT NULL DEFAULT 0;

-- The questions of a quiz, as answers told of them.
CREATE TABLE activity_item (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    item TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, activity_id, item)
) /*sqlite WITHOUT ROWID*/;
INSERT INTO activity_item (tenant_id, course_id, activity_id, item, seen_ms)
    SELECT tenant_id, course_id, activity_id, item, min(received_ms) FROM evidence
    WHERE kind = 'answer' AND item <> '' AND activity_id IS NOT NULL
    GROUP BY tenant_id, course_id, activity_id, item;
-- The answers to one quiz, for "40 % missed question 5".
CREATE INDEX evidence_answer ON evidence (tenant_id, activity_id) WHERE kind = 'answer';
