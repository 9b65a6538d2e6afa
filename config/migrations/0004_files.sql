-- 0004: grade files that people hand in. See 0001 for how to read this.

-- One file: looked at (preview), taken in, taken back.
CREATE TABLE import_run (
    tenant_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    by_person_id BIGINT NOT NULL,      -- 0: the command line
    form TEXT NOT NULL,                -- moodle, canvas, plain; '' to be guessed
    file_name TEXT NOT NULL,
    file_hash TEXT NOT NULL,           -- the same file twice is said so
    document_sealed TEXT,              -- the file, until it was taken in or its day is over
    choices TEXT NOT NULL,             -- JSON: what somebody said of its columns
    strict BIGINT NOT NULL,            -- 1: all of it or nothing
    state TEXT NOT NULL,               -- preview, taking, done, refused, undoing, undone
    counts TEXT NOT NULL,              -- JSON: added, changed, same, blank, refused ...
    observed_ms BIGINT NOT NULL,       -- when the grades were so
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, import_id)
);
CREATE INDEX import_course ON import_run (tenant_id, course_id, import_id);

-- Rows of files in the ledger name their import as actor ("import:ID", and "undo:ID" when it
-- was taken back): what a file brought can be found and taken back. Other rows cost nothing.
CREATE INDEX evidence_file ON evidence (tenant_id, course_id, actor)
    WHERE source_kind = 'file';
