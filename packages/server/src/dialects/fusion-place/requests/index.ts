import type { RequestType } from './request-type.ts';
import { exportValues, importValues } from './values.ts';

/** Every `type` that the Web-API knows (fusion_place §3). */
export const requestTypes: Readonly<Record<string, RequestType>> = {
  IMPORT_VALUES: importValues,
  EXPORT_VALUES: exportValues,
};
