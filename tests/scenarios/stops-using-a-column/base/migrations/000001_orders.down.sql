DROP VIEW order_notes;
DROP TABLE orders;
