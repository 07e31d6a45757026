import * as administration from './administration.ts';
import * as design from './design.ts';
import type { RequestType } from './request-type.ts';
import { exportValues, importValues } from './values.ts';

/** Every `type` that the Web-API knows (fusion_place §3). */
export const requestTypes: Readonly<Record<string, RequestType>> = {
  IMPORT_VALUES: importValues,
  EXPORT_VALUES: exportValues,
  CALCULATE_BY_FORM: administration.calculateByForm,
  RUN_SCRIPT: administration.runScript,
  EXPORT_DIMENSION: design.exportDimension,
  IMPORT_DIMENSION: design.importDimension,
  IMPORT_PARTICIPANTS: design.importParticipants,
  EXPORT_PARTICIPANTS: design.exportParticipants,
  IMPORT_PARTICIPANT_AUTHS: design.importParticipantAuths,
  EXPORT_PARTICIPANT_AUTHS: design.exportParticipantAuths,
  IMPORT_USER_ACCOUNTS: design.importUserAccounts,
  EXPORT_USER_ACCOUNTS: design.exportUserAccounts,
  IMPORT_TRANSLATION_TABLE: design.importTranslationTable,
  PUBLISH_EDITION: administration.publishEdition,
  COMPRESS_EDITIONS: administration.compressEditions,
  COMPRESS_LEDGER_LINES: administration.compressLedgerLines,
  DELETE_LEDGER_HISTORY: administration.deleteLedgerHistory,
  INTAKE_TO_PROCESS: administration.intakeToProcess,
  SWEEP_GARBAGE: administration.sweepGarbage,
  BACKUP_APPLICATION: administration.backupApplication,
  EXPORT_APPLICATION_TEMPLATE: design.exportApplicationTemplate,
  IMPORT_APPLICATION_TEMPLATE: design.importApplicationTemplate,
};
