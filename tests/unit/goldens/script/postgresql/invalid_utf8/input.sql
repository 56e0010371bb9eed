SELECT 'ÿþ;', "€";
SELECT 'open Ã