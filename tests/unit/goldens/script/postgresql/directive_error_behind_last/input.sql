SELECT 1;
-- godwit: timeout 1s
