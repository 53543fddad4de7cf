import type { ApiReply } from '../api/index.ts';

/** What a call acted on, for the audit log: bodies of Harbor's answers do not tell. */
export interface Subject {
  readonly name: string;
  readonly projectId?: number;
}

const subjects = new WeakMap<ApiReply, Subject>();

/** The reply, with the audit log told what it is about. */
export function about(subject: Subject, reply: ApiReply): ApiReply {
  subjects.set(reply, subject);
  return reply;
}

/** Undefined for calls that failed. */
export function findSubject(reply: ApiReply | undefined): Subject | undefined {
  return reply && subjects.get(reply);
}
