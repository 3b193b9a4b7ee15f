-- What a person is told. `notice_sent` says which channel has it: a notice without a row there waits.
CREATE TABLE notice (
    notice_id       TEXT PRIMARY KEY,
    kind            TEXT NOT NULL,
    severity        TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
    title           TEXT NOT NULL,
    text            TEXT NOT NULL,
    silent          INTEGER NOT NULL,
    made_at         INTEGER NOT NULL,  -- microseconds since 1970, UTC
    acknowledged_at TEXT,
    escalated_at    TEXT
) STRICT;

CREATE INDEX notice_by_time ON notice (made_at);
CREATE INDEX notice_unheard ON notice (made_at)
    WHERE severity = 'critical' AND acknowledged_at IS NULL;

CREATE TABLE notice_sent (
    notice_id TEXT NOT NULL,
    channel   TEXT NOT NULL,
    times     INTEGER NOT NULL,
    sent_at   INTEGER NOT NULL,  -- the last time, microseconds since 1970, UTC
    PRIMARY KEY (notice_id, channel)
) WITHOUT ROWID, STRICT;
