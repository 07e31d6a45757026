import type { ColumnDescription, SpecialWrite } from '../rest/description.ts';

/** The first item of each kind of contact data, as columns (connector §2.8 contact-data). */
const contacts = [
  ['EmailAddress', 'email-addresses/email-address', 'address'],
  ['Phone', 'phone-numbers/phone-number', 'number'],
  ['Street', 'addresses/address', 'street'],
  ['City', 'addresses/address', 'city'],
  ['State', 'addresses/address', 'state'],
  ['Zip', 'addresses/address', 'zip'],
  ['Country', 'addresses/address', 'country'],
  ['WebAddress', 'web-addresses/web-address', 'url'],
] as const;

export const contactColumns: ColumnDescription[] = contacts.map(([name, item, field]) => ({
  name,
  type: 'String',
  path: `contact-data/${item}/${field}`,
  description: 'Of the first item of its kind; an UPDATE changes that item, or adds one',
}));

/**
 * Writes a person or company. A contact item with its id is changed, one without is added (connector
 * §2.8): so the ids of the items that are there are read first, and new items get a location.
 */
export function writeContact(path: string, element: string) {
  return async ({ api, key, values, ordinary }: SpecialWrite, signal: AbortSignal) => {
    const items = new Set(contacts.filter(([name]) => values[name] !== undefined).map(([, item]) => item));
    if (items.size === 0) return ordinary(values);
    const present =
      key === null ? undefined : (await api.get(`${path}/${String(key)}.xml`, signal))?.parts(element)[0];
    return ordinary(values, (body) => {
      for (const item of items) {
        const id = present?.cell(`contact-data/${item}/id`);
        if (typeof id === 'string') body.set(`contact-data/${item}/id`, id, 'Integer');
        else body.set(`contact-data/${item}/location`, 'Work', 'String');
      }
    });
  };
}
