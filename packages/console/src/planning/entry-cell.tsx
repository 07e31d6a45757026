// biome-ignore-all lint/a11y/useKeyWithClickEvents: keys are handled by the sheet as a whole
import { Table, TextInput } from '@mantine/core';
import { useRef } from 'react';
import { amountText } from './name-of.ts';

/** A cell of the sheet: its amount, or the input in which it is entered. */
export function EntryCell({
  place,
  text,
  message,
  open,
  active,
  editing,
  label,
  onActivate,
  onEdit,
  onChange,
  onLeave,
}: {
  /** `row:column`. */
  place: string;
  text: string;
  /** Why the text was refused. */
  message: string | undefined;
  open: boolean;
  active: boolean;
  /** What is being typed. */
  editing: string | undefined;
  label: string;
  onActivate(): void;
  onEdit(): void;
  onChange(text: string): void;
  onLeave(text: string): void;
}) {
  const left = useRef(false);
  return (
    <Table.Td
      role="gridcell"
      ta="right"
      className={`amount entry-cell${open ? '' : ' entry-closed'}${message === undefined ? '' : ' entry-refused'}`}
      data-cell={place}
      tabIndex={active && editing === undefined ? 0 : -1}
      aria-readonly={!open}
      aria-invalid={message !== undefined}
      title={message}
      onFocus={onActivate}
      onClick={onActivate}
      onDoubleClick={() => open && onEdit()}
    >
      {editing === undefined ? (
        amountText(text === '' ? null : text)
      ) : (
        <TextInput
          size="xs"
          autoFocus
          aria-label={label}
          value={editing}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
          onFocus={() => {
            left.current = false;
          }}
          onKeyDown={({ key }) => {
            left.current = ['Enter', 'Tab', 'Escape'].includes(key); // the sheet has done what there is to do
          }}
          onBlur={() => {
            if (!left.current) onLeave(editing);
            left.current = false;
          }}
        />
      )}
    </Table.Td>
  );
}
