import { statusOf } from '../http/index.ts';
import type { AppError } from '../lib/index.ts';
import type { ChartReply } from './chart-museum.ts';

/** A refusal as ChartMuseum words it: `{"error": "…"}`. */
export function presentChartError(error: AppError): ChartReply {
  return jsonReply(statusOf(error.kind), { error: error.message });
}

/** JSON as ChartMuseum answers it. */
export function jsonReply(status: number, value: unknown): ChartReply {
  const body = Buffer.from(JSON.stringify(value));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
  };
  return { status, headers, body };
}
