export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;

export interface JsonObject {
  [key: string]: JsonValue;
}

const MAX_SHOWN_KEY_LENGTH = 64;

/** The JSON path of a member for error messages: `$.layers`, or `$["odd key"]`, long keys cut short. */
export function memberPath(where: string, key: string): string {
  if (/^[A-Za-z_$][\w$]{0,63}$/.test(key)) return `${where}.${key}`;
  const shown =
    key.length > MAX_SHOWN_KEY_LENGTH ? `${key.slice(0, MAX_SHOWN_KEY_LENGTH)}...` : key;
  return `${where}[${JSON.stringify(shown)}]`;
}

/** The JSON path of an array's element: `$.layers[3]`. */
export function elementPath(where: string, index: number): string {
  return `${where}[${index}]`;
}
