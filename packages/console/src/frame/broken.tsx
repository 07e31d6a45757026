import { useRouteError } from 'react-router';
import { Problem } from './problem.tsx';

/** In place of a page that threw. */
export function Broken() {
  const error = useRouteError();
  const shown = error instanceof Error ? error : new Error(String(error));
  return <Problem error={shown} retry={() => window.location.reload()} />;
}
