\restrict aBc123

-- dump
SET client_encoding = 'UTF8';
SELECT 1;

\unrestrict aBc123

