-- head
CREATE TABLE t (
	a int
);

SELECT 'x
y';
