import { resolve } from 'node:path';
import { type Settings, settingKeys, settingSources } from './settings.ts';

/** One setting as an administrator may see it. */
export type SettingInForce = {
  key: string;
  /** null: not set, or a secret. */
  value: string | null;
  /** Its value, or a part of it, is not shown. */
  secret: boolean;
  source: 'environment' | 'file' | 'secretFile' | 'default';
};

/** How each setting's value is written; passwords are left out. */
const values: Record<string, (settings: Settings) => unknown> = {
  RENKEI_HOST: ({ host }) => host,
  RENKEI_PORT: ({ port }) => port,
  // what a listener's settings hold may be secret
  RENKEI_LISTENERS: ({ listeners }) =>
    listeners.map(({ host, port, dialects }) => `${host}:${port} (${dialects.join(', ')})`).join('; '),
  RENKEI_TLS_CERT: ({ tls }) => tls?.cert,
  RENKEI_TLS_KEY: ({ tls }) => tls?.key,
  RENKEI_DATA_DIR: ({ dataDir }) => resolve(dataDir),
  RENKEI_DATABASE_URL: ({ databaseUrl }) => withoutPassword(databaseUrl),
  RENKEI_WORKSPACE: ({ workspace }) => workspace,
  RENKEI_ADMIN_PASSWORD: () => undefined,
  RENKEI_SECRET_KEY: () => undefined,
  RENKEI_ACCESS_TOKEN_TTL: ({ accessTokenTtl }) => accessTokenTtl,
  RENKEI_REFRESH_TOKEN_TTL: ({ refreshTokenTtl }) => refreshTokenTtl,
  RENKEI_PUBLISH_HEALTHCHECK: ({ publishHealthcheck }) => publishHealthcheck,
  RENKEI_UPSTREAM_AUTH_URL: ({ upstreamAuthUrl }) => withoutPassword(upstreamAuthUrl),
  RENKEI_TLS_VERIFY: ({ tlsVerify }) => tlsVerify,
  RENKEI_ACCESS_URL_SOURCE: ({ accessUrlSource }) => accessUrlSource,
  RENKEI_RICH_TEXT_DISALLOWED_TAGS: ({ richTextDisallowedTags }) => richTextDisallowedTags,
  RENKEI_OUTBOUND_ALLOW: ({ outboundAllow }) => outboundAllow.join(', '),
  RENKEI_SMTP_URL: ({ smtpUrl }) => withoutPassword(smtpUrl),
  RENKEI_LOG_LEVEL: ({ logLevel }) => logLevel,
  RENKEI_APPSUITE_SERIAL: ({ appsuiteSerial }) => appsuiteSerial,
  RENKEI_FUSION_PLACE_AUTH: ({ fusionPlaceAuth }) => fusionPlaceAuth.join(', '),
  RENKEI_MAX_UNPACKED: ({ maxUnpacked }) => maxUnpacked,
};
const secrets = new Set(['RENKEI_ADMIN_PASSWORD', 'RENKEI_SECRET_KEY']);

/** What the server runs with: each setting with its value, unless it is secret, and where that came from. */
export function settingsInForce(
  settings: Settings,
  environment: NodeJS.ProcessEnv = process.env,
): SettingInForce[] {
  const sources = settingSources(settings.dataDir, environment);
  return settingKeys.map((key) => {
    const value = values[key]?.(settings);
    return {
      key,
      value: value === undefined || value === '' ? null : String(value),
      secret: secrets.has(key),
      source: sources.get(key) ?? 'default',
    };
  });
}

/** An address with `***` in the place of its password, and of parameters that may be one. */
function withoutPassword(address: string | undefined): string | undefined {
  if (address === undefined) return undefined;
  return address
    .replace(/^([a-z0-9+.-]+:\/\/[^/?#@]*?:)[^/?#]*@/i, '$1***@')
    .replaceAll(/([?&](?:password|pass|token|key|secret)=)[^&]*/gi, '$1***');
}
