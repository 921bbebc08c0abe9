CREATE TABLE a (id bigint, old text);
