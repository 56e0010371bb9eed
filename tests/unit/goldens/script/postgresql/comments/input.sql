/* one; /* nested; */ still; */ SELECT 1; -- end; of line
SELECT 2 /* in; */ + /**/ 3 --;
;
SELECT 4+/*c;*/5, 6--7;
, 8;
