-- When the provider last vouched for the identity, and since when somebody has been asking again.
ALTER TABLE user_identity
  ADD COLUMN checked_at timestamptz,
  ADD COLUMN check_started_at timestamptz;

-- People whom the provider knows and who still have to choose a name here. The cookie's value is
-- nowhere, only its hash; the identity with its tokens is sealed.
CREATE TABLE oidc_onboarding (
  secret_hash bytea PRIMARY KEY,
  identity text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX oidc_onboarding_expires_at ON oidc_onboarding (expires_at);
CREATE INDEX login_failure_updated_at ON login_failure (updated_at);
