import type { SourceDescription } from '../rest/description.ts';
import { accountTables } from './account.ts';
import { recordingTables } from './recordings.ts';
import { subjectTables } from './subjects.ts';

/** Highrise as tables (connector §2, §3.3, §4.5). */
export const highrise: SourceDescription = {
  name: 'highrise',
  baseUrl: 'https://{AccountId}.highrisehq.com',
  format: 'xml',
  properties: [
    {
      name: 'AccountId',
      group: 'Authentication',
      type: 'string',
      default: '',
      description: 'First label of the account’s host: MyInstance of https://MyInstance.highrisehq.com',
    },
    {
      name: 'APIToken',
      group: 'Authentication',
      type: 'string',
      default: '',
      secret: true,
      description: 'API token of the user, found under My Info',
    },
  ],
  auth: [
    {
      scheme: 'OAuth',
      type: 'oauth',
      authorizationUrl: 'https://launchpad.37signals.com/authorization/new',
      tokenUrl: 'https://launchpad.37signals.com/authorization/token',
      style: 'draft5',
    },
    { scheme: 'APIToken', type: 'basic', user: '{APIToken}', password: 'X', needs: ['APIToken'] },
  ],
  // connector §2.4
  limits: [
    { requests: 150, seconds: 5 },
    { requests: 2, seconds: 10, match: /\/search\.xml\?.*(?:criteria(?:\[|%5B))?email/i },
    { requests: 10, seconds: 10, match: /^[^?]*\/recordings\.xml/ },
  ],
  tables: [...subjectTables, ...recordingTables, ...accountTables],
};
