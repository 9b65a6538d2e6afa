-- 0006: receivers of learning records (xAPI, Caliper). See 0001 for how to read this.

CREATE TABLE receiver_key (
    key_id TEXT NOT NULL PRIMARY KEY,  -- public half
    secret_hash TEXT NOT NULL,
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,         -- 0: every course of the tenant
    kind TEXT NOT NULL,                -- xapi, caliper
    label TEXT NOT NULL,               -- whose it is
    state TEXT NOT NULL,               -- active, revoked
    created_ms BIGINT NOT NULL
);

-- What came, as it came; a job makes evidence of it. The first arrival of an id stands.
CREATE TABLE statement (
    tenant_id BIGINT NOT NULL,
    statement_key TEXT NOT NULL,       -- the sender's id of it
    seq BIGINT NOT NULL,               -- order of arrival: the program's own id
    kind TEXT NOT NULL,                -- xapi, caliper
    key_id TEXT NOT NULL,
    content_hash TEXT NOT NULL,        -- another content under the same id is a conflict
    document TEXT NOT NULL,
    state TEXT NOT NULL,               -- new, used, waiting, dropped, voided
    reason TEXT NOT NULL,              -- why it waits or was dropped
    received_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, statement_key)
);
CREATE UNIQUE INDEX statement_seq ON statement (tenant_id, seq);
CREATE INDEX statement_new ON statement (tenant_id, seq) WHERE state = 'new';
CREATE INDEX statement_waiting ON statement (tenant_id, seq) WHERE state = 'waiting';
CREATE INDEX statement_received ON statement (received_ms);
