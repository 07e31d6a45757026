import type { App, AppField } from '../../modules/records/index.ts';

/** An app has one detail screen; it has the id that the product's own sample shows. */
export const detailView = 4;

/** The folder of an access URL, which may name a file in it: `…/dneo/` of `…/dneo/dneo.cgi`. */
function folderOf(accessUrl: string): string {
  const { origin, pathname } = new URL(accessUrl);
  const last = pathname.slice(pathname.lastIndexOf('/') + 1);
  if (last.includes('.')) return origin + pathname.slice(0, pathname.lastIndexOf('/') + 1);
  return origin + (last === '' ? pathname : `${pathname}/`);
}

/** Address of a record's detail screen (appsuite §1.2 fact 6); empty where the access URL is. */
export function detailUrl(accessUrl: string, app: number, record: number): string {
  if (accessUrl === '') return '';
  return `${folderOf(accessUrl)}appsuite.exe?cmd=cdbbrowse&app_id=${app}#view_id=${detailView}&id=${record}`;
}

/** Address of a file's download (appsuite §2.8 fact 64). */
export function downloadUrl(accessUrl: string, app: App, field: AppField, file: number): string {
  const query = `action=download_data_file&app_id=${app.id}&field_id=${field.id}&id=${file}`;
  return `${accessUrl === '' ? '' : folderOf(accessUrl)}appsuite.cgi?${query}`;
}

/** Where the product's own screens are in the console: a record's detail screen, and an app's administration. */
export function consoleAddress({ cmd, app_id: app }: Record<string, unknown>): string | undefined {
  if (cmd !== 'cdbbrowse' && cmd !== 'cdbmsetappmanage') return undefined;
  const path = typeof app === 'string' && /^\d{1,9}$/.test(app) ? `/apps/${app}` : '/apps';
  // the fragment `#view_id=…&id=…` stays with the browser and reaches the console unchanged
  return cmd === 'cdbbrowse' || path === '/apps' ? path : `${path}/automations`;
}
