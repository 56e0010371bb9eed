DROP VIEW order_totals;
DROP TRIGGER take_from_stock;
