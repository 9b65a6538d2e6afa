-- 0012: what would change a state, kept beside it. See 0001 for how to read this.

-- JSON: the least change of evidence that would flip the state (engine/flip.h), worked out and
-- checked by replay together with it. {}: nothing within bounds. Empty: not worked out since.
ALTER TABLE state_skill ADD COLUMN change TEXT NOT NULL DEFAULT '';
ALTER TABLE state_ready ADD COLUMN change TEXT NOT NULL DEFAULT '';
ALTER TABLE state_next ADD COLUMN change TEXT NOT NULL DEFAULT '';
ALTER TABLE state_flag ADD COLUMN change TEXT NOT NULL DEFAULT '';

-- States of before have none: the clock has everybody worked out again.
UPDATE course SET states_ms = 0;
