ALTER TABLE app_user
  -- The password was made up by the registry, or by an administrator for somebody else: the portal
  -- asks for one of the user's own at the next sign-in.
  ADD COLUMN must_change_password boolean NOT NULL DEFAULT false;

-- The last pushes of all, for the first page of the portal.
CREATE INDEX artifact_recent ON artifact (pushed_at DESC, id DESC) INCLUDE (project_id)
  WHERE is_listed;
CREATE INDEX robot_expiry ON robot (expires_at) WHERE expires_at IS NOT NULL;
