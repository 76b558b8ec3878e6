-- Statements of the write path: transactions, records, stories, drafts, idempotency, codes.

-- name: db_begin
BEGIN IMMEDIATE;
-- name: db_begin_read
BEGIN;
-- name: db_commit
COMMIT;
-- name: db_rollback
ROLLBACK;
-- name: db_savepoint
SAVEPOINT one;
-- name: db_release
RELEASE one;
-- name: db_undo
ROLLBACK TO one;

-- name: record_last
SELECT seq, at, hash FROM record ORDER BY seq DESC LIMIT 1;
-- name: record_insert
INSERT INTO record (seq, at, event, n, version, is_archive, canon, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);
-- name: number_next
INSERT INTO meta (key, value) VALUES (?1, CAST(?2 + 1 AS TEXT))
ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + 1 AS TEXT)
RETURNING CAST(value AS INTEGER) - 1;

-- name: story_now
SELECT okey, seq, version, stage, is_expired, first_at, at, expires, id FROM story WHERE n = ?1;
-- name: story_insert
INSERT INTO story (okey, n, id, version, seq, stage, is_expired, first_at, at, expires, language)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);
-- name: story_change
UPDATE story SET okey = ?1, id = ?3, version = ?4, seq = ?5, stage = ?6, is_expired = ?7, first_at = ?8, at = ?9, expires = ?10,
  language = ?11 WHERE n = ?2;
-- name: story_expire
UPDATE story SET is_expired = 1 WHERE n = ?1;

-- name: version_insert
INSERT INTO version (n, version, seq, at, event, stage, by_user, meta, text, salt)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);
-- name: version_halves
SELECT meta, text FROM version WHERE n = ?1 AND version = ?2;
-- name: version_notes
SELECT at, text FROM version WHERE n = ?1 AND event = ?2 AND text IS NOT NULL ORDER BY version DESC LIMIT 20;
-- name: version_past
SELECT v.version, v.seq, v.at, v.event, v.meta, r.at FROM version v JOIN record r ON r.seq = v.seq
WHERE v.n = ?1 AND v.version < ?2 ORDER BY v.version;
-- name: version_erase
UPDATE version SET text = NULL, salt = NULL WHERE n = ?1 AND version < ?2;

-- name: words_add
INSERT INTO words (rowid, head, exact, stem, facet) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: words_delete
INSERT INTO words (words, rowid, head, exact, stem, facet) VALUES ('delete', ?1, ?2, ?3, ?4, ?5);

-- name: brief_is_public
SELECT 1 FROM brief WHERE n = ?1 AND is_killed = 0;
-- name: brief_count_since
SELECT count(*) FROM brief WHERE okey >= ?1 AND is_killed = 0;

-- name: source_get
SELECT n FROM source_item WHERE provider = ?1 AND source_id = ?2;
-- name: source_add
INSERT OR IGNORE INTO source_item (provider, source_id, n) VALUES (?1, ?2, ?3);

-- name: key_get
SELECT hash, answer FROM idempotency WHERE user = ?1 AND key = ?2 AND at >= ?3;
-- name: key_add
INSERT OR REPLACE INTO idempotency (user, key, hash, at, answer) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: key_purge
DELETE FROM idempotency WHERE (user, key) IN (SELECT user, key FROM idempotency WHERE at < ?1 ORDER BY at LIMIT 4);

-- name: draft_get
SELECT version, stage, is_sealed, by_user, doc, sealed, wrapped, n, due FROM draft WHERE id = ?1;
-- name: draft_insert
INSERT INTO draft (id, version, stage, created, at, due, is_sealed, desk, by_user, doc, sealed, wrapped)
VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11);
-- name: draft_change
UPDATE draft SET version = ?2, stage = ?3, at = ?4, due = ?5, is_sealed = ?6, desk = ?7, by_user = ?8, doc = ?9, sealed = ?10,
  wrapped = ?11 WHERE id = ?1;
-- name: draft_went_live
UPDATE draft SET n = ?2, stage = ?3, due = NULL, doc = NULL, sealed = NULL, wrapped = NULL, is_sealed = 0 WHERE id = ?1;
-- name: draft_park
UPDATE draft SET stage = ?2, due = NULL WHERE id = ?1;

-- name: due_drafts
SELECT id FROM draft WHERE due IS NOT NULL AND n IS NULL AND due <= ?1 ORDER BY due, id LIMIT 16;
-- name: due_expired
SELECT n FROM story WHERE expires IS NOT NULL AND is_expired = 0 AND expires <= ?1 ORDER BY expires LIMIT 16;
-- name: due_briefs
SELECT n FROM brief_wait WHERE due <= ?1 ORDER BY due LIMIT 16;
-- name: wait_set
INSERT OR REPLACE INTO brief_wait (n, due) VALUES (?1, ?2);
-- name: wait_clear
DELETE FROM brief_wait WHERE n = ?1;
-- name: due_next
SELECT min(x) FROM (SELECT min(due) AS x FROM draft WHERE due IS NOT NULL AND n IS NULL
  UNION ALL SELECT min(expires) FROM story WHERE expires IS NOT NULL AND is_expired = 0
  UNION ALL SELECT min(due) FROM brief_wait);

-- name: codes_all
SELECT kind, code, word, tr, en, ar FROM code ORDER BY kind, code;
-- name: code_put
INSERT OR REPLACE INTO code (kind, code, word, tr, en, ar) VALUES (?1, ?2, ?3, ?4, ?5, ?6);
-- name: epoch_add
INSERT INTO epoch (first_seq, id, at) VALUES (?1, ?2, ?3);
-- name: epoch_last
SELECT id, first_seq FROM epoch ORDER BY first_seq DESC LIMIT 1;

-- name: sweep_set
INSERT OR REPLACE INTO meta (key, value) VALUES ('sweep', '1');
-- name: sweep_get
SELECT 1 FROM meta WHERE key = 'sweep';
-- name: sweep_clear
DELETE FROM meta WHERE key = 'sweep';
-- name: words_merge
INSERT INTO words (words, rank) VALUES ('merge', ?1);
-- name: brief_words_merge
INSERT INTO brief_words (brief_words, rank) VALUES ('merge', ?1);
