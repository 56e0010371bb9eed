ALTER TABLE customers ADD COLUMN points INTEGER NOT NULL DEFAULT 0;

-- Every customer begins with ten points for each order.
UPDATE customers SET pionts = 10 * (SELECT count(*) FROM orders WHERE customer_id = customers.id);
