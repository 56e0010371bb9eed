SELECT 'a\';
