-- godwit:
SELECT 2;
