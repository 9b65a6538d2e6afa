-- 0001: everything the main job needs.
--
-- Types are BIGINT, DOUBLE PRECISION and TEXT only, so that one file runs on SQLite and on
-- PostgreSQL. Times are Unix milliseconds UTC, given by the program; booleans are 0 and 1;
-- JSON is TEXT. Ids are 63-bit, time-ordered, made by the program. Inside a tenant every key
-- begins with tenant_id. A statement ends with ";" at the end of a line. What stands in
-- /*sqlite ...*/ is SQL for SQLite alone: rows kept in the key's own tree, which halves the
-- pages that an insert writes; not for tables with large texts.

-- Outside tenants ------------------------------------------------------------------------

-- A platform's security contract (LTI.md section 0). Never overwritten by a second one.
CREATE TABLE registration (
    registration_id BIGINT NOT NULL PRIMARY KEY,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    name TEXT NOT NULL,
    auth_url TEXT NOT NULL,
    token_url TEXT NOT NULL,
    jwks_url TEXT NOT NULL,
    token_aud TEXT,
    state TEXT NOT NULL,               -- pending, active, disabled
    deployment_policy TEXT NOT NULL,   -- reject, pending, auto
    allow_anonymous BIGINT NOT NULL,   -- MSG-2
    admins_are_staff BIGINT NOT NULL,  -- ROLE-1
    trusted_audiences TEXT NOT NULL,   -- JSON array of strings (TOK-10)
    strict_target BIGINT NOT NULL,     -- TOK-22
    product_family TEXT,               -- from tool_platform; a hint for quirks, not an identity
    frame_origins TEXT NOT NULL,       -- JSON array, learned from signed claims (SES-3)
    clock_offset_ms BIGINT,            -- the last iat minus our clock
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    UNIQUE (issuer, client_id)
);

-- One deployment is one tenant.
CREATE TABLE tenant (
    tenant_id BIGINT NOT NULL PRIMARY KEY,
    registration_id BIGINT NOT NULL,
    deployment_id TEXT NOT NULL,
    state TEXT NOT NULL,               -- active, pending, disabled
    settings TEXT NOT NULL,            -- JSON object
    created_ms BIGINT NOT NULL,
    UNIQUE (registration_id, deployment_id)
) /*sqlite WITHOUT ROWID*/;

-- The platform's public keys, shared by all workers (JWKS-5).
CREATE TABLE platform_key (
    registration_id BIGINT NOT NULL,
    kid TEXT NOT NULL,
    ord BIGINT NOT NULL,               -- several keys may carry one kid (JWKS-4)
    n TEXT NOT NULL,                   -- modulus, base64url
    e TEXT NOT NULL,
    fetched_ms BIGINT NOT NULL,
    PRIMARY KEY (registration_id, kid, ord)
) /*sqlite WITHOUT ROWID*/;

-- How the last fetch of a key set went.
CREATE TABLE platform_key_set (
    registration_id BIGINT NOT NULL PRIMARY KEY,
    fetched_ms BIGINT NOT NULL,        -- the last success, or 0
    expires_ms BIGINT NOT NULL,
    tried_ms BIGINT NOT NULL,          -- the last try, good or bad
    error TEXT                         -- of the last try, in words
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE access_token (
    registration_id BIGINT NOT NULL,
    scope_hash TEXT NOT NULL,
    sealed TEXT NOT NULL,
    granted_scope TEXT NOT NULL,
    expires_ms BIGINT NOT NULL,
    PRIMARY KEY (registration_id, scope_hash)
) /*sqlite WITHOUT ROWID*/;

-- One holder at a time for a named piece of work (a key fetch, a token request).
CREATE TABLE lease (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;

-- An OIDC login under way (LOGIN-8). Taken once, by DELETE ... RETURNING.
CREATE TABLE login (
    state_hash TEXT NOT NULL PRIMARY KEY,
    registration_id BIGINT NOT NULL,
    nonce TEXT NOT NULL,
    verifier_hash TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    target_link_uri TEXT NOT NULL,
    deployment_hint TEXT,
    expires_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;

-- A validated launch that waits for "Continue as NAME" (BIND-3). One use, 60 s.
CREATE TABLE ticket (
    ticket_hash TEXT NOT NULL PRIMARY KEY,
    registration_id BIGINT NOT NULL,
    launch TEXT NOT NULL,              -- the validated claims that a session needs, sealed
    expires_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;

-- What an administrator reads when a launch fails: codes and ids, no claims. A launch that
-- went well is told by its session.
CREATE TABLE launch_log (
    log_id BIGINT NOT NULL PRIMARY KEY,
    reference TEXT NOT NULL,           -- shown on the error page
    registration_id BIGINT,
    issuer TEXT,
    client_id TEXT,
    kid TEXT,
    fault TEXT NOT NULL,               -- an id of lti/msg/fault.def
    detail TEXT NOT NULL,
    at_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX launch_log_reference ON launch_log (reference);

-- Jobs: at least once, under a lease.
CREATE TABLE job (
    job_id BIGINT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,         -- 0 for the installation's own
    kind TEXT NOT NULL,
    job_key TEXT NOT NULL,             -- what it is about; one open job a (tenant, kind, key)
    payload TEXT NOT NULL,             -- JSON object
    state TEXT NOT NULL,               -- ready, running, done, dead
    again_ms BIGINT NOT NULL,          -- asked for once more while it ran: when, or 0
    run_ms BIGINT NOT NULL,            -- not before
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    lease_holder TEXT,
    lease_until_ms BIGINT NOT NULL,
    progress_done BIGINT NOT NULL,
    progress_total BIGINT NOT NULL,
    progress_text TEXT NOT NULL,
    checkpoint TEXT NOT NULL,          -- where to go on after a crash; JSON, the handler's own
    error TEXT,
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX job_open ON job (tenant_id, kind, job_key) WHERE state IN ('ready', 'running');
CREATE INDEX job_name ON job (tenant_id, kind, job_key, changed_ms);
CREATE INDEX job_ready ON job (tenant_id, run_ms, job_id) WHERE state = 'ready';
CREATE INDEX job_due ON job (run_ms) WHERE state = 'ready';
CREATE INDEX job_running ON job (lease_until_ms) WHERE state = 'running';
CREATE INDEX job_done ON job (changed_ms) WHERE state = 'done';
CREATE INDEX job_dead ON job (changed_ms) WHERE state = 'dead';

CREATE TABLE schedule (
    name TEXT NOT NULL PRIMARY KEY,
    next_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;

-- Inside a tenant ------------------------------------------------------------------------

CREATE TABLE course (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    context_id TEXT NOT NULL,          -- '' for launches without a context: one per link then
    title TEXT NOT NULL,
    label TEXT NOT NULL,
    map_id BIGINT,                     -- the map version in force, or none yet
    rules_version TEXT NOT NULL,       -- a rule set of its own, or '' for the newest
    modality TEXT NOT NULL,            -- '', 'online', 'blended', 'classroom'
    nrps_url TEXT,                     -- service addresses: the newest signed claim wins
    ags_lineitems_url TEXT,
    ags_scopes TEXT NOT NULL,          -- JSON array
    platform_url TEXT,                 -- tool_platform.url or issuer: where the LMS lives
    roster_ms BIGINT NOT NULL,         -- last complete roster, or 0
    grades_ms BIGINT NOT NULL,         -- last complete reading of grades, or 0
    states_ms BIGINT NOT NULL,         -- last recompute of everyone, or 0
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id),
    UNIQUE (tenant_id, context_id)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE link (
    tenant_id BIGINT NOT NULL,
    link_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    resource_link_id TEXT NOT NULL,
    title TEXT NOT NULL,
    custom TEXT NOT NULL,              -- JSON object of strings
    ags_lineitem_url TEXT,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, link_id),
    UNIQUE (tenant_id, resource_link_id, course_id)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE person (
    tenant_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    sub TEXT NOT NULL,
    name_sealed TEXT,                  -- only if the platform shares it
    email_sealed TEXT,
    locale TEXT NOT NULL,
    lms_id TEXT,                       -- the LMS's own id where its API needs one
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, person_id),
    UNIQUE (tenant_id, sub)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE enrolment (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    roles BIGINT NOT NULL,             -- bits of lti/msg/role.h
    is_learner BIGINT NOT NULL,        -- gradable learner (ROLE-2)
    is_staff BIGINT NOT NULL,
    is_test BIGINT NOT NULL,           -- student preview
    status TEXT NOT NULL,              -- active, inactive
    source TEXT NOT NULL,              -- launch, nrps, moodle
    seen_ms BIGINT NOT NULL,
    version BIGINT NOT NULL,           -- raised by each change of this person's states
    PRIMARY KEY (tenant_id, course_id, person_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX enrolment_person ON enrolment (tenant_id, person_id);

CREATE TABLE session (
    session_hash TEXT NOT NULL PRIMARY KEY,
    tenant_id BIGINT NOT NULL,
    registration_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    link_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    roles BIGINT NOT NULL,
    is_staff BIGINT NOT NULL,
    is_learner BIGINT NOT NULL,
    message_type TEXT NOT NULL,
    locale TEXT NOT NULL,
    family TEXT NOT NULL,              -- product family, for the theme
    return_url TEXT,
    handle TEXT NOT NULL,              -- the launch id that URLs carry; not a secret (SES-2)
    cookieless BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE activity (
    tenant_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,                -- quiz, assign, page, url, lti, other
    url TEXT,
    due_ms BIGINT,
    opens_ms BIGINT,
    maximum DOUBLE PRECISION,
    visible BIGINT NOT NULL,
    position BIGINT NOT NULL,
    source TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, activity_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX activity_course ON activity (tenant_id, course_id, position);

CREATE TABLE activity_alias (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    source_kind TEXT NOT NULL,         -- moodle-cm, ags-item, ...
    source_key TEXT NOT NULL,
    activity_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, source_kind, source_key)
) /*sqlite WITHOUT ROWID*/;

-- Skill maps: rows of a published version never change.
CREATE TABLE map_version (
    tenant_id BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    map_code TEXT NOT NULL,            -- the map's own name, such as algebra-1
    title TEXT NOT NULL,
    version BIGINT NOT NULL,           -- 1, 2, ... within a course
    hash TEXT NOT NULL,                -- SHA-256 of the canonical document
    document TEXT NOT NULL,            -- the canonical JSON
    created_ms BIGINT NOT NULL,
    created_by BIGINT NOT NULL,        -- person, or 0 for the command line
    PRIMARY KEY (tenant_id, map_id),
    UNIQUE (tenant_id, course_id, version)
);

CREATE TABLE skill (
    tenant_id BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    skill_code TEXT NOT NULL,
    ord BIGINT NOT NULL,               -- index in the engine's arrays
    title TEXT NOT NULL,
    unit TEXT NOT NULL,
    standard TEXT NOT NULL,            -- code of a public standard, or ''
    replaced_by TEXT,
    needs TEXT NOT NULL,               -- JSON array: codes of its hard prerequisites
    is_target BIGINT NOT NULL,         -- one of the course's aims
    minutes BIGINT NOT NULL,           -- of one sitting
    PRIMARY KEY (tenant_id, map_id, skill_code)
) /*sqlite WITHOUT ROWID*/;

-- Early-warning rules as they were when states were worked out with them. The newest set is in
-- force for courses that have no set of their own (course.rules_version is '').
CREATE TABLE rule_set (
    rules_version TEXT NOT NULL PRIMARY KEY, -- hash of the document
    document TEXT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- Which activity of the course tells about which skill; set by the map, by a teacher or by
-- matching titles. `item` is a question's slot, or '' for the whole activity.
CREATE TABLE activity_skill (
    tenant_id BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    activity_id BIGINT NOT NULL,
    item TEXT NOT NULL,
    skill_code TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (tenant_id, map_id, activity_id, item, skill_code)
) /*sqlite WITHOUT ROWID*/;

-- The ledger. Rows are only ever added. See core/store/evidence.h.
CREATE TABLE evidence (
    tenant_id BIGINT NOT NULL,
    evidence_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,         -- who
    activity_id BIGINT,                -- where
    item TEXT NOT NULL,                -- question slot, or ''
    attempt TEXT NOT NULL,             -- attempt key, or ''
    kind TEXT NOT NULL,                -- answer, attempt, grade, completion, access, judgement, self_report
    score DOUBLE PRECISION,            -- absent is absent, never 0
    maximum DOUBLE PRECISION,
    observed_ms BIGINT NOT NULL,       -- when it happened
    received_ms BIGINT NOT NULL,       -- when it reached us
    source_kind TEXT NOT NULL,         -- whence: moodle-ws, ags, launch, teacher, student
    source_key TEXT NOT NULL,
    actor TEXT NOT NULL,               -- who said so: platform, person:ID, tool
    fact_key TEXT NOT NULL,            -- what makes two arrivals one fact
    supersedes BIGINT,                 -- the row that this one corrects
    weight DOUBLE PRECISION NOT NULL,
    effort TEXT NOT NULL,              -- '', low
    PRIMARY KEY (tenant_id, evidence_id)
) /*sqlite WITHOUT ROWID*/;
-- A launch is one fact already: its login was taken once. All others are once-only by key.
CREATE UNIQUE INDEX evidence_fact ON evidence (tenant_id, fact_key) WHERE source_kind <> 'launch';
CREATE INDEX evidence_person ON evidence (tenant_id, course_id, person_id, observed_ms);

-- States: rebuilt at will from evidence.
-- The run of the engine that the states of a person come from: what it was given beside the
-- ledger, so that a replay can be given the same.
CREATE TABLE state_run (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    rules_version TEXT NOT NULL,
    as_of_ms BIGINT NOT NULL,
    work_read_ms BIGINT NOT NULL,      -- last complete reading of grades then, or 0
    share DOUBLE PRECISION NOT NULL,   -- of the skills that hold, 0 to 1
    posted BIGINT,                     -- percent last put into the outbox, or none yet
    PRIMARY KEY (tenant_id, course_id, person_id)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE state_skill (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    skill_code TEXT NOT NULL,
    p_mastery DOUBLE PRECISION NOT NULL,
    p_low DOUBLE PRECISION NOT NULL,
    p_high DOUBLE PRECISION NOT NULL,
    word TEXT NOT NULL,                -- none, learning, almost, mastered, review
    evidence_n BIGINT NOT NULL,
    evidence_ids TEXT NOT NULL,        -- JSON array, oldest first
    last_ms BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    rules_version TEXT NOT NULL,
    as_of_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, person_id, skill_code)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE state_ready (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    skill_code TEXT NOT NULL,
    ready BIGINT NOT NULL,
    missing TEXT NOT NULL,             -- JSON array of skill codes that are still needed
    map_id BIGINT NOT NULL,
    as_of_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, person_id, skill_code)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE state_flag (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    rule_code TEXT NOT NULL,
    level TEXT NOT NULL,               -- watch, talk
    facts TEXT NOT NULL,               -- JSON: what the sentence needs
    evidence_ids TEXT NOT NULL,
    sources TEXT NOT NULL,             -- JSON array of the independent source kinds
    decided TEXT NOT NULL,             -- '', plan, not_now, wrong: what a person said of it
    since_ms BIGINT NOT NULL,
    rules_version TEXT NOT NULL,
    as_of_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, person_id, rule_code)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE state_next (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    rank BIGINT NOT NULL,
    skill_code TEXT NOT NULL,
    activity_id BIGINT,
    reason TEXT NOT NULL,              -- reason code of the engine
    facts TEXT NOT NULL,               -- JSON: what the sentence needs
    evidence_ids TEXT NOT NULL,
    score DOUBLE PRECISION NOT NULL,
    map_id BIGINT NOT NULL,
    rules_version TEXT NOT NULL,
    as_of_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, person_id, rank)
) /*sqlite WITHOUT ROWID*/;

-- Grants: what was opened stays open unless a person closes it.
CREATE TABLE unlock_grant (
    tenant_id BIGINT NOT NULL,
    grant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    skill_code TEXT NOT NULL,
    rule_code TEXT NOT NULL,
    evidence_ids TEXT NOT NULL,
    granted_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, grant_id),
    UNIQUE (tenant_id, course_id, person_id, skill_code, rule_code)
) /*sqlite WITHOUT ROWID*/;

-- What a person decided. Append only; it outranks the engine.
CREATE TABLE decision (
    tenant_id BIGINT NOT NULL,
    decision_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,         -- about whom
    by_person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,                -- flag_not_now, flag_wrong, flag_plan, looks_wrong, ask_teacher, message_done
    subject TEXT NOT NULL,             -- rule code, skill code, ...
    facts TEXT NOT NULL,               -- JSON
    until_ms BIGINT,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, decision_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX decision_course ON decision (tenant_id, course_id, person_id, at_ms);

-- What must happen outside, written in the transaction that caused it.
CREATE TABLE outbox (
    tenant_id BIGINT NOT NULL,
    outbox_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    kind TEXT NOT NULL,                -- score
    target TEXT NOT NULL,              -- line item address
    dedupe_key TEXT NOT NULL,
    payload TEXT NOT NULL,
    state TEXT NOT NULL,               -- pending, sent, failed, replaced
    attempts BIGINT NOT NULL,
    next_ms BIGINT NOT NULL,
    receipt TEXT,
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, outbox_id),
    UNIQUE (tenant_id, dedupe_key)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX outbox_pending ON outbox (state, next_ms);

-- Last score timestamp a platform accepted (AGS-7).
CREATE TABLE score_clock (
    tenant_id BIGINT NOT NULL,
    target TEXT NOT NULL,
    person_id BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, target, person_id)
) /*sqlite WITHOUT ROWID*/;

-- The line items that Waymark made or found (AGS-3).
CREATE TABLE line_item (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    purpose TEXT NOT NULL,             -- mastery
    url TEXT NOT NULL,
    maximum DOUBLE PRECISION NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, purpose)
) /*sqlite WITHOUT ROWID*/;

-- What was shown, and who looked.
CREATE TABLE exposure (
    tenant_id BIGINT NOT NULL,
    exposure_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    person_id BIGINT NOT NULL,
    shown TEXT NOT NULL,               -- JSON: skill, activity, rank, propensity
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, exposure_id)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE looked (
    tenant_id BIGINT NOT NULL,
    looked_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    by_person_id BIGINT NOT NULL,
    page TEXT NOT NULL,
    about_person_id BIGINT,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, looked_id)
) /*sqlite WITHOUT ROWID*/;

-- Where the connector to an LMS's own API finds it; the token is sealed.
CREATE TABLE lms_access (
    registration_id BIGINT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,                -- moodle
    base_url TEXT NOT NULL,
    token_sealed TEXT NOT NULL,
    probed TEXT NOT NULL,              -- JSON: functions it may call
    error TEXT,
    changed_ms BIGINT NOT NULL
);

-- What each source last told about a course, for "data as of" and for people.
CREATE TABLE course_source (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    source TEXT NOT NULL,              -- roster, grades, quizzes
    ok_ms BIGINT NOT NULL,             -- the last complete reading, or 0
    tried_ms BIGINT NOT NULL,
    rows_n BIGINT NOT NULL,
    pending_n BIGINT NOT NULL,
    error TEXT,
    PRIMARY KEY (tenant_id, course_id, source)
) /*sqlite WITHOUT ROWID*/;

-- Attempts of whom at which quiz: what the grade book told last, and what was read.
CREATE TABLE sync_pair (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    quiz TEXT NOT NULL,                -- the LMS's id of the quiz
    sub TEXT NOT NULL,                 -- the person
    told TEXT NOT NULL,
    done TEXT NOT NULL,
    tries BIGINT NOT NULL,             -- in vain, since it was told
    PRIMARY KEY (tenant_id, course_id, quiz, sub)
) /*sqlite WITHOUT ROWID*/;
