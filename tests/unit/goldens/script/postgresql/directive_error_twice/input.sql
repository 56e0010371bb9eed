-- godwit: timeout 1s
-- godwit: timeout 2s
SELECT 2;
