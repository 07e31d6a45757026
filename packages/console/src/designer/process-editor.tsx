import {
  Box,
  Button,
  Checkbox,
  Fieldset,
  Group,
  NativeSelect,
  Stack,
  Switch,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { removed, replaced, withPart } from './change.ts';
import type { ProcessDeclaration } from './declaration.ts';
import { LinesInput } from './lines-input.tsx';
import { SubjectInput } from './subject-input.tsx';

type Approval = NonNullable<ProcessDeclaration['approval']>;

/** Whether records are processes: their ids, states, which state follows which, and who approves. */
export function ProcessEditor({
  process,
  taken,
  onChange,
}: {
  process: ProcessDeclaration | undefined;
  /** Process types of other apps. */
  taken: readonly string[];
  onChange(process: ProcessDeclaration | undefined): void;
}) {
  const { t } = useTranslation();
  return (
    <Stack>
      <Switch
        label={t('designer.isProcess')}
        description={t('designer.isProcessHint')}
        checked={process !== undefined}
        onChange={({ currentTarget }) =>
          onChange(currentTarget.checked ? emptyProcess(taken, t('designer.states.example')) : undefined)
        }
      />
      {process && <Rules process={process} onChange={onChange} />}
    </Stack>
  );
}

function emptyProcess(taken: readonly string[], states: string): ProcessDeclaration {
  let number = 1_000_001;
  while (taken.includes(String(number).padStart(8, '0'))) number += 1;
  return {
    type: String(number).padStart(8, '0'),
    idPattern: 'P-{yyMMdd}-{seq4}',
    states: states.split(','),
  };
}

function Rules({
  process,
  onChange,
}: {
  process: ProcessDeclaration;
  onChange(process: ProcessDeclaration): void;
}) {
  const { t } = useTranslation();
  const { type, idPattern, states, transitions, approval } = process;
  return (
    <>
      <Group align="flex-start">
        <TextInput
          label={t('designer.processType')}
          description={t('designer.processTypeHint')}
          value={type}
          onChange={({ currentTarget }) => onChange({ ...process, type: currentTarget.value })}
        />
        <TextInput
          label={t('designer.idPattern')}
          description={t('designer.idPatternHint')}
          value={idPattern}
          onChange={({ currentTarget }) => onChange({ ...process, idPattern: currentTarget.value })}
        />
      </Group>
      <LinesInput
        label={t('designer.states')}
        description={t('designer.statesHint')}
        value={states}
        onChange={(to) => onChange(withStates(process, to))}
      />
      <Switch
        label={t('designer.limitSteps')}
        checked={transitions !== undefined}
        onChange={({ currentTarget }) =>
          onChange(withPart(process, 'transitions', currentTarget.checked ? chain(states) : undefined))
        }
      />
      {transitions && (
        <Steps
          states={states}
          transitions={transitions}
          onChange={(to) => onChange({ ...process, transitions: to })}
        />
      )}
      <Switch
        label={t('designer.hasApproval')}
        checked={approval !== undefined}
        onChange={({ currentTarget }) =>
          onChange(withPart(process, 'approval', currentTarget.checked ? emptyApproval(states) : undefined))
        }
      />
      {approval && (
        <ApprovalEditor
          approval={approval}
          states={states}
          onChange={(to) => onChange({ ...process, approval: to })}
        />
      )}
    </>
  );
}

/** Other states; what names the one that was renamed follows. */
function withStates(process: ProcessDeclaration, states: string[]): ProcessDeclaration {
  const { states: before, transitions, approval } = process;
  const differing =
    before.length === states.length ? before.filter((one, index) => one !== states[index]) : [];
  const [from] = differing;
  if (from === undefined || differing.length > 1) return { ...process, states };
  const to = states[before.indexOf(from)]!;
  const name = (state: string) => (state === from ? to : state);
  return {
    ...process,
    states,
    ...(transitions && {
      transitions: Object.fromEntries(
        Object.entries(transitions).map(([key, followers]) => [name(key), followers.map(name)]),
      ),
    }),
    ...(approval && {
      approval: {
        ...approval,
        state: name(approval.state),
        approved: name(approval.approved),
        rejected: name(approval.rejected),
      },
    }),
  };
}

/** Each state leads to the next one. */
function chain(states: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(states.slice(0, -1).map((state, index) => [state, [states[index + 1]!]]));
}

function emptyApproval(states: readonly string[]): Approval {
  const [first = '', second = first] = states;
  return { state: second, approvers: ['user:admin'], approved: states.at(-1) ?? '', rejected: first };
}

function Steps({
  states,
  transitions,
  onChange,
}: {
  states: readonly string[];
  transitions: Record<string, string[]>;
  onChange(transitions: Record<string, string[]>): void;
}) {
  const { t } = useTranslation();

  function toggle(from: string, to: string, may: boolean) {
    const before = transitions[from] ?? [];
    const after = states.filter((one) => (one === to ? may : before.includes(one)));
    // states that are no more are forgotten on the way
    const known = states.filter((one) => one === from || transitions[one]);
    onChange(
      Object.fromEntries(
        known.map((one) => [one, one === from ? after : transitions[one]!.filter((s) => states.includes(s))]),
      ),
    );
  }

  return (
    <Box className="sideways" role="region" aria-label={t('designer.steps')} tabIndex={0}>
      <Table withTableBorder>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('designer.steps')}</Table.Th>
            {states.map((to) => (
              <Table.Th key={to}>→ {to}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {states.map((from) => (
            <Table.Tr key={from}>
              <Table.Th scope="row">{from}</Table.Th>
              {states.map((to) => (
                <Table.Td key={to}>
                  {from !== to && (
                    <Checkbox
                      aria-label={`${from} → ${to}`}
                      checked={transitions[from]?.includes(to) ?? false}
                      onChange={({ currentTarget }) => toggle(from, to, currentTarget.checked)}
                    />
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Box>
  );
}

function ApprovalEditor({
  approval,
  states,
  onChange,
}: {
  approval: Approval;
  states: readonly string[];
  onChange(approval: Approval): void;
}) {
  const { t } = useTranslation();
  const { approvers } = approval;
  return (
    <Fieldset legend={t('designer.approval')}>
      <Stack gap="xs">
        <Group>
          {(['state', 'approved', 'rejected'] as const).map((key) => (
            <NativeSelect
              key={key}
              label={t(`designer.approval.${key}`)}
              value={approval[key]}
              data={states.includes(approval[key]) ? [...states] : [approval[key], ...states]}
              onChange={({ currentTarget }) => onChange({ ...approval, [key]: currentTarget.value })}
            />
          ))}
        </Group>
        <Text size="sm" fw={500}>
          {t('designer.approvers')}
        </Text>
        {approvers.map((approver, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: who approves has no identity but the place
          <Group key={index} align="flex-end">
            <SubjectInput
              label={t('designer.approver', { number: index + 1 })}
              kinds={['user', 'group']}
              value={approver}
              fields={[]}
              onChange={(to) => onChange({ ...approval, approvers: replaced(approvers, index, to) })}
            />
            {approvers.length > 1 && (
              <Button
                size="xs"
                variant="subtle"
                color="red"
                mb={4}
                onClick={() => onChange({ ...approval, approvers: removed(approvers, index) })}
              >
                {t('designer.removeApprover', { number: index + 1 })}
              </Button>
            )}
          </Group>
        ))}
        <Group>
          <Button
            size="xs"
            variant="default"
            onClick={() => onChange({ ...approval, approvers: [...approvers, 'user:'] })}
          >
            {t('designer.addApprover')}
          </Button>
        </Group>
        <Checkbox
          label={t('designer.approvalMail')}
          checked={approval.mail !== false}
          onChange={({ currentTarget }) =>
            onChange(withPart(approval, 'mail', currentTarget.checked ? undefined : false))
          }
        />
      </Stack>
    </Fieldset>
  );
}
