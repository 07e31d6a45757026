import { childrenNamed, childText, type Element } from '../../../platform/soap/element.ts';
import { escapeText } from '../../../platform/xml/escape.ts';

/** The types of the provisioning protocol, with their fields in the order of the wire (oscm §3.2). */

export type SoapUser = {
  applicationUserId: string | undefined;
  email: string | undefined;
  locale: string | undefined;
  roleIdentifier: string | undefined;
  userFirstName: string | undefined;
  userId: string;
  userLastName: string | undefined;
};

export type SoapParameter = { encrypted: boolean; parameterId: string; value: string | undefined };
export type SoapAttribute = {
  attributeId: string;
  controllerId: string | undefined;
  encrypted: boolean;
  value: string | undefined;
};

export type InstanceRequest = {
  attributeValue: readonly SoapAttribute[];
  defaultLocale: string;
  loginUrl: string | undefined;
  organizationId: string;
  organizationName: string;
  parameterValue: readonly SoapParameter[];
  referenceId: string | undefined;
  subscriptionId: string;
};

export type InstanceInfo = {
  accessInfo: string | undefined;
  baseUrl: string | undefined;
  instanceId: string | undefined;
  loginPath: string | undefined;
};

type Value = string | boolean | undefined | readonly object[];

/**
 * Fields of a type, qualified, in the order in which the object has them; absent ones are left out. Values that are
 * marked `encrypted` are secrets: with `mask` they are hidden, for the record of calls.
 */
function qualified(record: object, mask: boolean): string {
  const secret = 'encrypted' in record && record.encrypted === true;
  return Object.entries(record as Record<string, Value>)
    .map(([name, value]) => {
      if (value === undefined) return '';
      if (typeof value === 'object') {
        return value.map((one) => `<o:${name}>${qualified(one, mask)}</o:${name}>`).join('');
      }
      return `<o:${name}>${secret && mask && name === 'value' ? '***' : escapeText(String(value))}</o:${name}>`;
    })
    .join('');
}

/** Children of a wrapper, which are unqualified; an object or list is of a type whose fields are qualified. */
export function writeArguments(
  record: Readonly<Record<string, string | undefined | object | readonly object[]>>,
  mask = false,
): string {
  return Object.entries(record)
    .map(([name, value]) => {
      if (value === undefined) return '';
      if (typeof value === 'string') return `<${name}>${escapeText(value)}</${name}>`;
      const list = Array.isArray(value) ? (value as readonly object[]) : [value];
      return list.map((one) => `<${name}>${qualified(one, mask)}</${name}>`).join('');
    })
    .join('');
}

/** `baseResult`: `rc` 0 is success, anything else failure with the application's text in `desc` (oscm §3.6). */
export type Result = { rc: number | undefined; desc: string | undefined; element: Element };

export function readResult(answer: Element): Result | undefined {
  const [element] = childrenNamed(answer, 'return');
  if (element === undefined || element.children.length === 0) return undefined;
  const rc = childText(element, 'rc');
  return { rc: rc === undefined ? undefined : Number(rc), desc: childText(element, 'desc'), element };
}

export function readInstance(element: Element): InstanceInfo | undefined {
  const [instance] = childrenNamed(element, 'instance');
  return instance && readInstanceInfo(instance);
}

export function readInstanceInfo(instance: Element): InstanceInfo {
  return {
    accessInfo: childText(instance, 'accessInfo'),
    baseUrl: childText(instance, 'baseUrl'),
    instanceId: childText(instance, 'instanceId'),
    loginPath: childText(instance, 'loginPath'),
  };
}

/** Application user ids by user id, as far as the application gave any. */
export function readUsers(element: Element): Map<string, string> {
  const users = childrenNamed(element, 'users').flatMap((user): [string, string][] => {
    const id = childText(user, 'userId');
    const applicationId = childText(user, 'applicationUserId');
    return id !== undefined && applicationId !== undefined ? [[id, applicationId]] : [];
  });
  return new Map(users);
}
