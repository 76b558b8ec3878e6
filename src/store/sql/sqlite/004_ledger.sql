-- The delivery ledger: what left, to whom, when. Nothing here is ever changed to say less; store/ledger.h tells the rules.

-- What one piece of a live connection covered: all that was due to it with from_seq < seq <= to_seq. No row per delivery.
CREATE TABLE span (
  line       INTEGER NOT NULL,         -- the connection; unique for the installation
  from_seq   INTEGER NOT NULL,         -- exclusive
  to_seq     INTEGER NOT NULL,         -- of an open live piece: at least that, see mark
  org        INTEGER NOT NULL,
  user       INTEGER NOT NULL,
  token      INTEGER NOT NULL,         -- 0 = password or session
  protocol   TEXT NOT NULL,            -- sse, ws, poll
  format     TEXT NOT NULL,
  filter     INTEGER NOT NULL,         -- 0 = none
  is_archive INTEGER NOT NULL,
  loop       INTEGER NOT NULL,         -- one run of one of the server's threads; unique as line
  is_live    INTEGER NOT NULL,         -- open, and kept up to its loop's mark
  was_ended  INTEGER NOT NULL,         -- up to live_after it was given recalls alone: the contract had ended
  live_after INTEGER NOT NULL,         -- above it, records went out as they happened
  since_at   INTEGER NOT NULL,
  live_at    INTEGER NOT NULL,         -- when all up to live_after had gone out
  until_at   INTEGER,                  -- NULL = open
  PRIMARY KEY (line, from_seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX span_by_to ON span (to_seq, from_seq);
CREATE INDEX span_open ON span (is_live) WHERE until_at IS NULL;

-- Every open live piece of the loop has been sent all that was due to it up to seq.
CREATE TABLE mark (
  loop INTEGER PRIMARY KEY,
  seq  INTEGER NOT NULL,
  at   INTEGER NOT NULL
) STRICT;

-- Filters of streams in their canonical text; the id is made of the text.
CREATE TABLE filter (
  id   INTEGER PRIMARY KEY,
  text TEXT NOT NULL
) STRICT;
-- What the words of a filter found. The text may be gone when somebody asks.
CREATE TABLE filter_hit (
  filter INTEGER NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (filter, seq)
) STRICT, WITHOUT ROWID;

-- Full texts and notices of recalls that an organisation's people fetched. seq: the last record before it.
CREATE TABLE fetch (
  id      INTEGER PRIMARY KEY,
  n       INTEGER NOT NULL,
  version INTEGER NOT NULL,
  org     INTEGER NOT NULL,
  user    INTEGER NOT NULL,
  format  TEXT NOT NULL,
  seq     INTEGER NOT NULL,
  at      INTEGER NOT NULL
) STRICT;
CREATE INDEX fetch_by_n ON fetch (n, org);
CREATE INDEX fetch_by_org ON fetch (org, at);

-- The first time that somebody of the organisation said: we have it and acted upon it.
CREATE TABLE ack (
  n       INTEGER NOT NULL,
  org     INTEGER NOT NULL,
  version INTEGER NOT NULL,
  user    INTEGER NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (n, org, version)
) STRICT, WITHOUT ROWID;
