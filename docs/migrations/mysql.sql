CREATE TABLE IF NOT EXISTS sessions (
  id varchar(200) CHARACTER SET ascii COLLATE ascii_bin PRIMARY KEY,
  version bigint NOT NULL,
  body longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  expires_at datetime(3) NOT NULL,
  lease_owner varchar(64) CHARACTER SET ascii COLLATE ascii_bin,
  lease_until datetime(3),
  INDEX sessions_expires_at (expires_at)
) ENGINE=InnoDB;
