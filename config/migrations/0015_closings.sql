-- 0015: how recommendations closed, and experiments. See 0001 for how to read this.

CREATE INDEX exposure_person ON exposure (tenant_id, course_id, person_id, at_ms);

-- An offer is one skill shown to one person for a week from its first view (engine/offer.h). When
-- it is over it closes, once: rows are only ever added.
CREATE TABLE closing (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    skill_code TEXT NOT NULL,
    first_ms BIGINT NOT NULL,          -- the first view
    exposure_id BIGINT NOT NULL,       -- its row
    activity_id BIGINT,                -- what was shown to open
    rank BIGINT NOT NULL,
    views BIGINT NOT NULL,
    reason TEXT NOT NULL,              -- reason code of the engine, or '': not noted then
    propensity DOUBLE PRECISION NOT NULL, -- with which probability it was shown
    arm TEXT NOT NULL,                 -- EXPERIMENT/ARM, or ''
    arm_share DOUBLE PRECISION NOT NULL, -- with which probability it was that arm
    fate TEXT NOT NULL,                -- taken, swapped, ignored
    by_evidence_id BIGINT,             -- the row that says so
    by_ms BIGINT,
    p_before DOUBLE PRECISION,         -- mastery at the first view and a week later
    p_after DOUBLE PRECISION,
    next_evidence_id BIGINT,           -- the first result on the skill within the week
    next_ms BIGINT,
    next_share DOUBLE PRECISION,
    closed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, person_id, skill_code, first_ms)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX closing_course ON closing (tenant_id, course_id, first_ms);

-- Up to when every view of a course belongs to an offer that closed.
CREATE TABLE closing_run (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    until_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) /*sqlite WITHOUT ROWID*/;


-- What an experiment had to do with a recommendation: JSON {"arm":"EXPERIMENT/ARM","share":S}, or
-- '': nothing; and with what probability this was shown.
ALTER TABLE state_next ADD COLUMN trial TEXT NOT NULL DEFAULT '';
ALTER TABLE state_next ADD COLUMN propensity DOUBLE PRECISION NOT NULL DEFAULT 1;

-- A registered experiment (engine/expdoc.h). The document never changes; what people decided about
-- it stands beside it, each with who and when.
CREATE TABLE experiment (
    tenant_id BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    document TEXT NOT NULL,
    state TEXT NOT NULL,               -- registered, approved, running, ended
    seed BIGINT NOT NULL,              -- of the dealing
    registered_by TEXT NOT NULL,
    registered_ms BIGINT NOT NULL,
    approved_by TEXT NOT NULL,         -- somebody else, or '': not yet
    approved_ms BIGINT NOT NULL,
    started_by TEXT NOT NULL,
    started_ms BIGINT NOT NULL,
    units BIGINT NOT NULL,             -- that were dealt at the start: what looks are measured by
    ended_by TEXT NOT NULL,
    ended_ms BIGINT NOT NULL,
    ended_why TEXT NOT NULL,
    PRIMARY KEY (tenant_id, experiment_id),
    UNIQUE (tenant_id, code)
) /*sqlite WITHOUT ROWID*/;

-- Where it runs. A course takes part in one at a time.
CREATE TABLE experiment_course (
    tenant_id BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    running BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, experiment_id, course_id)
) /*sqlite WITHOUT ROWID*/;
CREATE UNIQUE INDEX experiment_here ON experiment_course (tenant_id, course_id) WHERE running = 1;

-- Who was dealt what. Append only: who opts out keeps the row and decides it (kind
-- experiment_out), so that results can be told for all who were dealt in.
CREATE TABLE experiment_unit (
    tenant_id BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    stratum BIGINT NOT NULL,
    period BIGINT NOT NULL,            -- of a bandit: it deals again each week; else 0
    place BIGINT NOT NULL,             -- in the stratum, from 0
    arm BIGINT NOT NULL,               -- its number in the document, from 0
    share DOUBLE PRECISION NOT NULL,   -- with which probability it was dealt
    baseline DOUBLE PRECISION NOT NULL, -- share of the skills that hold, then
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, experiment_id, course_id, person_id, period)
) /*sqlite WITHOUT ROWID*/;

-- What was seen at each look. Append only: looks are paid for.
CREATE TABLE experiment_look (
    tenant_id BIGINT NOT NULL,
    experiment_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    information DOUBLE PRECISION NOT NULL,
    bound DOUBLE PRECISION NOT NULL,
    word TEXT NOT NULL,
    report TEXT NOT NULL,              -- JSON
    by_whom TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, experiment_id, number)
) /*sqlite WITHOUT ROWID*/;
