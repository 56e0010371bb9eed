CREATE FUNCTION a() RETURNS int AS $$ SELECT 1; $$ LANGUAGE sql;
CREATE FUNCTION b() RETURNS int AS $body$
BEGIN
  RAISE NOTICE $$nested; '$$;
  RETURN $1;
END;
$body$ LANGUAGE plpgsql;
PREPARE q(int, int) AS SELECT $1$2;
SELECT a$b$c, foo$$ FROM t$1; SELECT 'x' FROM $not_closed;
SELECT $é$ ; $é$, $_1$;$_1$;
