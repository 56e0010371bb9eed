-- godwit: only postgrse
SELECT 2;
