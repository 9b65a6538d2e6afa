-- 0007: which activity tells about which skill, as a teacher says. See 0001 for how to read this.

-- A teacher's word outranks the map's match rules and survives a new version of the map.
-- weight 0: "this activity says nothing about that skill".
CREATE TABLE tie_choice (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    item TEXT NOT NULL,                -- question slot, or '' for the whole activity
    skill_code TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    by_person_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, activity_id, item, skill_code)
) /*sqlite WITHOUT ROWID*/;

-- What the LMS says of an activity beside its title: tags, outcomes and competencies.
CREATE TABLE activity_tag (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    kind TEXT NOT NULL,                -- tag, outcome, section
    value TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, activity_id, kind, value)
) /*sqlite WITHOUT ROWID*/;
