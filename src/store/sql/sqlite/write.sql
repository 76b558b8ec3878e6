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
