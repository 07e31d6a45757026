// biome-ignore-all lint/a11y/useSemanticElements: part of an ARIA grid that places its rows by itself
// biome-ignore-all lint/a11y/useFocusableInteractive: the button in it takes the focus
import { UnstyledButton } from '@mantine/core';

/** The head of a column; pressing it sorts by it, up, then down, then no more. */
export function SortHeader({
  name,
  label,
  sort,
  onSort,
  column,
  sortable,
}: {
  name: string;
  label: string;
  /** As the API takes it: a name, with `-` before it descending. */
  sort: string;
  onSort(sort: string): void;
  column: number;
  sortable: boolean;
}) {
  const direction = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none';
  const next = { none: name, ascending: `-${name}`, descending: '' }[direction];

  return (
    <div role="columnheader" aria-colindex={column} aria-sort={direction} className="grid-cell">
      {sortable ? (
        <UnstyledButton className="grid-sort" onClick={() => onSort(next)}>
          {label} <span aria-hidden>{{ none: '', ascending: '▲', descending: '▼' }[direction]}</span>
        </UnstyledButton>
      ) : (
        label
      )}
    </div>
  );
}
