-- 0016: questions to the map. See 0001 for how to read this.

-- What the answers of students ask of the map: is this lock needed, is a prerequisite missing?
CREATE TABLE map_question (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    kind TEXT NOT NULL,                -- drop: a needless lock; add: a missing prerequisite
    from_code TEXT NOT NULL,           -- the prerequisite
    to_code TEXT NOT NULL,
    n BIGINT NOT NULL,                 -- people that count
    without_n BIGINT NOT NULL,         -- of them without the prerequisite
    showed_n BIGINT NOT NULL,          -- of these: showed the skill all the same
    expected DOUBLE PRECISION NOT NULL, -- ... if the prerequisite made no difference
    low DOUBLE PRECISION NOT NULL,     -- 90 % interval of showed_n / expected
    high DOUBLE PRECISION NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    state TEXT NOT NULL,               -- open, kept, accepted
    decided_n BIGINT NOT NULL,         -- n when somebody said "no, keep it", or 0
    by_person_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,             -- of what they said, or 0
    found_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, kind, from_code, to_code)
) /*sqlite WITHOUT ROWID*/;
