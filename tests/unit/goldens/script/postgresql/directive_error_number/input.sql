-- godwit: retry three
SELECT 2;
