CREATE TABLE flights (bird INTEGER NOT NULL REFERENCES birds (id), km INTEGER NOT NULL);
CREATE INDEX flights_bird ON flights (bird);
