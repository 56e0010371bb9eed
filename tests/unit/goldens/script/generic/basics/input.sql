CREATE TABLE t (a int); -- c;
INSERT INTO t VALUES ('x''y;'); BEGIN; SELECT 1; SET x = 1; /* ; */ DROP TABLE "t;"