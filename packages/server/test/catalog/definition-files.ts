/** Definition files of our own for both dialects; what a test is about it passes in. */

type Attributes = Record<string, string | undefined>;

export const oscm = 'oscm.serviceprovisioning/1.9/TechnicalService.xsd';

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export function tag(name: string, attributes: Attributes = {}, body = ''): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => (value === undefined ? '' : ` ${key}="${escaped(value)}"`))
    .join('');
  return body === '' ? `<${name}${written}/>` : `<${name}${written}>${body}</${name}>`;
}

export const description = (text = 'Text', locale: string | undefined = 'en') =>
  tag('LocalizedDescription', { locale }, text);
export const named = (text = 'Name', locale: string | undefined = 'en') =>
  tag('LocalizedName', { locale }, text);
export const info = (text = 'Call us', locale: string | undefined = 'en') =>
  tag('AccessInfo', { locale }, text);

/** A parameter of OSCM's dialect. */
export const parameter = (attributes: Attributes = {}, options = '') =>
  tag('ParameterDefinition', { id: 'P', valueType: 'STRING', ...attributes }, options + description());
export const options = (...ids: string[]) =>
  tag(
    'Options',
    {},
    ids.map((id) => tag('Option', { id }, tag('LocalizedOption', { locale: 'en' }, 'Choice'))).join(''),
  );
export const event = (id = 'E') => tag('Event', { id }, description());
export const role = (id = 'R') => tag('Role', { id }, named() + description());
export const operation = (id = 'O', inner = '') =>
  tag('Operation', { id, actionURL: 'http://app.example.com/op?wsdl' }, named() + description() + inner);
export const operationParameter = (attributes: Attributes = {}) =>
  tag('OperationParameter', { id: 'OP', type: 'INPUT_STRING', ...attributes }, named());

export const document19 = (...services: string[]) =>
  tag('tns:TechnicalServices', { 'xmlns:tns': oscm }, services.join('\n'));

/** A service of OSCM's dialect, LOGIN unless said otherwise. */
export const service19 = (attributes: Attributes = {}, body = '') =>
  tag(
    'tns:TechnicalService',
    {
      id: 'Example',
      accessType: 'LOGIN',
      baseUrl: 'http://app.example.com:8080/app',
      loginPath: '/login',
      provisioningUrl: 'http://app.example.com:8080/app/p?wsdl',
      ...attributes,
    },
    body,
  );

export const file19 = (attributes: Attributes = {}, body = '') => document19(service19(attributes, body));

export const document14 = (...services: string[]) => tag('TechnicalServices', {}, services.join('\n'));

/** A service of the seed's dialect. */
export const service14 = (attributes: Attributes = {}, body = '') =>
  tag(
    'TechnicalService',
    {
      id: 'Example',
      version: '1.00',
      accessType: 'LOGIN',
      provisioningType: 'SYNCHRONOUS',
      baseUrl: 'http://app.example.com:8080/app',
      loginPath: '/login',
      provisioningUrl: 'http://app.example.com:8080/app/p?wsdl',
      ...attributes,
    },
    body,
  );

export const file14 = (attributes: Attributes = {}, body = '') => document14(service14(attributes, body));

/** What the seed's examples show, in words of our own (oscm §7 case 1). */
export const sample14 = (version = '1.00') => `<?xml version="1.0" encoding="UTF-8"?>
<TechnicalServices>
  <TechnicalService accessType="PLATFORM" baseUrl="http://app.example.com:7777/files" build="25.01.2010"
      descriptionUrl="http://www.example.com" id="SampleService" loginPath="/login"
      provisioningType="SYNCHRONOUS" provisioningUrl= "http://app.example.com:8090/provision?wsdl"
      version="${version}">
    <LocalizedDescription locale="en">Stores files</LocalizedDescription>
    <LocalizedDescription locale="ja">ファイルを保存します</LocalizedDescription>
    <LocalizedLicense locale="en">Use it well.</LocalizedLicense>
    <ParameterDefinition configurable="true" default="2" id="MEMORY_STORAGE" mandatory="false" valueType="ENUMERATION">
      <Options>
        <Option id="1"><LocalizedOption locale="en">Small (1 GB)</LocalizedOption></Option>
        <Option id="2"><LocalizedOption locale="en">Middle (2 GB)</LocalizedOption></Option>
        <Option id="3"><LocalizedOption locale="en">Large (4 GB)</LocalizedOption></Option>
      </Options>
    </ParameterDefinition>
    <ParameterDefinition configurable="true" default="200" id="MAX_FOLDER_NUMBER2" mandatory="true" maxValue="500"
        minValue="12" valueType="INTEGER">
      <LocalizedDescription locale="en">Folders that may be made</LocalizedDescription>
    </ParameterDefinition>
    <Event id="FILE_DOWNLOAD"><LocalizedDescription locale="en">A file was fetched</LocalizedDescription></Event>
    <Role id="ADMIN">
      <LocalizedName locale="en">Administrator</LocalizedName>
      <LocalizedDescription locale="en">May do everything</LocalizedDescription>
    </Role>
    <Role id="GUEST">
      <LocalizedName locale="en">Guest</LocalizedName>
      <LocalizedDescription locale="en">May read</LocalizedDescription>
    </Role>
    <Operation id="BACKUP" type="SYNCHRONOUS" actionURL="http://app.example.com:7777/op?wsdl">
      <LocalizedName locale="en">Backup</LocalizedName>
      <LocalizedDescription locale="en">Copies everything</LocalizedDescription>
    </Operation>
  </TechnicalService>
</TechnicalServices>
`;
