-- Leads, quota, and what check.c walks over.

-- name: lead_add
INSERT INTO lead (at, address, json) VALUES (?1, ?2, ?3);
-- name: lead_last
SELECT max(id) FROM lead;
-- name: lead_close
UPDATE lead SET closed_at = ?2 WHERE id = ?1 AND closed_at IS NULL;
-- name: leads_all
SELECT id, at, closed_at, address, json FROM lead ORDER BY closed_at IS NOT NULL, id DESC LIMIT 1000;
-- name: lead_by_id
SELECT id, at, closed_at, address, json FROM lead WHERE id = ?1;

-- name: quota_get
SELECT used FROM quota WHERE org = ?1 AND day = ?2;
-- name: quota_take
INSERT INTO quota (org, day, used) VALUES (?1, ?2, 1) ON CONFLICT (org, day) DO UPDATE SET used = used + 1;
-- name: quota_purge
DELETE FROM quota WHERE org = ?1 AND day < ?2;

-- name: check_records
SELECT seq, at, event, n, version, is_archive, canon, hash FROM record ORDER BY seq;
-- name: check_epochs
SELECT first_seq FROM epoch ORDER BY first_seq;
-- name: check_epoch_at
SELECT 1 FROM epoch WHERE first_seq = ?1;
-- name: check_first_from
SELECT min(seq) FROM record WHERE seq >= ?1;
-- name: check_untold
SELECT r.seq FROM record r LEFT JOIN version v ON v.seq = r.seq WHERE r.event BETWEEN 1 AND 7 AND v.seq IS NULL;
-- name: check_versions
SELECT v.n, v.version, v.seq, v.at, v.event, v.meta, v.text, v.salt, s.stage, r.canon
FROM version v LEFT JOIN record r ON r.seq = v.seq LEFT JOIN story s ON s.n = v.n ORDER BY v.n, v.version;
-- name: check_stories
SELECT s.okey, s.n, s.id, s.version, s.seq, s.stage, s.is_expired, s.at, v.seq, v.at, v.stage, v.meta, v.text,
  (SELECT max(m.version) FROM version m WHERE m.n = s.n)
FROM story s LEFT JOIN version v ON v.n = s.n AND v.version = s.version ORDER BY s.okey;
-- name: check_briefs
SELECT b.okey, b.n, b.is_killed, b.json, s.okey, s.stage, s.is_expired, s.version FROM brief b LEFT JOIN story s ON s.n = b.n;
-- name: check_sections
SELECT x.section, x.okey FROM brief_section x LEFT JOIN brief b ON b.okey = x.okey AND b.is_killed = 0 WHERE b.okey IS NULL;
-- name: check_word
SELECT count(*) FROM words WHERE words MATCH ?1 AND rowid = ?2;
-- name: check_words_extra
SELECT w.rowid FROM words w LEFT JOIN story s ON s.okey = w.rowid AND s.stage = 3 AND s.is_expired = 0
WHERE words MATCH 'facet : ("a0" OR "a1")' AND s.okey IS NULL;
-- name: check_brief_word
SELECT count(*) FROM brief_words WHERE brief_words MATCH ?1 AND rowid = ?2;
-- name: check_brief_words_extra
SELECT w.rowid FROM brief_words w LEFT JOIN brief b ON b.okey = w.rowid AND b.is_killed = 0
WHERE brief_words MATCH 'facet : "l" *' AND b.okey IS NULL;
-- name: check_drafts
SELECT d.id FROM draft d JOIN story s ON s.n = d.n WHERE s.stage = 5 AND (d.doc IS NOT NULL OR d.sealed IS NOT NULL);
-- name: check_terms
SELECT t.org, t.seq, t.terms, r.canon FROM org_terms t LEFT JOIN record r ON r.seq = t.seq ORDER BY t.seq;
-- name: check_people
SELECT p.seq, p.kind, p.id, p.json, p.salt, r.canon FROM person p LEFT JOIN record r ON r.seq = p.seq ORDER BY p.seq;
-- name: check_numbers
SELECT m.key, m.value, CASE m.key WHEN 'next_n' THEN (SELECT max(n) FROM story) WHEN 'next_org' THEN (SELECT max(id) FROM org)
  ELSE (SELECT max(id) FROM user) END FROM meta m WHERE m.key IN ('next_n', 'next_org', 'next_user');

-- Backup, restore, export.
-- name: drafts_sealed
SELECT id, wrapped FROM draft WHERE sealed IS NOT NULL AND n IS NULL;
-- name: drafts_sealed_count
SELECT count(*) FROM draft WHERE sealed IS NOT NULL AND n IS NULL;
-- name: number_skip
INSERT INTO meta (key, value) VALUES ('next_n', CAST(1000001 + ?1 AS TEXT))
ON CONFLICT (key) DO UPDATE SET value = CAST(CAST(value AS INTEGER) + ?1 AS TEXT);
-- name: sessions_clear
DELETE FROM session;
-- name: export_epochs
SELECT id, first_seq, at FROM epoch ORDER BY first_seq;
-- name: export_prev
SELECT hash FROM record WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1;
-- name: export_records
SELECT r.seq, r.canon, r.hash, v.meta, v.text, v.salt, p.json, p.salt
FROM record r LEFT JOIN version v ON r.event <= 7 AND v.seq = r.seq LEFT JOIN person p ON p.seq = r.seq
WHERE r.seq > ?1 AND r.seq <= ?2 ORDER BY r.seq;
