-- 0006: receivers of learning records (xAPI, Caliper). See 0001 for how to read this.

CREATE TABLE receiver_key (
    key_id TEXT NOT NULL PRIMARY KEY,  -- public half
    secret_hash TEXT NOT NULL,         -- of the other half, which is kept nowhere
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,         -- 0: every course of the tenant
    kind TEXT NOT NULL,                -- xapi, caliper
    homes TEXT NOT NULL,               -- hosts whose account names are the LMS's own
    label TEXT NOT NULL,               -- whose it is
    state TEXT NOT NULL,               -- active, revoked
    created_ms BIGINT NOT NULL
);

-- What came; a job makes evidence of it. The first arrival of an id stands.
CREATE TABLE statement (
    tenant_id BIGINT NOT NULL,
    statement_key TEXT NOT NULL,       -- the sender's id of it
    seq BIGINT NOT NULL,               -- the program's own id: grows with time
    kind TEXT NOT NULL,                -- xapi, void (one that voids another), caliper
    key_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,        -- another content under the same id is a conflict
    document TEXT NOT NULL,            -- sealed
    state TEXT NOT NULL,               -- new, used, waiting, dropped, voided
    reason TEXT NOT NULL,              -- why it waits or was dropped
    received_ms BIGINT NOT NULL,
    course_id BIGINT,                  -- where it was used
    person_id BIGINT,
    PRIMARY KEY (tenant_id, statement_key)
);
CREATE INDEX statement_key_seq ON statement (key_id, seq);
CREATE INDEX statement_new ON statement (tenant_id, seq) WHERE state = 'new';
CREATE INDEX statement_waiting ON statement (tenant_id, seq) WHERE state = 'waiting';

-- Which statements are voided, also before they came. Only their own sender can do it.
CREATE TABLE statement_void (
    tenant_id BIGINT NOT NULL,
    target_key TEXT NOT NULL,
    key_id TEXT NOT NULL,
    voided_by TEXT NOT NULL,           -- statement_key
    PRIMARY KEY (tenant_id, target_key, key_id)
) /*sqlite WITHOUT ROWID*/;
