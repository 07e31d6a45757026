import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { parse } from 'yaml';
import { readWorkspace } from '../api/workspace.ts';
import type { AppDeclaration } from './declaration.ts';

type Running = { apps: AppDeclaration[]; revision: number };

/** The apps as they are declared now. */
export function useRunningApps() {
  return useQuery({
    queryKey: ['workspace', 'apps'],
    async queryFn({ signal }): Promise<Running> {
      const { text, revision } = await readWorkspace(signal);
      return { apps: (parse(text) as { apps?: AppDeclaration[] }).apps ?? [], revision };
    },
    // what is being changed is not replaced under the hands, and never begun from something old
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

/** Changed apps laid over the running ones, so that what others change meanwhile shows up beside it. */
export function useDrafts(running: readonly AppDeclaration[]) {
  const [drafts, setDrafts] = useState<ReadonlyMap<number, AppDeclaration>>(new Map());
  return useMemo(() => {
    const known = new Set(running.map(({ id }) => id));
    const added = [...drafts.values()].filter(({ id }) => !known.has(id));
    const apps = [...running.map((app) => drafts.get(app.id) ?? app), ...added];
    const stored = new Map(running.map((app) => [app.id, JSON.stringify(app)]));
    return {
      apps,
      changed: apps.filter((app) => stored.get(app.id) !== JSON.stringify(app)),
      change: (...to: readonly AppDeclaration[]) =>
        setDrafts((before) => new Map([...before, ...to.map((app) => [app.id, app] as const)])),
      forget: () => setDrafts(new Map()),
    };
  }, [running, drafts]);
}
