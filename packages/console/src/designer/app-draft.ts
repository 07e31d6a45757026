/** An app as it is drawn up on the designer's page, and the workspace file it stands for (contract §3). */

/** Types whose attributes the designer offers; the rest is written in the workspace file. */
export const draftTypes = [
  'text',
  'textarea',
  'richText',
  'number',
  'date',
  'time',
  'dateTime',
  'select',
  'multiSelect',
  'users',
  'groups',
  'files',
] as const;

export type FieldDraft = {
  id: number;
  name: string;
  type: string;
  required: boolean;
  /** One a line; select and multiSelect. */
  options: string;
};
export type AutomationDraft = { title: string; url: string; added: boolean; updated: boolean };
export type AppDraft = {
  id: number;
  name: string;
  alias: string;
  fields: FieldDraft[];
  automation: AutomationDraft | undefined;
};

const firstField = 101;

export function emptyDraft(taken: readonly number[]): AppDraft {
  return {
    id: Math.max(100, ...taken) + 1,
    name: '',
    alias: '',
    fields: [emptyField([])],
    automation: undefined,
  };
}

export function emptyField(fields: readonly FieldDraft[]): FieldDraft {
  const id = Math.max(firstField - 1, ...fields.map((field) => field.id)) + 1;
  return { id, name: '', type: 'text', required: false, options: '' };
}

/** The file that makes this app; what the draft leaves empty is left out. */
export function workspaceOf({ id, name, alias, fields, automation }: AppDraft) {
  return {
    renkei: 1,
    apps: [
      {
        id,
        ...(alias !== '' && { alias }),
        name,
        fields: fields.map((field) => ({
          id: field.id,
          name: field.name,
          type: field.type,
          ...(field.required && { required: true }),
          ...(/elect$/.test(field.type) && { options: linesOf(field.options) }),
        })),
        ...(automation && { automations: [automationOf(automation)] }),
      },
    ],
  };
}

function automationOf({ title, url, added, updated }: AutomationDraft) {
  const on = [...(added ? ['added'] : []), ...(updated ? ['updated'] : [])];
  return { title, enabled: true, on, webhook: { url } };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
