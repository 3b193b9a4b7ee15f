-- What a restart needs of an unfinished day. Documents are empty in the files of replays.
ALTER TABLE intent ADD COLUMN session_date TEXT NOT NULL DEFAULT '';
ALTER TABLE intent ADD COLUMN generation INTEGER NOT NULL DEFAULT 1;
ALTER TABLE intent ADD COLUMN sent_at TEXT;
ALTER TABLE intent ADD COLUMN document TEXT NOT NULL DEFAULT '';
ALTER TABLE execution ADD COLUMN session_date TEXT NOT NULL DEFAULT '';
ALTER TABLE execution ADD COLUMN document TEXT NOT NULL DEFAULT '';

CREATE INDEX intent_by_day ON intent (session_date);
CREATE INDEX execution_by_day ON execution (session_date);
CREATE UNIQUE INDEX one_generation ON intent (plan_id, purpose, generation);

CREATE TABLE plan (
    plan_id      TEXT PRIMARY KEY,
    session_date TEXT NOT NULL,
    rank         INTEGER NOT NULL,
    document     TEXT NOT NULL
) STRICT;

CREATE INDEX plan_by_day ON plan (session_date, rank);

CREATE TABLE progress (
    session_date TEXT PRIMARY KEY,
    minute       INTEGER NOT NULL
) STRICT;

CREATE TABLE latch (
    kind          TEXT NOT NULL,
    exchange_date TEXT NOT NULL,
    reason        TEXT NOT NULL,
    at            TEXT NOT NULL,
    PRIMARY KEY (kind, exchange_date)
) STRICT;
