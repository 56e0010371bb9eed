SELECT 1;
-- godwit: phase contract
SELECT 2;