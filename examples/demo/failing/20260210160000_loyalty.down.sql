ALTER TABLE customers DROP COLUMN points;
