CREATE TABLE orders (id bigint PRIMARY KEY, total numeric(10,2) NOT NULL, legacy_total text, legacy_note text);
CREATE VIEW order_notes AS SELECT id, legacy_note FROM orders;
