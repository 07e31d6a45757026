import type { WebhookBody } from '../../modules/automations/index.ts';
import type { App, AppField } from '../../modules/records/index.ts';
import { detailUrl, downloadUrl } from './addresses.ts';
import { type PeopleDirectory, peopleIn } from './people.ts';
import { encodeRecord } from './record-json.ts';

export type AccessUrls = { internal: string; external: string };

/**
 * The body of a webhook: nine keys in the seed's order (appsuite §1.2). `data` holds every part under its name, whoever
 * acted and whether or not the app is in identifier mode (appsuite §1.3).
 */
export function createWebhookBody(deps: {
  directory: PeopleDirectory;
  /** What the references of an app show. */
  shownFields: (app: App) => Promise<ReadonlyMap<AppField, AppField>>;
  timeZone: () => string;
  accessUrls: () => AccessUrls;
}): WebhookBody {
  return {
    async encode(events) {
      const { internal, external } = deps.accessUrls();
      const apps = [...new Set(events.map(({ app }) => app))];
      const shown = new Map(
        await Promise.all(apps.map(async (app) => [app, await deps.shownFields(app)] as const)),
      );
      const people = await peopleIn(
        deps.directory,
        events.map(({ app, row }) => ({ row, fields: app.fields, shown: shown.get(app)! })),
      );
      const context = {
        people,
        timeZone: deps.timeZone(),
        fileUrl: (app: App, field: AppField, file: number) => downloadUrl(internal, app, field, file),
      };
      return events.map(({ app, row, operation, title }) =>
        JSON.stringify({
          app_id: String(app.id),
          data_id: String(row.id),
          data: encodeRecord(app, row, app.fields, { ...context, shown: shown.get(app)! }),
          type: operation,
          app_name: app.name,
          action_name: title,
          access_token: '',
          url: detailUrl(internal, app.id, row.id),
          external_url: detailUrl(external, app.id, row.id),
        }),
      );
    },
    withToken: (body, accessToken) => JSON.stringify({ ...JSON.parse(body), access_token: accessToken }),
  };
}
