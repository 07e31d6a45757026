import { escapeAttribute } from '../../platform/xml/escape.ts';

/** The SOAP services as tables; their WSDL is written from them. */

export const namespace = 'http://oscm.org/xsd';
/** Told in every WSDL, as OSCM's own do. */
export const apiVersion = 'v1.9';

/** `type` is a simple type of XML Schema (`xs:…`) or one of the service's own. */
export type Field = { name: string; type: string; many?: true; required?: true };
export type Operation = { input: readonly Field[]; output?: Field };
export type SoapService = {
  name: string;
  operations: Readonly<Record<string, Operation>>;
  types: Readonly<Record<string, readonly Field[]>>;
  /** Names of the faults' detail elements. */
  faults: readonly string[];
};

/** `name: type`, `name: type*` for many, `name: type!` for required. */
export function fields(...texts: string[]): Field[] {
  return texts.map((text) => {
    const [name = '', type = ''] = text.split(': ');
    return {
      name,
      type: type.replace(/[*!]$/, ''),
      ...(type.endsWith('*') && { many: true as const }),
      ...(type.endsWith('!') && { required: true as const }),
    };
  });
}

const faultBean = fields(
  'causeStackTrace: xs:string',
  'id: xs:string',
  'messageKey: xs:string',
  'messageParams: xs:string*',
);

/** The WSDL 1.1 of a service at this address. */
export function writeWsdl({ name, operations, types, faults }: SoapService, address: string): string {
  const names = Object.keys(operations);
  const wrappers = names.flatMap((operation) => {
    const { input, output } = operations[operation] as Operation;
    return [wrapper(operation, input), wrapper(`${operation}Response`, output ? [output] : [])];
  });
  const schema = [
    ...wrappers,
    ...faults.map((fault) => `<xs:element name="${fault}" type="tns:ApplicationExceptionBean"/>`),
    complexType('ApplicationExceptionBean', faultBean, 'qualified'),
    ...Object.entries(types).map(([type, own]) => complexType(type, own, 'qualified')),
  ];
  const messages = names.flatMap((operation) => [
    `<message name="${operation}"><part name="parameters" element="tns:${operation}"/></message>`,
    `<message name="${operation}Response"><part name="parameters" element="tns:${operation}Response"/></message>`,
  ]);
  const faultMessages = faults.map(
    (fault) => `<message name="${fault}"><part name="fault" element="tns:${fault}"/></message>`,
  );
  const ports = names.map(
    (operation) =>
      `<operation name="${operation}"><input message="tns:${operation}"/><output message="tns:${operation}Response"/>${faults
        .map((fault) => `<fault name="${fault}" message="tns:${fault}"/>`)
        .join('')}</operation>`,
  );
  const literal = '<soap:body use="literal"/>';
  const bindings = names.map(
    (operation) =>
      `<operation name="${operation}"><soap:operation soapAction=""/><input>${literal}</input><output>${literal}</output>${faults
        .map((fault) => `<fault name="${fault}"><soap:fault name="${fault}" use="literal"/></fault>`)
        .join('')}</operation>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:tns="${namespace}" targetNamespace="${namespace}" name="${name}">
<documentation>${apiVersion}</documentation>
<types><xs:schema targetNamespace="${namespace}" elementFormDefault="qualified">
${schema.join('\n')}
</xs:schema></types>
${[...messages, ...faultMessages].join('\n')}
<portType name="${name}">
${ports.join('\n')}
</portType>
<binding name="${name}PortBinding" type="tns:${name}">
<soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
${bindings.join('\n')}
</binding>
<service name="${name}"><port name="${name}Port" binding="tns:${name}PortBinding"><soap:address location="${escapeAttribute(address)}"/></port></service>
</definitions>
`;
}

/** Direct children of a wrapper are unqualified, fields of types are qualified (oscm §3.1). */
function wrapper(name: string, own: readonly Field[]): string {
  return `<xs:element name="${name}"><xs:complexType>${sequence(own, 'unqualified')}</xs:complexType></xs:element>`;
}

function complexType(name: string, own: readonly Field[], form: string): string {
  return `<xs:complexType name="${name}">${sequence(own, form)}</xs:complexType>`;
}

function sequence(own: readonly Field[], form: string): string {
  const elements = own.map(({ name, type, many, required }) => {
    const occurs = `${required ? '' : ' minOccurs="0"'}${many ? ' maxOccurs="unbounded"' : ''}`;
    return `<xs:element name="${name}" type="${type.includes(':') ? type : `tns:${type}`}" form="${form}"${occurs}/>`;
  });
  return `<xs:sequence>${elements.join('')}</xs:sequence>`;
}

/** A value for `writeFields`: nothing is left out, a list is repeated, an object is a type of the service's own. */
export type FieldValue =
  | string
  | number
  | boolean
  | undefined
  | readonly FieldValue[]
  | { readonly [name: string]: FieldValue };
