SELECT 'it''s; fine', 'back\', "a;b""c";
SELECT E'a\';b', e'\\', E'x''y';
SELECT U&'d\0061t\+000061;' UESCAPE '\', N'n;', B'01', X'1F';
SELECT 'a;'
  'b;' ;
SELECT E'first\';'
   -- in between; a comment
   'second\';' AS x;
SELECT type'\' || ';';
