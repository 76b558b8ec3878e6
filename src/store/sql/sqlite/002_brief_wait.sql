-- Live stories whose public portion waits for the delay of the option public_rule.
CREATE TABLE brief_wait (
  n   INTEGER PRIMARY KEY,
  due INTEGER NOT NULL
) STRICT;
CREATE INDEX brief_wait_by_due ON brief_wait (due);
