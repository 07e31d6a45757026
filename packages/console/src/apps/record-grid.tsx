// biome-ignore-all lint/a11y/useSemanticElements: a table cannot place its rows by itself, so this is an ARIA grid
// biome-ignore-all lint/a11y/useFocusableInteractive: in a grid the cells take the focus, not their rows
// biome-ignore-all lint/a11y/useKeyWithClickEvents: keys are handled by the grid as a whole
import { Anchor, Button, Group } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { type App, type Field, isComputed } from '../api/apps.ts';
import type { RecordJson } from '../api/records.ts';
import { valueText } from '../records/value-text.ts';
import { CellEditor } from './cell-editor.tsx';
import { SortHeader } from './sort-header.tsx';
import { useUndo } from './use-undo.ts';

/** Pixels. */
const rowHeight = 36;
const idWidth = 90;
const widths: Partial<Record<string, number>> = {
  number: 120,
  date: 120,
  time: 110,
  textarea: 260,
  richText: 260,
};
const usualWidth = 170;
/** Rows before the end at which the next page is asked for. */
const ahead = 40;
/** Types whose values fit into one line while they are edited; the others are edited on the record's page. */
const inlineTypes = new Set(['text', 'number', 'date', 'time', 'dateTime', 'select']);

type Cell = { row: number; column: number };

/**
 * Records as an ARIA grid: only the rows in sight exist as elements, and further pages are asked for as the end comes
 * near, so 100,000 records cost what a few screens do. Arrow keys move, Enter or F2 edits, Escape gives up, Ctrl+Z takes
 * the latest change back.
 */
export function RecordGrid({
  app,
  rows,
  more,
  complete,
  sort,
  onSort,
}: {
  app: App;
  rows: readonly RecordJson[];
  /** Asks for the next page; undefined while one is on its way and at the end. */
  more: (() => unknown) | undefined;
  complete: boolean;
  sort: string;
  onSort(sort: string): void;
}) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<Cell>({ row: 0, column: 0 });
  /** By record, for rows move when others add some. */
  const [editing, setEditing] = useState<{ record: number; column: number }>();
  const moved = useRef(false);
  const undo = useUndo(app);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const columns = app.fields.map((field) => widths[field.type] ?? usualWidth);
  const template = [idWidth, ...columns].map((width) => `${width}px`).join(' ');
  const width = columns.reduce((sum, one) => sum + one, idWidth);

  useEffect(() => {
    if (last >= rows.length - ahead) more?.();
  }, [last, rows.length, more]);

  useEffect(() => {
    if (!moved.current || editing) return;
    moved.current = false;
    scroller.current
      ?.querySelector<HTMLElement>(`[data-cell="${active.row}:${active.column}"]`)
      ?.focus({ preventScroll: false });
  });

  function canEdit(field: Field | undefined): field is Field {
    return (
      field !== undefined &&
      app.allowed.includes('change') &&
      !field.readOnly &&
      !isComputed(field) &&
      inlineTypes.has(field.type)
    );
  }

  function move(to: Cell) {
    moved.current = true;
    virtual.scrollToIndex(to.row);
    setActive(to);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (editing) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2);
    const to = destination(event, active, page, { row: rows.length - 1, column: app.fields.length });
    if (to) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'z' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      undo.undo();
    } else if ((event.key === 'Enter' || event.key === 'F2') && canEdit(app.fields[active.column - 1])) {
      event.preventDefault();
      const record = rows[active.row];
      if (record) setEditing({ record: record.id, column: active.column });
    }
  }

  function stopEditing() {
    moved.current = true;
    setEditing(undefined);
  }

  return (
    <>
      {undo.count > 0 && (
        <Group>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowBackUp size={16} aria-hidden />}
            onClick={undo.undo}
            loading={undo.running}
          >
            {t('grid.undo')}
          </Button>
        </Group>
      )}
      <div
        ref={scroller}
        role="grid"
        className="grid"
        aria-label={t('grid.label', { app: app.name })}
        aria-rowcount={complete ? rows.length + 1 : -1}
        aria-colcount={app.fields.length + 1}
        tabIndex={rows.length === 0 ? 0 : -1}
        onKeyDown={onKeyDown}
      >
        <div role="rowgroup" className="grid-head" style={{ width }}>
          <div role="row" aria-rowindex={1} className="grid-row" style={{ gridTemplateColumns: template }}>
            <SortHeader
              name="データID"
              label={t('record.id')}
              sort={sort}
              onSort={onSort}
              column={1}
              sortable
            />
            {app.fields.map((field, index) => (
              <SortHeader
                key={field.id}
                name={field.name}
                label={field.name}
                sort={sort}
                onSort={onSort}
                column={index + 2}
                sortable={isSortable(field)}
              />
            ))}
          </div>
        </div>
        <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize(), width }}>
          {items.map(({ index, start }) => {
            const record = rows[index]!;
            return (
              <div
                key={record.id}
                role="row"
                aria-rowindex={index + 2}
                className="grid-row"
                style={{ gridTemplateColumns: template, transform: `translateY(${start}px)` }}
              >
                {[undefined, ...app.fields].map((field, column) => {
                  const isActive = active.row === index && active.column === column;
                  const isEdited = editing?.record === record.id && editing.column === column;
                  return (
                    <div
                      key={field?.id ?? 0}
                      role="gridcell"
                      aria-colindex={column + 1}
                      aria-readonly={!canEdit(field)}
                      data-cell={`${index}:${column}`}
                      tabIndex={isActive ? 0 : -1}
                      className="grid-cell"
                      onClick={() => setActive({ row: index, column })}
                      onDoubleClick={() => canEdit(field) && setEditing({ record: record.id, column })}
                    >
                      {isEdited && field ? (
                        <CellEditor
                          app={app}
                          record={record}
                          field={field}
                          onSaved={undo.remember}
                          onDone={stopEditing}
                        />
                      ) : field ? (
                        valueText(field, record.fields[field.name])
                      ) : (
                        <Anchor
                          component={Link}
                          to={`records/${record.id}`}
                          size="sm"
                          tabIndex={isActive ? 0 : -1}
                        >
                          {record.id}
                        </Anchor>
                      )}
                    </div>
                  );
                })}
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}

const unsortable = new Set(['files', 'table', 'users', 'groups', 'multiSelect', 'textarea', 'richText']);

function isSortable({ type }: Field): boolean {
  return !unsortable.has(type);
}

/** Where a key leads to from a cell; undefined for keys that lead nowhere. */
function destination(event: KeyboardEvent, { row, column }: Cell, page: number, end: Cell): Cell | undefined {
  const to = (() => {
    switch (event.key) {
      case 'ArrowDown':
        return { row: row + 1, column };
      case 'ArrowUp':
        return { row: row - 1, column };
      case 'ArrowRight':
        return { row, column: column + 1 };
      case 'ArrowLeft':
        return { row, column: column - 1 };
      case 'PageDown':
        return { row: row + page, column };
      case 'PageUp':
        return { row: row - page, column };
      case 'Home':
        return { row: event.ctrlKey ? 0 : row, column: 0 };
      case 'End':
        return { row: event.ctrlKey ? end.row : row, column: end.column };
      default:
        return undefined;
    }
  })();
  return (
    to && {
      row: Math.max(0, Math.min(end.row, to.row)),
      column: Math.max(0, Math.min(end.column, to.column)),
    }
  );
}
