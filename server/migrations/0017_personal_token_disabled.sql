-- Personal tokens that also are API keys of a tenant (auth.tkestack.io).
ALTER TABLE personal_token
  -- Switched off for now, and can be switched on again.
  ADD COLUMN is_disabled boolean NOT NULL DEFAULT false,
  ADD COLUMN description text NOT NULL DEFAULT '' CHECK (length(description) <= 1024),
  -- The one tenant that an API key is good in; null is no API key, or one of an administrator.
  ADD COLUMN tenant text COLLATE "C";
CREATE INDEX personal_token_tenant ON personal_token (tenant) WHERE tenant IS NOT NULL;
