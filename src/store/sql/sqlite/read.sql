-- The read path: rows, versions, drafts, search, records as frames, the public portion.

-- name: read_row
SELECT s.n, s.seq, s.version, s.stage, s.is_expired, s.first_at, s.at, s.id, v.meta, (SELECT d.id FROM draft d WHERE d.n = s.n)
FROM story s JOIN version v ON v.n = s.n AND v.version = s.version WHERE s.n = ?1;

-- name: read_version
SELECT s.id, s.n, s.first_at, s.expires, v.version, v.seq, v.at, v.event, v.stage, v.by_user, v.meta, v.text
FROM story s JOIN version v ON v.n = s.n AND v.version = CASE ?2 WHEN 0 THEN s.version ELSE ?2 END WHERE s.n = ?1;

-- name: read_versions
SELECT v.version, v.seq, v.at, v.event, v.by_user, v.meta, v.text, r.at FROM version v LEFT JOIN record r ON r.seq = v.seq
WHERE v.n = ?1 ORDER BY v.version;

-- name: read_draft
SELECT version, stage, created, at, due, by_user, doc, sealed, wrapped, n FROM draft WHERE id = ?1;

-- name: search_words
SELECT rowid FROM words WHERE words MATCH ?1 AND rowid BETWEEN ?2 AND ?3 ORDER BY rowid DESC LIMIT ?4 OFFSET ?5;
-- name: search_words_count
SELECT count(*) FROM (SELECT rowid FROM words WHERE words MATCH ?1 AND rowid BETWEEN ?2 AND ?3 LIMIT ?4);
-- name: search_all
SELECT okey FROM story WHERE okey BETWEEN ?2 AND ?3 AND stage = 3 AND is_expired = 0 ORDER BY okey DESC LIMIT ?4 OFFSET ?5;
-- name: search_all_count
SELECT count(*) FROM (SELECT okey FROM story WHERE okey BETWEEN ?2 AND ?3 AND stage = 3 AND is_expired = 0 LIMIT ?4);
-- name: search_hit
SELECT s.n, s.version, s.at, s.id, s.language, s.stage, v.meta, v.text
FROM story s JOIN version v ON v.n = s.n AND v.version = s.version
WHERE s.okey = ?1 AND s.stage = 3 AND s.is_expired = 0;

-- name: brief_get
SELECT okey, is_killed, json FROM brief WHERE n = ?1;
-- name: brief_add
INSERT INTO brief (okey, n, language, is_killed, json) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: brief_delete
DELETE FROM brief WHERE n = ?1;
-- name: brief_section_add
INSERT OR IGNORE INTO brief_section (section, language, okey) VALUES (?1, ?2, ?3);
-- name: brief_section_delete
DELETE FROM brief_section WHERE okey = ?1;
-- name: brief_words_add
INSERT INTO brief_words (rowid, exact, stem, facet) VALUES (?1, ?2, ?3, ?4);
-- name: brief_words_delete
INSERT INTO brief_words (brief_words, rowid, exact, stem, facet) VALUES ('delete', ?1, ?2, ?3, ?4);
-- name: briefs_all
SELECT okey, json FROM brief WHERE is_killed = 0 AND okey BETWEEN ?1 AND ?2 ORDER BY okey DESC LIMIT ?3;
-- name: briefs_of_language
SELECT okey, json FROM brief WHERE language = ?4 AND is_killed = 0 AND okey BETWEEN ?1 AND ?2 ORDER BY okey DESC LIMIT ?3;
-- name: briefs_of_section
SELECT b.okey, b.json FROM brief_section s JOIN brief b ON b.okey = s.okey
WHERE s.section = ?5 AND s.language = ?4 AND s.okey BETWEEN ?1 AND ?2 ORDER BY s.okey DESC LIMIT ?3;
-- name: briefs_of_section_any
SELECT b.okey, b.json FROM brief_section s JOIN brief b ON b.okey = s.okey
WHERE s.section = ?5 AND s.okey BETWEEN ?1 AND ?2 ORDER BY s.okey DESC LIMIT ?3;
-- name: briefs_with_words
SELECT b.okey, b.json FROM brief_words w JOIN brief b ON b.okey = w.rowid
WHERE brief_words MATCH ?4 AND w.rowid BETWEEN ?1 AND ?2
  AND (?5 IS NULL OR EXISTS (SELECT 1 FROM brief_section s WHERE s.okey = w.rowid AND s.section = ?5))
ORDER BY w.rowid DESC LIMIT ?3;

-- Records as frames. Only events that tell a story (1-7) have a version of their own; n means an organisation or a user otherwise.
-- name: frames_after
SELECT r.seq, r.at, r.event, r.n, r.version, s.id, s.first_at, s.expires, s.stage, v.stage, v.by_user, v.at, v.meta, v.text,
  CASE WHEN v.seq IS NULL THEN r.canon END
FROM record r LEFT JOIN version v ON r.event <= 7 AND v.n = r.n AND v.version = r.version
LEFT JOIN story s ON s.n = v.n
WHERE r.seq > ?1 ORDER BY r.seq LIMIT ?2;
-- name: frames_past
SELECT v.seq, r.at, v.meta FROM version v JOIN record r ON r.seq = v.seq WHERE v.n = ?1 AND v.version < ?2 ORDER BY v.version;
-- name: record_seq_at
SELECT seq FROM record WHERE at >= ?1 ORDER BY at, seq LIMIT 1;
-- name: record_head
SELECT max(seq) FROM record;
-- name: record_last_below
SELECT max(seq) FROM record WHERE seq < ?1;
-- name: epochs_after
SELECT first_seq FROM epoch WHERE first_seq > ?1 ORDER BY first_seq LIMIT 1;
