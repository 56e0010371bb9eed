-- godwit: expect-rows -1
SELECT 2;
