import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { App } from '../api/apps.ts';
import { changeRecord, recordsKey, showSaved, type Value } from '../api/records.ts';
import { ApiError } from '../api/request.ts';
import { tell, tellProblem } from '../frame/tell.tsx';

/** A value that was changed in its cell, and the revision that this made. */
export type Edit = { record: number; revision: number; field: string; before: Value };

/** Takes changes in cells back, the latest first; what somebody else has changed since is left alone. */
export function useUndo(app: App) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [edits, setEdits] = useState<readonly Edit[]>([]);
  const undoing = useMutation({
    mutationFn: ({ record, revision, field, before }: Edit) =>
      changeRecord(app.id, { id: record, revision }, { [field]: before }),
    onSuccess(saved, { field }) {
      showSaved(queries, app, saved);
      // earlier edits of the same record are taken back from its new revision
      setEdits((all) =>
        all.slice(0, -1).map((one) => (one.record === saved.id ? { ...one, revision: saved.revision } : one)),
      );
      tell(t('grid.undone', { field, id: saved.id }));
    },
    onError(error) {
      tellProblem(error);
      if (error instanceof ApiError && error.status < 500) setEdits((all) => all.slice(0, -1));
      void queries.invalidateQueries({ queryKey: recordsKey(app.id) });
    },
  });
  const last = edits.at(-1);
  return {
    count: edits.length,
    running: undoing.isPending,
    /** Edits of a record follow each other, so the earlier ones are now of this revision too. */
    remember: (edit: Edit) =>
      setEdits((all) => [
        ...all.map((one) => (one.record === edit.record ? { ...one, revision: edit.revision } : one)),
        edit,
      ]),
    undo: () => {
      if (last && !undoing.isPending) undoing.mutate(last);
    },
  };
}
