-- godwit: timeout soon
SELECT 2;
