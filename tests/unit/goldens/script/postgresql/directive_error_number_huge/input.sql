-- godwit: retry 99999999999
SELECT 2;
