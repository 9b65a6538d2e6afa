-- 0008: how fresh each source is, and whose turn it is. See 0001 for how to read this.

ALTER TABLE course_source ADD COLUMN since TEXT NOT NULL DEFAULT ''; -- where changes begin
ALTER TABLE course_source ADD COLUMN full_ms BIGINT NOT NULL DEFAULT 0; -- last whole reading
ALTER TABLE course ADD COLUMN wanted_ms BIGINT NOT NULL DEFAULT 0; -- last asked for a reading
