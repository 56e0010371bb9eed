CREATE FUNCTION f(a INT) RETURNS INT LANGUAGE JAVASCRIPT AS $$ if (a) { return 1; } return 2; $$;
CREATE PROCEDURE g() LANGUAGE JAVASCRIPT AS $js$ console.log("a;b"); $js$;
SELECT 1 AS $$; SELECT 2 AS $a;
SELECT $b FROM $c;
