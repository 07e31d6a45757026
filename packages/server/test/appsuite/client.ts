export type Json = Record<string, unknown>;

/** A client of the AppSuite API as programs write them. */
export function client(url: string, key = 'key-maeda-1') {
  const address = `${url}/cgi-bin/dneo/appsr.cgi`;

  async function post(parameters: Record<string, string>): Promise<Json> {
    const response = await fetch(address, {
      method: 'POST',
      headers: { 'x-desknets-auth': key },
      body: new URLSearchParams(parameters),
    });
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    return (await response.json()) as Json;
  }

  return {
    address,
    post,
    insert: (app: number | string, parts: Record<string, string>, more: Record<string, string> = {}) =>
      post({ action: 'insert_data', app_id: String(app), ...braced(parts), ...more }),
    update: (
      app: number | string,
      id: unknown,
      parts: Record<string, string>,
      more: Record<string, string> = {},
    ) => post({ action: 'update_data', app_id: String(app), data_id: String(id), ...braced(parts), ...more }),
    async record(
      app: number | string,
      id: unknown,
    ): Promise<Record<string, { val: unknown; type?: string }>> {
      const answer = await post({ action: 'get_data', app_id: String(app), data_id: String(id) });
      if (answer.status !== 'ok') throw new Error(JSON.stringify(answer));
      return answer.record as Record<string, { val: unknown }>;
    },
  };
}

export function braced(parts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(parts).map(([name, value]) => [`{{${name}}}`, value]));
}

export const users = [
  {
    id: 'maeda',
    number: 15,
    name: '前田隆',
    password: 'pass-maeda-1',
    roles: ['admin'],
    accessKeys: ['key-maeda-1'],
  },
  { id: 'sasaki', number: 34, name: '佐々木光', password: 'pass-sasaki-1', accessKeys: ['key-sasaki-1'] },
];

/** The equipment app of the seed's sample. */
export const bihin = {
  id: 59,
  alias: 'bihin',
  name: '備品アプリ',
  fields: [
    { id: 101, name: '備品名', alias: 'item', type: 'text', required: true, maxLength: 100 },
    { id: 102, name: '出庫数', alias: 'out', type: 'number', min: 0 },
    { id: 103, name: '在庫数', alias: 'stock', type: 'formula', expression: '14 - 出庫数', result: 'number' },
  ],
};
