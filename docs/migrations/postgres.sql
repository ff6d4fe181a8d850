CREATE TABLE IF NOT EXISTS sessions (
  id varchar(200) COLLATE "C" PRIMARY KEY,
  version bigint NOT NULL,
  body text NOT NULL,
  expires_at timestamptz NOT NULL,
  lease_owner varchar(64),
  lease_until timestamptz
);
CREATE INDEX IF NOT EXISTS sessions_expires_at ON sessions (expires_at);
