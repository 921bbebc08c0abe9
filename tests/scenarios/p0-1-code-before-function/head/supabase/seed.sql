INSERT INTO projects (id, title) VALUES (1, 'seed');
