-- godwit: phase shrink
SELECT 2;