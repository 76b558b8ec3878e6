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
