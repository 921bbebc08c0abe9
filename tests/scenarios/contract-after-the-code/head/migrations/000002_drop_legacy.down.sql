ALTER TABLE orders ADD COLUMN legacy_total text;
CREATE INDEX orders_legacy ON orders (legacy_total);
