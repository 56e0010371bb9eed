SELECT 'größe'; SELECT 'naïve 🐦'; /* ü */ SELECT größe;
SELECT 3;