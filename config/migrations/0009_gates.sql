-- 0009: opening in the LMS: by the score of a gate, a group or an override. See 0001 for how to
-- read this.

-- How a unit's mastery opens something in the LMS.
CREATE TABLE opening (
    tenant_id BIGINT NOT NULL,
    opening_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    unit TEXT NOT NULL,                -- slug of the unit that must be mastered
    percent BIGINT NOT NULL,           -- of its skills, 1 to 100
    way TEXT NOT NULL,                 -- score, group, override
    target TEXT NOT NULL,              -- what opens: an activity's or a module's key in the LMS, or ''
    title TEXT NOT NULL,               -- its name, for people
    lms_key TEXT NOT NULL,             -- id of the group or of the override, or ''
    lms_name TEXT NOT NULL,            -- what it is called there
    state TEXT NOT NULL,               -- draft, active, paused
    lock_state TEXT NOT NULL,          -- is it locked there: '', locked, open, unseen
    lock_ms BIGINT NOT NULL,           -- when that was looked at, or 0
    checked_ms BIGINT NOT NULL,        -- last compared with the LMS, or 0
    tries BIGINT NOT NULL,             -- failed in a row
    next_ms BIGINT NOT NULL,           -- not before
    error TEXT,                        -- of the last try, in words
    by_person_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, opening_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX opening_course ON opening (tenant_id, course_id);
CREATE INDEX opening_due ON opening (next_ms) WHERE state = 'active';

-- Who was let in, and what the LMS answered. Rows are never taken away by a program, but for
-- those that only say "somebody else opened it there" (state seen).
CREATE TABLE opening_member (
    tenant_id BIGINT NOT NULL,
    opening_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    state TEXT NOT NULL,               -- waiting, open, failed, closed_there, closed, seen
    rule_code TEXT NOT NULL,           -- unit_percent, by_hand, seen_there
    facts TEXT NOT NULL,               -- JSON object: what the rule saw
    evidence_ids TEXT NOT NULL,        -- JSON array
    by_person_id BIGINT NOT NULL,      -- 0: the rule
    granted_ms BIGINT NOT NULL,
    opened_ms BIGINT NOT NULL,         -- when the LMS said yes; 0: not yet
    receipt TEXT NOT NULL,             -- what the LMS answered, or why it did not
    receipt_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, opening_id, person_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX opening_member_person ON opening_member (tenant_id, course_id, person_id);
CREATE INDEX opening_member_waiting ON opening_member (tenant_id, opening_id, person_id)
    WHERE state = 'waiting';
