CREATE TABLE t (a int, b text);
COPY public.t (a, b) FROM stdin; -- data follows
1	it's; a "row
\N	-- no comment
3	\\.
\.
copy "T" from STDIN with (format csv, header);
a,b
1,"x;
y"
\.

COPY empty FROM STDIN;
\.
COPY t TO stdout;
COPY t FROM '/tmp/x';
SELECT 1;
