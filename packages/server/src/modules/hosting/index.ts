/** Apps of this server as instances of a service that is subscribed to (oscm §3.3, seen from the application's side). */
import { type Caller, isAdmin } from '../../platform/caller.ts';
import type { Database } from '../../platform/database/database.ts';
import type { AppDeclaration } from '../records/index.ts';
import { errors } from './errors.ts';
import {
  forgetApp,
  type HostedApp,
  insertApp,
  lockApp,
  noteGone,
  readDueApps,
  updateApp,
} from './store/apps.ts';

/** What a role of the subscription lets its users do in the app; services without roles make everybody an EDITOR. */
const roles = {
  ADMIN: ['view', 'add', 'change', 'delete', 'import', 'export', 'administer'],
  EDITOR: ['view', 'add', 'change', 'delete', 'import', 'export'],
  READER: ['view', 'export'],
} as const satisfies Record<string, readonly string[]>;
const isRole = (text: string): text is keyof typeof roles => Object.hasOwn(roles, text);

export type Hosting = {
  /** Makes an app like the template for a subscription; gives its number. Nobody but administrators gets in yet. */
  create(
    caller: Caller,
    request: { organization: string; subscription: string; parameters: ReadonlyMap<string, string> },
  ): Promise<number>;
  /** The parameters have changed: the name may be another one. */
  rename(caller: Caller, id: number, name: string): Promise<void>;
  /** Lets users in, or gives them another role. */
  admit(
    caller: Caller,
    id: number,
    users: readonly { login: string; role: string | undefined }[],
  ): Promise<void>;
  dismiss(caller: Caller, id: number, logins: readonly string[]): Promise<void>;
  /** Closes the app to its users, or opens it again. */
  switch(caller: Caller, id: number, active: boolean): Promise<void>;
  /** Closes it for good; its records go after KEEP_DAYS. Twice is no mistake. */
  remove(caller: Caller, id: number): Promise<void>;
  /** Takes away what was removed long enough ago; for a daily job. */
  cleanUp(): Promise<void>;
};

export type HostingDependencies = {
  database: Database;
  /** All apps as the workspace declares them. */
  declarations: () => Promise<readonly AppDeclaration[]>;
  /** Makes (or changes parts of) an app, and takes apps away; throws what the workspace has against it. */
  apply: (apps: readonly Partial<AppDeclaration>[], removeApps: readonly number[]) => Promise<void>;
  /** Of these login names those that are users here. */
  knownUsers: (logins: readonly string[]) => Promise<readonly string[]>;
};

export function createHosting({ database, declarations, apply, knownUsers }: HostingDependencies): Hosting {
  function demandDesigner(caller: Caller): void {
    if (!isAdmin(caller) && !caller.roles.has('designer')) throw errors.forbidden();
  }

  async function accessOf({ id, users, active, deleted }: HostedApp) {
    const template = (await declarations()).find((app) => app.id === id);
    // what narrows everybody's rights is the template's; who has rights is the subscription's
    const narrowing = (template?.access ?? []).filter(({ allow }) => allow === undefined);
    const granted = active && !deleted ? Object.entries(users) : [];
    const rules = granted.map(([login, role]) => ({
      subject: `user:${login}`,
      allow: [...roles[isRole(role) ? role : 'READER']],
    }));
    // without any granting rule an app is open to everybody
    return [
      ...rules,
      { subject: 'role:admin', allow: ['administer'] },
      ...narrowing,
    ] as AppDeclaration['access'];
  }

  /** Changes an app of a subscription, who gets in, and its name where one is given. */
  async function change(
    caller: Caller,
    id: number,
    of: (app: HostedApp) => Partial<HostedApp>,
    name?: string,
  ): Promise<HostedApp> {
    demandDesigner(caller);
    return database.transaction(async (tx) => {
      const app = await lockApp(tx, id);
      if (app === undefined) throw errors.instance({ instance: id });
      const wanted = of(app);
      // deleting it once more is no mistake, anything else is
      if (app.gone && wanted.deleted !== true) throw errors.instance({ instance: id });
      const after = { ...app, ...wanted };
      await updateApp(tx, after);
      const declared = (await declarations()).find((one) => one.id === id);
      // last: applying has a transaction of its own, and is repeated by whoever asks again
      if (declared) {
        const access = await accessOf(after);
        await apply([{ id, name: name ?? declared.name, fields: [], access }], []);
      }
      return after;
    });
  }

  return {
    async create(caller, { organization, subscription, parameters }) {
      demandDesigner(caller);
      const apps = await declarations();
      const wanted = parameters.get('TEMPLATE') ?? '';
      const template = apps.find(({ id, alias }) => alias === wanted || String(id) === wanted);
      if (template === undefined) throw errors.template({ template: wanted });
      const keep = parameters.get('KEEP_DAYS') || '30';
      if (!/^\d{1,4}$/.test(keep) || Number(keep) > 3650) throw errors.keepDays({ value: keep });
      const name = parameters.get('NAME') || `${template.name} (${subscription})`;
      demandName(name);
      const taken = apps.map(({ id }) => id);
      let id: number | undefined;
      while (id === undefined) {
        id = await insertApp(database, { organization, subscription, keepDays: Number(keep) }, taken);
      }
      const {
        alias: _alias,
        process: _process,
        access: _access,
        ...copied
      } = template as AppDeclaration & {
        process?: unknown;
      };
      const hosted = { id, users: {}, active: true, keepDays: 0, deleted: false, gone: false };
      const narrowing = (template.access ?? []).filter(({ allow }) => allow === undefined);
      const access = [...((await accessOf(hosted)) ?? []), ...narrowing];
      try {
        await apply([{ ...copied, id, name, access }], []);
      } catch (error) {
        await forgetApp(database, id);
        throw error;
      }
      return id;
    },
    async rename(caller, id, name) {
      demandName(name);
      await change(caller, id, () => ({}), name);
    },
    async admit(caller, id, users) {
      demandDesigner(caller);
      const logins = users.map(({ login }) => login);
      const known = new Set(await knownUsers(logins));
      const unknown = logins.filter((login) => !known.has(login));
      if (unknown.length > 0) throw errors.users({ users: unknown.join(', ') });
      for (const { role = 'EDITOR' } of users) {
        if (!isRole(role)) throw errors.role({ role, roles: Object.keys(roles).join(', ') });
      }
      const added = Object.fromEntries(users.map(({ login, role = 'EDITOR' }) => [login, role]));
      await change(caller, id, (app) => ({ users: { ...app.users, ...added } }));
    },
    async dismiss(caller, id, logins) {
      await change(caller, id, (app) => ({
        users: Object.fromEntries(Object.entries(app.users).filter(([login]) => !logins.includes(login))),
      }));
    },
    async switch(caller, id, active) {
      await change(caller, id, () => ({ active }));
    },
    async remove(caller, id) {
      const { keepDays } = await change(caller, id, () => ({ users: {}, active: false, deleted: true }));
      if (keepDays === 0) await this.cleanUp();
    },
    async cleanUp() {
      const due = await readDueApps(database);
      if (due.length === 0) return;
      await apply([], due);
      await noteGone(database, due);
    },
  };
}

function demandName(name: string): void {
  if (name.trim() === '' || [...name].length > 200) throw errors.name();
}
