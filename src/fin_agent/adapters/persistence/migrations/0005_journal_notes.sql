-- What a person writes about a closed trade.
CREATE TABLE trade_note (
    note_id  TEXT PRIMARY KEY,
    trade_id TEXT NOT NULL,
    at       TEXT NOT NULL,
    text     TEXT NOT NULL,
    tag      TEXT NOT NULL,
    grade    TEXT NOT NULL
) STRICT;

CREATE INDEX trade_note_by_trade ON trade_note (trade_id, at);
