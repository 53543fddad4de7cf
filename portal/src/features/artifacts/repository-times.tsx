import type { ReactNode } from 'react';
import type { Column } from '../../ui/data-table.tsx';
import { Bytes, Time } from '../../ui/values.tsx';
import { LabelChips, Pushed } from './repository-cells.tsx';
import type { LabelRow } from './repository-data.ts';
import type { repositoryMessages } from './repository-messages.ts';

interface Stored {
  readonly size: number;
  readonly push_time: string;
  readonly pull_time: string;
  readonly pushed_by?: string;
  readonly labels: readonly LabelRow[] | null;
}

type Words = (typeof repositoryMessages)['en'];

export function sizeColumn(m: Words): Column<Stored> {
  return {
    key: 'size',
    title: m.size,
    sort: 'size',
    align: 'right',
    render: ({ size }): ReactNode => <Bytes value={size} />,
  };
}

/** What tags and artifacts are told of alike. */
export function lastColumns(m: Words): readonly Column<Stored>[] {
  return [
    { key: 'labels', title: m.labels, render: ({ labels }) => <LabelChips labels={labels} /> },
    {
      key: 'pushed',
      title: m.pushed,
      sort: 'push_time',
      render: ({ push_time: time, pushed_by: name }) => <Pushed time={time} name={name} />,
    },
    {
      key: 'pulled',
      title: m.pulled,
      sort: 'pull_time',
      render: ({ pull_time: time }) => <Time value={time} />,
    },
  ];
}
