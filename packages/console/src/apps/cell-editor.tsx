import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { App, Field } from '../api/apps.ts';
import { changeRecord, type RecordJson, recordsKey, showSaved, type Value } from '../api/records.ts';
import { ApiError } from '../api/request.ts';
import { tellProblem } from '../frame/tell.tsx';
import { FieldInput } from '../records/field-input.tsx';
import type { Edit } from './use-undo.ts';

/** Edits one value in its cell: Enter or leaving saves, Escape gives up. The record's revision guards the change. */
export function CellEditor({
  app,
  record,
  field,
  onSaved,
  onDone,
}: {
  app: App;
  record: RecordJson;
  field: Field;
  onSaved(edit: Edit): void;
  onDone(): void;
}) {
  const queries = useQueryClient();
  // as it was when editing began: what others change meanwhile is a conflict, not the new start
  const [begun] = useState(record);
  const before = begun.fields[field.name] ?? null;
  const [value, setValue] = useState<Value>(before);
  const over = useRef(false);
  const saving = useMutation({
    mutationFn: () => changeRecord(app.id, begun, { [field.name]: value }),
    onSuccess(saved) {
      showSaved(queries, app, saved);
      onSaved({ record: saved.id, revision: saved.revision, field: field.name, before });
    },
    onError(error) {
      tellProblem(error);
      // somebody else was quicker: show what he wrote
      if (error instanceof ApiError && error.status === 412) {
        void queries.invalidateQueries({ queryKey: recordsKey(app.id) });
      }
    },
    onSettled: onDone,
  });

  function finish(save: boolean) {
    if (over.current) return; // leaving the input follows Enter
    over.current = true;
    if (save && value !== before) saving.mutate();
    else onDone();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: hears the keys of the input in it
    <div
      className="cell-editor"
      onBlur={() => finish(true)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') finish(false);
        if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
          event.preventDefault();
          finish(true);
        }
        event.stopPropagation();
      }}
    >
      <FieldInput app={app.id} field={field} value={value} onChange={setValue} inline />
    </div>
  );
}
