SELECT 'a\'; SELECT 'it''s;', x'00', $p, ?1, :a, @b, "x"";y"; /* a /* b; */ SELECT 2;
# SELECT 3;
