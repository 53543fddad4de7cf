import { describe, expect, it } from 'vitest';
import { distinctSize, plainCommand } from './layers.ts';

describe('layers', () => {
  it('that are listed twice are counted once', () => {
    const layer = { digest: 'sha256:a', size: 5 };
    expect(distinctSize([layer, layer, { digest: 'sha256:b', size: 2 }])).toBe(7);
    expect(distinctSize([])).toBe(0);
  });
});

describe('build steps', () => {
  it('are shown as they stood in the Dockerfile', () => {
    expect(plainCommand('/bin/sh -c #(nop)  CMD ["sh"]')).toBe('CMD ["sh"]');
    expect(plainCommand('/bin/sh -c apt-get update')).toBe('RUN apt-get update');
    expect(plainCommand('RUN /bin/sh -c make # buildkit')).toBe('RUN make');
    expect(plainCommand('COPY app /app # buildkit')).toBe('COPY app /app');
  });
});
