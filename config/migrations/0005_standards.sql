-- 0005: what a district hands over: structure (OneRoster) and, apart from everything else,
-- demographics. See 0001 for how to read this.

CREATE TABLE district_org (
    tenant_id BIGINT NOT NULL,
    org_key TEXT NOT NULL,             -- sourcedId
    name TEXT NOT NULL,
    kind TEXT NOT NULL,                -- department, school, district, ...
    parent_key TEXT NOT NULL,
    status TEXT NOT NULL,              -- active, tobedeleted
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, org_key)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE district_session (
    tenant_id BIGINT NOT NULL,
    session_key TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,                -- gradingPeriod, semester, schoolYear, term
    begins_ms BIGINT NOT NULL,
    ends_ms BIGINT NOT NULL,
    parent_key TEXT NOT NULL,
    status TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, session_key)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE district_class (
    tenant_id BIGINT NOT NULL,
    class_key TEXT NOT NULL,
    title TEXT NOT NULL,
    code TEXT NOT NULL,
    org_key TEXT NOT NULL,
    session_keys TEXT NOT NULL,        -- JSON array
    status TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, class_key)
) /*sqlite WITHOUT ROWID*/;

CREATE TABLE district_member (
    tenant_id BIGINT NOT NULL,
    class_key TEXT NOT NULL,
    user_mark TEXT NOT NULL,           -- keyed hash of the user's sourcedId
    role TEXT NOT NULL,
    person_id BIGINT,                  -- NULL: nobody here has that number
    status TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, class_key, user_mark, role)
) /*sqlite WITHOUT ROWID*/;

CREATE INDEX district_member_person ON district_member (tenant_id, person_id)
    WHERE person_id IS NOT NULL;

-- Read by the audit alone. No name, no number: only the keyed hash.
CREATE TABLE audit_demographic (
    tenant_id BIGINT NOT NULL,
    user_mark TEXT NOT NULL,
    answers TEXT NOT NULL,             -- JSON object: what the file says, blanks left out
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, user_mark)
) /*sqlite WITHOUT ROWID*/;
