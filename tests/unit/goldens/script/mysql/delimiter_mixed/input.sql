DELIMITER $$go
SELECT 1; $$go
SELECT a$$go $$gone, x$$gone $$go
DELIMITER ;
SELECT 2;