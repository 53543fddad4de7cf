/** The account that the registry is set up with; it cannot be deleted or dismissed. */
const FIRST_ADMINISTRATOR = 1;

interface Account {
  readonly user_id: number;
  readonly sysadmin_flag: boolean;
  readonly admin_role_in_auth: boolean;
}

/** Whether somebody is an administrator; undefined where the login source decides it. */
export function isAdministrator(user: Account, isDatabase: boolean): boolean | undefined {
  if (user.sysadmin_flag || user.admin_role_in_auth) return true;
  return isDatabase ? false : undefined;
}

/** Whether the reader may take this account away, or its right to do everything. */
export function isDispensable({ user_id: id }: Account, ownId: number | undefined): boolean {
  return id !== FIRST_ADMINISTRATOR && id !== ownId;
}
