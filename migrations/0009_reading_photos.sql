-- Photos of meters that prove sent readings: one for a reading, at most 300 kB of JPEG, sealed.

CREATE TABLE reading_photos (
    sent_reading_id TEXT PRIMARY KEY REFERENCES sent_readings (id),
    -- the beginning of `sealed`, which names its key: a rotation of keys searches it and reads no picture in vain
    sealed_by TEXT NOT NULL,
    -- when it was attached; a newer photo replaces it
    attached_at BIGINT NOT NULL,
    sealed TEXT NOT NULL
);
CREATE INDEX reading_photos_by_age ON reading_photos (attached_at);
