-- 0011: models that were fitted to the ledger. See 0001 for how to read this.

-- One fit of one kind of model over all courses of a tenant that have this map. Written once and
-- never changed: states that were worked out with it can be worked out with it again.
CREATE TABLE fitted_model (
    tenant_id BIGINT NOT NULL,
    model_id BIGINT NOT NULL,
    map_code TEXT NOT NULL,
    kind TEXT NOT NULL,                -- bkt, lkt, transit, blend
    document TEXT NOT NULL,            -- as the model's own write function makes it
    figures TEXT NOT NULL,             -- JSON: what it reached on students it never saw
    passed BIGINT NOT NULL,            -- better than what stood, and every invariant holds
    rows_n BIGINT NOT NULL,            -- answers that it was fitted to
    persons_n BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, model_id)
);
CREATE INDEX fitted_model_map ON fitted_model (tenant_id, map_code, created_ms);

-- Which models a course goes by: append only, one row a change; 0: none of the kind. The row that
-- a course names (course.models_id) is in force for it.
CREATE TABLE fitted_set (
    tenant_id BIGINT NOT NULL,
    set_id BIGINT NOT NULL,
    map_code TEXT NOT NULL,
    bkt_id BIGINT NOT NULL,
    lkt_id BIGINT NOT NULL,
    transit_id BIGINT NOT NULL,
    blend_id BIGINT NOT NULL,
    by_whom TEXT NOT NULL,             -- fit, or a person's word at the command line
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, set_id)
);
CREATE INDEX fitted_set_map ON fitted_set (tenant_id, map_code, set_id);

ALTER TABLE course ADD COLUMN models_id BIGINT NOT NULL DEFAULT 0; -- the set in force, or 0: none
ALTER TABLE state_run ADD COLUMN models_id BIGINT NOT NULL DEFAULT 0; -- the set of this run
ALTER TABLE state_run ADD COLUMN ties_n BIGINT NOT NULL DEFAULT 0; -- course.ties_n then

-- Why a person's states were worked out anew: '', map, models or rules; since when; and when the
-- person saw a page that says so (0: not yet).
ALTER TABLE state_run ADD COLUMN because TEXT NOT NULL DEFAULT '';
ALTER TABLE state_run ADD COLUMN because_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE state_run ADD COLUMN told_ms BIGINT NOT NULL DEFAULT 0;
