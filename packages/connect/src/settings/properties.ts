/** A connection property: one entry of the table in docs/connect/properties.md. */
export interface Property {
  name: string;
  group:
    | 'Authentication'
    | 'OAuth'
    | 'SSL'
    | 'Firewall'
    | 'Proxy'
    | 'Logging'
    | 'Schema'
    | 'Caching'
    | 'Misc';
  type: 'string' | 'integer' | 'boolean';
  /** Value used when the connection string does not set the property; empty: none. */
  default: string;
  /** Never shown: not in messages, logs or `sys_connection_props`. */
  secret?: true;
  /** The only values allowed, compared without regard to case. */
  values?: readonly string[];
  /** Other names for the same property. */
  aliases?: readonly string[];
  description: string;
}

/** The properties every source understands (connector §3.2); a source may add its own. */
export const commonProperties: readonly Property[] = [
  {
    name: 'Driver',
    group: 'Misc',
    type: 'string',
    default: 'highrise',
    description: 'Name of a built-in source, or the path of a YAML file that describes one',
  },
  {
    name: 'URL',
    group: 'Authentication',
    type: 'string',
    default: '',
    description: "Base address used instead of the account's own",
  },
  {
    name: 'AuthScheme',
    group: 'Authentication',
    type: 'string',
    default: '',
    description: "How to authenticate: one of the source's schemes; empty: its first one",
  },
  {
    name: 'InitiateOAuth',
    group: 'OAuth',
    type: 'string',
    default: 'OFF',
    values: ['OFF', 'REFRESH', 'GETANDREFRESH'],
    description:
      'OFF: tokens are given by hand. REFRESH: exchange a verifier or use stored tokens, renew them, never prompt. GETANDREFRESH: also open the browser when there is no token',
  },
  {
    name: 'OAuthClientId',
    group: 'OAuth',
    type: 'string',
    default: '',
    aliases: ['ClientId'],
    description: 'Client id of the registered application',
  },
  {
    name: 'OAuthClientSecret',
    group: 'OAuth',
    type: 'string',
    default: '',
    secret: true,
    aliases: ['ClientSecret'],
    description: 'Client secret of the registered application',
  },
  {
    name: 'OAuthAccessToken',
    group: 'OAuth',
    type: 'string',
    default: '',
    secret: true,
    description: 'Access token given by hand',
  },
  {
    name: 'OAuthRefreshToken',
    group: 'OAuth',
    type: 'string',
    default: '',
    secret: true,
    description: 'Refresh token given by hand',
  },
  {
    name: 'OAuthVerifier',
    group: 'OAuth',
    type: 'string',
    default: '',
    secret: true,
    description: 'Code of the redirect, exchanged for tokens on the first connection (headless flow)',
  },
  {
    name: 'CallbackURL',
    group: 'OAuth',
    type: 'string',
    default: 'http://localhost:33333',
    aliases: ['RedirectURI'],
    description: 'Redirect address registered for the application',
  },
  {
    name: 'OAuthSettingsLocation',
    group: 'OAuth',
    type: 'string',
    default: '',
    description:
      "File that keeps the tokens, encrypted; `memory://NAME` keeps them in this process. Empty: OAuthSettings.txt in the user's configuration folder",
  },
  {
    name: 'OAuthSettingsKey',
    group: 'OAuth',
    type: 'string',
    default: '',
    secret: true,
    description:
      'Further secret mixed into the key of the settings file; needed again where the file is copied to',
  },
  {
    name: 'OAuthExpiresIn',
    group: 'OAuth',
    type: 'integer',
    default: '',
    description: 'Life of the token given by hand, in seconds',
  },
  {
    name: 'OAuthTokenTimestamp',
    group: 'OAuth',
    type: 'integer',
    default: '',
    description: 'When the token given by hand was issued, in milliseconds since 1970',
  },
  {
    name: 'OAuthAuthorizationURL',
    group: 'OAuth',
    type: 'string',
    default: '',
    description: "Complete address of the authorization endpoint; empty: the source's own",
  },
  {
    name: 'OAuthAccessTokenURL',
    group: 'OAuth',
    type: 'string',
    default: '',
    description: "Complete address of the token endpoint; empty: the source's own",
  },
  {
    name: 'SSLServerCert',
    group: 'SSL',
    type: 'string',
    default: '',
    description:
      "Certificate to trust beside the system's: PEM text or the path of a PEM file; `*` accepts any certificate",
  },
  {
    name: 'FirewallType',
    group: 'Firewall',
    type: 'string',
    default: 'NONE',
    values: ['NONE', 'TUNNEL', 'SOCKS5'],
    description: 'Kind of firewall to go through: an HTTP tunnel or a SOCKS 5 server',
  },
  {
    name: 'FirewallServer',
    group: 'Firewall',
    type: 'string',
    default: '',
    description: 'Host of the firewall',
  },
  {
    name: 'FirewallPort',
    group: 'Firewall',
    type: 'integer',
    default: '',
    description: 'Port of the firewall',
  },
  {
    name: 'FirewallUser',
    group: 'Firewall',
    type: 'string',
    default: '',
    description: 'User at the firewall',
  },
  {
    name: 'FirewallPassword',
    group: 'Firewall',
    type: 'string',
    default: '',
    secret: true,
    description: 'Password at the firewall',
  },
  {
    name: 'ProxyAutoDetect',
    group: 'Proxy',
    type: 'boolean',
    default: 'false',
    description: 'Take the proxy from HTTPS_PROXY, HTTP_PROXY and NO_PROXY',
  },
  { name: 'ProxyServer', group: 'Proxy', type: 'string', default: '', description: 'Host of the HTTP proxy' },
  {
    name: 'ProxyPort',
    group: 'Proxy',
    type: 'integer',
    default: '80',
    description: 'Port of the HTTP proxy',
  },
  {
    name: 'ProxyAuthScheme',
    group: 'Proxy',
    type: 'string',
    default: 'BASIC',
    values: ['BASIC', 'NONE'],
    description: 'How to authenticate at the proxy',
  },
  { name: 'ProxyUser', group: 'Proxy', type: 'string', default: '', description: 'User at the proxy' },
  {
    name: 'ProxyPassword',
    group: 'Proxy',
    type: 'string',
    default: '',
    secret: true,
    description: 'Password at the proxy',
  },
  {
    name: 'ProxySSLType',
    group: 'Proxy',
    type: 'string',
    default: 'AUTO',
    values: ['AUTO', 'ALWAYS', 'NEVER', 'TUNNEL'],
    description: 'ALWAYS: speak TLS to the proxy itself; the others speak plain HTTP to it',
  },
  {
    name: 'ProxyExceptions',
    group: 'Proxy',
    type: 'string',
    default: '',
    description: 'Semicolon list of hosts reached without the proxy; `*.example.com` covers subdomains',
  },
  {
    name: 'Logfile',
    group: 'Logging',
    type: 'string',
    default: '',
    description: 'File to log to; empty: no log',
  },
  {
    name: 'Verbosity',
    group: 'Logging',
    type: 'integer',
    default: '1',
    values: ['1', '2', '3', '4', '5'],
    description:
      '1: statements, row counts, times, errors. 2: also requests and cache work. 3: also headers and bodies. 4 and 5: also waits, retries and connections',
  },
  {
    name: 'LogModules',
    group: 'Logging',
    type: 'string',
    default: '',
    description: 'Semicolon list of SQL, HTTP, AUTH, CACHE: what to log; empty: all',
  },
  {
    name: 'MaxLogFileSize',
    group: 'Logging',
    type: 'string',
    default: '100MB',
    description: 'Size at which a new file is begun, in bytes or with KB, MB, GB; at least 100KB',
  },
  {
    name: 'MaxLogFileCount',
    group: 'Logging',
    type: 'integer',
    default: '0',
    description: 'Number of log files kept, at least 2; 0 or less: all',
  },
  {
    name: 'Location',
    group: 'Schema',
    type: 'string',
    default: '',
    description: 'Folder in which a Driver name that is not built in is looked for, as NAME.yaml',
  },
  {
    name: 'Tables',
    group: 'Schema',
    type: 'string',
    default: '',
    description: 'Comma list of the tables the metadata reports; empty: all',
  },
  {
    name: 'Views',
    group: 'Schema',
    type: 'string',
    default: '',
    description: 'Comma list of the views the metadata reports; empty: all',
  },
  {
    name: 'BrowsableSchemas',
    group: 'Schema',
    type: 'string',
    default: '',
    description: 'Comma list of the schemas the metadata reports; empty: all',
  },
  {
    name: 'AutoCache',
    group: 'Caching',
    type: 'boolean',
    default: 'false',
    description:
      'Answer SELECTs from a local copy, which is brought up to date when older than CacheTolerance',
  },
  {
    name: 'CacheLocation',
    group: 'Caching',
    type: 'string',
    default: '',
    description: 'SQLite file that holds the local copy; empty: kept in memory while the connection is open',
  },
  {
    name: 'CacheTolerance',
    group: 'Caching',
    type: 'integer',
    default: '600',
    description: 'Age up to which the local copy is used as it is, in seconds',
  },
  {
    name: 'Offline',
    group: 'Caching',
    type: 'boolean',
    default: 'false',
    description: 'Answer from the local copy only; no request is made',
  },
  {
    name: 'CacheMetadata',
    group: 'Caching',
    type: 'boolean',
    default: 'false',
    description: 'Accepted for strings written for CData, without effect: a cached table keeps its columns',
  },
  {
    name: 'MaxRows',
    group: 'Misc',
    type: 'integer',
    default: '-1',
    description: 'Most rows a query without aggregate or GROUP BY gives; -1: no limit',
  },
  {
    name: 'PseudoColumns',
    group: 'Misc',
    type: 'string',
    default: '',
    description: '`Table=Column;Table=Column`, quoted: pseudo-columns shown as columns; `*` stands for all',
  },
  {
    name: 'Readonly',
    group: 'Misc',
    type: 'boolean',
    default: 'false',
    description: 'Refuse INSERT, UPDATE and DELETE',
  },
  {
    name: 'Timeout',
    group: 'Misc',
    type: 'integer',
    default: '60',
    description: 'Longest single exchange with the server, in seconds; 0: no limit',
  },
  {
    name: 'PushDown',
    group: 'Misc',
    type: 'string',
    default: 'true',
    description:
      'false: fetch whole lists and filter here. A comma list of tables: push down for all tables but these',
  },
  {
    name: 'UserDefinedViews',
    group: 'Misc',
    type: 'string',
    default: '',
    description: 'Path of a JSON file of views: `{"Name": {"query": "SELECT …"}}`',
  },
  {
    name: 'SupportEnhancedSQL',
    group: 'Misc',
    type: 'boolean',
    default: 'true',
    values: ['true'],
    description: 'Accepted for strings written for CData: what the service cannot do is always computed here',
  },
  {
    name: 'RTK',
    group: 'Misc',
    type: 'string',
    default: '',
    secret: true,
    description: 'Accepted for strings written for CData, without effect: there is no licence key',
  },
];
