SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES';
SELECT 'a\', "b\"; SELECT 1;
SET SESSION sql_mode = '';
SELECT 'a\';', "b\";";
