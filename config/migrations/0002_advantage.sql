-- 0002: LTI Advantage: platform storage, registration, deep linking, services, messages,
-- notices, course copies. One section a subject; see 0001 for how to read this.

-- Without cookies ------------------------------------------------------------------------

-- A ticket of a launch whose browser proves itself by platform storage (PS-7): SHA-256 of the
-- value that only that browser can bring. NULL: a click on "Continue as NAME" (BIND-3).
ALTER TABLE ticket ADD COLUMN verifier_hash TEXT;

-- Where the login's value was put: '' for nowhere, else the frame's name (PS-2).
ALTER TABLE login ADD COLUMN storage_target TEXT NOT NULL DEFAULT '';

-- Dynamic Registration -------------------------------------------------------------------

-- An invitation to register (DR-S1). Codes are kept as SHA-256 only.
CREATE TABLE invitation (
    code_hash TEXT NOT NULL PRIMARY KEY,
    approval_hash TEXT NOT NULL,       -- of the code that lets a person approve on a page
    name TEXT NOT NULL,                -- for whom, in the words of who invites
    issuer_host TEXT NOT NULL,         -- the only host that may use it, or ''
    auto_approve BIGINT NOT NULL,
    reserved_by TEXT NOT NULL,         -- attempt that is registering just now, or ''
    reserved_until_ms BIGINT NOT NULL,
    registration_id BIGINT,            -- what came of it; NULL: not used yet
    expires_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;
CREATE UNIQUE INDEX invitation_approval ON invitation (approval_hash);

-- A registration under way: opened by the LMS, gone on with by a job (I109).
CREATE TABLE registering (
    attempt_hash TEXT NOT NULL PRIMARY KEY, -- of what names code, address and token
    code_hash TEXT NOT NULL,
    state TEXT NOT NULL,               -- reading, ask, sending, sent, done, failed
    config_url_sealed TEXT NOT NULL,   -- its query may hold what is nobody's business
    token_sealed TEXT NOT NULL,        -- the platform's registration token; '' without
    config TEXT NOT NULL,              -- the configuration as the platform told it, or ''
    outcome TEXT NOT NULL,             -- what became of it, for the page; JSON
    registration_id BIGINT,
    expires_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);
CREATE INDEX registering_code ON registering (code_hash);
CREATE INDEX registering_expires ON registering (expires_ms);

-- How often one source has tried what may be tried a few times an hour only (DR-S8).
CREATE TABLE attempt_count (
    source_mark TEXT NOT NULL PRIMARY KEY, -- of what and whence; no address
    since_ms BIGINT NOT NULL,
    n BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;

-- What a platform granted when it registered us; read by people and by jobs, never by a launch.
CREATE TABLE registration_grant (
    registration_id BIGINT NOT NULL PRIMARY KEY,
    scopes TEXT NOT NULL,              -- blank between
    document TEXT NOT NULL,            -- the accepted registration, without secrets; JSON
    account TEXT NOT NULL,             -- the account's name as the platform tells it, or ''
    warnings TEXT NOT NULL,            -- JSON array: what a person should look at first (DR-S2)
    client_uri TEXT NOT NULL,          -- registration_client_uri, or ''
    token_sealed TEXT,                 -- registration_access_token (DR-S7)
    created_ms BIGINT NOT NULL
);

-- Deep Linking and gates -----------------------------------------------------------------

-- What a session shows: '' the whole panel, 'unit/SLUG', 'gate/SLUG'.
ALTER TABLE session ADD COLUMN shows TEXT NOT NULL DEFAULT '';

-- A content selection under way (DL-2), as long as its session.
CREATE TABLE deep_link (
    session_hash TEXT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    deployment_id TEXT NOT NULL,
    return_url TEXT NOT NULL,
    settings TEXT NOT NULL,            -- accept flags, title, text; JSON
    data TEXT,                         -- NULL: none came; '' is returned as '' (DL 4.4.1)
    answers BIGINT NOT NULL,           -- how often it was answered
    expires_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;

-- A column whose score opens something in the LMS: the share of a unit's skills that a person
-- has mastered at some time. It never falls.
CREATE TABLE gate (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    unit TEXT NOT NULL,                -- slug of the unit
    link_id BIGINT,
    line_item_url TEXT,                -- NULL: not known yet
    resource_link_id TEXT,             -- of a link that was never launched here
    maximum DOUBLE PRECISION NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, unit)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE gate_score (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    unit TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    percent BIGINT NOT NULL,           -- never falls
    target TEXT NOT NULL,              -- the column that it was put into the outbox for, or ''
    mastered TEXT NOT NULL,            -- JSON array: codes of skills mastered at some time
    PRIMARY KEY (tenant_id, course_id, unit, person_id)
) /*sqlite WITHOUT ROWID*/;

-- Services -------------------------------------------------------------------------------

ALTER TABLE course ADD COLUMN nrps_differences_url TEXT; -- where changes are told (NRPS-2)
ALTER TABLE course ADD COLUMN nrps_full_ms BIGINT NOT NULL DEFAULT 0; -- last whole roster
ALTER TABLE course ADD COLUMN groups_url TEXT;
ALTER TABLE course ADD COLUMN group_sets_url TEXT;

-- One in flight for a column and a person (AGS-7): what the platform accepted last, and what
-- was sent without knowing its answer yet. NULL and 0: nothing.
ALTER TABLE score_clock ADD COLUMN given DOUBLE PRECISION;
ALTER TABLE score_clock ADD COLUMN maximum DOUBLE PRECISION;
ALTER TABLE score_clock ADD COLUMN noted_ms BIGINT NOT NULL DEFAULT 0; -- written down when
ALTER TABLE score_clock ADD COLUMN tried_ms BIGINT NOT NULL DEFAULT 0; -- its timestamp
ALTER TABLE score_clock ADD COLUMN tried_given DOUBLE PRECISION;
ALTER TABLE score_clock ADD COLUMN tried_maximum DOUBLE PRECISION;
ALTER TABLE score_clock ADD COLUMN busy_until_ms BIGINT NOT NULL DEFAULT 0;

-- Scores that wait, by course and by person; scores that a person should look at.
CREATE INDEX outbox_due ON outbox (tenant_id, course_id, next_ms, outbox_id)
    WHERE state = 'pending';
CREATE INDEX outbox_person ON outbox (tenant_id, course_id, person_id)
    WHERE state = 'pending';
CREATE INDEX outbox_refused ON outbox (tenant_id, course_id, changed_ms)
    WHERE state = 'failed';

CREATE INDEX outbox_expired ON outbox (tenant_id, course_id)
    WHERE state = 'expired';

-- A platform that asked us to slow down, or does not answer: nothing is sent there before.
CREATE TABLE service_pause (
    registration_id BIGINT NOT NULL,
    host TEXT NOT NULL,                -- one registration may serve many schools
    until_ms BIGINT NOT NULL,
    strikes BIGINT NOT NULL,           -- in a row
    PRIMARY KEY (registration_id, host)
) /*sqlite WITHOUT ROWID*/;

-- Our columns: what we called them last, and whether we made them (AGS-5).
ALTER TABLE line_item ADD COLUMN label TEXT NOT NULL DEFAULT '';
ALTER TABLE line_item ADD COLUMN made BIGINT NOT NULL DEFAULT 0;
ALTER TABLE line_item ADD COLUMN state TEXT NOT NULL DEFAULT 'used'; -- gone, removing, removed

-- A score in our column that is not the one we posted: somebody edited it in the LMS.
CREATE TABLE override_seen (
    tenant_id BIGINT NOT NULL,
    target TEXT NOT NULL,              -- line item address
    person_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    ours DOUBLE PRECISION,
    theirs DOUBLE PRECISION,           -- NULL: cleared
    maximum DOUBLE PRECISION NOT NULL,
    seen_ms BIGINT NOT NULL,
    allowed_ms BIGINT NOT NULL DEFAULT 0, -- a teacher lets us write again since; 0: it stands
    PRIMARY KEY (tenant_id, target, person_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX override_course ON override_seen (tenant_id, course_id, seen_ms);

CREATE TABLE course_group (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    group_id TEXT NOT NULL,            -- the platform's
    name TEXT NOT NULL,
    set_id TEXT NOT NULL,              -- '' without a set
    set_name TEXT NOT NULL,
    seen_ms BIGINT NOT NULL,           -- the reading that told it last
    PRIMARY KEY (tenant_id, course_id, group_id)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE course_group_member (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    group_id TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, person_id, group_id)
) /*sqlite WITHOUT ROWID*/;

-- Messages -------------------------------------------------------------------------------

-- The person that a submission review or a privacy launch is about; NULL: nobody.
ALTER TABLE session ADD COLUMN about_person_id BIGINT;

-- What somebody asked for on the privacy page: done by a person, never by itself.
CREATE TABLE privacy_request (
    tenant_id BIGINT NOT NULL,
    request_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,         -- about whom
    by_person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,                -- export, erase
    state TEXT NOT NULL,               -- open, done, refused
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, request_id)
) /*sqlite WITHOUT ROWID*/;

-- LTI 1.1 consumer keys whose courses may move to a deployment (MIG-1); the secret is sealed.
CREATE TABLE consumer_key (
    registration_id BIGINT NOT NULL,
    consumer_key TEXT NOT NULL,
    secret_sealed TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (registration_id, consumer_key)
) /*sqlite WITHOUT ROWID*/;

-- What a verified migration claim told: the old ids of what a deployment has.
CREATE TABLE legacy_id (
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,                -- consumer, person, context, link
    legacy_id TEXT NOT NULL,
    consumer_key TEXT NOT NULL,
    new_id BIGINT NOT NULL,            -- person_id, course_id, link_id; 0 for the consumer
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, consumer_key, legacy_id)
) /*sqlite WITHOUT ROWID*/;

-- Notices and course copies --------------------------------------------------------------

-- Notices that were taken (PNS-1): a second delivery changes nothing.
CREATE TABLE notice (
    registration_id BIGINT NOT NULL,
    notice_id TEXT NOT NULL,
    nonce_hash TEXT NOT NULL,
    kind TEXT NOT NULL,
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (registration_id, notice_id)
) /*sqlite WITHOUT ROWID*/;
CREATE UNIQUE INDEX notice_nonce ON notice (registration_id, nonce_hash);
CREATE INDEX notice_received ON notice (received_ms);

-- Where a deployment takes handlers for its notices, and which of ours it has.
CREATE TABLE notice_service (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    offered TEXT NOT NULL,             -- JSON array of notice types
    handled TEXT NOT NULL,             -- JSON array: those set to our address
    checked_ms BIGINT NOT NULL,
    error TEXT
) /*sqlite WITHOUT ROWID*/;

-- The course that a course was copied from, as a notice, a history variable or a link's own
-- custom parameter told it. Kept before the copy itself is known.
CREATE TABLE course_origin (
    tenant_id BIGINT NOT NULL,
    context_id TEXT NOT NULL,
    origin_context_id TEXT NOT NULL,
    ord BIGINT NOT NULL,               -- 0 the nearest
    source TEXT NOT NULL,              -- notice, history, link
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, context_id, origin_context_id)
) /*sqlite WITHOUT ROWID*/;
ALTER TABLE course ADD COLUMN copied_from BIGINT; -- course_id of the same tenant

-- Certification console ------------------------------------------------------------------

-- What a member of staff had us ask the platform, with its answer, sealed; tokens never.
CREATE TABLE console_call (
    tenant_id BIGINT NOT NULL,
    call_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    by_person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,               -- waiting, done, failed
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, call_id)
) /*sqlite WITHOUT ROWID*/;
