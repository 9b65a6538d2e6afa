-- 0009: opening in the LMS: by the score of a gate, a group or an override. See 0001 for how to
-- read this.

-- How a unit's gate opens something in the LMS.
CREATE TABLE opening (
    tenant_id BIGINT NOT NULL,
    opening_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    unit TEXT NOT NULL,                -- slug of the unit that must be mastered
    percent BIGINT NOT NULL,           -- of its skills, 1 to 100
    way TEXT NOT NULL,                 -- score, group, override
    target TEXT NOT NULL,              -- what opens: an activity's or a module's key in the LMS
    title TEXT NOT NULL,
    lms_key TEXT NOT NULL,             -- id of the group or of the override, or ''
    state TEXT NOT NULL,               -- draft, active, paused
    checked_ms BIGINT NOT NULL,        -- last compared with the LMS
    error TEXT,
    by_person_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, opening_id)
);
CREATE INDEX opening_course ON opening (tenant_id, course_id);

-- Who was let in, and what the LMS answered. Rows are never taken away by a program.
CREATE TABLE opening_member (
    tenant_id BIGINT NOT NULL,
    opening_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    state TEXT NOT NULL,               -- waiting, open, failed, closed_there, closed
    rule_code TEXT NOT NULL,
    evidence_ids TEXT NOT NULL,        -- JSON array
    granted_ms BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL,         -- 0: not yet
    receipt TEXT NOT NULL,             -- what the LMS answered, or why it did not
    PRIMARY KEY (tenant_id, opening_id, person_id)
) /*sqlite WITHOUT ROWID*/;
