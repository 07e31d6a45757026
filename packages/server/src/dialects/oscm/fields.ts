import { escapeText } from '../../platform/xml/escape.ts';
import type { Field, FieldValue, SoapService } from './wsdl.ts';

/** An operation's answer as XML, in the order of the tables. */
export function writeAnswer(service: SoapService, operation: string, value: FieldValue): string {
  const output = service.operations[operation]?.output;
  const content = output === undefined ? '' : writeField(service, output, value, '');
  return `<o:${operation}Response xmlns:o="http://oscm.org/xsd">${content}</o:${operation}Response>`;
}

function writeField(service: SoapService, field: Field, value: FieldValue, prefix: string): string {
  if (value === undefined) return '';
  const values = Array.isArray(value) ? (value as readonly FieldValue[]) : [value];
  return values
    .map((one) => `<${prefix}${field.name}>${content(service, field, one)}</${prefix}${field.name}>`)
    .join('');
}

function content(service: SoapService, field: Field, value: FieldValue): string {
  if (typeof value !== 'object') return escapeText(String(value));
  const own = service.types[field.type] ?? [];
  const record = value as { readonly [name: string]: FieldValue };
  return own.map((inner) => writeField(service, inner, record[inner.name], 'o:')).join('');
}
