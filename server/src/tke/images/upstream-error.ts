import { OciError } from '@berth/oci';
import { EgressError } from '../../egress/index.ts';

/** The existing Harbor did not do its part; nothing of what it said is for clients. */
export function upstreamFailure(error: unknown): unknown {
  if (!(error instanceof EgressError)) return error;
  const { message, status } = failures[error.code];
  return new OciError('UNAVAILABLE', message, { status, cause: error });
}

const unreachable = { status: 503, message: 'the registry behind is out of reach; try again' };
const broken = { status: 502, message: 'the registry behind answered wrongly; try again' };
const refusedTls = { status: 502, message: 'the registry behind could not be trusted' };
const late = { status: 504, message: 'the registry behind did not answer in time; try again' };

const failures = {
  unreachable,
  'refused-address': unreachable,
  'invalid-url': broken,
  protocol: broken,
  'too-large': broken,
  tls: refusedTls,
  timeout: late,
} satisfies Record<EgressError['code'], { status: number; message: string }>;

/** What a server error of the existing Harbor becomes. */
export function upstreamStatusFailure(status: number): OciError {
  const { status: shown, message } = { 503: unreachable, 504: late }[status] ?? broken;
  return new OciError('UNAVAILABLE', message, {
    status: shown,
    cause: new Error(`the upstream answered ${status}`),
  });
}

export function brokenUpstream(reason: string): OciError {
  return new OciError('UNAVAILABLE', broken.message, {
    status: broken.status,
    cause: new Error(reason),
  });
}
