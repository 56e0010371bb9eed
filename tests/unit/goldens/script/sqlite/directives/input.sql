-- godwit: only sqlite
--godwit: no-transaction

PRAGMA foreign_keys = OFF;
