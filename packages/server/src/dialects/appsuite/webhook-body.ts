import type { WebhookBody } from '../../modules/automations/index.ts';
import { type App, type AppField, type MemberSource, memberNames } from '../../modules/records/index.ts';
import { detailUrl, downloadUrl } from './addresses.ts';
import { encodeRecord } from './record-json.ts';

export type AccessUrls = { internal: string; external: string };

/**
 * The body of a webhook: nine keys in the seed's order (appsuite §1.2). `data` holds every part under its name, whoever
 * acted and whether or not the app is in identifier mode (appsuite §1.3).
 */
export function createWebhookBody(deps: {
  directory: MemberSource;
  timeZone: () => string;
  accessUrls: () => AccessUrls;
}): WebhookBody {
  return {
    async encode(events) {
      const { internal, external } = deps.accessUrls();
      const people = await memberNames(
        deps.directory,
        events[0]?.app.fields ?? [], // the changes of one save are all of one app
        events.map(({ row }) => row),
        events.flatMap(({ row }) => [row.created_by, row.updated_by]),
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
          data: encodeRecord(app, row, app.fields, context),
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
