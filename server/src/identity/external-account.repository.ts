import { sql } from 'kysely';
import {
  type Database,
  type DatabaseTransaction,
  isUniqueViolation,
  transact,
} from '../db/index.ts';
import { type ExternalGroup, type ExternalIdentity, groupTypeOf } from './user.ts';

export interface ExternalAccountRepository {
  /**
   * Finds the account that is linked to the identity, or creates it, and takes over what the
   * source tells: groups and the admin flag. A change of either ends the account's tokens.
   *
   * @returns the user's id; undefined when another account has the name
   */
  ensure(identity: ExternalIdentity): Promise<number | undefined>;
  find(
    identity: Pick<ExternalIdentity, 'source' | 'issuer' | 'subject'>,
  ): Promise<number | undefined>;
}

export function createExternalAccountRepository(db: Database): ExternalAccountRepository {
  return {
    find: (identity) => findLinked(db, identity),
    ensure: (identity) => ensure(db, identity),
  };
}

async function ensure(db: Database, identity: ExternalIdentity): Promise<number | undefined> {
  try {
    return await transact(db, async (tx) => {
      const linked = await findLinked(tx, identity);
      const id = linked ?? (await create(tx, identity));
      const groupIds = await ensureGroups(tx, identity);
      const hasGroupsChanged = await putGroups(tx, id, groupIds);
      await putAdmin(tx, id, identity.isAdmin, hasGroupsChanged);
      return id;
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    // Two first logins at once: the other one made the account. Otherwise the name is taken.
    return findLinked(db, identity);
  }
}

async function findLinked(
  db: Database | DatabaseTransaction,
  { source, issuer, subject }: Pick<ExternalIdentity, 'source' | 'issuer' | 'subject'>,
): Promise<number | undefined> {
  const row = await db
    .selectFrom('user_identity')
    .innerJoin('app_user', 'app_user.id', 'user_identity.user_id')
    .select('user_identity.user_id')
    .where('source', '=', source)
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .where('app_user.deleted_at', 'is', null)
    .executeTakeFirst();
  return row?.user_id;
}

const COMMENTS: Readonly<Record<ExternalIdentity['source'], string>> = {
  ldap: 'from LDAP.',
  oidc: 'Onboarded via OIDC provider',
  http: 'By Authproxy',
  uaa: 'From UAA',
};

async function create(tx: DatabaseTransaction, identity: ExternalIdentity): Promise<number> {
  const { id } = await tx
    .insertInto('app_user')
    .values({
      username: identity.username,
      password_hash: null,
      email: await freeEmail(tx, identity.email),
      realname: identity.realname,
      comment: COMMENTS[identity.source],
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { source, issuer, subject } = identity;
  await tx.insertInto('user_identity').values({ user_id: id, source, issuer, subject }).execute();
  return id;
}

/** Two people of a directory may share an address; an address links nobody to anything here. */
async function freeEmail(
  tx: DatabaseTransaction,
  email: string | undefined,
): Promise<string | null> {
  if (email === undefined || email === '') return null;
  const taken = await tx
    .selectFrom('app_user')
    .select('id')
    .where((eb) => eb(eb.fn('lower', ['email']), '=', email.toLowerCase()))
    .executeTakeFirst();
  return taken === undefined ? email : null;
}

async function ensureGroups(
  tx: DatabaseTransaction,
  { source, groups }: ExternalIdentity,
): Promise<number[]> {
  const ids = new Set<number>();
  for (const group of groups) ids.add(await ensureGroup(tx, groupTypeOf[source], group));
  return [...ids].toSorted((a, b) => a - b);
}

/** The id of the group, made if there is none: LDAP groups go by their DN, others by name. */
export async function ensureGroup(
  tx: DatabaseTransaction,
  type: number,
  { name, dn = '' }: ExternalGroup,
): Promise<number> {
  await tx
    .insertInto('user_group')
    .values({ name, type, ldap_dn: dn })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { id } = await tx
    .selectFrom('user_group')
    .select('id')
    .where('type', '=', type)
    .where((eb) =>
      dn === '' ? eb('name', '=', name) : eb(eb.fn('lower', ['ldap_dn']), '=', dn.toLowerCase()),
    )
    .executeTakeFirstOrThrow();
  return id;
}

/** Makes `groupIds` the user's groups; tells whether they were others. */
async function putGroups(
  tx: DatabaseTransaction,
  userId: number,
  groupIds: readonly number[],
): Promise<boolean> {
  const removed = await tx
    .deleteFrom('user_group_user')
    .where('user_id', '=', userId)
    .$if(groupIds.length > 0, (query) => query.where('group_id', 'not in', groupIds))
    .executeTakeFirst();
  if (groupIds.length > 0) {
    await tx
      .insertInto('user_group_user')
      .values(groupIds.map((groupId) => ({ group_id: groupId, user_id: userId })))
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
  // A group more takes nothing away.
  return removed.numDeletedRows > 0n;
}

async function putAdmin(
  tx: DatabaseTransaction,
  userId: number,
  isAdmin: boolean,
  endsTokens: boolean,
): Promise<void> {
  await tx
    .updateTable('app_user')
    .set({
      is_admin_by_source: isAdmin,
      token_epoch: sql`token_epoch + CASE WHEN ${endsTokens} OR (is_admin_by_source AND NOT ${isAdmin}) THEN 1 ELSE 0 END`,
    })
    .where('id', '=', userId)
    .where((eb) => eb.or([eb.val(endsTokens), eb('is_admin_by_source', '!=', isAdmin)]))
    .execute();
}
