-- godwit: timeout
SELECT 2;
