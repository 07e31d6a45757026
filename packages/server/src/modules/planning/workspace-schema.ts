import Type, { type Static } from 'typebox';

const strict = { additionalProperties: false };
const Name = Type.Object({ ja: Type.Optional(Type.String()), en: Type.Optional(Type.String()) }, strict);
const Label = Type.String({ minLength: 1 });
const Labels = Type.Array(Label);
const MemberByDimension = Type.Record(Type.String(), Label);
const MembersByDimension = Type.Record(Type.String(), Labels);

const memberParts = {
  label: Label,
  name: Type.Optional(Name),
  children: Type.Optional(Labels),
  /** false: holds no values although it has no children */
  leaf: Type.Optional(Type.Boolean()),
  active: Type.Optional(Type.Boolean()),
  /** false: in no tree although nothing has it as a child; true: at the root as well as below others */
  root: Type.Optional(Type.Boolean()),
  /** who made it: a designer (TEMPLATE, the default) or an administrator */
  kind: Type.Optional(Type.Union([Type.Literal('TEMPLATE'), Type.Literal('UDEF')])),
  properties: Type.Optional(Type.Record(Type.String(), Type.String())),
};

const Member = Type.Object(memberParts, strict);
export type MemberEntry = Static<typeof Member>;

const AccountTypes = Type.Union([
  Type.Literal('none'),
  Type.Literal('flow'),
  Type.Literal('balance'),
  Type.Literal('string'),
  Type.Literal('boolean'),
  Type.Literal('enumeration'),
]);
export type AccountType = Static<typeof AccountTypes>;
const Account = Type.Object(
  {
    ...memberParts,
    type: Type.Optional(AccountTypes),
    side: Type.Optional(Type.Union([Type.Literal('DR'), Type.Literal('CR')])),
    /** what a cell of type enumeration may hold */
    values: Type.Optional(Labels),
  },
  strict,
);
export type AccountEntry = Static<typeof Account>;

const Scenario = Type.Object(
  {
    label: Label,
    name: Type.Optional(Name),
    /** whose end of the previous fiscal year is carried forward; absent: the same scenario's */
    previous: Type.Optional(Label),
  },
  strict,
);
export type ScenarioEntry = Static<typeof Scenario>;

const Dimension = Type.Object(
  { label: Label, name: Type.Optional(Name), members: Type.Optional(Type.Array(Member)) },
  strict,
);

const Ledger = Type.Object({ label: Label, name: Type.Optional(Name), dimensions: Labels }, strict);

const ImportField = Type.Union([
  Label,
  Type.Object({ field: Label, translate: Type.Optional(Label) }, strict),
]);
const ExportRow = Type.Union([Label, Type.Object({ dimension: Label, members: Labels }, strict)]);

const Form = Type.Object(
  {
    label: Label,
    name: Type.Optional(Name),
    ledger: Label,
    parameters: Type.Optional(Labels),
    fixed: Type.Optional(MemberByDimension),
    /** display and import in this side's sign whatever the account says */
    sign: Type.Optional(Type.Union([Type.Literal('DR'), Type.Literal('CR')])),
    import: Type.Optional(
      Type.Object(
        {
          enabled: Type.Optional(Type.Boolean()),
          skipRows: Type.Optional(Type.Integer({ minimum: 0 })),
          fields: Type.Array(ImportField, { minItems: 1 }),
          /** several values to a row, each with members of its own */
          values: Type.Optional(Type.Array(Type.Object({ label: Label, fixed: MemberByDimension }, strict))),
        },
        strict,
      ),
    ),
    export: Type.Optional(
      Type.Object(
        {
          rows: Type.Array(ExportRow, { minItems: 1 }),
          header: Type.Optional(Type.Boolean()),
          aggregates: Type.Optional(Type.Boolean()),
        },
        strict,
      ),
    ),
    /** formulas over accounts, written back by CALCULATE_BY_FORM in this order */
    calculate: Type.Optional(Type.Array(Type.Object({ account: Label, formula: Type.String() }, strict))),
  },
  strict,
);
export type FormEntry = Static<typeof Form>;

const OpenPeriod = Type.Object(
  {
    scenario: Label,
    from: Type.String({ pattern: '^\\s*[^/]+/[^/]+$' }),
    months: Type.Integer({ minimum: 1 }),
  },
  strict,
);

const AccessType = Type.Object(
  {
    label: Label,
    name: Type.Optional(Name),
    read: Type.Optional(MembersByDimension),
    write: Type.Optional(MembersByDimension),
  },
  strict,
);
export type AccessTypeEntry = Static<typeof AccessType>;

const Participant = Type.Object(
  {
    label: Label,
    name: Type.Optional(Name),
    accessType: Type.Optional(Label),
    keys: Type.Optional(Type.Record(Type.String(), Label)),
    users: Type.Optional(Type.Array(Type.String())),
  },
  strict,
);

const TranslationRules = Type.Array(Type.Object({ from: Type.String(), to: Type.String() }, strict));

const TranslationTable = Type.Object(
  {
    label: Label,
    name: Type.Optional(Name),
    rules: Type.Optional(TranslationRules),
    participants: Type.Optional(Type.Record(Type.String(), TranslationRules)),
  },
  strict,
);

const Script = Type.Object(
  {
    label: Label,
    name: Type.Optional(Name),
    /** forms whose formulas are written back, in this order */
    calculate: Labels,
  },
  strict,
);

const Process = Type.Object({ label: Label, name: Type.Optional(Name), scenario: Label }, strict);

const Application = Type.Object(
  {
    label: Label,
    name: Type.Optional(Name),
    type: Type.Union([Type.Literal('workgroup'), Type.Literal('enterprise'), Type.Literal('workflow')]),
    /** calendar month of M1 */
    fiscalYearStart: Type.Optional(Type.Integer({ minimum: 1, maximum: 12 })),
    fiscalYears: Labels,
    scenarios: Type.Array(Scenario),
    accounts: Type.Array(Account),
    /** details of movement, below #CHG */
    changes: Type.Optional(Type.Array(Member)),
    dimensions: Type.Optional(Type.Array(Dimension)),
    ledgers: Type.Optional(Type.Array(Ledger)),
    editions: Type.Optional(Labels),
    forms: Type.Optional(Type.Array(Form)),
    openPeriods: Type.Optional(Type.Array(OpenPeriod)),
    accessTypes: Type.Optional(Type.Array(AccessType)),
    participants: Type.Optional(Type.Array(Participant)),
    translationTables: Type.Optional(Type.Array(TranslationTable)),
    scripts: Type.Optional(Type.Array(Script)),
    processes: Type.Optional(Type.Array(Process)),
  },
  strict,
);

/** One entry under `planning:` of the workspace file: a whole application as a designer declares it. */
export type ApplicationEntry = Static<typeof Application>;

export const PlanningSchema = Type.Array(Application);
