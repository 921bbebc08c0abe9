CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10,2) NOT NULL, legacy_total text);
CREATE INDEX orders_legacy ON orders (legacy_total);
