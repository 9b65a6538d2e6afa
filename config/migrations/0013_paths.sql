-- 0013: paths: target skills with levels. See 0001 for how to read this.

-- Where somebody may want to get to. The first one (ord 0) is everybody's who did not choose.
CREATE TABLE map_path (
    tenant_id BIGINT NOT NULL,
    map_id BIGINT NOT NULL,
    path_code TEXT NOT NULL,
    ord BIGINT NOT NULL,
    title TEXT NOT NULL,
    titles TEXT NOT NULL,              -- JSON object: in other languages; or ''
    about TEXT NOT NULL,               -- or ''
    kind TEXT NOT NULL,                -- course, role, career
    goals TEXT NOT NULL,               -- JSON array: codes of skills, or {skill, level}
    PRIMARY KEY (tenant_id, map_id, path_code)
) /*sqlite WITHOUT ROWID*/;

-- Titles in other languages, a JSON object, or ''.
ALTER TABLE skill ADD COLUMN titles TEXT NOT NULL DEFAULT '';

-- A person's path when the states were worked out, and what lies before its goals (JSON, see
-- core/learn/paths.h).
ALTER TABLE state_run ADD COLUMN path_code TEXT NOT NULL DEFAULT '';
ALTER TABLE state_run ADD COLUMN gap TEXT NOT NULL DEFAULT '';

-- Why a map was published though no activity can prove some of its skills: somebody's words, or ''.
ALTER TABLE map_version ADD COLUMN uncovered TEXT NOT NULL DEFAULT '';
-- What it changed: a JSON object (core/learn/mapfile.h), or '' of a first version.
ALTER TABLE map_version ADD COLUMN diff TEXT NOT NULL DEFAULT '';

-- Recommendations begin when at least this percentage of the skills can be proved. 0: at once.
ALTER TABLE course ADD COLUMN coverage_floor BIGINT NOT NULL DEFAULT 0;
-- Whether they do: settled whenever map, ties, catalogue or floor change.
ALTER TABLE course ADD COLUMN coverage_ok BIGINT NOT NULL DEFAULT 1;
