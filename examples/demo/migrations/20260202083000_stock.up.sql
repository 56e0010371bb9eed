-- A trigger's body holds semicolons of its own.
CREATE TRIGGER take_from_stock AFTER INSERT ON order_lines
BEGIN
    UPDATE products SET stock = stock - NEW.quantity WHERE id = NEW.product_id;
    SELECT RAISE(ABORT, 'out of stock') FROM products WHERE id = NEW.product_id AND stock < 0;
END;

CREATE VIEW order_totals AS
    SELECT order_id, sum(quantity * price_cents) AS total_cents
    FROM order_lines JOIN products ON products.id = product_id
    GROUP BY order_id;
