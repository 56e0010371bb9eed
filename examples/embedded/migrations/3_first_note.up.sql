INSERT INTO notes (id, text) VALUES (1, 'It''s a long way to New Zealand; no stops.');
INSERT INTO tags (note, tag) VALUES (1, 'travel');
