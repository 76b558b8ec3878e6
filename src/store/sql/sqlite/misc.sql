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
