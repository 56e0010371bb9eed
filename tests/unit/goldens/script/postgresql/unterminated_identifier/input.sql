	SELECT "abc;
