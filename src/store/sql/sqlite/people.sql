-- Organisations, users, tokens, sessions (store/people.c, people_write.c, session.c).

-- name: orgs_all
SELECT id, version, name, closed_at, contact, settings FROM org ORDER BY id;
-- name: org_by_id
SELECT id, version, name, closed_at, contact, settings FROM org WHERE id = ?1;
-- name: org_by_name
SELECT id FROM org WHERE name = ?1;
-- name: org_terms_of
SELECT seq, terms FROM org_terms WHERE org = ?1 ORDER BY seq;
-- name: org_terms_at
SELECT terms FROM org_terms WHERE org = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT 1;
-- name: org_add
INSERT INTO org (id, version, name, created, contact, settings) VALUES (?1, 1, ?2, ?3, ?4, ?5);
-- name: org_change
UPDATE org SET version = ?2, name = ?3, closed_at = ?4, contact = ?5, settings = ?6 WHERE id = ?1;
-- name: org_terms_add
INSERT INTO org_terms (org, seq, terms) VALUES (?1, ?2, ?3);

-- name: person_add
INSERT INTO person (seq, kind, id, json, salt) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: person_at
SELECT kind, id, json, salt FROM person WHERE seq = ?1;

-- name: users_all
SELECT id, version, name, role, org, mail, password, must_change, is_demo, is_disabled, settings FROM user ORDER BY id;
-- name: user_by_id
SELECT id, version, name, role, org, mail, password, must_change, is_demo, is_disabled, settings FROM user WHERE id = ?1;
-- name: user_by_name
SELECT id FROM user WHERE name = ?1;
-- name: user_add
INSERT INTO user (id, version, name, role, org, mail, password, must_change, is_demo, is_disabled, created, settings)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12);
-- name: user_change
UPDATE user SET version = ?2, name = ?3, role = ?4, org = ?5, mail = ?6, password = ?7, must_change = ?8, is_demo = ?9,
  is_disabled = ?10, settings = ?12 WHERE id = ?1;
-- name: user_bump
UPDATE user SET version = version + 1 WHERE id = ?1;

-- name: tokens_all
SELECT id, user, hash, scope, created, expires, revoked FROM token ORDER BY id;
-- name: tokens_of
SELECT id, user, hash, scope, created, expires, revoked FROM token WHERE ?1 = 0 OR user = ?1 ORDER BY id;
-- name: token_by_id
SELECT id, user, hash, scope, created, expires, revoked FROM token WHERE id = ?1;
-- name: token_add
INSERT INTO token (user, hash, scope, created, expires) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: token_last
SELECT max(id) FROM token;
-- name: token_revoke
UPDATE token SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL;

-- name: sessions_all
SELECT hash, user, csrf, created, seen FROM session;
-- name: sessions_of
SELECT hash, created, seen, address, agent FROM session WHERE user = ?1 ORDER BY seen DESC;
-- name: session_add
INSERT INTO session (hash, user, csrf, created, seen, address, agent) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6);
-- name: session_touch
UPDATE session SET seen = max(seen, ?2) WHERE hash = ?1;
-- name: session_end
DELETE FROM session WHERE hash = ?1;
-- name: session_end_all
DELETE FROM session WHERE user = ?1;
-- name: sessions_purge
DELETE FROM session WHERE created < ?1;
