-- 0003: access to an LMS's own API; by which names sources know a person. See 0001 for how to
-- read this.

-- A token for a whole site, for one deployment of it, or for one course. The narrowest wins.
CREATE TABLE lms_credential (
    registration_id BIGINT NOT NULL,
    tenant_id BIGINT NOT NULL,         -- 0: every deployment of the registration
    course TEXT NOT NULL,              -- the LMS's id of the course, or '' for all
    kind TEXT NOT NULL,                -- moodle, canvas
    base_url TEXT NOT NULL,
    token_sealed TEXT NOT NULL,        -- '' until an OAuth2 consent gave one
    token_expires_ms BIGINT NOT NULL,  -- 0: it does not say
    refresh_sealed TEXT,               -- OAuth2: what a new token is asked for with
    client_id TEXT NOT NULL,           -- OAuth2 developer key, or ''
    client_secret_sealed TEXT,
    state_hash TEXT,                   -- of the consent that is under way
    state_expires_ms BIGINT NOT NULL,
    probed TEXT NOT NULL,              -- JSON: site, release, functions that it may call
    probed_ms BIGINT NOT NULL,         -- 0: never
    error TEXT,                        -- of the last probe, in words
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (registration_id, tenant_id, course)
);
CREATE INDEX lms_credential_state ON lms_credential (state_hash);
INSERT INTO lms_credential (registration_id, tenant_id, course, kind, base_url, token_sealed,
    token_expires_ms, client_id, state_expires_ms, probed, probed_ms, error, changed_ms)
    SELECT registration_id, 0, '', kind, base_url, token_sealed, 0, '', 0, probed, 0, error,
    changed_ms FROM lms_access;
DROP TABLE lms_access;

-- Whose completion of activities has been read: the last visit that the LMS told, and the one up
-- to which it was read.
CREATE TABLE sync_visit (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    sub TEXT NOT NULL,                 -- the person, as the LMS names them
    told_ms BIGINT NOT NULL,
    done_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id, sub)
) /*sqlite WITHOUT ROWID*/;

-- Other names of a person: the school's number, a mail address, a login name, an account. Kept
-- as a keyed hash only, so a file or a statement can be matched and nothing can be read.
CREATE TABLE person_alias (
    tenant_id BIGINT NOT NULL,
    kind TEXT NOT NULL,                -- sourcedid, email, login, account
    mark TEXT NOT NULL,                -- HMAC of the value
    person_id BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, mark, person_id) -- a mark of two persons names nobody
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX person_alias_person ON person_alias (tenant_id, person_id);
