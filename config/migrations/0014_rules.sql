-- 0014: unlock rules, and what the prover said of them. See 0001 for how to read this.

-- How often somebody may try: 0 = without limit, or nothing is known.
ALTER TABLE activity ADD COLUMN attempts_max BIGINT NOT NULL DEFAULT 0;

-- Can every target of the map in force be reached, whatever students do? The newest answer.
CREATE TABLE map_proof (
    tenant_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    verdict TEXT NOT NULL,             -- sound, found, unsure
    facts TEXT NOT NULL,               -- JSON: steps and links of the counter-example, skills that
                                       -- lack proofs, targets that cannot be reached as it stands
    proved_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, course_id)
) /*sqlite WITHOUT ROWID*/;

-- Somebody put a map or an opening in force though the prover had found a dead end. Rows are
-- only added.
CREATE TABLE map_even_so (
    tenant_id BIGINT NOT NULL,
    even_so_id BIGINT NOT NULL,
    course_id BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    opening_id BIGINT NOT NULL,        -- 0: the map itself
    by_person_id BIGINT NOT NULL,      -- 0: the command line
    why TEXT NOT NULL,
    words TEXT NOT NULL,               -- the counter-example as it was told
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, even_so_id)
) /*sqlite WITHOUT ROWID*/;
CREATE INDEX map_even_so_course ON map_even_so (tenant_id, course_id, at_ms);
