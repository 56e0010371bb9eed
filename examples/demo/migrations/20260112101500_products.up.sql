CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
    stock INTEGER NOT NULL DEFAULT 0
);

INSERT INTO products (sku, title, price_cents, stock) VALUES
    ('BIN-8', 'Binoculars 8×42; field model', 18900, 12),
    ('GUIDE-1', 'Waders of the tideland', 2450, 80);
