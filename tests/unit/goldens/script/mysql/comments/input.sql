# hash; comment
SELECT 1; # more;
-- dash; comment
--	tab; comment
SELECT 5--1; SELECT 2 /* in; */ + 3; /* not /* nested; */ SELECT 4;
SELECT 6 -- the end