-- Deliveries: what each consumer has done with the log, and what it could not do.

-- Everything up to `cursor` is done or has a row in `delivery`. `token` grows with every change of
-- owner and fences the old one: a write with an older token breaks the NOT NULL of `cursor`.
CREATE TABLE consumer (
    name        TEXT PRIMARY KEY,
    cursor      INTEGER NOT NULL,
    owner       TEXT,
    epoch       INTEGER NOT NULL,
    token       INTEGER NOT NULL,
    lease_until INTEGER NOT NULL  -- microseconds since 1970, UTC
) STRICT;

-- Kept for ever: an event has its effect on a consumer once, however late it comes again.
CREATE TABLE inbox (
    consumer TEXT NOT NULL,
    event_id TEXT NOT NULL,
    done_at  TEXT NOT NULL,
    PRIMARY KEY (consumer, event_id)
) WITHOUT ROWID, STRICT;

-- Only events that failed at least once.
CREATE TABLE delivery (
    consumer     TEXT NOT NULL,
    event_id     TEXT NOT NULL,
    seq          INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('retry', 'dead')),
    attempts     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,  -- microseconds since 1970, UTC
    failed_at    TEXT NOT NULL,
    reason       TEXT NOT NULL,
    trace        TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    envelope     TEXT NOT NULL,     -- the event itself: with Redis it may be from another log
    PRIMARY KEY (consumer, event_id)
) WITHOUT ROWID, STRICT;

CREATE INDEX delivery_by_state ON delivery (state, consumer, seq);

-- How far a transport has been filled from the log, and from where on it still holds everything.
CREATE TABLE relay (
    name    TEXT PRIMARY KEY,
    cursor  INTEGER NOT NULL,
    trimmed INTEGER NOT NULL
) STRICT;
