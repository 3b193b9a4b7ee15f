-- The event log is the truth; every other table is a projection of it.
CREATE TABLE event_log (
    seq            INTEGER PRIMARY KEY,
    event_id       TEXT NOT NULL UNIQUE,
    type           TEXT NOT NULL,
    version        INTEGER NOT NULL,
    session_date   TEXT NOT NULL,
    account        TEXT NOT NULL,
    occurred_at    TEXT NOT NULL,
    recorded_at    TEXT NOT NULL,
    valid_until    TEXT,
    correlation_id TEXT NOT NULL,
    causation_id   TEXT NOT NULL,
    is_decision    INTEGER NOT NULL,
    payload        TEXT NOT NULL,
    row_hash       TEXT NOT NULL
) STRICT;

CREATE INDEX event_log_by_day ON event_log (session_date, seq);

CREATE TABLE intent (
    client_order_id TEXT PRIMARY KEY,
    plan_id         TEXT NOT NULL,
    purpose         TEXT NOT NULL,
    symbol          TEXT NOT NULL,
    side            TEXT NOT NULL,
    kind            TEXT NOT NULL,
    quantity        TEXT NOT NULL,
    price           TEXT,
    stop            TEXT,
    target          TEXT,
    decided_at      TEXT NOT NULL,
    valid_until     TEXT,
    state           TEXT NOT NULL,
    send_count      INTEGER NOT NULL,
    filled          TEXT NOT NULL,
    broker_id       TEXT,
    reason          TEXT
) STRICT;

CREATE UNIQUE INDEX one_live_exit ON intent (symbol)
    WHERE purpose = 'EXIT' AND state IN ('PENDING', 'SENDING', 'UNKNOWN', 'ACKED');

CREATE TABLE execution (
    execution_id    TEXT PRIMARY KEY,
    client_order_id TEXT NOT NULL,
    symbol          TEXT NOT NULL,
    quantity        TEXT NOT NULL,
    price           TEXT NOT NULL,
    at              TEXT NOT NULL,
    reason          TEXT NOT NULL,
    fees            TEXT NOT NULL
) STRICT;

CREATE TABLE trade (
    trade_id     TEXT PRIMARY KEY,
    session_date TEXT NOT NULL,
    symbol       TEXT NOT NULL,
    entry_time   TEXT NOT NULL,
    document     TEXT NOT NULL
) STRICT;

CREATE INDEX trade_by_day ON trade (session_date, entry_time);
