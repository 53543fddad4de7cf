import { isObjectName } from './object-name.ts';
import type { ChartGroup } from './tke-types.ts';

/** What is typed of a group of charts. */
export interface ChartGroupForm {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly type: ChartGroup['spec']['type'];
  readonly visibility: ChartGroup['spec']['visibility'];
  readonly users: readonly string[];
  readonly projects: readonly string[];
  readonly addr: string;
  readonly username: string;
  /** Empty: as it is. */
  readonly password: string;
}

/** The form of a group, or of a new one of the reader's. */
export function formOf(group: ChartGroup | undefined, user: string): ChartGroupForm {
  const users = user === '' ? [] : [user];
  if (group === undefined) return { ...blank, users };
  const { addr = '', username = '' } = group.spec.importedInfo ?? {};
  const { name, displayName = '', description = '', type, visibility, projects } = group.spec;
  const given = { name, displayName, description, type, visibility, projects, addr, username };
  return { ...blank, ...given, users: group.spec.users };
}

const blank: ChartGroupForm = {
  name: '',
  displayName: '',
  description: '',
  type: 'SelfBuilt',
  visibility: 'User',
  users: [],
  projects: [],
  addr: '',
  username: '',
  password: '',
};

/** What the API takes; the name is for making alone. */
export function presentForm(form: ChartGroupForm, isNew: boolean): object {
  const { name, displayName, description, type, visibility, users, projects } = form;
  return {
    ...(isNew && { name, type }),
    displayName,
    description,
    visibility,
    users: visibility === 'User' ? users : [],
    projects: visibility === 'Project' ? projects : [],
    ...(type === 'Imported' && { importedInfo: importedInfoOf(form) }),
  };
}

function importedInfoOf({ addr, username, password }: ChartGroupForm): object {
  return { addr, username, ...(password !== '' && { password: base64(password) }) };
}

function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

export function isWebAddress(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'http:' || url?.protocol === 'https:';
}

export function isComplete(form: ChartGroupForm): boolean {
  return isObjectName(form.name) && (form.type !== 'Imported' || isWebAddress(form.addr));
}
