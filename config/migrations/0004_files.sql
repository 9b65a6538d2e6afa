-- 0004: grade files that people hand in. See 0001 for how to read this.

-- One file: looked at (preview), taken in, taken back.
CREATE TABLE import_run (
    tenant_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    by_person_id BIGINT NOT NULL,      -- 0: the command line
    form TEXT NOT NULL,                -- moodle, canvas, plain
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,           -- the same file twice is said so
    document_sealed TEXT,              -- the file, until it was taken in or its day is over
    state TEXT NOT NULL,               -- preview, done, undone
    counts TEXT NOT NULL,              -- JSON: rows, added, same, refused ...
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, import_id)
);
CREATE INDEX import_course ON import_run (tenant_id, course_id, import_id);

-- Which rows of the ledger a file brought, so that it can be taken back.
CREATE TABLE import_row (
    tenant_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    evidence_id BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, import_id, evidence_id)
) /*sqlite WITHOUT ROWID*/;
