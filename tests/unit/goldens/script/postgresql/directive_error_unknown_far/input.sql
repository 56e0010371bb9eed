-- godwit: frobnicate
SELECT 2;
