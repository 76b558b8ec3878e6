-- The first shape of the store. Migrations are files NNN_*.sql in this folder, run in order, each in one transaction;
-- meta.schema holds the number of the last. Times are Unix milliseconds, codes are bytes, hashes are blobs of 32.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,          -- schema, next_n, next_org, next_user, head
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- An epoch is one timeline of sequence numbers; a restore opens the next (contract.md 4).
CREATE TABLE epoch (
  first_seq INTEGER PRIMARY KEY,
  id        TEXT NOT NULL,
  at        INTEGER NOT NULL
) STRICT;

-- One row per sequence number; the tape's lasting form. canon is the canonical form of news/chain.
CREATE TABLE record (
  seq    INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  event  INTEGER NOT NULL,         -- enum event
  n      INTEGER,                  -- story number, org or user id by event
  version INTEGER,
  is_archive INTEGER NOT NULL DEFAULT 0,
  canon  TEXT NOT NULL,
  hash   BLOB NOT NULL
) STRICT;
CREATE INDEX record_by_at ON record (at);

-- The current version of every story that was ever live. okey = version seconds << 30 | n mod 2^30: the order of time,
-- also for imports (dependencies.md 5); rewritten at each version.
CREATE TABLE story (
  okey     INTEGER PRIMARY KEY,
  n        INTEGER NOT NULL UNIQUE,
  id       TEXT NOT NULL,
  version  INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  stage    INTEGER NOT NULL,       -- enum stage: live, held, killed
  is_expired INTEGER NOT NULL DEFAULT 0,
  first_at INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  expires  INTEGER,
  language TEXT NOT NULL
) STRICT;
CREATE INDEX story_by_expiry ON story (expires) WHERE expires IS NOT NULL AND is_expired = 0;

-- Every version, immutable. meta: the members that a kill leaves; text: what the salt commits to, gone after a kill.
CREATE TABLE version (
  n        INTEGER NOT NULL,
  version  INTEGER NOT NULL,
  seq      INTEGER NOT NULL UNIQUE,
  at       INTEGER NOT NULL,
  event    INTEGER NOT NULL,
  stage    INTEGER NOT NULL,
  by_user  TEXT,
  meta     TEXT NOT NULL,
  text     TEXT,
  salt     BLOB,
  PRIMARY KEY (n, version)
) STRICT, WITHOUT ROWID;

-- (provider, source_id) of ingest: the same item again is no new story (trust P5).
CREATE TABLE source_item (
  provider  INTEGER NOT NULL,
  source_id TEXT NOT NULL,
  n         INTEGER NOT NULL,
  PRIMARY KEY (provider, source_id)
) STRICT, WITHOUT ROWID;

-- What is not live yet. doc: native JSON; a sealed body (embargo) is in `sealed` under a key wrapped by the master key,
-- and doc then holds no text. n is set when it went live: the draft id goes on answering with 308.
CREATE TABLE draft (
  id       TEXT PRIMARY KEY,
  version  INTEGER NOT NULL,
  stage    INTEGER NOT NULL,       -- draft, review, scheduled
  created  INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  due      INTEGER,                -- when to go live: schedule or embargo
  is_sealed INTEGER NOT NULL DEFAULT 0,
  desk     TEXT,
  by_user  TEXT,
  doc      TEXT,
  sealed   BLOB,
  wrapped  BLOB,
  n        INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX draft_by_due ON draft (due) WHERE due IS NOT NULL AND n IS NULL;
CREATE INDEX draft_by_n ON draft (n) WHERE n IS NOT NULL;

-- Idempotency keys, 7 days (trust P5). answer: the JSON body first given.
CREATE TABLE idempotency (
  user   INTEGER NOT NULL,
  key    TEXT NOT NULL,
  hash   BLOB NOT NULL,
  at     INTEGER NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (user, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_by_at ON idempotency (at);

-- The public portion: the site reads this and nothing else. json: codec/brief_json. okey as story.okey.
CREATE TABLE brief (
  okey     INTEGER PRIMARY KEY,
  n        INTEGER NOT NULL UNIQUE,
  language TEXT NOT NULL,
  is_killed INTEGER NOT NULL DEFAULT 0,
  json     TEXT NOT NULL
) STRICT;
CREATE INDEX brief_by_language ON brief (language, is_killed, okey);
CREATE TABLE brief_section (
  section  TEXT NOT NULL,
  language TEXT NOT NULL,
  okey     INTEGER NOT NULL,
  PRIMARY KEY (section, language, okey)
) STRICT, WITHOUT ROWID;
CREATE INDEX brief_section_by_okey ON brief_section (okey);
-- Words of briefs that are shown, and of nothing else (store/briefs.c writes them). facet: l + language. rowid = brief.okey.
CREATE VIRTUAL TABLE brief_words USING fts5 (
  exact, stem, facet,
  content = '', columnsize = 0, tokenize = 'ascii'
);

-- Organisations: current state; terms by sequence number, so that "rights as they stood at each record" can be told.
CREATE TABLE org (
  id      INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  name    TEXT NOT NULL UNIQUE COLLATE NOCASE,
  closed_at INTEGER,
  created INTEGER NOT NULL,
  contact TEXT NOT NULL DEFAULT '{}',  -- personal data, JSON: name, phone, mail
  settings TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE org_terms (
  org   INTEGER NOT NULL,
  seq   INTEGER NOT NULL,
  terms TEXT,                          -- canonical JSON; NULL = ended
  PRIMARY KEY (org, seq)
) STRICT, WITHOUT ROWID;
-- Personal data that records commit to; salt and data go with an erasure.
CREATE TABLE person (
  seq   INTEGER PRIMARY KEY,
  kind  INTEGER NOT NULL,              -- EVENT_ORG or EVENT_USER
  id    INTEGER NOT NULL,
  json  TEXT NOT NULL,
  salt  BLOB NOT NULL
) STRICT;

CREATE TABLE user (
  id       INTEGER PRIMARY KEY,
  version  INTEGER NOT NULL,
  name     TEXT NOT NULL UNIQUE COLLATE NOCASE,
  role     INTEGER NOT NULL,
  org      INTEGER,
  mail     TEXT,
  password TEXT,                       -- argon2id, or "k:" + keyed BLAKE2b for generated secrets
  must_change INTEGER NOT NULL DEFAULT 0,
  is_demo  INTEGER NOT NULL DEFAULT 0,
  is_disabled INTEGER NOT NULL DEFAULT 0,
  created  INTEGER NOT NULL,
  settings TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE token (
  id      INTEGER PRIMARY KEY,
  user    INTEGER NOT NULL,
  hash    BLOB NOT NULL UNIQUE,        -- keyed BLAKE2b
  scope   INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  revoked INTEGER,
  used    INTEGER
) STRICT;
CREATE TABLE session (
  hash    BLOB PRIMARY KEY,            -- keyed BLAKE2b of the cookie
  user    INTEGER NOT NULL,
  csrf    TEXT NOT NULL,
  created INTEGER NOT NULL,
  seen    INTEGER NOT NULL,
  address TEXT,
  agent   TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX session_by_user ON session (user);

CREATE TABLE code (
  kind INTEGER NOT NULL,
  code INTEGER NOT NULL,
  word TEXT NOT NULL,
  tr   TEXT NOT NULL,
  en   TEXT NOT NULL,
  ar   TEXT NOT NULL,
  PRIMARY KEY (kind, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE lead (
  id     INTEGER PRIMARY KEY,
  at     INTEGER NOT NULL,
  closed_at INTEGER,
  address TEXT,
  json   TEXT NOT NULL                 -- name, organisation, mail, phone, interest, message, language, page
) STRICT;

-- HAS downloads per organisation and agency day, for download_limit; the ledger of fetches comes to stand beside it.
CREATE TABLE quota (
  org   INTEGER NOT NULL,
  day   INTEGER NOT NULL,
  used  INTEGER NOT NULL,
  PRIMARY KEY (org, day)
) STRICT, WITHOUT ROWID;

-- Words of the current, live versions: base/stem.h makes the tokens, so SQLite's built-in `ascii` tokenizer reads them
-- as they are and the database can be searched by any tool. facet: codes as words, by store/facet.h. rowid = story.okey.
CREATE VIRTUAL TABLE words USING fts5 (
  head, exact, stem, facet,
  content = '', columnsize = 0, tokenize = 'ascii', prefix = '3'
);
