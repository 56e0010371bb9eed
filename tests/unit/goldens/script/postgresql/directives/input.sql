-- a migration
-- godwit: no-transaction
-- godwit: timeout 5m
/* prose */
--   godwit:   lock-timeout   500ms  	
-- godwit: retry 3
-- godwit: irreversible the old values are gone
-- godwit: skip-if SELECT EXISTS (SELECT 1 FROM t WHERE a = 'x')
-- godwit: only Postgres | mariadb
-- godwit: allow drop-column rename-table
-- godwit: allow not-null
-- godwit: phase expand
-- godwit: expect-rows 7
UPDATE t SET a = 1;

-- godwit: timeout 1h
-- godwit: expect-rows 0
DELETE FROM t; -- godwit is a bird

SELECT 1;
-- godwit: no-transaction
SELECT 2;
-- godwit: transaction
VACUUM;
