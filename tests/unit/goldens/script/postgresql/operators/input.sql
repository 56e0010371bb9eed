SELECT a::text, b @> '{";"}', c ? 'k', d ?| array['a'], e ->> 'x', f #>> '{a,b}', 1e5, 1.5e-3, .5, x[1:2];
SELECT 5 * -1, a<-b, a!=b, '[1,2)'::int4range, fn(x := 1, y => 2), `a`;
SELECT 1_000, 0xFF, 1e;
