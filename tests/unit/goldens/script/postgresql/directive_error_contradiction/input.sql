-- godwit: transaction
-- godwit: no-transaction
SELECT 2;
