-- 0008: how fresh each source is, and whose turn it is. See 0001 for how to read this.

ALTER TABLE course_source ADD COLUMN since TEXT NOT NULL DEFAULT ''; -- where changes begin
ALTER TABLE course_source ADD COLUMN full_ms BIGINT NOT NULL DEFAULT 0; -- last whole reading
ALTER TABLE course ADD COLUMN wanted_ms BIGINT NOT NULL DEFAULT 0; -- last asked for a reading
ALTER TABLE course ADD COLUMN begun_ms BIGINT NOT NULL DEFAULT 0; -- last reading that began
ALTER TABLE course ADD COLUMN full_ms BIGINT NOT NULL DEFAULT 0; -- last whole reading that ended

-- One transaction a person: what is new of somebody is read together.
CREATE INDEX sync_pair_person ON sync_pair (tenant_id, course_id, sub, quiz);

-- Whose turn it is: -1 urgent, 0 service, 1 need, 2 schedule; and which platform it calls.
ALTER TABLE job ADD COLUMN rank BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job ADD COLUMN lane BIGINT NOT NULL DEFAULT 0; -- a registration, or 0: none
DROP INDEX job_ready;
CREATE INDEX job_turn ON job (rank, tenant_id, run_ms, job_id) WHERE state = 'ready';
CREATE INDEX job_lane ON job (lane) WHERE state = 'running';

-- What asked for every course at once is gone: the clock asks for each in its turn.
DELETE FROM job WHERE kind = 'sync.all';
DELETE FROM schedule WHERE name = 'sync.all';
