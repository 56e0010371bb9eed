-- godwit: no-transaction please
SELECT 2;
