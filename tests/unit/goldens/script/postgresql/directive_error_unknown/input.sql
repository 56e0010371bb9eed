SELECT 1;
-- godwit: no-transction
SELECT 2;
