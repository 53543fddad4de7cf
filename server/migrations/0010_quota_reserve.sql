-- Keeps room for the bytes that a push brings, if the project has it: `needed` of them, and up to
-- `wanted`, a small part of the room that is left, to ask less often while a body of unknown
-- length comes in. `granted` is null when even `needed` do not fit. `used` is what the project
-- uses with the reservations of the others. Without a limit all is granted, and nothing written.
--
-- The lock is held for this call, and nobody waits for a disk meanwhile: the table is unlogged,
-- so the commit writes nothing that must be durable.
CREATE FUNCTION reserve_quota(
  project bigint, reservation uuid, needed bigint, wanted bigint, lifetime interval,
  OUT granted bigint, OUT hard bigint, OUT used bigint
) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(1903521652, (project % 2147483647)::integer);
  -- A statement of its own, to see what was committed until the lock was granted.
  SELECT quota.hard_storage,
         quota.used_storage
           + coalesce((SELECT sum(bytes) FROM quota_delta WHERE project_id = project), 0)
           + coalesce((SELECT sum(bytes) FROM quota_reservation
                       WHERE project_id = project AND id <> reservation AND expires_at > now()), 0)
  INTO hard, used
  FROM quota WHERE quota.project_id = project;
  IF hard IS NULL OR hard = -1 THEN
    granted := wanted;
    hard := -1;
    used := 0;
    RETURN;
  END IF;
  IF used + needed > hard THEN RETURN; END IF;
  granted := needed + least(greatest(wanted - needed, 0), (hard - used - needed) / 64);
  -- Whoever is about to end one of these is not waited for.
  DELETE FROM quota_reservation WHERE id IN (
    SELECT id FROM quota_reservation
    WHERE project_id = project AND id <> reservation AND expires_at <= now()
    FOR UPDATE SKIP LOCKED);
  INSERT INTO quota_reservation (id, project_id, bytes, expires_at)
  VALUES (reservation, project, granted, now() + lifetime)
  ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes, expires_at = excluded.expires_at;
END
$$;
