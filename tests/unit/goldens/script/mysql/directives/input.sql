# godwit: timeout 5s
-- godwit: only mysql|mariadb
SELECT 1;
	# godwit: retry 2
DELIMITER //
SELECT 2//
-- godwit: lock-timeout 1
SELECT 3//
