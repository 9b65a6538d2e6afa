-- 0010: what nobody needs is not kept. See 0001 for how to read this.

-- Mail addresses that launches sent: nothing ever used them. A keyed mark of an address, for
-- matching files, is in person_alias.
ALTER TABLE person DROP COLUMN email_sealed;
