-- Gives a name to what the server itself did; it is "removed", so it cannot sign in and is in no list.
INSERT INTO identity.users (number, login, name, removed_at) VALUES (0, 'renkei', 'Renkei', 'epoch')
ON CONFLICT DO NOTHING;
