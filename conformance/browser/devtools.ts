/** An object of the Chrome DevTools Protocol; what is in it is for the reader to check. */
export type Properties = Readonly<Record<string, unknown>>;

/** A connection to a browser, or to one page of it. */
export interface Devtools {
  /** @throws Error with the browser's words when it refuses, or ends */
  send(method: string, params?: Properties): Promise<Properties>;
  on(event: string, listen: (params: Properties) => void): void;
  /** The same connection for a session of a page. */
  attach(sessionId: string): Devtools;
  close(): void;
}

interface Waiting {
  resolve(result: Properties): void;
  reject(error: Error): void;
}

/** @throws Error when nothing answers at the address */
export async function openDevtools(url: string): Promise<Devtools> {
  const socket = new WebSocket(url);
  const waiting = new Map<number, Waiting>();
  const listeners: { key: string; listen: (params: Properties) => void }[] = [];
  let lastId = 0;
  socket.addEventListener('message', ({ data }) => {
    const message = asProperties(JSON.parse(String(data)));
    const { id, error, method, sessionId = '', params } = message;
    if (typeof id !== 'number') {
      const key = `${String(sessionId)} ${String(method)}`;
      for (const one of listeners) if (one.key === key) one.listen(asProperties(params));
      return;
    }
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) asked?.resolve(asProperties(message['result']));
    else asked?.reject(new Error(textOf(asProperties(error), 'message')));
  });
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the browser has ended'));
    waiting.clear();
  });
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve());
    socket.addEventListener('error', () => reject(new Error(`no browser at ${url}`)));
  });

  const attach = (sessionId: string): Devtools => ({
    attach,
    send: (method, params = {}) =>
      new Promise((resolve, reject) => {
        if (socket.readyState !== WebSocket.OPEN) throw new Error('the browser has ended');
        lastId += 1;
        waiting.set(lastId, { resolve, reject });
        const session = sessionId === '' ? {} : { sessionId };
        socket.send(JSON.stringify({ id: lastId, method, params, ...session }));
      }),
    on: (event, listen) => void listeners.push({ key: `${sessionId} ${event}`, listen }),
    close: () => socket.close(),
  });
  return attach('');
}

/** What is no object has no properties. */
export function asProperties(value: unknown): Properties {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}

export function asList(value: unknown): Properties[] {
  return Array.isArray(value) ? value.map(asProperties) : [];
}

/** @throws Error when there is no text of that name */
export function textOf(properties: Properties, name: string): string {
  const value = properties[name];
  if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(properties)}`);
  return value;
}
