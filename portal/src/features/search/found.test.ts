import { expect, it } from 'vitest';
import { groupFindings } from './found.ts';
import { searchMessages } from './messages.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const nothing = {
  project: [],
  repository: [],
  chart: [],
  tag: [],
  artifact: [],
  label: [],
  annotation: [],
  truncated: [],
};

it('what was not found has no group', () => {
  expect(groupFindings(nothing, searchMessages.en)).toEqual([]);
});

it('tags and artifacts lead to their repository, whatever its depth', () => {
  const repository_name = 'library/team/app';
  const [tags, artifacts] = groupFindings(
    {
      ...nothing,
      tag: [{ repository_name, name: '1.0', digest: DIGEST }],
      artifact: [{ repository_name, digest: DIGEST, type: 'IMAGE' }],
      truncated: ['artifact'],
    },
    searchMessages.en,
  );
  expect(tags).toMatchObject({
    kind: 'tag',
    isTruncated: false,
    findings: [
      {
        label: 'library/team/app:1.0',
        place: { page: 'reference', project: 'library', reference: 'team/app:1.0' },
      },
    ],
  });
  expect(artifacts).toMatchObject({
    kind: 'artifact',
    isTruncated: true,
    findings: [
      { label: 'library/team/app@sha256:aaaaaaaaaaaa', place: { reference: `team/app@${DIGEST}` } },
    ],
  });
});

it('several annotations of one artifact are told apart', () => {
  const one = { repository_name: 'library/app', digest: DIGEST, value: 'v' };
  const [group] = groupFindings(
    {
      ...nothing,
      annotation: [
        { ...one, key: 'a' },
        { ...one, key: 'b' },
      ],
    },
    searchMessages.en,
  );
  const keys = group?.findings.map(({ key }) => key);
  expect(new Set(keys).size).toBe(2);
});

it('labels lead to those of their project, or of all', () => {
  const label = { id: 1, name: 'stable', description: '', color: '#ff0000', project_id: 0 };
  const [group] = groupFindings(
    {
      ...nothing,
      label: [
        { ...label, scope: 'g' },
        { ...label, id: 2, scope: 'p', project_id: 3, project_name: 'team' },
      ],
    },
    searchMessages.en,
  );
  expect(group?.findings.map(({ place }) => place)).toEqual([
    { page: 'global-labels' },
    { page: 'labels', project: 'team' },
  ]);
});
