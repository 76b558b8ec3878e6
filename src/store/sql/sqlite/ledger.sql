-- The delivery ledger (store/ledger.h) and what is asked of it (store/receipts.h).

-- name: span_put
INSERT INTO span (line, from_seq, to_seq, org, user, token, protocol, format, filter, is_archive, loop, is_live, was_ended,
  live_after, since_at, live_at, until_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
ON CONFLICT (line, from_seq) DO UPDATE SET to_seq = max(to_seq, excluded.to_seq), is_live = excluded.is_live,
  was_ended = excluded.was_ended, live_after = max(live_after, excluded.live_after), live_at = max(live_at, excluded.live_at),
  until_at = CASE WHEN excluded.until_at IS NULL THEN NULL ELSE max(coalesce(until_at, 0), excluded.until_at) END;
-- name: span_last_line
SELECT max(coalesce((SELECT max(line) FROM span), 0), coalesce((SELECT max(loop) FROM span), 0),
  coalesce((SELECT max(loop) FROM mark), 0));
-- name: spans_close
UPDATE span SET
  to_seq = CASE is_live WHEN 1 THEN max(to_seq, coalesce((SELECT m.seq FROM mark m WHERE m.loop = span.loop), 0)) ELSE to_seq END,
  until_at = max(live_at, since_at, CASE is_live WHEN 1 THEN coalesce((SELECT m.at FROM mark m WHERE m.loop = span.loop), 0) ELSE 0 END),
  is_live = 0 WHERE until_at IS NULL;
-- name: spans_over
SELECT line, from_seq, CASE WHEN until_at IS NULL AND is_live = 1
    THEN max(to_seq, coalesce((SELECT m.seq FROM mark m WHERE m.loop = span.loop), 0)) ELSE to_seq END,
  org, protocol, filter, is_archive, was_ended, live_after, since_at, live_at
FROM span WHERE to_seq >= ?1 AND from_seq < ?2
UNION ALL
SELECT line, from_seq, max(to_seq, coalesce((SELECT m.seq FROM mark m WHERE m.loop = span.loop), 0)),
  org, protocol, filter, is_archive, was_ended, live_after, since_at, live_at
FROM span WHERE until_at IS NULL AND is_live = 1 AND to_seq < ?1 AND from_seq < ?2
ORDER BY line, from_seq;

-- name: mark_put
INSERT OR REPLACE INTO mark (loop, seq, at) VALUES (?1, ?2, ?3);
-- name: marks_clear
DELETE FROM mark;

-- name: filter_put
INSERT OR IGNORE INTO filter (id, text) VALUES (?1, ?2);
-- name: filter_get
SELECT text FROM filter WHERE id = ?1;
-- name: filter_hit_put
INSERT OR IGNORE INTO filter_hit (filter, seq) VALUES (?1, ?2);
-- name: filter_hit_get
SELECT 1 FROM filter_hit WHERE filter = ?1 AND seq = ?2;

-- name: fetch_add
INSERT INTO fetch (n, version, org, user, format, seq, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7);
-- name: fetches_of
SELECT org, user, version, format, seq, at FROM fetch WHERE n = ?1 ORDER BY id;
-- name: fetch_by_org
SELECT 1 FROM fetch WHERE n = ?1 AND org = ?2 LIMIT 1;
-- name: fetch_orgs
SELECT DISTINCT org FROM fetch WHERE n = ?1 AND version < ?2 AND seq < ?3 ORDER BY org;

-- name: ack_add
INSERT OR IGNORE INTO ack (n, org, version, user, at) VALUES (?1, ?2, ?3, ?4, ?5);
-- name: acks_of
SELECT org, version, user, at FROM ack WHERE n = ?1 ORDER BY org, version;

-- name: check_spans
SELECT s.line, s.from_seq, s.to_seq, s.filter FROM span s LEFT JOIN filter f ON f.id = s.filter
WHERE s.to_seq < s.from_seq OR s.to_seq > (SELECT max(seq) FROM record) OR (s.filter <> 0 AND f.id IS NULL);
-- name: check_fetches
SELECT f.id, f.n, f.version FROM fetch f LEFT JOIN version v ON v.n = f.n AND v.version = f.version
WHERE v.n IS NULL OR v.seq > f.seq;
-- name: check_acks
SELECT a.org, a.n, a.version FROM ack a LEFT JOIN version v ON v.n = a.n AND v.version = a.version WHERE v.n IS NULL;
-- name: check_ledger_count
SELECT (SELECT count(*) FROM span) + (SELECT count(*) FROM fetch) + (SELECT count(*) FROM ack);
