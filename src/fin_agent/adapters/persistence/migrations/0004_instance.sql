-- One row: how often this file was opened for trading. Whoever holds the newest number may write.
CREATE TABLE instance (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    epoch    INTEGER NOT NULL
) STRICT;

INSERT INTO instance VALUES (1, 0);
